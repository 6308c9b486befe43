//! The till's own clock, held against head office's. One that is wrong is told, and is put right for everything the
//! till writes down: no sale changes its 営業日 because a battery was empty.

use crate::{
    error::TillError,
    journal::{Journal, as_int, instant},
    till::Till,
};
use db::{Tx, args};
use jiff::{SignedDuration, Timestamp};
use std::sync::atomic::Ordering;

/// Clocks this far apart are both right.
const APART_MS: i64 = 120_000;
/// What stands for "never heard".
pub(crate) const UNHEARD: i64 = i64::MIN;

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
    /// It reads earlier than the last entry of the journal, and head office was not heard yet.
    Behind {
        /// When the last entry was written.
        last: Timestamp,
    },
}

/// Judges the clock by what head office's said last, and where that was never heard by the journal's last entry.
pub fn judge(now: Timestamp, last_entry: Option<Timestamp>, skew_ms: Option<i64>) -> ClockState {
    match (skew_ms, last_entry) {
        (Some(ms), _) if ms.saturating_abs() >= APART_MS => ClockState::Apart { ms },
        (None, Some(last)) if last.as_millisecond() - now.as_millisecond() >= APART_MS => ClockState::Behind { last },
        _ => ClockState::Right,
    }
}

/// The moment as head office's clock has it, where the till's own is known to be wrong.
pub fn corrected(now: Timestamp, skew_ms: Option<i64>) -> Timestamp {
    match judge(now, None, skew_ms) {
        ClockState::Apart { ms } => now.checked_add(SignedDuration::from_millis(ms)).unwrap_or(now),
        ClockState::Right | ClockState::Behind { .. } => now,
    }
}

impl Till {
    /// How far head office's clock was ahead when it was last heard.
    pub fn skew_ms(&self) -> Option<i64> {
        Some(self.skew.load(Ordering::Relaxed)).filter(|ms| *ms != UNHEARD)
    }

    /// The moment everything is written down with.
    pub fn right_time(&self, now: Timestamp) -> Timestamp {
        // An import tells moments that are long past; no clock of today says anything about them.
        if self.roll_over { corrected(now, self.skew_ms()) } else { now }
    }

    /// Head office's clock is so far ahead.
    pub fn note_skew(&self, ms: i64) {
        self.skew.store(ms, Ordering::Relaxed);
    }

    /// Somebody put the clock right: what was heard before says nothing about it any more.
    pub fn forget_skew(&self) {
        self.skew.store(UNHEARD, Ordering::Relaxed);
    }

    /// What is known of the clock that reads `now`.
    pub async fn clock_state(&self, now: Timestamp) -> Result<ClockState, TillError> {
        let last = self
            .db
            .read(async |tx: &mut Tx| -> Result<Option<Timestamp>, TillError> {
                let journal = Journal::look(tx).await?;
                let sql = "SELECT at FROM journal_entry WHERE epoch = $1 AND seq = $2";
                let key = args![journal.epoch.to_string(), as_int(journal.chain.contiguous_seq)];
                tx.fetch_optional(sql, key).await?.map(|row| instant(&row, "at")).transpose()
            })
            .await?;
        Ok(judge(now, last, self.skew_ms()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(minute: i64) -> Timestamp {
        Timestamp::from_second(1_795_300_000 + minute * 60).unwrap()
    }

    #[test]
    fn a_clock_is_right_until_something_speaks_against_it() {
        assert_eq!(judge(at(0), None, None), ClockState::Right);
        assert_eq!(judge(at(0), Some(at(-5)), Some(119_999)), ClockState::Right);
        assert_eq!(judge(at(0), None, Some(-120_000)), ClockState::Apart { ms: -120_000 });
        assert_eq!(judge(at(0), Some(at(2)), None), ClockState::Behind { last: at(2) });
        // Head office was heard and agrees: the journal was written by a clock that ran ahead.
        assert_eq!(judge(at(0), Some(at(90)), Some(0)), ClockState::Right);
    }

    #[test]
    fn a_wrong_clock_is_put_right_and_a_right_one_left_alone() {
        assert_eq!(corrected(at(0), Some(-86_400_000)), at(-1_440));
        assert_eq!(corrected(at(0), Some(90_000)), at(0));
        assert_eq!(corrected(at(0), None), at(0));
    }
}
