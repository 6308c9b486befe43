//! Bodies made to break whoever reads them, and guesses made to lock somebody out: refused in words, nothing kept, and
//! never a 5xx.

use std::net::SocketAddr;

use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{Request, StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use db::testing::each_engine;

use crate::house::{Answer, House, PASSWORD, Till, day, document, journal_path};

const KEPT: &str = "SELECT (SELECT COUNT(*) FROM journal_entry) + (SELECT COUNT(*) FROM settlement_revision) AS n";
/// Far deeper than any document of ours, and deep enough to fill a stack.
const DEEP: usize = 100_000;

/// A whole body turned against its reader, in every way that JSON allows.
fn turned(good: &str, first_key: &str) -> Vec<String> {
    let nested = |open: &str, close: &str| format!("{}1{}", open.repeat(DEEP), close.repeat(DEEP));
    let (arrays, objects) = (nested("[", "]"), nested("{\"a\":", "}"));
    let twice = good.replacen('{', &format!("{{\"{first_key}\":null,"), 1);
    let mut bodies = vec![String::new(), "null".into(), "[".repeat(DEEP), arrays.clone(), objects.clone(), twice];
    for inside in [arrays, objects, "1e999".into(), "-99999999999999999999".into(), "\"\\ud800\"".into(), "NaN".into()]
    {
        bodies.push(format!("{{\"{first_key}\":{inside}}}"));
    }
    bodies.push(good[..good.len() / 2].to_owned());
    bodies.push(format!("{good}{good}"));
    bodies.push(format!("\u{feff}{good}"));
    bodies
}

#[tokio::test]
async fn deep_doubled_huge_and_broken_bodies_are_refused_whole() {
    each_engine(async |db| {
        let house = House::new(&db).await;
        let mut till = Till::new(1);
        till.live(&day(3, 2));
        let path = journal_path(house.register);
        let good = [
            (path.as_str(), till.batch(..), "entries"),
            ("/api/v1/settlements", document(house.register, &day(3, 2)), "register_id"),
        ];
        for (path, good, first) in &good {
            for body in turned(good, first) {
                let answer = house.post_as(&house.token, path, body.clone()).await;
                let told: String = body.chars().take(60).collect();
                assert!(
                    matches!(answer.status.as_u16(), 400 | 422),
                    "{path} {told}: {} {}",
                    answer.status,
                    answer.text
                );
                assert!(
                    answer.text.starts_with(r#"{"error":{"code":"#) && answer.text.len() < 10_000,
                    "{}",
                    answer.text
                );
            }
        }
        assert_eq!(house.count(KEPT).await, 0);
    })
    .await;
}

#[tokio::test]
async fn figures_beyond_every_range_are_refused_or_shown_and_never_wrap() {
    each_engine(async |db| {
        let house = House::new(&db).await;
        let good = document(house.register, &day(3, 2));
        for (from, figures) in
            [("\"z_number\":", ["4294967296", "-1", "1.5"]), ("\"quantity\":", ["1e3", "99999999999", "\"1\""])]
        {
            let at = good.find(from).unwrap() + from.len();
            let end = at + good[at..].find([',', '}']).unwrap();
            for figure in figures {
                let answer = house.post_as(
                    &house.token,
                    "/api/v1/settlements",
                    format!("{}{figure}{}", &good[..at], &good[end..]),
                );
                let answer = answer.await;
                assert!(
                    matches!(answer.status.as_u16(), 400 | 422),
                    "{from}{figure}: {} {}",
                    answer.status,
                    answer.text
                );
            }
        }
        let largest = good.replacen("\"tendered\":", &format!("\"tendered\":{}", i64::MAX / 10), 1);
        let answer = house.post_as(&house.token, "/api/v1/settlements", largest).await;
        assert!(answer.status.is_client_error(), "{}", answer.text);
        assert_eq!(house.count(KEPT).await, 0);
    })
    .await;
}

#[tokio::test]
async fn an_entry_nested_beyond_reading_is_kept_as_it_came_and_shown_to_a_person() {
    each_engine(async |db| {
        let house = House::new(&db).await;
        let deep = format!("{}{}", "[".repeat(DEEP), "]".repeat(DEEP));
        let (epoch, prev) = (uuid::Uuid::from_u128(9), protocol::hash::Sha256::ZERO);
        let entry = format!(
            r#"{{"at":"2026-11-22T13:00:00Z","body":{deep},"epoch":"{epoch}","kind":"check","prev":"{prev}","seq":1}}"#
        );
        let answer = house.journal(&format!("{{\"entries\":[{entry}]}}")).await;
        assert_eq!(answer.status, StatusCode::OK, "{}", answer.text);
        assert_eq!((house.count(KEPT).await, house.findings().await.len()), (1, 1));
        let admin = house.log_in("admin.0012345").await;
        assert_eq!(house.get("/attention", &admin).await.status, StatusCode::OK);
    })
    .await;
}

#[tokio::test]
async fn a_body_is_bounded_as_it_was_sent_and_never_unpacked() {
    each_engine(async |db| {
        let house = House::new(&db).await;
        let send = async |encoding: &str, body: Vec<u8>| {
            let request = Request::post(journal_path(house.register))
                .header(header::AUTHORIZATION, format!("Bearer {}", house.token))
                .header(header::CONTENT_TYPE, "application/json")
                .header(header::CONTENT_ENCODING, encoding);
            house.send(request.body(Body::from(body)).unwrap()).await.status
        };
        assert_eq!(send("identity", vec![b' '; protocol::BODY_BYTES_MAX + 1]).await, StatusCode::PAYLOAD_TOO_LARGE);
        let bomb = zstd::encode_all(&vec![b'['; 64 << 20][..], 1).unwrap();
        assert!(bomb.len() < 100_000);
        assert_eq!(send("zstd", bomb).await, StatusCode::BAD_REQUEST, "read as the bytes it is");
        assert_eq!(house.count(KEPT).await, 0);
    })
    .await;
}

#[tokio::test]
async fn guessing_over_the_api_waits_by_name_and_address_and_locks_nobody_out() {
    each_engine(async |db| {
        let house = House::new(&db).await;
        let ask = async |from: &str, password: &str| -> Answer {
            let pair = STANDARD.encode(format!("admin.0012345:{password}"));
            let mut request = Request::post("/api/v1/past-linkages")
                .header(header::AUTHORIZATION, format!("Basic {pair}"))
                .body(Body::from("{"))
                .unwrap();
            request.extensions_mut().insert(ConnectInfo(from.parse::<SocketAddr>().unwrap()));
            house.send(request).await
        };
        for _ in 0..5 {
            assert_eq!(ask("203.0.113.7:1", "guess guess guess").await.status, StatusCode::UNAUTHORIZED);
        }
        let slowed = ask("203.0.113.7:2", PASSWORD).await;
        assert_eq!((slowed.status, slowed.header("retry-after")), (StatusCode::TOO_MANY_REQUESTS, "1"));
        let owner = ask("198.51.100.1:1", PASSWORD).await;
        assert_eq!(owner.status, StatusCode::BAD_REQUEST, "let in, and only then read: {}", owner.text);
    })
    .await;
}
