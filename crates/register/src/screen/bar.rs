//! The bar on top of every page: which till and business day this is, and what stands against selling: how much waits
//! for head office and since when, the clock, the disk. Always there, and fresh without anybody pressing anything.

use super::{Screen, frame, words};
use crate::{DiskState, Line, TillError};
use askama::Template;
use axum::{extract::State, http::StatusCode};
use jiff::{civil::Date, tz::TimeZone};
use std::sync::Arc;
use web::{
    Failure, Html, PageResult, format,
    ui::{self, Icon, Tone},
};

#[derive(Template)]
#[template(path = "bar.html")]
pub(super) struct Bar {
    /// Store and till.
    pub till: String,
    date: Option<String>,
    time: String,
    chips: Vec<Html>,
}

/// The bar alone, for a page that is already there.
pub(super) async fn show(State(screen): State<Arc<Screen>>) -> PageResult {
    frame::fragment(StatusCode::OK, Bar::read(&screen).await?)
}

impl Bar {
    pub async fn read(screen: &Screen) -> Result<Self, Failure> {
        let house = screen.till.house();
        let now = screen.till.right_time(screen.now());
        let zone = house.as_ref().map_or(TimeZone::UTC, |house| house.rule.zone().clone());
        let date = screen.till.session().await?.map(|session| session.business_date);
        let store = house.map(|house| format!("{} {}", house.masters.store.name, house.masters.register.name));
        Ok(Self {
            till: store.unwrap_or_else(|| "レジ".to_owned()),
            date: date.map(|date| format!("営業日 {}", format::month_day(date))),
            time: date.map_or_else(|| format::time(now, &zone), |date| format::time_of(date, now, &zone)),
            chips: chips(screen, date, &zone).await?,
        })
    }

    pub fn html(&self) -> Html {
        Html::of(self)
    }
}

async fn chips(screen: &Screen, date: Option<Date>, zone: &TimeZone) -> Result<Vec<Html>, TillError> {
    let mut chips = Vec::new();
    match screen.disk() {
        DiskState::Failing { .. } => chips.push(ui::chip(Tone::Bad, "ディスクに記録できません")),
        DiskState::Low { free } => chips.push(ui::chip(Tone::Warn, &format!("ディスク残り{}MB", free >> 20))),
        DiskState::Good { .. } | DiskState::Unknown => {}
    }
    let clock = screen.till.clock_state(screen.now()).await?;
    chips.extend(words::clock_warning(clock).map(|text| ui::chip(Tone::Warn, &text)));
    let status = screen.uploader.status().await?;
    let since = status.waiting_since.map(|since| match date {
        Some(date) => format::time_of(date, since, zone),
        None => format::time(since, zone),
    });
    chips.push(line(&status.line, status.waiting, since.as_deref()));
    Ok(chips)
}

/// The line in a word, with what waits.
fn line(line: &Line, waiting: u64, since: Option<&str>) -> Html {
    let waits = since.filter(|_| waiting > 0).map(|since| format!("未送信 {waiting}件（{since}から）"));
    match (line, waits) {
        (Line::Online, None) => ui::chip_with(Tone::Good, Icon::Check, "オンライン　送信済み"),
        (Line::Online, Some(waits)) => ui::chip_with(Tone::Key, Icon::Send, &format!("オンライン　送信中　{waits}")),
        (Line::Unknown, waits) => {
            ui::chip_with(Tone::Mute, Icon::Wait, &format!("接続を確認中　{}", waits.unwrap_or_default()))
        }
        (Line::Offline { .. }, waits) => {
            let waits = waits.unwrap_or_else(|| "未送信なし".to_owned());
            offline(&format!("オフライン　{waits}"))
        }
        (Line::Refused { .. }, waits) => {
            ui::chip_with(Tone::Bad, Icon::Alert, &format!("本部に拒否されました　{}", waits.unwrap_or_default()))
        }
    }
}

fn offline(text: &str) -> Html {
    Html::trusted(format!(
        r#"<span class="chip warn">{}{}<span class="aside"> — 会計はそのまま続けられます</span></span>"#,
        ui::icon(Icon::Warning),
        web::html::escape(text)
    ))
}
