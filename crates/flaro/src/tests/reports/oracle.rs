//! The oracle: plain sums over checks. It shares nothing with the product's queries or datasets; where the product
//! keeps sums, it adds everything up again.

mod ask;
mod bi;
mod dates;
mod sold;
mod sum;

pub use ask::Ask;

use super::sheets::Expected;
use jiff::{Span, civil::Date};
use sales::{Check, Settlement, SettlementState};
use sum::Sum;

/// Everything that stands.
#[derive(Default)]
pub struct Oracle(Vec<(u128, Settlement)>);

type Reports = Vec<(String, &'static str, Expected)>;

impl Oracle {
    pub fn stands(&mut self, store: u128, settlement: &Settlement) {
        self.0.push((store, settlement.clone()));
    }

    /// The settlements asked for that are not cancelled, of days so many days earlier.
    fn closed<'a>(&'a self, ask: &'a Ask, back: i64) -> impl Iterator<Item = (u128, &'a Settlement)> {
        let earlier = move |date: Date| date.saturating_sub(Span::new().days(back));
        let inside = move |date: Date| earlier(ask.from) <= date && date <= earlier(ask.to);
        let stands = |s: &Settlement| s.state == SettlementState::Closed;
        let asked =
            self.0.iter().filter(move |(store, s)| stands(s) && ask.stores.contains(store) && inside(s.business_date));
        asked.map(|(store, settlement)| (*store, settlement))
    }

    fn checks<'a>(&'a self, ask: &'a Ask) -> impl Iterator<Item = &'a Check> {
        self.closed(ask, 0).flat_map(|(_, settlement)| &settlement.checks)
    }

    /// Every report with what must be in it: path, table, lines.
    pub fn reports(&self, ask: &Ask) -> Reports {
        let query = ask.query();
        let mut reports = vec![
            (format!("/reports/hours?{query}"), "hours", self.hours(ask)),
            (format!("/reports/products?{query}"), "products", self.products(ask)),
            (format!("/reports/product-hours?{query}&measure=count"), "product_hours", self.product_hours(ask)),
            (format!("/reports/payments?{query}"), "payments", self.payments(ask)),
            (format!("/reports/media?{query}"), "media", self.media(ask)),
            (format!("/reports/discounts?{query}"), "discounts", self.discounts(ask)),
            (format!("/reports/weekdays?{query}"), "weekdays", self.weekdays(ask)),
            (format!("/reports/last-year?{query}"), "days", self.last_year(ask)),
            (format!("/reports/closing?{query}"), "closing", self.closing(ask)),
            (format!("/reports/cash?{query}"), "drawers", self.drawers(ask)),
            (format!("/reports/checks?{query}&hour=12"), "checks", self.found(ask, 12)),
        ];
        let question = "d1=store&d2=weekday&d3=hour&m=net&m=guests&m=checks";
        reports.push((format!("/bi?{query}&{question}"), "bi", self.by_store_weekday_and_hour(ask)));
        let question = "d1=month&d2=category&m=quantity&m=net&m=cost";
        reports.push((format!("/bi?{query}&{question}"), "bi", self.by_month_and_category(ask)));
        let month = ask.to.strftime("%Y/%m").to_string();
        let of_month =
            Ask { stores: ask.stores.clone(), from: ask.to.first_of_month(), to: ask.to.last_of_month(), ..*ask };
        reports.push((format!("/reports/monthly?{query}&month={month}"), "days", self.days(&of_month)));
        let date = ask.to.strftime("%Y/%m/%d").to_string();
        let of_day = Ask { stores: ask.stores.clone(), from: ask.to, ..*ask };
        reports.push((format!("/reports/daily?{query}&date={date}"), "hours", self.hours(&of_day)));
        reports
    }
}

fn expected<const N: usize>(heads: [String; N], lines: impl IntoIterator<Item = [String; N]>) -> Expected {
    Expected { heads: heads.into(), lines: lines.into_iter().map(Into::into).collect() }
}

fn plain<const N: usize>(heads: [&str; N]) -> [String; N] {
    heads.map(ToOwned::to_owned)
}

fn weekday(date: Date) -> String {
    let name =
        ["月", "火", "水", "木", "金", "土", "日"][usize::try_from(date.weekday().to_monday_zero_offset()).unwrap()];
    format!("{}（{name}）", date.strftime("%Y/%m/%d"))
}
