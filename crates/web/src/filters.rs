//! The words of [`crate::format`] as template filters: `{{ row.amount|yen }}`, `{{ row.day|date_weekday }}`.
//!
//! A template brings them in with `use web::filters;` beside its struct. They take a value or any reference to it,
//! because Askama hands over either. [`yen`] is red below zero by itself.

// What `filter_fn` generates has no documentation of its own and takes its arguments as it likes.
#![allow(missing_docs, clippy::pedantic)]

use askama::{Result, Values, filter_fn};
use jiff::civil::Date;
use jiff::{Timestamp, tz::TimeZone};

use crate::format;
use crate::html::Html;

/// A value, or a reference to it, or a reference to that.
pub trait Plain<T> {
    /// The value itself.
    fn plain(&self) -> T;
}

macro_rules! plain {
    ($($from:ty => $to:ty),+) => {$(
        impl Plain<$to> for $from {
            fn plain(&self) -> $to {
                <$to>::from(*self)
            }
        }
    )+};
}

plain!(i64 => i64, i32 => i64, u32 => i64, Date => Date, Timestamp => Timestamp);

impl<T, P: Plain<T> + ?Sized> Plain<T> for &P {
    fn plain(&self) -> T {
        (**self).plain()
    }
}

/// `¥1,234`, red below zero.
#[filter_fn]
pub fn yen<A: Plain<i64>>(amount: A, _: &dyn Values) -> Result<Html> {
    Ok(format::yen_html(amount.plain()))
}

/// `1,234`
#[filter_fn]
pub fn thousands<A: Plain<i64>>(number: A, _: &dyn Values) -> Result<String> {
    Ok(format::thousands(number.plain()))
}

/// `2026/11/22`
#[filter_fn]
pub fn date<D: Plain<Date>>(day: D, _: &dyn Values) -> Result<String> {
    Ok(format::date(day.plain()))
}

/// `2026/11/22（日）`
#[filter_fn]
pub fn date_weekday<D: Plain<Date>>(day: D, _: &dyn Values) -> Result<String> {
    Ok(format::date_weekday(day.plain()))
}

/// `11/22（日）`
#[filter_fn]
pub fn month_day<D: Plain<Date>>(day: D, _: &dyn Values) -> Result<String> {
    Ok(format::month_day(day.plain()))
}

/// `22:41` in the zone: `{{ at|time(zone) }}`.
#[filter_fn]
pub fn time<A: Plain<Timestamp>>(at: A, _: &dyn Values, zone: &TimeZone) -> Result<String> {
    Ok(format::time(at.plain(), zone))
}

/// `2026/11/22 22:41` in the zone: `{{ at|date_time(zone) }}`.
#[filter_fn]
pub fn date_time<A: Plain<Timestamp>>(at: A, _: &dyn Values, zone: &TimeZone) -> Result<String> {
    Ok(format::date_time(at.plain(), zone))
}

#[cfg(test)]
mod tests {
    use askama::Template;

    use super::*;
    use crate::filters;

    #[derive(Template)]
    #[template(
        ext = "html",
        source = "{{ one|yen }} {% for n in many %}{{ n|yen }}/{{ n|thousands }} {% endfor %}{{ day|date_weekday }} {{ at|time(zone) }}"
    )]
    struct Row<'a> {
        one: i64,
        many: &'a [i64],
        day: Date,
        at: Timestamp,
        zone: TimeZone,
    }

    #[test]
    fn filters_take_values_and_references() {
        let zone = TimeZone::get("Asia/Tokyo").unwrap();
        let at = Timestamp::from_second(0).unwrap();
        let row = Row { one: -5, many: &[1_200], day: jiff::civil::date(2026, 11, 22), at, zone };
        let expected = r#"<span class="minus">−¥5</span> ¥1,200/1,200 2026/11/22（日） 09:00"#;
        assert_eq!(row.render().unwrap(), expected);
    }
}
