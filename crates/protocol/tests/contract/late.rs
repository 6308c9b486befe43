//! What goes later than its 精算, question by question.

use crate::kit::at;
use jiff::civil::{Date, date};
use protocol::{
    late::{Coverage, Standing, is_held, is_inherited, is_past},
    outbox::{Row, State},
};
use sales::SettlementId;
use uuid::Uuid;

/// The generation that is linked.
const NOW: i64 = 3;
const NOVEMBER: Option<(Date, Date)> = Some((date(2026, 11, 1), date(2026, 11, 30)));
const NOWHERE: Coverage<'static> = Coverage { window: None, past_ranges: &[], discarded_days: &[] };
const WINDOW: Coverage<'static> = Coverage { window: NOVEMBER, ..NOWHERE };
const PAST: Coverage<'static> = Coverage { past_ranges: &[(date(2026, 11, 22), date(2026, 11, 22))], ..NOWHERE };
const DISCARDED: Coverage<'static> = Coverage { discarded_days: &[date(2026, 11, 22)], ..WINDOW };

/// Revision 2 of 22 November, received at second 10.
fn standing(events: &[Row]) -> Standing<'_> {
    Standing { business_date: date(2026, 11, 22), revision: 2, received_at: at(10), events }
}

fn event(generation: i64, revision: u32, state: State) -> Row {
    Row {
        generation,
        settlement_id: SettlementId(Uuid::from_u128(1)),
        revision,
        business_date: date(2026, 11, 22),
        sequence: 1,
        state,
        due_at: None,
        delivered: state == State::Delivered,
    }
}

#[test]
fn switching_a_store_on_queues_what_window_or_past_range_cover_and_nobody_discarded() {
    let held = |coverage| is_held(&standing(&[]), NOW, &coverage);
    assert!(held(WINDOW) && held(PAST));
    assert!(!held(NOWHERE) && !held(DISCARDED));
    assert!(held(Coverage { discarded_days: DISCARDED.discarded_days, ..PAST }), "it was asked for by its date");
    let on = |day| is_held(&Standing { business_date: day, ..standing(&[]) }, NOW, &WINDOW);
    assert!(on(date(2026, 11, 1)) && on(date(2026, 11, 30)), "both ends are inside");
    assert!(!on(date(2026, 10, 31)) && !on(date(2026, 12, 1)));
}

#[test]
fn a_correction_of_what_was_sent_is_held_wherever_its_day_lies() {
    let held = |row| is_held(&standing(&[row]), NOW, &NOWHERE);
    assert!(held(event(1, 1, State::Delivered)) && held(event(NOW, 1, State::Waiting)));
    assert!(!held(event(1, 1, State::Ended)) && !held(event(1, 1, State::Discarded)));
}

#[test]
fn what_this_generation_queued_or_any_delivered_is_not_queued_again() {
    let left = |row| is_held(&standing(&[row]), NOW, &WINDOW);
    assert!(!left(event(NOW, 2, State::Waiting)) && !left(event(NOW, 3, State::Waiting)));
    assert!(!left(event(1, 2, State::Delivered)));
    assert!(left(event(1, 2, State::Ended)), "queued by another generation, and it never went");
    assert!(left(event(NOW, 1, State::Delivered)), "an earlier revision");
}

#[test]
fn asking_for_the_past_queues_what_is_inside_the_range_and_not_done() {
    let past = |from, to, events: &[Row]| is_past(&standing(events), NOW, (date(2026, 11, from), date(2026, 11, to)));
    assert!(past(22, 22, &[]) && past(1, 30, &[]));
    assert!(!past(1, 21, &[]) && !past(23, 30, &[]));
    assert!(past(1, 30, &[event(1, 2, State::Ended)]));
    assert!(!past(1, 30, &[event(1, 2, State::Delivered)]));
}

#[test]
fn a_new_generation_takes_over_what_the_one_before_left_unsent() {
    let taken = |row, now| is_inherited(&standing(&[row]), NOW, &now, &NOWHERE, None);
    assert!(taken(event(1, 2, State::Ended), NOWHERE) && taken(event(1, 1, State::Ended), WINDOW));
    assert!(!taken(event(1, 2, State::Waiting), WINDOW) && !taken(event(1, 2, State::Delivered), WINDOW));
    assert!(!taken(event(1, 2, State::Ended), DISCARDED), "a person discarded the day");
    let done = [event(1, 2, State::Ended), event(NOW, 2, State::Waiting)];
    assert!(!is_inherited(&standing(&done), NOW, &WINDOW, &WINDOW, Some(at(10))), "taken over already");
}

#[test]
fn a_new_generation_takes_over_what_the_one_before_held_when_it_ended() {
    let taken = |before, ended: Option<i64>| is_inherited(&standing(&[]), NOW, &NOWHERE, &before, ended.map(at));
    assert!(taken(WINDOW, Some(10)) && taken(WINDOW, Some(11)));
    assert!(!taken(WINDOW, Some(9)), "it came after the end");
    assert!(!taken(WINDOW, None), "the one before has not ended");
    assert!(!taken(NOWHERE, Some(10)) && !taken(PAST, Some(10)), "the one before did not cover the day");
    assert!(!taken(DISCARDED, Some(10)), "a person discarded it there");
    let discarded_now = is_inherited(&standing(&[]), NOW, &DISCARDED, &WINDOW, Some(at(10)));
    assert!(!discarded_now, "a person discarded it here");
    let superseded = [event(1, 1, State::Discarded)];
    let queued_then = is_inherited(&standing(&superseded), NOW, &NOWHERE, &WINDOW, Some(at(10)));
    assert!(!queued_then, "what was queued then is judged by its events alone");
}
