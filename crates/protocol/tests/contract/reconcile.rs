//! What was delivered against what the receiver shows.

use jiff::civil::date;
use protocol::{
    control::SettlementControl,
    hash::Sha256,
    reconcile::{Sent, judge, linkage_is_unknown},
};
use sales::{SettlementId, StoreId, Yen};
use uuid::Uuid;

fn sent(n: u128, revision: u32, net: i64, delivered: bool) -> Sent {
    let control = SettlementControl {
        checks: 1,
        guests: 2,
        net: Yen(net),
        tax: Yen(net / 10),
        discounts: Yen(0),
        payments: Yen(net + net / 10),
        facts_sha256: Sha256::of(&net.to_be_bytes()),
    };
    Sent { settlement_id: SettlementId(Uuid::from_u128(n)), revision, control, delivered }
}

fn differences(ours: &[Sent], theirs: &[Sent]) -> Vec<(bool, bool)> {
    let theirs: Vec<_> = theirs.iter().map(Sent::controlled).collect();
    let judged = judge(StoreId(Uuid::nil()), date(2026, 11, 22), ours, &theirs).unwrap();
    judged.differences.iter().map(|found| (found.ours.is_some(), found.theirs.is_some())).collect()
}

#[test]
fn the_highest_delivered_revision_has_to_be_there() {
    let ours = [sent(1, 1, 1_000, true), sent(1, 2, 900, true), sent(2, 1, 500, true)];
    assert_eq!(differences(&ours, &[sent(1, 2, 900, true), sent(2, 1, 500, true)]), []);
    assert_eq!(differences(&ours, &[sent(1, 2, 900, true)]), [(true, false)]);
    assert_eq!(differences(&ours, &[sent(1, 1, 1_000, true), sent(2, 1, 500, true)]), [(true, true)]);
    assert_eq!(differences(&ours, &[sent(1, 2, 901, true), sent(2, 1, 500, true)]), [(true, true)]);
}

#[test]
fn what_is_under_way_may_be_there_or_not() {
    let ours = [sent(1, 1, 1_000, true), sent(1, 2, 900, false), sent(3, 1, 300, false)];
    assert_eq!(differences(&ours, &[sent(1, 1, 1_000, true)]), []);
    assert_eq!(differences(&ours, &[sent(1, 2, 900, true), sent(3, 1, 300, true)]), []);
    assert_eq!(differences(&ours, &[sent(1, 1, 1_000, true), sent(9, 1, 1, true)]), [(false, true)]);
}

#[test]
fn a_conflict_is_not_explained_away_by_what_is_under_way() {
    let ours = [sent(1, 2, 900, true), sent(1, 2, 901, false)];
    assert_eq!(differences(&ours, &[sent(1, 2, 901, true)]), [(true, true)]);
    let twice = [sent(1, 2, 900, true), sent(1, 2, 901, true)];
    assert_eq!(differences(&twice, &[sent(1, 2, 900, true)]), [], "what came first stands, as at the receiver");
}

#[test]
fn only_an_address_that_is_gone_says_that_the_linkage_is_unknown() {
    let unknown: Vec<u16> = (100..600).filter(|status| linkage_is_unknown(*status)).collect();
    assert_eq!(unknown, [404, 410]);
}
