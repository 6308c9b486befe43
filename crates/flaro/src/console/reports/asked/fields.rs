//! What a report's question looks like on its page: fields, ready-made days, the switch of 税抜 and 税込, and what stands
//! where there is nothing to show.

use super::{Asked, Tax};
use crate::{
    console::reports::{Kind, kind::Days},
    reports::Period,
};
use jiff::civil::Date;
use web::{
    Html, table,
    ui::{Segment, segments},
};

impl Asked {
    /// The fields for the stores: what there is only one of is not asked.
    pub fn place_fields(&self) -> Html {
        let with_all = |list: Vec<(String, String)>| {
            [(String::new(), "すべて".to_owned())].into_iter().chain(list).collect::<Vec<_>>()
        };
        let stores = self.stores.iter().map(|store| (store.id.to_string(), store.name.clone())).collect::<Vec<_>>();
        let mut fields = Html::default();
        for (name, label, list, least) in [
            ("store", "店舗", stores, 2),
            ("area", "エリア", self.groups.areas.clone(), 1),
            ("brand", "業態・ブランド", self.groups.brands.clone(), 1),
        ] {
            if list.len() >= least {
                fields = fields.then(&self.form.field(name, label).select(&with_all(list)));
            }
        }
        fields
    }

    /// The fields for the days.
    pub fn period_fields(&self, kind: Kind) -> Html {
        match kind.days() {
            Days::One => self.form.field("date", "営業日").date(),
            Days::Month => self.form.field("month", "月（2026/11 のように）").narrow().input(),
            Days::Any => {
                let to = self.form.field("to", "終了日").date();
                self.form.field("from", "開始日").date().then(&to)
            }
        }
    }

    /// Whether 税込 was chosen.
    pub fn tax_is_chosen(&self) -> bool {
        self.tax == Tax::Included
    }

    /// 今日, 昨日, 今月, 先月; and the day or month before and after.
    pub fn presets(&self, kind: Kind) -> Html {
        let segment = |(label, period): (&str, Period)| Segment {
            label: label.to_owned(),
            href: self.link(kind, period),
            current: period == self.period(),
        };
        let offered: Vec<Segment> = presets(kind, self.today, self.period()).into_iter().map(segment).collect();
        segments("期間", &offered)
    }

    /// 税抜 or 税込.
    pub fn switch(&self, kind: Kind) -> Html {
        if !kind.is_taxed() {
            return Html::default();
        }
        let segment = |tax: Tax| Segment {
            label: tax.word().to_owned(),
            href: self.query.with("tax", if tax == Tax::Included { tax.key() } else { "" }),
            current: tax == self.tax,
        };
        segments("金額の表示", &[segment(Tax::Excluded), segment(Tax::Included)])
    }

    /// There is nothing to show: why, and what to do next.
    pub fn nothing(&self, kind: Kind) -> Html {
        if self.stores.is_empty() {
            let next = "USENレジの「設定＞外部連携設定＞FLARO」で連携開始を行うと、店舗と売上がここに表示されます。";
            return table::empty("店舗がまだありません", next, None);
        }
        let month = self.link(kind, Period::month(self.today.first_of_month()));
        let next = "期間や店舗を変えてください。精算が届いているかは営業日一覧で確認できます。";
        let action = if self.period() == Period::month(self.today) || kind.days() == Days::One {
            ("営業日一覧へ", "/days".to_owned())
        } else {
            ("今月を見る", month)
        };
        table::empty("この条件に当てはまる売上はありません", next, Some((action.0, &action.1)))
    }
}

pub(super) fn presets(kind: Kind, today: Date, shown: Period) -> Vec<(&'static str, Period)> {
    let yesterday = today.yesterday().unwrap_or(today);
    let last_month = today.first_of_month().yesterday().unwrap_or(today);
    match kind.days() {
        Days::One => {
            let next = shown.from.tomorrow().unwrap_or(shown.from);
            vec![
                ("今日", Period::day(today)),
                ("昨日", Period::day(yesterday)),
                ("前の日", shown.back(1)),
                ("次の日", Period::day(next)),
            ]
        }
        Days::Month => {
            let before = shown.from.yesterday().unwrap_or(shown.from);
            let after = shown.to.tomorrow().unwrap_or(shown.to);
            vec![
                ("今月", Period::month(today)),
                ("先月", Period::month(last_month)),
                ("前の月", Period::month(before)),
                ("次の月", Period::month(after)),
            ]
        }
        Days::Any => vec![
            ("今日", Period::day(today)),
            ("昨日", Period::day(yesterday)),
            ("今月", Period::month(today)),
            ("先月", Period::month(last_month)),
        ],
    }
}
