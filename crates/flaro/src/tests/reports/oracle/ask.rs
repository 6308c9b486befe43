//! What somebody asks a report.

use crate::tests::pos::store_id;
use jiff::{Span, civil::Date};

/// Which stores and days, and whether with tax.
pub struct Ask {
    pub(super) stores: Vec<u128>,
    pub(super) chosen: u128,
    pub(super) from: Date,
    pub(super) to: Date,
    pub(super) included: bool,
}

impl Ask {
    pub fn new(stores: Vec<u128>, chosen: u128, from: &str, to: &str, whole_months: bool, included: bool) -> Self {
        let (mut from, mut to): (Date, Date) = (from.parse().unwrap(), to.parse().unwrap());
        if whole_months {
            (from, to) = (from.first_of_month(), to.last_of_month());
        }
        // No report is over more than a year.
        from = from.max(to.saturating_sub(Span::new().days(365)));
        Self { stores, chosen, from, to, included }
    }

    pub(super) fn query(&self) -> String {
        let date = |date: Date| date.strftime("%Y/%m/%d").to_string();
        let store = if self.chosen == 0 { String::new() } else { store_id(self.chosen).to_string() };
        let tax = if self.included { "total" } else { "net" };
        format!("store={store}&tax={tax}&from={}&to={}", date(self.from), date(self.to))
    }

    pub(super) fn amount(&self, net: i64, total: i64) -> i64 {
        if self.included { total } else { net }
    }

    pub(super) fn heading(&self, what: &str) -> String {
        format!("{what}（{}）", if self.included { "税込" } else { "税抜" })
    }
}
