//! Invariant 7: what must be in the drawer, and what is missing or too much.

use crate::{days::any_settlement, kit::cases};
use proptest::prelude::*;
use sales::{Cash, MovementKind, PaymentKind, Yen};

#[test]
fn a_drawer_that_was_not_counted_has_no_over_or_short() {
    let cash = Cash::close(Yen(50_000), vec![], &[], None, Yen(20_000)).unwrap();
    assert_eq!((cash.expected, cash.over_short, cash.carry_over), (Yen(50_000), None, Yen(30_000)));
}

proptest! {
    #![proptest_config(cases(500))]

    #[test]
    fn expected_cash_is_float_and_what_came_in_less_what_went_out(settlement in any_settlement()) {
        let cash = &settlement.cash;
        let mut expected = i128::from(cash.opening_float.0);
        for check in &settlement.checks {
            for payment in check.payments.iter().filter(|payment| payment.method.kind == PaymentKind::Cash) {
                expected += i128::from(payment.tendered.0) - i128::from(payment.change.0);
            }
        }
        for movement in &cash.movements {
            expected += i128::from(movement.amount.0) * if movement.kind == MovementKind::In { 1 } else { -1 };
        }
        prop_assert_eq!(i128::from(cash.expected.0), expected);
        let counted = cash.counted.as_ref().map(|counted| counted.total.0);
        prop_assert_eq!(cash.over_short.map(|yen| yen.0), counted.map(|counted| counted - cash.expected.0));
        prop_assert_eq!(cash.carry_over.0, counted.unwrap_or(cash.expected.0) - cash.bank_deposit.0);
    }
}
