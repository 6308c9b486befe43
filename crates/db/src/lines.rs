//! Those who wait for SQLite's one writer, in lines that take turns: whoever comes alone never waits behind another's
//! crowd, only behind one of it.

use std::collections::VecDeque;
use std::sync::Arc;

/// Whose units a line holds; `None` are the program's own.
pub(crate) type Whose = Option<Arc<str>>;

/// The lines, and whose turn it is.
#[derive(Debug)]
pub(crate) struct Lines<T> {
    /// Those in which somebody stands, and those that have had their turn before the others.
    all: Vec<Line<T>>,
    /// The turn that was served last.
    turn: u64,
}

#[derive(Debug)]
struct Line<T> {
    whose: Whose,
    units: VecDeque<T>,
    /// When its next is served: after all lines with a lower turn.
    turn: u64,
}

impl<T> Default for Lines<T> {
    fn default() -> Self {
        Self { all: Vec::new(), turn: 0 }
    }
}

impl<T> Lines<T> {
    /// To the end of its line. A line that begins has its turn in the round that is under way; one that had it waits for the
    /// next.
    pub(crate) fn push(&mut self, whose: Whose, unit: T) {
        match self.all.iter_mut().find(|line| line.whose == whose) {
            Some(line) => line.units.push_back(unit),
            None => self.all.push(Line { whose, units: VecDeque::from([unit]), turn: self.turn }),
        }
    }

    /// The first of the line whose turn it is, and whose that is.
    pub(crate) fn pop(&mut self) -> Option<(Whose, T)> {
        let at = self.next()?;
        let line = &mut self.all[at];
        let (whose, unit) = (line.whose.clone(), line.units.pop_front()?);
        let turn = line.turn;
        line.turn += 1;
        if turn > self.turn {
            self.turn = turn;
            self.all.retain(|line| !line.units.is_empty() || line.turn > turn);
        }
        Some((whose, unit))
    }

    /// Whose turn it is.
    pub(crate) fn next_whose(&self) -> Option<&Whose> {
        self.next().map(|at| &self.all[at].whose)
    }

    /// Whether somebody stands in this line.
    pub(crate) fn holds(&self, whose: &Whose) -> bool {
        self.all.iter().any(|line| line.whose == *whose && !line.units.is_empty())
    }

    /// How many wait, in all lines together.
    pub(crate) fn waiting(&self) -> usize {
        self.all.iter().map(|line| line.units.len()).sum()
    }

    fn next(&self) -> Option<usize> {
        let standing = self.all.iter().enumerate().filter(|(_, line)| !line.units.is_empty());
        // Of those with the same turn the first.
        standing.min_by_key(|(_, line)| line.turn).map(|(at, _)| at)
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::Lines;

    fn of(name: &str) -> Arc<str> {
        name.into()
    }

    fn rest(lines: &mut Lines<i32>) -> Vec<i32> {
        std::iter::from_fn(|| lines.pop()).map(|(_, n)| n).collect()
    }

    #[test]
    fn lines_take_turns_and_each_keeps_its_order() {
        let mut lines = Lines::default();
        (0..3).for_each(|n| lines.push(Some(of("crowd")), n));
        lines.push(Some(of("one")), 10);
        lines.push(None, 20);
        lines.push(Some(of("one")), 11);
        assert_eq!((lines.waiting(), lines.next_whose()), (6, Some(&Some(of("crowd")))));
        assert!(lines.holds(&None) && !lines.holds(&Some(of("another"))));
        assert_eq!(rest(&mut lines), [0, 10, 20, 1, 11, 2]);
        assert!(!lines.holds(&None), "served");
        assert_eq!((lines.waiting(), lines.next_whose()), (0, None));
    }

    #[test]
    fn who_comes_while_one_of_a_crowd_is_served_is_next() {
        let mut lines = Lines::default();
        (0..9).for_each(|n| lines.push(Some(of("crowd")), n));
        for n in 0..4 {
            assert_eq!(lines.pop(), Some((Some(of("crowd")), n)));
        }
        lines.push(Some(of("one")), 10);
        assert_eq!(lines.pop(), Some((Some(of("one")), 10)));
        // Whoever comes again at once has had that turn: the crowd isn't starved.
        lines.push(Some(of("one")), 11);
        assert_eq!(lines.pop(), Some((Some(of("crowd")), 4)));
        assert_eq!(lines.pop(), Some((Some(of("one")), 11)));
        assert_eq!(rest(&mut lines), [5, 6, 7, 8]);
    }

    #[test]
    fn nobody_is_remembered_who_does_not_wait() {
        let mut lines = Lines::default();
        for n in 0..1_000 {
            lines.push(Some(of(&n.to_string())), n);
            lines.push(Some(of("always")), n);
            lines.pop();
            lines.pop();
        }
        assert!(lines.all.len() <= 3, "{} lines", lines.all.len());
    }
}
