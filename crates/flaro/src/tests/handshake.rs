//! The partner API: asking twice gives the same, a new generation gives something new, nobody gets another's.

use super::{
    house::{House, OTHER_CREDENTIAL},
    pos::{Pos, facts, store, store_id},
};
use jiff::SignedDuration;
use protocol::partner::LinkageGranted;
use serde_json::{Value, json};

fn request(code: &str, generation: i64) -> Value {
    json!({"company_code": code, "company_name": "みなと食堂", "generation": generation})
}

const LINKAGES: &str = "/partner/v1/linkages";

#[tokio::test]
async fn asking_again_gives_the_same_linkage_until_it_is_confirmed() {
    db::testing::each_engine(async |db| {
        let house = House::new(db).await;
        house.company("0012", &[]).await;
        let first = house.partner("POST", LINKAGES, request("0012", 1)).await;
        let again = house.partner("POST", LINKAGES, request("0012", 1)).await;
        assert_eq!((first.status.as_u16(), again.status.as_u16()), (201, 200));
        let granted: LinkageGranted = first.json();
        assert!(granted == again.json());
        assert!(granted.webhook_url.starts_with("https://flaro.example/webhook/") && granted.zstd);

        let second: LinkageGranted = house.partner("POST", LINKAGES, request("0012", 2)).await.json();
        assert_ne!(second.webhook_url, granted.webhook_url);
        assert_ne!(second.signing_secret, granted.signing_secret);

        let stores = format!("{LINKAGES}/{}/stores", granted.linkage_id);
        let table = json!({"version": 1, "stores": [store(1, 1)]});
        assert_eq!(house.partner("PUT", &stores, table).await.status, 200);
        let late = house.partner("POST", LINKAGES, request("0012", 1)).await;
        assert_eq!((late.status.as_u16(), late.code().as_str()), (409, "linkage_confirmed"));
        let never = house.partner("POST", LINKAGES, request("0012", 3)).await;
        assert_eq!(never.status, 201);
    })
    .await;
}

#[tokio::test]
async fn unknown_companies_wrong_credentials_and_ruined_bodies_are_told_apart() {
    db::testing::each_engine(async |db| {
        let house = House::new(db).await;
        house.company("0012", &[]).await;
        let unknown = house.partner("POST", LINKAGES, request("12", 1)).await;
        assert_eq!((unknown.status.as_u16(), unknown.code().as_str()), (404, "company_unknown"));
        assert!(unknown.text().contains("\\\"12\\\""), "names the code: {}", unknown.text());
        let wrong = house.partner_as("guess", "POST", LINKAGES, request("0012", 1)).await;
        assert_eq!((wrong.status.as_u16(), wrong.code().as_str()), (401, "partner_unknown"));
        let ruined = house.partner("POST", LINKAGES, json!({"company_code": "x"})).await;
        assert_eq!((ruined.status.as_u16(), ruined.code().as_str()), (422, "body_unreadable"));
        assert_eq!(house.partner("POST", LINKAGES, request("0012", 0)).await.status, 422);
        house.partner("POST", LINKAGES, request("0012", 5)).await;
        assert_eq!(house.partner("POST", LINKAGES, request("0012", 4)).await.code(), "generation_superseded");
    })
    .await;
}

#[tokio::test]
async fn a_partner_sees_its_own_linkages_only() {
    db::testing::each_engine(async |db| {
        let house = House::new(db).await;
        house.company("0012", &[]).await;
        let pos = Pos::link(&house, "0012", 1, vec![store(1, 1)]).await;
        for (method, rest) in
            [("DELETE", ""), ("POST", "/secrets"), ("GET", "/control-totals?from=2026-11-01&to=2026-11-02")]
        {
            let path = format!("{LINKAGES}/{}{rest}", pos.linkage);
            let answer = house.partner_as(OTHER_CREDENTIAL, method, &path, Value::Null).await;
            assert_eq!((answer.status.as_u16(), answer.code().as_str()), (404, "linkage_unknown"), "{method}");
        }
    })
    .await;
}

#[tokio::test]
async fn an_older_table_changes_nothing_and_a_broken_one_is_refused_whole() {
    db::testing::each_engine(async |db| {
        let house = House::new(db).await;
        house.company("0012", &[]).await;
        let pos = Pos::link(&house, "0012", 1, vec![store(1, 1)]).await;
        let newer = pos.put_stores(&house, 5, vec![store(1, 1), store(2, 1)]).await;
        assert_eq!(newer.json::<Value>(), json!({"version": 5, "applied": true}));
        let older = pos.put_stores(&house, 4, vec![store(1, 1)]).await;
        assert_eq!(older.json::<Value>(), json!({"version": 5, "applied": false}));

        let mut twin = store(2, 1);
        twin.flaro_store_code = store(1, 1).flaro_store_code;
        let refused = pos.put_stores(&house, 6, vec![store(1, 1), twin]).await;
        assert_eq!((refused.status.as_u16(), refused.code().as_str()), (422, "store_code_twice"));
        let mut nowhere = store(1, 1);
        nowhere.zone = "Asia/Nowhere".into();
        assert_eq!(pos.put_stores(&house, 6, vec![nowhere]).await.code(), "store_day_rule");
    })
    .await;
}

#[tokio::test]
async fn stores_may_swap_codes_and_a_new_generations_table_beats_an_old_ones() {
    db::testing::each_engine(async |db| {
        let house = House::new(db).await;
        house.company("0012", &[]).await;
        let old = Pos::link(&house, "0012", 1, vec![store(1, 1), store(2, 1)]).await;
        let (mut one, mut two) = (store(1, 1), store(2, 1));
        std::mem::swap(&mut one.flaro_store_code, &mut two.flaro_store_code);
        assert_eq!(old.put_stores(&house, 2, vec![one, two]).await.status, 200);
        let unit = async |tx: &mut db::Tx| tx.fetch_all("SELECT target FROM audit ORDER BY target", db::args![]).await;
        let audited: Vec<String> =
            house.flaro.db.read(unit).await.unwrap().iter().map(|row| row.text("target").unwrap()).collect();
        assert_eq!(audited, [store_id(1).to_string(), store_id(2).to_string()]);

        Pos::link(&house, "0012", 2, vec![store(1, 1)]).await;
        let late = old.put_stores(&house, 99, vec![store(1, 1), store(2, 1)]).await;
        assert_eq!(late.json::<Value>(), json!({"version": 1, "applied": false}));
    })
    .await;
}

#[tokio::test]
async fn a_rotation_overlaps_and_a_lost_answer_can_be_asked_for_again() {
    db::testing::each_engine(async |db| {
        let house = House::new(db).await;
        house.company("0012", &[]).await;
        let mut pos = Pos::link(&house, "0012", 1, vec![store(1, 1)]).await;
        let path = format!("{LINKAGES}/{}/secrets", pos.linkage);
        let lost: Value = house.partner("POST", &path, Value::Null).await.json();
        let rotated: Value = house.partner("POST", &path, Value::Null).await.json();
        assert_eq!(lost["signing_secret"], rotated["signing_secret"]);

        assert_eq!(pos.settle(&house, 1, 1, &facts(1)).await.status, 200, "the old secret goes on being good");
        let old = std::mem::replace(&mut pos.secret, rotated["signing_secret"].as_str().unwrap().parse().unwrap());
        assert_eq!(pos.settle(&house, 1, 1, &facts(2)).await.status, 200);
        let next: Value = house.partner("POST", &path, Value::Null).await.json();
        assert_ne!(next["signing_secret"], rotated["signing_secret"], "the last one is in use");

        house.wait(SignedDuration::from_hours(25));
        pos.secret = old;
        assert_eq!(pos.settle(&house, 1, 1, &facts(3)).await.status, 401, "two rotations later and after a day");
    })
    .await;
}

#[tokio::test]
async fn an_ended_linkage_is_gone_and_its_history_stays() {
    db::testing::each_engine(async |db| {
        let house = House::new(db).await;
        house.company("0012", &[]).await;
        let pos = Pos::link(&house, "0012", 1, vec![store(1, 1)]).await;
        assert_eq!(pos.settle(&house, 1, 1, &facts(1)).await.status, 200);
        let path = format!("{LINKAGES}/{}", pos.linkage);
        for _ in 0..2 {
            assert_eq!(house.partner("DELETE", &path, Value::Null).await.status, 204);
        }
        let gone = pos.settle(&house, 1, 1, &facts(2)).await;
        assert_eq!((gone.status.as_u16(), gone.code().as_str()), (410, "linkage_ended"));
        assert_eq!(pos.put_stores(&house, 9, vec![]).await.status, 410);
        assert_eq!(pos.control_totals(&house, "2026-11-21", "2026-11-21").await.days.len(), 1);
    })
    .await;
}
