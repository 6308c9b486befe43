//! The outbox's rules: what a settlement's events mean for its next revision, which event of a store goes first, and
//! what an attempt leaves behind. Pure. pos asks the questions about rows in SQL; a test of pos holds both against
//! each other.

use crate::delivery::{Next, PROBE_DOWN_MS};
use jiff::{SignedDuration, Timestamp, civil::Date};
use sales::SettlementId;
use serde::{Deserialize, Serialize};

/// Where an event stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Waits to be sent, for the first time or again.
    Waiting,
    /// 送信済み
    Delivered,
    /// 要対応
    Attention,
    /// A later revision took its place.
    Superseded,
    /// A person decided that it doesn't go.
    Discarded,
    /// Its linkage ended before it went.
    Ended,
}

/// An event of the outbox, as far as decisions need it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// Through which generation of the linkage.
    pub generation: i64,
    /// Whose revision.
    pub settlement_id: SettlementId,
    /// Which.
    pub revision: u32,
    /// 営業日
    pub business_date: Date,
    /// In its generation and store.
    pub sequence: i64,
    /// Where it stands.
    pub state: State,
    /// When it may be tried.
    pub due_at: Option<Timestamp>,
    /// FLARO answered for it once, whatever became of it since.
    pub delivered: bool,
}

impl Row {
    /// FLARO has it or will have it: a later revision of its settlement must follow.
    pub fn is_sent(&self) -> bool {
        self.delivered || !matches!(self.state, State::Ended | State::Discarded)
    }

    /// Whether the event of this revision, queued in this generation, takes its place.
    pub fn gives_way_to(&self, generation: i64, revision: u32) -> bool {
        match self.state {
            State::Waiting | State::Attention => self.revision < revision,
            State::Ended => self.revision < revision || (self.revision == revision && self.generation < generation),
            State::Delivered | State::Superseded | State::Discarded => false,
        }
    }

    /// Whether 連携解除 leaves it unsent.
    pub fn ends(&self) -> bool {
        matches!(self.state, State::Waiting | State::Attention)
    }
}

/// Whether this revision, or a later one, is in this generation's outbox already.
pub fn is_queued<'a>(rows: impl IntoIterator<Item = &'a Row>, generation: i64, revision: u32) -> bool {
    rows.into_iter().any(|row| row.generation == generation && row.revision >= revision)
}

/// Which event of a store's lane goes next: what waits before 要対応, oldest business date first, then by sequence.
pub fn head<'a>(lane: impl IntoIterator<Item = &'a Row>, due_until: Timestamp) -> Option<&'a Row> {
    let due = lane.into_iter().filter(|row| row.ends() && row.due_at.is_some_and(|at| at <= due_until));
    due.min_by_key(|row| (row.state != State::Waiting, row.business_date, row.sequence))
}

/// When a lane is due next, and the oldest business date in it. A lane that fails is not due before `not_before`.
pub fn due<'a>(lane: impl IntoIterator<Item = &'a Row>, not_before: Option<Timestamp>) -> Option<(Timestamp, Date)> {
    let timed = lane.into_iter().filter(|row| row.ends());
    let first = timed.filter_map(|row| Some((row.due_at?, row.business_date)));
    let (at, oldest) = first.reduce(|(at, date), (other, day)| (at.min(other), date.min(day)))?;
    Some((not_before.map_or(at, |floor| at.max(floor)), oldest))
}

/// State and due time of an event that an attempt did not deliver; none: it was delivered.
pub fn left_by(next: Next, now: Timestamp) -> Option<(State, Option<Timestamp>)> {
    match next {
        Next::Delivered => None,
        Next::RetryAt(at) => Some((State::Waiting, Some(at))),
        Next::AsideUntil(at) => Some((State::Attention, Some(at))),
        Next::Attention => Some((State::Attention, None)),
        // Due as soon as the linkage is: the refusal is not this settlement's.
        Next::Paused(_) => Some((State::Waiting, Some(now))),
    }
}

/// A lane that fails takes a breath before its next event: a receiver in trouble is not asked in one go.
pub fn breather(next: Next, now: Timestamp) -> Option<Timestamp> {
    let soon = now.saturating_add(SignedDuration::from_millis(PROBE_DOWN_MS)).unwrap_or(now);
    match next {
        Next::RetryAt(at) => Some(at.min(soon)),
        Next::AsideUntil(_) | Next::Delivered | Next::Attention | Next::Paused(_) => None,
    }
}
