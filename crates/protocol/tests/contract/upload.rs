//! What the till does with an answer of head office.

use jiff::Timestamp;
use protocol::{
    hash::Sha256,
    journal::{BatchVerdict, JournalAnswer, JournalReceipt},
    upload::{Heard, Known, Next, Pace, after, next_from, wait_ms},
};
use uuid::Uuid;

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
    assert_eq!(next(BatchVerdict::Accepted, 9, 1, Some(1)), Next::Keep(receipt(9, 1)), "all there is");
    assert_eq!(next(BatchVerdict::Gap, 2, 1, Some(1)), Next::Keep(receipt(2, 1)));
}

#[test]
fn a_split_chain_begins_a_new_epoch_after_what_is_certainly_held() {
    assert_eq!(next(BatchVerdict::Fork, 9, 1, Some(2)), Next::NewEpoch { carried_after: 3 });
    assert_eq!(next(BatchVerdict::Accepted, 12, 1, None), Next::NewEpoch { carried_after: 6 });
    assert_eq!(next(BatchVerdict::Accepted, 8, 1, Some(2)), Next::NewEpoch { carried_after: 6 });
}

#[test]
fn a_new_epoch_is_never_empty() {
    // A restored till that sold nothing since tells its last entry, and head office knows what came after it.
    let answer = JournalAnswer { verdict: BatchVerdict::Accepted, receipt: receipt(12, 1) };
    let known = Known { epoch: EPOCH, last_seq: 9, acknowledged: 9, sent_from: 9, sent_to: 9, own_head: None };
    assert_eq!(after(Heard::Answer(answer), &known), Next::NewEpoch { carried_after: 8 });
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

#[test]
fn what_waits_goes_from_the_receipt_on_and_a_new_start_tells_the_last_entry_again() {
    assert_eq!(next_from(0, 0, false), None);
    assert_eq!(next_from(3, 0, true), Some(1));
    assert_eq!(next_from(9, 4, false), Some(5));
    assert_eq!((next_from(9, 9, false), next_from(9, 9, true)), (Some(9), None));
}
