//! `POST /api/v1/registers/{register_id}/journal`: a till's journal, received.
//!
//! What is answered with a receipt is durable: entries, checks, settlements and their outbox rows, each settlement with
//! what was written before it in one transaction. A till that brings many days keeps nobody waiting for all of them.
//! An authentic entry is never refused for its content; what can't be right becomes 要対応. A repeat is accepted
//! silently, a gap is told where to go on, a split chain is told to begin a new epoch.

mod entries;
mod plan;
mod sessions;

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use db::Tx;
use protocol::hash::Sha256;
use protocol::inbox::Verdict;
use protocol::intake::{Plan, Read, Step, assembled};
use protocol::journal::{self, BatchError, BatchVerdict, Body, EpochState, JournalAnswer, JournalReceipt};
use protocol::trace::Trace;
use sales::SettlementState;
use web::ApiError;

use crate::admission::Admitted;
use crate::assemble::{self, Findings};
use crate::attention::{self, Kind, Raised};
use crate::checks::{self, CheckConflict, CheckRow, Till};
use crate::intake::{self, Incoming, Outcome, Source};
use crate::tokens::RegisterAuth;
use crate::{Pos, PosError, Tenant};

use entries::Epoch;

/// So many bytes take a millisecond to read: a day, where most batches are a check.
const APART_BYTES: usize = 64 << 10;

/// Receives a batch.
pub async fn post(State(pos): State<Arc<Pos>>, till: Admitted) -> Result<Response, ApiError> {
    // The rest of it is the turn, which ends with this function.
    let Admitted { auth, body, .. } = till;
    let batch = opened(body).await.inspect_err(|_| pos.meters.batches.add("unreadable", 1))?;
    let entries = batch.len();
    let traces = traces(&batch);
    let (tenant, store) = (auth.tenant.clone(), auth.store_id);
    let answer = take_pieces(&pos, auth, batch).await.map_err(crate::server::api_error)?;
    if !traces.is_empty() {
        pos.arrivals.tell(&tenant, store);
    }
    pos.wake.notify_one();
    let (status, word) = match answer.verdict {
        BatchVerdict::Accepted => (StatusCode::OK, "accepted"),
        BatchVerdict::Gap => (StatusCode::CONFLICT, "gap"),
        BatchVerdict::Fork => (StatusCode::CONFLICT, "fork"),
    };
    pos.meters.batches.add(word, 1);
    pos.meters.received.add("entries", entries);
    if answer.verdict == BatchVerdict::Accepted {
        for trace in traces {
            tracing::info!(%trace, "a settlement's entries are stored");
        }
    }
    Ok((status, Json(answer)).into_response())
}

/// Reads a body; a long one, where it keeps nobody waiting who is served.
async fn opened(body: Bytes) -> Result<Vec<Read>, ApiError> {
    if body.len() < APART_BYTES {
        return read(&body);
    }
    web::apart(move || read(&body)).await.map_err(ApiError::internal)?
}

fn read(body: &Bytes) -> Result<Vec<Read>, ApiError> {
    let batch = serde_json::from_slice(body).map_err(|error| not_json(&error))?;
    let batch = journal::read(batch).map_err(|error| not_a_batch(&error))?;
    Ok(batch.into_iter().map(Read::new).collect())
}

/// The settlements of a batch, as logs name them.
fn traces(batch: &[Read]) -> Vec<Trace> {
    batch.iter().filter(|read| settles(read)).filter_map(Read::settlement_id).map(Trace::of).collect()
}

fn settles(read: &Read) -> bool {
    matches!(read.body, Ok(Body::Settled(_) | Body::SettlementRevised(_) | Body::SettlementCancelled(_)))
}

/// Takes a batch up to and with each settlement at a time. Should one piece not be taken, those before it were, and the
/// answer says from where on the till goes on.
async fn take_pieces(pos: &Arc<Pos>, auth: RegisterAuth, batch: Vec<Read>) -> Result<JournalAnswer, PosError> {
    let db = pos.db.in_line_of(auth.tenant.as_str());
    let auth = Arc::new(auth);
    let mut rest = batch;
    loop {
        let end = rest.iter().position(settles).map_or(rest.len(), |at| at + 1);
        let later = rest.split_off(end);
        let (unit_pos, auth) = (pos.clone(), auth.clone());
        let unit = async move |tx: &mut Tx| take(tx, &unit_pos, &auth, rest).await;
        let answer = db.write(unit).await?;
        if later.is_empty() || answer.verdict != BatchVerdict::Accepted {
            return Ok(answer);
        }
        rest = later;
    }
}

/// Judges the batch and does what its verdict asks for, in one transaction.
async fn take(tx: &mut Tx, pos: &Pos, auth: &RegisterAuth, mut batch: Vec<Read>) -> Result<JournalAnswer, PosError> {
    let till = Till { store_id: auth.store_id, register_id: auth.register_id };
    tx.lock(&format!("register:{}:{}", auth.tenant, auth.register_id)).await?;
    let epoch_id = batch[0].received.entry.epoch; // A batch that was read holds at least one entry.
    let mut epoch = entries::epoch(tx, &auth.tenant, till, epoch_id).await?;
    let known = entries::known(tx, &auth.tenant, till, &epoch, &batch).await?;
    let received: Vec<_> = batch.iter().map(|read| read.received.clone()).collect();
    let (verdict, repeats) = journal::judge(epoch.state, &received, |seq| known.get(&seq).copied());
    match verdict {
        BatchVerdict::Accepted => {
            let new = batch.split_off(repeats);
            if !new.is_empty() {
                epoch = store(tx, pos, &auth.tenant, till, epoch, new).await?;
            }
        }
        BatchVerdict::Fork => forked(tx, pos, &auth.tenant, till, &epoch, &batch[0]).await?,
        BatchVerdict::Gap => {}
    }
    let EpochState { contiguous_seq, head } = epoch.state;
    let highest_z = entries::highest_z(tx, &auth.tenant, till).await?;
    let receipt = JournalReceipt { epoch: epoch_id, contiguous_seq, head, highest_z, received_at: pos.now() };
    Ok(JournalAnswer { verdict, receipt })
}

/// Stores what is new and everything that follows from it.
async fn store(
    tx: &mut Tx,
    pos: &Pos,
    tenant: &Tenant,
    till: Till,
    epoch: Epoch,
    new: Vec<Read>,
) -> Result<Epoch, PosError> {
    let known = sessions::known(tx, tenant, &new).await?;
    let anew = begins_anew(tx, tenant, till, &epoch).await?;
    entries::insert(tx, pos, tenant, till, &epoch, &new).await?;
    let epoch = entries::advance(tx, tenant, till, epoch, &new).await?;
    let plan = Plan::of(till.register_id, epoch.ordinal, known, new);
    sessions::open(tx, tenant, till, &plan.opened).await?;
    let rows = plan.checks.iter().map(|new| CheckRow::new(new.settlement_id, new.place, &new.check));
    let rows = rows.collect::<Result<Vec<_>, _>>()?;
    let recorded = checks::record(tx, tenant, till, &rows).await?;
    let mut raised = conflicting(till, recorded.conflicts);
    if anew {
        tell_beginning(&mut raised, till, &epoch);
    }
    attention::raise(tx, pos, tenant, &raised).await?;
    attention::raise(tx, pos, tenant, &plan::raised(&plan.notes, till, &recorded.new)).await?;
    for step in plan.steps {
        carry_out(tx, pos, tenant, till, step).await?;
    }
    Ok(epoch)
}

async fn carry_out(tx: &mut Tx, pos: &Pos, tenant: &Tenant, till: Till, step: Step) -> Result<(), PosError> {
    match step {
        Step::Settle { settled, place, session } => {
            let stated = settled.totals;
            let checks = checks::of_session(tx, tenant, till.register_id, settled.settlement_id, place).await?;
            let incoming = Incoming::new(assembled(settled, checks))?;
            let mut findings = assemble::audited(&incoming.settlement);
            findings.extend(assemble::contradicted(session.as_ref(), &incoming.settlement));
            findings.extend(incoming.control().map(|ours| assemble::compared(&stated, &ours)).unwrap_or_default());
            sessions::settled(tx, tenant, till, &incoming.settlement, session.is_none()).await?;
            attention::raise(tx, pos, tenant, &found(till, &incoming, findings)).await?;
            intake::take(tx, pos, tenant, till, &incoming, Source::Journal).await?;
        }
        Step::Whole { settlement, place } => {
            let cancelled = settlement.state == SettlementState::Cancelled;
            let mut findings = assemble::audited(&settlement);
            if cancelled && sessions::closed_later(tx, tenant, till, &settlement).await? {
                findings.push((Kind::ReopenedLate, vec![format!("Z{}の精算取消", settlement.z_number)]));
            }
            let incoming = Incoming::new(settlement)?;
            sessions::settled(tx, tenant, till, &incoming.settlement, false).await?;
            attention::raise(tx, pos, tenant, &found(till, &incoming, findings)).await?;
            let outcome = intake::take(tx, pos, tenant, till, &incoming, Source::Journal).await?;
            // 精算取消 leaves the checks in the session, which is open again.
            if outcome == Outcome::Judged(Verdict::Stands) && !cancelled {
                let conflicts = checks::restate(tx, tenant, till, &incoming.settlement, place).await?;
                attention::raise(tx, pos, tenant, &conflicting(till, conflicts)).await?;
            }
        }
    }
    Ok(())
}

/// Findings about one settlement, ready to be raised.
fn found(till: Till, incoming: &Incoming, findings: Findings) -> Vec<Raised> {
    findings.into_iter().map(|(kind, lines)| intake::finding(till, incoming, kind, lines)).collect()
}

/// Checks whose id is held with something else; the content that came in is the evidence.
pub(crate) fn conflicting(till: Till, conflicts: Vec<CheckConflict>) -> Vec<Raised> {
    let raised = |conflict: CheckConflict| Raised {
        kind: Kind::CheckConflict,
        store_id: till.store_id,
        register_id: till.register_id,
        settlement_id: Some(conflict.settlement_id),
        business_date: None,
        lines: vec![format!("伝票{}：先に届いた会計と内容が異なります", conflict.slip)],
        evidence: Some(conflict.content),
        key: format!("{}:{}:{}", conflict.check_id, conflict.settlement_id, conflict.content_sha256),
    };
    conflicts.into_iter().map(raised).collect()
}

/// Whether a till's journal begins anew without a split that a person was told of.
async fn begins_anew(tx: &mut Tx, tenant: &Tenant, till: Till, epoch: &Epoch) -> Result<bool, PosError> {
    let begins = epoch.ordinal > 1 && epoch.state == EpochState::NEW;
    Ok(begins && !entries::split_is_told(tx, tenant, till).await?)
}

/// A till that begins a new epoch was restored, copied or replaced: what it sold and never sent is gone, and only a
/// person can know of it. One cause is one thing to look at: where its first batch has a check that is held with
/// something else, that finding says it.
fn tell_beginning(raised: &mut Vec<Raised>, till: Till, epoch: &Epoch) {
    let line = "レジの記録が新しく始まりました。復元や入れ替えの前に送られていない会計がないか、店舗に確認してください";
    let (line, key) = (line.to_owned(), format!("{}:began", epoch.id));
    if let Some(conflict) = raised.first_mut() {
        conflict.lines.push(line);
        // The conflict may be an old one; that the journal begins is news.
        conflict.key = format!("{}:{key}", conflict.key);
        return;
    }
    raised.push(Raised {
        kind: Kind::Fork,
        store_id: till.store_id,
        register_id: till.register_id,
        settlement_id: None,
        business_date: None,
        lines: vec![line],
        evidence: None,
        key,
    });
}

async fn forked(
    tx: &mut Tx,
    pos: &Pos,
    tenant: &Tenant,
    till: Till,
    epoch: &Epoch,
    first: &Read,
) -> Result<(), PosError> {
    entries::mark_forked(tx, pos, tenant, till, epoch).await?;
    let Sha256(head) = epoch.state.head;
    let raised = Raised {
        kind: Kind::Fork,
        store_id: till.store_id,
        register_id: till.register_id,
        settlement_id: None,
        business_date: None,
        lines: vec![format!(
            "記録{}番まで届いたあと、別の{}番が届きました",
            epoch.state.contiguous_seq, first.received.entry.seq
        )],
        evidence: Some(first.received.bytes.get().to_owned()),
        key: format!("{}:{}:{}", epoch.id, hex::encode(head), first.received.hash),
    };
    attention::raise(tx, pos, tenant, &[raised]).await
}

fn not_json(error: &serde_json::Error) -> ApiError {
    let (line, column) = (error.line(), error.column());
    ApiError::new(StatusCode::BAD_REQUEST, "batch.not_json", format!("line {line}, column {column}: {error}"))
        .rule("The body is {\"entries\": […]}, each entry exactly as the till wrote it")
        .hint("Send the stored bytes of the entries; nothing of this batch was stored")
}

fn not_a_batch(error: &BatchError) -> ApiError {
    let code = match error {
        BatchError::Entry { .. } => "batch.entry",
        BatchError::Epochs { .. } => "batch.epochs",
        BatchError::Chain { .. } => "batch.chain",
        BatchError::Empty => "batch.empty",
    };
    ApiError::new(StatusCode::BAD_REQUEST, code, error.to_string())
        .rule("Entries of one epoch in order: seq counts up by one, prev is the SHA-256 of the entry before it")
        .hint("Send the stored bytes of the entries from the last receipt on; nothing of this batch was stored")
}
