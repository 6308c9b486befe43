//! The oracle: plain sums over checks. It shares nothing with the product's queries or datasets; where the product
//! keeps sums, it adds everything up again.

use super::sheets::Expected;
use crate::tests::pos::store_id;
use jiff::{Span, civil::Date};
use sales::{Check, LineKind, Settlement, SettlementState};
use std::collections::{BTreeMap, BTreeSet};

/// Everything that stands.
#[derive(Default)]
pub struct Oracle(Vec<(u128, Settlement)>);

/// Which stores and days, and whether with tax.
pub struct Ask {
    stores: Vec<u128>,
    chosen: u128,
    from: Date,
    to: Date,
    included: bool,
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

    fn query(&self) -> String {
        let date = |date: Date| date.strftime("%Y/%m/%d").to_string();
        let store = if self.chosen == 0 { String::new() } else { store_id(self.chosen).to_string() };
        let tax = if self.included { "total" } else { "net" };
        format!("store={store}&tax={tax}&from={}&to={}", date(self.from), date(self.to))
    }

    fn amount(&self, net: i64, total: i64) -> i64 {
        if self.included { total } else { net }
    }

    fn heading(&self, what: &str) -> String {
        format!("{what}（{}）", if self.included { "税込" } else { "税抜" })
    }
}

/// What some checks come to.
#[derive(Clone, Default)]
struct Sum {
    net: i64,
    tax: i64,
    total: i64,
    guests: i64,
    checks: i64,
    voids: i64,
    discounts: i64,
    cost: i64,
    media_net: i64,
    media_total: i64,
}

impl Sum {
    fn add(&mut self, check: &Check) {
        let sign = if check.reverses.is_some() { -1 } else { 1 };
        for line in check.lines.iter().filter(|line| line.kind == LineKind::Sale) {
            self.net += line.net.0;
            self.tax += line.tax.0;
            self.total += line.total.0;
            self.cost += line.cost.0 * line.quantity;
            self.discounts +=
                line.discounts.iter().map(|discount| discount.amount.0).sum::<i64>() + line.check_discount.0;
            if check.ad_medium.is_some() {
                self.media_net += line.net.0;
                self.media_total += line.total.0;
            }
        }
        self.guests += check.guests.male + check.guests.female + check.guests.unknown;
        self.checks += sign;
        self.voids += i64::from(check.reverses.is_some());
    }

    fn of<'a>(checks: impl Iterator<Item = &'a Check>) -> Self {
        let mut sum = Self::default();
        checks.for_each(|check| sum.add(check));
        sum
    }

    /// 客単価, rounded half up.
    fn each(&self, amount: i64) -> String {
        if self.guests > 0 { (2 * amount + self.guests).div_euclid(2 * self.guests).to_string() } else { String::new() }
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

    fn hours(&self, ask: &Ask) -> Expected {
        let mut hours = BTreeMap::<u8, Sum>::new();
        for check in self.checks(ask) {
            hours.entry(check.hour.get()).or_default().add(check);
        }
        let line = |name: String, sum: &Sum| {
            let amount = ask.amount(sum.net, sum.total);
            [
                name,
                amount.to_string(),
                sum.tax.to_string(),
                sum.guests.to_string(),
                sum.each(amount),
                sum.checks.to_string(),
            ]
        };
        let heads = [
            "時間帯".into(),
            ask.heading("売上"),
            "消費税".into(),
            "客数".into(),
            ask.heading("客単価"),
            "会計数".into(),
        ];
        let total = line("合計".into(), &Sum::of(self.checks(ask)));
        expected(heads, hours.iter().map(|(hour, sum)| line(format!("{hour}時"), sum)).chain([total]))
    }

    fn products(&self, ask: &Ask) -> Expected {
        let mut products = BTreeMap::<String, (String, i64, i64, i64, i64)>::new();
        for line in self.checks(ask).flat_map(|check| &check.lines).filter(|line| line.kind == LineKind::Sale) {
            let row = products.entry(line.product.id.to_string()).or_default();
            row.0.clone_from(&line.product.name);
            row.1 += line.quantity;
            row.2 += ask.amount(line.net.0, line.total.0);
            row.3 += line.discounts.iter().map(|discount| discount.amount.0).sum::<i64>() + line.check_discount.0;
            row.4 += line.cost.0 * line.quantity;
        }
        let mut rows: Vec<_> = products.into_iter().collect();
        rows.sort_by_key(|(id, row)| (-row.2, id.clone()));
        let whole: i64 = rows.iter().map(|(_, row)| row.2.max(0)).sum();
        let mut before = 0;
        let mut lines = Vec::new();
        let mut all = (0, 0, 0, 0);
        for (_, (name, count, amount, discount, cost)) in rows {
            let rank = match before * 100 {
                _ if amount <= 0 => "C",
                share if share < whole * 70 => "A",
                share if share < whole * 90 => "B",
                _ => "C",
            };
            before += amount.max(0);
            all = (all.0 + count, all.1 + amount, all.2 + discount, all.3 + cost);
            lines.push([
                name,
                rank.into(),
                count.to_string(),
                amount.to_string(),
                discount.to_string(),
                cost.to_string(),
            ]);
        }
        let total =
            ["合計".into(), String::new(), all.0.to_string(), all.1.to_string(), all.2.to_string(), all.3.to_string()];
        let heads = ["商品".into(), "ABC".into(), "点数".into(), ask.heading("売上"), "値引".into(), "原価".into()];
        expected(heads, lines.into_iter().chain([total]))
    }

    fn product_hours(&self, ask: &Ask) -> Expected {
        let mut cells = BTreeMap::<(String, String), BTreeMap<u8, i64>>::new();
        let mut totals = BTreeMap::<u8, i64>::new();
        for check in self.checks(ask) {
            for line in check.lines.iter().filter(|line| line.kind == LineKind::Sale) {
                let key = (line.product.id.to_string(), line.product.name.clone());
                *cells.entry(key).or_default().entry(check.hour.get()).or_default() += line.quantity;
                *totals.entry(check.hour.get()).or_default() += line.quantity;
            }
        }
        let hours: BTreeSet<u8> = totals.keys().copied().collect();
        let mut heads = vec!["商品（点数）".to_owned()];
        heads.extend(hours.iter().map(|hour| format!("{hour}時")));
        heads.push("合計".to_owned());
        let line = |name: String, cells: &BTreeMap<u8, i64>, blank: &str| {
            let of = |hour: &u8| cells.get(hour).map_or(blank.to_owned(), ToString::to_string);
            std::iter::once(name).chain(hours.iter().map(of)).chain([cells.values().sum::<i64>().to_string()]).collect()
        };
        let mut lines: Vec<Vec<String>> =
            cells.iter().map(|((_, name), cells)| line(name.clone(), cells, "")).collect();
        lines.push(line("合計".into(), &totals, "0"));
        Expected { heads, lines }
    }

    fn payments(&self, ask: &Ask) -> Expected {
        let mut methods = BTreeMap::<(String, u8), (String, i64, i64, i64)>::new();
        let mut all = (0, 0, 0);
        for check in self.checks(ask) {
            let sign = if check.reverses.is_some() { -1 } else { 1 };
            for payment in &check.payments {
                let key = (payment.method.code.as_str().to_owned(), payment.method.kind.number());
                let row = methods.entry(key).or_default();
                row.0.clone_from(&payment.method.name);
                (row.1, row.2, row.3) = (row.1 + sign, row.2 + payment.applied.0, row.3 + payment.surplus.0);
                all = (all.0 + sign, all.1 + payment.applied.0, all.2 + payment.surplus.0);
            }
        }
        let line = |name: String, code: String, (count, amount, surplus): (i64, i64, i64)| {
            [name, code, count.to_string(), amount.to_string(), surplus.to_string()]
        };
        let lines =
            methods.into_iter().map(|((code, _), (name, n, amount, surplus))| line(name, code, (n, amount, surplus)));
        let heads = plain(["支払科目", "取込コード", "件数", "金額（税込）", "釣りなし余り"]);
        expected(heads, lines.chain([line("合計".into(), String::new(), all)]))
    }

    fn media(&self, ask: &Ask) -> Expected {
        let mut media = BTreeMap::<(String, String), Sum>::new();
        for check in self.checks(ask) {
            let key = check.ad_medium.as_ref().map_or_else(
                || (String::new(), "フリー".to_owned()),
                |medium| (medium.code.as_str().to_owned(), medium.name.clone()),
            );
            media.entry(key).or_default().add(check);
        }
        let line = |name: &str, code: &str, sum: &Sum| {
            let amount = ask.amount(sum.net, sum.total);
            [name.to_owned(), code.to_owned(), amount.to_string(), sum.checks.to_string(), sum.guests.to_string()]
        };
        let total = line("合計", "", &Sum::of(self.checks(ask)));
        let heads = ["広告媒体".into(), "取込コード".into(), ask.heading("売上"), "会計数".into(), "客数".into()];
        expected(heads, media.iter().map(|((code, name), sum)| line(name, code, sum)).chain([total]))
    }

    fn discounts(&self, ask: &Ask) -> Expected {
        let mut given = BTreeMap::<(String, &str), (String, i64, i64)>::new();
        let mut all = (0, 0);
        for check in self.checks(ask) {
            let sign = if check.reverses.is_some() { -1 } else { 1 };
            let on_lines = check.lines.iter().flat_map(|line| &line.discounts).map(|discount| (discount, "明細"));
            for (discount, scope) in on_lines.chain(check.discounts.iter().map(|discount| (discount, "会計"))) {
                let row = given.entry((discount.code.as_str().to_owned(), scope)).or_default();
                row.0.clone_from(&discount.name);
                (row.1, row.2) = (row.1 + sign, row.2 + discount.amount.0);
                all = (all.0 + sign, all.1 + discount.amount.0);
            }
        }
        let heads = plain(["値引名称", "取込コード", "対象", "回数", "金額"]);
        let total = ["合計".into(), String::new(), String::new(), all.0.to_string(), all.1.to_string()];
        let line = |((code, scope), (name, n, amount)): ((String, &str), (String, i64, i64))| {
            [name, code, scope.to_owned(), n.to_string(), amount.to_string()]
        };
        expected(heads, given.into_iter().map(line).chain([total]))
    }

    fn by_store_weekday_and_hour(&self, ask: &Ask) -> Expected {
        let mut sums = BTreeMap::<(u128, i8, u8), Sum>::new();
        for (store, settlement) in self.closed(ask, 0) {
            for check in &settlement.checks {
                let weekday = check.business_date.weekday().to_monday_zero_offset();
                sums.entry((store, weekday, check.hour.get())).or_default().add(check);
            }
        }
        let figures = |sum: &Sum| [sum.net, sum.guests, sum.checks].map(|n| n.to_string());
        let line = |((store, weekday, hour), sum): (&(u128, i8, u8), &Sum)| {
            let name = ["月曜日", "火曜日", "水曜日", "木曜日", "金曜日", "土曜日", "日曜日"]
                [usize::try_from(*weekday).unwrap()];
            let [net, guests, checks] = figures(sum);
            [format!("店{store}"), name.to_owned(), format!("{hour}時"), net, guests, checks]
        };
        let [net, guests, checks] = figures(&Sum::of(self.checks(ask)));
        let total = ["合計".to_owned(), String::new(), String::new(), net, guests, checks];
        let heads = plain(["店舗", "曜日", "時間帯", "売上（税抜）", "客数", "会計数"]);
        expected(heads, sums.iter().map(line).chain([total]))
    }

    fn by_month_and_category(&self, ask: &Ask) -> Expected {
        let mut sums = BTreeMap::<(String, String), (String, i64, i64, i64)>::new();
        let mut all = (0, 0, 0);
        for check in self.checks(ask) {
            for line in check.lines.iter().filter(|line| line.kind == LineKind::Sale) {
                let month = check.business_date.strftime("%Y/%m").to_string();
                let row = sums.entry((month, line.product.category_id.to_string())).or_default();
                let (quantity, cost) = (line.quantity, line.cost.0 * line.quantity);
                row.0.clone_from(&line.product.category);
                (row.1, row.2, row.3) = (row.1 + quantity, row.2 + line.net.0, row.3 + cost);
                all = (all.0 + quantity, all.1 + line.net.0, all.2 + cost);
            }
        }
        let line = |month: String, name: String, (quantity, net, cost): (i64, i64, i64)| {
            [month, name, quantity.to_string(), net.to_string(), cost.to_string()]
        };
        let lines = sums.into_iter().map(|((month, _), (name, q, net, cost))| line(month, name, (q, net, cost)));
        let heads = plain(["月", "商品カテゴリ", "点数", "売上（税抜）", "原価"]);
        expected(heads, lines.chain([line("合計".into(), String::new(), all)]))
    }

    /// The sums of each date that has a settlement.
    fn by_date(&self, ask: &Ask, back: i64) -> BTreeMap<Date, Sum> {
        let mut dates = BTreeMap::<Date, Sum>::new();
        for (_, settlement) in self.closed(ask, back) {
            let sum = dates.entry(settlement.business_date).or_default();
            settlement.checks.iter().for_each(|check| sum.add(check));
        }
        dates
    }

    fn days(&self, ask: &Ask) -> Expected {
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

    fn weekdays(&self, ask: &Ask) -> Expected {
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

    fn last_year(&self, ask: &Ask) -> Expected {
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

    fn closing(&self, ask: &Ask) -> Expected {
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

    fn drawers(&self, ask: &Ask) -> Expected {
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

    fn found(&self, ask: &Ask, hour: u8) -> Expected {
        let found = || self.checks(ask).filter(move |check| check.hour.get() == hour);
        let line = |check: &Check| {
            let kind = if check.reverses.is_some() { "赤伝票" } else { "" };
            let date = check.business_date.strftime("%Y/%m/%d").to_string();
            [check.slip.to_string(), date, kind.to_owned(), check.total.0.to_string()]
        };
        let all: i64 = found().map(|check| check.total.0).sum();
        let total = ["合計（全件）".into(), String::new(), String::new(), all.to_string()];
        expected(plain(["伝票番号", "営業日", "種類", "支払合計（税込）"]), found().map(line).chain([total]))
    }
}
