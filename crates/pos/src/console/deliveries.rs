//! 連携状況: every event with its state, narrowed by store, state and period; 再送 of a period; 照合 by day.

mod comparison;
mod event;

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect};
use axum::routing::{get, post};
use jiff::civil::Date;
use sales::StoreId;
use serde::Deserialize;
use serde::de::IntoDeserializer;
use web::confirm::Confirm;
use web::format::{date, date_time, date_weekday};
use web::html::Html;
use web::ui::{self, Icon, Tone, chip_with};
use web::{Flash, Form, ListQuery, Notice, PageResult, Routes, table, text as typed};

use super::choice::Choice;
use super::grid::{Cell, Grid, figure, text, zone};
use super::shell;
use crate::accounts::Viewer;
use crate::outbox::State as Standing;
use crate::outbox::log::{self, Filter, Listed};
use crate::outbox::resend::{What, resend};
use crate::{Pos, PosError};

const HERE: &str = "/deliveries";
const PER_PAGE: u64 = 50;

/// The pages about deliveries.
pub fn router() -> Routes<Arc<Pos>> {
    Routes::new()
        .route(HERE, get(list))
        .route("/deliveries/resend", post(resend_days))
        .route("/deliveries/comparison", get(comparison::show))
        .route("/deliveries/{event_id}", get(event::show))
        .route("/deliveries/{event_id}/resend", post(event::resend_one))
}

#[derive(Template)]
#[template(path = "deliveries/filters.html")]
struct Filters<'a> {
    choice: &'a Choice,
}

async fn list(State(pos): State<Arc<Pos>>, viewer: Viewer, flash: Flash, list: ListQuery) -> PageResult {
    viewer.must_be_head_office()?;
    let choice = Choice::of(&pos, &viewer, &list).await?;
    let state = standing(list.get("state"));
    let filter = Filter { store: choice.store.clone(), state, from: choice.from, to: choice.to };
    let whole = !list.get("format").is_empty();
    let asked = list.clone();
    let part = move |count| (!whole).then(|| (PER_PAGE, table::offset(&asked, count, PER_PAGE)));
    let (count, events) = log::list(&pos, &viewer.tenant, &filter, part).await?;
    let mut grid = columns().rows(events.iter().map(row));
    if let Some(file) = grid.file(&pos, &list, &choice.subject()) {
        return file;
    }
    let question = question(&choice);
    grid.above = Html::of(Filters { choice: &choice });
    grid.below = table::pager(&list, count, PER_PAGE);
    grid.empty = if list.is_filtered() {
        table::nothing_found(&list)
    } else {
        let next = "FLAROと連携し、店舗の連携状態をオンにすると、精算のたびにここへ記録されます。";
        table::empty("まだ送信がありません", next, Some(("FLARO連携へ", super::flaro::HERE)))
    };
    let content = Html::trusted(r#"<nav class="tabs" aria-label="表示"><a href="/deliveries" aria-current="true">送信の記録</a><a href="/deliveries/comparison">照合</a></nav>"#)
        .then(&choice.form.summary())
        .then(&grid.html(&list))
        .then(&question.as_ref().map(Confirm::dialog).unwrap_or_default());
    let actions = question.map(|question| question.trigger("この期間を再送…")).unwrap_or_default();
    Ok(shell(&pos, &viewer, &flash, "連携状況", HERE).await?.actions(actions).wide().frame(&content))
}

/// 再送 of what is chosen, once a period is.
fn question(choice: &Choice) -> Option<Confirm> {
    let (from, to) = choice.from.zip(choice.to).filter(|_| choice.form.is_ok())?;
    let (from, to) = (date(from), date(to));
    let question = Confirm::new("resend", "この期間をもう一度送りますか？", "/deliveries/resend", "再送する")
        .says(format!("{}：{from}〜{to} の、送信済み・送信待ち・要対応の精算を送ります。", choice.subject()))
        .says("前に送ったものと同じ内容を、同じ番号で送ります。FLAROの売上が二重になることはありません。")
        .sends("from", from)
        .sends("to", to);
    Some(match &choice.store {
        Some(store) => question.sends("store", store),
        None => question,
    })
}

async fn resend_days(State(pos): State<Arc<Pos>>, viewer: Viewer, flash: Flash, form: Form) -> PageResult {
    viewer.must_be_head_office()?;
    let period: Option<(Date, Date)> = typed::date(form.text("from")).zip(typed::date(form.text("to")));
    let store: Option<StoreId> = form.text("store").parse().ok();
    let notice = match period {
        None => Notice::failed("再送する期間を選んでください。"),
        Some((from, to)) => match resend(&pos, &viewer.tenant, viewer.name(), What::Days { store, from, to }).await {
            Ok(again) => Notice::done(format!("{again}件を再送の列に入れました。")),
            Err(PosError::NotFound(_)) => Notice::failed("FLAROと連携されていないため、再送できません。"),
            Err(error) => return Err(error.into()),
        },
    };
    flash.set(notice).await?;
    Ok(Redirect::to(HERE).into_response())
}

fn standing(word: &str) -> Option<Standing> {
    let word: serde::de::value::StrDeserializer<'_, serde::de::value::Error> = word.into_deserializer();
    Standing::deserialize(word).ok()
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
            text("最後の応答"),
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
        state(event),
        Cell::Count(event.attempts),
        Cell::text(at(Some(event.queued_at))),
        Cell::text(at(event.delivered_at)),
        Cell::text(if event.state == Standing::Delivered { receipt(event).to_owned() } else { answer }),
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

fn receipt(event: &Listed) -> &'static str {
    if event.receipt.is_some() { "受領証あり" } else { "受領証なし" }
}

fn state(event: &Listed) -> Cell {
    let (tone, icon, word) = match event.state {
        Standing::Waiting if event.attempts > 0 => (Tone::Warn, Icon::Retry, "再送待ち"),
        Standing::Waiting => (Tone::Mute, Icon::Wait, "送信待ち"),
        Standing::Delivered => (Tone::Good, Icon::Check, "送信済み"),
        Standing::Attention => (Tone::Bad, Icon::Alert, "要対応"),
        Standing::Superseded => (Tone::Mute, Icon::Flat, "改訂に置換え"),
        Standing::Discarded => (Tone::Mute, Icon::Flat, "送信しない"),
        Standing::Ended => (Tone::Mute, Icon::Flat, "連携終了"),
    };
    Cell::Shown(chip_with(tone, icon, word), word.to_owned())
}

impl Filters<'_> {
    fn icon() -> Html {
        ui::icon(Icon::Search)
    }
}
