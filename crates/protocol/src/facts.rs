//! `facts_sha256`: the hash that decides whether two settlements are the same thing.
//!
//! It is over the canonical JSON (RFC 8785: keys sorted, no white space) of `sales::Settlement`. Its types
//! declare their fields in alphabetical order, so plain serialisation is canonical already; a test holds that.

use crate::hash::Sha256;
use sales::{Check, Settlement};

/// The canonical bytes of a settlement's facts.
pub fn canonical(settlement: &Settlement) -> Vec<u8> {
    serde_json::to_vec(settlement).expect("facts are plain data with string keys")
}

/// A settlement's checks written down once: facts and event carry them in the same words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrittenChecks(Vec<u8>);

impl WrittenChecks {
    /// Of these checks.
    pub fn of(checks: &[Check]) -> Self {
        Self(serde_json::to_vec(checks).expect("facts are plain data with string keys"))
    }

    /// Puts them into what was written without any. In JSON a text holds no bare quotation mark, so that the place of
    /// an empty list named `checks` can't be inside one.
    pub(crate) fn put_into(&self, written: &[u8]) -> Vec<u8> {
        const PLACE: &[u8] = b"\"checks\":[]";
        let place = written.windows(PLACE.len()).rposition(|part| part == PLACE);
        let at = place.expect("facts and events have a list of checks") + PLACE.len() - "[]".len();
        [&written[..at], &self.0, &written[at + "[]".len()..]].concat()
    }
}

/// The same bytes as [`canonical`], with the checks written already.
pub fn canonical_with(settlement: &Settlement, checks: &WrittenChecks) -> Vec<u8> {
    checks.put_into(&canonical(&without_checks(settlement)))
}

/// A settlement apart from its checks.
pub(crate) fn without_checks(settlement: &Settlement) -> Settlement {
    Settlement {
        business_date: settlement.business_date,
        cash: settlement.cash.clone(),
        checks: Vec::new(),
        closed_at: settlement.closed_at,
        id: settlement.id,
        opened_at: settlement.opened_at,
        reason: settlement.reason.clone(),
        revision: settlement.revision,
        revised_by: settlement.revised_by.clone(),
        state: settlement.state,
        supersedes: settlement.supersedes,
        z_number: settlement.z_number,
    }
}

/// The hash of a settlement's facts, without envelope or own codes.
pub fn facts_sha256(settlement: &Settlement) -> Sha256 {
    Sha256::of(&canonical(settlement))
}
