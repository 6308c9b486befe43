//! What whoever keeps the place running sees: how much waits since when, and what is out of order.

use std::time::Duration;

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use db::testing::each_engine;
use protocol::hash::Sha256;
use protocol::journal::{Body as Said, Entry, EpochState, Opened};
use sales::{SettlementId, Yen};
use tower::ServiceExt;
use uuid::Uuid;
use web::metrics::Exposition;

use super::flaro::Says;
use super::{WHO, World, day};
use crate::linkage::set_held;
use crate::{attention, metrics, server, tokens};

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

    /// A till sends these bytes as a batch of its journal.
    async fn batch(&self, token: &str, batch: String) -> StatusCode {
        let request = Request::post(format!("/api/v1/registers/{}/journal", self.stores[0].1))
            .header(header::AUTHORIZATION, format!("Bearer {token}"))
            .header(header::CONTENT_TYPE, "application/json");
        let request = request.body(Body::from(batch)).unwrap();
        server::router(self.pos.clone()).oneshot(request).await.unwrap().status()
    }
}

/// A batch of one entry: a till that opens, after what it wrote before.
fn opening(before: EpochState, opening_float: i64) -> String {
    let opened_at = super::BEGIN.parse().unwrap();
    let opened = Opened {
        settlement_id: SettlementId(Uuid::from_u128(0x5e)),
        business_date: day("2026-11-22"),
        opened_at,
        opening_float: Yen(opening_float),
        staff: "1".to_owned(),
        masters_version: 1,
    };
    let (written, _) = Entry::follow(before, Uuid::from_u128(0xe0), opened_at, &Said::Opened(opened));
    format!("{{\"entries\":[{}]}}", written.text)
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
async fn a_day_that_differs_is_counted_until_both_ends_agree() {
    each_engine(async |db| {
        let world = World::linked(db, 1).await;
        world.close(0, "2026-11-22", 1_100).await;
        world.until("delivered", 1).await;
        world.shows("shime_days_differing 0").await;
        let sent = std::mem::replace(&mut world.flaro.book().events[0].totals.net, Yen(900));
        world.pass(3);
        world.until_shows("shime_days_differing 1").await;
        world.flaro.book().events[0].totals.net = sent;
        world.pass(3_601);
        world.until_shows("shime_days_differing 0").await;
        world.shows("shime_days_unchecked 0").await;
        world.stop().await;
    })
    .await;
}

#[tokio::test]
async fn batches_are_counted_by_what_became_of_them_and_a_fork_is_open_until_a_person_closes_it() {
    each_engine(async |db| {
        let world = World::new(db, 1).await;
        let token = tokens::issue(&world.pos, &world.tenant, world.stores[0].1, WHO).await.unwrap();
        let batch = async |text: String| world.batch(&token, text).await.as_u16();
        let later = EpochState { contiguous_seq: 7, head: Sha256::of(b"the seventh") };
        world.shows("shime_findings_open 0").await;
        assert_eq!(batch(opening(EpochState::NEW, 50_000)).await, 200);
        assert_eq!(batch(opening(later, 50_000)).await, 409);
        assert!((400..500).contains(&batch("{\"entries\":[]}".to_owned()).await));
        assert!((400..500).contains(&batch("not a batch".to_owned()).await));
        world.shows("shime_journal_batches_total{verdict=\"accepted\"} 1").await;
        world.shows("shime_journal_batches_total{verdict=\"gap\"} 1").await;
        world.shows("shime_journal_batches_total{verdict=\"unreadable\"} 2").await;
        world.shows("shime_findings_open 0").await;
        // A copy of the disk says something else in the place of what is known.
        assert_eq!(batch(opening(EpochState::NEW, 30_000)).await, 409);
        world.shows("shime_journal_batches_total{verdict=\"fork\"} 1").await;
        world.shows("shime_findings_open 1").await;
        world.pass(60);
        world.shows("shime_finding_oldest_age_seconds 60").await;
        let row = &world.rows("SELECT attention_id FROM attention WHERE company_id = $1").await[0];
        let fork = row.text("attention_id").unwrap().parse().unwrap();
        assert!(attention::resolve(&world.pos, &world.tenant, fork, WHO, "写しでした", None).await.unwrap());
        world.shows("shime_findings_open 0").await;
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
