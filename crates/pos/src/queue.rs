//! What goes later than its 精算: what was held while a store was off, 過去分連携 that 企業管理者 asked for, and what
//! an earlier linkage left unsent.
//!
//! A request is a row; its worker drains it in bounded batches, oldest business date first. What is queued falls out
//! of the question by itself, so a request can be asked twice and goes on after a crash where it stopped.

pub mod api;
pub mod candidates;
pub mod drain;
pub mod past;

use std::collections::BTreeMap;

use db::{Tx, args};
use jiff::Timestamp;
use jiff::civil::Date;
use sales::StoreId;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::stored::{Stored, word_of};
use crate::{Pos, PosError, Tenant, audit, linkage};

/// Why settlements are queued later.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// 保留: the store was off.
    Held,
    /// 過去分連携
    Past,
    /// 前回の未送信
    Inherit,
}

/// How far a request has come.
#[derive(Clone, Debug)]
pub struct Progress {
    /// Which.
    pub request_id: Uuid,
    /// 店舗
    pub store_id: StoreId,
    /// 店舗名
    pub store_name: String,
    /// Why.
    pub kind: Kind,
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
    /// Who asked.
    pub requested_by: String,
    /// When.
    pub requested_at: Timestamp,
    /// When nothing was left to queue.
    pub done_at: Option<Timestamp>,
    /// How many settlements there were when it was asked for.
    pub total: i64,
    /// How many are queued.
    pub queued: i64,
}

const INSERT: &str = "
    INSERT INTO queue_request (company_id, request_id, generation, store_id, kind, from_date, to_date, requested_by,
                               requested_at, total)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)";
const LEAVE: &str = "UPDATE outbox SET state = 'discarded' WHERE company_id = $1 AND state = 'ended'";
const RECENT: &str = "
    SELECT q.request_id, q.store_id, s.name, q.kind, q.from_date, q.to_date, q.requested_by, q.requested_at, q.done_at,
           q.total, q.queued
    FROM queue_request q JOIN store s ON s.company_id = q.company_id AND s.store_id = q.store_id
    WHERE q.company_id = $1 AND q.kind <> 'resend' ORDER BY q.requested_at DESC, q.request_id LIMIT $2";
const STORE_NAME: &str = "SELECT name FROM store WHERE company_id = $1 AND store_id = $2";
const DISCARD: &str = "
    INSERT INTO discarded_day (company_id, generation, store_id, business_date, discarded_by, discarded_at)
    VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT DO NOTHING";

/// Asks for a store's settlements of some days to be queued, in the transaction of whatever makes them due.
#[expect(clippy::too_many_arguments, reason = "a request is as wide as its row")]
pub async fn request(
    tx: &mut Tx,
    pos: &Pos,
    tenant: &Tenant,
    who: &str,
    generation: i64,
    store: StoreId,
    kind: Kind,
    (from, to): (Date, Date),
) -> Result<(Uuid, i64), PosError> {
    let total = candidates::count(tx, tenant, generation, store, kind, (from, to)).await?;
    let (id, now) = (pos.new_id(), pos.now());
    let args = args![
        tenant.as_str(),
        id.to_string(),
        generation,
        store.to_string(),
        word_of(kind),
        from.to_string(),
        to.to_string(),
        who,
        now.as_millisecond(),
        total,
    ];
    tx.execute(INSERT, args).await?;
    Ok((id, total))
}

/// How many settlements the generation that ended left unsent: waiting, 要対応 and 保留.
pub async fn unsent(tx: &mut Tx, tenant: &Tenant, ended: i64) -> Result<i64, PosError> {
    Ok(candidates::inheritable(tx, tenant, ended + 1).await?.values().sum())
}

/// The new generation takes over what the last one left unsent, store by store as each is switched on.
pub(crate) async fn inherit(
    tx: &mut Tx,
    pos: &Pos,
    tenant: &Tenant,
    who: &str,
    generation: i64,
    _now: Timestamp,
) -> Result<i64, PosError> {
    let unsent: BTreeMap<StoreId, i64> = candidates::inheritable(tx, tenant, generation).await?;
    for store in unsent.keys() {
        let always = (Date::constant(1, 1, 1), Date::constant(9999, 12, 31));
        request(tx, pos, tenant, who, generation, *store, Kind::Inherit, always).await?;
    }
    Ok(unsent.values().sum())
}

/// What the last generation left unsent does not go.
pub(crate) async fn leave(tx: &mut Tx, tenant: &Tenant) -> Result<i64, PosError> {
    tx.execute(LEAVE, args![tenant.as_str()]).await?;
    Ok(0)
}

/// The company's newest requests.
pub async fn recent(tx: &mut Tx, tenant: &Tenant, most: i64) -> Result<Vec<Progress>, PosError> {
    let rows = tx.fetch_all(RECENT, args![tenant.as_str(), most]).await?;
    let read = |row: &db::Row| {
        Ok(Progress {
            request_id: row.parse("request_id")?,
            store_id: row.parse("store_id")?,
            store_name: row.text("name")?,
            kind: row.word("kind")?,
            from: row.parse("from_date")?,
            to: row.parse("to_date")?,
            requested_by: row.text("requested_by")?,
            requested_at: row.at("requested_at")?,
            done_at: row.opt_at("done_at")?,
            total: row.int("total")?,
            queued: row.int("queued")?,
        })
    };
    rows.iter().map(read).collect()
}

/// A person decides that a held day does not go. The store must be the company's.
pub async fn discard(pos: &Pos, tenant: &Tenant, who: &str, store: StoreId, day: Date) -> Result<(), PosError> {
    let (shared, tenant, who, now) = (pos.clone(), tenant.clone(), who.to_owned(), pos.now().as_millisecond());
    pos.db
        .write(async move |tx: &mut Tx| -> Result<(), PosError> {
            let named = tx.fetch_optional(STORE_NAME, args![tenant.as_str(), store.to_string()]).await?;
            let name = named.ok_or(PosError::NotFound("store"))?.text("name")?;
            let linkage = linkage::linked(tx, &tenant).await?.ok_or(PosError::NotFound("linkage"))?;
            let held = candidates::held_days(tx, &tenant, linkage.generation, store).await?;
            let count = held.iter().find(|(held, _)| *held == day).map_or(0, |(_, count)| *count);
            let row = args![tenant.as_str(), linkage.generation, store.to_string(), day.to_string(), &who, now];
            tx.execute(DISCARD, row).await?;
            let (target, before) = (format!("{name} {}", web::format::date(day)), format!("保留 {count}件"));
            audit::note(tx, &shared, &tenant, &who, "保留分を送らない", &target, Some(&before), Some("送らない")).await
        })
        .await
}
