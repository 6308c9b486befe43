//! A thousand settlements of a hundred stores through an hour's outage, by the pure policy alone: few probes while
//! it is down, everything delivered soon after, and one poisoned document that stops nobody.

use crate::kit::at;
use jiff::Timestamp;
use protocol::delivery::{Answer, Breaker, Gate, Next, next};

const STORES: usize = 100;
const EACH: usize = 10;

/// One waiting settlement.
struct Waiting {
    store: usize,
    due: Timestamp,
    attempts: u32,
    passed_when_failed: usize,
    poisoned: bool,
}

/// What a second-by-second run came to.
struct Run {
    attempts_while_down: usize,
    delivered_by: Option<i64>,
    left: usize,
}

/// A sender as its shell would be, over an endpoint that is down until `up`.
fn run(up: i64, until: i64, poisoned: Option<usize>) -> Run {
    let one = |n: usize| Waiting {
        store: n % STORES,
        due: at(0),
        attempts: 0,
        passed_when_failed: 0,
        poisoned: poisoned == Some(n),
    };
    let mut waiting: Vec<Waiting> = (0..STORES * EACH).map(one).collect();
    let mut breaker = Breaker::default();
    let mut run = Run { attempts_while_down: 0, delivered_by: None, left: 0 };
    let (mut passed, mut last_probe, mut draw) = (0, usize::MAX, 1_u32);
    for second in 0..until {
        let now = at(second);
        // At most 20 a second; a probe is the oldest of another store than last time.
        for _ in 0..20 {
            let found = match breaker.gate(now) {
                Gate::Shut(_) => None,
                Gate::Open => waiting.iter().position(|w| w.due <= now),
                Gate::Probe => waiting.iter().position(|w| w.store != last_probe),
            };
            let Some(i) = found else { break };
            if breaker.gate(now) == Gate::Probe {
                breaker.probing(now);
                last_probe = waiting[i].store;
            }
            run.attempts_while_down += usize::from(second < up);
            let ok = second >= up && !waiting[i].poisoned;
            let answer = Answer::Status { code: if ok { 200 } else { 500 }, retry_after_s: None };
            draw = draw.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            let w = &mut waiting[i];
            w.attempts += 1;
            let store = w.store.to_string();
            match next(w.attempts, answer, passed > w.passed_when_failed, now, draw % 1_000_001) {
                Next::Delivered => {
                    waiting.remove(i);
                    passed += 1;
                    run.delivered_by = Some(second);
                }
                Next::RetryAt(due) | Next::AsideUntil(due) | Next::Paused(due) => w.due = due,
                Next::Attention => panic!("a server error is no refusal"),
            }
            if breaker.note(&store, answer, STORES, now) {
                for w in &mut waiting {
                    w.due = w.due.min(now);
                }
            }
        }
    }
    Run { left: waiting.len(), ..run }
}

#[test]
fn an_hour_down_costs_one_probe_in_five_seconds_and_nothing_is_lost() {
    let run = run(3_600, 4_000, None);
    assert!(run.attempts_while_down <= 3_600 / 5 + 20, "{} attempts", run.attempts_while_down);
    assert_eq!(run.left, 0);
    let drained = run.delivered_by.unwrap();
    assert!(drained <= 3_600 + 5 + 60, "1,000 settlements drained {drained} s after the start");
}

#[test]
fn one_poisoned_document_stops_nobody() {
    for poisoned in [0, 57, 999] {
        let run = run(0, 300, Some(poisoned));
        assert_eq!((run.left, run.delivered_by.is_some_and(|second| second < 120)), (1, true));
    }
}
