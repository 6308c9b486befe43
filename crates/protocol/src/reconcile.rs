//! 照合, pos's side: what was sent against what FLARO has. Pure.
//!
//! Only what was delivered has to be there. What is still under way may be there already (its answer was lost), and
//! is no difference if it is.

use std::collections::BTreeMap;

use crate::control::{ControlledSettlement, Difference, SettlementControl, compare, day};
use crate::hash::Sha256;
use jiff::civil::Date;
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
    /// As control totals list it.
    pub fn controlled(&self) -> ControlledSettlement {
        ControlledSettlement { settlement_id: self.settlement_id, revision: self.revision, control: self.control }
    }
}

impl Found {
    /// What FLARO answered for and does not have any more: it was restored from a backup, and the stored bytes go again.
    /// Where FLARO has more than was delivered, or something else, a person looks.
    pub fn lost(&self) -> Option<ControlledSettlement> {
        self.ours.filter(|ours| self.theirs.is_none_or(|theirs| theirs.revision < ours.revision))
    }

    /// What FLARO has and nobody here remembers sending: the sender was restored from a backup.
    pub fn forgotten(&self) -> Option<ControlledSettlement> {
        self.theirs.filter(|_| self.ours.is_none())
    }
}

/// Days asked for in one question, at most.
const DAYS_ASKED_MAX: u64 = 31;
/// Tills' days in one answer: what is read of an answer is bounded, and a chain of ten thousand shops is long.
const SETTLEMENTS_ASKED_MAX: u64 = 10_000;

/// How many days of a company with so many tills are asked for at a time.
pub fn days_at_once(tills: u64) -> i32 {
    let days = (SETTLEMENTS_ASKED_MAX / tills.max(1)).clamp(1, DAYS_ASKED_MAX);
    i32::try_from(days).unwrap_or(1)
}

/// Whether an answer to the question for control totals says that FLARO does not know the linkage any more: it was
/// restored to before 連携開始. A delivery would be told the same; nobody waits for one to hear it.
pub fn linkage_is_unknown(status: u16) -> bool {
    matches!(status, 404 | 410)
}

/// Whether the revision that stands here goes after what FLARO has and nobody here remembers sending. It was sent, so
/// what corrects it must follow; the same again makes it known here. Anything else is for a person.
pub fn follows(theirs: &ControlledSettlement, revision: u32, facts: Sha256) -> bool {
    theirs.revision < revision || (theirs.revision == revision && theirs.control.facts_sha256 == facts)
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

    #[test]
    fn a_long_chain_is_asked_for_a_day_at_a_time() {
        assert_eq!([0, 1, 300, 322, 323, 5_000].map(days_at_once), [31, 31, 31, 31, 30, 2]);
        assert_eq!([10_000, 10_001, u64::MAX].map(days_at_once), [1, 1, 1]);
    }
}
