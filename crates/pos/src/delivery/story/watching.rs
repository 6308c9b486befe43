//! What whoever keeps the place running sees: how much waits since when, and what is out of order.

use std::time::Duration;

use db::testing::each_engine;
use web::metrics::Exposition;

use super::flaro::Says;
use super::{WHO, World};
use crate::linkage::set_held;
use crate::metrics;

impl World {
    async fn figures(&self) -> String {
        let mut page = Exposition::default();
        metrics::write(&self.pos, &mut page).await;
        page.into_text()
    }

    /// Waits until the page has this line.
    async fn until_shows(&self, line: &str) {
        for _ in 0..1_000 {
            if self.figures().await.lines().any(|own| own == line) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        self.shows(line).await;
    }

    /// Whether the page has this line.
    async fn shows(&self, line: &str) {
        let page = self.figures().await;
        assert!(page.lines().any(|own| own == line), "no {line} in\n{page}");
    }
}

#[tokio::test]
async fn figures_tell_what_waits_since_when_and_name_nobody() {
    each_engine(async |db| {
        let world = World::linked(db, 2).await;
        world.shows("shime_settlements{state=\"waiting\"} 0").await;
        world.shows("shime_settlement_oldest_age_seconds{state=\"waiting\"} 0").await;
        world.flaro.book().down = Some(Says::Status(503));
        for store in 0..2 {
            world.close(store, "2026-11-22", 1_100).await;
        }
        let down =
            "SELECT CASE WHEN COUNT(*) >= 2 THEN 'yes' ELSE 'no' END AS tried FROM attempt WHERE company_id = $1";
        world.until_row(down, "tried", "yes").await;
        world.stop().await;
        world.pass(3_600);
        world.shows("shime_database_up 1").await;
        world.shows("shime_settlements{state=\"waiting\"} 2").await;
        world.shows("shime_settlement_oldest_age_seconds{state=\"waiting\"} 3600").await;
        world.shows("shime_stores_waiting 2").await;
        world.shows("shime_endpoints_down 1").await;
        world.shows("shime_delivery_attempts_total{answer=\"delivered\"} 0").await;
        world.shows("shime_linkages{state=\"linked\"} 1").await;
        assert!(world.figures().await.contains("shime_schema_version{part=\"pos\"} "));

        world.flaro.book().down = None;
        world.run();
        world.pass(16);
        world.until("delivered", 2).await;
        world.stop().await;
        world.shows("shime_settlements{state=\"waiting\"} 0").await;
        world.shows("shime_endpoints_down 0").await;
        world.shows("shime_delivery_attempts_total{answer=\"delivered\"} 2").await;
        let page = world.figures().await;
        for name in ["みなと", "号店", "0012345", world.tenant.as_str()] {
            assert!(!page.contains(name), "{name}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_day_that_is_asked_about_in_vain_grows_older() {
    each_engine(async |db| {
        let world = World::linked(db, 1).await;
        world.close(0, "2026-11-22", 1_100).await;
        world.until("delivered", 1).await;
        let state = "SELECT state FROM reconciliation WHERE company_id = $1";
        world.pass(3);
        world.until_row(state, "state", "matched").await;
        world.shows("shime_comparison_age_seconds 0").await;
        world.flaro.restored();
        world.pass(3_601);
        world.until_row(state, "state", "unchecked").await;
        world.stop().await;
        world.pass(600);
        world.shows("shime_comparison_age_seconds 4204").await;
        // 連携解除: nobody asks any more, and nothing is late.
        crate::linkage::end::end(&world.pos, &world.tenant, WHO).await.unwrap();
        world.shows("shime_comparison_age_seconds 0").await;
    })
    .await;
}

#[tokio::test]
async fn what_a_person_stopped_is_not_late() {
    each_engine(async |db| {
        let world = World::new(db, 2).await;
        world.link().await;
        for store in 0..2 {
            world.close(store, "2026-11-22", 1_100).await;
        }
        world.pass(600);
        world.shows("shime_stores_waiting 2").await;
        world.shows("shime_delivery_overdue_seconds 600").await;
        world.save(0, "2026/11/22", "2026/12/31", false).await;
        world.shows("shime_stores_waiting 1").await;
        set_held(&world.pos, &world.tenant, WHO, true).await.unwrap();
        world.shows("shime_stores_waiting 0").await;
        world.shows("shime_delivery_overdue_seconds 0").await;
        set_held(&world.pos, &world.tenant, WHO, false).await.unwrap();
        world.shows("shime_stores_waiting 1").await;
    })
    .await;
}

#[tokio::test]
async fn a_receiver_that_nobody_asks_any_more_is_not_said_to_be_down() {
    each_engine(async |db| {
        let world = World::linked(db, 2).await;
        world.flaro.book().down = Some(Says::Status(503));
        for store in 0..2 {
            world.close(store, "2026-11-22", 1_100).await;
        }
        world.until_shows("shime_endpoints_down 1").await;
        set_held(&world.pos, &world.tenant, WHO, true).await.unwrap();
        world.until_shows("shime_endpoints_down 0").await;
        // Asked again and still down.
        set_held(&world.pos, &world.tenant, WHO, false).await.unwrap();
        world.until_shows("shime_endpoints_down 1").await;
        world.stop().await;
    })
    .await;
}

#[tokio::test]
async fn a_database_that_is_away_is_a_figure_too() {
    each_engine(async |db| {
        let world = World::new(db, 1).await;
        world.pos.db.clone().close().await;
        world.shows("shime_database_up 0").await;
        world.shows("shime_delivery_attempts_total{answer=\"again\"} 0").await;
    })
    .await;
}
