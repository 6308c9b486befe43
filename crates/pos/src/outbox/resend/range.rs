//! 再送 of a day, a store or a range: a request that a worker carries out in bounded steps, so that a chain's year can be
//! asked for and left. A request knows how far it has come and goes on there after a crash.

use std::collections::BTreeMap;

use db::{Args, Row, Sql, Tx, Value, args};
use jiff::Timestamp;
use jiff::civil::Date;
use sales::StoreId;
use web::{format, table};

use super::goes_again;
use crate::delivery::lane;
use crate::outbox::list::COUNTED_MAX;
use crate::stored::Stored;
use crate::{Pos, PosError, Tenant, audit, linkage};

const STORE: &str = "SELECT name FROM store WHERE company_id = $1 AND store_id = $2";
/// Events per step. What fits into one goes at once.
const STEP: i64 = 500;
/// Requests looked at in one round.
const REQUESTS_MAX: i64 = 50;

/// What goes again: the standing revision of every settlement of these days.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Range {
    /// None: all stores.
    pub store: Option<StoreId>,
    /// The first business date.
    pub from: Date,
    /// The last one.
    pub to: Date,
}

/// How many events a range has, by where they stand, as far as they were counted.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Affected {
    /// All of them.
    pub total: table::Total,
    /// 送信済み
    pub delivered: i64,
    /// 送信待ち
    pub waiting: i64,
    /// 要対応
    pub attention: i64,
}

/// A request and how far it has come.
#[derive(Clone, Debug)]
pub struct Progress {
    /// The store's name; none: all stores.
    pub store: Option<String>,
    /// First day.
    pub from: Date,
    /// Last day.
    pub to: Date,
    /// Who asked.
    pub requested_by: String,
    /// When.
    pub requested_at: Timestamp,
    /// When it was through.
    pub done_at: Option<Timestamp>,
    /// How many events there were.
    pub total: i64,
    /// How many are queued again.
    pub queued: i64,
}

// `$1` company, `$2` generation, `$3` and `$4` the days; then what narrows. A settlement goes at its highest revision.
macro_rules! in_range {
    ($narrowed:literal) => {
        concat!(
            " FROM outbox o WHERE o.company_id = $1 AND o.generation = $2
                AND o.business_date >= $3 AND o.business_date <= $4 AND ",
            goes_again!(),
            $narrowed,
            " AND NOT EXISTS (SELECT 1 FROM outbox n WHERE n.company_id = o.company_id AND n.generation = o.generation
                              AND n.settlement_id = o.settlement_id AND n.revision > o.revision)"
        )
    };
}
macro_rules! count {
    ($narrowed:literal) => {
        concat!(
            "SELECT state, COUNT(*) AS n FROM (SELECT o.state",
            in_range!($narrowed),
            " LIMIT $5) AS found GROUP BY state"
        )
    };
}
// The order is that of the index; `$5` to `$7` are the place after which the step begins.
macro_rules! step {
    ($narrowed:literal) => {
        concat!(
            "SELECT o.event_id, o.store_id, o.business_date, o.queued_at",
            in_range!($narrowed),
            " AND (o.business_date, o.queued_at, o.event_id) > ($5, $6, $7)
             ORDER BY o.business_date, o.queued_at, o.event_id LIMIT $8"
        )
    };
}

const COUNT: &str = count!("");
const COUNT_OF_STORE: &str = count!(" AND o.store_id = $6");
const NEXT: &str = step!("");
const NEXT_OF_STORE: &str = step!(" AND o.store_id = $9");
const AGAIN: Sql = Sql {
    sqlite: "UPDATE outbox SET state = 'waiting', due_at = $2, attempts = 0, first_failed_at = NULL
             WHERE company_id = $1 AND event_id IN (SELECT value FROM json_each($3))",
    postgres: "UPDATE outbox SET state = 'waiting', due_at = $2, attempts = 0, first_failed_at = NULL
               WHERE company_id = $1 AND event_id = ANY(ARRAY(SELECT jsonb_array_elements_text(CAST($3 AS JSONB))))",
};
const INSERT: &str = "
    INSERT INTO queue_request (company_id, request_id, generation, store_id, kind, from_date, to_date, requested_by,
                               requested_at, total)
    VALUES ($1, $2, $3, $4, 'resend', $5, $6, $7, $8, $9)";
const OPEN: &str = "
    SELECT q.company_id, q.request_id, q.generation, q.store_id, q.from_date, q.to_date, q.position_date,
           q.position_at, q.position_id
    FROM queue_request q
    JOIN linkage l ON l.company_id = q.company_id AND l.generation = q.generation AND l.state = 'linked'
    WHERE q.done_at IS NULL AND q.kind = 'resend' ORDER BY q.requested_at, q.request_id LIMIT $1";
const LINKED: Sql = Sql {
    sqlite: "SELECT generation FROM linkage WHERE company_id = $1 AND generation = $2 AND state = 'linked'",
    postgres: "SELECT generation FROM linkage WHERE company_id = $1 AND generation = $2 AND state = 'linked' FOR SHARE",
};
const ADVANCED: &str = "
    UPDATE queue_request SET queued = queued + $3, position_date = $4, position_at = $5, position_id = $6
    WHERE company_id = $1 AND request_id = $2";
const DONE: &str = "UPDATE queue_request SET done_at = $3 WHERE company_id = $1 AND request_id = $2";
const RECENT: &str = "
    SELECT s.name, q.from_date, q.to_date, q.requested_by, q.requested_at, q.done_at, q.total, q.queued
    FROM queue_request q LEFT JOIN store s ON s.company_id = q.company_id AND s.store_id = q.store_id
    WHERE q.company_id = $1 AND q.kind = 'resend' ORDER BY q.requested_at DESC, q.request_id LIMIT $2";

/// How many events would go again, counted up to a bound.
pub async fn affected(pos: &Pos, tenant: &Tenant, range: Range) -> Result<Affected, PosError> {
    counted(pos, tenant, range, i64::try_from(COUNTED_MAX + 1).unwrap_or(i64::MAX)).await
}

async fn counted(pos: &Pos, tenant: &Tenant, range: Range, most: i64) -> Result<Affected, PosError> {
    let tenant = tenant.clone();
    pos.db
        .read(async move |tx: &mut Tx| -> Result<Affected, PosError> {
            let linkage = linkage::linked(tx, &tenant).await?.ok_or(PosError::NotFound("linkage"))?;
            let mut args = range.args(&tenant, linkage.generation);
            args.push(most.into());
            let sql = if range.store.is_some() { COUNT_OF_STORE } else { COUNT };
            let mut affected = Affected::default();
            for row in tx.fetch_all(sql, range.with_store(args)).await? {
                let n = row.int("n")?;
                match row.text("state")?.as_str() {
                    "delivered" => affected.delivered = n,
                    "attention" => affected.attention = n,
                    _ => affected.waiting = n,
                }
            }
            let found = affected.delivered + affected.attention + affected.waiting;
            affected.total = table::Total::counted(found, u64::try_from(most - 1).unwrap_or(u64::MAX));
            Ok(affected)
        })
        .await
}

/// The store's name, which must be the company's; or that it is all of them.
async fn store_name(tx: &mut Tx, tenant: &Tenant, store: Option<StoreId>) -> Result<String, PosError> {
    let Some(store) = store else { return Ok("すべての店舗".to_owned()) };
    let row = tx.fetch_optional(STORE, args![tenant.as_str(), store.to_string()]).await?;
    Ok(row.ok_or(PosError::NotFound("store"))?.text("name")?)
}

/// Asks for it; says how many events go. A step's worth goes in the same commit, more is carried out by the worker.
pub async fn request(pos: &Pos, tenant: &Tenant, who: &str, range: Range) -> Result<i64, PosError> {
    let found = counted(pos, tenant, range, i64::MAX).await?;
    let total = i64::try_from(found.total.rows).unwrap_or(i64::MAX);
    let (shared, tenant, who, now) = (pos.clone(), tenant.clone(), who.to_owned(), pos.now().as_millisecond());
    pos.db
        .write(async move |tx: &mut Tx| -> Result<(), PosError> {
            let linkage = linkage::linked(tx, &tenant).await?.ok_or(PosError::NotFound("linkage"))?;
            let id = shared.new_id().to_string();
            let (store, from, to) = range.columns();
            let row = args![tenant.as_str(), &id, linkage.generation, &store, &from, &to, &who, now, total];
            tx.execute(INSERT, row).await?;
            let name = store_name(tx, &tenant, range.store).await?;
            let target = format!("{name} {} 〜 {}", format::date(range.from), format::date(range.to));
            let Affected { delivered, attention, waiting, .. } = found;
            let before = format!("送信済み{delivered}件・要対応{attention}件・送信待ち{waiting}件");
            let after = format!("送信待ち{total}件");
            audit::note(tx, &shared, &tenant, &who, "再送", &target, Some(&before), Some(&after)).await?;
            let mut request = Request { tenant, id, generation: linkage.generation, range, after: None };
            while total <= STEP
                && let Some(place) = take(tx, &request, now).await?
            {
                request.after = Some(place);
            }
            Ok(())
        })
        .await?;
    pos.wake.notify_one();
    Ok(total)
}

/// Carries out every open request, a step a transaction. `on_step` is told after each.
pub async fn drain(pos: &Pos, on_step: impl Fn()) -> Result<(), PosError> {
    let open = pos.db.read(async move |tx: &mut Tx| tx.fetch_all(OPEN, args![REQUESTS_MAX]).await).await?;
    for row in open {
        let mut request = Request::read(&row)?;
        loop {
            let (this, now) = (request.clone(), pos.now().as_millisecond());
            let taken = pos.db.write(async move |tx: &mut Tx| take(tx, &this, now).await).await?;
            let Some(after) = taken else { break };
            request.after = Some(after);
            on_step();
        }
    }
    Ok(())
}

/// The newest requests.
pub async fn recent(pos: &Pos, tenant: &Tenant, most: i64) -> Result<Vec<Progress>, PosError> {
    let tenant = tenant.clone();
    let read = |row: &Row| {
        Ok(Progress {
            store: row.opt_text("name")?,
            from: row.parse("from_date")?,
            to: row.parse("to_date")?,
            requested_by: row.text("requested_by")?,
            requested_at: row.at("requested_at")?,
            done_at: row.opt_at("done_at")?,
            total: row.int("total")?,
            queued: row.int("queued")?,
        })
    };
    let rows = pos.db.read(async move |tx: &mut Tx| tx.fetch_all(RECENT, args![tenant.as_str(), most]).await).await?;
    rows.iter().map(read).collect()
}

/// The last event of a step, by the order of the steps: business date, when it was queued, its id.
type Place = (String, i64, String);

#[derive(Clone, Debug)]
struct Request {
    tenant: Tenant,
    id: String,
    generation: i64,
    range: Range,
    after: Option<Place>,
}

/// One step in its transaction: the place it came to; none: nothing is left, or the linkage ended.
async fn take(tx: &mut Tx, request: &Request, now: i64) -> Result<Option<Place>, PosError> {
    let Request { tenant, id, generation, range, after } = request;
    if tx.fetch_optional(LINKED, args![tenant.as_str(), *generation]).await?.is_none() {
        return Ok(None);
    }
    lane::lock_all(tx, tenant, *generation).await?;
    let (date, at, event) = after.clone().unwrap_or_default();
    let mut args = range.args(tenant, *generation);
    args.extend([date.into(), at.into(), event.into(), STEP.into()]);
    let sql = if range.store.is_some() { NEXT_OF_STORE } else { NEXT };
    let rows = tx.fetch_all(sql, range.with_store(args)).await?;
    let Some(last) = rows.last() else {
        tx.execute(DONE, args![tenant.as_str(), id, now]).await?;
        return Ok(None);
    };
    let place = (last.text("business_date")?, last.int("queued_at")?, last.text("event_id")?);
    let mut oldest = BTreeMap::<String, String>::new();
    for row in rows.iter().rev() {
        oldest.insert(row.text("store_id")?, row.text("business_date")?);
    }
    let ids = rows.iter().map(|row| row.text("event_id")).collect::<Result<Vec<_>, _>>()?;
    tx.execute(AGAIN, args![tenant.as_str(), now, serde_json::json!(ids).to_string()]).await?;
    for (store, date) in oldest {
        super::due(tx, tenant, *generation, &store, &date, now).await?;
    }
    let count = i64::try_from(ids.len()).unwrap_or(i64::MAX);
    tx.execute(ADVANCED, args![tenant.as_str(), id, count, &place.0, place.1, &place.2]).await?;
    Ok(Some(place))
}

impl Range {
    fn columns(&self) -> (String, String, String) {
        let store = self.store.map(|store| store.to_string()).unwrap_or_default();
        (store, self.from.to_string(), self.to.to_string())
    }

    fn args(&self, tenant: &Tenant, generation: i64) -> Vec<Value> {
        let (_, from, to) = self.columns();
        vec![tenant.as_str().into(), generation.into(), from.into(), to.into()]
    }

    fn with_store(&self, mut args: Vec<Value>) -> Args {
        args.extend(self.store.map(|store| Value::from(store.to_string())));
        args.into()
    }
}

impl Request {
    fn read(row: &Row) -> Result<Self, PosError> {
        let store = Some(row.text("store_id")?).filter(|store| !store.is_empty());
        let store = store.map(|store| store.parse()).transpose();
        Ok(Self {
            tenant: Tenant::of_row(row)?,
            id: row.text("request_id")?,
            generation: row.int("generation")?,
            range: Range {
                store: store.map_err(|error| crate::stored::unreadable("queue_request.store_id", error))?,
                from: row.parse("from_date")?,
                to: row.parse("to_date")?,
            },
            after: match (row.opt_text("position_date")?, row.opt_int("position_at")?, row.opt_text("position_id")?) {
                (Some(date), Some(at), Some(id)) => Some((date, at, id)),
                _ => None,
            },
        })
    }
}
