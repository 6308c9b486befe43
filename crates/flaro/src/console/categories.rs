//! 店舗管理 ＞ 商品カテゴリ: every category that was sold, to be decided as フード, ドリンク or その他.

use super::{
    choose::{PER_PAGE, page_of},
    grid::{Grid, downloads},
    shell,
};
use crate::{
    Flaro, FlaroError,
    audit::{self, Change, Stamp},
    categories::{self, Category, Kind},
    rights::Right,
    tenant::Viewer,
};
use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse, Redirect},
};
use db::Tx;
use std::{collections::HashMap, sync::Arc};
use web::{
    Flash, Form, Html, ListQuery, Notice, PageResult,
    download::Format,
    format, table, text,
    ui::{self, Icon, Tone},
};

/// Where it is.
const HERE: &str = "/categories";

#[derive(Template)]
#[template(path = "categories.html")]
struct Page<'a> {
    form: &'a Form,
    filter: Vec<(&'static str, &'static str)>,
    rows: Vec<Line>,
    values: &'a Form,
    kinds: Vec<(&'static str, &'static str)>,
    empty: Html,
    pager: Html,
    downloads: Html,
    undecided: usize,
    here: String,
}

struct Line {
    field: String,
    label: String,
    name: String,
    chip: Html,
    seen: String,
}

pub(super) async fn list(
    State(flaro): State<Arc<Flaro>>,
    viewer: Viewer,
    flash: Flash,
    query: ListQuery,
) -> PageResult {
    viewer.must(Right::Stores)?;
    let company = viewer.scope.company.clone();
    let all = flaro.db.read(async move |tx: &mut Tx| categories::list(tx, &company).await).await?;
    let undecided = all.iter().filter(|category| category.kind.is_none()).count();
    let none = all.is_empty();
    let (rows, total) = page_of(chosen(all, &query), &query);
    if let Some(asked) = Format::of(query.get("format")) {
        return Ok(grid(&rows).sheet(&viewer.company_name).download(asked, flaro.now(), &viewer.zone)?);
    }
    let values = Form::of(rows.iter().map(|row| (format!("kind-{}", row.id), row.kind.map_or("", Kind::name))));
    let form = query.form();
    let page = Page {
        form: &form,
        filter: vec![
            ("", "すべて"),
            ("none", "未分類"),
            ("food", "フード"),
            ("drink", "ドリンク"),
            ("other", "その他"),
        ],
        rows: rows.iter().map(line).collect(),
        values: &values,
        kinds: vec![("", "未分類"), ("food", "フード"), ("drink", "ドリンク"), ("other", "その他")],
        empty: if none {
            let next = "売上が届くと、売れた商品のカテゴリがここに並びます。フードかドリンクかを選ぶと、帳票の原価が分かれます。";
            table::empty("商品カテゴリがまだありません", next, Some(("営業日一覧へ", "/days")))
        } else {
            table::nothing_found(&query)
        },
        pager: table::pager(&query, total, PER_PAGE),
        downloads: downloads(&query, None),
        undecided,
        here: query.with("format", ""),
    };
    let shell = shell(&viewer, "商品カテゴリ", HERE).flash(flash.take().await);
    Ok(shell.crumb("店舗管理", Some("/stores")).crumb("商品カテゴリ", None).render(page))
}

fn chosen(mut all: Vec<Category>, query: &ListQuery) -> Vec<Category> {
    let (word, kind) = (text::narrow(query.get("q")).to_lowercase(), query.get("kind"));
    all.retain(|category| {
        let is = category.kind.map_or("none", Kind::name);
        (kind.is_empty() || kind == is) && text::narrow(&category.name).to_lowercase().contains(&word)
    });
    all
}

fn line(category: &Category) -> Line {
    let chip = match category.kind {
        None => ui::chip_with(Tone::Warn, Icon::Warning, "未分類"),
        Some(kind) => ui::chip(Tone::Good, kind.label()),
    };
    Line {
        field: format!("kind-{}", category.id),
        label: format!("{}の区分", category.name),
        name: category.name.clone(),
        chip,
        seen: format!("{}～{}", format::date(category.seen_from), format::date(category.seen_to)),
    }
}

/// The file that can be sent back.
fn grid(rows: &[Category]) -> Grid {
    let columns = [("カテゴリID", false), ("カテゴリ名", false), ("区分", false)];
    let mut grid = Grid::new("categories", "商品カテゴリ", &columns);
    for row in rows {
        grid.row([row.id.as_str().into(), row.name.as_str().into(), row.kind.map_or("", Kind::label).into()]);
    }
    grid
}

pub(super) async fn save(State(flaro): State<Arc<Flaro>>, viewer: Viewer, flash: Flash, form: Form) -> PageResult {
    viewer.must(Right::Stores)?;
    let mut asked = HashMap::new();
    for (name, value) in form.fields() {
        if let Some(id) = name.strip_prefix("kind-") {
            asked.insert(id.to_owned(), Kind::of(value));
        }
    }
    let changed = decide(&flaro, &viewer, asked).await?;
    let words = if changed == 0 {
        "変更はありません。".to_owned()
    } else {
        format!("{changed}件を登録しました。")
    };
    flash.set(Notice::done(words)).await?;
    let back = form.raw("here");
    Ok(Redirect::to(if back.starts_with(HERE) { back } else { HERE }).into_response())
}

/// Decides categories, with one entry in 変更履歴 for each.
async fn decide(flaro: &Flaro, viewer: &Viewer, asked: HashMap<String, Option<Kind>>) -> Result<usize, FlaroError> {
    let (stamp, viewer) = (Stamp::new(flaro), viewer.clone());
    let unit = async move |tx: &mut Tx| -> Result<usize, FlaroError> {
        let company = &viewer.scope.company;
        let all = categories::list(tx, company).await?;
        let changed: Vec<(&Category, Option<Kind>)> = all
            .iter()
            .filter_map(|was| asked.get(&was.id).filter(|to| **to != was.kind).map(|to| (was, *to)))
            .collect();
        for (was, to) in &changed {
            let change = Change {
                who: viewer.who.name(),
                what: "商品カテゴリの区分を変更",
                target: &was.name,
                before: Some(categories::label(was.kind)),
                after: Some(categories::label(*to)),
            };
            audit::note(tx, company, stamp.of(&was.id), change).await?;
        }
        let rows: Vec<_> = changed.iter().map(|(was, to)| (was.id.clone(), *to)).collect();
        categories::set(tx, company, &rows).await?;
        Ok(rows.len())
    };
    flaro.db.write(unit).await
}
