//! 日次: the figures of a store's day, or of a store over days, with what came by ad media.

use super::{By, Range, over, totals};
use crate::{FlaroError, rollup::Part, tenant::scoped};
use db::{Row, Sql, Tx};
use std::collections::BTreeMap;

/// A store's day, or a store's days together (`date` is empty then), or a date over stores (`store` is empty).
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct StoreDay {
    pub store: String,
    pub date: String,
    pub days: i64,
    pub net: i64,
    pub tax: i64,
    pub total: i64,
    pub guests: i64,
    pub checks: i64,
    pub voids: i64,
    pub gross: i64,
    pub discounts: i64,
    pub cost: i64,
    pub media_checks: i64,
    pub media_guests: i64,
    pub media_net: i64,
    pub media_tax: i64,
    pub media_total: i64,
}

const STORE_DAYS: Sql = over!(
    "SELECT CASE WHEN $7 = 1 THEN d.store_id ELSE '' END AS store,
       CASE WHEN $8 = 1 THEN d.business_date ELSE '' END AS day, CAST(COUNT(*) AS BIGINT) AS days,
       CAST(SUM(d.net) AS BIGINT) AS net, CAST(SUM(d.tax) AS BIGINT) AS tax, CAST(SUM(d.total) AS BIGINT) AS total,
       CAST(SUM(d.guests) AS BIGINT) AS guests, CAST(SUM(d.checks) AS BIGINT) AS checks,
       CAST(SUM(d.voids) AS BIGINT) AS voids, CAST(SUM(d.gross) AS BIGINT) AS gross,
       CAST(SUM(d.discounts) AS BIGINT) AS discounts, CAST(SUM(d.cost) AS BIGINT) AS cost,
       CAST(SUM(d.media_checks) AS BIGINT) AS media_checks, CAST(SUM(d.media_guests) AS BIGINT) AS media_guests,
       CAST(SUM(d.media_net) AS BIGINT) AS media_net, CAST(SUM(d.media_tax) AS BIGINT) AS media_tax,
       CAST(SUM(d.media_total) AS BIGINT) AS media_total
     FROM day_rollup d",
    "d",
    "AND d.business_date BETWEEN $5 AND $6 AND d.closed > 0 GROUP BY 1, 2 ORDER BY 2, 1"
);

/// The days of the range, told apart by store, by date, or by both.
pub(crate) async fn store_days(
    tx: &mut Tx,
    range: &Range,
    by_store: bool,
    by_date: bool,
) -> Result<Vec<StoreDay>, FlaroError> {
    let (from, to) = (range.period.from.to_string(), range.period.to.to_string());
    let asked = scoped!(range.scope, range.store_list(), from, to, by_store, by_date);
    tx.fetch_all(STORE_DAYS, asked).await?.iter().map(StoreDay::read).collect()
}

/// The dates of a range over the whole company, out of its own sums.
pub(crate) async fn whole_days(tx: &mut Tx, range: &Range) -> Result<Vec<StoreDay>, FlaroError> {
    summed(tx, range, By::day()).await
}

/// The stores of a range, out of their months and the days around them.
pub(crate) async fn whole_stores(tx: &mut Tx, range: &Range) -> Result<Vec<StoreDay>, FlaroError> {
    summed(tx, range, By::store()).await
}

async fn summed(tx: &mut Tx, range: &Range, by: By) -> Result<Vec<StoreDay>, FlaroError> {
    let mut days = BTreeMap::<(String, String), StoreDay>::new();
    for sum in totals(tx, range, Part::Day, by).await? {
        let (key, f) = (sum.key, sum.figures);
        let day = StoreDay {
            store: key.store.clone(),
            date: key.day.clone(),
            days: f.days,
            net: f.net,
            tax: f.tax,
            total: f.total,
            guests: f.guests,
            checks: f.checks,
            voids: f.count,
            gross: f.gross,
            discounts: f.discount,
            cost: f.cost,
            ..StoreDay::default()
        };
        days.insert((key.store, key.day), day);
    }
    let media = totals(tx, range, Part::Medium, By { item: true, ..by }).await?;
    for sum in media.into_iter().filter(|sum| !sum.key.item.is_empty()) {
        let f = sum.figures;
        let day = StoreDay {
            media_checks: f.checks,
            media_guests: f.guests,
            media_net: f.net,
            media_tax: f.tax,
            media_total: f.total,
            ..StoreDay::default()
        };
        days.entry((sum.key.store, sum.key.day)).or_default().add(&day);
    }
    Ok(days.into_values().collect())
}

impl StoreDay {
    fn read(row: &Row) -> Result<Self, FlaroError> {
        Ok(Self {
            store: row.text("store")?,
            date: row.text("day")?,
            days: row.int("days")?,
            net: row.int("net")?,
            tax: row.int("tax")?,
            total: row.int("total")?,
            guests: row.int("guests")?,
            checks: row.int("checks")?,
            voids: row.int("voids")?,
            gross: row.int("gross")?,
            discounts: row.int("discounts")?,
            cost: row.int("cost")?,
            media_checks: row.int("media_checks")?,
            media_guests: row.int("media_guests")?,
            media_net: row.int("media_net")?,
            media_tax: row.int("media_tax")?,
            media_total: row.int("media_total")?,
        })
    }

    /// Adds others to these.
    pub fn add(&mut self, other: &Self) {
        let figures: [(&mut i64, i64); 15] = [
            (&mut self.days, other.days),
            (&mut self.net, other.net),
            (&mut self.tax, other.tax),
            (&mut self.total, other.total),
            (&mut self.guests, other.guests),
            (&mut self.checks, other.checks),
            (&mut self.voids, other.voids),
            (&mut self.gross, other.gross),
            (&mut self.discounts, other.discounts),
            (&mut self.cost, other.cost),
            (&mut self.media_checks, other.media_checks),
            (&mut self.media_guests, other.media_guests),
            (&mut self.media_net, other.media_net),
            (&mut self.media_tax, other.media_tax),
            (&mut self.media_total, other.media_total),
        ];
        for (sum, more) in figures {
            *sum = sum.saturating_add(more);
        }
    }

    /// All of them together.
    pub fn sum<'a>(days: impl IntoIterator<Item = &'a Self>) -> Self {
        days.into_iter().fold(Self::default(), |mut sum, day| {
            sum.add(day);
            sum
        })
    }
}
