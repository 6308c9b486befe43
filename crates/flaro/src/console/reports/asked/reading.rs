//! The URL's words, read: what is not a store, an area or a day is said under its field, and the usual stands for it.

use super::month;
use crate::{
    console::reports::{Kind, kind::Days},
    reports::{DAYS_MAX, Period},
    stores::Store,
};
use jiff::civil::Date;
use web::{Form, format, text};

pub(super) fn chosen(stores: &[Store], form: &mut Form) -> Option<Store> {
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
pub(super) fn grouped(list: &[(String, String)], form: &mut Form, name: &str) -> Option<String> {
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
pub(super) fn period(form: &mut Form, kind: Kind, today: Date, newest: Date) -> Period {
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
