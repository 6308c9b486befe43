//! What a day adds to the sums over many days: one figure row per hour, product, product × hour, payment, medium and
//! discount, as one pure function of the day. What changes with a revision is the difference of two such maps.

use super::Built;
use crate::{FlaroError, rollup::write};
use protocol::{EVENT_BYTES_MAX, event::Frame};
use sales::DiscountScope;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// More than any shop turns over a day: with it, sums over a million days still fit 64 bits.
const FIGURE_MAX: i64 = 1_000_000_000_000;

/// By what a day is broken down.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Part {
    /// Not at all; `count` is 赤伝票.
    Day,
    /// By 時間帯.
    Hour,
    /// By product (`item`), tax class and service (`class`); `count` is 点数.
    Product,
    /// By product (`item`) and 時間帯.
    ProductHour,
    /// By payment method (`item` is its 取込コード, `class` its 支払種目): `total` was paid, `gross` of it for what is no
    /// sale, `discount` is the surplus of vouchers.
    Payment,
    /// By ad medium (`item` is its 取込コード, empty for フリー).
    Medium,
    /// By discount (`item` is its 取込コード, `class` its scope); `discount` is the amount.
    Discount,
}

/// Which row of which part.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(crate) struct SumKey {
    pub part: Part,
    pub item: String,
    /// −1 where there is none.
    pub hour: i64,
    pub class: String,
}

/// The figures of a row. What a part doesn't have is zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub(crate) struct Figures {
    /// How many days of stores.
    pub days: i64,
    pub count: i64,
    pub checks: i64,
    pub guests: i64,
    pub gross: i64,
    pub discount: i64,
    pub net: i64,
    pub tax: i64,
    pub total: i64,
    pub cost: i64,
}

/// A day's rows, or the difference of two days'.
pub(crate) type Sums = BTreeMap<SumKey, Figures>;

impl Part {
    /// As it is stored.
    pub fn name(self) -> &'static str {
        match self {
            Self::Day => "day",
            Self::Hour => "hour",
            Self::Product => "product",
            Self::ProductHour => "product_hour",
            Self::Payment => "payment",
            Self::Medium => "medium",
            Self::Discount => "discount",
        }
    }
}

impl Figures {
    /// In the order of the columns.
    pub fn columns(&self) -> [i64; 10] {
        let Self { days, count, checks, guests, gross, discount, net, tax, total, cost } = *self;
        [days, count, checks, guests, gross, discount, net, tax, total, cost]
    }

    /// Out of the columns.
    pub fn of(columns: [i64; 10]) -> Self {
        let [days, count, checks, guests, gross, discount, net, tax, total, cost] = columns;
        Self { days, count, checks, guests, gross, discount, net, tax, total, cost }
    }

    /// Adds others to these; the bound on what a day adds keeps it inside 64 bits.
    pub fn add(&mut self, other: &Self) {
        let sums = self.columns();
        let mut added = sums;
        for (sum, more) in added.iter_mut().zip(other.columns()) {
            *sum = sum.saturating_add(more);
        }
        *self = Self::of(added);
    }

    fn negated(&self) -> Self {
        Self::of(self.columns().map(i64::saturating_neg))
    }
}

/// The rows of a built day.
pub(crate) fn sums(built: &Built) -> Result<Sums, FlaroError> {
    let mut rows = Rows(Sums::new());
    if built.closed() == 0 {
        return Ok(Sums::new());
    }
    let sets = &built.datasets;
    let day = &sets.settlement;
    let cost = sets.product_sales.iter().fold(0_i64, |sum, row| sum.saturating_add(row.cost.0));
    rows.add(
        Part::Day,
        "",
        -1,
        "",
        Figures {
            count: day.voids,
            checks: day.checks,
            guests: day.guests.total().unwrap_or(0),
            gross: day.gross.0,
            discount: day.discounts.0,
            net: day.net.0,
            tax: day.tax.0,
            total: day.total.0,
            cost,
            days: 1,
        },
    );
    products(&mut rows, built);
    for r in &sets.hourly_sales {
        let (net, tax, total) = (r.net.0, r.tax.0, r.total.0);
        let figures = Figures { checks: r.checks, guests: r.guests, net, tax, total, ..one() };
        rows.add(Part::Hour, "", r.hour.get().into(), "", figures);
    }
    for r in &sets.payment_sales {
        let (total, gross, discount) = (r.amount.0, r.non_sales.0, r.surplus.0);
        let figures = Figures { count: r.count, total, gross, discount, ..one() };
        rows.add(Part::Payment, r.code.as_str(), -1, &r.kind.number().to_string(), figures);
    }
    for r in &sets.media_sales {
        let (net, tax, total) = (r.net.0, r.tax.0, r.total.0);
        let figures = Figures { checks: r.checks, guests: r.guests, net, tax, total, ..one() };
        rows.add(Part::Medium, r.code.as_ref().map_or("", |code| code.as_str()), -1, "", figures);
    }
    for r in &sets.discounts {
        let figures = Figures { count: r.count, discount: r.amount.0, ..one() };
        rows.add(Part::Discount, r.code.as_str(), -1, scope(r.scope), figures);
    }
    rows.checked()
}

fn products(rows: &mut Rows, built: &Built) {
    for r in &built.datasets.product_sales {
        let class = format!("{} {}", write::tax_class(r.tax_class), write::service(r.service));
        let (gross, discount) = (r.gross.0, r.discount.0);
        let (net, tax, total, cost) = (r.net.0, r.tax.0, r.total.0, r.cost.0);
        let figures = Figures { count: r.quantity, gross, discount, net, tax, total, cost, ..one() };
        rows.add(Part::Product, &r.product_id.to_string(), -1, &class, figures);
    }
    for r in &built.datasets.product_hourly_sales {
        let (net, tax, total) = (r.net.0, r.tax.0, r.total.0);
        let figures = Figures { count: r.quantity, net, tax, total, ..one() };
        rows.add(Part::ProductHour, &r.product_id.to_string(), r.hour.get().into(), "", figures);
    }
}

/// A discount's scope as it is stored.
pub(super) fn scope(scope: DiscountScope) -> &'static str {
    match scope {
        DiscountScope::Line => "line",
        DiscountScope::Check => "check",
    }
}

fn one() -> Figures {
    Figures { days: 1, ..Figures::default() }
}

struct Rows(Sums);

impl Rows {
    fn add(&mut self, part: Part, item: &str, hour: i64, class: &str, figures: Figures) {
        let key = SumKey { part, item: item.to_owned(), hour, class: class.to_owned() };
        let row = self.0.entry(key).or_default();
        row.add(&figures);
        // Two rows of one day (a product sold in and out of the house) are one day.
        row.days = 1;
    }

    fn checked(self) -> Result<Sums, FlaroError> {
        let fits = |figure: i64| (-FIGURE_MAX..=FIGURE_MAX).contains(&figure);
        match self.0.iter().find(|(_, figures)| !figures.columns().into_iter().all(fits)) {
            Some((key, _)) => {
                Err(FlaroError::stored("a day's figures", format!("{} is beyond a trillion", key.part.name())))
            }
            None => Ok(self.0),
        }
    }
}

/// What has to be added so that the old rows become the new ones; rows that stay as they are are not in it.
pub(crate) fn delta(old: &Sums, new: &Sums) -> Sums {
    let mut delta = new.clone();
    for (key, figures) in old {
        delta.entry(key.clone()).or_default().add(&figures.negated());
    }
    delta.retain(|_, figures| *figures != Figures::default());
    delta
}

/// Rows as they are kept beside their day.
pub(crate) fn pack(sums: &Sums) -> Result<Vec<u8>, FlaroError> {
    let rows: Vec<(&SumKey, [i64; 10])> = sums.iter().map(|(key, figures)| (key, figures.columns())).collect();
    let plain = serde_json::to_vec(&rows).map_err(|why| FlaroError::stored("a day's sums", why))?;
    Ok(Frame::pack(&plain).map_err(|why| FlaroError::stored("a day's sums", why))?.zstd)
}

/// Kept rows.
pub(crate) fn unpack(packed: &[u8]) -> Result<Sums, FlaroError> {
    let plain = Frame::unpack(packed, EVENT_BYTES_MAX).map_err(|why| FlaroError::stored("a day's sums", why))?;
    let rows: Vec<(SumKey, [i64; 10])> =
        serde_json::from_slice(&plain).map_err(|why| FlaroError::stored("a day's sums", why))?;
    Ok(rows.into_iter().map(|(key, columns)| (key, Figures::of(columns))).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn row(item: &str, net: i64) -> (SumKey, Figures) {
        let key = SumKey { part: Part::Product, item: item.into(), hour: -1, class: String::new() };
        (key, Figures { days: 1, net, ..Figures::default() })
    }

    #[test]
    fn a_delta_turns_the_old_into_the_new_and_packing_loses_nothing() {
        let old: Sums = [row("a", 5), row("b", 7), row("c", 9)].into();
        let new: Sums = [row("b", 7), row("c", 11), row("d", -2)].into();
        let change = delta(&old, &new);
        assert_eq!(change.len(), 3, "b stays as it is");
        let mut sum = old.clone();
        for (key, figures) in &change {
            sum.entry(key.clone()).or_default().add(figures);
        }
        sum.retain(|_, figures| figures.days != 0);
        assert_eq!(sum, new);
        assert_eq!(unpack(&pack(&new).unwrap()).unwrap(), new);
        assert_eq!(delta(&new, &new), Sums::new());
    }
}
