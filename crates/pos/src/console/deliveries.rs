//! 連携状況: every event with its state, narrowed by store, word and period; beside it the calendar, 照合 and 再送.

mod calendar;
mod comparison;
mod event;
mod month;
mod resend;

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::routing::{get, post};
use web::format::{date, date_time, date_weekday};
use web::html::{Html, escape};
use web::ui::{self, Icon};
use web::{Flash, ListQuery, PageResult, Routes, table};

use super::choice::Choice;
use super::grid::{Cell, Grid, figure, text, zone};
use super::{shell, states};
use crate::Pos;
use crate::accounts::Viewer;
use crate::outbox::list::{self, Filter, Listed};
use crate::outbox::standing::Standing;
use crate::stored::word_of;

const HERE: &str = "/deliveries";
const PER_PAGE: u64 = 50;
/// The word of the filter for what was delivered without a 受領証.
const NO_RECEIPT: &str = "no_receipt";

/// The pages about deliveries.
pub fn router() -> Routes<Arc<Pos>> {
    Routes::new()
        .route(HERE, get(show))
        .route(resend::PATH, get(resend::show).post(resend::submit))
        .route(calendar::PATH, get(calendar::show))
        .route(month::PATH, get(month::show))
        .route("/deliveries/{event_id}", get(event::show))
        .route("/deliveries/{event_id}/resend", post(event::resend_one))
        .merge(comparison::router())
}

/// The pages side by side; `here` is the one that is shown.
fn tabs(here: &str) -> Html {
    let pages = [(HERE, "送信の記録"), (month::PATH, "カレンダー"), (comparison::PATH, "照合"), (resend::PATH, "再送")];
    let link = |(path, label): &(&str, &str)| {
        let current = if *path == here { r#" aria-current="true""# } else { "" };
        format!(r#"<a href="{path}"{current}>{label}</a>"#)
    };
    let links = pages.iter().map(link).collect::<String>();
    Html::trusted(format!(r#"<nav class="tabs" aria-label="連携状況の表示">{links}</nav>"#))
}

#[derive(Template)]
#[template(path = "deliveries/filters.html")]
struct Filters<'a> {
    choice: &'a Choice,
    words: Vec<(String, &'static str)>,
}

async fn show(State(pos): State<Arc<Pos>>, viewer: Viewer, flash: Flash, list: ListQuery) -> PageResult {
    viewer.must_be_head_office()?;
    let choice = Choice::of(&pos, &viewer, &list).await?;
    let filter = filter(&choice, list.get("state"));
    let whole = !list.get("format").is_empty();
    let asked = list.clone();
    let page = move |count| (!whole).then(|| (PER_PAGE, table::offset(&asked, count, PER_PAGE)));
    let (total, events) = list::list(&pos, &viewer.tenant, &filter, page).await?;
    let mut grid = columns().rows(events.iter().map(row));
    if let Some(file) = grid.file(&pos, &list, &choice.subject()) {
        return file;
    }
    grid.above = Html::of(Filters { choice: &choice, words: words() });
    grid.below = table::pager_of(&list, total, PER_PAGE);
    grid.empty = if list.is_filtered() {
        table::nothing_found(&list)
    } else {
        let next = "FLAROと連携し、店舗の連携状態をオンにすると、精算のたびにここへ記録されます。";
        table::empty("まだ送信がありません", next, Some(("FLARO連携へ", super::flaro::HERE)))
    };
    let content = tabs(HERE).then(&choice.form.summary()).then(&grid.html(&list));
    Ok(shell(&pos, &viewer, &flash, "連携状況", HERE).await?.actions(again(&choice)).wide().frame(&content))
}

fn filter(choice: &Choice, word: &str) -> Filter {
    let standing = Standing::ALL.into_iter().find(|standing| word_of(standing) == word);
    let (store, from, to) = (choice.store.clone(), choice.from, choice.to);
    Filter { store, standing, no_receipt: word == NO_RECEIPT, from, to }
}

fn words() -> Vec<(String, &'static str)> {
    let mut words = vec![(String::new(), "すべて")];
    words.extend(Standing::ALL.map(|standing| (word_of(standing), standing.label())));
    words.push((NO_RECEIPT.to_owned(), "送信済み（受領証なし）"));
    words
}

/// 再送 of what is chosen, once a period is.
fn again(choice: &Choice) -> Html {
    let Some((from, to)) = choice.from.zip(choice.to).filter(|_| choice.form.is_ok()) else { return Html::default() };
    let href = resend_href(choice.store.as_deref().unwrap_or_default(), &date(from), &date(to));
    Html::trusted(format!(r#"<a class="btn sub" href="{}">この期間を再送…</a>"#, escape(&href)))
}

/// The page that asks whether to send a range again.
fn resend_href(store: &str, from: &str, to: &str) -> String {
    format!("{}?store={store}&from={from}&to={to}", resend::PATH)
}

fn columns() -> Grid {
    Grid::new(
        "deliveries",
        "送信の記録",
        vec![
            text("営業日"),
            text("店舗"),
            text("レジ"),
            figure("Z"),
            figure("改訂"),
            text("内容"),
            text("状態"),
            figure("試行"),
            text("送信待ちにした時刻"),
            text("届いた時刻"),
            text("受領証・最後の応答"),
        ],
    )
}

fn row(event: &Listed) -> Vec<Cell> {
    let at = |at: Option<jiff::Timestamp>| at.map_or("―".to_owned(), |at| date_time(at, &zone()));
    let answer: String = event.last_answer.as_deref().unwrap_or("―").chars().take(60).collect();
    vec![
        Cell::Link(date_weekday(event.business_date), format!("{HERE}/{}", event.event_id)),
        Cell::text(&event.store),
        Cell::text(&event.register),
        Cell::Count(event.z_number),
        Cell::Count(event.revision),
        Cell::text(kind(&event.event_type)),
        states::event(event.standing),
        Cell::Count(event.attempts),
        Cell::text(at(Some(event.queued_at))),
        Cell::text(at(event.delivered_at)),
        if event.standing == Standing::Delivered { receipt(event) } else { Cell::Text(answer) },
    ]
}

/// What an event is about.
fn kind(event_type: &str) -> &'static str {
    match event_type {
        "settlement.closed" => "精算",
        "settlement.revised" => "改訂",
        "settlement.cancelled" => "精算取消",
        _ => "テスト送信",
    }
}

/// 受領証なし is delivered, but without FLARO's word for it.
fn receipt(event: &Listed) -> Cell {
    if event.receipt.is_some() {
        return Cell::text("受領証あり");
    }
    Cell::Shown(ui::chip_with(ui::Tone::Warn, Icon::Warning, "受領証なし"), "受領証なし".to_owned())
}

impl Filters<'_> {
    fn icon() -> Html {
        ui::icon(Icon::Search)
    }
}
