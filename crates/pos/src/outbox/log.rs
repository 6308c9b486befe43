//! 連携状況: every event with its attempts, as people look at it.

use db::{Row, Tx, args};
use jiff::Timestamp;
use jiff::civil::Date;
use protocol::EVENT_BYTES_MAX;
use protocol::event::{Event, Frame};
use protocol::partner::EventReceipt;
use sales::StoreId;
use uuid::Uuid;

use super::State;
use crate::stored::{Stored, unreadable, word_of};
use crate::{Pos, PosError, Tenant};

/// The most events a file holds.
const FILE_MAX: i64 = 100_000;

/// Which events.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Of one store.
    pub store: Option<String>,
    /// In one state.
    pub state: Option<State>,
    /// From this business date on.
    pub from: Option<Date>,
    /// Until this one.
    pub to: Option<Date>,
}

/// An event in the list.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Which.
    pub event_id: Uuid,
    /// The linkage it goes through.
    pub generation: i64,
    /// 営業日
    pub business_date: Date,
    /// 店舗
    pub store_id: StoreId,
    /// 店舗名
    pub store: String,
    /// レジ名
    pub register: String,
    /// Of the settlement.
    pub settlement_id: String,
    /// Z番号
    pub z_number: i64,
    /// 改訂
    pub revision: i64,
    /// `settlement.closed` …
    pub event_type: String,
    /// Where it stands.
    pub state: State,
    /// Attempts since it was queued or sent again.
    pub attempts: i64,
    /// When it goes next.
    pub due_at: Option<Timestamp>,
    /// When it was queued.
    pub queued_at: Timestamp,
    /// When FLARO had it.
    pub delivered_at: Option<Timestamp>,
    /// What came back last.
    pub last_answer: Option<String>,
    /// 受領証
    pub receipt: Option<EventReceipt>,
}

/// One attempt.
#[derive(Clone, Debug)]
pub struct Attempt {
    /// From 1.
    pub number: i64,
    /// When.
    pub at: Timestamp,
    /// How long.
    pub took_ms: i64,
    /// The HTTP status.
    pub status: Option<i64>,
    /// What came back.
    pub answer: String,
}

/// An event with everything about it.
#[derive(Clone, Debug)]
pub struct Detail {
    /// As in the list.
    pub listed: Listed,
    /// The store's zone.
    pub zone: String,
    /// The plain bytes as they are sent.
    pub body: Vec<u8>,
    /// Their hash.
    pub body_sha256: String,
    /// The same, read.
    pub event: Event,
    /// The newest first.
    pub attempts: Vec<Attempt>,
    /// Its linkage is the one that is linked now: it can be sent again.
    pub can_resend: bool,
}

const COUNT: &str = "
    SELECT COUNT(*) AS n FROM outbox o
    WHERE o.company_id = $1 AND ($2 = '' OR o.store_id = $2) AND ($3 = '' OR o.state = $3)
      AND o.business_date >= $4 AND o.business_date <= $5";
const LIST: &str = "
    SELECT o.event_id, o.generation, o.business_date, o.store_id, s.name AS store, COALESCE(r.name, '') AS register,
           o.settlement_id, COALESCE(z.z_number, 0) AS z_number, o.revision, o.event_type, o.state, o.attempts, o.due_at,
           o.queued_at, o.delivered_at, o.last_answer, o.receipt
    FROM outbox o
    JOIN store s ON s.company_id = o.company_id AND s.store_id = o.store_id
    LEFT JOIN register r ON r.company_id = o.company_id AND r.register_id = o.register_id
    LEFT JOIN settlement z ON z.company_id = o.company_id AND z.settlement_id = o.settlement_id
    WHERE o.company_id = $1 AND ($2 = '' OR o.store_id = $2) AND ($3 = '' OR o.state = $3)
      AND o.business_date >= $4 AND o.business_date <= $5
    ORDER BY o.business_date DESC, o.queued_at DESC, o.event_id LIMIT $6 OFFSET $7";
const ONE: &str = "
    SELECT o.event_id, o.generation, o.business_date, o.store_id, s.name AS store, COALESCE(r.name, '') AS register,
           o.settlement_id, COALESCE(z.z_number, 0) AS z_number, o.revision, o.event_type, o.state, o.attempts, o.due_at,
           o.queued_at, o.delivered_at, o.last_answer, o.receipt, o.frame, o.body_sha256, s.zone, l.state AS linkage
    FROM outbox o
    JOIN store s ON s.company_id = o.company_id AND s.store_id = o.store_id
    JOIN linkage l ON l.company_id = o.company_id AND l.generation = o.generation
    LEFT JOIN register r ON r.company_id = o.company_id AND r.register_id = o.register_id
    LEFT JOIN settlement z ON z.company_id = o.company_id AND z.settlement_id = o.settlement_id
    WHERE o.company_id = $1 AND o.event_id = $2";
const ATTEMPTS: &str = "
    SELECT attempt_no, at, took_ms, status, answer FROM attempt
    WHERE company_id = $1 AND event_id = $2 ORDER BY attempt_no DESC LIMIT 200";

/// How many events match, and the part of them that is asked for; without a part, all of them (for a file).
pub async fn list(
    pos: &Pos,
    tenant: &Tenant,
    filter: &Filter,
    part: impl FnOnce(u64) -> Option<(u64, u64)> + Send + 'static,
) -> Result<(u64, Vec<Listed>), PosError> {
    let (tenant, filter) = (tenant.clone(), filter.clone());
    pos.db
        .read(async move |tx: &mut Tx| -> Result<(u64, Vec<Listed>), PosError> {
            let store = filter.store.unwrap_or_default();
            let state = filter.state.map(word_of).unwrap_or_default();
            let from = filter.from.map_or("0000-00-00".to_owned(), |date| date.to_string());
            let to = filter.to.map_or("9999-99-99".to_owned(), |date| date.to_string());
            let count = tx.fetch_one(COUNT, args![tenant.as_str(), &store, &state, &from, &to]).await?.int("n")?;
            let count = u64::try_from(count).unwrap_or_default();
            let whole = |n: u64| i64::try_from(n).unwrap_or(FILE_MAX);
            let (limit, offset) = part(count).map_or((FILE_MAX, 0), |(limit, offset)| (whole(limit), whole(offset)));
            let args = args![tenant.as_str(), store, state, from, to, limit, offset];
            let rows = tx.fetch_all(LIST, args).await?;
            Ok((count, rows.iter().map(read).collect::<Result<_, _>>()?))
        })
        .await
}

/// One event, if it is the company's.
pub async fn detail(pos: &Pos, tenant: &Tenant, event_id: Uuid) -> Result<Option<Detail>, PosError> {
    let (tenant, id) = (tenant.clone(), event_id.to_string());
    let found = pos
        .db
        .read(async move |tx: &mut Tx| -> Result<_, PosError> {
            let Some(row) = tx.fetch_optional(ONE, args![tenant.as_str(), &id]).await? else { return Ok(None) };
            Ok(Some((row, tx.fetch_all(ATTEMPTS, args![tenant.as_str(), id]).await?)))
        })
        .await?;
    let Some((row, attempts)) = found else { return Ok(None) };
    let body = Frame::unpack(&row.bytes("frame")?, EVENT_BYTES_MAX)?;
    Ok(Some(Detail {
        listed: read(&row)?,
        zone: row.text("zone")?,
        event: serde_json::from_slice(&body).map_err(|error| unreadable("outbox.frame", error))?,
        body,
        body_sha256: row.text("body_sha256")?,
        attempts: attempts.iter().map(attempt).collect::<Result<_, _>>()?,
        can_resend: row.text("linkage")? == "linked",
    }))
}

fn read(row: &Row) -> Result<Listed, PosError> {
    Ok(Listed {
        event_id: row.parse("event_id")?,
        generation: row.int("generation")?,
        business_date: row.parse("business_date")?,
        store_id: row.parse("store_id")?,
        store: row.text("store")?,
        register: row.text("register")?,
        settlement_id: row.text("settlement_id")?,
        z_number: row.int("z_number")?,
        revision: row.int("revision")?,
        event_type: row.text("event_type")?,
        state: row.word("state")?,
        attempts: row.int("attempts")?,
        due_at: row.opt_at("due_at")?,
        queued_at: row.at("queued_at")?,
        delivered_at: row.opt_at("delivered_at")?,
        last_answer: row.opt_text("last_answer")?,
        receipt: row.opt_text("receipt")?.and_then(|text| serde_json::from_str(&text).ok()),
    })
}

fn attempt(row: &Row) -> Result<Attempt, PosError> {
    Ok(Attempt {
        number: row.int("attempt_no")?,
        at: row.at("at")?,
        took_ms: row.int("took_ms")?,
        status: row.opt_int("status")?,
        answer: row.text("answer")?,
    })
}
