//! 受信の記録: every event that was received, what became of it, and its receipt.

use super::{
    grid::{Cell, Grid, downloads},
    shell, words,
};
use crate::{
    Flaro, FlaroError,
    rights::Right,
    storable,
    tenant::{Scope, Viewer, in_scope, scoped},
};
use askama::Template;
use axum::extract::State;
use db::{Row, Tx};
use jiff::tz::TimeZone;
use std::sync::Arc;
use web::{
    Form, Html, ListQuery, PageResult,
    download::{Format, ROWS_MAX},
    format,
    html::escape,
    table, text,
    ui::{self, Icon, Tone},
};

const PER_PAGE: u64 = 50;

#[derive(Template)]
#[template(path = "events.html")]
struct Page<'a> {
    form: &'a Form,
    verdicts: Vec<(&'static str, &'static str)>,
    grid: Html,
    pager: Html,
    downloads: Html,
}

macro_rules! received {
    ($select:literal, $rest:literal) => {
        concat!(
            $select,
            " FROM inbox i LEFT JOIN store t ON t.company_id = i.company_id AND t.store_id = i.store_id WHERE ",
            in_scope!("i"),
            " AND ($4 = '' OR i.verdict = $4) AND ($5 = '' OR i.business_date = $5) AND ($6 = '' OR i.event_id = $6)",
            $rest
        )
    };
}

const COUNT: &str = received!("SELECT COUNT(*) AS total", "");
const ROWS: &str = received!(
    "SELECT i.event_id, i.received_at, i.event_type, i.verdict, i.business_date, i.revision, i.generation, i.sequence,
       i.times, i.body_bytes, t.name AS store_name",
    " ORDER BY i.received_at DESC, i.event_id DESC LIMIT $7 OFFSET $8"
);

pub(super) async fn list(State(flaro): State<Arc<Flaro>>, viewer: Viewer, query: ListQuery) -> PageResult {
    viewer.must(Right::Linkage)?;
    let (scope, asked) = (viewer.scope.clone(), query.clone());
    let (rows, total) = flaro.db.read(async move |tx: &mut Tx| see(tx, &scope, &asked).await).await?;
    let grid = grid(&rows, &viewer.zone)?;
    if let Some(asked) = Format::of(query.get("format")) {
        return Ok(grid.sheet(&viewer.company_name).download(asked, flaro.now(), &viewer.zone)?);
    }
    let page = Page {
        form: &query.form(),
        verdicts: [("", "すべて")].into_iter().chain(words::VERDICTS).collect(),
        grid: match (grid.is_empty(), query.is_filtered()) {
            (false, _) => grid.html(),
            (true, true) => table::nothing_found(&query),
            (true, false) => table::empty(
                "まだ何も届いていません",
                "USENレジの外部連携設定で「テスト送信」を行うと、つながっているかを確かめられます。",
                None,
            ),
        },
        pager: table::pager(&query, total, PER_PAGE),
        downloads: downloads(&query, None),
    };
    let shell =
        shell(&viewer, "受信の記録", "/linkages").crumb("外部連携", Some("/linkages")).crumb("受信の記録", None);
    Ok(shell.render(page))
}

async fn see(tx: &mut Tx, scope: &Scope, query: &ListQuery) -> Result<(Vec<Row>, u64), FlaroError> {
    let verdict = query.get("verdict").to_owned();
    let date = text::date(query.get("date")).map(|date| date.to_string()).unwrap_or_default();
    let event = text::narrow(query.get("q")).to_lowercase();
    let counted = tx.fetch_one(COUNT, scoped!(scope, &verdict, &date, &event)).await?.int("total")?;
    let total = u64::try_from(counted).unwrap_or(0);
    let (limit, offset) = if Format::of(query.get("format")).is_some() {
        (i64::try_from(ROWS_MAX + 1).unwrap_or(i64::MAX), 0)
    } else {
        (50, i64::try_from(table::offset(query, total, PER_PAGE)).unwrap_or(0))
    };
    Ok((tx.fetch_all(ROWS, scoped!(scope, verdict, date, event, limit, offset)).await?, total))
}

/// What became of an event, as a chip.
pub(super) fn chip(verdict: &str) -> Cell {
    let word = words::verdict(verdict);
    let (tone, icon) = match verdict {
        "stands" => (Tone::Good, Icon::Check),
        "conflict" => (Tone::Bad, Icon::Alert),
        _ => (Tone::Mute, Icon::Info),
    };
    Cell::Shown(ui::chip_with(tone, icon, word), word.to_owned())
}

/// A number that people copy: it doesn't break at its hyphens.
fn in_one_piece(number: String) -> Cell {
    Cell::Shown(Html::trusted(format!(r#"<span class="nowrap">{}</span>"#, escape(&number))), number)
}

fn grid(rows: &[Row], zone: &TimeZone) -> Result<Grid, FlaroError> {
    let columns = [
        ("受信時刻", false),
        ("店舗", false),
        ("営業日", false),
        ("種類", false),
        ("訂正番号", true),
        ("通し番号", true),
        ("結果", false),
        ("受信回数", true),
        ("受付番号", false),
    ];
    let mut grid = Grid::new("events", "受信の記録", &columns);
    for row in rows {
        let event_id = row.text("event_id")?;
        let at = format::date_time(storable::instant(row.int("received_at")?)?, zone);
        grid.row([
            Cell::Link(at, format!("/linkages/events/{event_id}")),
            row.opt_text("store_name")?.unwrap_or_default().into(),
            format::date(storable::date(&row.text("business_date")?)?).into(),
            words::event_type(&row.text("event_type")?).into(),
            row.int("revision")?.to_string().into(),
            format!("{}-{}", row.int("generation")?, row.int("sequence")?).into(),
            chip(&row.text("verdict")?),
            Cell::Count(row.int("times")?),
            in_one_piece(event_id),
        ]);
    }
    Ok(grid)
}
