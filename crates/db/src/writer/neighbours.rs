//! Whether units of several lines come these days. If so a crowd's batch is kept short although nobody else waits yet: who
//! comes meanwhile waits for its commit as well.

use std::time::{Duration, Instant};

use crate::lines::Whose;

/// After units of two lines, for so long the next of either is expected.
const EXPECTED_FOR: Duration = Duration::from_secs(1);

/// Which line was served last. The program's own, which always comes, does not count.
#[derive(Debug, Default)]
pub(super) struct Neighbours {
    last: Whose,
    /// When a unit of another line than the one before it was served last.
    changed: Option<Instant>,
}

impl Neighbours {
    pub(super) fn served(&mut self, whose: &Whose, now: Instant) {
        if whose.is_some() && *whose != self.last {
            self.changed = self.last.is_some().then_some(now);
            self.last.clone_from(whose);
        }
    }

    pub(super) fn are_there(&self, now: Instant) -> bool {
        self.changed.is_some_and(|at| now.saturating_duration_since(at) < EXPECTED_FOR)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_neighbours_for_as_long_as_both_come() {
        let [crowd, one]: [Whose; 2] = ["crowd", "one"].map(|name| Some(name.into()));
        let (mut neighbours, begin) = (Neighbours::default(), Instant::now());
        let at = |ms| begin + Duration::from_millis(ms);
        neighbours.served(&crowd, at(0));
        neighbours.served(&None, at(1));
        assert!(!neighbours.are_there(at(1)), "the program itself");
        neighbours.served(&crowd, at(2));
        assert!(!neighbours.are_there(at(2)), "one line");
        neighbours.served(&one, at(3));
        assert!(neighbours.are_there(at(1_002)));
        assert!(!neighbours.are_there(at(1_003)), "it came a second ago");
        neighbours.served(&crowd, at(1_500));
        neighbours.served(&crowd, at(2_400));
        assert!(neighbours.are_there(at(2_499)) && !neighbours.are_there(at(2_500)));
    }
}
