//! Which stores may send now: none twice at once, companies in turn, the oldest day first.

use crate::kit::at;
use jiff::civil::date;
use protocol::lanes::{Lane, Wanted, ready};
use sales::StoreId;
use uuid::Uuid;

const ALL: Wanted = Wanted { most: 100, due_until: jiff::Timestamp::UNIX_EPOCH, not_again: None };

/// A lane that may send, with its oldest event on this day of November.
fn lane(company: &str, store: u128, day: i8) -> Lane {
    Lane {
        company: company.to_owned(),
        store_id: StoreId(Uuid::from_u128(store)),
        enabled: true,
        paused_until: None,
        next_due_at: Some(at(0)),
        head_date: Some(date(2026, 11, day)),
        claimed_until: None,
    }
}

/// The stores that may send at second 10, in order.
fn stores(lanes: &[Lane], wanted: &Wanted) -> Vec<u128> {
    let places = ready(lanes, &Wanted { due_until: at(10), ..wanted.clone() }, at(10));
    places.into_iter().map(|place| lanes[place].store_id.0.as_u128()).collect()
}

#[test]
fn a_store_sends_if_it_is_on_due_and_has_nothing_in_flight() {
    let base = lane("minato", 1, 1);
    let may = |lane: Lane| !stores(&[lane], &ALL).is_empty();
    assert!(may(base.clone()));
    assert!(!may(Lane { enabled: false, ..base.clone() }));
    assert!(
        !may(Lane { next_due_at: None, ..base.clone() }) && !may(Lane { next_due_at: Some(at(11)), ..base.clone() })
    );
    assert!(may(Lane { next_due_at: Some(at(10)), ..base.clone() }));
    assert!(!may(Lane { claimed_until: Some(at(11)), ..base.clone() }));
    assert!(may(Lane { claimed_until: Some(at(10)), ..base.clone() }), "the sender that claimed it never came back");
    assert!(!may(Lane { paused_until: Some(at(11)), ..base.clone() }));
    assert!(may(Lane { paused_until: Some(at(10)), ..base }), "the probe of a refused linkage");
}

#[test]
fn within_a_company_the_oldest_day_goes_first() {
    let lanes = [lane("minato", 1, 3), lane("minato", 2, 1), lane("minato", 4, 2), lane("minato", 3, 2)];
    assert_eq!(stores(&lanes, &ALL), [2, 3, 4, 1]);
    assert_eq!(stores(&lanes, &Wanted { most: 2, ..ALL }), [2, 3]);
}

#[test]
fn companies_take_turns_and_what_is_in_flight_counts_as_a_turn() {
    let large: Vec<Lane> = (1..=3).map(|store| lane("large", store, 1)).collect();
    let small = [lane("small", 8, 20), lane("small", 9, 21)];
    assert_eq!(stores(&[large.clone(), small.to_vec()].concat(), &ALL), [1, 8, 2, 9, 3]);
    let in_flight = Lane { claimed_until: Some(at(60)), ..lane("large", 7, 1) };
    assert_eq!(stores(&[vec![in_flight], large, small.to_vec()].concat(), &ALL), [8, 1, 9, 2, 3]);
}

#[test]
fn the_store_of_the_last_probe_goes_last() {
    let lanes = [lane("minato", 1, 1), lane("minato", 2, 2), lane("other", 3, 3)];
    let wanted = Wanted { not_again: Some(StoreId(Uuid::from_u128(1))), ..ALL };
    assert_eq!(stores(&lanes, &wanted), [3, 2, 1]);
    assert_eq!(stores(&lanes[..1], &wanted), [1], "rather again than nobody");
}

#[test]
fn a_refused_linkage_sends_one_probe_at_a_time() {
    let refused = |store| Lane { paused_until: Some(at(5)), ..lane("refused", store, 1) };
    assert_eq!(stores(&[refused(1), refused(2), lane("other", 3, 9)], &ALL), [1, 3]);
    let probing = Lane { claimed_until: Some(at(60)), ..refused(1) };
    assert_eq!(stores(&[probing, refused(2)], &ALL), []);
}
