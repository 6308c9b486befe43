//! Intake: what a till sold becomes a settlement that stands, with its outbox row, in one transaction.

use protocol::control::SettlementControl;
use protocol::hash::Sha256;
use sales::{RegisterId, Settlement, StoreId};

/// A settlement at one revision as it was accepted.
#[derive(Clone, Debug)]
pub struct AcceptedSettlement {
    /// The facts, whole.
    pub settlement: Settlement,
    /// 店舗
    pub store_id: StoreId,
    /// レジ
    pub register_id: RegisterId,
    /// The hash of the facts: what decides sameness.
    pub facts_sha256: Sha256,
    /// Its control totals.
    pub control: SettlementControl,
}
