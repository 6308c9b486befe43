//! Deliveries when all is well: milliseconds, in order, signed, with a receipt.

use db::testing::each_engine;
use protocol::endpoint::IN_FLIGHT_MAX;
use protocol::partner::EventReceipt;
use std::collections::BTreeSet;

use super::flaro::Says;
use super::{WHO, World, corrected, day};
use crate::outbox::resend::range::{Range, request};

#[tokio::test]
async fn a_close_is_delivered_with_its_receipt() {
    each_engine(async |db| {
        let world = World::linked(db, 1).await;
        let settlement = world.close(0, "2026-11-22", 1_100).await;
        world.until("delivered", 1).await;
        let event = world.flaro.book().events[0].clone();
        assert_eq!(event.facts(), settlement);
        assert_eq!((event.sequence, event.company_code.as_str()), (1, "0012345"));
        assert_eq!(event.flaro_store_code.unwrap().as_str(), "101");
        assert_eq!((event.store.name.as_str(), event.register.name.as_str()), ("1号店", "レジ1"));
        let row = &world.rows("SELECT receipt, body_sha256, body_bytes FROM outbox WHERE company_id = $1").await[0];
        let receipt: EventReceipt = serde_json::from_str(&row.text("receipt").unwrap()).unwrap();
        assert_eq!(receipt.body_sha256.to_string(), row.text("body_sha256").unwrap());
        assert_eq!(usize::try_from(row.int("body_bytes").unwrap()).unwrap(), world.flaro.book().attempts[0].1.len());
        let attempts = world.rows("SELECT status, attempt_no FROM attempt WHERE company_id = $1").await;
        assert_eq!((attempts[0].int("status").unwrap(), attempts[0].int("attempt_no").unwrap()), (200, 1));
        world.stop().await;
    })
    .await;
}

#[tokio::test]
async fn plain_bytes_go_where_zstd_was_not_agreed() {
    each_engine(async |db| {
        let world = World::new(db, 1).await;
        world.flaro.book().plain_only = true;
        world.link().await;
        world.run();
        world.close(0, "2026-11-22", 1_100).await;
        world.until("delivered", 1).await;
        world.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_backlog_goes_oldest_first_one_at_a_time_per_store_and_bounded_per_endpoint() {
    each_engine(async |db| {
        let world = World::new(db, 24).await;
        world.link().await;
        let dates = ["2026-11-25", "2026-11-23", "2026-11-22", "2026-11-24"];
        for store in 0..24 {
            for date in dates {
                world.close(store, date, 1_000).await;
            }
        }
        world.run();
        world.until("delivered", 96).await;
        world.stop().await;
        let book = world.flaro.book();
        assert_eq!(book.most_of_one_store, 1);
        assert!((2..=IN_FLIGHT_MAX).contains(&book.most_in_flight), "{}", book.most_in_flight);
        for (store, _) in &world.stores {
            let of_store = book.events.iter().filter(|event| event.store.id == *store);
            let came: Vec<String> = of_store.map(|event| event.business_date.to_string()).collect();
            assert_eq!(came, ["2026-11-22", "2026-11-23", "2026-11-24", "2026-11-25"]);
        }
    })
    .await;
}

#[tokio::test]
async fn whoever_comes_alone_waits_behind_nobodys_crowd() {
    each_engine(async |db| {
        let crowd = World::new(db, IN_FLIGHT_MAX + 8).await;
        let alone = crowd.neighbour("0099999").await;
        crowd.link().await;
        alone.link().await;
        crowd.flaro.book().held = crowd.stores.iter().map(|(store, _)| *store).collect();
        for store in 0..crowd.stores.len() {
            crowd.close(store, "2026-11-22", 1_000).await;
        }
        crowd.run();
        crowd.until_in_flight(IN_FLIGHT_MAX).await;

        // One of the crowd is no guest; one who has nothing under way is.
        crowd.stores.iter().for_each(|(store, _)| crowd.pos.arrivals.tell(&crowd.tenant, *store));
        alone.close(0, "2026-11-22", 2_000).await;
        crowd.pos.arrivals.tell(&alone.tenant, alone.stores[0].0);
        alone.until("delivered", 1).await;
        assert_eq!(crowd.flaro.book().most_in_flight, IN_FLIGHT_MAX + 1);

        crowd.flaro.book().held.clear();
        crowd.until("delivered", i64::try_from(crowd.stores.len()).unwrap()).await;
        assert_eq!(crowd.flaro.book().most_of_one_store, 1);
        crowd.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_revision_takes_the_place_of_what_waits_and_follows_what_was_sent() {
    each_engine(async |db| {
        let world = World::new(db, 1).await;
        world.link().await;
        let first = world.close(0, "2026-11-22", 1_100).await;
        let second = corrected(&first, 1_000);
        world.accept(0, second.clone()).await;
        assert_eq!(world.states().await["superseded"], 1);
        world.run();
        world.until("delivered", 1).await;
        assert_eq!(world.flaro.book().events[0].settlement.revision, 2);

        // After 連携終了日 was moved before it: a revision of anything sent goes all the same.
        world.save(0, "2026/11/22", "2026/11/23", true).await;
        world.pass(86_400 * 40);
        world.accept(0, second.cancelled(world.pos.now(), "店長", "日付違い")).await;
        world.until("delivered", 2).await;
        assert_eq!(world.flaro.book().events[1].settlement.revision, 3);
        world.stop().await;
    })
    .await;
}

#[tokio::test]
async fn sending_again_sends_the_same_bytes_under_the_same_id() {
    each_engine(async |db| {
        let world = World::linked(db, 2).await;
        world.close(0, "2026-11-22", 1_100).await;
        world.close(0, "2026-11-23", 1_200).await;
        world.close(1, "2026-11-22", 1_300).await;
        world.until("delivered", 3).await;
        let days = Range { store: Some(world.stores[0].0), from: day("2026-11-22"), to: day("2026-11-22") };
        assert_eq!(request(&world.pos, &world.tenant, WHO, days).await.unwrap(), 1);
        world.until("delivered", 3).await;
        let all = Range { store: None, from: day("2026-11-01"), to: day("2026-11-30") };
        assert_eq!(request(&world.pos, &world.tenant, WHO, all).await.unwrap(), 3);
        world.until("delivered", 3).await;
        world.stop().await;
        let book = world.flaro.book();
        assert_eq!((book.attempts.len(), book.events.len()), (7, 3));
        assert_eq!(book.attempts.iter().collect::<BTreeSet<_>>().len(), 3, "the same bytes each time");
    })
    .await;
}

#[tokio::test]
async fn a_success_without_receipt_counts_and_one_with_another_receipt_does_not() {
    each_engine(async |db| {
        let world = World::linked(db, 1).await;
        world.flaro.book().says.push_back(Says::NoReceipt);
        world.close(0, "2026-11-22", 1_100).await;
        world.until("delivered", 1).await;
        world.flaro.book().says.push_back(Says::WrongReceipt);
        world.close(0, "2026-11-23", 1_100).await;
        world.until("attention", 1).await;
        world.stop().await;
    })
    .await;
}
