//! Control totals: the proof that what the tills sold is what the back office shows.
//!
//! Per settlement a handful of figures and its `facts_sha256`; per store and business date their sums and a
//! digest over `(settlement id, revision, facts_sha256)`. Both ends compute them alike and compare.

use crate::{facts::facts_sha256, hash::Sha256};
use jiff::civil::Date;
use sales::{Overflow, Settlement, SettlementId, StoreId, Yen, datasets};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// The control totals of one settlement at one revision.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct SettlementControl {
    /// 会計数
    pub checks: i64,
    /// 人数
    pub guests: i64,
    /// 税抜
    pub net: Yen,
    /// 消費税
    pub tax: Yen,
    /// Σ discounts
    pub discounts: Yen,
    /// Σ payments applied
    pub payments: Yen,
    /// The facts it stands for.
    pub facts_sha256: Sha256,
}

impl SettlementControl {
    /// Computes them from the facts and their totals (dataset 1).
    pub fn new(settlement: &Settlement, totals: &sales::SettlementTotals) -> Result<Self, Overflow> {
        Self::hashed(settlement, totals, facts_sha256(settlement))
    }

    /// The same where the facts are hashed already: a large settlement takes long to write down.
    pub fn hashed(
        settlement: &Settlement,
        totals: &sales::SettlementTotals,
        facts_sha256: Sha256,
    ) -> Result<Self, Overflow> {
        let payments = settlement.checks.iter().flat_map(|check| &check.payments).map(|payment| payment.applied);
        Ok(Self {
            checks: totals.checks,
            guests: totals.guests.total()?,
            net: totals.net,
            tax: totals.tax,
            discounts: totals.discounts,
            payments: Yen::sum(payments)?,
            facts_sha256,
        })
    }

    /// The same from the facts alone.
    pub fn of(settlement: &Settlement) -> Result<Self, Overflow> {
        Self::new(settlement, &datasets(settlement)?.settlement)
    }
}

/// One settlement of a day, as control totals list it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ControlledSettlement {
    /// Which.
    pub settlement_id: SettlementId,
    /// Its highest revision.
    pub revision: u32,
    /// Its figures.
    pub control: SettlementControl,
}

/// The control totals of one store and business date.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DayControl {
    /// The POS's store.
    pub store_id: StoreId,
    /// 営業日
    pub business_date: Date,
    /// Σ over its settlements.
    pub sums: DaySums,
    /// Over the sorted `(settlement id, revision, facts_sha256)`.
    pub digest: Sha256,
    /// The settlements, sorted by id.
    pub settlements: Vec<ControlledSettlement>,
}

/// Σ over the settlements of a day.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct DaySums {
    /// How many settlements.
    pub settlements: i64,
    /// 会計数
    pub checks: i64,
    /// 人数
    pub guests: i64,
    /// 税抜
    pub net: Yen,
    /// 消費税
    pub tax: Yen,
    /// Σ discounts
    pub discounts: Yen,
    /// Σ payments
    pub payments: Yen,
}

/// The answer to `GET …/control-totals?from&to`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub struct ControlTotals {
    /// Days with at least one settlement, by store and date.
    pub days: Vec<DayControl>,
}

/// Sums up a day from its settlements' highest revisions, in any order.
pub fn day(
    store_id: StoreId,
    business_date: Date,
    mut settlements: Vec<ControlledSettlement>,
) -> Result<DayControl, Overflow> {
    settlements.sort_by_key(|s| s.settlement_id);
    let mut sums = DaySums::default();
    let mut listed: Vec<String> = Vec::new();
    for s in &settlements {
        let ControlledSettlement { settlement_id, revision, control } = s;
        let add = |a: i64, b: i64| a.checked_add(b).ok_or(Overflow);
        sums.settlements = add(sums.settlements, 1)?;
        sums.checks = add(sums.checks, control.checks)?;
        sums.guests = add(sums.guests, control.guests)?;
        sums.net = sums.net.plus(control.net)?;
        sums.tax = sums.tax.plus(control.tax)?;
        sums.discounts = sums.discounts.plus(control.discounts)?;
        sums.payments = sums.payments.plus(control.payments)?;
        listed.extend([settlement_id.to_string(), revision.to_string(), control.facts_sha256.to_string()]);
    }
    Ok(DayControl { store_id, business_date, sums, digest: Sha256::of(listed.join("\n").as_bytes()), settlements })
}

/// How one settlement of a day differs between sender and receiver.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Difference {
    /// Sent, and the receiver does not have it.
    Missing(ControlledSettlement),
    /// The receiver has one that was never sent.
    Unknown(ControlledSettlement),
    /// Both have it, with another revision or other facts.
    Differs {
        /// What was sent.
        ours: ControlledSettlement,
        /// What the receiver has.
        theirs: ControlledSettlement,
    },
}

/// Compares a day's settlements down to each one. Empty: 照合済.
pub fn compare(ours: &[ControlledSettlement], theirs: &[ControlledSettlement]) -> Vec<Difference> {
    let find = |list: &[ControlledSettlement], id| list.iter().find(|s| s.settlement_id == id).copied();
    let mut differences: Vec<Difference> = ours
        .iter()
        .filter_map(|&ours| match find(theirs, ours.settlement_id) {
            None => Some(Difference::Missing(ours)),
            Some(theirs) if theirs != ours => Some(Difference::Differs { ours, theirs }),
            Some(_) => None,
        })
        .collect();
    let unknown = theirs.iter().filter(|theirs| find(ours, theirs.settlement_id).is_none());
    differences.extend(unknown.copied().map(Difference::Unknown));
    differences
}
