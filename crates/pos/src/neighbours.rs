//! Whether tills of several companies come these days. While they do, what one of them brings at once is taken in and sent
//! on by few at a time: more would only keep the others waiting for a core. A company alone has the house to itself.

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::Tenant;

/// After tills of two companies, for so long the next of either is expected.
const EXPECTED_FOR: Duration = Duration::from_mins(1);

/// Whose till came last.
#[derive(Debug, Default)]
pub struct Neighbours {
    seen: Mutex<Seen>,
}

#[derive(Debug, Default)]
struct Seen {
    last: Option<Tenant>,
    /// When a till came of another company than the one before it, most lately.
    changed: Option<Instant>,
}

impl Neighbours {
    /// A till of this company is here.
    pub fn came(&self, tenant: &Tenant) {
        self.came_at(tenant, Instant::now());
    }

    /// Whether several companies come.
    pub fn are_there(&self) -> bool {
        self.are_there_at(Instant::now())
    }

    fn came_at(&self, tenant: &Tenant, now: Instant) {
        let mut seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        if seen.last.as_ref() != Some(tenant) {
            seen.changed = seen.last.is_some().then_some(now);
            seen.last = Some(tenant.clone());
        }
    }

    fn are_there_at(&self, now: Instant) -> bool {
        let seen = self.seen.lock().unwrap_or_else(PoisonError::into_inner);
        seen.changed.is_some_and(|at| now.saturating_duration_since(at) < EXPECTED_FOR)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn companies_are_neighbours_for_as_long_as_both_come() {
        let [one, other] = ["one", "other"].map(|name| Tenant::provisioned(name.to_owned()));
        let (neighbours, begin) = (Neighbours::default(), Instant::now());
        let at = |s| begin + Duration::from_secs(s);
        neighbours.came_at(&one, at(0));
        neighbours.came_at(&one, at(1));
        assert!(!neighbours.are_there_at(at(1)), "one company alone");
        neighbours.came_at(&other, at(2));
        neighbours.came_at(&other, at(30));
        assert!(neighbours.are_there_at(at(61)));
        assert!(!neighbours.are_there_at(at(62)), "the first came a minute ago");
        neighbours.came_at(&one, at(70));
        assert!(neighbours.are_there_at(at(70)));
    }
}
