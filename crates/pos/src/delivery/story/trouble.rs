//! Deliveries when FLARO, the network or the address is not well: nothing is lost and nobody else waits.

use std::time::Duration;

use db::testing::each_engine;
use jiff::SignedDuration;

use super::flaro::Says;
use super::{WHO, World, corrected, settlement};
use crate::linkage::pause::Pause;
use crate::linkage::set_held;
use crate::linkage::start::{StartError, start};
use crate::outbox::resend;
use crate::partner_client::PartnerError;

impl World {
    fn draft(&self, date: &str, amount: i64) -> sales::Settlement {
        settlement(self.pos.new_id(), super::day(date), amount)
    }

    async fn paused(&self, words: &str) {
        let linkage = self.linkage().await;
        let sentence = linkage.pause.map(Pause::sentence).unwrap_or_default();
        assert!(sentence.contains(words), "{linkage:?}");
    }
}

async fn a_while() {
    tokio::time::sleep(Duration::from_millis(300)).await;
}

#[tokio::test]
async fn an_endpoint_that_comes_back_drains_everything_oldest_first() {
    each_engine(async |db| {
        let world = World::linked(db, 3).await;
        world.flaro.book().down = Some(Says::Status(500));
        for date in ["2026-11-24", "2026-11-22", "2026-11-23"] {
            for store in 0..3 {
                world.close(store, date, 1_000).await;
            }
        }
        a_while().await;
        let asked = world.flaro.book().attempts.len();
        assert!(asked <= 8, "a receiver in trouble is not asked in one go, but {asked} times");
        for _ in 0..4 {
            world.pass(15);
            a_while().await;
        }
        let probes = world.flaro.book().attempts.len() - asked;
        assert!((1..=5).contains(&probes), "one probe each 5 s, not {probes}");
        world.flaro.book().down = None;
        world.pass(16);
        world.until("delivered", 9).await;
        for (store, _) in &world.stores {
            let book = world.flaro.book();
            let of_store = book.events.iter().filter(|event| event.store.id == *store);
            let came: Vec<String> = of_store.map(|event| event.business_date.to_string()).collect();
            assert_eq!(came, ["2026-11-22", "2026-11-23", "2026-11-24"]);
        }
        world.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_refused_settlement_is_shown_and_the_others_go_on() {
    each_engine(async |db| {
        let world = World::linked(db, 1).await;
        let (conflict, invalid) = (world.draft("2026-11-22", 1_409), world.draft("2026-11-22", 1_422));
        world.flaro.book().says_of.insert(conflict.id, Says::Status(409));
        world.flaro.book().says_of.insert(invalid.id, Says::Status(422));
        world.accept(0, conflict).await;
        world.accept(0, invalid.clone()).await;
        world.until("attention", 2).await;
        world.close(0, "2026-11-23", 1_100).await;
        world.until("delivered", 1).await;
        world.pass(86_400);
        a_while().await;
        assert_eq!(world.flaro.book().attempts.len(), 3, "they wait for a person");

        // A later revision takes its place.
        world.accept(0, corrected(&invalid, 900)).await;
        a_while().await;
        world.flaro.book().says_of.clear();
        assert_eq!(world.states().await.get("superseded"), Some(&1));
        world.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_person_sends_a_refused_settlement_again() {
    each_engine(async |db| {
        let world = World::linked(db, 1).await;
        world.flaro.book().says.push_back(Says::Status(422));
        world.close(0, "2026-11-22", 1_100).await;
        world.until("attention", 1).await;
        let event = world.rows("SELECT event_id FROM outbox WHERE company_id = $1").await[0].text("event_id").unwrap();
        assert!(resend::one(&world.pos, &world.tenant, WHO, event.parse().unwrap()).await.unwrap());
        world.until("delivered", 1).await;
        world.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_document_that_always_fails_steps_aside() {
    each_engine(async |db| {
        let world = World::linked(db, 2).await;
        let bad = settlement(world.pos.new_id(), super::day("2026-11-22"), 1_000);
        world.flaro.book().says_of.insert(bad.id, Says::Status(500));
        world.accept(0, bad).await;
        for n in 1..40 {
            world.close(1, "2026-11-22", 1_000 + n).await;
            world.close(0, "2026-11-23", 2_000 + n).await;
            world.pass(60);
            tokio::time::sleep(Duration::from_millis(60)).await;
            if world.states().await.contains_key("attention") {
                break;
            }
        }
        world.until("attention", 1).await;
        let tries = world.rows("SELECT attempts FROM outbox WHERE company_id = $1 AND state = 'attention'").await;
        assert!(tries[0].int("attempts").unwrap() >= 5);
        world.flaro.book().says_of.clear();
        world.pass(16 * 60);
        world.until("attention", 0).await;
        world.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_refused_linkage_pauses_with_its_reason_and_drops_nothing() {
    each_engine(async |db| {
        let world = World::linked(db, 2).await;
        world.flaro.book().down = Some(Says::Status(401));
        world.close(0, "2026-11-22", 1_100).await;
        world.close(1, "2026-11-22", 1_100).await;
        a_while().await;
        let asked = world.flaro.book().attempts.len();
        assert!((1..=2).contains(&asked), "{asked}");
        world.paused("署名").await;
        world.pass(60);
        a_while().await;
        assert_eq!(world.flaro.book().attempts.len(), asked, "quiet until its probe");
        for (says, words) in [(Says::Status(410), "見つかりません"), (Says::Redirect, "別のアドレス")] {
            let before = world.flaro.book().attempts.len();
            world.flaro.book().down = Some(says);
            world.pass(15 * 60);
            a_while().await;
            assert_eq!(world.flaro.book().attempts.len(), before + 1, "one probe");
            world.paused(words).await;
        }
        assert_eq!(world.flaro.book().redirected, 0, "a redirect is never followed");
        world.flaro.book().down = None;
        world.pass(15 * 60);
        world.until("delivered", 2).await;
        assert!(world.linkage().await.paused_until.is_none());
        world.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_lost_answer_is_asked_for_again_with_the_same_bytes() {
    each_engine(async |db| {
        let world = World::linked(db, 1).await;
        world.flaro.book().says.push_back(Says::Lost);
        world.close(0, "2026-11-22", 1_100).await;
        a_while().await;
        world.pass(20);
        world.until("delivered", 1).await;
        world.stop().await;
        let book = world.flaro.book();
        assert_eq!(book.attempts.len(), 2);
        assert_eq!(book.attempts[0], book.attempts[1]);
    })
    .await;
}

#[tokio::test]
async fn a_person_holds_everything_and_lets_it_go() {
    each_engine(async |db| {
        let world = World::linked(db, 1).await;
        set_held(&world.pos, &world.tenant, WHO, true).await.unwrap();
        world.close(0, "2026-11-22", 1_100).await;
        a_while().await;
        assert!(world.flaro.book().attempts.is_empty());
        set_held(&world.pos, &world.tenant, WHO, false).await.unwrap();
        world.until("delivered", 1).await;
        world.stop().await;
    })
    .await;
}

#[tokio::test]
async fn private_addresses_are_refused_unless_they_are_allowed() {
    each_engine(async |db| {
        let world = World::with(db, 1, false).await;
        let refused = start(&world.pos, &world.tenant, WHO, true).await;
        assert!(matches!(refused, Err(StartError::Partner(PartnerError::Egress(_)))), "{refused:?}");
        assert!(world.flaro.book().requests.is_empty(), "nothing connected");
    })
    .await;
}

#[tokio::test]
async fn a_linkage_whose_name_leads_inside_pauses_without_connecting() {
    each_engine(async |db| {
        let world = World::new(db.clone(), 1).await;
        world.link().await;
        world.close(0, "2026-11-22", 1_100).await;
        let inside = "UPDATE linkage SET webhook_url = 'https://localhost:9/hook'";
        db.write(async move |tx: &mut db::Tx| tx.execute(inside, db::args![]).await).await.unwrap();
        let mut strict = (*world.pos).clone();
        strict.settings.allow_private_networks = false;
        let http = crate::partner_client::egress::client(false).unwrap();
        let wanted = crate::delivery::claim::Wanted { endpoint: world.flaro.address.clone(), most: 8, probe: None };
        let claimed = crate::delivery::claim::claim(&strict, &wanted).await.unwrap();
        let outcome = crate::sender::post::post(&strict, &http, &claimed[0]).await;
        assert!(outcome.text.contains("public"), "{outcome:?}");
        let next = crate::delivery::record::following(&claimed[0], &outcome, false, strict.now(), 0);
        crate::delivery::record::record(&strict, &claimed[0], outcome, next, &[]).await.unwrap();
        assert!(world.linkage().await.paused_until.is_some());
        assert_eq!(world.states().await["waiting"], 1);
    })
    .await;
}

#[tokio::test]
async fn a_claim_whose_process_is_gone_ends_by_itself() {
    each_engine(async |db| {
        let world = World::new(db, 1).await;
        world.link().await;
        world.close(0, "2026-11-22", 1_100).await;
        let wanted = crate::delivery::claim::Wanted { endpoint: world.flaro.address.clone(), most: 8, probe: None };
        let claim = async || crate::delivery::claim::claim(&world.pos, &wanted).await.unwrap().len();
        assert_eq!((claim().await, claim().await), (1, 0), "one in flight per store");
        world.pass(61);
        assert_eq!(claim().await, 1);
        world.pass(SignedDuration::from_hours(1).as_secs());
        world.run();
        world.until("delivered", 1).await;
        world.stop().await;
    })
    .await;
}
