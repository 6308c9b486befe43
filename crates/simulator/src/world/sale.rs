//! Small sales: real checks and settlements of the product's own types, with as little on them as they can have.

use jiff::{Timestamp, civil::Date};
use protocol::{control::SettlementControl, facts::facts_sha256};
use sales::{Check, CheckId, Guests, Rounding, Settlement, TaxMode, Yen};

/// A bill of one amount.
pub(super) fn check(id: CheckId, slip: u32, business_date: Date, amount: i64, at: Timestamp) -> Check {
    Check {
        ad_medium: None,
        business_date,
        discounts: Vec::new(),
        guests: Guests { unknown: 1, ..Guests::default() },
        hour: sales::BusinessHour::try_from(12).expect("noon"),
        id,
        lines: Vec::new(),
        opened_at: at,
        paid_at: at,
        payments: Vec::new(),
        rates: Vec::new(),
        reverses: None,
        rounding: Rounding::Down,
        segment: None,
        slip,
        staff: "1".to_owned(),
        table: None,
        tax_mode: TaxMode::Included,
        total: Yen(amount),
    }
}

/// What a settlement comes to, by the totals of its checks.
pub(super) fn control(settlement: &Settlement) -> SettlementControl {
    let total = Yen(yen(settlement));
    let count = i64::try_from(settlement.checks.len()).unwrap_or(i64::MAX);
    SettlementControl {
        checks: count,
        guests: settlement.checks.iter().map(|check| check.guests.unknown).sum(),
        net: total,
        tax: Yen::ZERO,
        discounts: Yen::ZERO,
        payments: total,
        facts_sha256: facts_sha256(settlement),
    }
}

/// Its takings.
pub(super) fn yen(settlement: &Settlement) -> i64 {
    settlement.checks.iter().map(|check| check.total.0).sum()
}
