//! The watermark says what a plain set of everything seen would say, in bounded memory.

use crate::kit::cases;
use proptest::{collection::vec, prelude::*};
use protocol::inbox::{MISSING_MAX, Watermark};
use std::collections::BTreeSet;

fn noted(sequences: impl IntoIterator<Item = u64>) -> Watermark {
    let mut watermark = Watermark::default();
    sequences.into_iter().for_each(|sequence| watermark.note(sequence));
    watermark
}

#[test]
fn a_gap_is_missing_until_it_is_filled() {
    let watermark = noted([1, 2, 5, 4]);
    assert_eq!((watermark.highest, watermark.missing.clone()), (5, BTreeSet::from([3])));
    assert_eq!(noted([1, 2, 5, 4, 3]).missing, BTreeSet::new());
}

#[test]
fn a_leap_to_the_end_of_64_bits_neither_hangs_nor_fills_memory() {
    let watermark = noted([3, u64::MAX, u64::MAX, 1]);
    assert_eq!((watermark.highest, watermark.missing.len()), (u64::MAX, MISSING_MAX - 1));
}

proptest! {
    #![proptest_config(cases(1_000))]

    #[test]
    fn it_agrees_with_a_set(sequences in vec(1..60_u64, 0..80)) {
        let watermark = noted(sequences.iter().copied());
        let seen: BTreeSet<u64> = sequences.iter().copied().collect();
        let highest = seen.iter().max().copied().unwrap_or(0);
        prop_assert_eq!(watermark.highest, highest);
        prop_assert_eq!(watermark.missing, (1..highest).filter(|n| !seen.contains(n)).collect::<BTreeSet<_>>());
    }
}
