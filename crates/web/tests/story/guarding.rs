//! What every answer carries, and what is refused before a handler sees it.

use std::time::Duration;

use axum::body::Bytes;
use axum::http::StatusCode;
use axum::routing::{get, post};
use web::{ApiError, Failure, Form, PageResult, Settings, harden, harden_api};

use crate::browser::Browser;

async fn broken() -> PageResult {
    Err(std::io::Error::other("the secret cause"))?;
    unreachable!()
}

fn place(settings: &Settings) -> Browser {
    let pages = web::Routes::new()
        .route("/", get(async || "hello").post(async |_: Form| "taken"))
        .route("/broken", get(broken))
        .route("/panic", get(async || -> &'static str { panic!("the secret panic") }))
        .route("/gone", get(async || Failure::not_found().says("この記録は別の人のものです")))
        .route("/slow", get(async || tokio::time::sleep(Duration::from_mins(10)).await))
        .merge(web::assets::router());
    let api = web::Routes::new()
        .route("/api/things", post(async |body: Bytes| body.len().to_string()))
        .route("/api/full", get(async || ApiError::new(StatusCode::CONFLICT, "full", "the shelf is full")));
    Browser::new(harden(pages, settings).merge(harden_api(api, settings)))
}

fn plain() -> Browser {
    place(&Settings::new("見本の場所"))
}

#[tokio::test]
async fn every_answer_carries_the_policy() {
    let mut browser = plain();
    for path in ["/", "/nowhere", "/broken", "/panic", "/api/full", "/api/nowhere", web::assets::css()] {
        let answer = browser.get(path).await;
        assert_eq!(answer.header("content-security-policy"), web::harden::CONTENT_SECURITY_POLICY, "{path}");
        assert_eq!(answer.header("x-content-type-options"), "nosniff", "{path}");
        assert_eq!(answer.header("referrer-policy"), "same-origin", "{path}");
        assert_eq!(answer.header("strict-transport-security"), "", "{path}");
    }
    let policy = web::harden::CONTENT_SECURITY_POLICY;
    assert!(!policy.contains("unsafe") && policy.starts_with("default-src 'none';"));
}

#[tokio::test]
async fn hsts_is_sent_only_behind_https() {
    let answer = place(&Settings { https: true, ..Settings::new("x") }).get("/").await;
    assert_eq!(answer.header("strict-transport-security"), "max-age=31536000");
}

#[tokio::test]
async fn a_form_from_another_site_is_refused_with_a_page() {
    let mut browser = plain();
    assert_eq!(browser.post("/", "a=b").await.text, "taken");
    for headers in [
        vec![("host", "place.example"), ("sec-fetch-site", "cross-site")],
        vec![("host", "place.example"), ("sec-fetch-site", "same-site")],
        vec![("host", "place.example"), ("origin", "https://evil.example")],
        vec![("host", "place.example"), ("origin", "null")],
    ] {
        browser.headers = headers;
        let refused = browser.post("/", "a=b").await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
        assert!(refused.text.contains("ほかのサイトから送られた操作"));
        web::testing::assert_page(&refused.text);
        assert_eq!(browser.get("/").await.text, "hello", "reading is safe");
    }
}

#[tokio::test]
async fn programs_with_their_own_credential_come_from_anywhere() {
    let mut browser = plain();
    browser.headers =
        vec![("host", "place.example"), ("origin", "https://partner.example"), ("sec-fetch-site", "cross-site")];
    assert_eq!(browser.post("/api/things", "12345").await.text, "5");
}

#[tokio::test]
async fn errors_have_a_page_in_japanese_with_a_way_out() {
    let mut browser = plain();
    for (path, status, words) in [
        ("/nowhere", 404, "ページが見つかりません"),
        ("/broken", 500, "表示できませんでした"),
        ("/panic", 500, "表示できませんでした"),
        ("/gone", 404, "この記録は別の人のものです"),
    ] {
        let page = browser.get(path).await;
        assert_eq!(page.status.as_u16(), status, "{path}");
        assert!(page.text.contains(words) && page.text.contains("トップへ戻る"), "{path}: {}", page.text);
        assert!(!page.text.contains("secret"), "{path}");
        web::testing::assert_page(&page.text);
    }
    let wrong_method = browser.send("PUT", "/broken", "").await;
    assert_eq!(wrong_method.status, StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(wrong_method.header("allow"), "GET,HEAD");
    assert!(wrong_method.text.contains("画面のボタンやリンクから"));
}

#[tokio::test]
async fn programs_get_errors_as_json() {
    let mut browser = plain();
    let unknown = browser.get("/api/nowhere").await;
    assert_eq!((unknown.status, unknown.header("content-type")), (StatusCode::NOT_FOUND, "application/json"));
    assert!(unknown.text.starts_with(r#"{"error":{"code":"not_found""#));
    let own = browser.get("/api/full").await;
    let expected = r#"{"error":{"code":"full","message":"the shelf is full","rule":null,"hint":null}}"#;
    assert_eq!((own.status, own.text.as_str()), (StatusCode::CONFLICT, expected));
}

#[tokio::test]
async fn bodies_are_bounded() {
    let mut browser = place(&Settings { body_bytes_max: 1_000, ..Settings::new("x") });
    let large = "a".repeat(1_001);
    let page = browser.post("/", &large).await;
    assert_eq!(page.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(page.text.contains("送られた内容が大きすぎます"));
    let api = browser.post("/api/things", &large).await;
    assert_eq!(api.status, StatusCode::PAYLOAD_TOO_LARGE);
    assert!(api.text.contains(r#""code":"payload_too_large""#));
    assert_eq!(browser.post("/api/things", &large[1..]).await.text, "1000");
}

#[tokio::test]
async fn a_nul_names_nothing_and_is_typed_by_nobody() {
    let typed = get(async |list: web::ListQuery| list.get("q").to_owned())
        .post(async |form: web::Form| form.raw("name").to_owned());
    let named = get(async |axum::extract::Path(name): axum::extract::Path<String>| name);
    let pages = web::Routes::new().route("/jars", typed).route("/jars/{jar}", named.clone());
    let api = web::Routes::new().route("/api/jars/{jar}", named);
    let settings = Settings::new("x");
    let mut browser = Browser::new(harden(pages, &settings).merge(harden_api(api, &settings)));
    assert_eq!(browser.get("/jars/plum%20jam").await.text, "plum jam");
    for path in ["/jars/plum%00", "/jars/%00", "/api/jars/%00x"] {
        assert_eq!(browser.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    assert_eq!(browser.get("/jars?q=pl%00um").await.text, "plum");
    assert_eq!(browser.post("/jars", "name=pl%00um").await.text, "plum");
}

#[tokio::test]
async fn answers_are_bounded_in_time() {
    let settings = Settings { answer_within: Duration::from_millis(20), ..Settings::new("x") };
    let page = place(&settings).get("/slow").await;
    assert_eq!(page.status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(page.text.contains("混み合っています"));
}

#[tokio::test]
async fn assets_are_kept_for_a_year_under_their_hash() {
    let mut browser = plain();
    for path in [web::assets::css(), web::assets::js(), web::assets::favicon()] {
        let asset = browser.get(path).await;
        assert_eq!(
            (asset.status, asset.header("cache-control")),
            (StatusCode::OK, "public, max-age=31536000, immutable")
        );
    }
    let old = browser.get("/assets/000000000000/console.css").await;
    assert_eq!((old.status, old.header("location")), (StatusCode::TEMPORARY_REDIRECT, web::assets::css()));
    assert_eq!(browser.get("/assets/000000000000/../../Cargo.toml").await.status, StatusCode::NOT_FOUND);
    assert_eq!(browser.get("/").await.header("cache-control"), "no-store");
    let script = browser.get(web::assets::js()).await.text;
    assert!(
        ["innerHTML", "eval(", "insertAdjacentHTML"].iter().all(|way| !script.contains(way)),
        "markup is never made from text"
    );
}
