//! Whoever keeps the place running: secrets sealed on its disk, keys rotated while events come, figures, readiness.

use super::{
    house::House,
    pos::{Pos, facts, store},
};
use db::{Db, KeyRing, Keys, Tx, args};
use protocol::{hash::Sha256, signature::Secret};
use serde_json::Value;
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};
use web::metrics::Exposition;

fn keys(file: &str) -> Keys {
    let count = AtomicU64::new(0);
    let random = move || Sha256::of(&count.fetch_add(1, Ordering::SeqCst).to_le_bytes()).0;
    Keys::new(file.parse().unwrap(), Arc::new(random))
}

async fn stored(house: &House) -> Vec<String> {
    let sql = "SELECT secret, previous_secret, token FROM linkage ORDER BY linkage_id";
    let rows = house.flaro.db.read(async move |tx: &mut Tx| tx.fetch_all(sql, args![]).await).await.unwrap();
    let columns = ["secret", "previous_secret", "token"];
    rows.iter().flat_map(|row| columns.map(|column| row.opt_text(column).unwrap())).flatten().collect()
}

#[tokio::test]
async fn secrets_are_sealed_and_keys_and_secrets_change_while_events_come() {
    db::testing::each_engine(async |db| {
        let first = KeyRing::with_new("", [1; 32]);
        let held = keys(&first);
        let house = House::sealed(db, held.clone()).await;
        house.company("0012", &[]).await;
        let asked = serde_json::json!({"company_code": "0012", "company_name": "みなと食堂", "generation": 1});
        let granted = house.partner("POST", "/partner/v1/linkages", asked.clone()).await;
        assert_eq!(granted.body, house.partner("POST", "/partner/v1/linkages", asked).await.body, "opened again");
        let mut pos = Pos::link(&house, "0012", 1, vec![store(1, 1)]).await;
        assert_eq!(pos.settle(&house, 1, 1, &facts(1)).await.status, 200);

        let path = format!("/partner/v1/linkages/{}/secrets", pos.linkage);
        let new: Value = house.partner("POST", &path, Value::Null).await.json();
        let new: Secret = new["signing_secret"].as_str().unwrap().parse().unwrap();
        let sealed = stored(&house).await;
        assert!(sealed.len() == 2 && sealed.iter().all(|text| text.starts_with("sealed:")), "{sealed:?}");
        assert_eq!(pos.settle(&house, 1, 1, &facts(2)).await.status, 200, "signed with the one before");
        held.replace(KeyRing::rotated(&first, [2; 32]).parse().unwrap());
        assert_eq!(pos.settle(&house, 1, 1, &facts(3)).await.status, 200, "not sealed anew yet");
        assert_eq!(crate::reseal(&house.flaro).await.unwrap(), 1);
        held.replace(KeyRing::sealing_only(&KeyRing::rotated(&first, [2; 32])).parse().unwrap());
        pos.secret = new;
        assert_eq!(pos.settle(&house, 1, 1, &facts(4)).await.status, 200, "signed with the new one");
        let used = "SELECT secret_used_at FROM linkage WHERE secret_used_at IS NOT NULL";
        let used = house.flaro.db.read(async move |tx: &mut Tx| tx.fetch_all(used, args![]).await).await.unwrap();
        assert_eq!(used.len(), 1, "the partner has the new one");

        let swap = "UPDATE linkage SET secret = previous_secret";
        house.flaro.db.write(async move |tx: &mut Tx| tx.execute(swap, args![]).await).await.unwrap();
        assert_eq!(pos.settle(&house, 1, 1, &facts(5)).await.status, 500, "moved from another column");
    })
    .await;
}

#[tokio::test]
async fn a_linkage_that_has_ended_keeps_no_secret() {
    db::testing::each_engine(async |db| {
        let house = House::sealed(db, keys(&KeyRing::with_new("", [1; 32]))).await;
        house.company("0012", &[]).await;
        let pos = Pos::link(&house, "0012", 1, vec![store(1, 1)]).await;
        let path = format!("/partner/v1/linkages/{}", pos.linkage);
        assert_eq!(house.partner("DELETE", &path, Value::Null).await.status, 204);
        assert_eq!(stored(&house).await, [""]);
        // As a version before left it.
        let left = "UPDATE linkage SET secret = 'sealed:gone:00', previous_secret = 'plain'";
        house.flaro.db.write(async move |tx: &mut Tx| tx.execute(left, args![]).await).await.unwrap();
        assert_eq!(crate::reseal(&house.flaro).await.unwrap(), 0, "its key is gone, and nobody needs it");
        assert_eq!(stored(&house).await, [""]);
        assert_eq!(pos.settle(&house, 1, 1, &facts(1)).await.code(), "linkage_ended");
    })
    .await;
}

#[tokio::test]
async fn figures_tell_what_came_and_name_nobody() {
    db::testing::each_engine(async |db| {
        let house = House::new(db).await;
        house.company("0012", &[]).await;
        let pos = Pos::link(&house, "0012", 1, vec![store(1, 1)]).await;
        assert_eq!(pos.settle(&house, 1, 1, &facts(1)).await.status, 200);
        let mut forged = Pos::link(&house, "0012", 2, vec![store(1, 1)]).await;
        forged.secret = Secret::from_random([9; 32]);
        assert_eq!(forged.settle(&house, 1, 1, &facts(2)).await.status, 401);
        house.wait(jiff::SignedDuration::from_hours(1));
        let page = figures(&house).await;
        for line in [
            "shime_webhooks_total{status=\"200\"} 1",
            "shime_webhooks_total{status=\"401\"} 1",
            "shime_database_up 1",
            "shime_days_summing 1",
            "shime_day_summing_oldest_age_seconds 3600",
            "shime_last_event_age_seconds 3600",
            "shime_conflicts_last_day 0",
        ] {
            assert!(page.lines().any(|own| own == line), "no {line} in\n{page}");
        }
        assert!(!page.contains("0012") && !page.contains('店'), "{page}");
        house.flaro.db.clone().close().await;
        assert!(figures(&house).await.contains("shime_database_up 0"));
    })
    .await;
}

#[tokio::test]
async fn a_day_that_cannot_be_summed_up_is_counted_until_it_can() {
    db::testing::each_engine(async |db| {
        let house = House::new(db).await;
        house.company("0012", &[]).await;
        let pos = Pos::link(&house, "0012", 1, vec![store(1, 1)]).await;
        let first = facts(1);
        assert_eq!(pos.settle(&house, 1, 1, &first).await.status, 200);
        let torn = "UPDATE settlement_revision SET frame = $1";
        let half = args![b"half of it".to_vec()];
        house.flaro.db.write(async move |tx: &mut Tx| tx.execute(torn, half).await).await.unwrap();
        house.roll_up().await;
        for line in ["shime_days_failed 1", "shime_days_summing 0", "shime_day_summing_oldest_age_seconds 0"] {
            let page = figures(&house).await;
            assert!(page.lines().any(|own| own == line), "no {line} in\n{page}");
        }
        // The till corrects it: what stands now is whole.
        assert_eq!(pos.settle(&house, 1, 1, &simulator::revise(&first)).await.status, 200);
        house.roll_up().await;
        let page = figures(&house).await;
        assert!(page.lines().any(|own| own == "shime_days_failed 0"), "{page}");
    })
    .await;
}

async fn figures(house: &House) -> String {
    let mut page = Exposition::default();
    crate::metrics::write(&house.flaro, &mut page).await;
    page.into_text()
}

#[tokio::test]
async fn a_place_is_ready_while_its_schema_is_the_one_it_knows() {
    db::testing::each_engine(async |db: Db| {
        let house = House::new(db).await;
        let ready = house.page("", "/readyz").await;
        assert_eq!((ready.status.as_u16(), ready.text().as_str()), (200, "ready\n"));
        let newer =
            "INSERT INTO schema_version (place, version, name, checksum) VALUES ('flaro', 9999, 'tomorrow', '')";
        house.flaro.db.write(async move |tx: &mut Tx| tx.execute(newer, args![]).await).await.unwrap();
        let refused = house.page("", "/readyz").await;
        assert_eq!((refused.status.as_u16(), refused.code().as_str()), (503, "not_ready"));
        assert!(refused.text().contains("version 9999"), "{}", refused.text());
        house.flaro.db.clone().close().await;
        assert!(house.page("", "/readyz").await.text().contains("the database does not answer"));
    })
    .await;
}
