//! How the rows of the datasets follow from a settlement's checks and cash.

use super::{
    CodeSource, Datasets, DiscountSales, DiscountScope, HourlySales, MediaSales, NonSales, PaymentRate, PaymentSales,
    ProductHourlySales, ProductSales, RateTotals, SettlementTotals,
};
use crate::{
    check::{Check, Guests, Line, LineKind, PaymentKind, Service},
    codes::ImportCode,
    day::BusinessHour,
    ids::ProductId,
    money::{Amounts, Overflow, Yen, share},
    settlement::Settlement,
    tax::TaxClass,
};
use std::collections::BTreeMap;

/// Computes the datasets from a settlement's checks and cash. The only error is an overflow of 64 bits.
pub fn datasets(settlement: &Settlement) -> Result<Datasets, Overflow> {
    let checks = &settlement.checks;
    Ok(Datasets {
        settlement: totals(settlement)?,
        hourly_sales: hourly(checks)?,
        product_sales: products(checks)?,
        product_hourly_sales: product_hours(checks)?,
        payment_sales: payments(checks)?,
        media_sales: media(checks)?,
        discounts: discounts(checks)?,
    })
}

fn add(to: &mut i64, n: i64) -> Result<(), Overflow> {
    *to = to.checked_add(n).ok_or(Overflow)?;
    Ok(())
}

fn earn(to: &mut Yen, amount: Yen) -> Result<(), Overflow> {
    *to = to.plus(amount)?;
    Ok(())
}

/// Sales summed per tax rate; the sums over rates follow from it.
#[derive(Default)]
struct ByRate(BTreeMap<TaxClass, Amounts>);

impl ByRate {
    fn earn(&mut self, check: &Check) -> Result<(), Overflow> {
        for rate in &check.rates {
            let sum = self.0.entry(rate.tax_class).or_default();
            *sum = sum.plus(rate.amounts())?;
        }
        Ok(())
    }

    fn sum(&self) -> Result<Amounts, Overflow> {
        self.0.values().try_fold(Amounts::default(), |sum, amounts| sum.plus(*amounts))
    }

    fn rows(self) -> Vec<RateTotals> {
        let row =
            |(tax_class, a): (TaxClass, Amounts)| RateTotals { tax_class, net: a.net, tax: a.tax, total: a.total };
        self.0.into_iter().map(row).collect()
    }
}

fn totals(settlement: &Settlement) -> Result<SettlementTotals, Overflow> {
    let mut by_rate = ByRate::default();
    let (mut gross, mut discounts, mut guests) = (Yen::ZERO, Yen::ZERO, Guests::default());
    let (mut count, mut voids) = (0, 0);
    let mut non_sales = BTreeMap::<LineKind, (i64, Yen)>::new();
    for check in &settlement.checks {
        by_rate.earn(check)?;
        add(&mut count, check.count())?;
        add(&mut voids, i64::from(check.reverses.is_some()))?;
        add(&mut guests.female, check.guests.female)?;
        add(&mut guests.male, check.guests.male)?;
        add(&mut guests.unknown, check.guests.unknown)?;
        for line in &check.lines {
            if line.kind == LineKind::Sale {
                earn(&mut gross, line.gross()?)?;
                earn(&mut discounts, line.discount()?)?;
            } else {
                let (lines, amount) = non_sales.entry(line.kind).or_default();
                add(lines, check.count())?;
                earn(amount, line.total)?;
            }
        }
    }
    let sum = by_rate.sum()?;
    Ok(SettlementTotals {
        gross,
        discounts,
        net: sum.net,
        tax: sum.tax,
        total: sum.total,
        rates: by_rate.rows(),
        guests,
        checks: count,
        voids,
        non_sales: non_sales.into_iter().map(|(kind, (count, amount))| NonSales { kind, count, amount }).collect(),
        cash: settlement.cash.clone(),
    })
}

/// Checks, guests and sales per rate of one bucket (an hour, a medium).
#[derive(Default)]
struct Bucket {
    checks: i64,
    guests: i64,
    by_rate: ByRate,
}

impl Bucket {
    fn earn(&mut self, check: &Check) -> Result<(), Overflow> {
        add(&mut self.checks, check.count())?;
        add(&mut self.guests, check.guests.total()?)?;
        self.by_rate.earn(check)
    }
}

fn hourly(checks: &[Check]) -> Result<Vec<HourlySales>, Overflow> {
    let mut hours = BTreeMap::<BusinessHour, Bucket>::new();
    for check in checks {
        hours.entry(check.hour).or_default().earn(check)?;
    }
    let row = |(hour, bucket): (BusinessHour, Bucket)| {
        let Amounts { net, tax, total } = bucket.by_rate.sum()?;
        let (guests, checks) = (bucket.guests, bucket.checks);
        Ok(HourlySales { hour, net, tax, total, guests, checks, rates: bucket.by_rate.rows() })
    };
    hours.into_iter().map(row).collect()
}

fn media(checks: &[Check]) -> Result<Vec<MediaSales>, Overflow> {
    let mut media = BTreeMap::<Option<&ImportCode>, (&str, Bucket)>::new();
    for check in checks {
        let name = check.ad_medium.as_ref().map_or("フリー", |medium| medium.name.as_str());
        let entry = media.entry(check.ad_medium.as_ref().map(|medium| &medium.code)).or_default();
        entry.0 = name;
        entry.1.earn(check)?;
    }
    let row = |(code, (name, bucket)): (Option<&ImportCode>, (&str, Bucket))| {
        let Amounts { net, tax, total } = bucket.by_rate.sum()?;
        Ok(MediaSales {
            code: code.cloned(),
            name: name.to_owned(),
            checks: bucket.checks,
            guests: bucket.guests,
            net,
            tax,
            total,
            rates: bucket.by_rate.rows(),
        })
    };
    media.into_iter().map(row).collect()
}

fn products(checks: &[Check]) -> Result<Vec<ProductSales>, Overflow> {
    let mut rows = BTreeMap::<(ProductId, TaxClass, Service), ProductSales>::new();
    for line in checks.iter().flat_map(Check::sale_lines) {
        let row = rows.entry((line.product.id, line.tax_class, line.service)).or_insert_with(|| product_row(line));
        if row.name != line.product.name || row.category != line.product.category {
            row.name.clone_from(&line.product.name);
            row.category.clone_from(&line.product.category);
            row.category_id = line.product.category_id;
        }
        add(&mut row.quantity, line.quantity)?;
        earn(&mut row.gross, line.gross()?)?;
        earn(&mut row.discount, line.discount()?)?;
        earn(&mut row.net, line.net)?;
        earn(&mut row.tax, line.tax)?;
        earn(&mut row.total, line.total)?;
        earn(&mut row.cost, line.cost.times(line.quantity)?)?;
    }
    Ok(rows.into_values().collect())
}

fn product_row(line: &Line) -> ProductSales {
    ProductSales {
        product_id: line.product.id,
        name: line.product.name.clone(),
        category_id: line.product.category_id,
        category: line.product.category.clone(),
        own_product_code: None,
        own_parent_category_code: None,
        own_child_category_code: None,
        code_source: CodeSource::Pos,
        tax_class: line.tax_class,
        service: line.service,
        quantity: 0,
        gross: Yen::ZERO,
        discount: Yen::ZERO,
        net: Yen::ZERO,
        tax: Yen::ZERO,
        total: Yen::ZERO,
        cost: Yen::ZERO,
    }
}

fn product_hours(checks: &[Check]) -> Result<Vec<ProductHourlySales>, Overflow> {
    let mut cells = BTreeMap::<(ProductId, TaxClass, Service, BusinessHour), (i64, Amounts)>::new();
    for check in checks {
        for line in check.sale_lines() {
            let (quantity, sum) = cells.entry((line.product.id, line.tax_class, line.service, check.hour)).or_default();
            add(quantity, line.quantity)?;
            *sum = sum.plus(line.amounts())?;
        }
    }
    let row = |((product_id, tax_class, service, hour), (quantity, sum))| {
        let Amounts { net, tax, total } = sum;
        ProductHourlySales { product_id, own_product_code: None, tax_class, service, hour, quantity, net, tax, total }
    };
    Ok(cells.into_iter().map(row).collect())
}

#[derive(Default)]
struct Method<'a> {
    name: &'a str,
    count: i64,
    amount: Yen,
    surplus: Yen,
    rates: BTreeMap<TaxClass, (i64, Yen)>,
    non_sales: Yen,
}

fn payments(checks: &[Check]) -> Result<Vec<PaymentSales>, Overflow> {
    let mut methods = BTreeMap::<(PaymentKind, &ImportCode), Method<'_>>::new();
    for check in checks {
        for (payment, parts) in check.payments.iter().zip(shared_over_rates(check)?) {
            let method = methods.entry((payment.method.kind, &payment.method.code)).or_default();
            method.name = &payment.method.name;
            add(&mut method.count, check.count())?;
            earn(&mut method.amount, payment.applied)?;
            earn(&mut method.surplus, payment.surplus)?;
            for (class, part) in parts.into_iter().filter(|(_, part)| *part != Yen::ZERO) {
                let Some(class) = class else {
                    earn(&mut method.non_sales, part)?;
                    continue;
                };
                let (count, amount) = method.rates.entry(class).or_default();
                add(count, check.count())?;
                earn(amount, part)?;
            }
        }
    }
    let row = |((kind, code), method): ((PaymentKind, &ImportCode), Method<'_>)| PaymentSales {
        kind,
        name: method.name.to_owned(),
        code: code.clone(),
        count: method.count,
        amount: method.amount,
        surplus: method.surplus,
        rates: method
            .rates
            .into_iter()
            .map(|(tax_class, (count, amount))| PaymentRate { tax_class, count, amount })
            .collect(),
        non_sales: method.non_sales,
    };
    Ok(methods.into_iter().map(row).collect())
}

/// What a payment paid of one tax rate, or (none) of the non-sales.
type Part = (Option<TaxClass>, Yen);

/// What each payment paid per rate (none: for non-sales): shared in entry order over what is still unpaid,
/// by largest remainder, ties to the higher rate. A reversal shares as its original did.
fn shared_over_rates(check: &Check) -> Result<Vec<Vec<Part>>, Overflow> {
    let sign = check.count();
    let non_sales = check.lines.iter().filter(|line| line.kind != LineKind::Sale).map(|line| line.total);
    let mut unpaid: Vec<Part> =
        check.rates.iter().map(|rate| Ok((Some(rate.tax_class), rate.total.times(sign)?))).collect::<Result<_, _>>()?;
    unpaid.push((None, Yen::sum(non_sales)?.times(sign)?));
    let mut shared = Vec::with_capacity(check.payments.len());
    for payment in &check.payments {
        let weights: Vec<Yen> = unpaid.iter().map(|(_, left)| *left).collect();
        let parts = share(payment.applied.times(sign)?, &weights)?;
        let mut row = Vec::with_capacity(parts.len());
        for ((class, left), part) in unpaid.iter_mut().zip(parts) {
            *left = left.minus(part)?;
            row.push((*class, part.times(sign)?));
        }
        shared.push(row);
    }
    Ok(shared)
}

fn discounts(checks: &[Check]) -> Result<Vec<DiscountSales>, Overflow> {
    let mut rows = BTreeMap::<(&ImportCode, DiscountScope), DiscountSales>::new();
    for check in checks {
        let on_lines = check.lines.iter().flat_map(|line| &line.discounts).map(|d| (d, DiscountScope::Line));
        let on_check = check.discounts.iter().map(|d| (d, DiscountScope::Check));
        for (discount, scope) in on_lines.chain(on_check) {
            let row = rows.entry((&discount.code, scope)).or_insert_with(|| DiscountSales {
                code: discount.code.clone(),
                name: discount.name.clone(),
                scope,
                count: 0,
                amount: Yen::ZERO,
            });
            row.name.clone_from(&discount.name);
            add(&mut row.count, check.count())?;
            earn(&mut row.amount, discount.amount)?;
        }
    }
    Ok(rows.into_values().collect())
}
