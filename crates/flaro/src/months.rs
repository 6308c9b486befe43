//! A calendar month (`2026-11`), as budgets and costs are kept by.

use jiff::{ToSpan, civil::Date};
use std::{fmt, str::FromStr};
use web::text;

/// A month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct Month(Date);

impl Month {
    /// The month of a date.
    pub fn of(date: Date) -> Self {
        Self(date.first_of_month())
    }

    /// Its first day.
    pub fn first(self) -> Date {
        self.0
    }

    /// Its last day.
    pub fn last(self) -> Date {
        self.0.last_of_month()
    }

    /// All its days.
    pub fn days(self) -> impl Iterator<Item = Date> {
        self.0.series(1.day()).take(usize::try_from(self.0.days_in_month()).unwrap_or(31))
    }

    /// The one before.
    pub fn before(self) -> Self {
        Self(self.0.saturating_sub(1.month()))
    }

    /// The one after.
    pub fn after(self) -> Self {
        Self(self.0.saturating_add(1.month()))
    }

    /// For people.
    pub fn label(self) -> String {
        format!("{}年{}月", self.0.year(), self.0.month())
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-{:02}", self.0.year(), self.0.month())
    }
}

/// Reads `2026-11`, `2026/11` and `2026年11月`, in any width; a whole date stands for its month.
impl FromStr for Month {
    type Err = &'static str;

    fn from_str(typed: &str) -> Result<Self, Self::Err> {
        let wrong = "2026/11 のように、年と月を入力してください";
        let plain = text::digits(typed).replace(['-', '.', '年'], "/").replace('月', "");
        let parts: Vec<&str> = plain.split('/').filter(|part| !part.is_empty()).collect();
        let [year, month] = match parts[..] {
            [year, month] => [year, month],
            [year, month, _] if text::date(typed).is_some() => [year, month],
            _ => return Err(wrong),
        };
        if year.len() != 4 || month.len() > 2 {
            return Err(wrong);
        }
        text::date(&format!("{year}/{month}/1")).map(Self::of).ok_or(wrong)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn months_are_read_as_people_write_them_and_kept_one_way() {
        for typed in ["2026-11", "2026/11", "２０２６年１１月", " 2026/11/23 "] {
            assert_eq!(typed.parse::<Month>().unwrap().to_string(), "2026-11", "{typed}");
        }
        for wild in ["", "2026", "26/11", "2026/13", "2026/11/31", "2026/11/1/1", "202611"] {
            assert!(wild.parse::<Month>().is_err(), "{wild}");
        }
        let february = Month::of(date(2028, 2, 10));
        assert_eq!((february.days().count(), february.last()), (29, date(2028, 2, 29)));
        assert_eq!((february.before().to_string(), february.after().label()), ("2028-01".into(), "2028年3月".into()));
    }
}
