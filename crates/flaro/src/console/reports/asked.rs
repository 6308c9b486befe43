//! What somebody asks a report for: stores, days, 税抜 or 税込, all of it in the URL. What can't be read is said under its
//! field, and the report of the usual days stands below it.

use super::{Kind, kind::Days};
use crate::{
    FlaroError, days,
    reports::{self, DAYS_MAX, Groups, Period, Range},
    stores::Store,
    tenant::Viewer,
};
use db::Tx;
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use web::{
    Form, Html, ListQuery, format, table, text,
    ui::{Segment, segments},
};

/// 税抜 or 税込.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(in crate::console) enum Tax {
    #[default]
    Excluded,
    Included,
}

impl Tax {
    /// As it stands in a URL.
    pub fn key(self) -> &'static str {
        match self {
            Self::Excluded => "net",
            Self::Included => "total",
        }
    }

    /// As people say it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Excluded => "税抜",
            Self::Included => "税込",
        }
    }

    /// The amount that is meant.
    pub fn of(self, net: i64, total: i64) -> i64 {
        match self {
            Self::Excluded => net,
            Self::Included => total,
        }
    }

    /// A heading with its 税抜 or 税込: `売上（税抜）`.
    pub fn heading(self, what: &str) -> String {
        format!("{what}（{}）", self.word())
    }
}

/// What is asked for.
#[derive(Clone, Debug)]
pub(in crate::console) struct Asked {
    pub query: ListQuery,
    pub form: Form,
    /// Every store in sight.
    pub stores: Vec<Store>,
    /// The one store that was chosen.
    pub store: Option<Store>,
    /// Areas and brands, and which store is of which.
    pub groups: Groups,
    pub range: Range,
    pub tax: Tax,
    pub zone: TimeZone,
    pub now: Timestamp,
    today: Date,
    company: String,
}

impl Asked {
    /// Reads the URL. `newest` days are usual where none are asked for.
    pub(in crate::console) async fn read(
        tx: &mut Tx,
        viewer: &Viewer,
        query: ListQuery,
        kind: Kind,
        now: Timestamp,
    ) -> Result<Self, FlaroError> {
        let stores = days::visible_stores(tx, &viewer.scope).await?;
        let mut form = query.form();
        let groups = reports::groups(tx, &viewer.scope.company).await?;
        let store = chosen(&stores, &mut form);
        let (area, brand) = (grouped(&groups.areas, &mut form, "area"), grouped(&groups.brands, &mut form, "brand"));
        let today =
            store.as_ref().or(stores.first()).map_or_else(|| viewer.zone.to_datetime(now).date(), |s| s.today(now));
        let newest = days::newest(tx, &viewer.scope).await?.unwrap_or(today);
        let period = period(&mut form, kind, today, newest);
        let inside = |wanted: &Store| {
            let id = wanted.id.to_string();
            store.as_ref().is_none_or(|store| store.id == wanted.id)
                && area.as_ref().is_none_or(|area| groups.area_of(&id) == Some(area))
                && brand.as_ref().is_none_or(|brand| groups.brand_of(&id) == Some(brand))
        };
        let chosen = stores.iter().filter(|store| inside(store)).map(|store| store.id.to_string()).collect();
        let whole = store.is_none() && area.is_none() && brand.is_none() && viewer.scope.all_stores;
        Ok(Self {
            tax: if form.text("tax") == "total" { Tax::Included } else { Tax::Excluded },
            range: Range { scope: viewer.scope.clone(), stores: chosen, whole, period },
            zone: viewer.zone.clone(),
            company: viewer.company_name.clone(),
            query,
            form,
            stores,
            store,
            groups,
            now,
            today,
        })
    }

    /// The days asked for.
    pub fn period(&self) -> Period {
        self.range.period
    }

    /// The stores asked for, in the order of the store table.
    pub fn chosen(&self) -> impl Iterator<Item = &Store> {
        self.stores.iter().filter(|store| self.range.stores.contains(&store.id.to_string()))
    }

    /// What a store is called.
    pub fn store_name(&self, id: &str) -> String {
        let known = self.stores.iter().find(|store| store.id.to_string() == id);
        known.map_or_else(|| "不明な店舗".to_owned(), |store| store.name.clone())
    }

    /// The stores in words.
    pub fn place(&self) -> String {
        if let Some(store) = &self.store {
            return store.name.clone();
        }
        let named = |list: &[(String, String)], field: &str| {
            let asked = self.form.text(field);
            list.iter().find(|(id, _)| id == asked).map(|(_, name)| name.clone())
        };
        let groups = [named(&self.groups.areas, "area"), named(&self.groups.brands, "brand")];
        let groups: Vec<String> = groups.into_iter().flatten().collect();
        let count = self.range.stores.len();
        if groups.is_empty() { format!("全{count}店舗") } else { format!("{} {count}店舗", groups.join("・")) }
    }

    /// What of the stores stands in the URL, to be kept in links.
    fn place_query(&self) -> Vec<(&'static str, String)> {
        let kept = |name: &'static str| {
            let value = self.form.text(name).to_owned();
            (!value.is_empty() && self.form.errors().of(name).is_none()).then_some((name, value))
        };
        ["store", "area", "brand"].into_iter().filter_map(kept).collect()
    }

    /// Stores, days and 税抜 or 税込 in words.
    pub fn words(&self) -> String {
        format!("{}・{}・{}", self.place(), self.period().words(), self.tax.word())
    }

    /// Stores and days in words.
    pub fn place_and_days(&self) -> String {
        format!("{}・{}", self.place(), self.period().words())
    }

    /// The question as it stands in the URL, with the days that were meant.
    pub fn query_text(&self) -> String {
        let kept = self.form.fields().filter(|(name, value)| !value.is_empty() && !matches!(*name, "page" | "format"));
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(kept).finish()
    }

    /// 今日, 昨日, 今月 and 先月.
    pub fn preset_periods(&self) -> Vec<(&'static str, Period)> {
        presets(Kind::Hours, self.today, self.period())
    }

    /// What a file is about.
    pub fn subject(&self) -> String {
        let place = self.store.as_ref().map_or(&self.company, |store| &store.name);
        format!("{place}_{}", self.period().words())
    }

    /// Another report, over the same stores and these days.
    pub fn link(&self, kind: Kind, period: Period) -> String {
        self.link_with(kind, period, &[])
    }

    /// The same, with more in its URL.
    pub fn link_with(&self, kind: Kind, period: Period, more: &[(&str, &str)]) -> String {
        self.url(kind, &self.place_query(), period, more)
    }

    /// Another report over one store.
    pub fn link_to(&self, kind: Kind, store: &str, period: Period) -> String {
        self.url(kind, &[("store", store.to_owned())], period, &[])
    }

    fn url(&self, kind: Kind, place: &[(&'static str, String)], period: Period, more: &[(&str, &str)]) -> String {
        let mut query = url::form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(place);
        match kind.days() {
            Days::One => query.append_pair("date", &format::date(period.from)),
            Days::Month => query.append_pair("month", &month(period.from)),
            Days::Any => {
                query.append_pair("from", &format::date(period.from)).append_pair("to", &format::date(period.to))
            }
        };
        if self.tax == Tax::Included {
            query.append_pair("tax", self.tax.key());
        }
        query.extend_pairs(more);
        format!("{}?{}", kind.path(), query.finish())
    }

    /// Where a date leads: to the store's day, or to the day's report over the stores.
    pub fn day_link(&self, date: Date) -> String {
        match &self.store {
            Some(store) => format!("/days/{}/{date}", store.id),
            None => self.link(Kind::Daily, Period::day(date)),
        }
    }

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

/// `2026/11`
pub(super) fn month(date: Date) -> String {
    format!("{:04}/{:02}", date.year(), date.month())
}

fn chosen(stores: &[Store], form: &mut Form) -> Option<Store> {
    let asked = form.text("store").to_owned();
    if asked.is_empty() {
        return None;
    }
    let found = stores.iter().find(|store| store.id.to_string() == asked).cloned();
    if found.is_none() {
        form.error("store", "店舗を選び直してください。この店舗は閲覧範囲にありません");
    }
    found
}

/// The area or brand that was chosen; one that isn't there any more narrows nothing, and says so.
fn grouped(list: &[(String, String)], form: &mut Form, name: &str) -> Option<String> {
    let asked = form.text(name).to_owned();
    if asked.is_empty() {
        return None;
    }
    if !list.iter().any(|(id, _)| *id == asked) {
        form.error(name, "選び直してください。この選択肢はもうありません");
        return None;
    }
    Some(asked)
}

/// The days that are asked for, or the usual ones, written into the form.
fn period(form: &mut Form, kind: Kind, today: Date, newest: Date) -> Period {
    match kind.days() {
        Days::One => {
            let asked = dated(form, "date", "営業日").unwrap_or(newest);
            set(form, "date", asked);
            Period::day(asked)
        }
        Days::Month => {
            let typed = form.text("month").to_owned();
            let asked = Period::of_month(&typed);
            if asked.is_none() && !typed.is_empty() {
                form.error("month", "月は 2026/11 のように入力してください");
            }
            let period = asked.unwrap_or_else(|| Period::month(newest));
            if form.errors().of("month").is_none() {
                form.set("month", month(period.from));
            }
            period
        }
        Days::Any => any(form, today.max(newest)),
    }
}

fn any(form: &mut Form, newest: Date) -> Period {
    let usual = Period::month(newest);
    let (from, to) = (dated(form, "from", "開始日"), dated(form, "to", "終了日"));
    let from = from.unwrap_or_else(|| to.map_or(usual.from, Date::first_of_month));
    let mut period = Period { from, to: to.unwrap_or_else(|| from.last_of_month()) };
    if period.to < period.from {
        form.error("to", "終了日は開始日と同じか、あとの日を入力してください");
        period.to = period.from;
    } else if period.len() > DAYS_MAX {
        form.error("to", format!("期間は{DAYS_MAX}日までにしてください"));
        period.to = period.from.saturating_add(jiff::Span::new().days(DAYS_MAX - 1));
    }
    set(form, "from", period.from);
    set(form, "to", period.to);
    period
}

fn dated(form: &mut Form, name: &str, label: &str) -> Option<Date> {
    let typed = form.text(name).to_owned();
    let date = text::date(&typed);
    if date.is_none() && !typed.is_empty() {
        form.error(name, format!("{label}は 2026/11/01 のように、ある日付を入力してください"));
    }
    date
}

/// What was typed wrong stays as it was typed.
fn set(form: &mut Form, name: &str, date: Date) {
    if form.errors().of(name).is_none() {
        form.set(name, format::date(date));
    }
}

fn presets(kind: Kind, today: Date, shown: Period) -> Vec<(&'static str, Period)> {
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
