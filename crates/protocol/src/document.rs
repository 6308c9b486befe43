//! `POST /api/v1/settlements`: one whole settlement, for a POS that keeps no journal.
//! Idempotent by (register, settlement id, revision); refused when it breaks an invariant.

use crate::hash::Sha256;
use jiff::Timestamp;
use sales::{RegisterId, Settlement, SettlementId};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The document.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct SettlementDocument {
    /// The till; the bearer token must be its.
    pub register_id: RegisterId,
    /// The facts, whole.
    pub settlement: Settlement,
}

/// What the receiver holds for certain.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SettlementReceipt {
    /// Which.
    pub settlement_id: SettlementId,
    /// At which revision.
    pub revision: u32,
    /// The hash of the facts as they were understood.
    pub facts_sha256: Sha256,
    /// Whether the same was there before.
    pub repeated: bool,
    /// The receiver's clock.
    pub received_at: Timestamp,
}
