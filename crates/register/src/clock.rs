//! The till's own clock, held against head office's, and between two words from there against the machine's ticks. One
//! that is wrong is told, and is put right for everything the till writes down: no sale changes its 営業日 because a
//! battery was empty or somebody set the date while the line was down.

use crate::{
    error::TillError,
    journal::{Journal, as_int, instant},
    till::Till,
};
use db::{Tx, args};
use jiff::{SignedDuration, Timestamp};
use std::{
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering},
    },
    time::Duration,
};

/// Clocks this far apart are both right.
const APART_MS: i64 = 120_000;
/// A till that wrote nothing for so long, and has heard nobody, asks whether the date is right.
const LONG_AGO_MS: i64 = 72 * 3_600_000;
/// What stands for "never heard".
pub(crate) const UNHEARD: i64 = i64::MIN;

/// Time since the machine was switched on: no hand can set it.
pub type Ticks = Arc<dyn Fn() -> Duration + Send + Sync>;

/// What is known of the till's clock.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ClockState {
    /// Nothing speaks against it.
    Right,
    /// Head office's is so far ahead (behind: negative).
    Apart {
        /// In milliseconds.
        ms: i64,
    },
    /// It was set while the program ran and nobody was heard since: so far ahead (back: negative).
    Jumped {
        /// In milliseconds.
        ms: i64,
    },
    /// It reads earlier than the last entry of the journal, and head office was not heard yet.
    Behind {
        /// When the last entry was written.
        last: Timestamp,
    },
    /// It reads days later than the last entry of the journal, and head office was not heard yet.
    LongAgo {
        /// When the last entry was written.
        last: Timestamp,
    },
}

/// What there is to judge a clock by.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Evidence {
    /// The last entry of the journal.
    pub last_entry: Option<Timestamp>,
    /// How far head office's clock is ahead of what this one reads now, where it was ever heard.
    pub skew_ms: Option<i64>,
    /// How far this one was set ahead since it was last trusted.
    pub set_by_ms: i64,
}

/// Judges the clock by what head office's said last; where that was never heard by the machine's own ticks, and then by
/// the journal's last entry.
pub fn judge(now: Timestamp, evidence: Evidence) -> ClockState {
    let Evidence { last_entry, skew_ms, set_by_ms } = evidence;
    let since = last_entry.map(|last| (last, now.as_millisecond().saturating_sub(last.as_millisecond())));
    match (skew_ms, since) {
        (Some(ms), _) if ms.saturating_abs() >= APART_MS => ClockState::Apart { ms },
        (None, _) if set_by_ms.saturating_abs() >= APART_MS => ClockState::Jumped { ms: set_by_ms },
        (None, Some((last, ms))) if ms <= -APART_MS => ClockState::Behind { last },
        (None, Some((last, ms))) if ms >= LONG_AGO_MS => ClockState::LongAgo { last },
        _ => ClockState::Right,
    }
}

/// The moment as head office's clock has it, where the till's own is known to be wrong.
pub fn corrected(now: Timestamp, skew_ms: Option<i64>) -> Timestamp {
    match judge(now, Evidence { skew_ms, ..Evidence::default() }) {
        ClockState::Apart { ms } => now.checked_add(SignedDuration::from_millis(ms)).unwrap_or(now),
        _ => now,
    }
}

/// The machine's ticks, and what the clock read when they were zero, as it was last trusted.
#[derive(Clone)]
pub(crate) struct Metronome {
    ticks: Ticks,
    zero_ms: Arc<AtomicI64>,
}

impl Metronome {
    /// Trusts the clock that reads `now`.
    fn trust(&self, now: Timestamp) {
        self.zero_ms.store(self.zero_of(now), Ordering::Relaxed);
    }

    /// How far the clock was set ahead since it was trusted.
    fn set_by_ms(&self, now: Timestamp) -> i64 {
        self.zero_of(now).saturating_sub(self.zero_ms.load(Ordering::Relaxed))
    }

    fn zero_of(&self, now: Timestamp) -> i64 {
        now.as_millisecond().saturating_sub(i64::try_from((self.ticks)().as_millis()).unwrap_or(i64::MAX))
    }
}

impl Till {
    /// The same till, with the machine's ticks to hold its clock against: one that is set while the line is down is
    /// noticed. From here on the clock that reads `now` is trusted.
    #[must_use]
    pub fn with_ticks(self, ticks: Ticks, now: Timestamp) -> Self {
        let metronome = Metronome { ticks, zero_ms: Arc::default() };
        metronome.trust(now);
        Self { metronome: Some(metronome), ..self }
    }

    /// How far head office's clock was ahead when it was last heard.
    pub fn skew_ms(&self) -> Option<i64> {
        Some(self.skew.load(Ordering::Relaxed)).filter(|ms| *ms != UNHEARD)
    }

    /// The moment everything is written down with.
    pub fn right_time(&self, now: Timestamp) -> Timestamp {
        // An import tells moments that are long past; no clock of today says anything about them.
        if self.roll_over { corrected(now, self.skew_of(now)) } else { now }
    }

    /// Head office's clock is so far ahead of the till's, which reads `now`.
    pub fn note_skew(&self, ms: i64, now: Timestamp) {
        self.skew.store(ms, Ordering::Relaxed);
        self.trust(now);
    }

    /// Somebody says that the clock, which reads `now`, is right: what spoke against it says nothing any more.
    pub fn trust_clock(&self, now: Timestamp) {
        self.skew.store(UNHEARD, Ordering::Relaxed);
        self.vouched.store(true, Ordering::Relaxed);
        self.trust(now);
    }

    /// What is known of the clock that reads `now`.
    pub async fn clock_state(&self, now: Timestamp) -> Result<ClockState, TillError> {
        let last_entry = self
            .db
            .read(async |tx: &mut Tx| -> Result<Option<Timestamp>, TillError> {
                let journal = Journal::look(tx).await?;
                let sql = "SELECT at FROM journal_entry WHERE epoch = $1 AND seq = $2";
                let key = args![journal.epoch.to_string(), as_int(journal.chain.contiguous_seq)];
                tx.fetch_optional(sql, key).await?.map(|row| instant(&row, "at")).transpose()
            })
            .await?;
        let last_entry = last_entry.filter(|_| !self.vouched.load(Ordering::Relaxed));
        Ok(judge(now, Evidence { last_entry, skew_ms: self.skew_of(now), set_by_ms: self.set_by_ms(now) }))
    }

    /// How far head office's clock is ahead of what this one reads now: as it was heard, less what this one was set
    /// ahead since.
    fn skew_of(&self, now: Timestamp) -> Option<i64> {
        self.skew_ms().map(|ms| ms.saturating_sub(self.set_by_ms(now)))
    }

    fn set_by_ms(&self, now: Timestamp) -> i64 {
        self.metronome.as_ref().map_or(0, |metronome| metronome.set_by_ms(now))
    }

    fn trust(&self, now: Timestamp) {
        if let Some(metronome) = &self.metronome {
            metronome.trust(now);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(1_795_300_000 + minute * 60).unwrap()
    }

    fn judged(last: Option<i64>, skew_ms: Option<i64>, set_by_ms: i64) -> ClockState {
        judge(at(0), Evidence { last_entry: last.map(at), skew_ms, set_by_ms })
    }

    #[test]
    fn a_clock_is_right_until_something_speaks_against_it() {
        assert_eq!(judged(None, None, 0), ClockState::Right);
        assert_eq!(judged(Some(-5), Some(119_999), 0), ClockState::Right);
        assert_eq!(judged(None, Some(-120_000), 0), ClockState::Apart { ms: -120_000 });
        assert_eq!(judged(Some(2), None, 0), ClockState::Behind { last: at(2) });
        assert_eq!(judged(Some(-72 * 60), None, 0), ClockState::LongAgo { last: at(-72 * 60) });
        assert_eq!(judged(Some(1 - 72 * 60), None, 119_999), ClockState::Right);
        // What was set under our eyes is the reason for all else.
        assert_eq!(judged(Some(2), None, -120_000), ClockState::Jumped { ms: -120_000 });
        // Head office was heard and agrees: the journal was written by a clock that ran ahead.
        assert_eq!(judged(Some(90), Some(0), 0), ClockState::Right);
        assert_eq!(judged(Some(-80 * 60), Some(0), 0), ClockState::Right);
    }

    #[test]
    fn a_wrong_clock_is_put_right_and_a_right_one_left_alone() {
        assert_eq!(corrected(at(0), Some(-86_400_000)), at(-1_440));
        assert_eq!(corrected(at(0), Some(90_000)), at(0));
        assert_eq!(corrected(at(0), None), at(0));
    }
}
