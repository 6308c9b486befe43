//! register → pos: the journal, a hash chain of everything a till did, and how its receiver judges a batch.
//!
//! An entry's hash is the SHA-256 of its exact JSON bytes; `prev` inside the next entry names it, so a chain
//! can be verified by anybody who kept the bytes. `epoch` is a random id; `seq` counts from 1 in an epoch.

use crate::{control::SettlementControl, hash::Sha256};
use jiff::{Timestamp, civil::Date};
use sales::{Cash, CashMovement, Check, Settlement, SettlementId, Yen};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;
use uuid::Uuid;

/// A batch: entries in order, each kept to the byte.
#[derive(Debug, Serialize, Deserialize)]
pub struct Batch {
    /// Contiguous entries of one epoch.
    pub entries: Vec<Box<RawValue>>,
}

/// One entry as it is written. Parse its body by [`Entry::body`].
#[derive(Clone, Debug, Serialize, Deserialize, JsonSchema)]
pub struct Entry {
    /// The till's clock.
    pub at: Timestamp,
    /// By kind: see [`Body`].
    #[schemars(with = "serde_json::Value")]
    pub body: Box<RawValue>,
    /// The life of this copy of the till's disk.
    pub epoch: Uuid,
    /// opened, check, void, cash, inspected, interim, settled, settlement_revised, settlement_cancelled
    pub kind: String,
    /// The hash of the entry before it; all zeros for the first.
    pub prev: Sha256,
    /// From 1, contiguous in an epoch.
    pub seq: u64,
}

/// What a till did.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(tag = "kind", content = "body", rename_all = "snake_case")]
pub enum Body {
    /// レジ開設
    Opened(Opened),
    /// A paid check.
    Check(CheckEntry),
    /// A 赤伝票.
    Void(CheckEntry),
    /// 入金 or 出金.
    Cash(CashEntry),
    /// 点検
    Inspected(Inspected),
    /// 中締め
    Interim(Inspected),
    /// 精算
    Settled(Settled),
    /// A correction: the whole settlement at its next revision.
    SettlementRevised(WholeSettlement),
    /// 精算取消: the empty next revision.
    SettlementCancelled(WholeSettlement),
}

/// レジ開設
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Opened {
    /// The session's id, which its settlement keeps.
    pub settlement_id: SettlementId,
    /// 営業日 of everything in the session.
    pub business_date: Date,
    /// When.
    pub opened_at: Timestamp,
    /// 釣銭準備金
    pub opening_float: Yen,
    /// 担当者コード
    pub staff: String,
    /// The masters the till worked with.
    pub masters_version: i64,
}

/// A check of a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CheckEntry {
    /// The open session.
    pub settlement_id: SettlementId,
    /// The check.
    pub check: Check,
}

/// A cash movement of a session.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct CashEntry {
    /// The open session.
    pub settlement_id: SettlementId,
    /// 入金 or 出金
    pub movement: CashMovement,
}

/// 点検 or 中締め: a look, never an addition.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Inspected {
    /// The open session.
    pub settlement_id: SettlementId,
    /// Its totals so far.
    pub totals: SettlementControl,
}

/// 精算. The checks went before it, one entry each; here is what closes them.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct Settled {
    /// The session's id.
    pub settlement_id: SettlementId,
    /// Z番号
    pub z_number: u32,
    /// 1, or higher after a 精算取消.
    pub revision: u32,
    /// The revision this takes the place of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub supersedes: Option<u32>,
    /// Why it was closed again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
    /// Who closed it again.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub revised_by: Option<String>,
    /// 営業日
    pub business_date: Date,
    /// When the session opened.
    pub opened_at: Timestamp,
    /// When it closed.
    pub closed_at: Timestamp,
    /// The drawer.
    pub cash: Cash,
    /// The till's own totals, held against the receiver's.
    pub totals: SettlementControl,
}

/// A settlement at one revision, whole.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct WholeSettlement {
    /// The facts.
    pub settlement: Settlement,
}

/// 受領証: what the receiver holds for certain. The till stores it as proof.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct JournalReceipt {
    /// The epoch it speaks of.
    pub epoch: Uuid,
    /// All entries up to here are durable; the next one expected is this plus one.
    pub contiguous_seq: u64,
    /// The hash of the last of them.
    pub head: Sha256,
    /// The highest Z number received of this till, so that a restored till goes on from there.
    pub highest_z: u32,
    /// The receiver's clock.
    pub received_at: Timestamp,
}

/// The answer to a batch: 200 when accepted, 409 for a gap or a fork.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct JournalAnswer {
    /// What became of the batch.
    pub verdict: BatchVerdict,
    /// What is held for certain now.
    pub receipt: JournalReceipt,
}

/// What became of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum BatchVerdict {
    /// Everything in it is durable (repeats of the same entries too).
    Accepted,
    /// Entries are missing before it: go back to `contiguous_seq + 1`.
    Gap,
    /// The chain split: go on in a new epoch with all that came after the last receipt.
    Fork,
}

/// Why a batch can't be read at all. (A readable entry is never refused for its content.)
#[derive(Debug, thiserror::Error)]
pub enum BatchError {
    /// Not the JSON of a batch or of an entry.
    #[error("entry {index}: {source}")]
    Entry {
        /// Position in the batch, from 0.
        index: usize,
        /// What the parser says.
        source: serde_json::Error,
    },
    /// Several epochs in one batch.
    #[error("entry {index}: a batch holds entries of one epoch")]
    Epochs {
        /// Position in the batch, from 0.
        index: usize,
    },
    /// The chain inside the batch is broken.
    #[error("entry {index}: seq {seq} with prev {prev} does not follow the entry before it")]
    Chain {
        /// Position in the batch, from 0.
        index: usize,
        /// Its seq.
        seq: u64,
        /// Its prev.
        prev: Sha256,
    },
    /// Nothing in it.
    #[error("a batch holds at least one entry")]
    Empty,
}

/// An entry of a batch with the hash of its bytes.
#[derive(Clone, Debug)]
pub struct Received {
    /// The parsed entry.
    pub entry: Entry,
    /// Its exact bytes.
    pub bytes: Box<RawValue>,
    /// Their hash.
    pub hash: Sha256,
}

/// What the receiver knows of an epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EpochState {
    /// All entries up to here are durable.
    pub contiguous_seq: u64,
    /// The hash of the last; zeros when there is none.
    pub head: Sha256,
}

impl EpochState {
    /// An epoch nothing is known of.
    pub const NEW: Self = Self { contiguous_seq: 0, head: Sha256::ZERO };
}

impl Entry {
    /// The body by its kind; an error for an unknown kind or a body that does not fit it.
    pub fn body(&self) -> Result<Body, serde_json::Error> {
        let body = self.body.get();
        Ok(match self.kind.as_str() {
            "opened" => Body::Opened(serde_json::from_str(body)?),
            "check" => Body::Check(serde_json::from_str(body)?),
            "void" => Body::Void(serde_json::from_str(body)?),
            "cash" => Body::Cash(serde_json::from_str(body)?),
            "inspected" => Body::Inspected(serde_json::from_str(body)?),
            "interim" => Body::Interim(serde_json::from_str(body)?),
            "settled" => Body::Settled(serde_json::from_str(body)?),
            "settlement_revised" => Body::SettlementRevised(serde_json::from_str(body)?),
            "settlement_cancelled" => Body::SettlementCancelled(serde_json::from_str(body)?),
            other => return Err(serde::de::Error::custom(format!("unknown kind \"{other}\""))),
        })
    }

    /// Writes the entry that follows `state` and says what the state is then.
    pub fn follow(state: EpochState, epoch: Uuid, at: Timestamp, body: &Body) -> (Written, EpochState) {
        #[derive(Serialize)]
        struct Shape<'a> {
            at: Timestamp,
            body: &'a RawValue,
            epoch: Uuid,
            kind: &'a str,
            prev: Sha256,
            seq: u64,
        }
        let raw = body.raw();
        let seq = state.contiguous_seq + 1;
        let kind = body.kind();
        let shape = Shape { at, body: &raw, epoch, kind, prev: state.head, seq };
        let text = serde_json::to_string(&shape).expect("an entry is plain data with string keys");
        let hash = Sha256::of(text.as_bytes());
        (Written { seq, kind, text, hash }, EpochState { contiguous_seq: seq, head: hash })
    }
}

/// An entry ready to be stored and sent.
#[derive(Clone, Debug)]
pub struct Written {
    /// Its place in the chain.
    pub seq: u64,
    /// Its kind.
    pub kind: &'static str,
    /// Its exact bytes.
    pub text: String,
    /// Their hash.
    pub hash: Sha256,
}

impl Body {
    /// The kind as the wire writes it.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Opened(_) => "opened",
            Self::Check(_) => "check",
            Self::Void(_) => "void",
            Self::Cash(_) => "cash",
            Self::Inspected(_) => "inspected",
            Self::Interim(_) => "interim",
            Self::Settled(_) => "settled",
            Self::SettlementRevised(_) => "settlement_revised",
            Self::SettlementCancelled(_) => "settlement_cancelled",
        }
    }

    fn raw(&self) -> Box<RawValue> {
        match self {
            Self::Opened(b) => serde_json::value::to_raw_value(b),
            Self::Check(b) | Self::Void(b) => serde_json::value::to_raw_value(b),
            Self::Cash(b) => serde_json::value::to_raw_value(b),
            Self::Inspected(b) | Self::Interim(b) => serde_json::value::to_raw_value(b),
            Self::Settled(b) => serde_json::value::to_raw_value(b),
            Self::SettlementRevised(b) | Self::SettlementCancelled(b) => serde_json::value::to_raw_value(b),
        }
        .expect("a body is plain data with string keys")
    }
}

/// Reads a batch and verifies the chain inside it.
pub fn read(batch: Batch) -> Result<Vec<Received>, BatchError> {
    let mut received: Vec<Received> = Vec::with_capacity(batch.entries.len());
    for (index, bytes) in batch.entries.into_iter().enumerate() {
        let entry: Entry = serde_json::from_str(bytes.get()).map_err(|source| BatchError::Entry { index, source })?;
        if let Some(before) = received.last() {
            if before.entry.epoch != entry.epoch {
                return Err(BatchError::Epochs { index });
            }
            if Some(entry.seq) != before.entry.seq.checked_add(1) || entry.prev != before.hash {
                return Err(BatchError::Chain { index, seq: entry.seq, prev: entry.prev });
            }
        } else if entry.seq == 0 || (entry.seq == 1) != (entry.prev == Sha256::ZERO) {
            return Err(BatchError::Chain { index, seq: entry.seq, prev: entry.prev });
        }
        let hash = Sha256::of(bytes.get().as_bytes());
        received.push(Received { entry, bytes, hash });
    }
    if received.is_empty() { Err(BatchError::Empty) } else { Ok(received) }
}

/// Judges a batch that was read: what becomes of it, and how many of its first entries are repeats.
/// `known(seq)` is the hash held for an entry at or before `state.contiguous_seq`.
pub fn judge(state: EpochState, batch: &[Received], known: impl Fn(u64) -> Option<Sha256>) -> (BatchVerdict, usize) {
    let Some(first) = batch.first() else { return (BatchVerdict::Accepted, 0) };
    if first.entry.seq > state.contiguous_seq + 1 {
        return (BatchVerdict::Gap, 0);
    }
    let repeats = batch.iter().take_while(|r| r.entry.seq <= state.contiguous_seq).count();
    if batch[..repeats].iter().any(|r| known(r.entry.seq) != Some(r.hash)) {
        return (BatchVerdict::Fork, 0);
    }
    match batch.get(repeats) {
        Some(next) if next.entry.prev != state.head => (BatchVerdict::Fork, 0),
        _ => (BatchVerdict::Accepted, repeats),
    }
}
