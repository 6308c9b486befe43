//! Whole settlements as documents: idempotent, refused by name and number, conflicts kept.

use axum::http::StatusCode;
use db::testing::each_engine;
use protocol::document::SettlementReceipt;
use protocol::refusal::Refusal;
use sales::{Settlement, Yen};

use crate::house::{House, day, document};

#[tokio::test]
async fn a_document_is_taken_once_however_often_it_comes() {
    each_engine(async |db| {
        let house = House::new(&db).await;
        let settlement = day(1, 9);
        let first: SettlementReceipt = house.document(&settlement).await.json();
        assert_eq!(first.facts_sha256, protocol::facts::facts_sha256(&settlement));
        assert!(!first.repeated);
        let again: SettlementReceipt = house.document(&settlement).await.json();
        assert!(again.repeated && again.facts_sha256 == first.facts_sha256);
        let revised = simulator::revise(&settlement);
        let second: SettlementReceipt = house.document(&revised).await.json();
        assert_eq!((second.revision, second.repeated), (revised.revision, false));
        let old: SettlementReceipt = house.document(&settlement).await.json();
        assert!(old.repeated);
        assert_eq!(house.count("SELECT COUNT(*) AS n FROM settlement WHERE revision > 1").await, 1);
        assert_eq!(house.findings().await, Vec::<String>::new());
    })
    .await;
}

#[tokio::test]
async fn checks_of_a_document_wait_on_record_until_they_are_rows() {
    each_engine(async |db| {
        let house = House::new(&db).await;
        let settlement = day(1, 9);
        let body = document(house.register, &settlement);
        assert_eq!(house.post_as(&house.token, "/api/v1/settlements", body).await.status, StatusCode::OK);
        assert_eq!(house.count("SELECT COUNT(*) AS n FROM sale_check").await, 0);
        assert_eq!(pos::checks::due::waiting(&house.pos, &house.tenant).await.unwrap(), 1);
        let cookie = house.log_in("admin.0012345").await;
        assert!(house.get("/checks", &cookie).await.text.contains("1件の精算の会計を、一覧に加えています"));
        // A revision that comes before the rows are there: the rows are the revision's.
        let revised = simulator::revise(&settlement);
        house.document(&revised).await;
        assert_eq!(pos::checks::due::waiting(&house.pos, &house.tenant).await.unwrap(), 0);
        let rows = house.count("SELECT COUNT(*) AS n FROM sale_check WHERE dropped_in IS NULL").await;
        assert_eq!(rows, i64::try_from(revised.checks.len()).unwrap());
        assert!(!house.get("/checks", &cookie).await.text.contains("一覧に加えています"));
    })
    .await;
}

type Breaking = fn(&mut Settlement);

#[tokio::test]
async fn a_broken_invariant_is_named_with_both_numbers_and_changes_nothing() {
    each_engine(async |db| {
        let house = House::new(&db).await;
        let breakings: [(&str, Breaking); 5] = [
            ("check.total", |s| s.checks[0].total = Yen(s.checks[0].total.0 + 1)),
            ("rate.tax", |s| s.checks[0].rates[0].tax = Yen(s.checks[0].rates[0].tax.0 + 1)),
            ("cash.expected", |s| s.cash.expected = Yen(s.cash.expected.0 + 1)),
            ("check.duplicate", |s| s.checks.push(s.checks[0].clone())),
            ("settlement.revision", |s| s.revision = 0),
        ];
        for (invariant, breaking) in breakings {
            let mut settlement = day(2, 4);
            breaking(&mut settlement);
            let answer = house.document(&settlement).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{invariant}: {}", answer.text);
            let refusal: Refusal = answer.json();
            let broken = refusal.error.violations.iter().find(|broken| broken.invariant == invariant);
            let broken = broken.unwrap_or_else(|| panic!("{invariant} in {refusal:?}"));
            assert_ne!(broken.stated, broken.computed);
            assert!(refusal.error.code.starts_with("invariant.") && refusal.error.hint.is_some());
        }
        for table in [
            "SELECT COUNT(*) AS n FROM settlement_revision",
            "SELECT COUNT(*) AS n FROM sale_check",
            "SELECT COUNT(*) AS n FROM attention",
        ] {
            assert_eq!(house.count(table).await, 0, "{table}");
        }
    })
    .await;
}

#[tokio::test]
async fn other_facts_under_one_revision_are_a_conflict_that_is_kept() {
    each_engine(async |db| {
        let house = House::new(&db).await;
        let settlement = day(3, 4);
        house.document(&settlement).await;
        let mut other = settlement.clone();
        other.checks[0].staff = "88".to_owned();
        for _ in 0..2 {
            let answer = house.document(&other).await;
            assert_eq!(answer.status, StatusCode::CONFLICT, "{}", answer.text);
            assert_eq!(answer.json::<Refusal>().error.code, "settlement.conflict");
        }
        assert_eq!(house.findings().await, ["settlement_conflict"]);
        let held: SettlementReceipt = house.document(&settlement).await.json();
        assert!(held.repeated);

        // The same settlement from another till of the company.
        let body = document(house.other_register, &settlement);
        let answer = house.post_as(&house.other_token, "/api/v1/settlements", body).await;
        assert_eq!(answer.status, StatusCode::CONFLICT);
        assert_eq!(answer.json::<Refusal>().error.code, "settlement.other_register");
        assert_eq!(house.count("SELECT COUNT(*) AS n FROM settlement").await, 1);
    })
    .await;
}

#[tokio::test]
async fn what_is_no_document_is_told_where_and_why() {
    each_engine(async |db| {
        let house = House::new(&db).await;
        let settlement = day(4, 2);
        let good = document(house.register, &settlement);
        let unknown = good.replacen("\"slip\":", "\"tip\":5,\"slip\":", 1);
        let far = Settlement { business_date: "2031-01-01".parse().unwrap(), ..settlement.clone() };
        for (body, status, code) in [
            ("{".to_owned(), StatusCode::BAD_REQUEST, "document.not_json"),
            ("{}".to_owned(), StatusCode::BAD_REQUEST, "document.shape"),
            (unknown, StatusCode::UNPROCESSABLE_ENTITY, "document.unknown_field"),
            (document(house.register, &far), StatusCode::UNPROCESSABLE_ENTITY, "settlement.business_date"),
        ] {
            let answer = house.post_as(&house.token, "/api/v1/settlements", body).await;
            assert_eq!(answer.status, status, "{}", answer.text);
            assert!(answer.text.contains(code) && answer.text.contains("hint"), "{}", answer.text);
        }
        let answer = house.post_as(&house.token, "/api/v1/settlements", "{").await;
        assert!(answer.text.contains("line 1, column 1"), "{}", answer.text);
        let large = format!("{{{}", " ".repeat(protocol::BODY_BYTES_MAX));
        let answer = house.post_as(&house.token, "/api/v1/settlements", large).await;
        assert_eq!(answer.status, StatusCode::PAYLOAD_TOO_LARGE);
        assert_eq!(house.document(&settlement).await.status, StatusCode::OK);
    })
    .await;
}
