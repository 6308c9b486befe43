//! What the audit says of a settlement: how its checks fit together, which revision it is, and what is in the drawer.

use crate::{
    findings::sold,
    kit::{YESTERDAY, close},
};
use sales::{
    Cash, CashMovement, Check, CheckId, CountedCash, Denomination, MovementId, MovementKind, Settlement,
    SettlementState, Yen, audit_settlement,
};
use uuid::Uuid;

fn of(face: i64, count: i64) -> Denomination {
    Denomination { count, face: Yen(face) }
}

fn counted(denominations: Vec<Denomination>) -> CountedCash {
    CountedCash { total: Yen(denominations.iter().map(|d| d.face.0 * d.count).sum()), denominations }
}

fn movement(amount: i64) -> CashMovement {
    CashMovement {
        amount: Yen(amount),
        at: "2026-04-03T09:00:00Z".parse().unwrap(),
        id: MovementId(Uuid::from_u128(1)),
        kind: MovementKind::Out,
        reason: "両替".to_owned(),
        staff: "0001".to_owned(),
    }
}

/// These checks with a drawer that fits them: 50,000 at first, 52,000 counted, 20,000 to the bank.
fn settled(checks: Vec<Check>) -> Settlement {
    drawer(checks, vec![], Some(counted(vec![of(10_000, 5), of(1_000, 2), of(1, 0)])))
}

fn drawer(checks: Vec<Check>, movements: Vec<CashMovement>, counted: Option<CountedCash>) -> Settlement {
    let cash = Cash::close(Yen(50_000), movements, &checks, counted, Yen(20_000)).unwrap();
    close(checks, cash)
}

/// Everything that is found, without the settlement's name.
fn all(settlement: &Settlement) -> Vec<String> {
    let name = format!(" at settlement {}", settlement.id);
    audit_settlement(settlement).iter().map(|violation| violation.to_string().replace(&name, "")).collect()
}

/// What is found once this is changed.
fn found(change: impl FnOnce(&mut Settlement)) -> Vec<String> {
    let mut settlement = settled(vec![sold(1), sold(2)]);
    change(&mut settlement);
    all(&settlement)
}

fn void(of: &Check, slip: u32) -> Check {
    let id = CheckId(Uuid::from_u128(slip.into()));
    Check { staff: "0002".to_owned(), ..of.reversal(id, slip, of.paid_at, None).unwrap() }
}

#[test]
fn a_revision_counts_from_one_and_names_an_earlier_one() {
    let revision = |revision, supersedes| {
        found(|settlement| (settlement.revision, settlement.supersedes) = (revision, supersedes))
    };
    for (number, supersedes) in [(1, None), (2, Some(1)), (5, Some(3))] {
        assert_eq!(revision(number, supersedes), [""; 0], "{number} {supersedes:?}");
    }
    assert_eq!(revision(0, None), ["settlement.revision revision: stated 0, computed 1"]);
    assert_eq!(revision(2, Some(2)), ["settlement.revision revision: stated 2, computed 3"]);
    assert_eq!(revision(2, Some(0)), ["settlement.revision revision: stated 2, computed 1"]);
    assert_eq!(revision(3, None), ["settlement.revision supersedes: stated 0, computed 2"]);
}

#[test]
fn only_a_cancelled_settlement_is_empty_by_rule() {
    let cancelled = found(|settlement| settlement.state = SettlementState::Cancelled);
    assert_eq!(cancelled, ["settlement.revision checks of a cancelled settlement: stated 2, computed 0"]);
    assert_eq!(all(&settled(vec![])), [""; 0], "a till that sold nothing");
}

#[test]
fn a_check_is_of_the_settlements_day_and_there_once() {
    let place = format!("check {}", sold(2).id);
    let other_day = found(|settlement| settlement.checks[1].business_date = YESTERDAY);
    assert_eq!(other_day, [format!("check.business_date {place}: stated 20260402, computed 20260403")]);
    let twice = all(&settled(vec![sold(1), sold(2), sold(2)]));
    assert_eq!(twice, [format!("check.duplicate {place}: stated 2, computed 1")]);
}

#[test]
fn a_void_mirrors_its_original_once_whoever_made_it() {
    assert_eq!(all(&settled(vec![sold(1), void(&sold(1), 7)])), [""; 0]);
    assert_eq!(all(&settled(vec![void(&sold(1), 7)])), [""; 0], "its original is of another settlement");
    let mut other = void(&sold(1), 7);
    other.guests.male -= 1;
    let found = all(&settled(vec![sold(1), other.clone()]));
    assert_eq!(found, [format!("reversal.mirror check {}: stated -3260, computed -3260", other.id)]);
    let second = void(&sold(1), 8);
    let found = all(&settled(vec![sold(1), void(&sold(1), 7), second.clone()]));
    assert_eq!(found, [format!("reversal.mirror check {}: stated 2, computed 1", second.id)]);
}

#[test]
fn what_must_be_in_the_drawer_follows_from_what_went_in_and_out() {
    // 50,000 and twice 2,260 in cash; 52,000 counted: 2,520 short; 20,000 to the bank.
    assert_eq!(
        found(|settlement| settlement.cash.expected = Yen(54_521)),
        ["cash.expected cash: stated 54521, computed 54520", "cash.over_short cash: stated -2520, computed -2521"]
    );
    let moved = |amount| all(&drawer(vec![sold(1)], vec![movement(amount)], None));
    assert_eq!(moved(0), [""; 0]);
    let place = MovementId(Uuid::from_u128(1));
    assert_eq!(moved(-100), [format!("cash.expected movement {place}: stated -100, computed 0")]);
    let mut uncounted = drawer(vec![], vec![], None);
    uncounted.cash.carry_over = Yen(30_001);
    assert_eq!(all(&uncounted), ["cash.carry_over cash: stated 30001, computed 30000"]);
}

#[test]
fn what_was_counted_is_whole_notes_and_coins() {
    let faces = [10_000, 5_000, 2_000, 1_000, 500, 100, 50, 10, 5, 1];
    let with = |denominations| all(&drawer(vec![], vec![], Some(counted(denominations))));
    assert_eq!(with(faces.map(|face| of(face, 1)).into()), [""; 0]);
    assert_eq!(with(vec![of(3, 1)]), ["cash.counted 金種 3: stated 1, computed 0"]);
    assert_eq!(with(vec![of(500, -1)]), ["cash.counted 金種 500: stated -1, computed 0"]);
    let by_sum = CountedCash { denominations: vec![], total: Yen(52_000) };
    assert_eq!(all(&drawer(vec![], vec![], Some(by_sum))), [""; 0], "counted as one sum");
    let miscounted = found(|settlement| settlement.cash.counted.as_mut().unwrap().total = Yen(52_001));
    assert_eq!(miscounted[0], "cash.counted cash: stated 52001, computed 52000");
}

#[test]
fn over_and_short_are_known_if_the_drawer_was_counted() {
    assert_eq!(
        found(|settlement| settlement.cash.over_short = Some(Yen(-2_519))),
        ["cash.over_short cash: stated -2519, computed -2520"]
    );
    assert_eq!(found(|settlement| settlement.cash.over_short = None), ["cash.over_short cash: stated 0, computed 1"]);
    let mut uncounted = drawer(vec![], vec![], None);
    uncounted.cash.over_short = Some(Yen::ZERO);
    assert_eq!(all(&uncounted), ["cash.over_short cash: stated 1, computed 0"]);
}

#[test]
fn what_does_not_fit_64_bits_together_is_said_so() {
    let cash = found(|settlement| settlement.cash.opening_float = Yen(i64::MAX));
    assert_eq!(cash, ["overflow cash: stated 0, computed 0"]);
    let costs = found(|settlement| settlement.checks[0].lines[0].cost = Yen(i64::MAX));
    assert_eq!(costs, ["overflow datasets: stated 0, computed 0"]);
}
