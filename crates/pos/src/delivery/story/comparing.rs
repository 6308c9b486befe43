//! 照合: what was delivered against what FLARO says it has.

use db::testing::each_engine;

use super::World;
use protocol::reconcile::Found;

const STATE: &str = "SELECT state FROM reconciliation WHERE company_id = $1";

#[tokio::test]
async fn a_day_is_compared_after_its_delivery_and_a_loss_is_found_down_to_the_settlement() {
    each_engine(async |db| {
        let world = World::linked(db, 1).await;
        world.close(0, "2026-11-22", 1_100).await;
        let lost = world.close(0, "2026-11-22", 2_200).await;
        world.until("delivered", 2).await;
        world.until_row(STATE, "state", "unchecked").await;
        world.pass(3);
        world.until_row(STATE, "state", "matched").await;

        // FLARO loses one of them; the hourly look finds which.
        world.flaro.book().forgotten.insert(lost.id);
        world.pass(3_601);
        world.until_row(STATE, "state", "differs").await;
        let row = &world.rows("SELECT differences FROM reconciliation WHERE company_id = $1").await[0];
        let found: Vec<Found> = serde_json::from_str(&row.text("differences").unwrap()).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!((found[0].ours.unwrap().settlement_id, found[0].theirs), (lost.id, None));

        world.flaro.book().forgotten.clear();
        world.pass(3_601);
        world.until_row(STATE, "state", "matched").await;
        world.stop().await;
    })
    .await;
}
