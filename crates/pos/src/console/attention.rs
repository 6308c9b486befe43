//! 要対応: what a till said that can't be right, each with a way out, closed by a person with a note.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use axum::routing::{get, post};
use uuid::Uuid;
use web::format::{date, date_time};
use web::html::Html;
use web::ui::{self, Segment};
use web::{Failure, Flash, Form, ListQuery, Notice, PageResult, Routes, table};

use super::grid::{Cell, Grid, text, zone};
use super::shell;
use crate::Pos;
use crate::accounts::Viewer;
use crate::attention::query::{self, Listed};
use crate::attention::resolve;
use crate::settlements::{PER_PAGE, Window};

/// The longest note.
const NOTE_CHARACTERS_MAX: usize = 500;

/// The pages about findings.
pub fn router() -> Routes<Arc<Pos>> {
    Routes::new()
        .route("/attention", get(list))
        .route("/attention/{attention_id}", get(show))
        .route("/attention/{attention_id}/resolve", post(close))
}

async fn list(State(pos): State<Arc<Pos>>, viewer: Viewer, flash: Flash, list: ListQuery) -> PageResult {
    let closed = list.get("state") == "closed";
    let window = if list.get("format").is_empty() { Window::Page(list.clone()) } else { Window::File };
    let (total, rows) = query::list(&pos, &viewer.tenant, viewer.store_text(), closed, window).await?;
    let columns =
        vec![text("内容"), text("店舗"), text("レジ"), text("営業日"), text("くわしく"), text("受信"), text("対応")];
    let mut grid =
        Grid::new("attention", if closed { "確認済み" } else { "未確認" }, columns).rows(rows.iter().map(row));
    if let Some(file) = grid.file(&pos, &list, "要対応") {
        return file;
    }
    grid.below = table::pager(&list, total.unsigned_abs(), PER_PAGE);
    grid.empty = if closed {
        table::empty("確認済みのものはありません", "未確認のものを確認すると、ここに移ります。", None)
    } else {
        table::empty("要対応はありません", "レジから届いた記録に食い違いがあると、ここに出ます。", None)
    };
    let segment = |label: &str, state: &str, current| Segment {
        label: label.to_owned(),
        href: format!("/attention{state}"),
        current,
    };
    let views = [segment("未確認", "", !closed), segment("確認済み", "?state=closed", closed)];
    let shell = shell(&pos, &viewer, &flash, "要対応", "/attention").await?;
    Ok(shell.wide().actions(ui::segments("表示", &views)).frame(&grid.html(&list)))
}

fn row(row: &Listed) -> Vec<Cell> {
    let first = row.detail.lines().next().unwrap_or_default();
    let more = row.detail.lines().count().saturating_sub(1);
    let detail = if more == 0 { first.to_owned() } else { format!("{first} ほか{more}件") };
    let done = row.resolved.as_ref().map_or_else(|| "未確認".to_owned(), |(_, by, note)| format!("{by}：{note}"));
    vec![
        Cell::Link(row.kind.label().to_owned(), format!("/attention/{}", row.id)),
        Cell::text(&row.store),
        Cell::text(&row.register),
        Cell::text(row.business_date.map_or_else(|| "―".to_owned(), date)),
        Cell::Shown(Html::text(&detail), row.detail.clone()),
        Cell::text(date_time(row.raised_at, &zone())),
        Cell::Text(done),
    ]
}

#[derive(Template)]
#[template(path = "attention.html")]
struct Page<'a> {
    found: Listed,
    way: (&'static str, String),
    /// What was sent of the day, for those who may see it.
    again: Option<String>,
    form: &'a Form,
}

impl Page<'_> {
    fn raised(&self) -> String {
        date_time(self.found.raised_at, &zone())
    }

    fn day(&self) -> String {
        self.found.business_date.map_or_else(|| "―".to_owned(), date)
    }

    fn at(at: &jiff::Timestamp) -> String {
        date_time(*at, &zone())
    }
}

async fn show(State(pos): State<Arc<Pos>>, viewer: Viewer, flash: Flash, Path(id): Path<String>) -> PageResult {
    page(&pos, &viewer, &flash, &id, &Form::default()).await
}

async fn page(pos: &Pos, viewer: &Viewer, flash: &Flash, id: &str, form: &Form) -> PageResult {
    let id: Uuid = id.parse().map_err(|_| Failure::not_found())?;
    let found = query::one(pos, &viewer.tenant, viewer.store(), id).await?.ok_or_else(Failure::not_found)?;
    let status = if form.is_ok() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let shell = shell(pos, viewer, flash, found.kind.label(), "/attention").await?;
    let shell = shell.crumb("要対応", Some("/attention")).crumb("内容", None).status(status);
    let office = viewer.store().is_none();
    let sent = |day| format!("/deliveries?store={}&from={day}&to={day}", found.store_id, day = date(day));
    let again = found.business_date.filter(|_| office).map(sent);
    Ok(shell.render(Page { way: found.way(office), again, found, form }))
}

async fn close(
    State(pos): State<Arc<Pos>>,
    viewer: Viewer,
    flash: Flash,
    Path(id): Path<String>,
    mut form: Form,
) -> PageResult {
    let note = form.required("note", "確認した内容");
    if form.text("note").chars().count() > NOTE_CHARACTERS_MAX {
        form.error("note", format!("確認した内容は{NOTE_CHARACTERS_MAX}文字以内で入力してください"));
    }
    let Some(note) = note.filter(|_| form.is_ok()) else { return page(&pos, &viewer, &flash, &id, &form).await };
    let finding: Uuid = id.parse().map_err(|_| Failure::not_found())?;
    let note = note.replace('\0', "");
    let closed = resolve(&pos, &viewer.tenant, finding, viewer.name(), &note, viewer.store()).await?;
    if !closed && query::one(&pos, &viewer.tenant, viewer.store(), finding).await?.is_none() {
        return Err(Failure::not_found());
    }
    let notice = if closed { "確認済みにしました。" } else { "すでに確認済みでした。" };
    flash.set(Notice::done(notice)).await?;
    Ok(Redirect::to("/attention").into_response())
}
