//! `facts_sha256`: the hash that decides whether two settlements are the same thing.
//!
//! It is over the canonical JSON (RFC 8785: keys sorted, no white space) of `sales::Settlement`. Its types
//! declare their fields in alphabetical order, so plain serialisation is canonical already; a test holds that.

use crate::hash::Sha256;
use sales::Settlement;

/// The canonical bytes of a settlement's facts.
pub fn canonical(settlement: &Settlement) -> Vec<u8> {
    serde_json::to_vec(settlement).expect("facts are plain data with string keys")
}

/// The hash of a settlement's facts, without envelope or own codes.
pub fn facts_sha256(settlement: &Settlement) -> Sha256 {
    Sha256::of(&canonical(settlement))
}
