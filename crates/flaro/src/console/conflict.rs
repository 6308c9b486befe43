//! 内容の食い違い: both versions of a settlement revision side by side, and the checks in which they differ.

use super::{
    day,
    grid::{Cell, Grid},
    in_path, shell,
};
use crate::{
    Flaro, FlaroError, rollup,
    tenant::{Scope, Viewer, in_scope, scoped},
};
use askama::Template;
use axum::extract::{Path, State};
use db::Tx;
use jiff::tz::TimeZone;
use protocol::{control::SettlementControl, event::Event, hash::Sha256};
use sales::{Check, CheckId};
use std::{collections::BTreeMap, sync::Arc};
use uuid::Uuid;
use web::{Failure, Html, PageResult, format};

#[derive(Template)]
#[template(path = "conflict.html")]
struct Page {
    figures: Html,
    checks: Option<Html>,
    day: String,
}

const CONFLICT: &str = concat!(
    "SELECT c.frame, c.store_id, c.settlement_id, c.revision FROM event_conflict c WHERE ",
    in_scope!("c"),
    " AND c.event_id = $4 AND c.body_sha256 = $5"
);
const KEPT: &str = concat!(
    "SELECT r.frame FROM settlement_revision r WHERE ",
    in_scope!("r"),
    " AND r.store_id = $4 AND r.settlement_id = $5 AND r.revision = $6"
);
/// Where an event id was used twice, the other event is another settlement's.
const SAME_ID: &str =
    concat!("SELECT r.frame FROM settlement_revision r WHERE ", in_scope!("r"), " AND r.event_id = $4");

pub(super) async fn show(
    State(flaro): State<Arc<Flaro>>,
    viewer: Viewer,
    Path((event, body)): Path<(String, String)>,
) -> PageResult {
    let (event, body): (Uuid, Sha256) = (in_path(&event)?, in_path(&body)?);
    let scope = viewer.scope.clone();
    let frames = flaro.db.read(async move |tx: &mut Tx| frames(tx, &scope, event, body).await).await?;
    let (kept, other) = frames.ok_or_else(Failure::not_found)?;
    let opened =
        tokio::task::spawn_blocking(move || Ok::<_, FlaroError>((rollup::open(&kept)?, rollup::open(&other)?)));
    let (kept, other) = opened.await??;
    let checks = checks(&kept, &other);
    let page = Page {
        figures: figures(&kept, &other, &viewer.zone).html(),
        checks: (!checks.is_empty()).then(|| checks.html()),
        day: format!("/days/{}/{}", kept.store.id, kept.business_date),
    };
    let shell = shell(&viewer, "内容の食い違い", "/linkages")
        .crumb("外部連携", Some("/linkages"))
        .crumb("内容の食い違い", None)
        .lead(format!("{} {} Z{}", kept.store.name, format::date(kept.business_date), kept.settlement.z_number));
    Ok(shell.render(page))
}

/// The version that was there and the one that came after it.
async fn frames(
    tx: &mut Tx,
    scope: &Scope,
    event: Uuid,
    body: Sha256,
) -> Result<Option<(Vec<u8>, Vec<u8>)>, FlaroError> {
    let asked = scoped!(scope, event.to_string(), body.to_string());
    let Some(row) = tx.fetch_optional(CONFLICT, asked).await? else { return Ok(None) };
    let of = scoped!(scope, row.text("store_id")?, row.text("settlement_id")?, row.int("revision")?);
    let mut kept = tx.fetch_optional(KEPT, of).await?;
    if kept.is_none() {
        kept = tx.fetch_optional(SAME_ID, scoped!(scope, event.to_string())).await?;
    }
    let Some(kept) = kept else { return Ok(None) };
    Ok(Some((kept.bytes("frame")?, row.bytes("frame")?)))
}

/// A label, the figure, whether it is money.
type FigureRow = (&'static str, fn(&SettlementControl) -> i64, bool);

const FIGURES: [FigureRow; 6] = [
    ("純売上（税抜）", |c| c.net.0, true),
    ("消費税", |c| c.tax.0, true),
    ("値引", |c| c.discounts.0, true),
    ("支払合計", |c| c.payments.0, true),
    ("客数", |c| c.guests, false),
    ("会計数", |c| c.checks, false),
];

fn control(event: &Event) -> SettlementControl {
    SettlementControl::of(&event.facts()).unwrap_or(event.totals)
}

fn figures(kept: &Event, other: &Event, zone: &TimeZone) -> Grid {
    let columns = [("項目", false), ("反映中の内容", true), ("あとから届いた内容", true), ("差", true)];
    let mut grid = Grid::new("figures", "数字の違い", &columns);
    // Computed from the checks of each: what an event states of itself may be what is wrong with it.
    let (before, after) = (control(kept), control(other));
    for (label, figure, money) in FIGURES {
        let cell = |n: i64| if money { Cell::Yen(n) } else { Cell::Count(n) };
        let (a, b) = (figure(&before), figure(&after));
        grid.row([label.into(), cell(a), cell(b), cell(b.saturating_sub(a))]);
    }
    let closed = |event: &Event| Cell::Text(format::date_time(event.settlement.closed_at, zone));
    grid.row(["精算時刻".into(), closed(kept), closed(other), Cell::Blank]);
    grid
}

/// The checks that are in one version only, or differ.
fn checks(kept: &Event, other: &Event) -> Grid {
    let mut both = BTreeMap::<CheckId, (Option<&Check>, Option<&Check>)>::new();
    for check in &kept.data.checks {
        both.entry(check.id).or_default().0 = Some(check);
    }
    for check in &other.data.checks {
        both.entry(check.id).or_default().1 = Some(check);
    }
    day::differing_checks(("反映中の内容", "あとから届いた内容"), both)
}
