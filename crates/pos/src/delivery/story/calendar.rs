//! The calendar, the words of the deliveries, and 再送 of a range, from what is stored.

use db::testing::each_engine;
use db::{Tx, args};
use jiff::civil::Date;

use super::flaro::Says;
use super::pages::Person;
use super::{WHO, World, day};
use crate::accounts::Role;
use crate::calendar::of_store;
use crate::calendar::word::Word;
use crate::linkage::set_held;
use crate::outbox::list::{Filter, Listed, list};
use crate::outbox::resend::range::{Range, affected, recent, request};
use crate::outbox::standing::Standing;

impl World {
    /// The words of a store's days in November.
    async fn month(&self, store: usize) -> Vec<(Date, Word)> {
        let month = of_store(&self.pos, &self.tenant, self.stores[store].0, day("2026-11-01")).await.unwrap().unwrap();
        month.days.iter().map(|day| (day.date, day.word)).collect()
    }

    async fn word(&self, store: usize, date: &str) -> Word {
        self.month(store).await.into_iter().find(|(at, _)| *at == day(date)).unwrap().1
    }

    async fn found(&self, filter: Filter) -> Vec<Listed> {
        list(&self.pos, &self.tenant, &filter, |_| Some((50, 0))).await.unwrap().1
    }

    async fn standings(&self) -> Vec<Standing> {
        self.found(Filter::default()).await.iter().map(|event| event.standing).collect()
    }
}

#[tokio::test]
async fn each_of_the_six_words_comes_from_what_is_stored() {
    each_engine(async |db| {
        let world = World::new(db, 1).await;
        world.link().await;
        world.close(0, "2026-11-22", 1_100).await;
        assert_eq!(world.standings().await, [Standing::Waiting]);
        set_held(&world.pos, &world.tenant, WHO, true).await.unwrap();
        assert_eq!(world.standings().await, [Standing::Stopped]);
        assert_eq!(world.word(0, "2026-11-22").await, Word::Stopped);
        set_held(&world.pos, &world.tenant, WHO, false).await.unwrap();
        let claimed = world.claim().await;
        assert_eq!(claimed.len(), 1);
        assert_eq!(world.standings().await, [Standing::Sending]);
        assert_eq!(world.word(0, "2026-11-22").await, Word::Sending);
        world.pass(61);
        assert_eq!(world.standings().await, [Standing::Waiting], "a claim ends by itself");

        world.flaro.book().says.push_back(Says::Status(503));
        world.run();
        world.until_row("SELECT CAST(attempts AS TEXT) AS n FROM outbox WHERE company_id = $1", "n", "1").await;
        assert_eq!(world.standings().await, [Standing::Retrying]);
        world.pass(600);
        world.until("delivered", 1).await;
        assert_eq!(world.standings().await, [Standing::Delivered]);
        world.flaro.book().says.push_back(Says::Status(422));
        world.close(0, "2026-11-23", 1_200).await;
        world.until("attention", 1).await;
        assert_eq!(world.standings().await, [Standing::Attention, Standing::Delivered]);
        for standing in Standing::ALL {
            let filter = Filter { standing: Some(standing), store: None, ..Filter::default() };
            let found = world.found(filter.clone()).await;
            assert!(found.iter().all(|event| event.standing == standing), "{standing:?}");
            let of_store = Filter { store: Some(world.stores[0].0.to_string()), ..filter };
            assert_eq!(world.found(of_store).await.len(), found.len(), "{standing:?}");
            let there = matches!(standing, Standing::Attention | Standing::Delivered);
            assert_eq!(found.len(), usize::from(there), "{standing:?}");
        }
        world.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_delivery_without_a_receipt_is_found_and_shown_as_such() {
    each_engine(async |db| {
        let world = World::linked(db, 1).await;
        let office = Person::log_in(&world, "office", Role::HeadOffice).await;
        world.flaro.book().says.push_back(Says::NoReceipt);
        world.close(0, "2026-11-22", 1_100).await;
        world.close(0, "2026-11-23", 1_200).await;
        world.until("delivered", 2).await;
        let without = office.get("/deliveries?state=no_receipt").await;
        without.has(&["受領証なし</span>", "2026/11/22"]);
        assert!(!without.text.contains("2026/11/23（"), "{}", without.text);
        let id = world.flaro.book().events[0].event_id;
        office.get(&format!("/deliveries/{id}")).await.has(&["受領証なし</span>"]);
        let month = format!("/deliveries/calendar?store={}&month=2026-11", world.stores[0].0);
        office.get(&month).await.has(&["受領証なし1件"]);
        world.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_month_tells_sent_waiting_missing_and_closed_days_apart() {
    each_engine(async |db| {
        let world = World::linked(db, 2).await;
        world.close(0, "2026-11-21", 900).await;
        world.close(0, "2026-11-22", 1_100).await;
        world.until("delivered", 1).await;
        world.pass(3 * 86_400);
        world.flaro.book().says_of.clear();
        world.flaro.book().down = Some(Says::Status(422));
        world.close(0, "2026-11-24", 1_200).await;
        world.until("attention", 1).await;
        world.flaro.book().down = None;
        let found: Vec<Word> = world.month(0).await[19..26].iter().map(|(_, word)| *word).collect();
        let expected = [
            Word::Outside,
            Word::Outside,
            Word::Delivered,
            Word::Unsettled,
            Word::Attention,
            Word::Running,
            Word::Blank,
        ];
        assert_eq!(found, expected);
        let close = "INSERT INTO store_closure (company_id, store_id, business_date) VALUES ($1, $2, '2026-11-23')";
        let (company, store) = (world.tenant.as_str().to_owned(), world.stores[0].0.to_string());
        world.pos.db.write(async move |tx: &mut Tx| tx.execute(close, args![company, store]).await).await.unwrap();
        assert_eq!(world.word(0, "2026-11-23").await, Word::Closed);
        world.save(0, "2026/11/22", "2026/12/31", false).await;
        world.close(0, "2026-11-25", 1_300).await;
        assert_eq!(world.word(0, "2026-11-25").await, Word::Held);

        let office = Person::log_in(&world, "office", Role::HeadOffice).await;
        let store = world.stores[0].0;
        let page = office.get(&format!("/deliveries/calendar?store={store}&month=2026-11")).await;
        page.has(&["2026年11月", "送信済み", "要対応", "未精算", "対象外", "保留", "rel=\"prev\"", "再送"]);
        page.has(&[&format!("/deliveries/resend?store={store}&#38;from=2026/11/22&#38;to=2026/11/22")]);
        let all = office.get("/deliveries/month?month=2026-11").await;
        all.has(&["1号店", "2号店", "要確認", "2026/11/24（火） 要対応"]);
        let file = office.get("/deliveries/month?month=2026-11&format=csv&table=days").await;
        file.has(&["店舗,営業日,状態", "2号店,2026/11/23（月）,未精算"]);
        office.get("/deliveries/month").await.has(&["2026年11月"]);
        assert_eq!(office.get("/deliveries/calendar").await.status, axum::http::StatusCode::SEE_OTHER);
        let unknown = office.get("/deliveries/calendar?store=00000000-0000-0000-0000-000000000000").await;
        assert_eq!(unknown.status, axum::http::StatusCode::NOT_FOUND);
        world.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_range_is_sent_again_step_by_step_and_the_request_tells_how_far() {
    each_engine(async |db| {
        let world = World::new(db, 2).await;
        world.link().await;
        let first = day("2026-11-22");
        for n in 0..510_i64 {
            let settlement = super::settlement(world.pos.new_id(), first, 1_000 + n);
            world.accept(usize::from(n % 2 == 0), settlement).await;
        }
        let range = Range { store: None, from: first, to: first };
        assert_eq!(affected(&world.pos, &world.tenant, range).await.unwrap().waiting, 510);
        world.run();
        world.until("delivered", 510).await;
        assert_eq!(request(&world.pos, &world.tenant, WHO, range).await.unwrap(), 510);
        world
            .until_row(
                "SELECT CASE WHEN done_at IS NULL THEN 'no' ELSE 'yes' END AS done FROM queue_request
                 WHERE company_id = $1 AND kind = 'resend'",
                "done",
                "yes",
            )
            .await;
        let progress = recent(&world.pos, &world.tenant, 1).await.unwrap();
        assert_eq!((progress[0].queued, progress[0].total), (510, 510));
        let twice = "SELECT CASE WHEN COUNT(*) = 1020 THEN 'yes' ELSE 'no' END AS twice FROM attempt
                     WHERE company_id = $1";
        world.until_row(twice, "twice", "yes").await;
        let office = Person::log_in(&world, "office", Role::HeadOffice).await;
        office.get("/deliveries/resend").await.has(&["すべて列に入れました", "510 / 510"]);
        let seen = office.get("/deliveries/resend?store=&from=2026/11/22&to=2026/11/22").await;
        seen.has(&["すべての店舗の 2026/11/22〜2026/11/22 をもう一度送りますか？", "510件"]);
        office.get("/deliveries/resend?from=2026/11/23&to=2026/11/22").await.has(&["始まりの営業日以降を入力"]);
        office.post("/deliveries/resend", &[("from", ""), ("to", "")]).await.has(&["始まりの営業日を入力"]);
        let audited = world.rows("SELECT after FROM audit WHERE company_id = $1 AND what = '再送'").await;
        assert_eq!(audited[0].text("after").unwrap(), "送信待ち510件");
        world.stop().await;
        let book = world.flaro.book();
        let sent: std::collections::BTreeSet<_> = book.attempts.iter().collect();
        assert_eq!((book.attempts.len(), sent.len(), book.events.len()), (1_020, 510, 510), "the same bytes again");
    })
    .await;
}
