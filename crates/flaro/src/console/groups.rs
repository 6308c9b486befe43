//! 店舗管理 ＞ エリア, ブランド: added, renamed, put in order, taken out of use. Two pages, one manner.

use super::{
    grid::{Cell, Grid, downloads},
    shell,
};
use crate::{
    Flaro,
    groups::{self, Group, Kind, NAME_CHARACTERS_MAX, Outcome},
    rights::Right,
    tenant::Viewer,
};
use askama::Template;
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect},
    routing::{get, post},
};
use db::Tx;
use std::sync::Arc;
use web::{
    Failure, Flash, Form, Html, ListQuery, Notice, PageResult, Routes,
    confirm::Confirm,
    download::Format,
    table,
    ui::{self, Icon, Tone},
};

type App = State<Arc<Flaro>>;

/// The pages of both.
pub(super) fn router() -> Routes<Arc<Flaro>> {
    of(Routes::new(), "/areas", "/areas/{id}", "/areas/{id}/state", Kind::Area).merge(of(
        Routes::new(),
        "/brands",
        "/brands/{id}",
        "/brands/{id}/state",
        Kind::Brand,
    ))
}

fn of(
    routes: Routes<Arc<Flaro>>,
    all: &'static str,
    one: &'static str,
    state: &'static str,
    kind: Kind,
) -> Routes<Arc<Flaro>> {
    let list =
        get(move |app: App, viewer: Viewer, flash: Flash, query: ListQuery| list(kind, app, viewer, flash, query));
    let add = move |app: App, viewer: Viewer, flash: Flash, form: Form| add(kind, app, viewer, flash, form);
    let show = move |app: App, viewer: Viewer, flash: Flash, id: Path<String>| show(kind, app, viewer, flash, id);
    let save = move |app: App, viewer: Viewer, flash: Flash, id: Path<String>, form: Form| {
        save(kind, app, viewer, flash, id, form)
    };
    let switch = move |app: App, viewer: Viewer, flash: Flash, id: Path<String>, form: Form| {
        set_state(kind, app, viewer, flash, id, form)
    };
    routes.route(all, list.post(add)).route(one, get(show).post(save)).route(state, post(switch))
}

#[derive(Template)]
#[template(path = "groups.html")]
struct Page<'a> {
    kind: Kind,
    form: &'a Form,
    grid: Html,
    downloads: Html,
}

async fn list(kind: Kind, State(flaro): App, viewer: Viewer, flash: Flash, query: ListQuery) -> PageResult {
    viewer.must(Right::Stores)?;
    let groups = all(&flaro, &viewer, kind).await?;
    if let Some(asked) = Format::of(query.get("format")) {
        return Ok(grid(kind, &groups).sheet(&viewer.company_name).download(asked, flaro.now(), &viewer.zone)?);
    }
    page(kind, &viewer, &flash, &groups, &Form::default(), &query).await
}

async fn all(flaro: &Flaro, viewer: &Viewer, kind: Kind) -> Result<Vec<Group>, Failure> {
    let company = viewer.scope.company.clone();
    Ok(flaro.db.read(async move |tx: &mut Tx| groups::list(tx, &company, kind).await).await?)
}

async fn page(
    kind: Kind,
    viewer: &Viewer,
    flash: &Flash,
    groups: &[Group],
    form: &Form,
    query: &ListQuery,
) -> PageResult {
    let label = kind.label();
    let next = format!(
        "上の欄に名前を入れて追加すると、店舗のページで選べるようになります。店舗を{label}ごとに絞り込めます。"
    );
    let content = Page {
        kind,
        form,
        grid: if groups.is_empty() {
            table::empty(&format!("{label}がまだありません"), &next, None)
        } else {
            grid(kind, groups).html()
        },
        downloads: downloads(query, None),
    };
    let status = if form.is_ok() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let shell = shell(viewer, label, kind.path()).status(status).flash(flash.take().await);
    Ok(shell.crumb("店舗管理", Some("/stores")).crumb(label, None).render(content))
}

fn grid(kind: Kind, groups: &[Group]) -> Grid {
    let mut grid =
        Grid::new("groups", kind.label(), &[("名前", false), ("店舗", true), ("並び順", true), ("状態", false)]);
    for group in groups {
        let (chip, word) = if group.retired {
            (ui::chip_with(Tone::Mute, Icon::Pause, "使用終了"), "使用終了")
        } else {
            (ui::chip(Tone::Good, "使用中"), "使用中")
        };
        grid.row([
            Cell::Link(group.name.clone(), format!("{}/{}", kind.path(), group.id)),
            Cell::Count(group.stores),
            Cell::Count(group.position),
            Cell::Shown(chip, word.to_owned()),
        ]);
    }
    grid
}

async fn add(kind: Kind, State(flaro): App, viewer: Viewer, flash: Flash, mut form: Form) -> PageResult {
    viewer.must(Right::Stores)?;
    if let Some(name) = form.read("name", groups::name) {
        if groups::add(&flaro, &viewer, kind, name.clone()).await? {
            flash
                .set(Notice::done(format!("{}「{name}」を追加しました。店舗のページで選べます。", kind.label())))
                .await?;
            return Ok(Redirect::to(kind.path()).into_response());
        }
        form.error("name", "ほかの名前を入力してください（同じ名前がすでにあります）");
    }
    let groups = all(&flaro, &viewer, kind).await?;
    page(kind, &viewer, &flash, &groups, &form, &ListQuery::of(kind.path(), "")).await
}

#[derive(Template)]
#[template(path = "groups/one.html")]
struct OnePage<'a> {
    kind: Kind,
    form: &'a Form,
    action: String,
    stores: String,
    state: Confirm,
    retired: bool,
}

async fn find(flaro: &Flaro, viewer: &Viewer, kind: Kind, id: &str) -> Result<Group, Failure> {
    all(flaro, viewer, kind).await?.into_iter().find(|group| group.id == id).ok_or_else(Failure::not_found)
}

async fn show(kind: Kind, State(flaro): App, viewer: Viewer, flash: Flash, Path(id): Path<String>) -> PageResult {
    viewer.must(Right::Stores)?;
    let group = find(&flaro, &viewer, kind, &id).await?;
    let form = Form::of([("name", group.name.clone()), ("position", group.position.to_string())]);
    one_page(kind, &viewer, &flash, &group, &form).await
}

async fn one_page(kind: Kind, viewer: &Viewer, flash: &Flash, group: &Group, form: &Form) -> PageResult {
    let action = format!("{}/{}", kind.path(), group.id);
    let filter = if kind == Kind::Area { "area" } else { "brand" };
    let content = OnePage {
        kind,
        form,
        stores: format!("/stores?{filter}={}", group.id),
        state: question(kind, group, &action),
        retired: group.retired,
        action,
    };
    let status = if form.is_ok() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let shell = shell(viewer, group.name.clone(), kind.path()).status(status).flash(flash.take().await);
    Ok(shell.crumb(kind.label(), Some(kind.path())).crumb(group.name.clone(), None).render(content))
}

fn question(kind: Kind, group: &Group, action: &str) -> Confirm {
    let (label, name, action) = (kind.label(), &group.name, format!("{action}/state"));
    if group.retired {
        return Confirm::new("state", format!("{label}「{name}」を再開しますか？"), action, "再開する")
            .says("店舗のページで、もう一度選べるようになります。")
            .sends("to", "used")
            .harmless();
    }
    Confirm::new("state", format!("{label}「{name}」の使用を終了しますか？"), action, "使用を終了する")
        .says(format!("いま{}店舗がこの{label}です。1店舗でもあると終了できません。", group.stores))
        .says("変更履歴は残り、いつでも再開できます。")
        .sends("to", "retired")
}

async fn save(
    kind: Kind,
    State(flaro): App,
    viewer: Viewer,
    flash: Flash,
    Path(id): Path<String>,
    mut form: Form,
) -> PageResult {
    viewer.must(Right::Stores)?;
    let group = find(&flaro, &viewer, kind, &id).await?;
    let (name, position) = (form.read("name", groups::name), form.integer("position", "並び順", 1..=9_999));
    if let (Some(name), Some(position)) = (name, position) {
        match groups::save(&flaro, &viewer, kind, &id, (name, position)).await? {
            Outcome::Done => {
                flash.set(Notice::done("登録しました。")).await?;
                return Ok(Redirect::to(kind.path()).into_response());
            }
            Outcome::NameTaken => form.error("name", "ほかの名前を入力してください（同じ名前がすでにあります）"),
            Outcome::InUse(..) | Outcome::Gone => return Err(Failure::not_found()),
        }
    }
    one_page(kind, &viewer, &flash, &group, &form).await
}

async fn set_state(
    kind: Kind,
    State(flaro): App,
    viewer: Viewer,
    flash: Flash,
    Path(id): Path<String>,
    form: Form,
) -> PageResult {
    viewer.must(Right::Stores)?;
    let retired = form.text("to") == "retired";
    let notice = match groups::retire(&flaro, &viewer, kind, &id, retired).await? {
        Outcome::Done if retired => Notice::done("使用を終了しました。"),
        Outcome::Done => Notice::done("再開しました。"),
        Outcome::InUse(stores, accounts) => Notice::failed(format!(
            "まだ使われているため終了していません（店舗 {stores}件、閲覧範囲に選んでいる担当者 {accounts}人）。先にほかの{}へ移してください。",
            kind.label()
        )),
        Outcome::NameTaken | Outcome::Gone => return Err(Failure::not_found()),
    };
    flash.set(notice).await?;
    Ok(Redirect::to(&format!("{}/{id}", kind.path())).into_response())
}
