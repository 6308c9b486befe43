//! What somebody asks a report for: stores, days, 税抜 or 税込, all of it in the URL. What can't be read is said under its
//! field, and the report of the usual days stands below it.

mod fields;
mod reading;

use super::{Kind, kind::Days};
use crate::{
    FlaroError, days,
    reports::{self, Groups, Period, Range},
    stores::Store,
    tenant::Viewer,
};
use db::Tx;
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use web::{Form, ListQuery, format};

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
        let store = reading::chosen(&stores, &mut form);
        let (area, brand) =
            (reading::grouped(&groups.areas, &mut form, "area"), reading::grouped(&groups.brands, &mut form, "brand"));
        let today =
            store.as_ref().or(stores.first()).map_or_else(|| viewer.zone.to_datetime(now).date(), |s| s.today(now));
        let newest = days::newest(tx, &viewer.scope).await?.unwrap_or(today);
        let period = reading::period(&mut form, kind, today, newest);
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
        fields::presets(Kind::Hours, self.today, self.period())
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
}
/// `2026/11`
pub(super) fn month(date: Date) -> String {
    format!("{:04}/{:02}", date.year(), date.month())
}
