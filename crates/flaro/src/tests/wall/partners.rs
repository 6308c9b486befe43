//! A second partner with a credential of its own starts a linkage with a company that another partner brings stores
//! to, and asks for all of that, on every route there is for it: it gets its own and changes nothing else.

use db::testing::{Snapshot, each_engine};
use protocol::{
    event::EventType,
    partner::{EventReceipt, LinkedStore},
};
use serde_json::Value;
use simulator::revise;

use super::{
    asking::{Proof, Wall},
    routes::Route,
    town::DAY,
};
use crate::{
    Role, schema,
    tests::{
        house::{Answer, House, OTHER_CREDENTIAL},
        pos::{Pos, facts, register_id, store, store_id},
    },
};

const REFUSED: (u16, &str) = (422, "store_of_another_partner");

fn said(answer: &Answer) -> (u16, String) {
    (answer.status.as_u16(), answer.code())
}

fn assert_refused(answer: &Answer) {
    let (status, code) = said(answer);
    assert_eq!((status, code.as_str()), REFUSED, "{}", answer.text());
}

async fn everything(house: &House) -> Snapshot {
    Snapshot::of(&house.flaro.db, &schema::migrations(), |_| true).await.without("web_session")
}

/// A company whose store 1 is the first partner's, and a second partner that has store 5 there and sent for it.
async fn two_partners(db: db::Db) -> (House, Pos, Pos) {
    let house = House::new(db).await;
    house.company("0012", &[("kanri", Role::Administrator, None)]).await;
    let first = Pos::link(&house, "0012", 1, vec![store(1, 1)]).await;
    let second = Pos::start(&house, OTHER_CREDENTIAL, "0012", 1).await;
    assert_eq!(second.put_stores(&house, 1, vec![of_the_same_shop()]).await.status, 200);
    (house, first, second)
}

/// The second partner's store, in the place of the first one's.
fn of_the_same_shop() -> LinkedStore {
    LinkedStore { flaro_store_code: store(1, 1).flaro_store_code, ..store(5, 1) }
}

#[tokio::test]
async fn a_second_partner_takes_nothing_over_on_any_route() {
    each_engine(async |db| {
        let wall = Wall::new(db).await;
        let second = Pos::start(&wall.own.town.house, OTHER_CREDENTIAL, "0012", 1).await;
        let of_partners = |route: &&Route| !route.pattern.starts_with("/api/");
        let ours = wall.own.town.pos.linkage.to_string();
        let before = wall.snapshot("").await;
        let mut tried = 0;
        for route in wall.programs().filter(of_partners) {
            for question in wall.questions(route) {
                if question.contains(&ours) {
                    let asked = wall.program(route, &question, Proof::Bearer(OTHER_CREDENTIAL)).await;
                    assert_eq!(said(&asked.answer), (404, "linkage_unknown".to_owned()), "{}", route.name());
                    assert_stands(&wall, &before, route).await;
                }
                through_its_own(&wall, route, &question, &second).await;
                assert_stands(&wall, &before, route).await;
                tried += 1;
            }
        }
        assert_eq!(tried, 6, "handshake, table, secrets, totals, end, events");
    })
    .await;
}

/// Asks by its own linkage for what is the first partner's.
async fn through_its_own(wall: &Wall, route: &Route, question: &str, second: &Pos) {
    let ours = wall.own.town.pos.linkage.to_string();
    let events = route.pattern.starts_with("/webhook/");
    let (question, proof) = if events {
        (second.path.clone(), Proof::Signed(second))
    } else {
        (question.replace(&ours, &second.linkage.to_string()), Proof::Bearer(OTHER_CREDENTIAL))
    };
    let asked = wall.program(route, &question, proof).await.knowing(wall.own.id("store"));
    wall.assert_nothing_of_it(&asked, &route.name());
    if events || route.method == "PUT" {
        assert_refused(&asked.answer);
    } else {
        assert!(asked.answer.status.is_success(), "{} {question}: {}", route.name(), asked.answer.text());
    }
}

/// Nothing has changed but the second partner's own linkage.
async fn assert_stands(wall: &Wall, before: &Snapshot, route: &Route) {
    let now = wall.snapshot("").await;
    before.clone().without("linkage").assert_is(&now.clone().without("linkage"), &route.name());
    let ours = wall.own.town.pos.linkage.to_string();
    let row = |snapshot: &Snapshot| snapshot.rows("linkage").iter().find(|row| row.contains(&ours)).cloned();
    assert!(row(before).is_some() && row(before) == row(&now), "{} changed the first linkage", route.name());
}

#[tokio::test]
async fn a_table_with_another_partners_store_is_refused_whole_and_names_it() {
    each_engine(async |db| {
        let (house, first, second) = two_partners(db).await;
        // A store that only an event named, and a till that no table lists.
        assert_eq!(first.settle(&house, 7, 1, &facts(11)).await.status, 200);
        assert_eq!(first.settle(&house, 1, 9, &facts(12)).await.status, 200);
        let before = everything(&house).await;
        for taken in [1, 7] {
            let theirs = LinkedStore { flaro_store_code: None, ..store(taken, 1) };
            let answer = second.put_stores(&house, 2, vec![of_the_same_shop(), store(6, 1), theirs]).await;
            assert_refused(&answer);
            let error = &answer.json::<Value>()["error"];
            let message = error["message"].as_str().unwrap();
            assert!(message.contains(&store_id(taken).to_string()) && !message.contains(&store_id(6).to_string()));
            assert!(error["rule"].is_string() && error["hint"].as_str().unwrap().contains("UUID"), "{error}");
            before.assert_is(&everything(&house).await, "a table that was refused");
        }
        // Its own store may name the same till; that explains nothing about the first partner's.
        let mut till = of_the_same_shop();
        till.registers[0].id = register_id(1, 9);
        assert_eq!(second.put_stores(&house, 2, vec![till]).await.status, 200);
        assert_eq!(everything(&house).await.rows("finding"), before.rows("finding"));

        house.company("0034", &[]).await;
        let elsewhere = Pos::start(&house, OTHER_CREDENTIAL, "0034", 1).await;
        let answer = elsewhere.put_stores(&house, 1, vec![store(1, 1)]).await;
        assert_eq!(answer.status, 200, "what another company's stores are called is nobody's business");
    })
    .await;
}

#[tokio::test]
async fn what_is_sent_for_another_partners_store_is_refused_and_changes_nothing() {
    each_engine(async |db| {
        let (house, first, second) = two_partners(db).await;
        let (theirs, own) = (facts(1), facts(2));
        let brought = first.event(1, 1, &theirs);
        assert_eq!(first.send(&house, &brought).await.status, 200);
        assert_eq!(second.settle(&house, 5, 1, &own).await.status, 200);
        let before = everything(&house).await;
        let mut test = second.event(1, 1, &facts(3));
        test.event_type = EventType::Test;
        let (higher, new) = (second.event(1, 1, &revise(&theirs)), second.event(1, 1, &facts(4)));
        for event in [&higher, &new, &test, &brought] {
            assert_refused(&second.send(&house, event).await);
            before.assert_is(&everything(&house).await, "an event that was refused");
        }
        // The name of the first partner's event for settlements of its own: one that is new, and one that stands.
        let before = before.without("watermark");
        for facts in [&facts(5), &own] {
            let mut borrowed = second.event(5, 1, facts);
            borrowed.event_id = brought.event_id;
            assert_eq!(second.send(&house, &borrowed).await.status, 409);
            before.assert_stands(&everything(&house).await.without("watermark"), "a borrowed name");
        }
        let receipt: EventReceipt = first.send(&house, &brought).await.json();
        assert_eq!((receipt.highest_sequence, receipt.missing), (1, vec![]));
        assert_eq!(first.settle(&house, 1, 1, &revise(&theirs)).await.status, 200, "the first goes on");
    })
    .await;
}

#[tokio::test]
async fn a_company_that_changes_its_pos_keeps_both_and_is_shown_days_that_came_twice() {
    each_engine(async |db| {
        let (house, first, second) = two_partners(db).await;
        assert_eq!(first.settle(&house, 1, 1, &facts(1)).await.status, 200);
        let path = format!("/partner/v1/linkages/{}", first.linkage);
        assert_eq!(house.partner("DELETE", &path, Value::Null).await.status, 204);
        let cookie = house.log_in("kanri").await;
        let page = async || house.page(&cookie, "/linkages").await.text();
        let html = page().await;
        assert!(!html.contains("二つの連携元") && html.contains("解除済み") && html.contains("連携中"), "{html}");

        let twice = facts(2);
        assert_eq!(second.settle(&house, 5, 1, &twice).await.status, 200);
        let stores = async |pos: &Pos| {
            let days = pos.control_totals(&house, DAY, DAY).await.days;
            days.iter().map(|day| day.store_id).collect::<Vec<_>>()
        };
        assert_eq!((stores(&first).await, stores(&second).await), (vec![store_id(1)], vec![store_id(5)]));
        let html = page().await;
        web::testing::assert_page(&html);
        for shown in ["二つの連携元から届いた営業日", "00001", "店1", "店5", "usen", "other", "2026/11/21"]
        {
            assert!(html.contains(shown), "{shown} in {html}");
        }
        let cancelled = twice.cancelled(twice.closed_at, "0001", "二重");
        assert_eq!(second.settle(&house, 5, 1, &cancelled).await.status, 200);
        assert!(!page().await.contains("二つの連携元"), "one of them is empty");
    })
    .await;
}
