//! What a place does when it, or its neighbour, was restored from a backup.

use protocol::{
    control::{ControlledSettlement, SettlementControl},
    hash::Sha256,
    inbox::{Verdict, again},
    reconcile::{Found, follows},
    upload::greets,
};
use sales::{SettlementId, Yen};
use uuid::Uuid;

fn controlled(revision: u32) -> ControlledSettlement {
    let (zero, facts_sha256) = (Yen::ZERO, Sha256::of(&revision.to_be_bytes()));
    let control =
        SettlementControl { checks: 1, guests: 1, net: zero, tax: zero, discounts: zero, payments: zero, facts_sha256 };
    ControlledSettlement { settlement_id: SettlementId(Uuid::from_u128(1)), revision, control }
}

#[test]
fn an_event_made_anew_is_the_same_event_if_its_facts_are() {
    use Verdict::{Conflict, Late, Repeated, Stands};
    for judged in [Stands, Late, Repeated, Conflict] {
        assert_eq!(again(Stands, true, judged), Repeated, "the same bytes");
        assert_eq!(again(Conflict, true, judged), Conflict, "it stays one when it is sent again");
    }
    assert_eq!(again(Stands, false, Repeated), Repeated);
    assert_eq!(again(Conflict, false, Repeated), Repeated, "made anew with the facts that stand");
    for judged in [Stands, Late, Conflict] {
        assert_eq!(again(Stands, false, judged), Conflict, "one id names one revision");
    }
}

#[test]
fn what_the_receiver_lost_is_sent_again_and_what_it_has_more_of_is_not() {
    let found = |ours, theirs| Found { ours, theirs }.lost().map(|lost| lost.revision);
    assert_eq!(found(Some(controlled(2)), None), Some(2));
    assert_eq!(found(Some(controlled(2)), Some(controlled(1))), Some(2));
    assert_eq!(found(Some(controlled(1)), Some(controlled(2))), None);
    assert_eq!(found(Some(controlled(2)), Some(controlled(2))), None, "other facts at the same revision");
    assert_eq!(found(None, Some(controlled(1))), None);
}

#[test]
fn what_is_at_the_receiver_and_forgotten_here_is_followed_by_what_stands() {
    let (first, second) = (controlled(1), controlled(2));
    let found = |ours, theirs| Found { ours, theirs }.forgotten().map(|theirs| theirs.revision);
    assert_eq!(
        (found(None, Some(first)), found(Some(first), Some(second)), found(Some(first), None)),
        (Some(1), None, None)
    );
    assert!(follows(&first, 2, second.control.facts_sha256), "a correction");
    assert!(follows(&first, 1, first.control.facts_sha256), "the same, to be known here again");
    assert!(!follows(&first, 1, second.control.facts_sha256), "a conflict is for a person");
    assert!(!follows(&second, 1, first.control.facts_sha256), "FLARO knows better");
}

#[test]
fn a_till_with_nothing_to_send_speaks_now_and_then() {
    assert!(greets(None, 900_000));
    assert!(!greets(Some(0), 900_000) && !greets(Some(899_999), 900_000));
    assert!(greets(Some(900_000), 900_000));
    assert!(greets(Some(-1), 900_000), "a clock that was set back");
}
