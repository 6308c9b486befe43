//! What happened since the process began: counted where it happens, read by [`crate::metrics`].

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

use protocol::delivery::{Answer, Meaning, meaning};
use web::metrics::Tally;

/// The most endpoints that are named while they are down.
const NAMED_MAX: usize = 20;

/// The head office's counters.
#[derive(Debug)]
pub struct Meters {
    /// Batches of journals, by what became of them.
    pub batches: Tally,
    /// Entries of journals and whole settlements, as they came.
    pub received: Tally,
    /// Attempts to deliver, by what the answer meant.
    pub attempts: Tally,
    /// Endpoints that are taken for down.
    down: Mutex<BTreeSet<String>>,
}

impl Default for Meters {
    fn default() -> Self {
        Self {
            batches: Tally::of(&["accepted", "gap", "fork", "unreadable"]),
            received: Tally::of(&["entries", "settlements"]),
            attempts: Tally::of(&["delivered", "again", "refused", "linkage_refused"]),
            down: Mutex::default(),
        }
    }
}

impl Meters {
    /// An attempt came to this.
    pub fn attempted(&self, answer: Answer) {
        let word = match meaning(answer) {
            Meaning::Delivered => "delivered",
            Meaning::Again { .. } => "again",
            Meaning::Refused => "refused",
            Meaning::LinkageRefused => "linkage_refused",
        };
        self.attempts.add(word, 1);
    }

    /// An endpoint is taken for down, or for up.
    pub fn endpoint(&self, name: &str, is_down: bool) {
        let mut down = self.down.lock().unwrap_or_else(PoisonError::into_inner);
        if is_down {
            down.insert(name.to_owned());
        } else {
            down.remove(name);
        }
    }

    /// These endpoints are asked, and whether each is taken for down; `all`: no other is.
    pub fn endpoints(&self, asked: &[(String, bool)], all: bool) {
        let mut down = self.down.lock().unwrap_or_else(PoisonError::into_inner);
        if all {
            down.clear();
        }
        for (name, is_down) in asked {
            if *is_down {
                down.insert(name.clone());
            } else {
                down.remove(name);
            }
        }
    }

    /// How many endpoints are down, and the first of them.
    pub fn down(&self) -> (usize, Vec<String>) {
        let down = self.down.lock().unwrap_or_else(PoisonError::into_inner);
        (down.len(), down.iter().take(NAMED_MAX).cloned().collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_endpoint_that_is_not_asked_any_more_is_forgotten_unless_the_list_was_cut_off() {
        let meters = Meters::default();
        let asked = |names: &[&str]| names.iter().map(|name| ((*name).to_owned(), true)).collect::<Vec<_>>();
        meters.endpoint("https://gone.example", true);
        meters.endpoints(&asked(&["https://a.example"]), false);
        assert_eq!(meters.down().1, ["https://a.example", "https://gone.example"]);
        meters.endpoints(&asked(&["https://a.example"]), true);
        assert_eq!(meters.down().1, ["https://a.example"]);
        meters.endpoints(&[("https://a.example".to_owned(), false)], false);
        assert_eq!(meters.down().0, 0);
    }

    #[test]
    fn a_thousand_endpoints_that_are_down_are_counted_and_a_few_named() {
        let meters = Meters::default();
        (0..1_000).for_each(|n| meters.endpoint(&format!("https://{n}.example"), true));
        meters.endpoint("https://0.example", false);
        let (count, named) = meters.down();
        assert_eq!((count, named.len()), (999, NAMED_MAX));
        assert!(!named.contains(&"https://0.example".to_owned()));
    }
}
