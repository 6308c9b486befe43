//! 精算詳細: one settlement at one revision, with its eight datasets, all its revisions and what was sent of it.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use jiff::tz::TimeZone;
use sales::{Settlement, SettlementId, SettlementState, datasets};
use web::figures::{Figure, strip};
use web::format::{date_time, date_weekday, thousands, yen};
use web::html::Html;
use web::ui::Tone;
use web::{Failure, Flash, ListQuery, PageResult, filters};

use super::datasets::grids;
use super::grid::{Cell, Grid, figure, text};
use super::{shell, states};
use crate::Pos;
use crate::accounts::Viewer;
use crate::settlements::{Detail, Revision, Sent, detail};

#[derive(Template)]
#[template(path = "settlement.html")]
struct Page {
    detail: Detail,
    zone: TimeZone,
    strip: Html,
    /// Why the datasets are missing, if they are.
    not_computable: bool,
    parts: Vec<(String, String)>,
    tables: Vec<Html>,
}

/// One settlement, or one of its tables as a file.
pub async fn show(
    State(pos): State<Arc<Pos>>,
    viewer: Viewer,
    flash: Flash,
    list: ListQuery,
    Path(id): Path<String>,
) -> PageResult {
    let id: SettlementId = id.parse().map_err(|_| Failure::not_found())?;
    let revision = list.get("revision").parse().ok();
    let found = detail(&pos, &viewer.tenant, viewer.store(), id, revision).await?;
    let detail = found.ok_or_else(Failure::not_found)?;
    let zone = TimeZone::get(&detail.zone).unwrap_or(TimeZone::UTC);
    let computed = datasets(&detail.facts).ok();
    let mut tables = computed.as_ref().map(|computed| grids(&detail.facts, computed, &zone)).unwrap_or_default();
    tables.push(revisions(&detail, &zone));
    // A shop sees that it was sent; 連携状況 is head office's.
    tables.push(sent(&detail, viewer.store().is_none(), &zone));
    let subject = format!("{}_{}", detail.store, detail.facts.business_date);
    if let Some(file) = tables.iter().find_map(|grid| grid.file(&pos, &list, &subject)) {
        return file;
    }
    let facts = &detail.facts;
    let title =
        format!("{} {} {} Z{}", date_weekday(facts.business_date), detail.store, detail.register, facts.z_number);
    let page = Page {
        strip: key_figures(facts, computed.as_ref().map(|computed| &computed.settlement)),
        not_computable: computed.is_none(),
        parts: tables.iter().map(|grid| (grid.id.to_owned(), grid.title.clone())).collect(),
        tables: tables.iter().map(|grid| grid.html(&list)).collect(),
        zone,
        detail,
    };
    let shell = shell(&pos, &viewer, &flash, title, "/settlements").await?;
    Ok(shell.crumb("精算一覧", Some("/settlements")).crumb("精算詳細", None).wide().render(page))
}

impl Page {
    fn state(&self) -> Html {
        let Cell::Shown(chip, _) = states::settlement(self.detail.facts.state, 0) else { return Html::default() };
        chip
    }

    fn at(&self, at: &jiff::Timestamp) -> String {
        date_time(*at, &self.zone)
    }
}

fn key_figures(facts: &Settlement, totals: Option<&sales::SettlementTotals>) -> Html {
    let Some(totals) = totals else { return Html::default() };
    let guests = totals.guests.total().unwrap_or_default();
    let over = facts.cash.over_short.map_or_else(
        || Figure::new("過不足", "未計数").tone(Tone::Warn),
        |over| {
            let figure = Figure::new("過不足", yen(over.0));
            if over.0 == 0 { figure.tone(Tone::Good) } else { figure.tone(Tone::Bad) }
        },
    );
    let label =
        if facts.state == SettlementState::Cancelled { "売上（税込・取消）" } else { "売上（税込）" };
    strip(&[
        Figure::new(label, yen(totals.total.0)),
        Figure::new("売上（税抜）", yen(totals.net.0)),
        Figure::new("消費税", yen(totals.tax.0)),
        Figure::new("会計数", thousands(totals.checks)),
        Figure::new("客数", thousands(guests)),
        over,
    ])
}

fn revisions(detail: &Detail, zone: &TimeZone) -> Grid {
    let columns = vec![
        figure("改訂"),
        text("状態"),
        text("受信時刻"),
        text("届き方"),
        figure("会計数"),
        figure("売上（税抜）"),
        text("内容の指紋（SHA-256）"),
    ];
    let id = detail.facts.id;
    let row = |revision: &Revision| {
        let number = revision.revision;
        let state = if number == detail.standing { "有効" } else { "置換え済み" };
        let source = if revision.source == "journal" { "レジの記録" } else { "精算データ（外部POS）" };
        vec![
            Cell::Link(number.to_string(), format!("/settlements/{id}?revision={number}")),
            Cell::text(state),
            Cell::text(date_time(revision.received_at, zone)),
            Cell::text(source),
            Cell::Count(revision.checks),
            Cell::Yen(revision.net),
            Cell::Shown(short(&revision.facts_sha256), revision.facts_sha256.clone()),
        ]
    };
    let mut grid = Grid::new("revisions", "改訂の履歴", columns).rows(detail.revisions.iter().map(row));
    "いちばん新しい改訂が集計と送信の対象です。前の改訂も消えません。".clone_into(&mut grid.note);
    grid
}

fn short(sha: &str) -> Html {
    let start = sha.get(..12).unwrap_or(sha);
    Html::text(&format!("{start}…"))
}

fn sent(detail: &Detail, linked: bool, zone: &TimeZone) -> Grid {
    let mut columns =
        vec![text("状態"), figure("改訂"), figure("連携の回"), text("登録"), text("送信済み"), figure("試行")];
    columns.extend(linked.then(|| text("記録")));
    let row = |sent: &Sent| {
        let delivered = sent.delivered_at.map_or_else(|| "―".to_owned(), |at| date_time(at, zone));
        let mut cells = vec![
            states::link(sent.link),
            Cell::Count(sent.revision.into()),
            Cell::Count(sent.generation),
            Cell::text(date_time(sent.queued_at, zone)),
            Cell::text(delivered),
            Cell::Count(sent.attempts),
        ];
        let log = || Cell::Link("送信の記録".to_owned(), format!("/deliveries/{}", sent.event_id));
        cells.extend(linked.then(log));
        cells
    };
    Grid::new("deliveries", "FLAROへの送信", columns).rows(detail.sent.iter().map(row))
}
