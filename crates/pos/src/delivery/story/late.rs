//! What goes later than its 精算: 保留, 過去分連携.

use std::time::Duration;

use db::testing::each_engine;

use super::{WHO, World, day};
use crate::PosError;
use crate::linkage::start::start;
use crate::queue::past::{preview, progress, request_past};
use crate::queue::{candidates, discard};

impl World {
    async fn held(&self) -> i64 {
        let tenant = self.tenant.clone();
        let held = self.pos.db.read(async move |tx: &mut db::Tx| candidates::held(tx, &tenant, 1).await);
        held.await.expect("read").values().sum()
    }
}

#[tokio::test]
async fn what_was_held_goes_when_the_store_is_on_except_discarded_days() {
    each_engine(async |db| {
        let world = World::new(db, 1).await;
        start(&world.pos, &world.tenant, WHO, true).await.unwrap();
        world.save(0, "2026/11/22", "2026/11/30", false).await;
        world.run();
        for date in ["2026-11-24", "2026-11-22", "2026-11-23", "2026-12-01"] {
            world.close(0, date, 1_000).await;
        }
        assert_eq!(world.held().await, 3);
        discard(&world.pos, &world.tenant, WHO, world.stores[0].0, day("2026-11-23")).await.unwrap();
        assert_eq!(world.held().await, 2);
        world.save(0, "2026/11/22", "2026/11/30", true).await;
        world.until("delivered", 2).await;
        assert_eq!(world.flaro.dates(), ["2026-11-22", "2026-11-24"]);

        // Switched off again: what comes is held, what is on again goes.
        world.save(0, "2026/11/22", "2026/11/30", false).await;
        world.close(0, "2026-11-25", 1_000).await;
        assert_eq!(world.held().await, 1);
        world.save(0, "2026/11/22", "2026/11/30", true).await;
        world.until("delivered", 3).await;
        world.stop().await;
    })
    .await;
}

#[tokio::test]
async fn past_days_go_oldest_first_once_and_later_arrivals_follow() {
    each_engine(async |db| {
        let world = World::new(db, 1).await;
        world.link().await;
        // More than one batch, taken in newest first.
        for n in (0..60).rev() {
            let date = day("2026-09-01").saturating_add(jiff::Span::new().days(n)).to_string();
            world.close(0, &date, 1_000).await;
        }
        let (store, range) = (world.stores[0].0, (day("2026-09-01"), day("2026-10-20")));
        let seen = preview(&world.pos, &world.tenant, store, range).await.unwrap();
        assert_eq!((seen.settlements, seen.days, seen.total), (50, 50, 50_000));
        assert!(world.states().await.is_empty(), "nothing goes by itself");

        let asked = request_past(&world.pos, &world.tenant, WHO, store, range).await.unwrap();
        let again = request_past(&world.pos, &world.tenant, WHO, store, range).await.unwrap();
        assert_eq!((asked.total, again.total), (50, 50));
        world.run();
        world.until("delivered", 50).await;
        let came = world.flaro.dates();
        assert!(came.is_sorted() && came.len() == 50, "{came:?}");
        for _ in 0..300 {
            if progress(&world.pos, &world.tenant, asked.request_id).await.unwrap().done_at.is_some() {
                break;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let done = progress(&world.pos, &world.tenant, asked.request_id).await.unwrap();
        assert_eq!((done.queued, done.done_at.is_some()), (50, true));
        let sequences: Vec<u64> = world.flaro.book().events.iter().map(|event| event.sequence).collect();
        assert!(sequences.iter().copied().eq(1..=50), "no gap");

        world.close(0, "2026-09-15", 2_000).await;
        world.until("delivered", 51).await;
        world.close(0, "2026-10-25", 2_000).await;
        world.pass(1);
        tokio::time::sleep(Duration::from_millis(100)).await;
        assert_eq!(world.flaro.book().events.len(), 51, "outside the range");
        let audited = world.rows("SELECT after FROM audit WHERE company_id = $1 AND what = '過去分連携'").await;
        assert!(audited[0].text("after").unwrap().contains("50件"));
        world.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_range_that_may_not_be_asked_for_says_why() {
    each_engine(async |db| {
        let world = World::new(db, 1).await;
        let store = world.stores[0].0;
        let ask = async |from: &str, to: &str| match request_past(
            &world.pos,
            &world.tenant,
            WHO,
            store,
            (day(from), day(to)),
        )
        .await
        {
            Err(PosError::Rule(words)) => words,
            other => panic!("{other:?}"),
        };
        assert!(ask("2026-01-01", "2026-01-31").await.contains("先に連携を開始"));
        start(&world.pos, &world.tenant, WHO, true).await.unwrap();
        assert!(ask("2026-01-01", "2026-01-31").await.contains("オンにして"));
        world.save(0, "2026/11/22", "2026/11/30", true).await;
        assert!(ask("2026-02-01", "2026-01-31").await.contains("始まりの日以降"));
        assert!(ask("2026-02-01", "2026-11-24").await.contains("本日以前"));
        assert!(ask("2001-02-01", "2026-11-01").await.contains("長すぎます"));
    })
    .await;
}
