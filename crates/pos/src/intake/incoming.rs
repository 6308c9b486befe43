//! A settlement that comes in, with all that follows from it: computed once, before anything is stored.

use protocol::control::SettlementControl;
use protocol::event::Frame;
use protocol::facts::canonical;
use protocol::hash::Sha256;
use sales::{Overflow, Settlement, SettlementTotals, Yen, datasets};

use crate::PosError;

/// A settlement with its facts as they are stored and what it comes to.
#[derive(Clone, Debug)]
pub struct Incoming {
    /// The facts.
    pub settlement: Settlement,
    /// The facts as they are stored.
    pub(super) frame: Frame,
    /// What it comes to; none when a figure left 64 bits.
    figures: Option<(SettlementTotals, SettlementControl)>,
}

impl Incoming {
    /// Computes all of it.
    pub fn new(settlement: Settlement) -> Result<Self, PosError> {
        let frame = Frame::pack(&canonical(&settlement))?;
        let figures = figures(&settlement).ok();
        Ok(Self { settlement, frame, figures })
    }

    /// The hash of the facts: what decides sameness.
    pub fn facts_sha256(&self) -> Sha256 {
        self.frame.body_sha256
    }

    /// Its control totals; none when a figure left 64 bits.
    pub fn control(&self) -> Option<SettlementControl> {
        self.figures.as_ref().map(|(_, control)| *control)
    }

    /// Its control totals as they are stored: zeros when there are none.
    pub(super) fn stored_control(&self) -> SettlementControl {
        let (zero, facts_sha256) = (Yen::ZERO, self.facts_sha256());
        self.control().unwrap_or(SettlementControl {
            checks: 0,
            guests: 0,
            net: zero,
            tax: zero,
            discounts: zero,
            payments: zero,
            facts_sha256,
        })
    }

    /// 赤伝票の数 and 税込.
    pub(super) fn voids_and_total(&self) -> (i64, i64) {
        self.figures.as_ref().map_or((0, 0), |(totals, _)| (totals.voids, totals.total.0))
    }
}

fn figures(settlement: &Settlement) -> Result<(SettlementTotals, SettlementControl), Overflow> {
    let totals = datasets(settlement)?.settlement;
    let control = SettlementControl::new(settlement, &totals)?;
    Ok((totals, control))
}
