//! 外部連携: the linkages by generation, gaps in what came, versions that contradict each other, and days that came twice.

mod twice;

use super::{
    grid::{Cell, Grid},
    shell,
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
    Html, PageResult, format, table,
    ui::{self, Icon, Tone},
};

#[derive(Template)]
#[template(path = "linkages.html")]
struct Page {
    linkages: Html,
    unknown: Option<Html>,
    twice: Option<Html>,
    conflicts: Option<Html>,
    gaps: Option<Html>,
}

struct Seen {
    linkages: Vec<Row>,
    unknown: Vec<Row>,
    twice: Vec<Row>,
    conflicts: Vec<Row>,
    gaps: Vec<Row>,
}

const LINKAGES: &str = "SELECT l.generation, l.partner, l.company_name, l.requested_at, l.confirmed_at, l.ended_at,
      l.table_version, l.table_at, (SELECT MAX(i.last_at) FROM inbox i
        WHERE i.company_id = l.company_id AND i.linkage_id = l.linkage_id) AS received_at,
      (SELECT COUNT(*) FROM inbox i WHERE i.company_id = l.company_id AND i.linkage_id = l.linkage_id) AS events
    FROM linkage l WHERE l.company_id = $1 ORDER BY l.partner, l.generation DESC";
const CONFLICTS: &str = concat!(
    "SELECT c.event_id, c.body_sha256, c.business_date, c.revision, c.received_at, c.times, t.name AS store_name,
       CASE WHEN s.revision = c.revision THEN 1 ELSE 0 END AS open
     FROM event_conflict c
     JOIN store t ON t.company_id = c.company_id AND t.store_id = c.store_id
     LEFT JOIN settlement s ON s.company_id = c.company_id AND s.store_id = c.store_id
       AND s.settlement_id = c.settlement_id
     WHERE ",
    in_scope!("c"),
    " ORDER BY c.received_at DESC LIMIT 100"
);
const UNKNOWN: &str = concat!(
    "SELECT t.store_id, t.name, COUNT(*) AS days, MIN(d.business_date) AS first, MAX(d.business_date) AS last,
       CAST(SUM(d.net) AS BIGINT) AS net
     FROM store t JOIN business_day d ON d.company_id = t.company_id AND d.store_id = t.store_id WHERE ",
    in_scope!("t"),
    " AND t.listed = 0 GROUP BY t.store_id, t.name ORDER BY t.name LIMIT 200"
);
const GAPS: &str = concat!(
    "SELECT w.missing, w.highest, t.name AS store_name, l.generation
     FROM watermark w
     JOIN store t ON t.company_id = w.company_id AND t.store_id = w.store_id
     JOIN linkage l ON l.company_id = w.company_id AND l.linkage_id = w.linkage_id
     WHERE ",
    in_scope!("w"),
    " AND w.missing <> '[]' ORDER BY l.generation DESC, t.position LIMIT 200"
);

pub(super) async fn list(State(flaro): State<Arc<Flaro>>, viewer: Viewer) -> PageResult {
    viewer.must(Right::Linkage)?;
    let scope = viewer.scope.clone();
    let seen = flaro.db.read(async move |tx: &mut Tx| see(tx, &scope).await).await?;
    let page = Page {
        linkages: linkages(&seen.linkages, &viewer.zone)?,
        unknown: (!seen.unknown.is_empty()).then(|| unknown(&seen.unknown)).transpose()?,
        twice: (!seen.twice.is_empty()).then(|| twice::table(&seen.twice)).transpose()?,
        conflicts: (!seen.conflicts.is_empty()).then(|| conflicts(&seen.conflicts, &viewer.zone)).transpose()?,
        gaps: (!seen.gaps.is_empty()).then(|| gaps(&seen.gaps)).transpose()?,
    };
    Ok(shell(&viewer, "外部連携", "/linkages").render(page))
}

async fn see(tx: &mut Tx, scope: &Scope) -> Result<Seen, FlaroError> {
    Ok(Seen {
        linkages: tx.fetch_all(LINKAGES, db::args![scope.company.as_str()]).await?,
        unknown: tx.fetch_all(UNKNOWN, scoped!(scope)).await?,
        twice: twice::see(tx, scope).await?,
        conflicts: tx.fetch_all(CONFLICTS, scoped!(scope)).await?,
        gaps: tx.fetch_all(GAPS, scoped!(scope)).await?,
    })
}

fn linkages(rows: &[Row], zone: &TimeZone) -> Result<Html, FlaroError> {
    let columns = [
        ("回", false),
        ("連携元", false),
        ("連携元の企業名称", false),
        ("状態", false),
        ("連携開始", false),
        ("連携解除", false),
        ("店舗一覧の更新", false),
        ("受信", true),
        ("最終受信", false),
    ];
    let mut grid = Grid::new("linkages", "連携の履歴", &columns);
    for row in rows {
        let at = |column: &str| -> Result<Cell, FlaroError> {
            let at = row.opt_int(column)?.map(storable::instant).transpose()?;
            Ok(at.map_or(Cell::Blank, |at| format::date_time(at, zone).into()))
        };
        let (confirmed, ended) = (row.opt_int("confirmed_at")?.is_some(), row.opt_int("ended_at")?.is_some());
        let (tone, icon, word) = match (confirmed, ended) {
            (_, true) => (Tone::Mute, Icon::Ring, "解除済み"),
            (true, false) => (Tone::Good, Icon::Check, "連携中"),
            (false, false) => (Tone::Warn, Icon::Wait, "確認待ち"),
        };
        grid.row([
            format!("{}回目", row.int("generation")?).into(),
            row.text("partner")?.into(),
            row.text("company_name")?.into(),
            Cell::Shown(ui::chip_with(tone, icon, word), word.to_owned()),
            at("requested_at")?,
            if ended { at("ended_at")? } else { "―".into() },
            at("table_at")?,
            Cell::Count(row.int("events")?),
            at("received_at")?,
        ]);
    }
    if grid.is_empty() {
        let next = "USENレジの「設定＞外部連携設定＞FLARO」で、連携開始ボタンを押してください。";
        return Ok(table::empty("連携はまだ始まっていません", next, None));
    }
    Ok(grid.html())
}

/// Stores that sent something and stand in no table of the POS.
fn unknown(rows: &[Row]) -> Result<Html, FlaroError> {
    let columns = [
        ("店舗", false),
        ("届いた日数", true),
        ("最初の営業日", false),
        ("最後の営業日", false),
        ("売上（税抜）", true),
    ];
    let mut grid = Grid::new("unknown", "登録のない店舗", &columns);
    for row in rows {
        let href = format!("/days?store={}", row.text("store_id")?);
        grid.row([
            Cell::Link(row.text("name")?, href),
            Cell::Count(row.int("days")?),
            format::date(storable::date(&row.text("first")?)?).into(),
            format::date(storable::date(&row.text("last")?)?).into(),
            Cell::Yen(row.int("net")?),
        ]);
    }
    Ok(grid.html())
}

fn conflicts(rows: &[Row], zone: &TimeZone) -> Result<Html, FlaroError> {
    let columns =
        [("営業日", false), ("店舗", false), ("訂正番号", true), ("受信", false), ("回数", true), ("状態", false)];
    let mut grid = Grid::new("conflicts", "内容の食い違い", &columns);
    for row in rows {
        let href = format!("/linkages/conflicts/{}/{}", row.text("event_id")?, row.text("body_sha256")?);
        let (tone, word) =
            if row.flag("open")? { (Tone::Bad, "要確認") } else { (Tone::Mute, "新しい訂正で解決") };
        grid.row([
            Cell::Link(format::date_weekday(storable::date(&row.text("business_date")?)?), href),
            row.text("store_name")?.into(),
            row.int("revision")?.to_string().into(),
            format::date_time(storable::instant(row.int("received_at")?)?, zone).into(),
            Cell::Count(row.int("times")?),
            Cell::Shown(ui::chip(tone, word), word.to_owned()),
        ]);
    }
    Ok(grid.html())
}

fn gaps(rows: &[Row]) -> Result<Html, FlaroError> {
    let columns = [("店舗", false), ("回", false), ("届いていない番号", false), ("届いたいちばん大きい番号", true)];
    let mut grid = Grid::new("gaps", "まだ届いていない番号", &columns);
    for row in rows {
        let text = row.text("missing")?;
        let missing: Vec<u64> =
            serde_json::from_str(&text).map_err(|why| FlaroError::stored("missing sequences", why))?;
        let mut shown: Vec<String> = missing.iter().take(20).map(ToString::to_string).collect();
        if missing.len() > shown.len() {
            shown.push(format!("ほか{}件", missing.len() - shown.len()));
        }
        grid.row([
            row.text("store_name")?.into(),
            format!("{}回目", row.int("generation")?).into(),
            shown.join("、").into(),
            row.int("highest")?.to_string().into(),
        ]);
    }
    Ok(grid.html())
}
