//! What goes later than its 精算: held while a store was off, 過去分連携, or left unsent by the generation before.
//! Pure. pos asks the same questions in SQL; a test of pos holds both against each other.

use crate::outbox::{Row, State};
use jiff::{Timestamp, civil::Date};

/// A settlement that stands, and every event there is of it.
#[derive(Clone, Copy, Debug)]
pub struct Standing<'a> {
    /// 営業日
    pub business_date: Date,
    /// The revision that stands.
    pub revision: u32,
    /// When that came in.
    pub received_at: Timestamp,
    /// Its events, of all revisions and generations.
    pub events: &'a [Row],
}

/// What a generation covers of a store.
#[derive(Clone, Copy, Debug, Default)]
pub struct Coverage<'a> {
    /// 連携開始日 and 連携終了日, both inclusive.
    pub window: Option<(Date, Date)>,
    /// The ranges that 過去分連携 opened.
    pub past_ranges: &'a [(Date, Date)],
    /// Held days that a person discarded.
    pub discarded_days: &'a [Date],
}

impl Coverage<'_> {
    fn in_window(&self, day: Date) -> bool {
        self.window.is_some_and(|(from, to)| (from..=to).contains(&day)) && !self.discarded_days.contains(&day)
    }

    fn in_past(&self, day: Date) -> bool {
        self.past_ranges.iter().any(|(from, to)| (*from..=*to).contains(&day))
    }
}

impl Standing<'_> {
    /// Queued in this generation already, or delivered through whatever one: nothing is left to queue.
    fn is_done(&self, generation: i64) -> bool {
        let covers = |row: &Row| row.revision >= self.revision && (row.generation == generation || row.delivered);
        self.events.iter().any(covers)
    }
}

/// Whether switching the store on queues it.
pub fn is_held(standing: &Standing<'_>, generation: i64, coverage: &Coverage<'_>) -> bool {
    let day = standing.business_date;
    let wanted = coverage.in_window(day) || coverage.in_past(day) || standing.events.iter().any(Row::is_sent);
    wanted && !standing.is_done(generation)
}

/// Whether 過去分連携 of this range queues it.
pub fn is_past(standing: &Standing<'_>, generation: i64, (from, to): (Date, Date)) -> bool {
    (from..=to).contains(&standing.business_date) && !standing.is_done(generation)
}

/// Whether this generation takes it over from the one before, which ended then and covered that. A day that a person
/// discarded in either of them stays behind.
pub fn is_inherited(
    standing: &Standing<'_>,
    generation: i64,
    now: &Coverage<'_>,
    before: &Coverage<'_>,
    ended_at: Option<Timestamp>,
) -> bool {
    let left = standing.events.iter().any(|row| row.state == State::Ended);
    let came_in_time = ended_at.is_some_and(|ended| standing.received_at <= ended);
    let held = before.in_window(standing.business_date) && came_in_time && standing.events.is_empty();
    (left || held) && !now.discarded_days.contains(&standing.business_date) && !standing.is_done(generation)
}
