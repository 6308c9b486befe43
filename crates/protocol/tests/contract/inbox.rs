//! Order of arrival never matters: the highest revision stands, repeats are silent, conflicts are kept apart.

use crate::kit::cases;
use proptest::{prelude::*, sample::select};
use protocol::{
    control::SettlementControl,
    facts::facts_sha256,
    hash::Sha256,
    inbox::{Known, Verdict, judge},
};
use sales::Settlement;
use std::collections::BTreeMap;

/// A receiver as its shell would be: what it holds of one settlement.
#[derive(Default)]
struct Receiver {
    held: BTreeMap<u32, Settlement>,
    conflicts: Vec<Settlement>,
}

impl Receiver {
    fn receive(&mut self, settlement: &Settlement) -> Verdict {
        let known = self.held.keys().max().map(|highest| Known {
            revision: *highest,
            same_revision: self.held.get(&settlement.revision).map(facts_sha256),
        });
        let verdict = judge(known, settlement.revision, facts_sha256(settlement));
        match verdict {
            Verdict::Stands | Verdict::Late => {
                self.held.insert(settlement.revision, settlement.clone());
            }
            Verdict::Conflict => self.conflicts.push(settlement.clone()),
            Verdict::Repeated => {}
        }
        verdict
    }

    fn standing(&self) -> Option<&Settlement> {
        Settlement::standing(self.held.values())
    }
}

fn revisions(seed: u64) -> Vec<Settlement> {
    let first = simulator::settlement(seed, 4);
    let cancelled = first.cancelled(first.closed_at, "0001", "精算やり直し");
    let mut again = first.clone();
    (again.revision, again.supersedes) = (3, Some(2));
    let corrected = simulator::revise(&again);
    vec![first, cancelled, again, corrected]
}

/// All orders of 0..n.
fn permutations(n: usize) -> Vec<Vec<usize>> {
    if n == 0 {
        return vec![vec![]];
    }
    let insert = |order: Vec<usize>| (0..n).map(move |place| [&order[..place], &[n - 1], &order[place..]].concat());
    permutations(n - 1).into_iter().flat_map(insert).collect()
}

#[test]
fn in_all_24_orders_the_fourth_revision_stands_with_its_totals() {
    let revisions = revisions(7);
    let expected = SettlementControl::of(&revisions[3]).unwrap();
    for order in permutations(4) {
        let mut receiver = Receiver::default();
        let mut highest = 0;
        for i in &order {
            let verdict = receiver.receive(&revisions[*i]);
            let stands = revisions[*i].revision > highest;
            assert_eq!(verdict, if stands { Verdict::Stands } else { Verdict::Late }, "{order:?}");
            highest = highest.max(revisions[*i].revision);
            assert_eq!(receiver.standing().unwrap().revision, highest);
        }
        assert_eq!(SettlementControl::of(receiver.standing().unwrap()), Ok(expected));
    }
}

#[test]
fn the_same_revision_with_other_facts_is_a_conflict_and_changes_nothing() {
    let revisions = revisions(8);
    let mut forged = revisions[2].clone();
    forged.checks.pop();
    for order in [vec![2], vec![0, 2], vec![2, 3], vec![3, 2, 1, 0]] {
        let mut receiver = Receiver::default();
        for i in &order {
            receiver.receive(&revisions[*i]);
        }
        let before = receiver.standing().cloned();
        assert_eq!(receiver.receive(&forged), Verdict::Conflict);
        assert_eq!(receiver.receive(&forged), Verdict::Conflict, "it stays one when it is sent again");
        assert_eq!((receiver.standing().cloned(), receiver.conflicts.len()), (before, 2));
    }
}

#[test]
fn the_first_thing_ever_heard_of_a_settlement_stands_whatever_its_revision() {
    assert_eq!(judge(None, 7, Sha256::ZERO), Verdict::Stands);
    assert_eq!(judge(Some(Known { revision: 7, same_revision: None }), 8, Sha256::ZERO), Verdict::Stands);
    assert_eq!(judge(Some(Known { revision: 7, same_revision: None }), 6, Sha256::ZERO), Verdict::Late);
    let same = judge(Some(Known { revision: 7, same_revision: None }), 7, Sha256::ZERO);
    assert_eq!(same, Verdict::Late, "what stands gives way to a higher revision and to nothing else");
}

proptest! {
    #![proptest_config(cases(100))]

    #[test]
    fn whatever_is_doubled_or_shuffled_totals_are_those_of_the_highest(
        seed in 0..1_000_u64, arrivals in prop::collection::vec(select(vec![0, 1, 2, 3]), 1..20),
    ) {
        let revisions = revisions(seed);
        let mut receiver = Receiver::default();
        let mut seen = std::collections::BTreeSet::new();
        for i in &arrivals {
            let verdict = receiver.receive(&revisions[*i]);
            prop_assert_eq!(verdict == Verdict::Repeated, !seen.insert(*i));
        }
        let highest = &revisions[*arrivals.iter().max().unwrap()];
        prop_assert_eq!(receiver.standing(), Some(highest));
        prop_assert!(receiver.conflicts.is_empty());
    }
}
