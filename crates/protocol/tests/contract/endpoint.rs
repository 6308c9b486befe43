//! What an endpoint lets begin: slots that are never lost or doubled, one probe while it is down, and nothing that
//! overtakes while what waited is made due.

use crate::kit::at;
use protocol::{
    delivery::Answer,
    endpoint::{Admission, Endpoint, GUESTS_MAX, IN_FLIGHT_MAX, IN_FLIGHT_SHARED_MAX, Noted},
};

const STORES: usize = 10;

fn status(code: u16) -> Answer {
    Answer::Status { code, retry_after_s: None }
}

/// Admits what is due already.
fn admit(endpoint: &mut Endpoint, second: i64) -> Admission {
    endpoint.admit(at(0), STORES, at(second))
}

fn probe(not_again: Option<&str>) -> Admission {
    Admission::Probe { not_again: not_again.map(str::to_owned) }
}

/// An endpoint at second 0 with all slots taken by attempts that began.
fn full() -> Endpoint {
    let mut endpoint = Endpoint::default();
    assert_eq!(admit(&mut endpoint, 0), Admission::Attempts(IN_FLIGHT_MAX));
    endpoint.begun(IN_FLIGHT_MAX, IN_FLIGHT_MAX, None);
    endpoint
}

/// An endpoint that failed for three stores at second 0: it is down, the rest is still in flight.
fn down() -> Endpoint {
    let mut endpoint = full();
    for store in ["a", "b", "c"] {
        assert!(!endpoint.is_down());
        let noted = endpoint.note(store, None, Answer::Timeout, at(0));
        assert_eq!(noted, Noted { closed: false, others_pass: false });
    }
    endpoint
}

#[test]
fn as_many_attempts_begin_as_slots_are_free_and_no_more() {
    let mut endpoint = Endpoint::default();
    assert!(!endpoint.is_full() && !endpoint.is_down());
    assert_eq!(admit(&mut endpoint, 0), Admission::Attempts(IN_FLIGHT_MAX));
    assert!(endpoint.is_full(), "they are reserved before they begin");
    assert_eq!(admit(&mut endpoint, 0), Admission::Nothing(None), "look again when one has ended");
    endpoint.begun(IN_FLIGHT_MAX, 3, None);
    assert!(!endpoint.is_full(), "what did not begin is free again");
    assert_eq!(admit(&mut endpoint, 0), Admission::Attempts(IN_FLIGHT_MAX - 3));
    endpoint.begun(IN_FLIGHT_MAX - 3, IN_FLIGHT_MAX - 3, None);
    endpoint.note("a", None, status(200), at(1));
    assert_eq!(admit(&mut endpoint, 1), Admission::Attempts(1), "what ended is free again");
}

#[test]
fn what_is_not_due_waits_until_it_is() {
    let mut endpoint = Endpoint::default();
    assert_eq!(endpoint.admit(at(10), STORES, at(0)), Admission::Nothing(Some(at(10))));
    assert_eq!(endpoint.admit(at(10), STORES, at(9)), Admission::Nothing(Some(at(10))));
    assert_eq!(endpoint.admit(at(10), STORES, at(10)), Admission::Attempts(IN_FLIGHT_MAX));
}

#[test]
fn an_attempt_may_follow_the_one_that_ended_while_a_slot_is_free() {
    let mut endpoint = Endpoint::default();
    assert_eq!((0..100).filter(|_| endpoint.goes_on(at(0))).count(), IN_FLIGHT_MAX);
    assert!(endpoint.is_full());
    endpoint.note("a", None, status(422), at(0));
    assert!(endpoint.goes_on(at(0)) && !endpoint.goes_on(at(0)));
}

#[test]
fn fewer_are_in_flight_while_several_companies_come() {
    let mut endpoint = full();
    endpoint.share(true);
    for _ in IN_FLIGHT_SHARED_MAX..IN_FLIGHT_MAX {
        assert!(endpoint.is_full() && !endpoint.goes_on(at(0)));
        endpoint.note("a", None, status(200), at(0));
    }
    assert_eq!(admit(&mut endpoint, 0), Admission::Nothing(None), "as many as there may be go on");
    assert_eq!((0..100).filter(|_| endpoint.admit_guest(at(0))).count(), GUESTS_MAX);
    for _ in 0..=GUESTS_MAX {
        endpoint.note("a", None, status(200), at(0));
    }
    assert!(endpoint.goes_on(at(0)) && !endpoint.goes_on(at(0)));
    endpoint.share(false);
    assert_eq!(admit(&mut endpoint, 0), Admission::Attempts(IN_FLIGHT_MAX - IN_FLIGHT_SHARED_MAX));
}

#[test]
fn guests_begin_beyond_the_slots_and_leave_none_behind() {
    let mut endpoint = full();
    assert_eq!((0..100).filter(|_| endpoint.admit_guest(at(0))).count(), GUESTS_MAX);
    endpoint.begun(1, 0, None);
    assert!(endpoint.admit_guest(at(0)), "one that did not begin leaves its place");
    for _ in 0..GUESTS_MAX {
        endpoint.note("a", None, status(200), at(1));
        assert!(!endpoint.goes_on(at(1)), "what a guest leaves is no slot");
    }
    endpoint.note("a", None, status(200), at(1));
    assert!(endpoint.goes_on(at(1)));
    assert!(!down().admit_guest(at(4)), "nobody is a guest where nobody answers");
}

#[test]
fn an_endpoint_that_is_down_gets_one_probe_at_a_time_of_another_store_than_before() {
    let mut endpoint = down();
    assert!(endpoint.is_down() && !endpoint.is_full());
    assert_eq!(admit(&mut endpoint, 4), Admission::Nothing(Some(at(5))));
    assert!(!endpoint.goes_on(at(4)), "nothing follows what failed");
    assert_eq!(endpoint.admit(at(900), STORES, at(5)), probe(None), "the oldest waiting, due or not");
    endpoint.begun(1, 1, Some("a"));
    assert_eq!(admit(&mut endpoint, 9), Admission::Nothing(Some(at(10))));
    endpoint.note("a", None, Answer::Unreachable, at(9));
    assert_eq!(admit(&mut endpoint, 14), probe(Some("a")), "a failed probe waits again");
    endpoint.begun(1, 1, Some("b"));
    assert_eq!(admit(&mut endpoint, 19), probe(Some("b")));
}

#[test]
fn a_probe_takes_a_slot_and_waits_for_a_free_one() {
    let mut endpoint = full();
    for store in ["a", "b"] {
        endpoint.note(store, None, status(503), at(0));
        assert!(endpoint.goes_on(at(0)));
    }
    endpoint.note("c", None, status(503), at(0));
    assert_eq!(admit(&mut endpoint, 5), probe(None));
    assert!(endpoint.is_full());
    assert_eq!(admit(&mut endpoint, 10), Admission::Nothing(None));
}

#[test]
fn when_it_answers_again_nothing_overtakes_before_what_waited_is_due() {
    let mut endpoint = down();
    assert_eq!(admit(&mut endpoint, 5), probe(None));
    endpoint.begun(1, 1, Some("d"));
    assert_eq!(endpoint.note("d", None, status(200), at(6)), Noted { closed: true, others_pass: false });
    assert!(!endpoint.is_down());
    for second in [6, 7] {
        assert_eq!(admit(&mut endpoint, second), Admission::Nothing(None));
        assert!(!endpoint.goes_on(at(second)) && !endpoint.admit_guest(at(second)));
        // Another attempt that was under way ends, too: it changes nothing.
        assert!(!endpoint.note("e", None, status(200), at(second)).closed);
    }
    endpoint.released();
    assert!(endpoint.goes_on(at(8)));
    // Of 16 in flight three failed, the probe came and went, two ended and one followed.
    assert_eq!(admit(&mut endpoint, 8), Admission::Attempts(3 + 2 - 1));
}

#[test]
fn others_pass_where_one_was_delivered_after_the_first_failure() {
    let mut endpoint = full();
    let mut passed =
        |first: Option<i64>, code, second| endpoint.note("a", first.map(at), status(code), at(second)).others_pass;
    assert!(!passed(Some(1), 503, 2), "nothing was delivered yet");
    assert!(!passed(None, 200, 10), "it never failed");
    assert!(!passed(Some(10), 503, 11), "delivered in the same moment");
    assert!(!passed(Some(11), 503, 12));
    assert!(passed(Some(9), 503, 13));
    assert!(!passed(None, 422, 20));
    assert!(!passed(Some(15), 503, 21), "a refusal is no delivery");
}
