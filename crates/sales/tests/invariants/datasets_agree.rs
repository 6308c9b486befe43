//! Invariant 4: every dataset that carries sales sums, per rate, to dataset 1. Non-sales stay out of them.

use crate::{
    days::any_settlement,
    kit::{cases, close, draft, head, line, pay},
    plain::{PerRate, earn, sales_per_rate},
};
use proptest::prelude::*;
use sales::{
    Cash, CategoryId, Datasets, LineKind, PaymentKind, RateTotals, Rounding, Settlement, TaxClass, TaxMode,
    close_check, datasets,
};
use std::collections::BTreeMap;
use uuid::Uuid;

fn of_rows<'a>(rows: impl IntoIterator<Item = &'a RateTotals>) -> PerRate {
    let mut sums = PerRate::new();
    for row in rows {
        earn(&mut sums, row.tax_class, row.net, row.tax, row.total);
    }
    sums
}

fn of_products(data: &Datasets) -> PerRate {
    let mut sums = PerRate::new();
    for row in &data.product_sales {
        earn(&mut sums, row.tax_class, row.net, row.tax, row.total);
    }
    sums
}

fn of_product_hours(data: &Datasets) -> PerRate {
    let mut sums = PerRate::new();
    for row in &data.product_hourly_sales {
        earn(&mut sums, row.tax_class, row.net, row.tax, row.total);
    }
    sums
}

/// Quantity, net, tax, total.
type Cell = [i64; 4];

fn add(to: &mut Cell, more: Cell) {
    for (sum, more) in to.iter_mut().zip(more) {
        *sum += more;
    }
}

fn products_from_lines(settlement: &Settlement) -> BTreeMap<String, [i64; 7]> {
    let mut rows: BTreeMap<String, [i64; 7]> = BTreeMap::new();
    for line in settlement.checks.iter().flat_map(|check| &check.lines).filter(|line| line.kind == LineKind::Sale) {
        let row = rows.entry(format!("{} {:?} {:?}", line.product.id, line.tax_class, line.service)).or_default();
        let discount = line.discounts.iter().map(|d| d.amount.0).sum::<i64>() + line.check_discount.0;
        let figures = [
            line.quantity,
            line.unit_price.0 * line.quantity,
            discount,
            line.net.0,
            line.tax.0,
            line.total.0,
            line.cost.0 * line.quantity,
        ];
        row.iter_mut().zip(figures).for_each(|(sum, figure)| *sum += figure);
    }
    rows
}

#[test]
fn a_product_renamed_or_moved_during_the_day_is_one_row_under_its_last_name() {
    let sold = |n, name: &str, category: &str| {
        let mut line = line(0, TaxClass::STANDARD, 100, 1);
        (line.product.name, line.product.category) = (name.to_owned(), category.to_owned());
        line.product.category_id = CategoryId(Uuid::from_u128(category.len() as u128));
        close_check(head(n), &draft(TaxMode::Added, Rounding::Down, vec![line]), &[pay(PaymentKind::Cash, 110)])
            .unwrap()
    };
    for (name, category) in [("月見うどん", "麺"), ("うどん", "季節の品"), ("月見うどん", "季節の品")]
    {
        let checks = vec![sold(1, "うどん", "麺"), sold(2, name, category)];
        let row = datasets(&close(checks, Cash::default())).unwrap().product_sales.remove(0);
        assert_eq!((row.name.as_str(), row.category.as_str(), row.quantity), (name, category, 2));
        assert_eq!(row.category_id, CategoryId(Uuid::from_u128(category.len() as u128)));
    }
}

proptest! {
    #![proptest_config(cases(500))]

    #[test]
    fn five_datasets_sum_to_the_settlement_per_rate(settlement in any_settlement()) {
        let data = datasets(&settlement).unwrap();
        let expected = sales_per_rate(&settlement.checks);
        prop_assert_eq!(&of_rows(&data.settlement.rates), &expected);
        prop_assert_eq!(&of_rows(data.hourly_sales.iter().flat_map(|row| &row.rates)), &expected);
        prop_assert_eq!(&of_rows(data.media_sales.iter().flat_map(|row| &row.rates)), &expected);
        prop_assert_eq!(&of_products(&data), &expected);
        prop_assert_eq!(&of_product_hours(&data), &expected);
        let rates = settlement.checks.iter().flat_map(|check| &check.rates);
        let mut of_checks = PerRate::new();
        rates.for_each(|rate| earn(&mut of_checks, rate.tax_class, rate.net, rate.tax, rate.total));
        prop_assert_eq!(&of_checks, &expected);
        let sum = |i: usize| expected.values().map(|amounts| amounts[i]).sum::<i128>();
        let totals = [data.settlement.net, data.settlement.tax, data.settlement.total].map(|yen| i128::from(yen.0));
        prop_assert_eq!(totals, [sum(0), sum(1), sum(2)]);
    }

    #[test]
    fn every_row_that_carries_money_adds_up(settlement in any_settlement()) {
        let data = datasets(&settlement).unwrap();
        for (net, tax, total) in [(data.settlement.net, data.settlement.tax, data.settlement.total)]
            .into_iter()
            .chain(data.hourly_sales.iter().map(|row| (row.net, row.tax, row.total)))
            .chain(data.media_sales.iter().map(|row| (row.net, row.tax, row.total)))
            .chain(data.product_sales.iter().map(|row| (row.net, row.tax, row.total)))
            .chain(data.product_hourly_sales.iter().map(|row| (row.net, row.tax, row.total)))
        {
            prop_assert_eq!(net.0 + tax.0, total.0);
        }
        for row in &data.hourly_sales {
            let of_rates = row.rates.iter().map(|rate| rate.net.0).sum::<i64>();
            prop_assert_eq!(row.net.0, of_rates);
        }
    }

    #[test]
    fn product_by_hour_has_the_products_and_the_hours_as_its_margins(settlement in any_settlement()) {
        let data = datasets(&settlement).unwrap();
        let (mut products, mut hours) = (BTreeMap::<String, Cell>::new(), BTreeMap::<u8, Cell>::new());
        for row in &data.product_hourly_sales {
            let cell = [row.quantity, row.net.0, row.tax.0, row.total.0];
            let key = format!("{} {:?} {:?}", row.product_id, row.tax_class, row.service);
            add(products.entry(key).or_default(), cell);
            add(hours.entry(row.hour.get()).or_default(), cell);
        }
        let mut stated = BTreeMap::new();
        for row in &data.product_sales {
            let key = format!("{} {:?} {:?}", row.product_id, row.tax_class, row.service);
            prop_assert!(stated.insert(key, [row.quantity, row.net.0, row.tax.0, row.total.0]).is_none());
        }
        prop_assert_eq!(products, stated);
        for row in &data.hourly_sales {
            let cell = hours.get(&row.hour.get()).copied().unwrap_or_default();
            prop_assert_eq!([cell[1], cell[2], cell[3]], [row.net.0, row.tax.0, row.total.0]);
        }
    }

    #[test]
    fn product_rows_are_the_sums_of_their_lines(settlement in any_settlement()) {
        let row = |row: &sales::ProductSales| {
            let key = format!("{} {:?} {:?}", row.product_id, row.tax_class, row.service);
            let money = [row.gross, row.discount, row.net, row.tax, row.total, row.cost].map(|yen| yen.0);
            (key, [row.quantity, money[0], money[1], money[2], money[3], money[4], money[5]])
        };
        let data = datasets(&settlement).unwrap();
        let rows: BTreeMap<_, _> = data.product_sales.iter().map(row).collect();
        prop_assert_eq!(rows, products_from_lines(&settlement));
        let gross: i64 = data.product_sales.iter().map(|row| row.gross.0).sum();
        let discount: i64 = data.product_sales.iter().map(|row| row.discount.0).sum();
        prop_assert_eq!([gross, discount], [data.settlement.gross.0, data.settlement.discounts.0]);
    }

    #[test]
    fn non_sales_are_counted_by_kind_and_nowhere_among_the_sales(settlement in any_settlement()) {
        let mut expected: BTreeMap<LineKind, (i64, i64)> = BTreeMap::new();
        for check in &settlement.checks {
            for line in check.lines.iter().filter(|line| line.kind != LineKind::Sale) {
                let (count, amount) = expected.entry(line.kind).or_default();
                *count += if check.reverses.is_some() { -1 } else { 1 };
                *amount += line.unit_price.0 * line.quantity;
            }
        }
        let data = datasets(&settlement).unwrap();
        let stated: BTreeMap<_, _> =
            data.settlement.non_sales.iter().map(|row| (row.kind, (row.count, row.amount.0))).collect();
        prop_assert_eq!(&stated, &expected);
        let paid: i64 = data.payment_sales.iter().map(|row| row.non_sales.0).sum();
        prop_assert_eq!(paid, expected.values().map(|(_, amount)| amount).sum::<i64>());
    }

    #[test]
    fn equal_facts_make_equal_rows_in_whatever_order_checks_come(settlement in any_settlement()) {
        let mut turned = settlement.clone();
        turned.checks.reverse();
        prop_assert_eq!(datasets(&turned).unwrap(), datasets(&settlement).unwrap());
    }
}
