//! A token speaks for one register of one company, and for nothing else.

use axum::http::StatusCode;
use db::testing::each_engine;
use pos::tokens;

use crate::house::{House, Till, company, day, document, journal_path};

#[tokio::test]
async fn another_registers_token_gets_403_and_changes_nothing() {
    each_engine(async |db| {
        let house = House::new(&db).await;
        let (_, [(_, foreign, foreign_token), _]) = company(&house.pos, "777").await;
        let (settlement, mut till) = (day(1, 3), Till::new(1));
        till.live(&settlement);
        let (batch, path) = (till.batch(..), journal_path(house.register));
        for token in [&house.other_token, &foreign_token] {
            let answer = house.post_as(token, &path, batch.clone()).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", answer.text);
            assert!(answer.text.contains("register.other"));
            let answer = house.post_as(token, "/api/v1/settlements", document(house.register, &settlement)).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", answer.text);
        }
        let answer = house.post_as(&house.token, &journal_path(foreign), batch).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        for table in [
            "SELECT COUNT(*) AS n FROM journal_entry",
            "SELECT COUNT(*) AS n FROM journal_epoch",
            "SELECT COUNT(*) AS n FROM sale_check",
            "SELECT COUNT(*) AS n FROM settlement_revision",
            "SELECT COUNT(*) AS n FROM attention",
        ] {
            assert_eq!(house.count(table).await, 0, "{table}");
        }
    })
    .await;
}

#[tokio::test]
async fn one_company_never_sees_anothers_settlement_of_the_same_id() {
    each_engine(async |db| {
        let house = House::new(&db).await;
        let (_, [(_, foreign, foreign_token), _]) = company(&house.pos, "777").await;
        let settlement = day(1, 3);
        assert_eq!(house.document(&settlement).await.status, StatusCode::OK);
        let theirs = house.post_as(&foreign_token, "/api/v1/settlements", document(foreign, &settlement)).await;
        assert_eq!(theirs.status, StatusCode::OK, "their own, in their own books: {}", theirs.text);
        assert_eq!(house.count("SELECT COUNT(*) AS n FROM settlement").await, 2);
        pos::checks::due::work(&house.pos).await.unwrap();
        assert_eq!(house.count("SELECT COUNT(DISTINCT company_id) AS n FROM sale_check").await, 2);
    })
    .await;
}

#[tokio::test]
async fn a_revoked_or_unknown_token_gets_401() {
    each_engine(async |db| {
        let house = House::new(&db).await;
        let path = format!("/api/v1/registers/{}/masters", house.register);
        let ask = async |token: &str| {
            let request = axum::http::Request::get(&path).header("authorization", format!("Bearer {token}"));
            house.send(request.body(axum::body::Body::empty()).unwrap()).await
        };
        assert_eq!(ask(&house.token).await.status, StatusCode::OK);
        for wild in ["", "shime_till_", "x", &house.token[..20]] {
            let answer = ask(wild).await;
            assert_eq!(answer.status, StatusCode::UNAUTHORIZED, "{wild}");
            assert!(answer.text.contains("token.unknown") && answer.text.contains("hint"));
        }
        let new = tokens::issue(&house.pos, &house.tenant, house.register, "太田").await.unwrap();
        assert!(new.starts_with("shime_till_") && new.len() == "shime_till_".len() + 43);
        assert_eq!(ask(&house.token).await.status, StatusCode::UNAUTHORIZED, "a new one takes the old one's place");
        assert_eq!(ask(&new).await.status, StatusCode::OK);
        assert!(tokens::revoke(&house.pos, &house.tenant, house.register, "太田").await.unwrap());
        assert_eq!(ask(&new).await.status, StatusCode::UNAUTHORIZED);
        let (other, _) = company(&house.pos, "777").await;
        assert!(tokens::issue(&house.pos, &other, house.register, "x").await.is_err(), "not theirs");
        let kept = "SELECT COUNT(*) AS n FROM register_token WHERE token_sha256 LIKE '%shime%'";
        assert_eq!(house.count(kept).await, 0, "only the hash is kept");
        assert_eq!(house.count("SELECT COUNT(*) AS n FROM audit WHERE what LIKE '接続キー%'").await, 6);
    })
    .await;
}
