//! Reports by the business date, and what a day's closing says.

use super::{Ask, Expected, Oracle, Sum, expected, plain, weekday};
use jiff::{Span, civil::Date};
use sales::Settlement;
use std::collections::{BTreeMap, BTreeSet};

impl Oracle {
    /// The sums of each date that has a settlement.
    fn by_date(&self, ask: &Ask, back: i64) -> BTreeMap<Date, Sum> {
        let mut dates = BTreeMap::<Date, Sum>::new();
        for (_, settlement) in self.closed(ask, back) {
            let sum = dates.entry(settlement.business_date).or_default();
            settlement.checks.iter().for_each(|check| sum.add(check));
        }
        dates
    }

    pub(super) fn days(&self, ask: &Ask) -> Expected {
        let line = |name: String, sum: &Sum| {
            let each = sum.each(ask.amount(sum.net, sum.total));
            let figures =
                [sum.net, sum.tax, sum.total, sum.guests, sum.checks, sum.discounts, sum.voids].map(|n| n.to_string());
            let [net, tax, total, guests, checks, discounts, voids] = figures;
            [name, net, tax, total, guests, each, checks, discounts, voids]
        };
        let heads = ["営業日", "税抜", "消費税", "税込", "客数", &ask.heading("客単価"), "会計数", "値引", "赤伝票"]
            .map(ToOwned::to_owned);
        let dates = self.by_date(ask, 0);
        let total = line("合計".into(), &Sum::of(self.checks(ask)));
        expected(heads, dates.iter().map(|(date, sum)| line(weekday(*date), sum)).chain([total]))
    }

    pub(super) fn weekdays(&self, ask: &Ask) -> Expected {
        let dates = self.by_date(ask, 0);
        let mut weekdays: Vec<(i64, i64, i64)> = vec![(0, 0, 0); 7];
        for (date, sum) in &dates {
            let row = &mut weekdays[usize::try_from(date.weekday().to_monday_zero_offset()).unwrap()];
            *row = (row.0 + 1, row.1 + ask.amount(sum.net, sum.total), row.2 + sum.guests);
        }
        let line = |name: String, (n, amount, guests): (i64, i64, i64)| {
            let per = if n > 0 { (2 * amount + n).div_euclid(2 * n).to_string() } else { String::new() };
            [name, n.to_string(), amount.to_string(), per, guests.to_string()]
        };
        let heads = ["曜日".into(), "日数".into(), ask.heading("売上"), ask.heading("1日平均"), "客数".into()];
        let names = ["月曜日", "火曜日", "水曜日", "木曜日", "金曜日", "土曜日", "日曜日"];
        let all = weekdays.iter().fold((0, 0, 0), |all, row| (all.0 + row.0, all.1 + row.1, all.2 + row.2));
        let rows = names.iter().zip(&weekdays).map(|(name, row)| line((*name).into(), *row));
        let rows = if dates.is_empty() { Vec::new() } else { rows.collect() };
        expected(heads, rows.into_iter().chain([line("合計".into(), all)]))
    }

    pub(super) fn last_year(&self, ask: &Ask) -> Expected {
        let (now, then) = (self.by_date(ask, 0), self.by_date(ask, 364));
        let (now, then): (BTreeMap<Date, &Sum>, BTreeMap<Date, &Sum>) = (
            now.iter().map(|(date, sum)| (*date, sum)).collect(),
            then.iter().map(|(date, sum)| (date.saturating_add(Span::new().days(364)), sum)).collect(),
        );
        let dates: BTreeSet<Date> = now.keys().chain(then.keys()).copied().collect();
        let amount = |sum: &Sum| ask.amount(sum.net, sum.total);
        let both = |a: Option<&&Sum>, b: Option<&&Sum>| {
            a.zip(b).map_or(String::new(), |(a, b)| (amount(a) - amount(b)).to_string())
        };
        let line = |date: &Date| {
            let (a, b) = (now.get(date), then.get(date));
            let shown = |sum: Option<&&Sum>| sum.map_or(String::new(), |sum| amount(sum).to_string());
            [weekday(*date), shown(a), shown(b), both(a, b)]
        };
        let heads = ["営業日".into(), ask.heading("売上"), "前年同曜日".into(), "差".into()];
        let all = |side: &BTreeMap<Date, &Sum>| side.values().map(|sum| amount(sum)).sum::<i64>();
        let total = if then.is_empty() {
            ["合計".into(), all(&now).to_string(), String::new(), String::new()]
        } else {
            ["合計".into(), all(&now).to_string(), all(&then).to_string(), (all(&now) - all(&then)).to_string()]
        };
        expected(heads, dates.iter().map(line).chain([total]))
    }

    pub(super) fn closing(&self, ask: &Ask) -> Expected {
        let line = |name: String, sum: &Sum| {
            let (amount, media) = (ask.amount(sum.net, sum.total), ask.amount(sum.media_net, sum.media_total));
            [name, amount.to_string(), media.to_string(), (amount - media).to_string(), sum.cost.to_string()]
        };
        let first = if ask.chosen == 0 { "店舗" } else { "営業日" };
        let heads = [first.into(), ask.heading("売上"), "広告".into(), "フリー".into(), "F 原価".into()];
        let total = line("合計".into(), &Sum::of(self.checks(ask)));
        if ask.chosen != 0 {
            let dates = self.by_date(ask, 0);
            return expected(heads, dates.iter().map(|(date, sum)| line(weekday(*date), sum)).chain([total]));
        }
        let mut stores = BTreeMap::<u128, Sum>::new();
        for (store, settlement) in self.closed(ask, 0) {
            let sum = stores.entry(store).or_default();
            settlement.checks.iter().for_each(|check| sum.add(check));
        }
        expected(heads, stores.iter().map(|(store, sum)| line(format!("店{store}"), sum)).chain([total]))
    }

    pub(super) fn drawers(&self, ask: &Ask) -> Expected {
        let closed = || self.closed(ask, 0);
        let line = |(store, s): (u128, &Settlement)| {
            let counted = s.cash.counted.as_ref();
            [
                weekday(s.business_date),
                format!("店{store}"),
                s.cash.expected.0.to_string(),
                counted.map_or("未計数".to_owned(), |counted| counted.total.0.to_string()),
                counted.map_or(String::new(), |counted| (counted.total.0 - s.cash.expected.0).to_string()),
            ]
        };
        let sum = |figure: fn(&Settlement) -> i64| closed().map(|(_, s)| figure(s)).sum::<i64>().to_string();
        let counted = |s: &Settlement| s.cash.counted.as_ref().map_or(0, |counted| counted.total.0);
        let off = |s: &Settlement| s.cash.counted.as_ref().map_or(0, |counted| counted.total.0 - s.cash.expected.0);
        let total = ["合計".into(), String::new(), sum(|s| s.cash.expected.0), sum(counted), sum(off)];
        expected(plain(["営業日", "店舗", "あるべき現金", "現金在高", "過不足"]), closed().map(line).chain([total]))
    }
}
