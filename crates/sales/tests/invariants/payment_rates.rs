//! Invariant 5: each payment is shared over what is still unpaid per rate; both margins are exact.

use crate::{
    days::any_settlement,
    kit::{cases, close, draft, head, line, method, pay},
    plain,
};
use proptest::prelude::*;
use sales::{Cash, Check, DiscountScope, LineKind, PaymentKind, Rounding, TaxClass, TaxMode, close_check, datasets};
use std::collections::BTreeMap;

/// Method code → rate (none: non-sales) → (payments with a share, yen).
type Grid = BTreeMap<String, BTreeMap<Option<TaxClass>, (i64, i128)>>;

/// The rule once more: in entry order, over what is left, largest remainder, ties to the higher rate.
fn grid(checks: &[Check]) -> Grid {
    let mut grid = Grid::new();
    for check in checks {
        let sign = if check.reverses.is_some() { -1 } else { 1 };
        let non_sales = check.lines.iter().filter(|line| line.kind != LineKind::Sale).map(|l| i128::from(l.total.0));
        let mut left: Vec<(Option<TaxClass>, i128)> =
            check.rates.iter().map(|rate| (Some(rate.tax_class), i128::from(rate.total.0) * sign)).collect();
        left.push((None, non_sales.sum::<i128>() * sign));
        for payment in &check.payments {
            let weights: Vec<i128> = left.iter().map(|(_, left)| *left).collect();
            let shares = plain::share(i128::from(payment.applied.0) * sign, &weights);
            let row = grid.entry(payment.method.code.to_string()).or_default();
            for ((class, left), share) in left.iter_mut().zip(shares).filter(|(_, share)| *share != 0) {
                *left -= share;
                let (count, amount) = row.entry(*class).or_default();
                *count += i64::try_from(sign).unwrap();
                *amount += share * sign;
            }
        }
    }
    grid
}

fn stated(data: &sales::Datasets) -> Grid {
    let mut grid = Grid::new();
    for method in &data.payment_sales {
        let row = grid.entry(method.code.to_string()).or_default();
        row.extend(method.rates.iter().map(|r| (Some(r.tax_class), (r.count, i128::from(r.amount.0)))));
        row.extend((method.non_sales.0 != 0).then_some((None, (0, i128::from(method.non_sales.0)))));
    }
    grid
}

/// A grid without what the datasets don't state: counts of non-sales, and non-sales that came to nothing.
fn comparable(mut grid: Grid) -> Grid {
    for row in grid.values_mut() {
        if let Some((count, _)) = row.get_mut(&None) {
            *count = 0;
        }
        row.retain(|class, (_, amount)| class.is_some() || *amount != 0);
    }
    grid
}

#[test]
fn a_tie_goes_to_the_higher_rate() {
    let lines = vec![line(0, TaxClass::REDUCED, 100, 1), line(1, TaxClass::STANDARD, 100, 1)];
    let order = draft(TaxMode::Included, Rounding::Down, lines);
    let check = close_check(head(1), &order, &[pay(PaymentKind::Points, 1), pay(PaymentKind::Cash, 199)]).unwrap();
    let data = datasets(&close(vec![check], Cash::default())).unwrap();
    let points = data.payment_sales.iter().find(|row| row.kind == PaymentKind::Points).unwrap();
    assert_eq!(points.rates.iter().map(|r| (r.tax_class, r.amount.0)).collect::<Vec<_>>(), [(TaxClass::STANDARD, 1)]);
    assert_eq!(points.name, method(PaymentKind::Points, 1).name);
}

proptest! {
    #![proptest_config(cases(500))]

    #[test]
    fn payment_by_rate_is_shared_as_the_rule_says(settlement in any_settlement()) {
        let data = datasets(&settlement).unwrap();
        let expected = grid(&settlement.checks);
        prop_assert_eq!(stated(&data), comparable(expected));
    }

    #[test]
    fn both_margins_are_exact(settlement in any_settlement()) {
        let data = datasets(&settlement).unwrap();
        let mut of_rate: BTreeMap<TaxClass, i64> = BTreeMap::new();
        for method in &data.payment_sales {
            let parts = method.rates.iter().map(|rate| rate.amount.0).sum::<i64>() + method.non_sales.0;
            prop_assert_eq!(parts, method.amount.0);
            for rate in &method.rates {
                *of_rate.entry(rate.tax_class).or_default() += rate.amount.0;
            }
            let of_method = settlement.checks.iter().flat_map(|check| {
                let sign = check.count();
                let used = check.payments.iter().filter(|payment| payment.method.code == method.code);
                used.map(move |payment| (sign, payment.applied.0, payment.surplus.0))
            });
            let sums = of_method.fold((0, 0, 0), |sum, one| (sum.0 + one.0, sum.1 + one.1, sum.2 + one.2));
            prop_assert_eq!(sums, (method.count, method.amount.0, method.surplus.0));
        }
        for rate in &data.settlement.rates {
            prop_assert_eq!(of_rate.remove(&rate.tax_class).unwrap_or(0), rate.total.0);
        }
        prop_assert!(of_rate.is_empty());
    }

    #[test]
    fn all_payments_are_all_sales_and_non_sales(settlement in any_settlement()) {
        let data = datasets(&settlement).unwrap();
        let paid: i64 = data.payment_sales.iter().map(|row| row.amount.0).sum();
        let non_sales: i64 = data.settlement.non_sales.iter().map(|row| row.amount.0).sum();
        prop_assert_eq!(paid, data.settlement.total.0 + non_sales);
    }

    #[test]
    fn the_discounts_dataset_is_all_discounts_on_checks(settlement in any_settlement()) {
        let data = datasets(&settlement).unwrap();
        let of = |scope| data.discounts.iter().filter(move |row| row.scope == scope);
        let mut on = [(0, 0), (0, 0)];
        for check in &settlement.checks {
            let lines = check.lines.iter().flat_map(|line| &line.discounts);
            for (place, amount) in lines.map(|d| (0, d.amount.0)).chain(check.discounts.iter().map(|d| (1, d.amount.0))) {
                on[place] = (on[place].0 + check.count(), on[place].1 + amount);
            }
        }
        for (place, scope) in [DiscountScope::Line, DiscountScope::Check].into_iter().enumerate() {
            let sums = of(scope).fold((0, 0), |sum, row| (sum.0 + row.count, sum.1 + row.amount.0));
            prop_assert_eq!(sums, on[place]);
        }
        prop_assert_eq!(on[0].1 + on[1].1, data.settlement.discounts.0);
    }
}
