//! The revisions behind a day and what is wrong with those that stand.

use crate::{
    FlaroError,
    console::{
        grid::{Cell, Grid},
        words,
    },
    storable,
    tenant::{Scope, in_scope, scoped},
    webhook::Kind,
};
use db::{Row, Tx};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use sales::StoreId;
use web::{
    format,
    ui::{self, Icon, Tone},
};

/// One revision of one settlement.
pub(super) struct Revision {
    register: String,
    z_number: i64,
    number: i64,
    stands: bool,
    cancelled: bool,
    date: Date,
    closed_at: Timestamp,
    received_at: Timestamp,
    checks: i64,
    guests: i64,
    net: i64,
    tax: i64,
    why: String,
    event_id: String,
}

const REVISIONS: &str = concat!(
    "SELECT r.register_name, r.z_number, r.revision, r.state, r.business_date, r.closed_at, r.received_at, r.checks,
       r.guests, r.net, r.tax, r.reason, r.revised_by, r.event_id, s.revision AS standing
     FROM settlement_revision r
     JOIN settlement s ON s.company_id = r.company_id AND s.store_id = r.store_id
       AND s.settlement_id = r.settlement_id
     WHERE ",
    in_scope!("r"),
    " AND r.store_id = $4 AND r.settlement_id IN (
       SELECT o.settlement_id FROM settlement_revision o
       WHERE o.company_id = $1 AND o.store_id = $4 AND o.business_date = $5)
     ORDER BY r.register_name, r.z_number, r.settlement_id, r.revision LIMIT 1000"
);

/// Every revision of every settlement that is or once was of this day.
pub(super) async fn revisions(
    tx: &mut Tx,
    scope: &Scope,
    store: StoreId,
    date: Date,
) -> Result<Vec<Revision>, FlaroError> {
    let rows = tx.fetch_all(REVISIONS, scoped!(scope, store.to_string(), date.to_string())).await?;
    rows.iter().map(Revision::read).collect()
}

impl Revision {
    fn read(row: &Row) -> Result<Self, FlaroError> {
        let (reason, by) = (row.opt_text("reason")?, row.opt_text("revised_by")?);
        Ok(Self {
            register: row.text("register_name")?,
            z_number: row.int("z_number")?,
            number: row.int("revision")?,
            stands: row.int("revision")? == row.int("standing")?,
            cancelled: row.text("state")? == "cancelled",
            date: storable::date(&row.text("business_date")?)?,
            closed_at: storable::instant(row.int("closed_at")?)?,
            received_at: storable::instant(row.int("received_at")?)?,
            checks: row.int("checks")?,
            guests: row.int("guests")?,
            net: row.int("net")?,
            tax: row.int("tax")?,
            why: [reason, by.map(|by| format!("（{by}）"))].into_iter().flatten().collect(),
            event_id: row.text("event_id")?,
        })
    }
}

pub(super) fn grid(revisions: &[Revision], zone: &TimeZone) -> Grid {
    let columns = [
        ("レジ", false),
        ("Z番号", true),
        ("訂正番号", true),
        ("状態", false),
        ("営業日", false),
        ("精算時刻", false),
        ("受信時刻", false),
        ("会計数", true),
        ("客数", true),
        ("税抜", true),
        ("消費税", true),
        ("理由（担当者）", false),
    ];
    let mut grid = Grid::new("revisions", "精算と訂正", &columns);
    for r in revisions {
        let (tone, icon, word) = match (r.stands, r.cancelled) {
            (true, false) => (Tone::Good, Icon::Check, "反映中"),
            (true, true) => (Tone::Warn, Icon::Pause, "精算取消"),
            (false, _) => (Tone::Mute, Icon::Ring, "訂正済み"),
        };
        grid.row([
            Cell::Link(r.register.clone(), format!("/linkages/events/{}", r.event_id)),
            r.z_number.to_string().into(),
            r.number.to_string().into(),
            Cell::Shown(ui::chip_with(tone, icon, word), word.to_owned()),
            format::date(r.date).into(),
            format::time_of(r.date, r.closed_at, zone).into(),
            format::date_time(r.received_at, zone).into(),
            Cell::Count(r.checks),
            Cell::Count(r.guests),
            Cell::Yen(r.net),
            Cell::Yen(r.tax),
            r.why.as_str().into(),
        ]);
    }
    grid
}

/// One thing that is wrong, in words.
pub(super) struct FoundRow {
    pub till: String,
    pub what: String,
    pub figures: String,
    pub way_out: &'static str,
    pub href: String,
}

const FINDINGS: &str = concat!(
    "SELECT f.kind, f.what, f.stated, f.computed, s.register_name, s.z_number, r.event_id
     FROM finding f
     JOIN settlement s ON s.company_id = f.company_id AND s.store_id = f.store_id
       AND s.settlement_id = f.settlement_id AND s.revision = f.revision
     JOIN settlement_revision r ON r.company_id = s.company_id AND r.store_id = s.store_id
       AND r.settlement_id = s.settlement_id AND r.revision = s.revision
     WHERE ",
    in_scope!("f"),
    " AND f.store_id = $4 AND f.business_date = $5 AND f.resolved_at IS NULL
     ORDER BY s.register_name, s.z_number, f.kind, f.what LIMIT 200"
);

/// What is wrong with what stands.
pub(super) async fn findings(
    tx: &mut Tx,
    scope: &Scope,
    store: StoreId,
    date: Date,
) -> Result<Vec<FoundRow>, FlaroError> {
    let rows = tx.fetch_all(FINDINGS, scoped!(scope, store.to_string(), date.to_string())).await?;
    rows.iter().map(FoundRow::read).collect()
}

impl FoundRow {
    fn read(row: &Row) -> Result<Self, FlaroError> {
        let kind = row.text("kind")?;
        let kind = Kind::read(&kind).ok_or_else(|| FlaroError::stored("a finding", &kind))?;
        let figures = match (row.opt_int("stated")?, row.opt_int("computed")?) {
            (Some(stated), Some(computed)) => {
                format!("届いた値 {}、会計からの値 {}", format::thousands(stated), format::thousands(computed))
            }
            _ => String::new(),
        };
        Ok(Self {
            till: format!("{} Z{}", row.text("register_name")?, row.int("z_number")?),
            what: words::finding(kind, &row.text("what")?),
            figures,
            way_out: words::way_out(kind),
            href: format!("/linkages/events/{}", row.text("event_id")?),
        })
    }
}
