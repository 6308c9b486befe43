//! What an attempt came to, written down with what follows from it in one transaction.

use db::{Tx, args};
use jiff::Timestamp;
use protocol::delivery::{Answer, Next, next};
use protocol::outbox::{breather, left_by};
use protocol::partner::EventReceipt;

use super::claim::{Claimed, Lane, claim_one};
use super::lane;
use crate::linkage::pause::Cause;
use crate::stored::word_of;
use crate::{Pos, PosError, linkage, reconcile};

/// So many attempts of one event are kept, the newest.
const ATTEMPTS_KEPT: i64 = 100;
/// So often a record is tried that another transaction stood in the way of.
const TRIES_MAX: usize = 5;

/// What came back of one attempt.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What the policy sees.
    pub answer: Answer,
    /// The HTTP status, if there was one.
    pub status: Option<u16>,
    /// What came back, for people: the beginning of the body, or what happened instead.
    pub text: String,
    /// 受領証, if it is one and of this event's bytes.
    pub receipt: Option<EventReceipt>,
    /// A 受領証 came that is not of this event's bytes.
    pub receipt_differs: bool,
    /// When the attempt began.
    pub at: Timestamp,
    /// How long it took.
    pub took_ms: i64,
}

const PAUSE: &str = "
    UPDATE linkage SET paused_until = $3, pause_cause = $4, pause_status = $5
    WHERE company_id = $1 AND generation = $2 AND state = 'linked'";
const UNPAUSE: &str = "
    UPDATE linkage SET paused_until = NULL, pause_cause = NULL, pause_status = NULL
    WHERE company_id = $1 AND generation = $2 AND paused_until IS NOT NULL";
const ATTEMPT: &str = "
    INSERT INTO attempt (company_id, event_id, attempt_no, at, took_ms, status, answer)
    SELECT $1, $2, COALESCE(MAX(attempt_no), 0) + 1, $3, $4, $5, $6 FROM attempt WHERE company_id = $1 AND event_id = $2
    RETURNING attempt_no";
const FORGET: &str = "DELETE FROM attempt WHERE company_id = $1 AND event_id = $2 AND attempt_no <= $3";
// Whatever became of the row meanwhile, FLARO has these bytes now.
const DELIVERED: &str = "
    UPDATE outbox SET state = 'delivered', due_at = NULL, attempts = $3, delivered_at = $4, receipt = $5, last_answer = $6
    WHERE company_id = $1 AND event_id = $2";
const FAILED: &str = "
    UPDATE outbox SET state = $3, due_at = $4, attempts = $5, last_answer = $6,
           first_failed_at = COALESCE(first_failed_at, $7)
    WHERE company_id = $1 AND event_id = $2 AND state IN ('waiting', 'attention')";
const LAST_DELIVERED: &str = "
    UPDATE store_link SET last_delivered_at = $4 WHERE company_id = $1 AND generation = $2 AND store_id = $3";

/// What follows, by the policy. A 2xx with somebody else's 受領証 is nobody's delivery: a person looks at it.
pub fn following(claimed: &Claimed, outcome: &Outcome, others_pass: bool, now: Timestamp, draw: u32) -> Next {
    match next(claimed.attempts.saturating_add(1), outcome.answer, others_pass, now, draw) {
        Next::Delivered if outcome.receipt_differs => Next::Attention,
        next => next,
    }
}

/// Records an attempt and its consequence, and in the same transaction claims the first of these lanes that is still
/// ready. Where another transaction stood in the way, it is done again.
pub async fn record(
    pos: &Pos,
    claimed: &Claimed,
    outcome: Outcome,
    next: Next,
    then: &[Lane],
) -> Result<Option<Claimed>, PosError> {
    for _ in 1..TRIES_MAX {
        match record_once(pos, claimed, outcome.clone(), next, then.to_vec()).await {
            Err(PosError::Db(error)) if error.is_retryable() => {}
            recorded => return recorded,
        }
    }
    record_once(pos, claimed, outcome, next, then.to_vec()).await
}

async fn record_once(
    pos: &Pos,
    claimed: &Claimed,
    outcome: Outcome,
    next: Next,
    then: Vec<Lane>,
) -> Result<Option<Claimed>, PosError> {
    let (now, lease, shared) = (pos.now(), claimed.lease, pos.clone());
    let lane = (claimed.tenant.clone(), claimed.generation, claimed.store_id);
    let (event, day, attempts) = (claimed.event_id.to_string(), claimed.business_date.clone(), claimed.attempts + 1);
    pos.db
        .in_line_of(claimed.tenant.as_str())
        .write(async move |tx: &mut Tx| -> Result<Option<Claimed>, PosError> {
            let (tenant, generation, store) = (&lane.0, lane.1, lane.2);
            // The linkage's row first: whoever takes both, takes them in this order.
            linkage_row(tx, tenant.as_str(), generation, &outcome, next).await?;
            lane::lock(tx, tenant, generation, store).await?;
            attempt_row(tx, tenant.as_str(), &event, &outcome).await?;
            if let Some((state, due)) = left_by(next, now) {
                let (due, at) = (due.map(Timestamp::as_millisecond), now.as_millisecond());
                let args = args![tenant.as_str(), &event, word_of(state), due, attempts, &outcome.text, at];
                tx.execute(FAILED, args).await?;
            } else {
                let receipt = outcome.receipt.as_ref().map(|receipt| serde_json::json!(receipt).to_string());
                let args = args![tenant.as_str(), &event, attempts, now.as_millisecond(), receipt, &outcome.text];
                tx.execute(DELIVERED, args).await?;
                let args = args![tenant.as_str(), generation, store.to_string(), now.as_millisecond()];
                tx.execute(LAST_DELIVERED, args).await?;
                lane::passes(tx, tenant, generation, store, now).await?;
                reconcile::mark(tx, tenant, store, &day, now).await?;
            }
            lane::settle(tx, tenant, generation, store, breather(next, now), lease).await?;
            claim_one(tx, &shared, &then, now).await
        })
        .await
}

async fn linkage_row(
    tx: &mut Tx,
    company: &str,
    generation: i64,
    outcome: &Outcome,
    next: Next,
) -> Result<(), PosError> {
    match next {
        Next::Paused(until) => {
            let (until, cause) = (until.as_millisecond(), word_of(Cause::of(outcome.status)));
            tx.execute(PAUSE, args![company, generation, until, cause, outcome.status]).await?;
            if matches!(outcome.status, Some(401 | 403)) {
                linkage::secret::refused(tx, company, generation, outcome.at).await?;
            }
        }
        // The linkage spoke; whatever it said of this settlement, it is not refused.
        Next::Delivered | Next::Attention => {
            tx.execute(UNPAUSE, args![company, generation]).await?;
        }
        Next::RetryAt(_) | Next::AsideUntil(_) => {}
    }
    Ok(())
}

async fn attempt_row(tx: &mut Tx, company: &str, event: &str, outcome: &Outcome) -> Result<(), PosError> {
    let (at, took, status) = (outcome.at.as_millisecond(), outcome.took_ms, outcome.status);
    let args = args![company, event, at, took, status, &outcome.text];
    let number = tx.fetch_one(ATTEMPT, args).await?.int("attempt_no")?;
    if number > ATTEMPTS_KEPT {
        tx.execute(FORGET, args![company, event, number - ATTEMPTS_KEPT]).await?;
    }
    Ok(())
}
