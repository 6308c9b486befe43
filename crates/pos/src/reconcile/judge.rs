//! What was sent against what FLARO has. Pure.
//!
//! Only what was delivered has to be there. What is still under way may be there already (its answer was lost), and
//! is no difference if it is.

use std::collections::BTreeMap;

use jiff::civil::Date;
use protocol::control::{ControlledSettlement, Difference, SettlementControl, compare, day};
use protocol::hash::Sha256;
use sales::{Overflow, SettlementId, StoreId};
use serde::{Deserialize, Serialize};

/// A revision that was queued.
#[derive(Clone, Copy, Debug)]
pub struct Sent {
    /// Which.
    pub settlement_id: SettlementId,
    /// At which revision.
    pub revision: u32,
    /// Its figures.
    pub control: SettlementControl,
    /// FLARO has answered for it.
    pub delivered: bool,
}

/// How a day compares.
#[derive(Clone, Debug)]
pub struct Judged {
    /// Of what was sent.
    pub digest: Sha256,
    /// Empty: 照合済.
    pub differences: Vec<Found>,
}

/// A difference, as it is stored and shown. `ours` alone: FLARO lacks it; `theirs` alone: nobody sent it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Found {
    /// What was delivered.
    pub ours: Option<ControlledSettlement>,
    /// What FLARO has.
    pub theirs: Option<ControlledSettlement>,
}

/// Compares a store's day.
pub fn judge(store: StoreId, date: Date, sent: &[Sent], theirs: &[ControlledSettlement]) -> Result<Judged, Overflow> {
    let mut ours = BTreeMap::<SettlementId, ControlledSettlement>::new();
    for one in sent.iter().filter(|one| one.delivered) {
        let standing = ours.entry(one.settlement_id).or_insert_with(|| one.controlled());
        if standing.revision < one.revision {
            *standing = one.controlled();
        }
    }
    for one in sent.iter().filter(|one| !one.delivered).map(Sent::controlled) {
        let higher = ours.get(&one.settlement_id).is_none_or(|standing| standing.revision < one.revision);
        if higher && theirs.contains(&one) {
            ours.insert(one.settlement_id, one);
        }
    }
    let ours: Vec<ControlledSettlement> = ours.into_values().collect();
    let differences = compare(&ours, theirs).into_iter().map(Found::from).collect();
    Ok(Judged { digest: day(store, date, ours)?.digest, differences })
}

impl Sent {
    fn controlled(&self) -> ControlledSettlement {
        ControlledSettlement { settlement_id: self.settlement_id, revision: self.revision, control: self.control }
    }
}

impl From<Difference> for Found {
    fn from(difference: Difference) -> Self {
        match difference {
            Difference::Missing(ours) => Self { ours: Some(ours), theirs: None },
            Difference::Unknown(theirs) => Self { ours: None, theirs: Some(theirs) },
            Difference::Differs { ours, theirs } => Self { ours: Some(ours), theirs: Some(theirs) },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;
    use sales::Yen;
    use uuid::Uuid;

    fn sent(n: u128, revision: u32, net: i64, delivered: bool) -> Sent {
        let control = SettlementControl {
            checks: 1,
            guests: 2,
            net: Yen(net),
            tax: Yen(net / 10),
            discounts: Yen(0),
            payments: Yen(net + net / 10),
            facts_sha256: Sha256::of(&net.to_be_bytes()),
        };
        Sent { settlement_id: SettlementId(Uuid::from_u128(n)), revision, control, delivered }
    }

    fn differences(ours: &[Sent], theirs: &[Sent]) -> Vec<(bool, bool)> {
        let theirs: Vec<_> = theirs.iter().map(Sent::controlled).collect();
        let judged = judge(StoreId(Uuid::nil()), date(2026, 11, 22), ours, &theirs).unwrap();
        judged.differences.iter().map(|found| (found.ours.is_some(), found.theirs.is_some())).collect()
    }

    #[test]
    fn the_highest_delivered_revision_has_to_be_there() {
        let ours = [sent(1, 1, 1_000, true), sent(1, 2, 900, true), sent(2, 1, 500, true)];
        assert_eq!(differences(&ours, &[sent(1, 2, 900, true), sent(2, 1, 500, true)]), []);
        assert_eq!(differences(&ours, &[sent(1, 2, 900, true)]), [(true, false)]);
        assert_eq!(differences(&ours, &[sent(1, 1, 1_000, true), sent(2, 1, 500, true)]), [(true, true)]);
        assert_eq!(differences(&ours, &[sent(1, 2, 901, true), sent(2, 1, 500, true)]), [(true, true)]);
    }

    #[test]
    fn what_is_under_way_may_be_there_or_not() {
        let ours = [sent(1, 1, 1_000, true), sent(1, 2, 900, false), sent(3, 1, 300, false)];
        assert_eq!(differences(&ours, &[sent(1, 1, 1_000, true)]), []);
        assert_eq!(differences(&ours, &[sent(1, 2, 900, true), sent(3, 1, 300, true)]), []);
        assert_eq!(differences(&ours, &[sent(1, 1, 1_000, true), sent(9, 1, 1, true)]), [(false, true)]);
    }
}
