//! 状態: how the till stands: what waits for head office and since when, the last receipt, the clock, the disk, the
//! lives of the journal, and what was done with a manager's word.

use super::{
    Screen,
    clerk::Clerk,
    deeds::{self, Row},
    words,
};
use crate::{ClockState, Deed, DiskState, Line};
use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse, Redirect},
};
use jiff::{Timestamp, tz::TimeZone};
use std::sync::Arc;
use web::{
    Flash, Html, Notice, PageResult,
    figures::{self, Figure},
    format,
    ui::{Icon, Tone},
};

/// Deeds shown; the others have a page of their own.
const DEEDS: u32 = 10;

#[derive(Template)]
#[template(path = "status.html")]
struct Content {
    figures: Html,
    pairs: Vec<(&'static str, String)>,
    doubt: Option<Doubt>,
    epochs: Vec<(u64, String, &'static str)>,
    deeds: Vec<Row>,
}

pub(super) async fn show(State(screen): State<Arc<Screen>>, clerk: Clerk, flash: Flash) -> PageResult {
    let (now, house) = (screen.now(), screen.house()?);
    let zone = house.rule.zone().clone();
    let status = screen.uploader.status().await?;
    let clock = screen.till.clock_state(now).await?;
    let disk = screen.disk();
    let content = Content {
        figures: figures::strip(&[
            line(&status.line),
            waiting(&status, now, &zone),
            clock_figure(clock),
            disk_figure(&disk),
        ]),
        pairs: pairs(&status, &disk, now, &zone, &house.masters),
        doubt: doubt(clock, &zone),
        epochs: epochs(&screen, &zone).await?,
        deeds: deeds::newest(&screen, &house, DEEDS).await?,
    };
    screen.page(&clerk, "レジの状態", "/status").flash(flash.take().await).render(content).await
}

/// The clock was put right by hand, or is right as it stands.
pub(super) async fn trust_clock(State(screen): State<Arc<Screen>>, clerk: Clerk, flash: Flash) -> PageResult {
    let (was, now) = (screen.till.clock_state(screen.now()).await?, screen.now());
    screen.till.trust_clock(now);
    let detail = words::clock_warning(was).unwrap_or_else(|| "時計は合っていました".to_owned());
    screen
        .till
        .note(Deed { staff: clerk.code, approved_by: None, action: "時計の確認".to_owned(), detail }, now)
        .await?;
    flash.set(Notice::done("時計の確認をやり直します。次に本部とつながったときに、もう一度比べます。")).await?;
    Ok(Redirect::to("/status").into_response())
}

fn line(line: &Line) -> Figure {
    let figure = |word: &str, tone, icon| Figure::new("本部との接続", word).tone_with(tone, icon);
    match line {
        Line::Online => figure("オンライン", Tone::Good, Icon::Check),
        Line::Unknown => figure("確認中", Tone::Mute, Icon::Wait),
        Line::Offline { .. } => figure("オフライン", Tone::Warn, Icon::Warning),
        Line::Refused { .. } => figure("拒否されました", Tone::Bad, Icon::Alert),
    }
}

fn waiting(status: &crate::Status, now: Timestamp, zone: &TimeZone) -> Figure {
    let figure = Figure::new("本部に未送信", format!("{}件", status.waiting));
    match status.waiting_since {
        None => figure.tone(Tone::Good),
        Some(since) => {
            let note = format!("{} から（{}）", format::date_time(since, zone), format::ago(since, now, zone));
            figure.tone_with(Tone::Warn, Icon::Wait).note(Html::text(&note))
        }
    }
}

fn clock_figure(state: ClockState) -> Figure {
    match words::clock_warning(state) {
        None => Figure::new("時計", "合っています").tone(Tone::Good),
        Some(text) => {
            let note = match state {
                ClockState::Apart { .. } => "会計の日付と時刻は本部の時計に合わせて記録します",
                _ => "会計の日付と時刻はこの時計で記録します",
            };
            Figure::new("時計", text).tone(Tone::Warn).note(Html::text(note))
        }
    }
}

/// What speaks against the clock, and what whoever reads it can do.
struct Doubt {
    title: &'static str,
    text: String,
    button: &'static str,
}

fn doubt(state: ClockState, zone: &TimeZone) -> Option<Doubt> {
    const SEE: &str = "このパソコンの日付と時刻を確かめてください。";
    let last = |last| format!("最後の記録は {} です。{SEE}", format::date_time(last, zone));
    let (title, text, button) = match state {
        ClockState::Right => return None,
        ClockState::Apart { .. } => (
            "時計がずれています",
            "このパソコンの時計を直してください。直すまでのあいだも、会計の営業日・時刻は本部の時計に合わせて記録しています。"
                .to_owned(),
            "時計を直した（もう一度比べる）",
        ),
        ClockState::Jumped { .. } => (
            "つながらないあいだに時計が変わりました",
            format!("会計の営業日・時刻は、いまの時計で記録しています。{SEE}違うときは直してください。"),
            "日付と時刻を確かめた",
        ),
        ClockState::Behind { last: at } => ("時計が最後の記録より前です", last(at), "日付と時刻を確かめた"),
        ClockState::LongAgo { last: at } => ("最後の記録から日がたっています", last(at), "日付と時刻を確かめた"),
    };
    Some(Doubt { title, text, button })
}

fn disk_figure(disk: &DiskState) -> Figure {
    match disk {
        DiskState::Unknown => Figure::new("ディスク", "確認中").tone(Tone::Mute),
        DiskState::Good { .. } => Figure::new("ディスク", "記録できます").tone(Tone::Good),
        DiskState::Low { free } => Figure::new("ディスク", format!("残り{}MB", free >> 20))
            .tone(Tone::Warn)
            .note(Html::text("不要なファイルを消して空きを作ってください")),
        DiskState::Failing { .. } => Figure::new("ディスク", "記録できません")
            .tone(Tone::Bad)
            .note(Html::text("会計をやめて、サポートにご連絡ください")),
    }
}

fn pairs(
    status: &crate::Status,
    disk: &DiskState,
    now: Timestamp,
    zone: &TimeZone,
    masters: &protocol::masters::Masters,
) -> Vec<(&'static str, String)> {
    let receipt = status.receipt.as_ref().map_or_else(
        || "まだありません".to_owned(),
        |receipt| format!("{}（{}件目まで）", format::date_time(receipt.received_at, zone), receipt.contiguous_seq),
    );
    let since = match &status.line {
        Line::Offline { since, .. } | Line::Refused { since, .. } => {
            format!("{} から（{}）", format::date_time(*since, zone), format::ago(*since, now, zone))
        }
        Line::Online | Line::Unknown => "―".to_owned(),
    };
    let skew = status.clock_skew_ms.map_or_else(
        || "まだ比べていません".to_owned(),
        |ms| format!("{}{}.{}秒", if ms < 0 { "−" } else { "＋" }, ms.abs() / 1_000, ms.abs() % 1_000 / 100),
    );
    let free = match disk {
        DiskState::Good { free } | DiskState::Failing { free, .. } => *free,
        DiskState::Low { free } => Some(*free),
        DiskState::Unknown => None,
    };
    vec![
        ("つながらなくなった時刻", since),
        ("最後の受領証（本部の時計）", receipt),
        ("本部の時計との差", skew),
        ("ディスクの空き", free.map_or_else(|| "分かりません".to_owned(), |free| format!("{} MB", free >> 20))),
        ("マスタの版", format!("{}（商品 {}件）", masters.version, masters.products.len())),
        ("レジの番号", masters.register.id.to_string()),
    ]
}

/// The lives of the journal: more than one means that a disk was restored or copied, or head office was.
async fn epochs(screen: &Screen, zone: &TimeZone) -> Result<Vec<(u64, String, &'static str)>, crate::TillError> {
    let row = |(ordinal, began): (u64, Option<Timestamp>)| {
        let began = began.map_or_else(|| "―".to_owned(), |began| format::date_time(began, zone));
        let why = if ordinal == 1 {
            "はじめの記録"
        } else {
            "ディスクの復元・複製を検出して、新しく始めた記録"
        };
        (ordinal, began, why)
    };
    Ok(screen.till.epochs().await?.into_iter().map(row).collect())
}
