//! Invariant 2: tax is rounded once per rate per check, then shared over its lines; a day's tax is a sum.

use crate::{
    days::any_settlement,
    kit::{any_check, cases, draft, head, line, modes, pay},
    plain,
};
use proptest::prelude::*;
use sales::{LineKind, PaymentKind, Rounding, TaxClass, TaxKind, TaxMode, Yen, close_check, datasets};
use std::collections::BTreeMap;

/// Net, tax and total per rate of three lines at 10% and two at 8%.
fn taxes(mode: TaxMode, rounding: Rounding, prices: [i64; 5]) -> Vec<[i64; 3]> {
    let class = |i| if i < 3 { TaxClass::STANDARD } else { TaxClass::REDUCED };
    let lines = prices.iter().zip(0_u8..).map(|(price, i)| line(i, class(i), *price, 1)).collect();
    let check = close_check(head(1), &draft(mode, rounding, lines), &[pay(PaymentKind::Cash, 1 << 40)]).unwrap();
    check.rates.iter().map(|rate| [rate.net.0, rate.tax.0, rate.total.0]).collect()
}

#[test]
fn each_rate_is_rounded_once_by_the_stores_rule() {
    let prices = [105, 105, 105, 99, 99];
    // 外税: 315 × 10% = 31.5, 198 × 8% = 15.84. 内税: 315 × 10/110 = 28.64, 198 × 8/108 = 14.67.
    assert_eq!(taxes(TaxMode::Added, Rounding::Down, prices), [[315, 31, 346], [198, 15, 213]]);
    assert_eq!(taxes(TaxMode::Added, Rounding::HalfUp, prices), [[315, 32, 347], [198, 16, 214]]);
    assert_eq!(taxes(TaxMode::Added, Rounding::Up, prices), [[315, 32, 347], [198, 16, 214]]);
    assert_eq!(taxes(TaxMode::Included, Rounding::Down, prices), [[287, 28, 315], [184, 14, 198]]);
    assert_eq!(taxes(TaxMode::Included, Rounding::HalfUp, prices), [[286, 29, 315], [183, 15, 198]]);
    assert_eq!(taxes(TaxMode::Included, Rounding::Up, prices), [[286, 29, 315], [183, 15, 198]]);
}

#[test]
fn half_a_yen_is_rounded_up_and_nothing_is_not() {
    assert_eq!(taxes(TaxMode::Added, Rounding::HalfUp, [5, 0, 0, 0, 0])[0], [5, 1, 6]);
    assert_eq!(taxes(TaxMode::Added, Rounding::HalfUp, [4, 0, 0, 0, 0])[0], [4, 0, 4]);
    assert_eq!(taxes(TaxMode::Added, Rounding::Up, [1, 0, 0, 0, 0])[0], [1, 1, 2]);
    assert_eq!(taxes(TaxMode::Added, Rounding::Up, [0, 0, 0, 0, 0])[0], [0, 0, 0]);
    assert_eq!(taxes(TaxMode::Included, Rounding::Up, [1, 0, 0, 0, 0])[0], [0, 1, 1]);
}

#[test]
fn the_same_percentage_of_another_kind_is_another_rate() {
    let eight = TaxClass { kind: TaxKind::Standard, percent: 8 };
    let lines = vec![line(0, TaxClass::REDUCED, 105, 1), line(1, eight, 105, 1), line(2, TaxClass::EXEMPT, 105, 1)];
    let order = draft(TaxMode::Added, Rounding::Down, lines);
    let check = close_check(head(1), &order, &[pay(PaymentKind::Cash, 1_000)]).unwrap();
    let rates: Vec<_> = check.rates.iter().map(|rate| (rate.tax_class, rate.tax.0)).collect();
    assert_eq!(rates, [(eight, 8), (TaxClass::REDUCED, 8), (TaxClass::EXEMPT, 0)]);
}

#[test]
fn higher_rates_come_first() {
    let rates = [TaxClass::STANDARD, TaxClass::REDUCED, TaxClass::EXEMPT, TaxClass::OUT_OF_SCOPE];
    assert!(rates.windows(2).all(|pair| pair[0] < pair[1]));
    assert!(rates.iter().rev().is_sorted_by(|low, high| low > high));
}

proptest! {
    #![proptest_config(cases(1_000))]

    #[test]
    fn a_split_is_exact_for_any_base(base in 0..=i64::MAX / 300, (mode, rounding) in modes(), percent in 0..=100_u8) {
        let class = TaxClass { kind: TaxKind::Standard, percent };
        let amounts = class.split(Yen(base), mode, rounding).unwrap();
        prop_assert_eq!(i128::from(amounts.tax.0), plain::tax(base.into(), class, mode, rounding));
        prop_assert!(amounts.agree());
        prop_assert_eq!(if mode == TaxMode::Added { amounts.net } else { amounts.total }, Yen(base));
    }

    #[test]
    fn lines_carry_exactly_their_rates_tax((draft, _, check) in any_check()) {
        let mut of_rate: BTreeMap<TaxClass, [i64; 3]> = BTreeMap::new();
        for (line, expected) in check.lines.iter().zip(plain::lines(&draft)) {
            let stated = [line.net.0, line.tax.0, line.total.0].map(i128::from);
            prop_assert_eq!(stated, [expected.net, expected.tax, expected.total]);
            if line.kind == LineKind::Sale {
                let sum = of_rate.entry(line.tax_class).or_default();
                *sum = [sum[0] + line.net.0, sum[1] + line.tax.0, sum[2] + line.total.0];
            }
        }
        let rates: Vec<_> = check.rates.iter().map(|r| (r.tax_class, [r.net.0, r.tax.0, r.total.0])).collect();
        prop_assert_eq!(rates, of_rate.into_iter().collect::<Vec<_>>());
        let of_rates = check.rates.iter().fold([0; 3], |sum, r| [sum[0] + r.net.0, sum[1] + r.tax.0, sum[2] + r.total.0]);
        let sales = check.sales().unwrap();
        prop_assert_eq!([sales.net.0, sales.tax.0, sales.total.0], of_rates);
        prop_assert!(check.rates.windows(2).all(|pair| pair[0].tax_class.percent >= pair[1].tax_class.percent));
    }

    #[test]
    fn a_days_tax_is_the_sum_of_its_checks_taxes(settlement in any_settlement()) {
        let taxes = settlement.checks.iter().flat_map(|check| &check.rates).map(|rate| rate.tax.0);
        prop_assert_eq!(datasets(&settlement).unwrap().settlement.tax.0, taxes.sum::<i64>());
    }
}
