//! The journal over a bad network: whatever is lost, doubled or late, the receiver ends with what the till wrote.

use crate::{
    journal::{EPOCH, Receiver, sent, state_after, texts, written},
    kit::cases,
};
use proptest::{collection::vec, prelude::*};
use protocol::journal::{Batch, BatchVerdict, EpochState, Written, read};
use serde_json::value::RawValue;

/// What the network does with one batch.
#[derive(Clone, Debug)]
enum Fate {
    Lost,
    Delivered,
    Doubled,
    /// Arrives after this many other batches.
    Late(usize),
    /// Delivered, but its answer is lost: the till knows nothing of it.
    Unanswered,
}

fn fate() -> impl Strategy<Value = Fate> {
    prop_oneof![
        1 => Just(Fate::Lost),
        3 => Just(Fate::Delivered),
        1 => Just(Fate::Doubled),
        1 => (1..4_usize).prop_map(Fate::Late),
        1 => Just(Fate::Unanswered),
    ]
}

proptest! {
    #![proptest_config(cases(500))]

    #[test]
    fn whatever_the_network_does_the_receiver_ends_with_what_the_till_wrote(
        length in 1..40_usize, steps in vec((fate(), 1..8_usize, 0..40_usize), 0..60),
    ) {
        let entries = written(EpochState::NEW, EPOCH, (1..).take(length));
        let mut receiver = Receiver::new();
        let mut in_flight: Vec<(usize, Batch)> = Vec::new();
        let mut confirmed = 0_usize;
        let always = (0..length).map(|_| (Fate::Delivered, 8, usize::MAX));
        for (fate, size, restored) in steps.into_iter().chain(always) {
            // Now and then a till forgets its receipts and starts over from an older one.
            let from = confirmed.min(restored).min(length - 1);
            let batch = || sent(texts(&entries[from..(from + size).min(length)]));
            let answered = match fate {
                Fate::Lost => false,
                Fate::Late(after) => { in_flight.push((after, batch())); false }
                Fate::Unanswered => { receiver.receive(&batch()).unwrap(); false }
                Fate::Delivered => { receiver.receive(&batch()).unwrap(); true }
                Fate::Doubled => { receiver.receive(&batch()).unwrap(); receiver.receive(&batch()).unwrap(); true }
            };
            for (after, late) in &mut in_flight {
                *after -= 1;
                if *after == 0 {
                    prop_assert_ne!(receiver.receive(late).unwrap(), BatchVerdict::Fork);
                }
            }
            in_flight.retain(|(after, _)| *after > 0);
            if answered {
                confirmed = usize::try_from(receiver.state.contiguous_seq).unwrap();
            }
            prop_assert!(receiver.held.iter().zip(&entries).all(|((_, held), wrote)| *held == wrote.hash));
        }
        prop_assert_eq!(receiver.state, state_after(&entries));
    }

    #[test]
    fn two_copies_of_one_till_are_never_mixed(
        split in 0..8_usize, batches in vec((any::<bool>(), 0..12_usize, 1..6_usize), 1..40),
    ) {
        let original = written(EpochState::NEW, EPOCH, 1..=12);
        let mut copy = original[..split].to_vec();
        copy.extend(written(state_after(&copy), EPOCH, 100..112));
        let mut receiver = Receiver::new();
        for (of_copy, from, size) in batches {
            let till = if of_copy { &copy } else { &original };
            let batch = &till[from..(from + size).min(till.len())];
            let verdict = receiver.receive(&sent(texts(batch))).unwrap();
            let is_prefix = |till: &[Written]| receiver.held.values().zip(till).all(|(held, wrote)| *held == wrote.hash);
            prop_assert!(is_prefix(&original) || is_prefix(&copy), "entries of both copies in one chain");
            let held = batch.iter().all(|entry| receiver.held.get(&entry.seq) == Some(&entry.hash));
            prop_assert!(verdict != BatchVerdict::Accepted || held, "accepted what is not its chain");
        }
    }

    #[test]
    fn an_entry_changed_by_one_byte_never_joins_its_chain(place in any::<prop::sample::Index>(), flip in 1..128_u8, of in 0..4_usize) {
        let entries = written(EpochState::NEW, EPOCH, 1..=5);
        let mut bytes = entries[of].text.clone().into_bytes();
        let i = place.index(bytes.len());
        bytes[i] ^= flip;
        let Ok(changed) = String::from_utf8(bytes) else { return Ok(()) };
        let Ok(raw) = RawValue::from_string(changed) else { return Ok(()) };
        prop_assume!(raw.get().len() == entries[of].text.len());
        let mut batch = sent(texts(&entries));
        batch.entries[of] = raw;
        prop_assert!(read(batch).is_err());
    }
}
