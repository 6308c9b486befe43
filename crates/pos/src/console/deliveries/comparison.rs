//! 照合: day by day, whether FLARO has what was sent; a difference leads to the day and its settlements.

mod day;

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::routing::{get, post};
use jiff::Timestamp;
use web::format::{date, date_time, date_weekday};
use web::html::Html;
use web::ui::{self, Icon, Tone, chip, chip_with};
use web::{Flash, ListQuery, PageResult, Routes, table};

use super::{HERE, PER_PAGE, tabs};
use crate::Pos;
use crate::accounts::Viewer;
use crate::console::choice::Choice;
use crate::console::grid::{Cell, Grid, figure, text, zone};
use crate::console::shell;
use crate::reconcile::days::{Day, Filter, Word, list};

pub(super) const PATH: &str = "/deliveries/comparison";

/// The pages.
pub(super) fn router() -> Routes<Arc<Pos>> {
    Routes::new()
        .route(PATH, get(show))
        .route("/deliveries/comparison/{store_id}/{date}", get(day::show))
        .route("/deliveries/comparison/{store_id}/{date}/again", post(day::again))
}

#[derive(Template)]
#[template(path = "deliveries/comparison.html")]
struct Filters<'a> {
    choice: &'a Choice,
}

async fn show(State(pos): State<Arc<Pos>>, viewer: Viewer, flash: Flash, list_query: ListQuery) -> PageResult {
    viewer.must_be_head_office()?;
    let choice = Choice::of(&pos, &viewer, &list_query).await?;
    let word = [Word::Matched, Word::Unchecked, Word::Differs]
        .into_iter()
        .find(|word| crate::stored::word_of(*word) == list_query.get("state"));
    let filter = Filter { store: choice.store.clone(), word, from: choice.from, to: choice.to };
    let (whole, asked) = (!list_query.get("format").is_empty(), list_query.clone());
    let page = move |count| (!whole).then(|| (PER_PAGE, table::offset(&asked, count, PER_PAGE)));
    let (total, days) = list(&pos, &viewer.tenant, &filter, page).await?;
    let mut grid = columns().rows(days.iter().map(row));
    if let Some(file) = grid.file(&pos, &list_query, &choice.subject()) {
        return file;
    }
    "レジで精算した内容と、FLAROにある内容を、営業日ごとに自動で照合しています。営業日を選ぶと、精算ごとの数字が出ます。"
        .clone_into(&mut grid.note);
    grid.above = Html::of(Filters { choice: &choice });
    grid.below = table::pager_of(&list_query, total, PER_PAGE);
    grid.empty = if list_query.is_filtered() {
        table::nothing_found(&list_query)
    } else {
        table::empty("まだ照合した日がありません", "精算がFLAROへ届くと、自動で照合します。", None)
    };
    let content = tabs(PATH).then(&choice.form.summary()).then(&grid.html(&list_query));
    let shell = shell(&pos, &viewer, &flash, "照合", HERE).await?;
    Ok(shell.crumb("連携状況", Some(HERE)).crumb("照合", None).wide().frame(&content))
}

fn columns() -> Grid {
    let columns = vec![text("営業日"), text("店舗"), text("状態"), figure("違う精算"), text("照合した時刻")];
    Grid::new("comparison", "照合", columns)
}

fn row(day: &Day) -> Vec<Cell> {
    let href = format!("{PATH}/{}/{}", day.store_id, day.business_date);
    vec![
        Cell::Link(date_weekday(day.business_date), href),
        Cell::text(&day.store),
        word_cell(day.word),
        Cell::Count(i64::try_from(day.differences.len()).unwrap_or(i64::MAX)),
        Cell::text(day.checked_at.map_or("―".to_owned(), at)),
    ]
}

fn word_cell(word: Word) -> Cell {
    let (html, label) = match word {
        Word::Matched => (chip(Tone::Good, "照合済"), "照合済"),
        Word::Unchecked => (chip_with(Tone::Mute, Icon::Wait, "未照合"), "未照合"),
        Word::Differs => (chip(Tone::Bad, "差異あり"), "差異あり"),
    };
    Cell::Shown(html, label.to_owned())
}

fn at(at: Timestamp) -> String {
    date_time(at, &zone())
}

/// 再送 of a store's day.
fn resend_day(day: &Day) -> String {
    let on = date(day.business_date);
    super::resend_href(&day.store_id.to_string(), &on, &on)
}

impl Filters<'_> {
    fn icon() -> Html {
        ui::icon(Icon::Search)
    }
}
