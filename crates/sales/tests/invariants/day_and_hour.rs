//! 営業日 and 時間帯: cut-overs, hours past 24時, and zones whose clocks change.

use crate::kit::cases;
use jiff::{SignedDuration, Timestamp, civil::Date};
use proptest::{prelude::*, sample::select};
use sales::{BusinessHour, DayRule, DayRuleError};

/// Business date and hour of a moment written in the store's own time.
fn at(zone: &str, cut_over: &str, local: &str) -> (String, u8) {
    let rule = DayRule::new(zone, cut_over).unwrap();
    let at = local.parse::<jiff::civil::DateTime>().unwrap().to_zoned(rule.zone().clone()).unwrap().timestamp();
    let date = rule.business_date(at);
    (date.to_string(), rule.business_hour(at, date).get())
}

#[test]
fn after_midnight_the_day_goes_on_until_the_cut_over() {
    let tokyo = |local| at("Asia/Tokyo", "05:00", local);
    assert_eq!(tokyo("2026-04-03T23:59:59"), ("2026-04-03".into(), 23));
    assert_eq!(tokyo("2026-04-04T00:00:00"), ("2026-04-03".into(), 24));
    assert_eq!(tokyo("2026-04-04T02:10:00"), ("2026-04-03".into(), 26));
    assert_eq!(tokyo("2026-04-04T04:59:59.999"), ("2026-04-03".into(), 28));
    assert_eq!(tokyo("2026-04-04T05:00:00"), ("2026-04-04".into(), 5));
    assert_eq!(at("Asia/Tokyo", "00:00", "2026-04-04T00:00:00"), ("2026-04-04".into(), 0));
    assert_eq!(at("Asia/Tokyo", "23:59", "2026-04-04T23:58:00"), ("2026-04-03".into(), 47));
    assert_eq!(at("Asia/Tokyo", "05:00", "2026-01-01T01:00:00"), ("2025-12-31".into(), 25));
    assert_eq!(at("Asia/Tokyo", "05:00", "2028-03-01T00:30:00"), ("2028-02-29".into(), 24));
}

#[test]
fn a_clock_that_changes_neither_skips_nor_doubles_a_day() {
    let york = |local| at("America/New_York", "02:30", local);
    // 2026-03-08: 02:00 to 03:00 does not exist; the cut-over lies in the gap.
    assert_eq!(york("2026-03-08T01:59:00"), ("2026-03-07".into(), 25));
    assert_eq!(york("2026-03-08T03:00:00"), ("2026-03-08".into(), 3));
    // 2026-11-01: 01:00 to 02:00 happens twice, and both are 25時 of the day before.
    let rule = DayRule::new("America/New_York", "02:30").unwrap();
    for utc in ["2026-11-01T05:30:00Z", "2026-11-01T06:30:00Z"] {
        let at: Timestamp = utc.parse().unwrap();
        let date = rule.business_date(at);
        assert_eq!((date.to_string(), rule.business_hour(at, date).get()), ("2026-10-31".into(), 25));
    }
}

#[test]
fn a_session_kept_open_or_a_clock_set_back_stays_in_range() {
    let rule = DayRule::new("Asia/Tokyo", "05:00").unwrap();
    let date: Date = "2026-04-03".parse().unwrap();
    let hour = |utc: &str| rule.business_hour(utc.parse().unwrap(), date).get();
    assert_eq!(hour("2026-04-04T05:00:00Z"), 38);
    assert_eq!(hour("2026-04-09T00:00:00Z"), 47);
    assert_eq!(hour("2026-04-01T00:00:00Z"), 0);
}

#[test]
fn rules_that_are_none_are_refused_by_name() {
    assert_eq!(DayRule::new("Asia/Tokio", "05:00").unwrap_err(), DayRuleError::Zone("Asia/Tokio".into()));
    for cut_over in ["25:00", "5時", "", "05:60"] {
        assert_eq!(DayRule::new("Asia/Tokyo", cut_over).unwrap_err(), DayRuleError::CutOver(cut_over.into()));
    }
    assert_eq!(BusinessHour::try_from(48), Err(DayRuleError::Hour(48)));
    assert_eq!(BusinessHour::try_from(-1), Err(DayRuleError::Hour(-1)));
    assert_eq!(BusinessHour::try_from(25).unwrap().to_string(), "25時");
    assert!(serde_json::from_str::<BusinessHour>("48").is_err());
    assert_eq!(serde_json::to_string(&BusinessHour::try_from(47).unwrap()).unwrap(), "47");
}

proptest! {
    #![proptest_config(cases(2_000))]

    #[test]
    fn every_moment_has_one_date_and_an_hour_after_the_cut_over(
        second in 1_500_000_000..2_200_000_000_i64,
        zone in select(vec!["Asia/Tokyo", "America/New_York", "Australia/Lord_Howe", "Pacific/Apia", "UTC"]),
        cut_over in 0..24_i8,
    ) {
        let rule = DayRule::new(zone, &format!("{cut_over:02}:00")).unwrap();
        let at = Timestamp::from_second(second).unwrap();
        let date = rule.business_date(at);
        let hour = i64::from(rule.business_hour(at, date).get());
        prop_assert!((i64::from(cut_over)..i64::from(cut_over) + 24).contains(&hour), "{at} is {hour}時 of {date}");
        let local = at.to_zoned(rule.zone().clone());
        prop_assert_eq!(i64::from(local.hour()), hour % 24);
        let next = rule.business_date(at + SignedDuration::from_mins(1));
        prop_assert!(next >= date || rule.zone().iana_name() != Some("Asia/Tokyo"));
    }
}
