//! The journal: a chain that anybody can verify, and a receiver that ends with exactly what the till wrote,
//! whatever the network loses, doubles or reorders. A copy of a till never passes for the till.

use crate::kit::at;
use protocol::{
    hash::Sha256,
    journal::{Batch, BatchError, BatchVerdict, Body, CashEntry, Entry, EpochState, Received, Written, judge, read},
};
use sales::{CashMovement, MovementId, MovementKind, SettlementId, Yen};
use serde_json::value::RawValue;
use std::collections::BTreeMap;
use uuid::Uuid;

pub const EPOCH: Uuid = Uuid::from_u128(0xe);

fn body(amount: i64) -> Body {
    let movement = CashMovement {
        amount: Yen(amount),
        at: at(0),
        id: MovementId(Uuid::from_u128(1)),
        kind: MovementKind::In,
        reason: "両替".to_owned(),
        staff: "0001".to_owned(),
    };
    Body::Cash(CashEntry { settlement_id: SettlementId(Uuid::nil()), movement })
}

/// Entries that follow `state`, each with an amount of its own.
pub fn written(mut state: EpochState, epoch: Uuid, amounts: impl IntoIterator<Item = i64>) -> Vec<Written> {
    let one = |amount| {
        let (entry, next) = Entry::follow(state, epoch, at(amount), &body(amount));
        state = next;
        entry
    };
    amounts.into_iter().map(one).collect()
}

pub fn state_after(entries: &[Written]) -> EpochState {
    entries.last().map_or(EpochState::NEW, |last| EpochState { contiguous_seq: last.seq, head: last.hash })
}

pub fn sent<T: AsRef<str>>(texts: impl IntoIterator<Item = T>) -> Batch {
    let entry = |text: T| RawValue::from_string(text.as_ref().to_owned()).unwrap();
    Batch { entries: texts.into_iter().map(entry).collect() }
}

pub fn texts(entries: &[Written]) -> impl Iterator<Item = &str> {
    entries.iter().map(|entry| entry.text.as_str())
}

/// A receiver as its shell would be: reads, judges, stores what is new.
pub struct Receiver {
    pub state: EpochState,
    pub held: BTreeMap<u64, Sha256>,
}

impl Receiver {
    pub fn new() -> Self {
        Self { state: EpochState::NEW, held: BTreeMap::new() }
    }

    /// The bytes of a request, as JSON over the wire.
    pub fn receive(&mut self, batch: &Batch) -> Result<BatchVerdict, BatchError> {
        let wire = serde_json::to_vec(batch).unwrap();
        let batch: Vec<Received> = read(serde_json::from_slice(&wire).unwrap())?;
        let (verdict, repeats) = judge(self.state, &batch, |seq| self.held.get(&seq).copied());
        if verdict == BatchVerdict::Accepted {
            for received in &batch[repeats..] {
                assert_eq!(received.entry.seq, self.state.contiguous_seq + 1, "stored in order, without a gap");
                self.held.insert(received.entry.seq, received.hash);
                self.state = EpochState { contiguous_seq: received.entry.seq, head: received.hash };
            }
        }
        Ok(verdict)
    }
}

#[test]
fn a_batch_in_order_is_accepted_and_again_silently() {
    let entries = written(EpochState::NEW, EPOCH, 1..=5);
    let mut receiver = Receiver::new();
    for range in [0..3, 0..3, 1..5, 4..5, 0..5] {
        assert_eq!(receiver.receive(&sent(texts(&entries[range]))).unwrap(), BatchVerdict::Accepted);
    }
    assert_eq!(receiver.state, state_after(&entries));
}

#[test]
fn a_gap_is_told_and_nothing_of_it_is_kept() {
    let entries = written(EpochState::NEW, EPOCH, 1..=5);
    let mut receiver = Receiver::new();
    assert_eq!(receiver.receive(&sent(texts(&entries[1..]))).unwrap(), BatchVerdict::Gap);
    receiver.receive(&sent(texts(&entries[..2]))).unwrap();
    assert_eq!(receiver.receive(&sent(texts(&entries[3..]))).unwrap(), BatchVerdict::Gap);
    assert_eq!(receiver.state.contiguous_seq, 2);
}

#[test]
fn a_copy_that_went_its_own_way_is_a_fork_wherever_it_split() {
    let original = written(EpochState::NEW, EPOCH, 1..=6);
    for split in 0..6 {
        let mut copy = original[..split].to_vec();
        copy.extend(written(state_after(&copy), EPOCH, (100..106).take(8 - split)));
        let mut receiver = Receiver::new();
        receiver.receive(&sent(texts(&original))).unwrap();
        for from in 0..copy.len() {
            let verdict = receiver.receive(&sent(texts(&copy[from..]))).unwrap();
            assert_eq!(verdict, if from > 6 { BatchVerdict::Gap } else { BatchVerdict::Fork }, "{split} {from}");
        }
        assert_eq!(receiver.state, state_after(&original), "a fork changes nothing");
    }
}

#[test]
fn after_a_fork_the_till_goes_on_in_a_new_epoch_from_one() {
    let again = written(EpochState::NEW, Uuid::from_u128(0xf), [100, 101]);
    assert_eq!((again[0].seq, again[1].seq), (1, 2));
    assert_eq!(Receiver::new().receive(&sent(texts(&again))).unwrap(), BatchVerdict::Accepted);
}

#[test]
fn what_is_no_chain_is_refused_by_position() {
    let entries = written(EpochState::NEW, EPOCH, 1..=3);
    let other = written(EpochState::NEW, Uuid::from_u128(0xf), 1..=2);
    let refused = |texts: Vec<&str>| read(sent(texts)).unwrap_err();
    let [a, b, c] = [0, 1, 2].map(|i: usize| entries[i].text.as_str());
    assert!(matches!(refused(vec![]), BatchError::Empty));
    assert!(matches!(refused(vec![a, c]), BatchError::Chain { index: 1, seq: 3, .. }));
    assert!(matches!(refused(vec![b, a]), BatchError::Chain { index: 1, seq: 1, .. }));
    assert!(matches!(refused(vec![a, a]), BatchError::Chain { index: 1, seq: 1, .. }));
    assert!(matches!(refused(vec![a, &other[1].text]), BatchError::Epochs { index: 1 }));
    assert!(matches!(refused(vec![a, "{\"seq\":2}"]), BatchError::Entry { index: 1, .. }));
    assert!(matches!(refused(vec![&a.replace("\"seq\":1", "\"seq\":0")]), BatchError::Chain { index: 0, seq: 0, .. }));
    assert!(matches!(refused(vec![&b.replace("\"seq\":2", "\"seq\":1")]), BatchError::Chain { index: 0, .. }));
    let last = b.replace("\"seq\":2", &format!("\"seq\":{}", u64::MAX));
    assert!(matches!(refused(vec![&last, a]), BatchError::Chain { index: 1, .. }), "the end of 64 bits is no panic");
}

#[test]
fn an_entry_is_hashed_as_its_exact_bytes() {
    let entries = written(EpochState::NEW, EPOCH, 1..=2);
    let spaced = entries[0].text.replace("\"seq\":1", "\"seq\": 1");
    let received = read(sent([&spaced])).unwrap();
    assert_eq!((received[0].bytes.get(), received[0].hash), (spaced.as_str(), Sha256::of(spaced.as_bytes())));
    assert!(read(sent([&spaced, &entries[1].text])).is_err(), "the next entry names other bytes");
}

#[test]
fn every_kind_reads_back_as_it_was_written() {
    let (text, _) = Entry::follow(EpochState::NEW, EPOCH, at(0), &body(5));
    let entry: Entry = serde_json::from_str(&text.text).unwrap();
    assert_eq!((entry.body().unwrap(), entry.kind.as_str()), (body(5), "cash"));
    let unknown: Entry = serde_json::from_str(&text.text.replace("\"cash\"", "\"lottery\"")).unwrap();
    assert!(unknown.body().unwrap_err().to_string().contains("lottery"));
    let misfit: Entry = serde_json::from_str(&text.text.replace("\"cash\"", "\"opened\"")).unwrap();
    assert!(misfit.body().is_err());
}
