//! SELF ORDER管理＞商品カテゴリ: the tabs of a till's menu, each with its name, its place and its state.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use axum::routing::{get, post};
use sales::CategoryId;
use web::confirm::Confirm;
use web::html::Html;
use web::ui::{self, Icon, Tone};
use web::{Failure, Flash, Form, ListQuery, Notice, PageResult, Routes, table};

use super::grid::{Cell, Grid, figure, text};
use super::refusal::{failed, mistaken, outdated, told};
use super::shell;
use crate::Pos;
use crate::accounts::Viewer;
use crate::categories::{self, Category, Change};
use crate::edits::Edited;

const HERE: &str = "/categories";

/// The pages about categories.
pub fn router() -> Routes<Arc<Pos>> {
    Routes::new()
        .route(HERE, get(list).post(add))
        .route("/categories/{category_id}", get(one).post(change))
        .route("/categories/{category_id}/use", post(set_use))
}

async fn list(State(pos): State<Arc<Pos>>, viewer: Viewer, flash: Flash, list: ListQuery) -> PageResult {
    viewer.must_be_head_office()?;
    page(&pos, &viewer, &flash, &list, Form::default(), None).await
}

async fn one(
    State(pos): State<Arc<Pos>>,
    viewer: Viewer,
    flash: Flash,
    list: ListQuery,
    Path(id): Path<String>,
) -> PageResult {
    viewer.must_be_head_office()?;
    let category = find(&pos, &viewer, &id).await?;
    let form = Form::of([
        ("version", category.version.to_string()),
        ("name", category.name.clone()),
        ("position", category.position.to_string()),
    ]);
    page(&pos, &viewer, &flash, &list, form, Some(category)).await
}

async fn add(State(pos): State<Arc<Pos>>, viewer: Viewer, flash: Flash, list: ListQuery, mut form: Form) -> PageResult {
    viewer.must_be_head_office()?;
    let name = form.text("name").to_owned();
    if let Edited::Mistakes(errors) = categories::add(&pos, &viewer.tenant, viewer.name(), &name).await? {
        mistaken(&mut form, &errors);
        return page(&pos, &viewer, &flash, &list, form, None).await;
    }
    flash.set(Notice::done(format!("カテゴリ「{name}」を追加しました。"))).await?;
    Ok(Redirect::to(HERE).into_response())
}

async fn change(
    State(pos): State<Arc<Pos>>,
    viewer: Viewer,
    flash: Flash,
    list: ListQuery,
    Path(id): Path<String>,
    mut form: Form,
) -> PageResult {
    viewer.must_be_head_office()?;
    let category = find(&pos, &viewer, &id).await?;
    let seen = form.text("version").parse().unwrap_or(category.version);
    let (name, position) = (form.text("name").to_owned(), form.text("position").to_owned());
    let change = Change { name: Some(name.clone()), position: Some(position), retired: None };
    let words = match categories::save(&pos, &viewer.tenant, viewer.name(), category.id, seen, change).await? {
        Edited::Done(()) => format!("カテゴリ「{name}」を登録しました。"),
        Edited::Unchanged => "変更はありませんでした。".to_owned(),
        Edited::Mistakes(errors) => {
            mistaken(&mut form, &errors);
            return page(&pos, &viewer, &flash, &list, form, Some(category)).await;
        }
        Edited::Stale(stale) => {
            outdated(&mut form, &stale);
            form.set("version", category.version.to_string());
            return page(&pos, &viewer, &flash, &list, form, Some(category)).await;
        }
    };
    flash.set(Notice::done(words)).await?;
    Ok(Redirect::to(HERE).into_response())
}

/// 使用終了 and 使用再開
async fn set_use(
    State(pos): State<Arc<Pos>>,
    viewer: Viewer,
    flash: Flash,
    Path(id): Path<String>,
    form: Form,
) -> PageResult {
    viewer.must_be_head_office()?;
    let category = find(&pos, &viewer, &id).await?;
    let retired = form.text("use") == "no";
    let seen = form.text("version").parse().unwrap_or(category.version);
    let change = Change { retired: Some(retired), ..Change::default() };
    let name = &category.name;
    let notice = match categories::save(&pos, &viewer.tenant, viewer.name(), category.id, seen, change).await? {
        Edited::Done(()) if retired => Notice::done(format!("カテゴリ「{name}」の使用を終了しました。")),
        Edited::Done(()) => Notice::done(format!("カテゴリ「{name}」の使用を再開しました。")),
        Edited::Unchanged => Notice::done("変更はありませんでした。"),
        Edited::Mistakes(errors) => {
            let why = errors.iter().map(|(_, message)| message).collect::<Vec<_>>().join("。");
            Notice::failed(format!("カテゴリ「{name}」は変わっていません。{why}。"))
        }
        Edited::Stale(stale) => {
            Notice::failed(stale.iter().map(told).collect::<String>() + "確認して、もう一度操作してください。")
        }
    };
    flash.set(notice).await?;
    Ok(Redirect::to(&format!("{HERE}/{id}")).into_response())
}

async fn find(pos: &Pos, viewer: &Viewer, id: &str) -> Result<Category, Failure> {
    let id: CategoryId = id.parse().map_err(|_| Failure::not_found())?;
    let all = categories::list(pos, &viewer.tenant).await.map_err(failed)?;
    all.into_iter().find(|category| category.id == id).ok_or_else(Failure::not_found)
}

#[derive(Template)]
#[template(path = "categories.html")]
struct CategoriesPage {
    form: Form,
    grid: Html,
    editing: Option<Category>,
    retire: Confirm,
}

async fn page(
    pos: &Pos,
    viewer: &Viewer,
    flash: &Flash,
    list: &ListQuery,
    form: Form,
    editing: Option<Category>,
) -> PageResult {
    let words = list.get("q").to_lowercase();
    let state = list.get("state");
    let shown = |category: &&Category| {
        let wanted = match state {
            "off" => category.retired_at.is_some(),
            "all" => true,
            _ => category.retired_at.is_none(),
        };
        wanted && category.name.to_lowercase().contains(&words)
    };
    let found = categories::list(pos, &viewer.tenant).await?;
    let mut grid = columns().rows(found.iter().filter(shown).map(row));
    if let Some(file) = grid.file(pos, list, "全店舗") {
        return file;
    }
    grid.above = Html::of(Filters { form: list.form() });
    grid.empty = if list.is_filtered() {
        table::nothing_found(&ListQuery::of(HERE, ""))
    } else {
        table::empty("まだカテゴリがありません", "右の欄で追加すると、レジのメニューのタブになります。", None)
    };
    let status = if form.is_ok() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let content = CategoriesPage { form, grid: grid.html(list), retire: retire(editing.as_ref()), editing };
    let shell = shell(pos, viewer, flash, "商品カテゴリ", HERE).await?;
    Ok(shell.crumb("SELF ORDER管理", None).crumb("商品カテゴリ", None).status(status).wide().render(content))
}

fn columns() -> Grid {
    let columns = vec![figure("表示順"), text("カテゴリ名"), figure("販売中の商品"), text("状態")];
    Grid::new("categories", "商品カテゴリ", columns)
}

fn row(category: &Category) -> Vec<Cell> {
    let (chip, word) = state(category);
    vec![
        Cell::Count(category.position),
        Cell::Link(category.name.clone(), format!("{HERE}/{}#edit", category.id)),
        Cell::Count(category.on_sale),
        Cell::Shown(chip, word.to_owned()),
    ]
}

fn state(category: &Category) -> (Html, &'static str) {
    match category.retired_at {
        None => (ui::chip(Tone::Good, "使用中"), "使用中"),
        Some(_) => (ui::chip_with(Tone::Mute, Icon::Pause, "使用終了"), "使用終了"),
    }
}

fn retire(editing: Option<&Category>) -> Confirm {
    let (name, id, version) = editing.map_or_else(Default::default, |category| {
        (category.name.clone(), category.id.to_string(), category.version.to_string())
    });
    let title = format!("カテゴリ「{name}」の使用を終了しますか？");
    Confirm::new("retire", title, format!("{HERE}/{id}/use"), "使用を終了する")
        .says("すべての店舗のレジのメニューから、このカテゴリが消えます。")
        .says("販売中の商品が残っているときは終了できません。これまでの売上の記録は変わりません。")
        .sends("use", "no")
        .sends("version", version)
}

#[derive(Template)]
#[template(path = "categories/filters.html")]
struct Filters {
    form: Form,
}

impl Filters {
    fn icon() -> Html {
        ui::icon(Icon::Search)
    }
}

impl CategoriesPage {
    fn state(category: &Category) -> Html {
        state(category).0
    }
}
