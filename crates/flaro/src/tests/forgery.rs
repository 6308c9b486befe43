//! What is not signed as it should be, or can't be opened, is refused in the words of the contract, and leaves nothing.

use super::{
    house::House,
    pos::{Pos, facts, store},
};
use axum::http::HeaderValue;
use jiff::SignedDuration;
use protocol::{BODY_BYTES_MAX, EVENT_BYTES_MAX, event::Frame, signature::Secret};
use uuid::Uuid;

async fn linked(db: db::Db) -> (House, Pos) {
    let house = House::new(db).await;
    house.company("0012", &[]).await;
    let pos = Pos::link(&house, "0012", 1, vec![store(1, 1)]).await;
    (house, pos)
}

async fn nothing_came(house: &House, pos: &Pos) {
    assert_eq!(pos.control_totals(house, "2026-10-01", "2026-12-31").await.days, []);
}

#[tokio::test]
async fn forged_stripped_and_foreign_signatures_are_401() {
    db::testing::each_engine(async |db| {
        let (house, mut pos) = linked(db).await;
        let bytes = pos.event(1, 1, &facts(1)).to_bytes();
        for header in ["webhook-id", "webhook-timestamp", "webhook-signature"] {
            let mut stripped = pos.request(house.now(), Uuid::nil(), bytes.clone(), None);
            stripped.headers_mut().remove(header);
            assert_eq!(house.call(stripped).await.status, 401, "{header}");
            let mut forged = pos.request(house.now(), Uuid::nil(), bytes.clone(), None);
            forged.headers_mut().insert(header, HeaderValue::from_static("v1,AAAA"));
            assert_eq!(house.call(forged).await.status, 401, "{header}");
        }
        let mut tampered = pos.request(house.now(), Uuid::nil(), bytes.clone(), None);
        *tampered.body_mut() = String::from_utf8(bytes.clone()).unwrap().replace("現金", "現銀").into();
        assert_eq!(house.call(tampered).await.code(), "signature_mismatch");
        pos.secret = Secret::from_random([7; 32]);
        assert_eq!(pos.send_bytes(&house, bytes, None).await.status, 401);
        nothing_came(&house, &pos).await;
    })
    .await;
}

#[tokio::test]
async fn a_wrong_clock_is_425_either_way_and_an_unknown_address_404() {
    db::testing::each_engine(async |db| {
        let (house, mut pos) = linked(db).await;
        let bytes = pos.event(1, 1, &facts(1)).to_bytes();
        for minutes in [-6, 6] {
            let at = house.now() + SignedDuration::from_mins(minutes);
            let answer = house.call(pos.request(at, Uuid::nil(), bytes.clone(), None)).await;
            assert_eq!((answer.status.as_u16(), answer.code().as_str()), (425, "clock_skew"));
        }
        pos.path = format!("/webhook/{}", "0".repeat(64));
        assert_eq!(pos.send_bytes(&house, bytes, None).await.status, 404);
        nothing_came(&house, &pos).await;
    })
    .await;
}

#[tokio::test]
async fn bombs_and_bodies_beyond_the_bound_are_413() {
    db::testing::each_engine(async |db| {
        let (house, pos) = linked(db).await;
        let bomb = Frame::pack(&vec![b' '; EVENT_BYTES_MAX + 1]).unwrap().zstd;
        assert!(bomb.len() < 100_000);
        let answer = pos.send_bytes(&house, bomb, Some("zstd")).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (413, "event_too_large"));
        let answer = pos.send_bytes(&house, vec![b' '; BODY_BYTES_MAX + 1], None).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (413, "body_too_large"));
        nothing_came(&house, &pos).await;
    })
    .await;
}

#[tokio::test]
async fn a_signed_body_nobody_can_read_names_line_and_column() {
    db::testing::each_engine(async |db| {
        let (house, pos) = linked(db).await;
        let answer = pos.send_bytes(&house, b"{\n  \"type\": \"settlement.opened\"}".to_vec(), None).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (400, "event_unreadable"));
        assert!(answer.text().contains("line 2 column"), "{}", answer.text());
        let answer = pos.send_bytes(&house, b"not zstd".to_vec(), Some("zstd")).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (400, "body_not_zstd"));
        let whole = Frame::pack(&pos.event(1, 1, &facts(1)).to_bytes()).unwrap().zstd;
        assert_eq!(pos.send_bytes(&house, whole[..whole.len() / 2].to_vec(), Some("zstd")).await.status, 400);
        assert_eq!(pos.send_bytes(&house, whole, Some("br")).await.status, 415);
        nothing_came(&house, &pos).await;
    })
    .await;
}

#[tokio::test]
async fn another_companys_event_or_address_brings_nothing() {
    db::testing::each_engine(async |db| {
        let (house, mut pos) = linked(db).await;
        house.company("0034", &[]).await;
        let other = Pos::link(&house, "0034", 1, vec![store(1, 1)]).await;
        // Signed with the right secret, but the event is another company's.
        let theirs = other.event(1, 1, &facts(1)).to_bytes();
        let answer = pos.send_bytes(&house, theirs.clone(), None).await;
        assert_eq!((answer.status.as_u16(), answer.code().as_str()), (422, "company_differs"));
        // Signed by one company, sent to the other's address.
        pos.path.clone_from(&other.path);
        assert_eq!(pos.send_bytes(&house, theirs, None).await.status, 401);
        nothing_came(&house, &pos).await;
        nothing_came(&house, &other).await;
    })
    .await;
}

#[tokio::test]
async fn deep_doubled_and_huge_bodies_are_refused_even_when_they_are_signed() {
    db::testing::each_engine(async |db| {
        let (house, pos) = linked(db).await;
        let good = String::from_utf8(pos.event(1, 1, &facts(1)).to_bytes()).unwrap();
        let deep = |open: &str, close: &str| format!("{}1{}", open.repeat(100_000), close.repeat(100_000));
        let mut bodies = vec![deep("[", "]"), deep("{\"a\":", "}"), "[".repeat(100_000)];
        bodies.push(good.replacen('{', "{\"version\":1,", 1));
        bodies.push(good.replacen("\"data\":{", "\"data\":{\"checks\":[],", 1));
        for figure in ["1e999", "-1", "99999999999999999999", "\"1\"", "null"] {
            bodies.push(good.replacen("\"sequence\":", &format!("\"sequence\":{figure},\"was\":"), 1));
        }
        bodies.push(good.replacen("\"data\":{", &format!("\"data\":{},\"was\":{{", deep("[", "]")), 1));
        for body in bodies {
            let told: String = body.chars().take(90).collect();
            for (bytes, encoding) in
                [(Frame::pack(body.as_bytes()).unwrap().zstd, Some("zstd")), (body.into_bytes(), None)]
            {
                let answer = pos.send_bytes(&house, bytes, encoding).await;
                assert_eq!((answer.status.as_u16(), answer.code().as_str()), (400, "event_unreadable"), "{told}");
            }
        }
        nothing_came(&house, &pos).await;
    })
    .await;
}

#[tokio::test]
async fn a_signature_among_others_of_unknown_versions_is_found_and_a_replay_changes_nothing() {
    db::testing::each_engine(async |db| {
        let (house, pos) = linked(db).await;
        let event = pos.event(1, 1, &facts(1));
        let signed = |by: &Pos| by.request(house.now(), event.event_id, event.to_bytes(), None);
        let with = |signature: &str| {
            let mut request = signed(&pos);
            let own = request.headers()["webhook-signature"].to_str().unwrap().to_owned();
            let value = HeaderValue::from_str(&signature.replace("OWN", &own)).unwrap();
            request.headers_mut().insert("webhook-signature", value);
            request
        };
        let long = format!("{}x", "v1,AAAA ".repeat(2_000));
        for forged in ["v1a,OWN", "v2,AAAA v1,AAAA", "v1,", "", "OWNx", long.as_str()] {
            assert_eq!(house.call(with(forged)).await.status, 401, "{}", &forged[..forged.len().min(20)]);
        }
        nothing_came(&house, &pos).await;
        assert_eq!(house.call(with("v2,AAAA v1a,AAAA v1,AAAA OWN")).await.status, 200);
        let totals = pos.control_totals(&house, "2026-11-01", "2026-11-30").await;
        assert_eq!(house.call(signed(&pos)).await.status, 200, "the same request again is the same thing");
        assert_eq!(pos.control_totals(&house, "2026-11-01", "2026-11-30").await, totals);
        let old = signed(&pos);
        house.wait(SignedDuration::from_mins(6));
        assert_eq!(house.call(old).await.status, 425, "and later it is too old");
    })
    .await;
}
