//! A settlement that comes in, with all that follows from it: computed once, before anything is stored.

use std::sync::Arc;

use protocol::control::SettlementControl;
use protocol::event::Frame;
use protocol::facts::{WrittenChecks, canonical_with};
use protocol::hash::Sha256;
use sales::{Datasets, Overflow, Settlement, Yen, datasets};

use crate::PosError;
use crate::outbox::Prepared;

/// A settlement with its facts as they are stored and what it comes to.
#[derive(Clone, Debug)]
pub struct Incoming {
    /// The facts.
    pub settlement: Arc<Settlement>,
    /// The facts as they are stored.
    pub(super) frame: Frame,
    /// What it comes to; none when a figure left 64 bits.
    figures: Option<Arc<Figures>>,
    /// Its event as it will be, unless something changes before it is queued.
    pub(super) prepared: Option<Prepared>,
}

/// A settlement's facts, written down.
#[derive(Clone, Debug)]
pub struct Written {
    checks: WrittenChecks,
    facts: Vec<u8>,
}

/// What a settlement comes to.
#[derive(Clone, Debug)]
pub struct Figures {
    /// The eight datasets but the checks.
    pub datasets: Datasets,
    /// The control totals.
    pub control: SettlementControl,
    /// The checks as facts and event carry them.
    pub checks: WrittenChecks,
}

impl Written {
    /// Of this settlement.
    pub fn of(settlement: &Settlement) -> Self {
        let checks = WrittenChecks::of(&settlement.checks);
        Self { facts: canonical_with(settlement, &checks), checks }
    }

    /// All of them, canonical.
    pub fn facts(&self) -> &[u8] {
        &self.facts
    }
}

impl Incoming {
    /// Computes all of it.
    pub fn new(settlement: Settlement) -> Result<Self, PosError> {
        let written = Written::of(&settlement);
        Self::written(settlement, written)
    }

    /// The same of facts that are written down already.
    pub fn written(settlement: Settlement, Written { checks, facts }: Written) -> Result<Self, PosError> {
        let frame = Frame::pack(&facts)?;
        let figures = Figures::with_checks(&settlement, checks, frame.body_sha256).ok().map(Arc::new);
        Ok(Self { settlement: Arc::new(settlement), frame, figures, prepared: None })
    }

    /// The same with its event made already.
    #[must_use]
    pub fn with_event(mut self, prepared: Option<Prepared>) -> Self {
        self.prepared = prepared;
        self
    }

    /// What it comes to; none when a figure left 64 bits.
    pub fn figures(&self) -> Option<&Arc<Figures>> {
        self.figures.as_ref()
    }

    /// The hash of the facts: what decides sameness.
    pub fn facts_sha256(&self) -> Sha256 {
        self.frame.body_sha256
    }

    /// Its control totals; none when a figure left 64 bits.
    pub fn control(&self) -> Option<SettlementControl> {
        self.figures.as_ref().map(|figures| figures.control)
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
        let totals = self.figures.as_ref().map(|figures| &figures.datasets.settlement);
        totals.map_or((0, 0), |totals| (totals.voids, totals.total.0))
    }
}

impl Figures {
    /// Of facts whose hash is known.
    pub fn of(settlement: &Settlement, facts_sha256: Sha256) -> Result<Self, Overflow> {
        Self::with_checks(settlement, WrittenChecks::of(&settlement.checks), facts_sha256)
    }

    fn with_checks(settlement: &Settlement, checks: WrittenChecks, facts_sha256: Sha256) -> Result<Self, Overflow> {
        let datasets = datasets(settlement)?;
        let control = SettlementControl::hashed(settlement, &datasets.settlement, facts_sha256)?;
        Ok(Self { datasets, control, checks })
    }
}
