//! 営業日 and 時間帯: to which business date and hour a moment belongs in a store.

use jiff::{
    Timestamp,
    civil::{Date, Time},
    tz::TimeZone,
};
use serde::{Deserialize, Serialize};
use std::fmt;

/// A store's time zone and 日付切替時刻.
#[derive(Clone, Debug)]
pub struct DayRule {
    zone: TimeZone,
    cut_over: Time,
}

/// Why a store's day rule can't be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DayRuleError {
    /// No such time zone.
    #[error("time zone \"{0}\" is unknown: use an IANA name such as Asia/Tokyo")]
    Zone(String),
    /// Not a time of day.
    #[error("cut-over \"{0}\" is not a time of day: use HH:MM such as 05:00")]
    CutOver(String),
    /// A business hour over 47.
    #[error("business hour {0} is out of range: 0 to 47")]
    Hour(i64),
}

impl DayRule {
    /// Reads an IANA zone name and a cut-over `HH:MM`.
    pub fn new(zone: &str, cut_over: &str) -> Result<Self, DayRuleError> {
        Ok(Self {
            zone: TimeZone::get(zone).map_err(|_| DayRuleError::Zone(zone.to_owned()))?,
            cut_over: cut_over.parse().map_err(|_| DayRuleError::CutOver(cut_over.to_owned()))?,
        })
    }

    /// The store's time zone.
    pub fn zone(&self) -> &TimeZone {
        &self.zone
    }

    /// The business date a session opened at `at` counts for: before the cut-over it is the day before.
    pub fn business_date(&self, at: Timestamp) -> Date {
        let local = at.to_zoned(self.zone.clone());
        if local.time() < self.cut_over { local.date().saturating_sub(jiff::Span::new().days(1)) } else { local.date() }
    }

    /// The 時間帯 of `at` within `business_date`: 24時 and later once the calendar day is over.
    /// A session kept open beyond 47時 counts there; a clock set back before the date counts at 0時.
    pub fn business_hour(&self, at: Timestamp, business_date: Date) -> BusinessHour {
        let local = at.to_zoned(self.zone.clone());
        let days = local.date().duration_since(business_date).as_hours() / 24;
        let hour = days * 24 + i64::from(local.hour());
        BusinessHour(u8::try_from(hour.clamp(0, 47)).unwrap_or(47))
    }
}

/// 時間帯: 0 to 47; after midnight of the same business date it reads 24時, 25時 …
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
#[cfg_attr(feature = "schema", schemars(extend("minimum" = 0, "maximum" = 47)))]
#[serde(try_from = "i64", into = "i64")]
pub struct BusinessHour(u8);

impl BusinessHour {
    /// The hour as a number, 0 to 47.
    pub fn get(self) -> u8 {
        self.0
    }
}

impl TryFrom<i64> for BusinessHour {
    type Error = DayRuleError;
    fn try_from(hour: i64) -> Result<Self, DayRuleError> {
        u8::try_from(hour).ok().filter(|h| *h <= 47).map(Self).ok_or(DayRuleError::Hour(hour))
    }
}

impl From<BusinessHour> for i64 {
    fn from(hour: BusinessHour) -> Self {
        hour.0.into()
    }
}

impl fmt::Display for BusinessHour {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}時", self.0)
    }
}
