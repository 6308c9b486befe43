//! Business days: the highest revisions of a store's settlements of one date. A day's totals are written in the
//! transaction that received a settlement, so they are never stale; its rollups follow from a durable mark.

pub(crate) mod approval;
mod state;

pub(crate) use state::DayState;

use crate::{
    Company, FlaroError, control_totals, storable,
    stores::{self, Store},
    tenant::{Scope, in_scope, scoped},
};
use db::{DbError, Row, Sql, Tx, args};
use jiff::{Timestamp, civil::Date};
use protocol::control::{self, ControlledSettlement, DayControl, SettlementControl};
use sales::{StoreId, Yen};
use serde_json::Value;
use std::collections::{HashMap, HashSet};

const HEADS: &str = "SELECT settlement_id, revision, checks, guests, net, tax, discounts, payments, facts_sha256,
      register_id, state
    FROM settlement WHERE company_id = $1 AND store_id = $2 AND business_date = $3 ORDER BY settlement_id";
const WRITE: &str = "INSERT INTO business_day
    (company_id, store_id, business_date, settlements, checks, guests, net, tax, discounts, payments, digest,
     registers, changed_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
    ON CONFLICT (company_id, store_id, business_date) DO UPDATE SET settlements = excluded.settlements,
      checks = excluded.checks, guests = excluded.guests, net = excluded.net, tax = excluded.tax,
      discounts = excluded.discounts, payments = excluded.payments, digest = excluded.digest,
      registers = excluded.registers, changed_at = excluded.changed_at";
const MARK: &str = "INSERT INTO dirty_day (company_id, store_id, business_date, marked_at) VALUES ($1, $2, $3, $4)
    ON CONFLICT (company_id, store_id, business_date) DO NOTHING";

/// Sums a day up from what stands, and marks it for its rollups. Part of the receipt's transaction.
pub(crate) async fn settle(
    tx: &mut Tx,
    company: &Company,
    store: &str,
    date: &str,
    at: Timestamp,
) -> Result<(), DbError> {
    let heads = tx.fetch_all(HEADS, args![company.as_str(), store, date]).await?;
    let mut registers = Vec::new();
    for row in &heads {
        if row.text("state")? == "closed" {
            registers.push(row.text("register_id")?);
        }
    }
    registers.sort();
    registers.dedup();
    let day = sum_up(store, date, &heads).map_err(damaged)?;
    let (sums, registers) = (day.sums, Value::from(registers).to_string());
    tx.execute(
        WRITE,
        args![
            company.as_str(),
            store,
            date,
            sums.settlements,
            sums.checks,
            sums.guests,
            sums.net.0,
            sums.tax.0,
            sums.discounts.0,
            sums.payments.0,
            day.digest.to_string(),
            registers,
            at.as_millisecond(),
        ],
    )
    .await?;
    tx.execute(MARK, args![company.as_str(), store, date, at.as_millisecond()]).await.map(drop)
}

fn sum_up(store: &str, date: &str, heads: &[Row]) -> Result<DayControl, FlaroError> {
    let (store, date) = (storable::parsed::<StoreId>("a store id", store)?, storable::date(date)?);
    let settlements = heads.iter().map(control_totals::controlled).collect::<Result<Vec<_>, _>>()?;
    // Sums beyond 64 bits are no reason to refuse what was signed: the day keeps its digest and shows zeros, and the
    // settlements behind it have their findings.
    Ok(match control::day(store, date, settlements.clone()) {
        Ok(day) => day,
        Err(_) => control::day(store, date, settlements.into_iter().map(without_figures).collect())?,
    })
}

fn without_figures(settlement: ControlledSettlement) -> ControlledSettlement {
    let facts_sha256 = settlement.control.facts_sha256;
    let zero = Yen::ZERO;
    let control =
        SettlementControl { checks: 0, guests: 0, net: zero, tax: zero, discounts: zero, payments: zero, facts_sha256 };
    ControlledSettlement { control, ..settlement }
}

fn damaged(error: FlaroError) -> DbError {
    match error {
        FlaroError::Db(error) => error,
        other => DbError::Column { column: "settlement".into(), rule: "as it was written", found: other.to_string() },
    }
}

/// A day of a store as it was received.
#[derive(Clone, Debug)]
pub(crate) struct Day {
    pub store_id: StoreId,
    pub date: Date,
    pub checks: i64,
    pub guests: i64,
    pub net: i64,
    pub tax: i64,
    /// The tills that have a settlement that stands and is not cancelled.
    pub registers: Vec<String>,
    pub digest: String,
    /// What was approved, if it was: the digest at that time, and the net sales.
    pub approved: Option<(String, i64)>,
    /// How much is wrong with what stands.
    pub findings: i64,
    pub changed_at: Timestamp,
}

macro_rules! select_day {
    ($condition:literal) => {
        concat!(
            "SELECT d.store_id, d.business_date, d.checks, d.guests, d.net, d.tax,
               d.registers, d.digest, d.changed_at, a.digest AS approved_digest, a.net AS approved_net,
               (SELECT COUNT(*) FROM finding f
                JOIN settlement s ON s.company_id = f.company_id AND s.store_id = f.store_id
                  AND s.settlement_id = f.settlement_id AND s.revision = f.revision
                WHERE f.company_id = d.company_id AND f.business_date = d.business_date AND f.store_id = d.store_id
                  AND f.resolved_at IS NULL) AS findings
             FROM business_day d
             LEFT JOIN approval a ON a.company_id = d.company_id AND a.store_id = d.store_id
               AND a.business_date = d.business_date
             WHERE ",
            in_scope!("d"),
            " AND ",
            $condition
        )
    };
}

const RANGE: &str = select_day!("d.business_date BETWEEN $4 AND $5 ORDER BY d.business_date DESC, d.store_id");
const OF_STORE: &str = select_day!("d.store_id = $4 AND d.business_date BETWEEN $5 AND $6 ORDER BY d.business_date");
const ONE: &str = select_day!("d.store_id = $4 AND d.business_date = $5");
const NEWEST: &str = concat!(
    "SELECT MAX(d.business_date) AS newest FROM business_day d WHERE ",
    in_scope!("d"),
    " AND d.settlements > 0"
);

/// The days of a range that have anything, newest first.
pub(crate) async fn range(tx: &mut Tx, scope: &Scope, from: Date, to: Date) -> Result<Vec<Day>, FlaroError> {
    let rows = tx.fetch_all(RANGE, scoped!(scope, from.to_string(), to.to_string())).await?;
    rows.iter().map(Day::read).collect()
}

const BEHIND: &str = concat!(
    "SELECT d.store_id FROM business_day d LEFT JOIN day_rollup r ON r.company_id = d.company_id
       AND r.store_id = d.store_id AND r.business_date = d.business_date WHERE ",
    in_scope!("d"),
    " AND d.business_date = $4 AND ($5 = '' OR d.store_id = $5) AND (r.digest IS NULL OR r.digest <> d.digest)"
);

/// The stores, or whether it is this one, whose rollups of a day are not those of what stands: they are 集計中.
pub(crate) async fn behind(
    tx: &mut Tx,
    scope: &Scope,
    date: Date,
    store: Option<StoreId>,
) -> Result<HashSet<StoreId>, FlaroError> {
    let store = store.map(|store| store.to_string()).unwrap_or_default();
    let rows = tx.fetch_all(BEHIND, scoped!(scope, date.to_string(), store)).await?;
    rows.iter().map(|row| storable::parsed("a store id", &row.text("store_id")?)).collect()
}

/// The stores are come from, so that each is a short walk along its own days.
macro_rules! nets {
    ($stores:literal) => {
        concat!(
            "SELECT d.store_id, d.business_date, d.net FROM ",
            $stores,
            " AS j CROSS JOIN business_day d WHERE ",
            in_scope!("d"),
            " AND d.store_id = j.value AND d.business_date BETWEEN $5 AND $6"
        )
    };
}
const NETS: Sql = Sql {
    sqlite: nets!("(SELECT value FROM json_each($4))"),
    postgres: nets!("(SELECT jsonb_array_elements_text(CAST($4 AS JSONB)) AS value)"),
};

/// Only the net sales of some stores in a range, store by store.
pub(crate) async fn nets(
    tx: &mut Tx,
    scope: &Scope,
    stores: &[Store],
    from: Date,
    to: Date,
) -> Result<HashMap<String, HashMap<String, i64>>, FlaroError> {
    let stores = Value::from(stores.iter().map(|store| store.id.to_string()).collect::<Vec<_>>()).to_string();
    let mut nets = HashMap::<String, HashMap<String, i64>>::new();
    for row in tx.fetch_all(NETS, scoped!(scope, stores, from.to_string(), to.to_string())).await? {
        nets.entry(row.text("store_id")?).or_default().insert(row.text("business_date")?, row.int("net")?);
    }
    Ok(nets)
}

/// The days of one store.
pub(crate) async fn of_store(
    tx: &mut Tx,
    scope: &Scope,
    store: StoreId,
    from: Date,
    to: Date,
) -> Result<Vec<Day>, FlaroError> {
    let asked = scoped!(scope, store.to_string(), from.to_string(), to.to_string());
    let rows = tx.fetch_all(OF_STORE, asked).await?;
    rows.iter().map(Day::read).collect()
}

/// One day, if anything of it came.
pub(crate) async fn one(tx: &mut Tx, scope: &Scope, store: StoreId, date: Date) -> Result<Option<Day>, FlaroError> {
    let row = tx.fetch_optional(ONE, scoped!(scope, store.to_string(), date.to_string())).await?;
    row.as_ref().map(Day::read).transpose()
}

/// The newest date of which anything came.
pub(crate) async fn newest(tx: &mut Tx, scope: &Scope) -> Result<Option<Date>, FlaroError> {
    let row = tx.fetch_one(NEWEST, scoped!(scope)).await?;
    row.opt_text("newest")?.as_deref().map(storable::date).transpose()
}

const STORES: &str =
    concat!("SELECT ", stores::columns!(), " FROM store t WHERE ", in_scope!("t"), " ORDER BY t.position, t.store_id");

/// The stores a person may see, in the order of the store table.
pub(crate) async fn visible_stores(tx: &mut Tx, scope: &Scope) -> Result<Vec<Store>, FlaroError> {
    let rows = tx.fetch_all(STORES, scoped!(scope)).await?;
    rows.iter().map(Store::read).collect()
}

const STORE: &str =
    concat!("SELECT ", stores::columns!(), " FROM store t WHERE ", in_scope!("t"), " AND t.store_id = $4");

/// One of them.
pub(crate) async fn visible_store(tx: &mut Tx, scope: &Scope, id: StoreId) -> Result<Option<Store>, FlaroError> {
    let row = tx.fetch_optional(STORE, scoped!(scope, id.to_string())).await?;
    row.as_ref().map(Store::read).transpose()
}

impl Day {
    fn read(row: &Row) -> Result<Self, FlaroError> {
        let (digest, registers) = (row.text("digest")?, row.text("registers")?);
        Ok(Self {
            store_id: storable::parsed("a store id", &row.text("store_id")?)?,
            date: storable::date(&row.text("business_date")?)?,
            checks: row.int("checks")?,
            guests: row.int("guests")?,
            net: row.int("net")?,
            tax: row.int("tax")?,
            registers: serde_json::from_str(&registers).map_err(|why| FlaroError::stored("a day's tills", why))?,
            approved: row.opt_text("approved_digest")?.zip(row.opt_int("approved_net")?),
            findings: row.int("findings")?,
            changed_at: storable::instant(row.int("changed_at")?)?,
            digest,
        })
    }
}
