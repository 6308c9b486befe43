//! Invariant 1: discounts come off lines and checks exactly, and never more than there is.

use crate::{
    kit::{any_check, cases, draft, head, line, off, pay},
    plain,
};
use proptest::prelude::*;
use sales::{DiscountRate, Draft, LineKind, PaymentKind, PricingError, Rounding, TaxClass, TaxMode, Yen, close_check};

fn closed(draft: &Draft) -> Result<sales::Check, PricingError> {
    close_check(head(1), draft, &[pay(PaymentKind::Cash, 1 << 40)])
}

fn two_lines(discounts: Vec<DiscountRate>) -> Draft {
    let lines = vec![line(0, TaxClass::STANDARD, 100, 1), line(1, TaxClass::STANDARD, 100, 1)];
    Draft { discounts: discounts.into_iter().map(off).collect(), ..draft(TaxMode::Included, Rounding::Down, lines) }
}

#[test]
fn one_yen_off_two_equal_lines_comes_off_the_first() {
    let check = closed(&two_lines(vec![DiscountRate::Yen(Yen(1))])).unwrap();
    assert_eq!(check.lines.iter().map(|line| line.check_discount.0).collect::<Vec<_>>(), [1, 0]);
}

#[test]
fn stacked_percentages_each_round_down_on_what_is_left() {
    let check = closed(&two_lines(vec![DiscountRate::Percent(33), DiscountRate::Percent(33)])).unwrap();
    // 200 × 33% = 66; 134 × 33% = 44.22
    assert_eq!(check.discounts.iter().map(|discount| discount.amount.0).collect::<Vec<_>>(), [66, 44]);
    assert_eq!(check.total, Yen(90));
}

#[test]
fn more_off_than_there_is_is_refused() {
    let refused = closed(&two_lines(vec![DiscountRate::Yen(Yen(201))])).unwrap_err();
    assert!(matches!(refused, PricingError::DiscountTooLarge { amount: Yen(201), base: Yen(200), .. }), "{refused}");
    let second = closed(&two_lines(vec![DiscountRate::Percent(50), DiscountRate::Yen(Yen(101))])).unwrap_err();
    assert!(matches!(second, PricingError::DiscountTooLarge { base: Yen(100), .. }), "{second}");
    for rate in [DiscountRate::Percent(101), DiscountRate::Yen(Yen(-1))] {
        assert!(matches!(closed(&two_lines(vec![rate])), Err(PricingError::DiscountRange(_))));
    }
    assert_eq!(closed(&two_lines(vec![DiscountRate::Yen(Yen(200))])).unwrap().total, Yen::ZERO);
}

#[test]
fn what_is_no_sale_takes_no_discount_and_no_share_of_one() {
    let mut gift = line(5, TaxClass::OUT_OF_SCOPE, 1_000, 1);
    gift.kind = LineKind::GiftCard;
    let mut order = two_lines(vec![DiscountRate::Percent(100)]);
    order.lines.push(gift.clone());
    let check = closed(&order).unwrap();
    assert_eq!((check.lines[2].check_discount, check.total), (Yen::ZERO, Yen(1_000)));
    gift.discounts.push(off(DiscountRate::Yen(Yen(1))));
    order.lines[2] = gift;
    assert_eq!(closed(&order), Err(PricingError::NonSale(3)));
}

proptest! {
    #![proptest_config(cases(1_000))]

    #[test]
    fn every_line_is_price_times_quantity_less_its_discounts((draft, _, check) in any_check()) {
        let expected = plain::lines(&draft);
        let mut off_lines = 0;
        for ((line, ordered), expected) in check.lines.iter().zip(&draft.lines).zip(&expected) {
            let own = plain::taken_off(plain::gross(ordered), &ordered.discounts);
            prop_assert_eq!(line.discounts.iter().map(|d| i128::from(d.amount.0)).collect::<Vec<_>>(), own.clone());
            prop_assert_eq!(i128::from(line.check_discount.0), expected.check_discount);
            let amount = plain::gross(ordered) - own.iter().sum::<i128>() - expected.check_discount;
            prop_assert!(amount >= 0, "no line below zero");
            let stated = if check.tax_mode == TaxMode::Added { line.net } else { line.total };
            prop_assert_eq!(i128::from(stated.0), amount);
            off_lines += expected.check_discount;
        }
        let on_check: i128 = check.discounts.iter().map(|d| i128::from(d.amount.0)).sum();
        prop_assert_eq!(off_lines, on_check);
    }
}
