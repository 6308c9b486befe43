//! Generated days: checks, voids before and after 精算, cash movements, counts; whole settlements.

use crate::kit::{TODAY, YESTERDAY, any_check, close, price};
use proptest::{collection::vec, option, prelude::*, sample::select};
use sales::{Cash, CashMovement, Check, CheckId, CountedCash, Denomination, MovementId, MovementKind, Settlement, Yen};
use uuid::Uuid;

/// Checks of one day: some voided before 精算, some of the day before voided today. Ids and slips are unique.
pub fn any_checks() -> impl Strategy<Value = Vec<Check>> {
    let today = vec((any_check(), prop::bool::weighted(0.2)), 0..=6);
    let yesterday = prop_oneof![3 => vec(any_check(), 0..=0), 1 => vec(any_check(), 1..=3)];
    (today, yesterday).prop_map(|(today, yesterday)| {
        let mut checks = Vec::new();
        for ((_, _, check), voided) in today {
            let check = number(check, &checks);
            checks.push(check.clone());
            if voided {
                checks.push(reverse(&check, &checks, None));
            }
        }
        for (_, _, mut check) in yesterday {
            check.business_date = YESTERDAY;
            check.id = CheckId(Uuid::from_u128(900_000 + u128::from(check.slip) * 100 + checks.len() as u128));
            checks.push(reverse(&check, &checks, Some(23)));
        }
        checks
    })
}

fn number(check: Check, before: &[Check]) -> Check {
    let slip = u32::try_from(before.len()).unwrap() + 1;
    Check { id: CheckId(Uuid::from_u128(u128::from(slip))), slip, ..check }
}

/// The 赤伝票 that comes next: before 精算, or at an hour of today.
pub fn reverse(check: &Check, before: &[Check], hour: Option<i64>) -> Check {
    let slip = u32::try_from(before.len()).unwrap() + 1;
    let when = hour.map(|hour| (TODAY, hour.try_into().unwrap()));
    check.reversal(CheckId(Uuid::from_u128(u128::from(slip))), slip, check.paid_at, when).unwrap()
}

fn movements() -> impl Strategy<Value = Vec<CashMovement>> {
    let movement = (price(), any::<bool>()).prop_map(|(amount, is_in)| CashMovement {
        amount: Yen(amount),
        at: "2026-04-03T09:00:00Z".parse().unwrap(),
        id: MovementId(Uuid::from_u128(u128::from(is_in) * 7 + 1)),
        kind: if is_in { MovementKind::In } else { MovementKind::Out },
        reason: "両替".to_owned(),
        staff: "0001".to_owned(),
    });
    vec(movement, 0..=3)
}

fn counted() -> impl Strategy<Value = Option<CountedCash>> {
    let by_face = vec((select(vec![10_000, 5_000, 2_000, 1_000, 500, 100, 50, 10, 5, 1]), 0..200_i64), 1..=10);
    let by_face = by_face.prop_map(|rows| CountedCash {
        total: Yen(rows.iter().map(|(face, count)| face * count).sum()),
        denominations: rows.into_iter().map(|(face, count)| Denomination { count, face: Yen(face) }).collect(),
    });
    let by_sum = price().prop_map(|total| CountedCash { denominations: Vec::new(), total: Yen(total) });
    option::weighted(0.8, prop_oneof![by_face, by_sum])
}

/// A whole settlement of today, valid.
pub fn any_settlement() -> impl Strategy<Value = Settlement> {
    (any_checks(), price(), movements(), counted(), price()).prop_map(
        |(checks, opening, movements, counted, deposit)| {
            let cash = Cash::close(Yen(opening), movements, &checks, counted, Yen(deposit)).unwrap();
            close(checks, cash)
        },
    )
}
