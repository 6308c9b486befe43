//! How figures, money, dates and times are written on a screen.
//!
//! Money is whole yen: `¥1,234`, a minus with a sign in front of the ¥ *and* in the colour of the class
//! [`minus_class`] gives. Time comes in as a parameter; nothing here knows what time it is.

use jiff::civil::{Date, Weekday};
use jiff::{Timestamp, tz::TimeZone};

use crate::html::Html;

/// `1,234,567`; a minus is the real minus sign `−`.
pub fn thousands(number: i64) -> String {
    let figures = number.unsigned_abs().to_string();
    let mut grouped = String::with_capacity(figures.len() + figures.len() / 3 + 3);
    if number < 0 {
        grouped.push('−');
    }
    for (i, figure) in figures.chars().enumerate() {
        if i > 0 && (figures.len() - i).is_multiple_of(3) {
            grouped.push(',');
        }
        grouped.push(figure);
    }
    grouped
}

/// `¥1,234`, `−¥1,234`.
pub fn yen(amount: i64) -> String {
    match thousands(amount).strip_prefix('−') {
        Some(figures) => format!("−¥{figures}"),
        None => format!("¥{}", thousands(amount)),
    }
}

/// The class an amount is shown with: `minus` below zero, nothing otherwise.
pub fn minus_class(amount: i64) -> &'static str {
    if amount < 0 { "minus" } else { "" }
}

/// [`yen`] as markup, red below zero.
pub fn yen_html(amount: i64) -> Html {
    if amount < 0 {
        Html::trusted(format!(r#"<span class="minus">{}</span>"#, yen(amount)))
    } else {
        Html::trusted(yen(amount))
    }
}

/// A share in percent with one decimal, rounded half away from zero; `―` of nothing.
pub fn percent(part: i64, whole: i64) -> String {
    if whole == 0 {
        return "―".to_owned();
    }
    let (part, whole) = (i128::from(part), i128::from(whole));
    let negative = (part < 0) != (whole < 0);
    let tenths = (part.abs() * 2000 + whole.abs()) / (whole.abs() * 2);
    let sign = if negative && tenths > 0 { "−" } else { "" };
    format!("{sign}{}.{}%", tenths / 10, tenths % 10)
}

/// `2026/11/22`
pub fn date(date: Date) -> String {
    format!("{:04}/{:02}/{:02}", date.year(), date.month(), date.day())
}

/// `2026/11/22（日）`
pub fn date_weekday(day: Date) -> String {
    format!("{}（{}）", date(day), weekday(day.weekday()))
}

/// `11/22（日）`
pub fn month_day(date: Date) -> String {
    format!("{}/{}（{}）", date.month(), date.day(), weekday(date.weekday()))
}

/// `日`, `月`, …
pub fn weekday(day: Weekday) -> &'static str {
    ["月", "火", "水", "木", "金", "土", "日"][usize::from(day.to_monday_zero_offset().unsigned_abs())]
}

/// `22:41` in the zone.
pub fn time(at: Timestamp, zone: &TimeZone) -> String {
    let local = zone.to_datetime(at);
    format!("{:02}:{:02}", local.hour(), local.minute())
}

/// `2026/11/22 22:41` in the zone.
pub fn date_time(at: Timestamp, zone: &TimeZone) -> String {
    format!("{} {}", date(zone.to_datetime(at).date()), time(at, zone))
}

/// The time as hours since the midnight that began `day`: ten past one in the following night is `25:10`.
pub fn time_of(day: Date, at: Timestamp, zone: &TimeZone) -> String {
    let local = zone.to_datetime(at);
    let days = local.date().since(day).map_or(0, |span| span.get_days());
    if !(0..=1).contains(&days) {
        return date_time(at, zone);
    }
    format!("{:02}:{:02}", i32::from(local.hour()) + 24 * days, local.minute())
}

/// `たった今`, `3分前`, `2時間前`, `5日前`, and the date when it is a month or more.
pub fn ago(then: Timestamp, now: Timestamp, zone: &TimeZone) -> String {
    let seconds = now.as_second() - then.as_second();
    match seconds {
        ..0 => date_time(then, zone),
        0..60 => "たった今".to_owned(),
        60..3_600 => format!("{}分前", seconds / 60),
        3_600..86_400 => format!("{}時間前", seconds / 3_600),
        86_400..2_592_000 => format!("{}日前", seconds / 86_400),
        _ => date(zone.to_datetime(then).date()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tokyo() -> TimeZone {
        TimeZone::get("Asia/Tokyo").unwrap()
    }

    #[test]
    fn money_has_separators_and_a_real_minus_before_the_yen() {
        assert_eq!(yen(0), "¥0");
        assert_eq!(yen(999), "¥999");
        assert_eq!(yen(1_234), "¥1,234");
        assert_eq!(yen(-1_234_567), "−¥1,234,567");
        assert_eq!(thousands(i64::MIN), "−9,223,372,036,854,775,808");
        assert_eq!(yen_html(-5).as_str(), r#"<span class="minus">−¥5</span>"#);
        assert_eq!((minus_class(-1), minus_class(0)), ("minus", ""));
    }

    #[test]
    fn shares_are_rounded_once_and_of_nothing_are_a_dash() {
        assert_eq!(percent(1042, 1000), "104.2%");
        assert_eq!(percent(1, 3), "33.3%");
        assert_eq!(percent(2, 3), "66.7%");
        assert_eq!(percent(-1, 3), "−33.3%");
        assert_eq!(percent(-1, 1_000_000), "0.0%");
        assert_eq!(percent(5, 0), "―");
    }

    #[test]
    fn days_carry_their_weekday() {
        assert_eq!(date_weekday(jiff::civil::date(2026, 11, 22)), "2026/11/22（日）");
        assert_eq!(month_day(jiff::civil::date(2026, 3, 2)), "3/2（月）");
    }

    #[test]
    fn after_midnight_the_hours_of_a_day_go_on() {
        let at: Timestamp = "2026-11-22T16:10:00Z".parse().unwrap();
        assert_eq!(time(at, &tokyo()), "01:10");
        assert_eq!(time_of(jiff::civil::date(2026, 11, 22), at, &tokyo()), "25:10");
        assert_eq!(time_of(jiff::civil::date(2026, 11, 23), at, &tokyo()), "01:10");
        assert_eq!(time_of(jiff::civil::date(2026, 11, 1), at, &tokyo()), "2026/11/23 01:10");
    }

    #[test]
    fn the_past_is_told_in_the_largest_unit_that_fits() {
        let now: Timestamp = "2026-11-22T13:44:00Z".parse().unwrap();
        let before = |seconds: i64| ago(Timestamp::from_second(now.as_second() - seconds).unwrap(), now, &tokyo());
        assert_eq!(before(5), "たった今");
        assert_eq!(before(185), "3分前");
        assert_eq!(before(7_300), "2時間前");
        assert_eq!(before(432_100), "5日前");
        assert_eq!(before(40 * 86_400), "2026/10/13");
        assert_eq!(before(-60), "2026/11/22 22:45");
    }
}
