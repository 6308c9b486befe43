//! Reports on what was sold, when, how it was paid and what was taken off.

use super::{Ask, Expected, Oracle, Sum, expected, plain};
use sales::{Check, LineKind};
use std::collections::{BTreeMap, BTreeSet};

impl Oracle {
    pub(super) fn hours(&self, ask: &Ask) -> Expected {
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

    pub(super) fn products(&self, ask: &Ask) -> Expected {
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

    pub(super) fn product_hours(&self, ask: &Ask) -> Expected {
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

    pub(super) fn payments(&self, ask: &Ask) -> Expected {
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

    pub(super) fn media(&self, ask: &Ask) -> Expected {
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

    pub(super) fn discounts(&self, ask: &Ask) -> Expected {
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

    pub(super) fn found(&self, ask: &Ask, hour: u8) -> Expected {
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
