//! 会計明細: every check once, by its UUID, as the till wrote it. A second content under one id changes nothing and
//! is told to the caller; only a revision of its settlement may put another in its place.

pub mod due;
pub mod one;
pub mod query;
mod row;

use std::collections::HashSet;

use db::{Row, Sql, Tx, args};
use protocol::hash::Sha256;
pub use protocol::intake::Place;
use sales::{Check, CheckId, RegisterId, Settlement, SettlementId, StoreId};
use serde::Serialize;

use crate::stored::{Stored, unreadable};
use crate::{PosError, Tenant};
pub use row::CheckRow;

/// A till of a store.
#[derive(Clone, Copy, Debug)]
pub struct Till {
    /// 店舗
    pub store_id: StoreId,
    /// レジ
    pub register_id: RegisterId,
}

/// A check that is held with another content, or in another settlement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckConflict {
    /// Which.
    pub check_id: CheckId,
    /// 伝票番号
    pub slip: u32,
    /// Its settlement, as it comes in.
    pub settlement_id: SettlementId,
    /// The content that comes in.
    pub content: String,
    /// Its hash.
    pub content_sha256: Sha256,
}

/// What became of the checks of a batch.
#[derive(Clone, Debug, Default)]
pub struct Recorded {
    /// Those that were not there before.
    pub new: HashSet<CheckId>,
    /// Those whose id is held with something else.
    pub conflicts: Vec<CheckConflict>,
}

/// Inserts an array of [`CheckRow`] as one statement; what follows says what becomes of ids that are there already.
macro_rules! insert {
    ($tail:literal) => {
        Sql {
            sqlite: concat!(
                "INSERT INTO sale_check (company_id, store_id, register_id, check_id, settlement_id, business_date,
                     paid_at, hour, slip, guests, net, tax, total, staff, medium, reverses, epoch_ordinal, seq,
                     content_sha256, content, revised_in)
                 SELECT $1, $2, $3, value ->> 'id', value ->> 'settlement', value ->> 'date', value ->> 'paid_at',
                     value ->> 'hour', value ->> 'slip', value ->> 'guests', value ->> 'net', value ->> 'tax',
                     value ->> 'total', value ->> 'staff', value ->> 'medium', value ->> 'reverses',
                     value ->> 'ordinal', value ->> 'seq', value ->> 'sha', value ->> 'content', $5
                 FROM json_each($4) WHERE true ",
                $tail
            ),
            postgres: concat!(
                "INSERT INTO sale_check (company_id, store_id, register_id, check_id, settlement_id, business_date,
                     paid_at, hour, slip, guests, net, tax, total, staff, medium, reverses, epoch_ordinal, seq,
                     content_sha256, content, revised_in)
                 SELECT $1, $2, $3, value ->> 'id', value ->> 'settlement', value ->> 'date',
                     CAST(value ->> 'paid_at' AS BIGINT), CAST(value ->> 'hour' AS BIGINT),
                     CAST(value ->> 'slip' AS BIGINT), CAST(value ->> 'guests' AS BIGINT),
                     CAST(value ->> 'net' AS BIGINT), CAST(value ->> 'tax' AS BIGINT),
                     CAST(value ->> 'total' AS BIGINT), value ->> 'staff', value ->> 'medium', value ->> 'reverses',
                     CAST(value ->> 'ordinal' AS BIGINT), CAST(value ->> 'seq' AS BIGINT),
                     value ->> 'sha', value ->> 'content', CAST($5 AS BIGINT)
                 FROM jsonb_array_elements(CAST($4 AS JSONB)) ",
                $tail
            ),
        }
    };
}

const RECORD: Sql = insert!("ON CONFLICT (company_id, check_id) DO NOTHING RETURNING check_id");
const RESTATE: Sql = insert!(
    "ON CONFLICT (company_id, check_id) DO UPDATE SET
         business_date = excluded.business_date, paid_at = excluded.paid_at, hour = excluded.hour, slip = excluded.slip,
         guests = excluded.guests, net = excluded.net, tax = excluded.tax, total = excluded.total,
         staff = excluded.staff, medium = excluded.medium, reverses = excluded.reverses, content = excluded.content,
         content_sha256 = excluded.content_sha256, dropped_in = NULL,
         revised_in = CASE WHEN sale_check.content_sha256 = excluded.content_sha256 THEN sale_check.revised_in
                           ELSE excluded.revised_in END
     WHERE sale_check.settlement_id = excluded.settlement_id
     RETURNING check_id"
);
const HELD: Sql = Sql {
    sqlite: "SELECT check_id, settlement_id, content_sha256, revised_in FROM sale_check
             WHERE company_id = $1 AND check_id IN (SELECT value FROM json_each($2))",
    postgres: "SELECT check_id, settlement_id, content_sha256, revised_in FROM sale_check
               WHERE company_id = $1 AND check_id IN (SELECT jsonb_array_elements_text(CAST($2 AS JSONB)))",
};
const DROP: Sql = Sql {
    sqlite: "UPDATE sale_check SET dropped_in = $3 WHERE company_id = $1 AND settlement_id = $2 AND dropped_in IS NULL
             AND check_id NOT IN (SELECT value FROM json_each($4))",
    postgres: "UPDATE sale_check SET dropped_in = $3
               WHERE company_id = $1 AND settlement_id = $2 AND dropped_in IS NULL
               AND check_id NOT IN (SELECT jsonb_array_elements_text(CAST($4 AS JSONB)))",
};
const OF_SESSION: &str = "SELECT content FROM sale_check
    WHERE company_id = $1 AND settlement_id = $2 AND register_id = $3 AND dropped_in IS NULL
      AND (epoch_ordinal < $4 OR (epoch_ordinal = $4 AND seq < $5))
    ORDER BY epoch_ordinal, seq, paid_at, slip";

/// Stores the checks a journal brings, each once.
pub async fn record(tx: &mut Tx, tenant: &Tenant, till: Till, rows: &[CheckRow]) -> Result<Recorded, PosError> {
    if rows.is_empty() {
        return Ok(Recorded::default());
    }
    let (store, register) = (till.store_id.to_string(), till.register_id.to_string());
    let inserted = tx.fetch_all(RECORD, args![tenant.as_str(), store, register, json(rows)?, None::<i64>]).await?;
    let new = ids(&inserted)?;
    let conflicts = if new.len() == rows.len() { Vec::new() } else { conflicts(tx, tenant, rows).await? };
    Ok(Recorded { new, conflicts })
}

async fn conflicts(tx: &mut Tx, tenant: &Tenant, rows: &[CheckRow]) -> Result<Vec<CheckConflict>, PosError> {
    let ids: Vec<CheckId> = rows.iter().map(|row| row.id).collect();
    let mut conflicts = Vec::new();
    for held in tx.fetch_all(HELD, args![tenant.as_str(), json(&ids)?]).await? {
        let (id, settlement, sha) =
            (held.parse("check_id")?, held.parse("settlement_id")?, held.parse::<Sha256>("content_sha256")?);
        let restated = held.opt_int("revised_in")?.is_some();
        let others = rows.iter().filter(|row| row.id == id);
        let others = others.filter(|row| row.settlement != settlement || (row.sha != sha && !restated));
        conflicts.extend(others.map(CheckRow::conflict));
    }
    Ok(conflicts)
}

/// Puts the checks of a whole settlement in the place of those it had. Answers those that another settlement holds.
pub async fn restate(
    tx: &mut Tx,
    tenant: &Tenant,
    till: Till,
    settlement: &Settlement,
    place: Place,
) -> Result<Vec<CheckConflict>, PosError> {
    restate_rows(tx, tenant, till, settlement, &Rows::of(settlement, place)?).await
}

/// The checks of a whole settlement as rows, written down before the transaction that stores them.
#[derive(Clone, Debug)]
pub struct Rows {
    rows: Vec<CheckRow>,
    json: String,
}

impl Rows {
    /// Each check once.
    pub fn of(settlement: &Settlement, place: Place) -> Result<Self, PosError> {
        let mut seen = HashSet::new();
        let once = settlement.checks.iter().filter(|check| seen.insert(check.id));
        let rows = once.map(|check| CheckRow::new(settlement.id, place, check)).collect::<Result<Vec<_>, _>>()?;
        Ok(Self { json: json(&rows)?, rows })
    }
}

/// The same with its rows at hand.
pub async fn restate_rows(
    tx: &mut Tx,
    tenant: &Tenant,
    till: Till,
    settlement: &Settlement,
    rows: &Rows,
) -> Result<Vec<CheckConflict>, PosError> {
    let (store, register) = (till.store_id.to_string(), till.register_id.to_string());
    let revision = i64::from(settlement.revision);
    let values = args![tenant.as_str(), store, register, &rows.json, Some(revision)];
    let stored = ids(&tx.fetch_all(RESTATE, values).await?)?;
    let kept = json(&stored)?;
    tx.execute(DROP, args![tenant.as_str(), settlement.id.to_string(), revision, kept]).await?;
    Ok(rows.rows.iter().filter(|row| !stored.contains(&row.id)).map(CheckRow::conflict).collect())
}

/// The checks of a session that its till wrote before this place, in the order they were paid.
pub async fn of_session(
    tx: &mut Tx,
    tenant: &Tenant,
    register: RegisterId,
    settlement: SettlementId,
    before: Place,
) -> Result<Vec<Check>, PosError> {
    let (settlement, register) = (settlement.to_string(), register.to_string());
    let values = args![tenant.as_str(), settlement, register, before.ordinal, before.seq];
    let rows = tx.fetch_all(OF_SESSION, values).await?;
    rows.iter().map(|row| row.json("content")).collect()
}

fn ids(rows: &[Row]) -> Result<HashSet<CheckId>, PosError> {
    rows.iter().map(|row| row.parse("check_id")).collect()
}

fn json(value: impl Serialize) -> Result<String, PosError> {
    serde_json::to_string(&value).map_err(|error| unreadable("rows", error))
}
