//! At the ends of 64 bits: an error with a name, never a panic and never a wrapped figure.

use crate::{
    kit::{cases, close, draft, head, line, modes, off, pay},
    plain,
};
use proptest::{prelude::*, sample::select};
use sales::{
    Amounts, Cash, Check, DiscountRate, Overflow, PaymentKind, TaxClass, Yen, audit_check, audit_settlement,
    close_check, datasets,
};

fn extreme() -> impl Strategy<Value = i64> {
    prop_oneof![
        select(vec![0, 1, -1, i64::MAX, i64::MIN, i64::MAX - 1, i64::MIN + 1, i64::MAX / 2, i64::MAX / 11, 1 << 53]),
        any::<i64>(),
    ]
}

fn wide(result: Result<Yen, Overflow>) -> Option<i128> {
    result.ok().map(|yen| i128::from(yen.0))
}

fn fits(exact: i128) -> Option<i128> {
    i64::try_from(exact).ok().map(i128::from)
}

proptest! {
    #![proptest_config(cases(2_000))]

    #[test]
    fn arithmetic_is_exact_or_an_error(a in extreme(), b in extreme()) {
        let (x, y) = (i128::from(a), i128::from(b));
        prop_assert_eq!(wide(Yen(a).plus(Yen(b))), fits(x + y));
        prop_assert_eq!(wide(Yen(a).minus(Yen(b))), fits(x - y));
        prop_assert_eq!(wide(Yen(a).times(b)), fits(x * y));
        prop_assert_eq!(wide(Yen(a).negated()), fits(-x));
        prop_assert_eq!(Amounts { net: Yen(a), tax: Yen(b), total: Yen(a) }.agree(), b == 0);
    }

    #[test]
    fn a_check_at_the_edge_is_exact_or_refused(
        prices in prop::collection::vec((extreme(), 1..4_i64), 1..4), (mode, rounding) in modes(), percent in 0..=100_u8,
    ) {
        let classes = [TaxClass::STANDARD, TaxClass::REDUCED, TaxClass::EXEMPT];
        let lines = prices.iter().zip(classes).zip(0..).map(|(((p, q), class), n)| line(n, class, *p, *q)).collect();
        let mut order = draft(mode, rounding, lines);
        order.discounts = vec![off(DiscountRate::Percent(percent))];
        if let Ok(check) = close_check(head(1), &order, &[pay(PaymentKind::Cash, i64::MAX)]) {
            prop_assert_eq!(i128::from(check.total.0), plain::total(&order));
            prop_assert_eq!(audit_check(&check), []);
            let void = check.reversal(sales::CheckId(uuid::Uuid::nil()), 2, check.paid_at, None).unwrap();
            prop_assert_eq!(audit_check(&void), []);
        }
    }

    #[test]
    fn no_facts_however_extreme_make_anything_panic(figures in prop::collection::vec(extreme(), 14), voided: bool) {
        let order = draft(sales::TaxMode::Added, sales::Rounding::HalfUp, vec![line(0, TaxClass::STANDARD, 100, 1)]);
        let mut check = close_check(head(1), &order, &[pay(PaymentKind::Cash, 110)]).unwrap();
        {
            let (line, payment, rate) = (&mut check.lines[0], &mut check.payments[0], &mut check.rates[0]);
            let places: [&mut i64; 14] = [
                &mut line.unit_price.0, &mut line.quantity, &mut line.net.0, &mut line.tax.0, &mut line.total.0,
                &mut line.cost.0, &mut line.check_discount.0, &mut payment.applied.0, &mut payment.change.0,
                &mut payment.tendered.0, &mut rate.total.0, &mut rate.net.0, &mut check.guests.male, &mut check.total.0,
            ];
            places.into_iter().zip(&figures).for_each(|(place, figure)| *place = *figure);
        }
        check.reverses = voided.then_some(sales::CheckId(uuid::Uuid::max()));
        let settlement = close(vec![check.clone(), check], Cash { opening_float: Yen(figures[0]), ..Cash::default() });
        prop_assert!(!audit_settlement(&settlement).is_empty());
        let _ = datasets(&settlement);
    }
}

#[test]
fn a_settlement_that_holds_can_always_be_computed() {
    let order = draft(sales::TaxMode::Included, sales::Rounding::Down, vec![line(0, TaxClass::EXEMPT, i64::MAX, 1)]);
    let paid = |n| close_check(head(n), &order, &[pay(PaymentKind::CreditCard, i64::MAX)]).unwrap();
    let fits = |checks: Vec<Check>| {
        let settlement = close(checks, Cash::default());
        assert_eq!(audit_settlement(&settlement).is_empty(), datasets(&settlement).is_ok());
        datasets(&settlement).is_ok()
    };
    assert!(fits(vec![paid(1)]));
    assert!(!fits(vec![paid(1), paid(2)]), "two of them don't fit 64 bits");
}
