//! What a settlement comes to, computed once for everything that stores or sends it.

use protocol::control::SettlementControl;
use protocol::hash::Sha256;
use sales::{Overflow, Settlement, SettlementTotals, datasets};

use crate::PosError;
use crate::stored::unreadable;

/// What a settlement comes to; without control totals when a figure left 64 bits.
pub struct Figures {
    /// Dataset 1.
    pub totals: Option<SettlementTotals>,
    /// What goes to the linkage.
    pub control: Option<SettlementControl>,
    /// What is stored: zeros when there is none.
    pub stored_control: SettlementControl,
}

impl Figures {
    /// Computes them.
    pub fn of(settlement: &Settlement, facts_sha256: Sha256) -> Self {
        let computed = || -> Result<(SettlementTotals, SettlementControl), Overflow> {
            let totals = datasets(settlement)?.settlement;
            let control = SettlementControl::new(settlement, &totals)?;
            Ok((totals, control))
        };
        let zero = sales::Yen::ZERO;
        let nothing = SettlementControl {
            checks: 0,
            guests: 0,
            net: zero,
            tax: zero,
            discounts: zero,
            payments: zero,
            facts_sha256,
        };
        match computed() {
            Ok((totals, control)) => Self { totals: Some(totals), control: Some(control), stored_control: control },
            Err(Overflow) => Self { totals: None, control: None, stored_control: nothing },
        }
    }

    /// As it is stored.
    pub fn control_json(&self) -> Result<String, PosError> {
        serde_json::to_string(&self.stored_control).map_err(|error| unreadable("control", error))
    }
}
