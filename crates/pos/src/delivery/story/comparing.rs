//! 照合: what was delivered against what FLARO says it has.

use std::time::Duration;

use axum::http::StatusCode;
use db::testing::each_engine;
use db::{Tx, args};
use sales::Yen;

use super::pages::Person;
use super::{WHO, World, corrected};
use crate::PosError;
use crate::accounts::Role;
use crate::attention::{Kind, Raised, raise};
use crate::linkage::{end, start::start};
use protocol::reconcile::Found;

const STATE: &str = "SELECT state FROM reconciliation WHERE company_id = $1";

const AGAIN: &str = "SELECT after FROM audit WHERE company_id = $1 AND what = 'FLAROに無い精算を再送'";

const PAUSED: &str = "
    SELECT CASE WHEN pause_cause = 'unknown_linkage' THEN 'yes' ELSE 'no' END AS paused
    FROM linkage WHERE company_id = $1 ORDER BY generation DESC";

const RESTORED: [&str; 4] = [
    "DELETE FROM outbox WHERE company_id = $1",
    "DELETE FROM event_frame WHERE company_id = $1",
    "DELETE FROM reconciliation WHERE company_id = $1",
    "UPDATE store_link SET start_date = '2026-12-01' WHERE company_id = $1",
];

#[tokio::test]
async fn a_day_is_compared_after_its_delivery_and_a_loss_is_found_down_to_the_settlement_and_sent_again() {
    each_engine(async |db| {
        let world = World::linked(db, 1).await;
        world.close(0, "2026-11-22", 1_100).await;
        let lost = world.close(0, "2026-11-22", 2_200).await;
        world.until("delivered", 2).await;
        world.until_row(STATE, "state", "unchecked").await;
        world.pass(3);
        world.until_row(STATE, "state", "matched").await;

        // FLARO loses one of them; the hourly look finds which, and its stored bytes go again.
        world.flaro.book().forgotten.insert(lost.id);
        world.pass(3_601);
        world.until_row(AGAIN, "after", "1件").await;
        world.until("delivered", 2).await;
        assert_eq!(world.flaro.book().attempts.len(), 3);
        let row = &world.rows("SELECT differences FROM reconciliation WHERE company_id = $1").await[0];
        let found: Vec<Found> = serde_json::from_str(&row.text("differences").unwrap()).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].ours.unwrap().settlement_id, found[0].theirs), (lost.id, None));

        world.flaro.book().forgotten.clear();
        world.pass(3);
        world.until_row(STATE, "state", "matched").await;
        world.stop().await;
    })
    .await;
}

const RESTS: &str = "
    SELECT CASE WHEN dirty_at IS NOT NULL THEN 'dirty' WHEN again_at IS NULL THEN 'rests' ELSE 'watched' END AS how
    FROM reconciliation WHERE company_id = $1";

#[tokio::test]
async fn a_day_rests_after_five_weeks_and_is_watched_again_when_something_of_it_is_sent() {
    each_engine(async |db| {
        let world = World::linked(db, 1).await;
        let closed = world.close(0, "2026-11-22", 1_100).await;
        world.until("delivered", 1).await;
        world.pass(3);
        world.until_row(RESTS, "how", "watched").await;
        world.pass(36 * 86_400);
        world.until_row(RESTS, "how", "rests").await;
        world.until_row(STATE, "state", "matched").await;

        // Something of the old day goes: FLARO losing it within the next weeks is noticed, however old the day is.
        world.accept(0, corrected(&closed, 2_200)).await;
        world.until("delivered", 2).await;
        world.pass(3);
        world.until_row(RESTS, "how", "watched").await;
        world.flaro.book().forgotten.insert(closed.id);
        world.pass(3_601);
        world.until_row(AGAIN, "after", "1件").await;
        world.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_difference_is_followed_to_the_figure_and_has_two_ways_out() {
    each_engine(async |db| {
        let world = World::linked(db, 1).await;
        let office = Person::log_in(&world, "office", Role::HeadOffice).await;
        let settlement = world.close(0, "2026-11-22", 1_100).await;
        world.until("delivered", 1).await;
        // FLARO says other totals than it was sent.
        let known = world.flaro.book().events[0].clone();
        world.flaro.book().events[0].totals.net = Yen(900);
        world.pass(3);
        world.until_row(STATE, "state", "differs").await;
        office.get("/deliveries/comparison?state=differs").await.has(&["差異あり", "2026/11/22"]);
        let month = format!("/deliveries/calendar?store={}&month=2026-11", world.stores[0].0);
        office.get(&month).await.has(&["差異あり"]);
        let day = format!("/deliveries/comparison/{}/2026-11-22", world.stores[0].0);
        let page = office.get(&day).await;
        page.has(&["同じ改訂で数字が違います", "¥1,000", "¥900", "違う", "もう一度照合", "この日を再送"]);
        page.has(&[&format!("/settlements/{}", settlement.id)]);
        assert_eq!(page.text.matches("違う</span>").count(), 1, "net alone differs");

        world.flaro.book().events[0] = known;
        office.does(&format!("{day}/again"), &[]).await.has(&["もう一度問い合わせます"]);
        world.pass(3);
        world.until_row(STATE, "state", "matched").await;
        office.get(&day).await.has(&["照合済", "同じです"]);
        let unknown = office.get("/deliveries/comparison/00000000-0000-0000-0000-000000000000/2026-11-22").await;
        assert_eq!(unknown.status, StatusCode::NOT_FOUND);
        world.stop().await;
    })
    .await;
}

#[tokio::test]
async fn every_sort_of_finding_says_what_to_do_and_leads_to_a_page_that_is_there() {
    each_engine(async |db| {
        let world = World::new(db, 1).await;
        let settlement = world.close(0, "2026-11-22", 1_100).await;
        let (store_id, register_id) = world.stores[0];
        let raised: Vec<Raised> = Kind::ALL
            .into_iter()
            .map(|kind| Raised {
                kind,
                store_id,
                register_id,
                settlement_id: Some(settlement.id),
                business_date: Some(settlement.business_date),
                lines: vec!["くわしく".to_owned()],
                evidence: None,
                key: kind.word().to_owned(),
            })
            .collect();
        let (pos, tenant) = (world.pos.clone(), world.tenant.clone());
        let write = world.pos.db.write(async move |tx: &mut Tx| raise(tx, &pos, &tenant, &raised).await);
        write.await.unwrap();
        let office = Person::log_in(&world, "office", Role::HeadOffice).await;
        let shop = Person::log_in(&world, "shop", Role::Store(store_id)).await;
        for row in world.rows("SELECT attention_id, kind FROM attention WHERE company_id = $1").await {
            let kind = Kind::of_word(&row.text("kind").unwrap()).unwrap();
            let path = format!("/attention/{}", row.text("attention_id").unwrap());
            for person in [&shop, &office] {
                let page = person.get(&path).await;
                page.has(&[kind.label(), kind.way_out(), "確認済みにする"]);
                let way = page.text.split("<a class=\"btn sub\" href=\"").nth(1).unwrap();
                let way = way.split('"').next().unwrap().replace("&#38;", "&");
                assert_eq!(person.get(&way).await.status, StatusCode::OK, "{kind:?} leads to {way}");
            }
            office.does(&format!("{path}/resolve"), &[("note", "確認した")]).await.has(&["確認済みにしました"]);
        }
    })
    .await;
}

#[tokio::test]
async fn what_flaro_has_and_a_restored_head_office_forgot_is_followed_by_its_correction() {
    each_engine(async |db| {
        let world = World::linked(db, 1).await;
        let sold = world.close(0, "2026-11-22", 1_100).await;
        world.until("delivered", 1).await;
        world.stop().await;

        // A backup of before that day was sent takes the place of everything; its dates don't cover the day.
        let tenant = world.tenant.clone();
        let restored = world.pos.db.write(async move |tx: &mut Tx| -> Result<(), PosError> {
            for sql in RESTORED {
                tx.execute(sql, args![tenant.as_str()]).await?;
            }
            Ok(())
        });
        restored.await.expect("restored");
        world.accept(0, corrected(&sold, 2_200)).await;
        assert!(world.states().await.is_empty(), "nothing here says that the day goes");

        // Started again it looks at what FLARO has: the day differs, and within the hour the correction follows.
        world.run();
        world.until_row(STATE, "state", "unchecked").await;
        world.pass(3);
        world.until_row(STATE, "state", "differs").await;
        world.pass(3_601);
        world.until("delivered", 1).await;
        world.pass(3);
        world.until_row(STATE, "state", "matched").await;
        let revisions: Vec<u32> = world.flaro.book().events.iter().map(|event| event.settlement.revision).collect();
        assert_eq!(revisions, [1, 2]);
        world.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_linkage_that_flaro_lost_is_told_without_an_event_and_starting_again_brings_everything_back() {
    each_engine(async |db| {
        let world = World::linked(db, 1).await;
        let office = Person::log_in(&world, "office", Role::HeadOffice).await;
        let closed = world.close(0, "2026-11-22", 1_100).await;
        world.until("delivered", 1).await;
        world.pass(3);
        world.until_row(STATE, "state", "matched").await;

        // FLARO comes back as it was before 連携開始, and no till closes.
        world.flaro.restored();
        world.pass(3_601);
        world.until_row(PAUSED, "paused", "yes").await;
        world.until_row(STATE, "state", "unchecked").await;
        office.get("/settings/linkages/flaro").await.has(&[
            "送信を止めています",
            "FLAROにこの連携がありません",
            "停止中",
        ]);
        assert_eq!(world.flaro.book().attempts.len(), 1, "nobody needed a delivery to hear of it");

        // The way out: 連携解除, 連携開始, and the hourly look finds what FLARO lost.
        end::end(&world.pos, &world.tenant, WHO).await.unwrap();
        assert_eq!(start(&world.pos, &world.tenant, WHO, true).await.unwrap().generation, 2);
        world.save(0, "2026/11/22", "2026/12/31", true).await;
        world.until_row(PAUSED, "paused", "no").await;
        world.pass(15 * 60 + 3);
        world.until_row(STATE, "state", "differs").await;
        world.pass(3_601);
        world.until("superseded", 1).await;
        world.until("delivered", 1).await;
        world.pass(3);
        world.until_row(STATE, "state", "matched").await;
        let held: Vec<_> = world.flaro.book().events.iter().map(|event| event.settlement.id).collect();
        assert_eq!(held, [closed.id], "once");
        world.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_linkage_that_flaro_knows_again_goes_on_by_itself() {
    each_engine(async |db| {
        let world = World::linked(db, 1).await;
        world.close(0, "2026-11-22", 1_100).await;
        world.until("delivered", 1).await;
        world.pass(3);
        world.until_row(STATE, "state", "matched").await;
        let held = world.flaro.book().events.clone();
        world.flaro.restored();
        world.pass(3_601);
        world.until_row(PAUSED, "paused", "yes").await;
        world.flaro.book().unknown.clear();
        world.flaro.book().events = held;
        world.pass(15 * 60 + 3);
        world.until_row(PAUSED, "paused", "no").await;
        world.until_row(STATE, "state", "matched").await;
        world.close(0, "2026-11-22", 2_200).await;
        world.until("delivered", 2).await;
        world.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_linkage_that_never_sent_anything_goes_on_when_flaro_knows_it_again() {
    each_engine(async |db| {
        let world = World::new(db, 1).await;
        world.link().await;
        world.flaro.restored();
        world.flaro.book().ponders = 10_000;
        world.run();
        world.until_row(PAUSED, "paused", "yes").await;
        world.flaro.book().unknown.clear();
        world.flaro.book().ponders = 0;
        // The pause was begun when the answer came. Asked any sooner than it may end, FLARO would know the linkage in vain.
        world.pass(15 * 60 - 5);
        tokio::time::sleep(Duration::from_millis(500)).await;
        world.pass(6);
        world.until_row(PAUSED, "paused", "no").await;
        world.stop().await;
    })
    .await;
}
