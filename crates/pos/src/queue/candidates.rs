//! Which settlements a request still has to queue. The questions are those of `protocol::late`; what is queued, or was
//! delivered through whatever generation, is no candidate any more.

use std::collections::BTreeMap;

use db::{Args, Row, Tx, args};
use jiff::civil::Date;
use sales::{RegisterId, SettlementId, StoreId};

use super::Kind;
use crate::stored::Stored;
use crate::{PosError, Tenant};

/// A settlement to be queued.
#[derive(Clone, Copy, Debug)]
pub struct Candidate {
    /// 営業日
    pub business_date: Date,
    /// Which.
    pub settlement_id: SettlementId,
    /// Its standing revision.
    pub revision: u32,
    /// レジ
    pub register_id: RegisterId,
}

/// `$1` company, `$2` generation. `s`: the settlement, `k`: its store's link. The links lead (CROSS JOIN keeps SQLite from
/// turning it round): a question is about few stores, and a company has many settlements.
macro_rules! settlements {
    ($select:literal, $of:literal, $join:literal, $wanted:literal, $tail:literal) => {
        concat!(
            "SELECT ",
            $select,
            " FROM store_link k CROSS JOIN settlement s ",
            $join,
            " WHERE k.company_id = $1 AND s.company_id = k.company_id AND s.store_id = k.store_id ",
            $of,
            "
               AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.company_id = s.company_id
                               AND o.settlement_id = s.settlement_id AND o.revision >= s.revision
                               AND (o.generation = $2 OR o.delivered_at IS NOT NULL)) ",
            $wanted,
            $tail
        )
    };
}

macro_rules! held {
    ($select:literal, $tail:literal) => {
        settlements!(
            $select,
            "AND k.generation = $2",
            "",
            "AND ((s.business_date >= k.start_date AND s.business_date <= k.end_date
                   AND NOT EXISTS (SELECT 1 FROM discarded_day d WHERE d.company_id = s.company_id AND d.generation = $2
                                   AND d.store_id = s.store_id AND d.business_date = s.business_date))
                  OR EXISTS (SELECT 1 FROM queue_request q WHERE q.company_id = s.company_id AND q.generation = $2
                             AND q.store_id = s.store_id AND q.kind = 'past'
                             AND q.from_date <= s.business_date AND q.to_date >= s.business_date)
                  OR EXISTS (SELECT 1 FROM outbox o WHERE o.company_id = s.company_id AND o.settlement_id = s.settlement_id
                             AND (o.state NOT IN ('ended', 'discarded') OR o.delivered_at IS NOT NULL))) ",
            $tail
        )
    };
}

macro_rules! past {
    ($select:literal, $tail:literal) => {
        settlements!($select, "AND k.generation = $2", "", "", $tail)
    };
}

macro_rules! inherit {
    ($select:literal, $tail:literal) => {
        settlements!(
            $select,
            "AND k.generation = (SELECT MAX(b.generation) FROM linkage b WHERE b.company_id = $1 AND b.generation < $2)",
            "JOIN linkage l ON l.company_id = s.company_id AND l.generation = k.generation",
            "AND NOT EXISTS (SELECT 1 FROM discarded_day n WHERE n.company_id = s.company_id AND n.generation = $2
                             AND n.store_id = s.store_id AND n.business_date = s.business_date)
             AND (EXISTS (SELECT 1 FROM outbox o WHERE o.company_id = s.company_id AND o.settlement_id = s.settlement_id
                          AND o.state = 'ended')
                  OR (s.business_date >= k.start_date AND s.business_date <= k.end_date AND s.received_at <= l.ended_at
                      AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.company_id = s.company_id
                                      AND o.settlement_id = s.settlement_id)
                      AND NOT EXISTS (SELECT 1 FROM discarded_day d WHERE d.company_id = s.company_id
                                      AND d.generation = k.generation AND d.store_id = s.store_id
                                      AND d.business_date = s.business_date))) ",
            $tail
        )
    };
}

/// The days of one store, after a place in their order.
macro_rules! page {
    ($kind:ident) => {
        $kind!(
            "s.business_date, s.settlement_id, s.revision, s.register_id",
            "AND k.store_id = $3 AND s.business_date >= $4 AND s.business_date <= $5
             AND (s.business_date > $6 OR (s.business_date = $6 AND s.settlement_id > $7))
             ORDER BY s.business_date, s.settlement_id LIMIT $8"
        )
    };
}

macro_rules! how_many {
    ($kind:ident) => {
        $kind!("COUNT(*) AS n", "AND k.store_id = $3 AND s.business_date >= $4 AND s.business_date <= $5")
    };
}

const HELD_BY_STORE: &str = held!("k.store_id, COUNT(*) AS n", "AND k.enabled = 0 GROUP BY k.store_id");
const HELD_DAYS: &str = held!(
    "s.business_date, COUNT(*) AS n",
    "AND k.store_id = $3 GROUP BY s.business_date ORDER BY s.business_date LIMIT 400"
);
const INHERITABLE: &str = inherit!("k.store_id, COUNT(*) AS n", "GROUP BY k.store_id");
const PREVIEW: &str = past!(
    "COUNT(*) AS settlements, COUNT(DISTINCT s.business_date) AS days, CAST(COALESCE(SUM(s.total), 0) AS BIGINT) AS total",
    "AND k.store_id = $3 AND s.business_date >= $4 AND s.business_date <= $5"
);

/// What a range of 過去分連携 would send.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Preview {
    /// Settlements.
    pub settlements: i64,
    /// Business days.
    pub days: i64,
    /// 税込
    pub total: i64,
}

/// The next candidates of a request after `after`, oldest business date first.
#[expect(clippy::too_many_arguments, reason = "a page is asked for by its request and its place")]
pub async fn next(
    tx: &mut Tx,
    tenant: &Tenant,
    generation: i64,
    store: StoreId,
    kind: Kind,
    (from, to): (Date, Date),
    after: Option<(Date, SettlementId)>,
    most: i64,
) -> Result<Vec<Candidate>, PosError> {
    let sql = match kind {
        Kind::Held => page!(held),
        Kind::Past => page!(past),
        Kind::Inherit => page!(inherit),
    };
    let (date, id) = after.map(|(date, id)| (date.to_string(), id.to_string())).unwrap_or_default();
    let mut args = vec![tenant.as_str().into(), generation.into(), store.to_string().into()];
    args.extend([bound(kind, from, to).0.into(), bound(kind, from, to).1.into(), date.into(), id.into(), most.into()]);
    tx.fetch_all(sql, Args::from(args)).await?.iter().map(read).collect()
}

/// How many candidates a request has.
pub async fn count(
    tx: &mut Tx,
    tenant: &Tenant,
    generation: i64,
    store: StoreId,
    kind: Kind,
    (from, to): (Date, Date),
) -> Result<i64, PosError> {
    let sql = match kind {
        Kind::Held => how_many!(held),
        Kind::Past => how_many!(past),
        Kind::Inherit => how_many!(inherit),
    };
    let (from, to) = bound(kind, from, to);
    let args = args![tenant.as_str(), generation, store.to_string(), from, to];
    Ok(tx.fetch_one(sql, args).await?.int("n")?)
}

/// 保留 per store that is off.
pub async fn held(tx: &mut Tx, tenant: &Tenant, generation: i64) -> Result<BTreeMap<StoreId, i64>, PosError> {
    by_store(tx, HELD_BY_STORE, tenant, generation).await
}

/// 保留 of one store per day.
pub async fn held_days(
    tx: &mut Tx,
    tenant: &Tenant,
    generation: i64,
    store: StoreId,
) -> Result<Vec<(Date, i64)>, PosError> {
    let rows = tx.fetch_all(HELD_DAYS, args![tenant.as_str(), generation, store.to_string()]).await?;
    rows.iter().map(|row| Ok((row.parse("business_date")?, row.int("n")?))).collect()
}

/// What the generation before this one left unsent, per store.
pub async fn inheritable(tx: &mut Tx, tenant: &Tenant, generation: i64) -> Result<BTreeMap<StoreId, i64>, PosError> {
    by_store(tx, INHERITABLE, tenant, generation).await
}

/// What 過去分連携 of these days would send.
pub async fn preview(
    tx: &mut Tx,
    tenant: &Tenant,
    generation: i64,
    store: StoreId,
    (from, to): (Date, Date),
) -> Result<Preview, PosError> {
    let args = args![tenant.as_str(), generation, store.to_string(), from.to_string(), to.to_string()];
    let row = tx.fetch_one(PREVIEW, args).await?;
    Ok(Preview { settlements: row.int("settlements")?, days: row.int("days")?, total: row.int("total")? })
}

async fn by_store(
    tx: &mut Tx,
    sql: &'static str,
    tenant: &Tenant,
    generation: i64,
) -> Result<BTreeMap<StoreId, i64>, PosError> {
    let rows = tx.fetch_all(sql, args![tenant.as_str(), generation]).await?;
    rows.iter().map(|row| Ok((row.parse("store_id")?, row.int("n")?))).collect()
}

/// Only 過去分連携 is bounded by its dates: a held revision of a day outside the window goes, too.
fn bound(kind: Kind, from: Date, to: Date) -> (String, String) {
    match kind {
        Kind::Past => (from.to_string(), to.to_string()),
        Kind::Held | Kind::Inherit => ("0000-00-00".to_owned(), "9999-99-99".to_owned()),
    }
}

/// As its columns `business_date`, `settlement_id`, `revision` and `register_id` say.
pub(crate) fn read(row: &Row) -> Result<Candidate, PosError> {
    Ok(Candidate {
        business_date: row.parse("business_date")?,
        settlement_id: row.parse("settlement_id")?,
        revision: row.small("revision")?,
        register_id: row.parse("register_id")?,
    })
}
