//! From a day to a day, both in it, and how it falls apart into whole months and the days around them.

use jiff::{Span, civil::Date};

/// The most days of one report: a leap year.
pub(crate) const DAYS_MAX: i64 = 366;

/// From a day to a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Period {
    pub from: Date,
    pub to: Date,
}

/// Whole months as `YYYY-MM`, and runs of days outside of them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Pieces {
    pub months: Vec<String>,
    pub days: Vec<(Date, Date)>,
}

impl Period {
    /// One day.
    pub fn day(date: Date) -> Self {
        Self { from: date, to: date }
    }

    /// The month that a day is in, whole.
    pub fn month(date: Date) -> Self {
        Self { from: date.first_of_month(), to: date.last_of_month() }
    }

    /// `YYYY-MM`, or `YYYY/MM`.
    pub fn of_month(text: &str) -> Option<Self> {
        let text = web::text::digits(text).replace('-', "/");
        web::text::date(&format!("{text}/1")).map(Self::month)
    }

    /// So many days earlier.
    #[must_use]
    pub fn back(self, days: i64) -> Self {
        let back = |date: Date| date.saturating_sub(Span::new().days(days));
        Self { from: back(self.from), to: back(self.to) }
    }

    /// How many days.
    pub fn len(self) -> i64 {
        i64::from(self.to.since(self.from).map_or(0, |span| span.get_days())) + 1
    }

    /// Every day, oldest first.
    pub fn days(self) -> impl Iterator<Item = Date> {
        self.from.series(Span::new().days(1)).take_while(move |date| *date <= self.to)
    }

    /// Whether it is one day.
    pub fn is_day(self) -> bool {
        self.from == self.to
    }

    /// Whether it is one calendar month.
    pub fn is_month(self) -> bool {
        self == Self::month(self.from)
    }

    /// As people read it: a day with its weekday, a month, or from–to.
    pub fn words(self) -> String {
        use web::format::{date, date_weekday};
        if self.is_day() {
            date_weekday(self.from)
        } else if self.is_month() {
            format!("{}年{}月", self.from.year(), self.from.month())
        } else {
            format!("{}〜{}", date(self.from), date(self.to))
        }
    }

    /// Whole months and the days around them. A day before the first month and one after the last are runs of their own.
    pub fn pieces(self) -> Pieces {
        let mut pieces = Pieces::default();
        let mut from = self.from;
        while from <= self.to {
            let last = from.last_of_month();
            let to = last.min(self.to);
            if from == from.first_of_month() && to == last {
                pieces.months.push(month_key(from));
            } else {
                pieces.days.push((from, to));
            }
            match to.tomorrow() {
                Ok(next) => from = next,
                Err(_) => break,
            }
        }
        pieces
    }
}

/// `YYYY-MM`
pub(crate) fn month_key(date: Date) -> String {
    format!("{:04}-{:02}", date.year(), date.month())
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_period_falls_apart_into_months_and_the_days_around_them() {
        let period = Period { from: date(2026, 1, 30), to: date(2026, 4, 2) };
        let pieces = period.pieces();
        assert_eq!(pieces.months, ["2026-02", "2026-03"]);
        let around = [(date(2026, 1, 30), date(2026, 1, 31)), (date(2026, 4, 1), date(2026, 4, 2))];
        assert_eq!(pieces.days, around);
        assert_eq!(Period::month(date(2024, 2, 9)).pieces().months, ["2024-02"]);
        assert_eq!(Period::day(date(2026, 2, 28)).pieces().days.len(), 1);
        assert_eq!(period.len(), 63);
        assert_eq!(period.days().count(), 63);
        assert_eq!(Period::of_month("２０２６／２"), Some(Period::month(date(2026, 2, 1))));
    }
}
