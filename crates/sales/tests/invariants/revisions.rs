//! Invariant 9: a correction is the next revision of the whole; the highest wins, in whatever order they come.

use crate::{
    days::{any_settlement, reverse},
    kit::cases,
};
use proptest::{prelude::*, sample::subsequence};
use sales::{Invariant, Settlement, SettlementState, audit_settlement, datasets};

fn later() -> jiff::Timestamp {
    "2026-04-04T01:00:00Z".parse().unwrap()
}

/// Closed, cancelled, closed again with one check less, corrected by a void.
fn history(first: &Settlement) -> Vec<Settlement> {
    let cancelled = first.cancelled(later(), "0001", "精算やり直し");
    let fewer: Vec<_> = first.checks.iter().filter(|check| check.reverses.is_none()).take(1).cloned().collect();
    let mut again = first.corrected(fewer.clone(), later(), "0001", "再精算").unwrap();
    (again.revision, again.supersedes) = (3, Some(2));
    let mut voided = fewer;
    if let Some(check) = voided.first().cloned() {
        voided.push(reverse(&check, &[check.clone(), check.clone()], None));
    }
    let corrected = again.corrected(voided, later(), "0002", "会計取消").unwrap();
    vec![first.clone(), cancelled, again, corrected]
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn every_revision_is_valid_and_names_what_it_supersedes(first in any_settlement()) {
        for (revision, n) in history(&first).iter().zip(1..) {
            prop_assert_eq!(audit_settlement(revision), []);
            prop_assert_eq!((revision.id, revision.z_number), (first.id, first.z_number));
            prop_assert_eq!((revision.revision, revision.supersedes.unwrap_or(0)), (n, n - 1));
            prop_assert_eq!(revision.reason.is_some() && revision.revised_by.is_some(), n > 1);
            prop_assert_eq!(revision.closed_at, if n > 1 { later() } else { first.closed_at });
        }
    }

    #[test]
    fn a_cancelled_settlement_is_empty(first in any_settlement()) {
        let cancelled = &history(&first)[1];
        prop_assert_eq!(cancelled.state, SettlementState::Cancelled);
        let data = datasets(cancelled).unwrap();
        prop_assert_eq!((data.settlement.total.0, data.settlement.checks), (0, 0));
        prop_assert!(data.hourly_sales.is_empty() && data.payment_sales.is_empty() && data.product_sales.is_empty());
    }

    #[test]
    fn the_highest_revision_stands_whatever_arrives_when(
        first in any_settlement(),
        arrived in subsequence(vec![0, 1, 2, 3], 1..=4).prop_shuffle(),
    ) {
        let history = history(&first);
        let standing = Settlement::standing(arrived.iter().map(|i| &history[*i])).unwrap();
        prop_assert_eq!(standing, &history[*arrived.iter().max().unwrap()]);
    }

    #[test]
    fn a_revision_that_contradicts_itself_is_found(first in any_settlement()) {
        let [_, cancelled, again, _] = history(&first).try_into().unwrap();
        let mut wrong = vec![
            Settlement { revision: 0, ..first.clone() },
            Settlement { supersedes: Some(1), ..first.clone() },
            Settlement { supersedes: Some(0), ..first.clone() },
            Settlement { supersedes: None, ..again.clone() },
            Settlement { supersedes: Some(3), ..again },
        ];
        if !first.checks.is_empty() {
            wrong.push(Settlement { checks: first.checks.clone(), ..cancelled });
        }
        for settlement in wrong {
            let found = audit_settlement(&settlement);
            prop_assert!(found.iter().any(|violation| violation.invariant == Invariant::Revision), "{found:?}");
        }
    }
}

#[test]
fn a_revision_says_who_made_it_when_and_why() {
    let first = crate::kit::close(vec![], sales::Cash::default());
    let cancelled = first.cancelled(later(), "0001", "精算やり直し");
    let corrected = cancelled.corrected(vec![], later(), "0002", "再精算").unwrap();
    for (revision, by, reason) in [(&cancelled, "0001", "精算やり直し"), (&corrected, "0002", "再精算")] {
        assert_eq!((revision.revised_by.as_deref(), revision.reason.as_deref()), (Some(by), Some(reason)));
        assert_eq!((revision.closed_at, revision.opened_at), (later(), first.opened_at));
    }
}

#[test]
fn nothing_stands_where_nothing_arrived() {
    assert_eq!(Settlement::standing([]), None);
}
