//! What an answer of head office means for the journal: one pure table. Nothing is ever dropped; a line that
//! is down is tried for ever, a till that is refused asks every so often.

use protocol::{
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
    let held = certainly_held(verdict, &receipt, known);
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

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::Timestamp;

    const EPOCH: Uuid = Uuid::from_u128(7);

    fn receipt(contiguous_seq: u64, head: u8) -> JournalReceipt {
        let received_at = Timestamp::UNIX_EPOCH;
        JournalReceipt { epoch: EPOCH, contiguous_seq, head: Sha256([head; 32]), highest_z: 0, received_at }
    }

    /// 9 entries, 3 acknowledged, 4 to 6 sent; the till's own entry at the receipt has the hash `own`.
    fn next(verdict: BatchVerdict, contiguous_seq: u64, head: u8, own: Option<u8>) -> Next {
        let answer = JournalAnswer { verdict, receipt: receipt(contiguous_seq, head) };
        let own_head = own.map(|byte| Sha256([byte; 32]));
        let known = Known { epoch: EPOCH, last_seq: 9, acknowledged: 3, sent_from: 4, sent_to: 6, own_head };
        after(Heard::Answer(answer), &known)
    }

    #[test]
    fn what_is_accepted_is_kept_and_a_gap_goes_back() {
        assert_eq!(next(BatchVerdict::Accepted, 6, 1, Some(1)), Next::Keep(receipt(6, 1)));
        // Sent before, its answer lost: head office is further than the batch.
        assert_eq!(next(BatchVerdict::Accepted, 8, 1, Some(1)), Next::Keep(receipt(8, 1)));
        assert_eq!(next(BatchVerdict::Gap, 2, 1, Some(1)), Next::Keep(receipt(2, 1)));
    }

    #[test]
    fn a_split_chain_begins_a_new_epoch_after_what_is_certainly_held() {
        assert_eq!(next(BatchVerdict::Fork, 9, 1, Some(2)), Next::NewEpoch { carried_after: 3 });
        assert_eq!(next(BatchVerdict::Accepted, 12, 1, None), Next::NewEpoch { carried_after: 6 });
        assert_eq!(next(BatchVerdict::Accepted, 8, 1, Some(2)), Next::NewEpoch { carried_after: 6 });
    }

    #[test]
    fn a_head_office_that_lost_entries_is_told_them_again() {
        assert_eq!(next(BatchVerdict::Fork, 2, 1, Some(1)), Next::NewEpoch { carried_after: 2 });
        assert_eq!(next(BatchVerdict::Fork, 2, 1, Some(2)), Next::NewEpoch { carried_after: 0 });
        assert_eq!(next(BatchVerdict::Gap, 2, 1, Some(2)), Next::NewEpoch { carried_after: 0 });
    }

    #[test]
    fn an_answer_that_makes_no_sense_is_asked_for_again_with_patience() {
        for next in [
            next(BatchVerdict::Accepted, 5, 1, Some(1)),
            next(BatchVerdict::Gap, 3, 1, Some(1)),
            next(BatchVerdict::Gap, 7, 1, Some(1)),
        ] {
            assert!(matches!(next, Next::Retry { .. }), "{next:?}");
        }
        let elsewhere = JournalReceipt { epoch: Uuid::from_u128(8), ..receipt(6, 1) };
        let answer = JournalAnswer { verdict: BatchVerdict::Fork, receipt: elsewhere };
        let known = Known { epoch: EPOCH, last_seq: 9, acknowledged: 3, sent_from: 4, sent_to: 6, own_head: None };
        assert!(matches!(after(Heard::Answer(answer), &known), Next::Retry { .. }));
    }

    #[test]
    fn waits_double_up_to_the_bound_and_honour_retry_after() {
        let pace = Pace::default();
        let longest = |failures| wait_ms(&pace, failures, None, 1_000_000);
        assert_eq!([1, 2, 3, 6, 7, 1000].map(longest), [1_000, 2_000, 4_000, 32_000, 60_000, 60_000]);
        assert_eq!(wait_ms(&pace, 7, None, 0), 0);
        assert_eq!(wait_ms(&pace, 7, None, 500_000), 30_000);
        assert_eq!(wait_ms(&pace, 1, Some(5), 0), 5_000);
        assert_eq!(wait_ms(&pace, 1, Some(3_600), 0), 60_000);
    }
}
