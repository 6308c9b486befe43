//! An event carries its settlement's facts, whole; own codes change rows and never the facts.

use crate::kit::{any_settlement, cases};
use proptest::prelude::*;
use protocol::{
    control::SettlementControl,
    event::{Envelope, Event, EventRegister, EventStore, EventType},
    facts::{WrittenChecks, facts_sha256},
};
use sales::{CodeSource, OwnCodes, ProductId, Settlement, datasets};
use simulator::{Kind, Restaurant};
use std::collections::BTreeMap;
use uuid::Uuid;

pub fn event(
    settlement: &Settlement,
    products: bool,
    categories: bool,
    codes: &BTreeMap<ProductId, OwnCodes>,
) -> Event {
    Event::new(envelope(products, categories), settlement.clone(), codes).unwrap()
}

fn envelope(products: bool, categories: bool) -> Envelope {
    let masters = Restaurant::new(Kind::Diner, 1).masters().clone();
    Envelope {
        event_id: Uuid::from_u128(0x0196_0000_0000_7000_8000_0000_0000_0001),
        sequence: 1,
        company_code: masters.company_code,
        flaro_store_code: "0012345678".parse().ok(),
        store: EventStore { id: masters.store.id, name: masters.store.name },
        register: EventRegister { id: masters.register.id, name: masters.register.name },
        own_product_codes: products,
        own_category_codes: categories,
    }
}

#[test]
fn the_type_says_what_happened() {
    let closed = simulator::settlement(1, 3);
    let of = |settlement: &Settlement| event(settlement, false, false, &BTreeMap::new()).event_type;
    assert_eq!(of(&closed), EventType::Closed);
    assert_eq!(of(&simulator::revise(&closed)), EventType::Revised);
    assert_eq!(of(&closed.cancelled(closed.closed_at, "0001", "やり直し")), EventType::Cancelled);
}

#[test]
fn an_event_written_from_parts_has_the_same_bytes() {
    let diner = Restaurant::new(Kind::Diner, 4);
    let mut settlement = diner.settlement(jiff::civil::date(2026, 4, 3), 1);
    settlement.reason = Some("\"checks\":[]".to_owned());
    let whole = event(&settlement, true, true, &diner.own_codes());
    let computed = datasets(&settlement).unwrap();
    let control = SettlementControl::hashed(&settlement, &computed.settlement, facts_sha256(&settlement)).unwrap();
    let checks = WrittenChecks::of(&settlement.checks);
    let envelope = envelope(true, true);
    let (event_type, bytes) = Event::write(envelope, &settlement, &checks, computed, control, &diner.own_codes());
    assert_eq!(event_type, EventType::Closed);
    assert_eq!(String::from_utf8(bytes).unwrap(), String::from_utf8(whole.to_bytes()).unwrap());
}

#[test]
fn own_codes_are_written_where_asked_for_and_blanks_are_told() {
    let diner = Restaurant::new(Kind::Diner, 4);
    let settlement = diner.settlement(jiff::civil::date(2026, 4, 3), 1);
    let rows = |products, categories| event(&settlement, products, categories, &diner.own_codes()).data.product_sales;
    assert!(rows(false, false).iter().all(|r| r.own_product_code.is_none() && r.code_source == CodeSource::Pos));
    let both = rows(true, true);
    assert_eq!(both.len(), rows(false, false).len(), "rows are keyed by the POS's product");
    for row in both {
        assert_eq!(row.own_product_code.is_none(), row.code_source == CodeSource::OwnBlank, "{}", row.name);
        assert!(row.own_parent_category_code.is_some() && row.own_child_category_code.is_some());
    }
    assert!(rows(false, true).iter().all(|r| r.own_product_code.is_none() && r.code_source == CodeSource::Own));
}

#[test]
fn nobody_knows_their_codes_and_it_says_so() {
    let settlement = simulator::settlement(3, 4);
    let rows = event(&settlement, true, false, &BTreeMap::new()).data.product_sales;
    assert!(rows.iter().all(|row| row.code_source == CodeSource::OwnBlank));
}

proptest! {
    #![proptest_config(cases(100))]

    #[test]
    fn the_facts_come_out_as_they_went_in(settlement in any_settlement(), products: bool, categories: bool) {
        let codes = Restaurant::new(Kind::Cafe, 0).own_codes();
        let sent = event(&settlement, products, categories, &codes);
        let received: Event = serde_json::from_slice(&sent.to_bytes()).unwrap();
        prop_assert_eq!(&received, &sent);
        prop_assert_eq!(&received.facts(), &settlement);
        prop_assert_eq!(received.totals, SettlementControl::of(&settlement).unwrap());
        prop_assert_eq!(received.totals.facts_sha256, facts_sha256(&settlement));
        prop_assert_eq!(sent.to_bytes(), received.to_bytes());
    }
}
