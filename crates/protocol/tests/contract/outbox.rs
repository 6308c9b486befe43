//! The outbox's rules, state by state.

use crate::kit::at;
use jiff::civil::{Date, date};
use protocol::{
    delivery::Next,
    outbox::{Row, State, breather, due, head, is_queued, left_by},
};
use sales::SettlementId;
use uuid::Uuid;

const STATES: [State; 6] =
    [State::Waiting, State::Delivered, State::Attention, State::Superseded, State::Discarded, State::Ended];

/// Revision 2 of a settlement in generation 2, due at second 0.
fn row(state: State) -> Row {
    Row {
        generation: 2,
        settlement_id: SettlementId(Uuid::from_u128(1)),
        revision: 2,
        business_date: date(2026, 11, 22),
        sequence: 1,
        state,
        due_at: Some(at(0)),
        delivered: state == State::Delivered,
    }
}

fn of(day: i8, sequence: i64, due: i64) -> Row {
    Row { business_date: date(2026, 11, day), sequence, due_at: Some(at(due)), ..row(State::Waiting) }
}

/// The states of which this holds.
fn where_true(holds: impl Fn(State) -> bool) -> Vec<State> {
    STATES.into_iter().filter(|state| holds(*state)).collect()
}

#[test]
fn what_was_never_sent_and_never_will_be_needs_no_correction() {
    use State::{Attention, Delivered, Superseded, Waiting};
    assert_eq!(where_true(|state| row(state).is_sent()), [Waiting, Delivered, Attention, Superseded]);
    assert_eq!(where_true(|state| Row { delivered: true, ..row(state) }.is_sent()), STATES);
}

#[test]
fn what_still_waits_gives_way_to_a_later_revision_and_what_ended_to_itself_in_a_later_generation() {
    use State::{Attention, Ended, Waiting};
    let gives_way = |generation, revision| where_true(|state| row(state).gives_way_to(generation, revision));
    assert_eq!(gives_way(2, 3), [Waiting, Attention, Ended]);
    assert_eq!(gives_way(1, 3), [Waiting, Attention, Ended], "a later revision, whatever the generation");
    assert_eq!(gives_way(3, 2), [Ended]);
    assert_eq!(gives_way(2, 2), []);
    assert_eq!(gives_way(1, 2), []);
    assert_eq!(gives_way(3, 1), [], "an earlier revision takes nobody's place");
}

#[test]
fn the_end_of_a_linkage_leaves_unsent_what_waits_or_needs_a_person() {
    assert_eq!(where_true(|state| row(state).ends()), [State::Waiting, State::Attention]);
}

#[test]
fn a_revision_is_queued_once_in_a_generation() {
    let rows = [Row { generation: 1, revision: 5, ..row(State::Ended) }, row(State::Superseded)];
    let queued = |generation, revision| is_queued(&rows, generation, revision);
    assert!(queued(2, 1) && queued(2, 2) && queued(1, 5));
    assert!(!queued(2, 3) && !queued(1, 6) && !queued(3, 1));
    assert!(!is_queued(&[], 2, 1));
}

#[test]
fn the_oldest_day_goes_first_and_what_stepped_aside_goes_last() {
    let aside = Row { state: State::Attention, ..of(1, 1, 0) };
    let lane = [aside, of(22, 9, 0), of(21, 8, 0), of(21, 7, 10), of(20, 6, 60), row(State::Delivered)];
    let first = |until| head(&lane, at(until)).map(|row| row.sequence);
    assert_eq!((first(9), first(10), first(60)), (Some(8), Some(7), Some(6)), "of what is due by then");
    assert_eq!(head(&[aside, row(State::Superseded)], at(0)), Some(&aside));
    assert_eq!(head(&[of(1, 1, 1), Row { due_at: None, ..of(1, 2, 0) }], at(0)), None);
    let over = [State::Delivered, State::Superseded, State::Discarded, State::Ended].map(row);
    assert_eq!(head(&over, at(900)), None);
}

#[test]
fn a_lane_is_due_with_its_first_event_and_shows_its_oldest_day() {
    let lane = [of(22, 1, 30), of(21, 2, 40), row(State::Delivered), Row { due_at: None, ..of(1, 3, 0) }];
    let day: Date = date(2026, 11, 21);
    assert_eq!(due(&lane, None), Some((at(30), day)));
    assert_eq!(due(&lane, Some(at(20))), Some((at(30), day)));
    assert_eq!(due(&lane, Some(at(35))), Some((at(35), day)), "a lane that fails takes a breath");
    assert_eq!(due(&lane[2..], Some(at(35))), None);
}

#[test]
fn what_an_attempt_leaves_behind_is_due_as_the_policy_says() {
    use State::{Attention, Waiting};
    for (next, left) in [
        (Next::Delivered, None),
        (Next::RetryAt(at(8)), Some((Waiting, Some(at(8))))),
        (Next::AsideUntil(at(900)), Some((Attention, Some(at(900))))),
        (Next::Attention, Some((Attention, None))),
        (Next::Paused(at(900)), Some((Waiting, Some(at(1))))),
    ] {
        assert_eq!(left_by(next, at(1)), left, "{next:?}");
    }
}

#[test]
fn only_a_lane_that_is_tried_again_takes_a_breath_of_five_seconds_at_most() {
    assert_eq!(breather(Next::RetryAt(at(3)), at(1)), Some(at(3)));
    assert_eq!(breather(Next::RetryAt(at(900)), at(1)), Some(at(6)));
    for next in [Next::Delivered, Next::Attention, Next::AsideUntil(at(3)), Next::Paused(at(3))] {
        assert_eq!(breather(next, at(1)), None, "{next:?}");
    }
}
