//! What a till's entries ask for, kind by kind, and what is told to a person.

use crate::{
    examples::{batch, settlement},
    journal::{EPOCH, sent},
    kit::at,
};
use protocol::{
    intake::{Note, Oddity, Place, Plan, Read, Session, Step, assembled},
    journal::{Body, CheckEntry, Entry, EpochState, Opened, Settled, WholeSettlement, read},
};
use sales::{RegisterId, Settlement, SettlementId, Yen};
use std::collections::HashMap;
use uuid::Uuid;

const REGISTER: RegisterId = RegisterId(Uuid::from_u128(0xa));

/// The bodies of the example batch: one of each kind, of one session.
fn bodies() -> Vec<Body> {
    read(batch()).unwrap().iter().map(|received| received.entry.body().unwrap()).collect()
}

fn opened() -> Opened {
    let Body::Opened(opened) = bodies().remove(0) else { panic!("a session opens first") };
    opened
}

fn check() -> (Body, u32) {
    let check = settlement().checks[0].clone();
    let slip = check.slip;
    (Body::Check(CheckEntry { settlement_id: settlement().id, check }), slip)
}

fn settled() -> Settled {
    let Body::Settled(settled) = bodies().remove(6) else { panic!("精算 is the seventh") };
    settled
}

/// The session as it is stored.
fn session(settled_revision: Option<u32>) -> (SettlementId, Session) {
    let opened = opened();
    let session = Session {
        register_id: REGISTER,
        business_date: opened.business_date,
        opened_at: opened.opened_at,
        opening_float: opened.opening_float,
        settled_revision,
    };
    (opened.settlement_id, session)
}

/// What these entries of the till's third epoch ask for.
fn plan(known: impl IntoIterator<Item = (SettlementId, Session)>, bodies: &[Body]) -> Plan {
    let mut state = EpochState::NEW;
    let texts: Vec<String> = bodies
        .iter()
        .map(|body| {
            let (written, next) = Entry::follow(state, EPOCH, at(0), body);
            state = next;
            written.text
        })
        .collect();
    let reads = read(sent(&texts)).unwrap().into_iter().map(Read::new).collect();
    Plan::of(REGISTER, 3, HashMap::from_iter(known), reads)
}

fn oddities(plan: Plan) -> Vec<Oddity> {
    plan.notes.into_iter().map(|note| note.oddity).collect()
}

#[test]
fn every_kind_of_entry_names_its_session() {
    let named: Vec<_> =
        read(batch()).unwrap().into_iter().map(|received| Read::new(received).settlement_id()).collect();
    assert_eq!(named, [Some(settlement().id); 9]);
}

#[test]
fn a_session_in_order_asks_for_its_checks_and_settlements_and_nothing_is_odd() {
    let plan = plan([], &bodies());
    assert_eq!((plan.opened, plan.notes), (vec![opened()], vec![]));
    let places: Vec<_> = plan.checks.iter().map(|new| (new.settlement_id, new.place)).collect();
    let place = |seq| Place { ordinal: 3, seq };
    assert_eq!(places, [(settlement().id, place(2)), (settlement().id, place(3))]);
    let [
        Step::Settle { settled: closing, place: at, session: Some(open) },
        Step::Whole { settlement: revised, .. },
        Step::Whole { settlement: cancelled, place: last },
    ] = plan.steps.as_slice()
    else {
        panic!("{:?}", plan.steps)
    };
    assert_eq!((closing, *at, open), (&settled(), place(7), &session(None).1));
    assert_eq!((revised.revision, cancelled.checks.len(), *last), (2, 0, place(9)));
}

#[test]
fn a_settlement_is_what_its_entry_says_and_the_checks_before_it() {
    assert_eq!(assembled(settled(), settlement().checks), settlement());
}

#[test]
fn a_session_that_opens_twice_is_odd_only_if_it_differs() {
    let finer = opened().opened_at + jiff::SignedDuration::from_micros(1);
    for known in [session(None), session(Some(1))] {
        let again = plan([known], &[Body::Opened(Opened { opened_at: finer, ..opened() })]);
        assert!(again.opened.is_empty() && again.notes.is_empty(), "instants are stored in milliseconds: {again:?}");
    }
    let other = Body::Opened(Opened { opening_float: Yen(1), ..opened() });
    let note = Note {
        oddity: Oddity::SessionConflict,
        settlement_id: Some(opened().settlement_id),
        business_date: Some(opened().business_date),
        check_id: None,
        epoch: EPOCH,
        seq: 2,
    };
    assert_eq!(plan([], &[Body::Opened(opened()), other]).notes, [note]);
}

#[test]
fn a_check_outside_an_open_session_is_stored_and_told() {
    let (check, slip) = check();
    let lost = plan([], std::slice::from_ref(&check));
    assert_eq!((lost.checks.len(), oddities(lost)), (1, vec![Oddity::NotOpened { slip }]));
    let late = plan([], &[Body::Opened(opened()), Body::Settled(settled()), check.clone()]);
    assert_eq!(
        (late.notes[0].business_date, late.notes[0].check_id),
        (Some(opened().business_date), Some(late.checks[0].check.id))
    );
    assert_eq!((late.checks.len(), oddities(late)), (1, vec![Oddity::LateCheck { slip }]));
    let unopened = plan([], &[Body::Settled(settled()), check]);
    assert_eq!(oddities(unopened), [Oddity::LateCheck { slip }], "a settlement is known by its 精算, too");
}

#[test]
fn a_session_is_open_again_after_its_cancellation_and_not_after_a_correction() {
    let (check, slip) = check();
    let whole = |settlement: Settlement| WholeSettlement { settlement };
    let cancelled = Body::SettlementCancelled(whole(settlement().cancelled(at(90), "0001", "精算やり直し")));
    assert_eq!(oddities(plan([session(Some(1))], &[cancelled, check.clone()])), []);
    let revised = Body::SettlementRevised(whole(simulator::revise(&settlement())));
    assert_eq!(oddities(plan([session(None)], &[revised, check])), [Oddity::LateCheck { slip }]);
}

#[test]
fn looks_and_movements_ask_for_nothing_and_what_cannot_be_read_is_told() {
    let looks = plan([session(None)], &bodies()[3..6]);
    assert!(looks.checks.is_empty() && looks.steps.is_empty() && looks.notes.is_empty(), "{looks:?}");
    let (written, _) = Entry::follow(EpochState::NEW, EPOCH, at(0), &bodies()[3]);
    let reads = read(sent([written.text.replace("\"cash\"", "\"lottery\"")])).unwrap().into_iter().map(Read::new);
    let odd = Plan::of(REGISTER, 3, HashMap::new(), reads.collect());
    let [Note { oddity: Oddity::Unreadable { kind, why }, .. }] = odd.notes.as_slice() else { panic!("it is told") };
    assert!(kind == "lottery" && why.contains("lottery"), "{kind}: {why}");
}
