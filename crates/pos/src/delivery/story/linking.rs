//! 連携開始, 登録, 連携解除.

use db::testing::each_engine;

use super::{WHO, World};
use crate::linkage::start::{StartError, start};
use crate::linkage::{self, LinkageState, end, masked, set_common};
use crate::store_link::rules::Column;
use crate::store_link::save::{Saved, save};
use crate::store_link::{StoreLink, list};
use crate::stores::closures;
use crate::{PosError, linkage::Linkage};

const TABLE_SENT: &str = "SELECT CASE WHEN table_sent = table_version THEN 'yes' ELSE 'no' END AS sent FROM linkage
                          WHERE company_id = $1";

const TRIED: &str =
    "SELECT CASE WHEN COUNT(*) > 0 THEN 'yes' ELSE 'no' END AS tried FROM attempt WHERE company_id = $1";

impl World {
    pub async fn linkage(&self) -> Linkage {
        let tenant = self.tenant.clone();
        let latest = self.pos.db.read(async move |tx: &mut db::Tx| linkage::latest(tx, &tenant).await);
        latest.await.expect("read").expect("one")
    }

    async fn links(&self, generation: i64) -> Vec<StoreLink> {
        let tenant = self.tenant.clone();
        let links = self.pos.db.read(async move |tx: &mut db::Tx| list(tx, &tenant, generation).await);
        links.await.expect("read")
    }
}

#[tokio::test]
async fn the_handshake_gives_the_url_once_and_the_first_table_confirms_it() {
    each_engine(async |db| {
        let world = World::new(db, 2).await;
        let started = start(&world.pos, &world.tenant, WHO, true).await.unwrap();
        assert_eq!(started.webhook_url, format!("{}/hook/1", world.flaro.address));
        assert!(!masked(&started.webhook_url).contains("hook"));
        assert_eq!(world.linkage().await.table_sent, 0);
        world.run();
        world
            .until_row(
                "SELECT CASE WHEN confirmed_at IS NULL THEN 'no' ELSE 'yes' END AS confirmed FROM linkage
                         WHERE company_id = $1",
                "confirmed",
                "yes",
            )
            .await;
        let table = world.flaro.book().tables[0].clone();
        assert_eq!((table.stores.len(), table.stores[0].registers.len(), table.stores[0].enabled), (2, 1, false));
        let again = start(&world.pos, &world.tenant, WHO, true).await;
        assert!(matches!(again, Err(StartError::AlreadyLinked)), "{again:?}");
        world.save(0, "2026/11/22", "2026/12/31", true).await;
        world.until_row(TABLE_SENT, "sent", "yes").await;
        let table = world.flaro.book().tables.last().unwrap().clone();
        assert_eq!(table.stores[0].flaro_store_code.as_ref().unwrap().as_str(), "101");
        assert!(table.stores[0].enabled && !table.stores[1].enabled);
        world.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_till_that_is_new_reaches_the_store_table_by_itself() {
    each_engine(async |db| {
        let world = World::linked(db, 1).await;
        world.until_row(TABLE_SENT, "sent", "yes").await;
        let first = super::day("2026-11-22");
        crate::provision::register(&world.pos, &world.tenant, world.stores[0].0, "レジ2", first).await.unwrap();
        world.pass(61);
        for _ in 0..500 {
            world.pos.wake.notify_one();
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
            if world.flaro.book().tables.last().unwrap().stores[0].registers.len() == 2 {
                break;
            }
        }
        let table = world.flaro.book().tables.last().unwrap().clone();
        assert_eq!(table.stores[0].registers.len(), 2);
        world.stop().await;
    })
    .await;
}

#[tokio::test]
async fn closed_days_inside_the_window_reach_the_store_table() {
    each_engine(async |db| {
        let world = World::linked(db, 1).await;
        let days = ["2026-12-01", "2027-05-05"].map(super::day).to_vec();
        let store = world.stores[0].0;
        assert_eq!(closures::set(&world.pos, &world.tenant, WHO, store, days.clone(), true).await.unwrap(), 2);
        assert_eq!(closures::set(&world.pos, &world.tenant, WHO, store, days.clone(), true).await.unwrap(), 0);
        world.until_row(TABLE_SENT, "sent", "yes").await;
        let sent = |world: &World| world.flaro.book().tables.last().unwrap().stores[0].closed_days.clone();
        assert_eq!(sent(&world), [days[0]], "the other is beyond 連携終了日");
        closures::set(&world.pos, &world.tenant, WHO, store, days, false).await.unwrap();
        world.until_row(TABLE_SENT, "sent", "yes").await;
        assert!(sent(&world).is_empty());
        world.stop().await;
    })
    .await;
}

#[tokio::test]
async fn an_unknown_company_is_told_and_the_same_generation_is_asked_for_again() {
    each_engine(async |db| {
        let world = World::new(db, 1).await;
        world.flaro.book().unknown_company = true;
        let refused = start(&world.pos, &world.tenant, WHO, true).await.unwrap_err();
        assert!(refused.to_string().contains("企業コード「0012345」が見つかりません"), "{refused}");
        world.flaro.book().unknown_company = false;
        start(&world.pos, &world.tenant, WHO, true).await.unwrap();
        let generations: Vec<i64> = world.flaro.book().requests.iter().map(|request| request.generation).collect();
        assert_eq!(generations, [1, 1]);
    })
    .await;
}

#[tokio::test]
async fn saving_is_all_or_none_and_a_stale_form_names_who_was_quicker() {
    each_engine(async |db| {
        let world = World::new(db, 2).await;
        start(&world.pos, &world.tenant, WHO, true).await.unwrap();
        let rows = vec![world.row(0, "101", "", "", false), world.row(1, "10000000102", "", "", true)];
        let Saved::Mistakes(mistakes) = save(&world.pos, &world.tenant, WHO, Some(1), rows).await.unwrap() else {
            panic!("refused")
        };
        assert_eq!(mistakes[0].column, Column::Code);
        assert!(world.links(1).await.iter().all(|link| link.code.is_none()), "none is saved");

        let both = |a: &str, b: &str| vec![world.row(0, a, "", "", false), world.row(1, b, "", "", false)];
        let saved = save(&world.pos, &world.tenant, WHO, Some(1), both("101", "102")).await.unwrap();
        assert!(matches!(saved, Saved::Done(2)), "{saved:?}");
        let swapped = save(&world.pos, &world.tenant, "店長 佐藤", Some(1), both("102", "101")).await.unwrap();
        assert!(matches!(swapped, Saved::Done(2)), "{swapped:?}");

        let mut old = world.row(0, "103", "", "", false);
        old.version = Some(world.links(1).await[0].version - 1);
        let Saved::Stale(words) = save(&world.pos, &world.tenant, WHO, Some(1), vec![old]).await.unwrap() else {
            panic!("stale")
        };
        assert!(words[0].contains("「1号店」のFLARO店舗コード") && words[0].contains("店長 佐藤さん"), "{words:?}");
        let audited = world.rows("SELECT what FROM audit WHERE company_id = $1 AND target = '1号店'").await;
        assert_eq!(audited.len(), 2);
    })
    .await;
}

#[tokio::test]
async fn ending_stops_everything_at_once_and_flaro_is_told_until_it_heard() {
    each_engine(async |db| {
        let world = World::linked(db, 1).await;
        world.flaro.book().down = Some(super::flaro::Says::Status(503));
        world.flaro.book().refuse_delete = true;
        world.close(0, "2026-11-22", 1_100).await;
        world.until_row(TRIED, "tried", "yes").await;
        assert_eq!(end::end(&world.pos, &world.tenant, WHO).await.unwrap(), 1);
        world.until("ended", 1).await;
        let attempts = world.flaro.book().attempts.len();
        world.flaro.book().down = None;
        world.pass(3_600);
        tokio::time::sleep(std::time::Duration::from_millis(300)).await;
        assert_eq!(world.flaro.book().attempts.len(), attempts, "no attempt after the commit");
        assert_eq!(world.linkage().await.state, LinkageState::Ended);
        world.flaro.book().refuse_delete = false;
        world.pass(60);
        world
            .until_row(
                "SELECT CASE WHEN end_confirmed_at IS NULL THEN 'no' ELSE 'yes' END AS told FROM linkage
                         WHERE company_id = $1",
                "told",
                "yes",
            )
            .await;
        assert_eq!(world.flaro.book().ended.len(), 1);

        // The next generation: codes prefilled, off; what was left goes when the store is on.
        let started = start(&world.pos, &world.tenant, WHO, true).await.unwrap();
        assert_eq!((started.generation, started.inherited), (2, 1));
        let links = world.links(2).await;
        assert_eq!((links[0].code.as_ref().unwrap().as_str(), links[0].enabled, links[0].start), ("101", false, None));
        world.save(0, "2026/11/22", "2026/12/31", true).await;
        world.until("delivered", 1).await;
        assert_eq!(world.states().await.get("superseded"), Some(&1), "the old generation's row");
        let sequences: Vec<u64> = world.flaro.book().events.iter().map(|event| event.sequence).collect();
        assert_eq!(sequences, [1]);
        world.stop().await;
    })
    .await;
}

#[tokio::test]
async fn what_is_not_taken_over_stays_behind() {
    each_engine(async |db| {
        let world = World::linked(db, 1).await;
        world.flaro.book().down = Some(super::flaro::Says::Status(503));
        world.close(0, "2026-11-22", 1_100).await;
        world.until_row(TRIED, "tried", "yes").await;
        end::end(&world.pos, &world.tenant, WHO).await.unwrap();
        world.flaro.book().down = None;
        assert_eq!(start(&world.pos, &world.tenant, WHO, false).await.unwrap().inherited, 0);
        world.save(0, "2026/11/23", "2026/12/31", true).await;
        world.until("discarded", 1).await;
        world.pass(60);
        tokio::time::sleep(std::time::Duration::from_millis(200)).await;
        assert!(world.flaro.book().events.is_empty());
        world.stop().await;
    })
    .await;
}

#[tokio::test]
async fn common_settings_hold_from_the_next_event_on() {
    each_engine(async |db| {
        let world = World::linked(db, 1).await;
        set_common(&world.pos, &world.tenant, WHO, true, false).await.unwrap();
        world.close(0, "2026-11-22", 1_100).await;
        world.until("delivered", 1).await;
        let event = world.flaro.book().events[0].clone();
        assert_eq!(event.data.product_sales[0].code_source, sales::CodeSource::OwnBlank);
        let audited = world.rows("SELECT after FROM audit WHERE company_id = $1 AND what = '共通設定を変更'").await;
        assert!(audited[0].text("after").unwrap().contains("自社商品コード：オン"));
        let nobody = set_common(&world.pos, &world.tenant, WHO, true, false).await;
        assert!(matches!(nobody, Ok(()) | Err(PosError::NotFound(_))));
        world.stop().await;
    })
    .await;
}
