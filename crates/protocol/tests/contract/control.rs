//! Control totals: the same from facts in any order, and a difference found down to the settlement.

use crate::kit::{any_settlement, cases};
use proptest::{collection::vec, prelude::*};
use protocol::control::{ControlledSettlement, Difference, SettlementControl, compare, day};
use sales::{Overflow, Settlement, SettlementId, StoreId, Yen};
use std::collections::BTreeSet;
use uuid::Uuid;

const STORE: StoreId = StoreId(Uuid::nil());
const DATE: jiff::civil::Date = jiff::civil::date(2026, 4, 3);

fn listed(settlement: &Settlement) -> ControlledSettlement {
    ControlledSettlement {
        settlement_id: settlement.id,
        revision: settlement.revision,
        control: SettlementControl::of(settlement).unwrap(),
    }
}

/// A day of several tills, one settlement each.
fn tills() -> impl Strategy<Value = Vec<ControlledSettlement>> {
    vec(any_settlement(), 0..5).prop_map(|settlements| {
        let id = |n| SettlementId(Uuid::from_u128(n));
        settlements.iter().zip(1..).map(|(s, n)| listed(&Settlement { id: id(n), ..s.clone() })).collect()
    })
}

#[test]
fn sums_that_do_not_fit_are_an_error() {
    let mut one = listed(&simulator::settlement(1, 1));
    one.control.net = Yen(i64::MAX);
    assert_eq!(day(STORE, DATE, vec![one, one]), Err(Overflow));
}

proptest! {
    #![proptest_config(cases(150))]

    #[test]
    fn the_figures_are_those_of_the_checks(settlement in any_settlement()) {
        let control = SettlementControl::of(&settlement).unwrap();
        let sum = |figure: fn(&sales::Check) -> i64| settlement.checks.iter().map(figure).sum::<i64>();
        prop_assert_eq!(control.net.0, sum(|c| c.rates.iter().map(|r| r.net.0).sum()));
        prop_assert_eq!(control.tax.0, sum(|c| c.rates.iter().map(|r| r.tax.0).sum()));
        prop_assert_eq!(control.payments.0, sum(|c| c.payments.iter().map(|p| p.applied.0).sum()));
        prop_assert_eq!(control.payments.0, sum(|c| c.total.0));
        prop_assert_eq!(control.guests, sum(|c| c.guests.female + c.guests.male + c.guests.unknown));
        prop_assert_eq!(control.checks, sum(|c| if c.reverses.is_some() { -1 } else { 1 }));
        let off = sum(|c| c.lines.iter().flat_map(|l| &l.discounts).chain(&c.discounts).map(|d| d.amount.0).sum());
        prop_assert_eq!(control.discounts.0, off);
    }

    #[test]
    fn a_day_is_the_same_in_whatever_order_its_tills_come(tills in tills().prop_flat_map(|t| (Just(t.clone()), Just(t).prop_shuffle()))) {
        let (ordered, shuffled) = tills;
        let one = day(STORE, DATE, ordered.clone()).unwrap();
        prop_assert_eq!(&one, &day(STORE, DATE, shuffled).unwrap());
        let net: i64 = ordered.iter().map(|s| s.control.net.0).sum();
        prop_assert_eq!((one.sums.settlements, one.sums.net.0), (i64::try_from(ordered.len()).unwrap(), net));
    }

    #[test]
    fn the_digest_sees_another_settlement_revision_or_fact(tills in tills()) {
        prop_assume!(!tills.is_empty());
        let digest = |tills: &[ControlledSettlement]| day(STORE, DATE, tills.to_vec()).unwrap().digest;
        let mut others = vec![tills[1..].to_vec()];
        for i in 0..3 {
            let mut other = tills.clone();
            match i {
                0 => other[0].revision += 1,
                1 => other[0].settlement_id = SettlementId(Uuid::from_u128(99)),
                _ => other[0].control.facts_sha256.0[0] ^= 1,
            }
            others.push(other);
        }
        prop_assert!(others.iter().all(|other| digest(other) != digest(&tills)));
    }

    #[test]
    fn every_difference_is_found_and_nothing_else(tills in tills(), lost in 0..16_u8, extra in 0..16_u8, changed in 0..16_u8) {
        let bit = |mask: u8, i: usize| mask & (1 << i) != 0;
        let pick = |mask: u8| (0..tills.len()).filter(|i| bit(mask, *i)).map(|i| tills[i].settlement_id).collect::<BTreeSet<_>>();
        let (lost, extra, changed) = (pick(lost), pick(extra), pick(changed));
        let ours: Vec<_> = tills.iter().filter(|s| !extra.contains(&s.settlement_id)).copied().collect();
        let mut theirs: Vec<_> = tills.iter().filter(|s| !lost.contains(&s.settlement_id)).copied().collect();
        for s in theirs.iter_mut().filter(|s| changed.contains(&s.settlement_id)) {
            s.control.tax.0 += 1;
        }
        theirs.reverse();
        let mut found = [BTreeSet::new(), BTreeSet::new(), BTreeSet::new()];
        for difference in compare(&ours, &theirs) {
            match difference {
                Difference::Missing(s) => found[0].insert(s.settlement_id),
                Difference::Unknown(s) => found[1].insert(s.settlement_id),
                Difference::Differs { ours, .. } => found[2].insert(ours.settlement_id),
            };
        }
        let both = |id: &&SettlementId| !lost.contains(id) && !extra.contains(id);
        prop_assert_eq!(&found[0], &lost.difference(&extra).copied().collect());
        prop_assert_eq!(&found[1], &extra.difference(&lost).copied().collect());
        prop_assert_eq!(&found[2], &changed.iter().filter(both).copied().collect());
    }
}
