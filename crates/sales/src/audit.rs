//! Whether facts hold: every figure a check or settlement states is computed again from what it follows from.
//! A difference is a [`Violation`] that names the rule and the two numbers.

use crate::{
    check::{Check, Line, LineKind, PaymentKind},
    datasets::datasets,
    money::{Overflow, Yen, share},
    pricing::{discountable, percent_of, taxed},
    settlement::{Settlement, SettlementState, expected_cash},
    tax::TaxClass,
};
use std::{collections::HashMap, fmt};

/// The rules facts are held against.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Invariant {
    /// A line's numbering, quantity, price or discount has the wrong sign or order.
    LineSign,
    /// A 割引 is not its percentage, rounded down, or a discount exceeds its base.
    DiscountAmount,
    /// The check's discounts are not shared by largest remainder.
    DiscountShare,
    /// A line's net, tax or total is not what its rate's tax shares out.
    LineAmounts,
    /// Tax is not rounded once per rate by the store's rule.
    RateTax,
    /// The check's total is not Σ its lines.
    CheckTotal,
    /// Σ payments applied is not the check's total.
    PaymentsSum,
    /// applied ≠ tendered − change − surplus, or change off something other than cash.
    PaymentChange,
    /// A check of another 営業日 in a settlement.
    BusinessDate,
    /// One id twice.
    DuplicateCheck,
    /// A reversal that does not mirror its original, or a second one of the same.
    ReversalMirror,
    /// Float + Σ cash + in − out.
    ExpectedCash,
    /// Σ 金種.
    CountedCash,
    /// counted − expected.
    OverShort,
    /// counted (or expected) − 銀行預入.
    CarryOver,
    /// A cancelled settlement that is not empty, a revision that does not say what it supersedes, …
    Revision,
    /// Out of range.
    Overflow,
}

impl Invariant {
    /// A stable name, as errors and the contract use it.
    pub fn name(self) -> &'static str {
        match self {
            Self::LineSign => "line.sign",
            Self::DiscountAmount => "discount.amount",
            Self::DiscountShare => "discount.share",
            Self::LineAmounts => "line.amounts",
            Self::RateTax => "rate.tax",
            Self::CheckTotal => "check.total",
            Self::PaymentsSum => "payments.sum",
            Self::PaymentChange => "payments.change",
            Self::BusinessDate => "check.business_date",
            Self::DuplicateCheck => "check.duplicate",
            Self::ReversalMirror => "reversal.mirror",
            Self::ExpectedCash => "cash.expected",
            Self::CountedCash => "cash.counted",
            Self::OverShort => "cash.over_short",
            Self::CarryOver => "cash.carry_over",
            Self::Revision => "settlement.revision",
            Self::Overflow => "overflow",
        }
    }
}

/// One broken rule: where, and the two numbers that disagree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The rule.
    pub invariant: Invariant,
    /// The check, line or drawer it was found in.
    pub place: String,
    /// What the facts say.
    pub stated: i64,
    /// What follows from the rest of the facts.
    pub computed: i64,
}

impl fmt::Display for Violation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { invariant, place, stated, computed } = self;
        write!(f, "{} at {place}: stated {stated}, computed {computed}", invariant.name())
    }
}

/// Everything wrong with one check by itself. A reversal is held to the rules of the sale it mirrors.
pub fn audit_check(check: &Check) -> Vec<Violation> {
    let mut audit = Audit::of(Subject::Check(check));
    let held = match check.reverses {
        Some(_) => check.mirrored().and_then(|plain| audit.check(&plain)),
        None => audit.check(check),
    };
    if held.is_err() {
        audit.found(Invariant::Overflow, format_args!(""), 0, 0);
    }
    audit.violations
}

/// Everything wrong with a settlement: each check, how they fit together, and the drawer.
pub fn audit_settlement(settlement: &Settlement) -> Vec<Violation> {
    let mut violations = audit_parts(settlement);
    // What holds can be summed up: costs and checks that each fit may not fit together.
    if violations.is_empty() && datasets(settlement).is_err() {
        let mut audit = Audit::of(Subject::Settlement(settlement));
        audit.found(Invariant::Overflow, format_args!(" datasets"), 0, 0);
        violations.append(&mut audit.violations);
    }
    violations
}

/// The same for whoever computes the datasets anyway, and sees whether they can be.
pub fn audit_parts(settlement: &Settlement) -> Vec<Violation> {
    let mut violations: Vec<Violation> = settlement.checks.iter().flat_map(audit_check).collect();
    let mut audit = Audit::of(Subject::Settlement(settlement));
    audit.revision(settlement);
    audit.together(settlement);
    if audit.cash(settlement).is_err() {
        audit.found(Invariant::Overflow, format_args!(" cash"), 0, 0);
    }
    violations.append(&mut audit.violations);
    violations
}

/// 金種 of yen in circulation.
const FACES: [i64; 10] = [10_000, 5_000, 2_000, 1_000, 500, 100, 50, 10, 5, 1];

/// What is audited, as a violation names it.
#[derive(Clone, Copy)]
enum Subject<'a> {
    Check(&'a Check),
    Settlement(&'a Settlement),
}

impl fmt::Display for Subject<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Check(check) => write!(f, "check {} (slip {})", check.id, check.slip),
            Self::Settlement(settlement) => write!(f, "settlement {}", settlement.id),
        }
    }
}

struct Audit<'a> {
    subject: Subject<'a>,
    violations: Vec<Violation>,
}

impl<'a> Audit<'a> {
    fn of(subject: Subject<'a>) -> Self {
        Self { subject, violations: Vec::new() }
    }

    fn found(&mut self, invariant: Invariant, part: fmt::Arguments<'_>, stated: i64, computed: i64) {
        self.violations.push(Violation { invariant, place: format!("{}{part}", self.subject), stated, computed });
    }

    fn equal(&mut self, invariant: Invariant, part: fmt::Arguments<'_>, stated: Yen, computed: Yen) {
        if stated != computed {
            self.found(invariant, part, stated.0, computed.0);
        }
    }

    fn check(&mut self, check: &Check) -> Result<(), Overflow> {
        if check.lines.is_empty() {
            self.found(Invariant::LineSign, format_args!(" lines"), 0, 1);
        }
        for (line, no) in check.lines.iter().zip(1..) {
            self.line(line, no)?;
        }
        // A broken sign makes everything after it meaningless, and would be shared over.
        if self.violations.is_empty() {
            self.discounts(check)?;
        }
        if self.violations.is_empty() {
            self.taxes(check)?;
        }
        self.payments(check)
    }

    fn line(&mut self, line: &Line, no: u32) -> Result<(), Overflow> {
        let part = format_args!(" line {no}");
        if line.no != no {
            self.found(Invariant::LineSign, part, line.no.into(), no.into());
        }
        if line.quantity < 1 {
            self.found(Invariant::LineSign, part, line.quantity, 1);
        }
        if line.unit_price < Yen::ZERO {
            self.found(Invariant::LineSign, part, line.unit_price.0, 0);
        }
        if line.kind != LineKind::Sale && !line.discounts.is_empty() {
            self.found(Invariant::DiscountAmount, part, 1, 0);
        }
        // No rate sums up what is no sale, so a class it states would go unnoticed.
        if line.kind != LineKind::Sale && line.tax_class != TaxClass::OUT_OF_SCOPE {
            self.found(Invariant::RateTax, part, line.tax_class.percent.into(), 0);
        }
        self.taken_off(&line.discounts, line.gross()?, part)
    }

    fn taken_off(
        &mut self,
        discounts: &[crate::Discount],
        base: Yen,
        part: fmt::Arguments<'_>,
    ) -> Result<(), Overflow> {
        let mut left = base;
        for discount in discounts {
            if let Some(percent) = discount.percent {
                let computed = percent_of(left, percent)?;
                self.equal(Invariant::DiscountAmount, part, discount.amount, computed);
            }
            if discount.amount < Yen::ZERO || discount.amount > left {
                self.found(Invariant::DiscountAmount, part, discount.amount.0, left.0);
            }
            left = left.minus(discount.amount)?;
        }
        Ok(())
    }

    fn discounts(&mut self, check: &Check) -> Result<(), Overflow> {
        let weights = discountable(&check.lines)?;
        let base = Yen::sum(weights.iter().copied())?;
        self.taken_off(&check.discounts, base, format_args!(" discounts"))?;
        if !self.violations.is_empty() {
            return Ok(());
        }
        let shares = share(Yen::sum(check.discounts.iter().map(|d| d.amount))?, &weights)?;
        for (line, computed) in check.lines.iter().zip(shares) {
            self.equal(Invariant::DiscountShare, format_args!(" line {}", line.no), line.check_discount, computed);
        }
        Ok(())
    }

    fn taxes(&mut self, check: &Check) -> Result<(), Overflow> {
        let (amounts, rates) = taxed(&check.lines, check.tax_mode, check.rounding)?;
        if check.rates.len() != rates.len() {
            let (stated, computed) = (check.rates.len(), rates.len());
            self.found(Invariant::RateTax, format_args!(" rates"), as_count(stated), as_count(computed));
        }
        for (stated, computed) in check.rates.iter().zip(&rates) {
            let part = format_args!(" rate {}%", computed.tax_class.percent);
            if stated.tax_class != computed.tax_class {
                self.found(
                    Invariant::RateTax,
                    part,
                    stated.tax_class.percent.into(),
                    computed.tax_class.percent.into(),
                );
            }
            self.equal(Invariant::RateTax, part, stated.tax, computed.tax);
            self.equal(Invariant::RateTax, part, stated.net, computed.net);
            self.equal(Invariant::RateTax, part, stated.total, computed.total);
        }
        for (stated, computed) in check.lines.iter().zip(&amounts) {
            let part = format_args!(" line {}", stated.no);
            self.equal(Invariant::LineAmounts, part, stated.tax, computed.tax);
            self.equal(Invariant::LineAmounts, part, stated.net, computed.net);
            self.equal(Invariant::LineAmounts, part, stated.total, computed.total);
        }
        self.equal(
            Invariant::CheckTotal,
            format_args!(""),
            check.total,
            Yen::sum(amounts.iter().map(|of_line| of_line.total))?,
        );
        Ok(())
    }

    fn payments(&mut self, check: &Check) -> Result<(), Overflow> {
        for (payment, no) in check.payments.iter().zip(1..) {
            let part = format_args!(" payment {no}");
            let applied = payment.tendered.minus(payment.change)?.minus(payment.surplus)?;
            self.equal(Invariant::PaymentChange, part, payment.applied, applied);
            if payment.method.kind != PaymentKind::Cash {
                self.equal(Invariant::PaymentChange, part, payment.change, Yen::ZERO);
            }
            if payment.method.kind != PaymentKind::Voucher {
                self.equal(Invariant::PaymentChange, part, payment.surplus, Yen::ZERO);
            }
            for amount in [payment.applied, payment.change, payment.surplus].into_iter().filter(|a| *a < Yen::ZERO) {
                self.found(Invariant::PaymentChange, part, amount.0, 0);
            }
        }
        let applied = Yen::sum(check.payments.iter().map(|payment| payment.applied))?;
        self.equal(Invariant::PaymentsSum, format_args!(""), applied, check.total);
        Ok(())
    }

    fn revision(&mut self, settlement: &Settlement) {
        let superseded = settlement.supersedes.unwrap_or(0);
        if settlement.revision == 0 || superseded >= settlement.revision || settlement.supersedes == Some(0) {
            self.found(
                Invariant::Revision,
                format_args!(" revision"),
                settlement.revision.into(),
                i64::from(superseded) + 1,
            );
        }
        if settlement.revision > 1 && settlement.supersedes.is_none() {
            self.found(Invariant::Revision, format_args!(" supersedes"), 0, i64::from(settlement.revision) - 1);
        }
        if settlement.state == SettlementState::Cancelled && !settlement.checks.is_empty() {
            self.found(
                Invariant::Revision,
                format_args!(" checks of a cancelled settlement"),
                as_count(settlement.checks.len()),
                0,
            );
        }
    }

    fn together(&mut self, settlement: &Settlement) {
        let mut by_id = HashMap::new();
        let mut reversed = HashMap::new();
        for check in &settlement.checks {
            let part = format_args!(" check {}", check.id);
            if check.business_date != settlement.business_date {
                let (stated, computed) = (as_number(check.business_date), as_number(settlement.business_date));
                self.found(Invariant::BusinessDate, part, stated, computed);
            }
            if by_id.insert(check.id, check).is_some() {
                self.found(Invariant::DuplicateCheck, part, 2, 1);
            }
            if let Some(original) = check.reverses
                && reversed.insert(original, check.id).is_some()
            {
                self.found(Invariant::ReversalMirror, part, 2, 1);
            }
        }
        for check in settlement.checks.iter().filter(|check| check.reverses.is_some()) {
            let Some(original) = check.reverses.and_then(|id| by_id.get(&id)) else { continue };
            let mirror = original.reversal(check.id, check.slip, check.paid_at, None);
            if mirror.map(|mirror| Check { staff: check.staff.clone(), ..mirror }).as_ref() != Ok(check) {
                let computed = original.total.negated().map_or(0, |total| total.0);
                self.found(Invariant::ReversalMirror, format_args!(" check {}", check.id), check.total.0, computed);
            }
        }
    }

    fn cash(&mut self, settlement: &Settlement) -> Result<(), Overflow> {
        let cash = &settlement.cash;
        let expected = expected_cash(cash.opening_float, &cash.movements, &settlement.checks)?;
        self.equal(Invariant::ExpectedCash, format_args!(" cash"), cash.expected, expected);
        for movement in cash.movements.iter().filter(|movement| movement.amount < Yen::ZERO) {
            self.found(Invariant::ExpectedCash, format_args!(" movement {}", movement.id), movement.amount.0, 0);
        }
        let in_drawer = cash.counted.as_ref().map_or(cash.expected, |counted| counted.total);
        if let Some(counted) = cash.counted.as_ref().filter(|counted| !counted.denominations.is_empty()) {
            for d in counted.denominations.iter().filter(|d| !FACES.contains(&d.face.0) || d.count < 0) {
                self.found(Invariant::CountedCash, format_args!(" 金種 {}", d.face), d.count, 0);
            }
            let sum = counted.denominations.iter().try_fold(Yen::ZERO, |sum, d| sum.plus(d.face.times(d.count)?))?;
            self.equal(Invariant::CountedCash, format_args!(" cash"), counted.total, sum);
        }
        match (&cash.counted, cash.over_short) {
            (Some(counted), Some(over)) => {
                self.equal(Invariant::OverShort, format_args!(" cash"), over, counted.total.minus(cash.expected)?);
            }
            (None, None) => {}
            (counted, over) => {
                self.found(
                    Invariant::OverShort,
                    format_args!(" cash"),
                    over.is_some().into(),
                    counted.is_some().into(),
                );
            }
        }
        self.equal(Invariant::CarryOver, format_args!(" cash"), cash.carry_over, in_drawer.minus(cash.bank_deposit)?);
        Ok(())
    }
}

fn as_count(n: usize) -> i64 {
    i64::try_from(n).unwrap_or(i64::MAX)
}

/// 20261122: a date as the number that a message can carry.
fn as_number(date: jiff::civil::Date) -> i64 {
    i64::from(date.year()) * 10_000 + i64::from(date.month()) * 100 + i64::from(date.day())
}
