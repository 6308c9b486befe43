//! What happened, as a hash that two runs of one seed share, and in words when somebody wants to read it.

use std::fmt::Write;

#[derive(Default)]
pub(super) struct Trace {
    hash: u64,
    /// Kept only when they are wanted.
    pub lines: Option<String>,
}

impl Trace {
    pub fn new(readable: bool) -> Self {
        Self { hash: 0xcbf2_9ce4_8422_2325, lines: readable.then(String::new) }
    }

    /// Notes that something happened: when, and numbers that say what.
    pub fn note(&mut self, now: i64, what: [u64; 3], words: impl FnOnce() -> String) {
        for number in [now.unsigned_abs(), what[0], what[1], what[2]] {
            self.hash = (self.hash ^ number).wrapping_mul(0x0100_0000_01b3).rotate_left(23);
        }
        if let Some(lines) = &mut self.lines {
            let (days, rest) = (now / super::DAY, now % super::DAY);
            let (hours, minutes) = (rest / super::HOUR, rest % super::HOUR / super::MINUTE);
            let seconds = rest % super::MINUTE / 1_000;
            writeln!(lines, "day {days} {hours:02}:{minutes:02}:{seconds:02} {}", words()).expect("a string takes it");
        }
    }

    pub fn hash(&self) -> u64 {
        self.hash
    }
}
