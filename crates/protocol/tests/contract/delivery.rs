//! The delivery policy: the contract's table row by row, its bounds, and the breaker.

use crate::kit::{at, cases};
use proptest::{option, prelude::*, sample::select};
use protocol::delivery::{Answer, Breaker, Gate, Meaning, Next, RETRY_FIRST_MS, RETRY_MAX_MS, meaning, next};

fn status(code: u16) -> Answer {
    Answer::Status { code, retry_after_s: None }
}

/// What the contract's table says of a status, written as the table is.
fn table(code: u16) -> Meaning {
    match code {
        200..=299 => Meaning::Delivered,
        401 | 403 | 404 | 410 | 300..=399 => Meaning::LinkageRefused,
        408 | 425 | 429 => Meaning::Again { retry_after_s: None },
        400..=499 => Meaning::Refused,
        // 5xx, and what no server should answer with.
        _ => Meaning::Again { retry_after_s: None },
    }
}

#[test]
fn every_status_means_what_the_table_says() {
    for code in 100..600 {
        assert_eq!(meaning(status(code)), table(code), "{code}");
    }
    for answer in [Answer::Timeout, Answer::Unreachable] {
        assert_eq!(meaning(answer), Meaning::Again { retry_after_s: None });
    }
}

#[test]
fn each_meaning_has_its_consequence() {
    assert_eq!(next(1, status(204), false, at(0), 0), Next::Delivered);
    assert_eq!(next(1, status(422), true, at(0), 0), Next::Attention);
    assert_eq!(next(9, status(409), false, at(0), 0), Next::Attention);
    for code in [301, 401, 403, 404, 410] {
        assert_eq!(next(1, status(code), true, at(0), 0), Next::Paused(at(900)), "one probe every 15 minutes");
    }
    assert_eq!(next(1, status(503), false, at(0), 1_000_000), Next::RetryAt(at(5)));
    assert_eq!(next(2, Answer::Timeout, false, at(0), 1_000_000), Next::RetryAt(at(10)));
    assert_eq!(next(8, status(500), false, at(0), 1_000_000), Next::RetryAt(at(640)));
    assert_eq!(next(9, status(500), false, at(0), 1_000_000), Next::RetryAt(at(900)), "never longer than 15 minutes");
}

#[test]
fn five_failures_while_others_pass_and_it_steps_aside() {
    for attempts in 1..5 {
        assert!(matches!(next(attempts, status(500), true, at(0), 500_000), Next::RetryAt(_)));
    }
    for attempts in [5, 6, 100, u32::MAX] {
        assert_eq!(next(attempts, status(500), true, at(0), 0), Next::AsideUntil(at(900)));
        assert!(matches!(next(attempts, status(500), false, at(0), 0), Next::RetryAt(_)), "nobody passes: it waits");
    }
}

#[test]
fn retry_after_is_honoured_up_to_a_quarter_of_an_hour() {
    let asked = |seconds| next(1, Answer::Status { code: 503, retry_after_s: Some(seconds) }, false, at(0), 0);
    assert_eq!(asked(0), Next::RetryAt(at(0)));
    assert_eq!(asked(120), Next::RetryAt(at(120)));
    assert_eq!(asked(900), Next::RetryAt(at(900)));
    assert_eq!(asked(u32::MAX), Next::RetryAt(at(900)));
}

/// The breaker after these stores failed at second 0.
fn after_failures(stores: &[&str], of: usize) -> Breaker {
    let mut breaker = Breaker::default();
    for store in stores {
        assert!(!breaker.note(store, status(503), of, at(0)));
    }
    breaker
}

#[test]
fn the_breaker_opens_only_on_failures_of_different_stores() {
    assert_eq!(after_failures(&["a"; 50], 10).gate(at(0)), Gate::Open, "one store alone never opens it");
    assert_eq!(after_failures(&["a", "b"], 10).gate(at(0)), Gate::Open);
    assert_eq!(after_failures(&["a", "b", "a", "c"], 10).gate(at(0)), Gate::Shut(at(5)));
    assert!(after_failures(&["a", "b"], 2).is_open(), "a chain of two stores has no third one");
}

#[test]
fn an_endpoint_that_is_down_gets_one_probe_in_five_seconds() {
    let mut breaker = after_failures(&["a", "b", "c"], 10);
    assert_eq!(breaker.gate(at(4)), Gate::Shut(at(5)));
    assert_eq!(breaker.gate(at(5)), Gate::Probe);
    breaker.probing(at(5));
    assert_eq!(
        (breaker.gate(at(5)), breaker.gate(at(9)), breaker.gate(at(10))),
        (Gate::Shut(at(10)), Gate::Shut(at(10)), Gate::Probe)
    );
    assert!(!breaker.note("a", Answer::Unreachable, 10, at(11)));
    assert_eq!(breaker.gate(at(12)), Gate::Shut(at(16)), "a failed probe waits again");
}

#[test]
fn the_moment_it_answers_everything_goes() {
    for answer in [status(200), status(422), status(401)] {
        let mut breaker = after_failures(&["a", "b", "c"], 10);
        breaker.probing(at(15));
        assert!(breaker.note("d", answer, 10, at(16)), "{answer:?}");
        assert_eq!(breaker.gate(at(16)), Gate::Open);
        assert!(!breaker.note("a", status(200), 10, at(17)), "it closes once");
        assert!(!breaker.note("a", status(503), 10, at(18)) && !breaker.is_open(), "and counts from nothing");
    }
}

proptest! {
    #![proptest_config(cases(5_000))]

    #[test]
    fn a_wait_is_within_full_jitter_and_never_below_retry_after(
        attempts: u32, draw in 0..=1_000_000_u32, retry_after_s in option::of(any::<u32>()),
        code in select(vec![408_u16, 425, 429, 500, 502, 503, 504, 599]),
    ) {
        let Next::RetryAt(when) = next(attempts, Answer::Status { code, retry_after_s }, false, at(0), draw) else {
            return Err(TestCaseError::fail("an endpoint that can't now is tried again for ever"));
        };
        let wait = when.as_millisecond() - at(0).as_millisecond();
        let doublings = attempts.saturating_sub(1).min(30);
        let cap = (i128::from(RETRY_FIRST_MS) << doublings).min(RETRY_MAX_MS.into());
        let asked = retry_after_s.map_or(0, |s| (i128::from(s) * 1_000).min(RETRY_MAX_MS.into()));
        let jittered = cap * i128::from(draw) / 1_000_000;
        prop_assert_eq!(i128::from(wait), jittered.max(asked));
        prop_assert!((0..=RETRY_MAX_MS).contains(&wait));
    }
}
