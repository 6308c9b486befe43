//! register → pos, the till's side: what goes next, and what an answer of head office means for the journal. Pure.
//! Nothing is ever dropped; a line that is down is tried for ever, a till that is refused asks every so often.

use crate::{
    hash::Sha256,
    journal::{BatchVerdict, JournalAnswer, JournalReceipt},
};
use uuid::Uuid;

/// How patient the uploader is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pace {
    /// First wait after a failure.
    pub retry_first_ms: u64,
    /// Longest wait after failures, and of a `Retry-After` that is honoured.
    pub retry_max_ms: u64,
    /// A refused till asks again after this.
    pub probe_ms: u64,
    /// A till with nothing to send tells its last entry again this often.
    pub greet_every_ms: u64,
    /// Masters are asked for this often.
    pub masters_every_ms: u64,
    /// A request takes no longer.
    pub request_max_ms: u64,
}

impl Default for Pace {
    fn default() -> Self {
        Self {
            retry_first_ms: 1_000,
            retry_max_ms: 60_000,
            probe_ms: 60_000,
            greet_every_ms: 15 * 60_000,
            masters_every_ms: 60_000,
            request_max_ms: 30_000,
        }
    }
}

/// What came back for a batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Heard {
    /// An answer of the contract.
    Answer(JournalAnswer),
    /// Head office spoke and does not want this till, its token or its request.
    Refused {
        /// The HTTP status.
        status: u16,
        /// What it said.
        reason: String,
    },
    /// No answer, or one that says later.
    Failed {
        /// What happened.
        reason: String,
        /// `Retry-After`
        retry_after_s: Option<u32>,
    },
}

/// What the till knows when it hears it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// The epoch that goes on.
    pub epoch: Uuid,
    /// Its last entry.
    pub last_seq: u64,
    /// Up to here a receipt is held.
    pub acknowledged: u64,
    /// The batch that was sent: its first entry …
    pub sent_from: u64,
    /// … and its last.
    pub sent_to: u64,
    /// The till's own hash of the entry the answer's receipt names; none where it has no such entry.
    pub own_head: Option<Sha256>,
}

/// What to do next.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// Keep the receipt and go on after it (a gap: go back to it).
    Keep(JournalReceipt),
    /// The chain split: go on in a new epoch with all entries after this one.
    NewEpoch {
        /// The last entry that head office certainly holds.
        carried_after: u64,
    },
    /// Show it, ask again every so often.
    Probe {
        /// What to show.
        reason: String,
    },
    /// Wait, longer each time, and send again.
    Retry {
        /// What to show.
        reason: String,
        /// `Retry-After`
        retry_after_s: Option<u32>,
    },
}

/// The first entry to send of a journal of `last` entries, up to `acknowledged` of which a receipt is held. With nothing
/// waiting and not `greeted`, it is the last one again: its receipt tells a restored till that it is one before it
/// sells.
pub fn next_from(last: u64, acknowledged: u64, greeted: bool) -> Option<u64> {
    let waits = acknowledged < last;
    (last > 0 && (waits || !greeted)).then(|| (acknowledged + 1).min(last))
}

/// Whether a till with nothing to send speaks to head office all the same: it never did, or not for so long. A head
/// office that was restored from a backup learns by it what it lost. A clock that was set back is no reason to wait.
pub fn greets(since_heard_ms: Option<i64>, every_ms: i64) -> bool {
    since_heard_ms.is_none_or(|since| since < 0 || since >= every_ms)
}

/// Decides what follows from what was heard.
pub fn after(heard: Heard, known: &Known) -> Next {
    match heard {
        Heard::Answer(answer) => answered(answer, known),
        Heard::Refused { status, reason } => Next::Probe { reason: format!("{reason} (HTTP {status})") },
        Heard::Failed { reason, retry_after_s } => Next::Retry { reason, retry_after_s },
    }
}

fn answered(answer: JournalAnswer, known: &Known) -> Next {
    let JournalAnswer { verdict, receipt } = answer;
    let retry = |reason: &str| Next::Retry { reason: reason.to_owned(), retry_after_s: None };
    if receipt.epoch != known.epoch {
        return retry("the answer speaks of another epoch");
    }
    // A new epoch is never empty: by its first entry head office learns of it, and tells a person.
    let held = certainly_held(verdict, &receipt, known).min(known.last_seq.saturating_sub(1));
    let split = receipt.contiguous_seq > known.last_seq || known.own_head != Some(receipt.head);
    match verdict {
        BatchVerdict::Fork => Next::NewEpoch { carried_after: held },
        _ if split => Next::NewEpoch { carried_after: held },
        BatchVerdict::Accepted if receipt.contiguous_seq >= known.sent_to => Next::Keep(receipt),
        BatchVerdict::Accepted => retry("the answer accepts the entries and its receipt does not name them"),
        BatchVerdict::Gap if receipt.contiguous_seq + 1 < known.sent_from => Next::Keep(receipt),
        BatchVerdict::Gap => retry("the answer names a gap where there is none"),
    }
}

/// The last entry that head office holds for certain. Telling one twice does no harm, so in doubt it is lower.
fn certainly_held(verdict: BatchVerdict, receipt: &JournalReceipt, known: &Known) -> u64 {
    if verdict == BatchVerdict::Accepted {
        known.sent_to.max(known.acknowledged)
    } else if receipt.contiguous_seq >= known.acknowledged {
        known.acknowledged
    } else if known.own_head == Some(receipt.head) {
        // Head office was restored from a backup: it holds less than it gave a receipt for.
        receipt.contiguous_seq
    } else {
        0
    }
}

/// How long to wait after so many failures in a row: full jitter over a doubling bound, at least `Retry-After`.
/// `draw` is a random number, 0 to 1,000,000.
pub fn wait_ms(pace: &Pace, failures: u32, retry_after_s: Option<u32>, draw: u32) -> u64 {
    let doubled = pace.retry_first_ms.saturating_mul(1 << failures.saturating_sub(1).min(20)).min(pace.retry_max_ms);
    let jittered = doubled.saturating_mul(u64::from(draw.min(1_000_000))) / 1_000_000;
    let asked = retry_after_s.map_or(0, |s| u64::from(s) * 1_000).min(pace.retry_max_ms);
    jittered.max(asked)
}
