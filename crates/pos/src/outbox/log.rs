//! 連携状況: one event with all there is to it.

use db::{Row, Tx, args};
use jiff::Timestamp;
use protocol::EVENT_BYTES_MAX;
use protocol::event::{Event, Frame};
use uuid::Uuid;

use super::list::{Listed, beside, listed, read};
use crate::stored::{Stored, unreadable};
use crate::{Pos, PosError, Tenant};

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

const ONE: &str = concat!(
    "SELECT ",
    listed!("$3"),
    ", f.frame, o.body_sha256, s.zone, l.state AS linkage FROM outbox o ",
    beside!(),
    " LEFT JOIN event_frame f ON f.company_id = o.company_id AND f.event_id = o.event_id",
    " WHERE o.company_id = $1 AND o.event_id = $2"
);
const ATTEMPTS: &str = "
    SELECT attempt_no, at, took_ms, status, answer FROM attempt
    WHERE company_id = $1 AND event_id = $2 ORDER BY attempt_no DESC LIMIT 200";

/// One event, if it is the company's.
pub async fn detail(pos: &Pos, tenant: &Tenant, event_id: Uuid) -> Result<Option<Detail>, PosError> {
    let (tenant, id, now) = (tenant.clone(), event_id.to_string(), pos.now().as_millisecond());
    let found = pos
        .db
        .read(async move |tx: &mut Tx| -> Result<_, PosError> {
            let Some(row) = tx.fetch_optional(ONE, args![tenant.as_str(), &id, now]).await? else { return Ok(None) };
            Ok(Some((row, tx.fetch_all(ATTEMPTS, args![tenant.as_str(), id]).await?)))
        })
        .await?;
    let Some((row, attempts)) = found else { return Ok(None) };
    let body = Frame::unpack(&row.bytes("frame")?, EVENT_BYTES_MAX)?;
    Ok(Some(Detail {
        listed: read(&row)?,
        zone: row.text("zone")?,
        event: serde_json::from_slice(&body).map_err(|error| unreadable("event_frame.frame", error))?,
        body,
        body_sha256: row.text("body_sha256")?,
        attempts: attempts.iter().map(attempt).collect::<Result<_, _>>()?,
        can_resend: row.text("linkage")? == "linked",
    }))
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
