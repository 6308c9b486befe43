//! Largest remainder, the one way an amount is shared.

use crate::{kit::cases, plain};
use proptest::{collection::vec, prelude::*};
use sales::{Overflow, Yen, share};

fn shared(amount: i64, weights: &[i64]) -> Vec<i64> {
    let weights: Vec<Yen> = weights.iter().copied().map(Yen).collect();
    share(Yen(amount), &weights).unwrap().into_iter().map(|yen| yen.0).collect()
}

#[test]
fn the_largest_remainder_is_served_first_and_ties_go_to_the_first() {
    assert_eq!(shared(100, &[1, 1, 1]), [34, 33, 33]);
    assert_eq!(shared(2, &[1, 1, 1]), [1, 1, 0]);
    assert_eq!(shared(10, &[1, 2, 4]), [1, 3, 6]); // 1.43, 2.86, 5.71
    assert_eq!(shared(1, &[0, 5, 5]), [0, 1, 0]);
    assert_eq!(shared(0, &[0, 0]), [0, 0]);
    assert_eq!(shared(i64::MAX, &[i64::MAX, 1]), [i64::MAX - 1, 1]);
}

#[test]
fn what_cannot_be_shared_is_refused() {
    for (amount, weights) in [(1, vec![]), (1, vec![0, 0]), (-1, vec![1]), (1, vec![2, -1])] {
        let weights: Vec<Yen> = weights.into_iter().map(Yen).collect();
        assert_eq!(share(Yen(amount), &weights), Err(Overflow));
    }
}

proptest! {
    #![proptest_config(cases(2_000))]

    #[test]
    fn shares_are_exact_fair_and_never_exceed_their_weight(
        weights in vec(prop_oneof![0..4_i64, 0..10_000_i64, 0..=i64::MAX], 1..9),
        part in 0..=1_000_i128,
    ) {
        let whole: i128 = weights.iter().map(|w| i128::from(*w)).sum();
        let amount = i64::try_from((whole * part / 1_000).min(i64::MAX.into())).unwrap();
        let shares = shared(amount, &weights);
        let wide: Vec<i128> = weights.iter().map(|w| i128::from(*w)).collect();
        let expected = plain::share(amount.into(), &wide);
        prop_assert_eq!(shares.iter().map(|s| i128::from(*s)).collect::<Vec<_>>(), expected);
        prop_assert_eq!(shares.iter().map(|s| i128::from(*s)).sum::<i128>(), i128::from(amount));
        prop_assert!(shares.iter().zip(&weights).all(|(share, weight)| 0 <= *share && share <= weight));
    }
}
