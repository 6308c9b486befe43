//! Invariant 3: a check is paid exactly. Change comes off cash only; a voucher's surplus is recorded.

use crate::{
    kit::{any_check, cases, draft, head, line, pay},
    plain,
};
use proptest::prelude::*;
use sales::{Check, PaymentKind, PaymentOrder, PricingError, Rounding, TaxClass, TaxMode, Yen, close_check, quote};

/// A bill of 1,000 yen paid like this.
fn paid(payments: &[PaymentOrder]) -> Result<Check, PricingError> {
    let lines = vec![line(0, TaxClass::STANDARD, 1_000, 1)];
    close_check(head(1), &draft(TaxMode::Included, Rounding::Down, lines), payments)
}

/// applied, change, surplus of each payment.
fn figures(check: &Check) -> Vec<[i64; 3]> {
    check.payments.iter().map(|payment| [payment.applied.0, payment.change.0, payment.surplus.0]).collect()
}

#[test]
fn cash_gives_change_and_a_voucher_keeps_its_surplus() {
    assert_eq!(figures(&paid(&[pay(PaymentKind::Cash, 10_000)]).unwrap()), [[1_000, 9_000, 0]]);
    assert_eq!(figures(&paid(&[pay(PaymentKind::Voucher, 1_500)]).unwrap()), [[1_000, 0, 500]]);
    let both = paid(&[pay(PaymentKind::Voucher, 500), pay(PaymentKind::Cash, 1_000)]).unwrap();
    assert_eq!(figures(&both), [[500, 0, 0], [500, 500, 0]]);
}

#[test]
fn too_little_too_much_and_negative_are_refused() {
    assert_eq!(paid(&[]), Err(PricingError::Unpaid { paid: Yen::ZERO, total: Yen(1_000) }));
    let short = paid(&[pay(PaymentKind::Cash, 400), pay(PaymentKind::Points, 599)]);
    assert_eq!(short, Err(PricingError::Unpaid { paid: Yen(999), total: Yen(1_000) }));
    for kind in PaymentKind::ALL.into_iter().filter(|kind| !matches!(kind, PaymentKind::Cash | PaymentKind::Voucher)) {
        let over = paid(&[pay(kind, 1_001)]);
        assert!(matches!(over, Err(PricingError::Overpaid { over: Yen(1), .. })), "{kind:?}: {over:?}");
    }
    assert_eq!(paid(&[pay(PaymentKind::Cash, 2_000), pay(PaymentKind::Cash, -1)]), Err(PricingError::PaymentSign));
}

#[test]
fn a_check_needs_lines_that_sell_something() {
    let order = |lines| close_check(head(1), &draft(TaxMode::Added, Rounding::Up, lines), &[]);
    assert_eq!(order(vec![]), Err(PricingError::Empty));
    assert_eq!(order(vec![line(0, TaxClass::STANDARD, 1, 0)]), Err(PricingError::LineSign(1)));
    assert_eq!(order(vec![line(0, TaxClass::STANDARD, -1, 1)]), Err(PricingError::LineSign(1)));
    assert_eq!(order(vec![line(0, TaxClass::STANDARD, 0, 1)]).unwrap().payments, []);
}

#[test]
fn a_kind_of_payment_has_its_number_and_its_name() {
    let kinds = PaymentKind::ALL.map(|kind| (kind.number(), kind.label()));
    let names = ["現金", "クレジット", "電子マネー", "商品券", "ポイント", "掛売", "その他"];
    assert_eq!(kinds.to_vec(), [0, 1, 2, 3, 4, 5, 9].into_iter().zip(names).collect::<Vec<_>>());
    let known: Vec<i64> = (-1..=10).filter(|number| PaymentKind::from_number(*number).is_some()).collect();
    assert_eq!(known, [0, 1, 2, 3, 4, 5, 9]);
    assert!(PaymentKind::ALL.iter().all(|kind| PaymentKind::from_number(kind.number().into()) == Some(*kind)));
}

#[test]
fn while_a_guest_pays_the_till_knows_what_is_still_due() {
    let lines = vec![line(0, TaxClass::STANDARD, 1_000, 1)];
    let quote = quote(&draft(TaxMode::Included, Rounding::Down, lines)).unwrap();
    let (none, due) = quote.tendered(&[]).unwrap();
    assert_eq!((none, due), (vec![], Yen(1_000)));
    let (part, due) = quote.tendered(&[pay(PaymentKind::Points, 300)]).unwrap();
    assert_eq!((part[0].applied, due), (Yen(300), Yen(700)));
    let (whole, due) = quote.tendered(&[pay(PaymentKind::Points, 300), pay(PaymentKind::Cash, 1_000)]).unwrap();
    assert_eq!((whole[1].applied, whole[1].change, due), (Yen(700), Yen(300), Yen::ZERO));
}

proptest! {
    #![proptest_config(cases(1_000))]

    #[test]
    fn the_total_is_all_lines_and_all_payments((draft, payments, check) in any_check()) {
        prop_assert_eq!(i128::from(check.total.0), plain::total(&draft));
        let mut due = check.total.0;
        for (payment, order) in check.payments.iter().zip(&payments) {
            prop_assert_eq!(payment.tendered, order.tendered);
            prop_assert_eq!(payment.applied.0, order.tendered.0.min(due));
            prop_assert_eq!(payment.applied.0 + payment.change.0 + payment.surplus.0, payment.tendered.0);
            prop_assert!(payment.change.0 == 0 || payment.method.kind == PaymentKind::Cash);
            prop_assert!(payment.surplus.0 == 0 || payment.method.kind == PaymentKind::Voucher);
            due -= payment.applied.0;
        }
        prop_assert_eq!(due, 0);
    }
}
