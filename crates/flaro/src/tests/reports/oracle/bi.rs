//! Two questions to BI.

use super::{Ask, Expected, Oracle, Sum, expected, plain};
use sales::LineKind;
use std::collections::BTreeMap;

impl Oracle {
    pub(super) fn by_store_weekday_and_hour(&self, ask: &Ask) -> Expected {
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

    pub(super) fn by_month_and_category(&self, ask: &Ask) -> Expected {
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
}
