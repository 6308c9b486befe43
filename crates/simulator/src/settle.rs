//! Settlements ready-made: a whole day of a restaurant closed as its till would, and corrections of it.

use crate::{
    day::{After, Visit},
    kind::Kind,
    restaurant::Restaurant,
};
use jiff::{SignedDuration, Timestamp, civil::Date};
use sales::{Check, CheckId, DayRule, PaymentOrder, Settlement, SettlementId, SettlementState, close_check};

/// A complete, valid settlement of exactly `checks` checks (voids among them), by a seed.
/// The seed chooses the kind of restaurant and the date, in 2026.
pub fn settlement(seed: u64, checks: usize) -> Settlement {
    let kind = Kind::ALL[usize::try_from(seed % 3).unwrap_or(0)];
    let restaurant = Restaurant::new(kind, seed);
    let first = jiff::civil::date(2026, 1, 1);
    let date = first.saturating_add(jiff::Span::new().days(i64::try_from(seed % 360).unwrap_or(0)));
    restaurant.settlement_of(date, checks, 1)
}

/// The next revision of a settlement, as a manager corrects one: the last check without a reversal in it is
/// voided; one without any such check only gets a new reason.
pub fn revise(settlement: &Settlement) -> Settlement {
    let at = settlement.closed_at + SignedDuration::from_mins(30);
    let reversed = |check: &Check| settlement.checks.iter().any(|other| other.reverses == Some(check.id));
    let mut checks = settlement.checks.clone();
    let open = checks.iter().rev().find(|check| check.reverses.is_none() && !reversed(check)).cloned();
    if let Some(check) = open {
        let id = CheckId(uuid::Uuid::new_v5(&check.id.0, b"reversal"));
        let slip = checks.iter().map(|check| check.slip).max().unwrap_or(0) + 1;
        checks.push(check.reversal(id, slip, at, None).expect("a simulated check fits 64 bits"));
    }
    settlement.corrected(checks, at, "0001", "会計取消の計上漏れ").expect("a simulated settlement fits 64 bits")
}

/// One thing a till rings up.
enum Step<'a> {
    Pay(&'a Visit, &'a [PaymentOrder]),
    Reverse(&'a Visit),
    PayAgain(&'a Visit, &'a [PaymentOrder]),
    ReverseLate(&'a Visit, &'a Check),
}

impl Restaurant {
    /// The whole business date closed: all visits, what became of them, voids of the day before, the drawer.
    pub fn settlement(&self, date: Date, z_number: u32) -> Settlement {
        let rule = self.day_rule();
        let yesterday = date.yesterday().map(|yesterday| self.day(yesterday, &rule)).unwrap_or_default();
        let checks = self.checks(date, &self.day(date, &rule), &yesterday, &rule);
        self.close(date, checks, &rule, z_number)
    }

    /// A business date of exactly so many checks (voids among them), however many guests usually come.
    pub fn settlement_of(&self, date: Date, checks: usize, z_number: u32) -> Settlement {
        let rule = self.day_rule();
        // Every party makes at least one visit, every visit at least one check.
        let visits = self.visits(date, &rule, checks);
        let mut closed = self.checks(date, &visits, &[], &rule);
        closed.truncate(checks);
        self.close(date, closed, &rule, z_number)
    }

    /// The checks that visits make, in the order they are paid: reversals, re-entries, and reversals of those
    /// of `yesterday` whose money goes out today.
    pub fn checks(&self, date: Date, visits: &[Visit], yesterday: &[Visit], rule: &DayRule) -> Vec<Check> {
        let late: Vec<(&Visit, Check, Timestamp)> = yesterday
            .iter()
            .filter_map(|visit| match visit.then {
                After::VoidedNextDay { at } if rule.business_date(at) == date => {
                    Some((visit, pay(visit, self.check_id(visit, "paid"), 0, &visit.payments, rule), at))
                }
                _ => None,
            })
            .collect();
        let mut steps: Vec<(Timestamp, Step<'_>)> = visits.iter().flat_map(steps).collect();
        steps.extend(late.iter().map(|(visit, check, at)| (*at, Step::ReverseLate(visit, check))));
        steps.sort_by_key(|(at, _)| *at);
        let mut paid: Vec<Check> = Vec::with_capacity(steps.len());
        for ((at, step), slip) in steps.into_iter().zip(1..) {
            let check = self.ring(&step, at, slip, &paid, (date, rule));
            paid.push(check);
        }
        paid
    }

    fn ring(&self, step: &Step<'_>, at: Timestamp, slip: u32, paid: &[Check], today: (Date, &DayRule)) -> Check {
        let (date, rule) = today;
        let mirrored = match step {
            Step::Pay(visit, payments) => return pay(visit, self.check_id(visit, "paid"), slip, payments, rule),
            Step::PayAgain(visit, payments) => {
                let again = Visit { paid_at: at, ..(*visit).clone() };
                return pay(&again, self.check_id(visit, "again"), slip, payments, rule);
            }
            Step::Reverse(visit) => {
                let original = self.check_id(visit, "paid");
                let original = paid.iter().find(|check| check.id == original).expect("it was paid before");
                original.reversal(self.check_id(visit, "reversed"), slip, at, None)
            }
            Step::ReverseLate(visit, check) => {
                let when = (date, rule.business_hour(at, date));
                check.reversal(self.check_id(visit, "reversed"), slip, at, Some(when))
            }
        };
        mirrored.expect("a simulated check fits 64 bits")
    }

    fn check_id(&self, visit: &Visit, what: &str) -> CheckId {
        CheckId(self.id(&format!("check/{}/{}/{what}", visit.business_date, visit.number)))
    }

    fn close(&self, date: Date, checks: Vec<Check>, rule: &DayRule, z_number: u32) -> Settlement {
        let midnight = date.to_zoned(rule.zone().clone()).map_or(Timestamp::UNIX_EPOCH, |zoned| zoned.timestamp());
        let first = checks.iter().map(|check| check.opened_at).min().unwrap_or(midnight);
        let last = checks.iter().map(|check| check.paid_at).max().unwrap_or(midnight);
        Settlement {
            business_date: date,
            cash: self.drawer(date, &self.movements(date, rule), &checks),
            checks,
            closed_at: last + SignedDuration::from_mins(25),
            id: SettlementId(self.id(&format!("settlement/{date}"))),
            opened_at: first - SignedDuration::from_mins(15),
            reason: None,
            revision: 1,
            revised_by: None,
            state: SettlementState::Closed,
            supersedes: None,
            z_number,
        }
    }
}

fn steps(visit: &Visit) -> Vec<(Timestamp, Step<'_>)> {
    let paid = (visit.paid_at, Step::Pay(visit, &visit.payments));
    match &visit.then {
        After::Nothing | After::VoidedNextDay { .. } => vec![paid],
        After::Voided { at } => vec![paid, (*at, Step::Reverse(visit))],
        After::Corrected { at, payments } => {
            vec![paid, (*at, Step::Reverse(visit)), (*at, Step::PayAgain(visit, payments))]
        }
    }
}

fn pay(visit: &Visit, id: CheckId, slip: u32, payments: &[PaymentOrder], rule: &DayRule) -> Check {
    close_check(visit.head(id, slip, rule), &visit.draft, payments).expect("a simulated visit pays its bill")
}
