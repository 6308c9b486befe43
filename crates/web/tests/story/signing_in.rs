//! Logging in, being slowed down, logging out; and nobody gets in any other way.

use axum::http::StatusCode;
use axum::routing::get;
use db::Db;
use db::testing::each_engine;
use web::{Flash, Notice, SignedIn};

use crate::browser::{Browser, Hands, PASSWORD, console};

async fn private(who: SignedIn) -> String {
    format!("{} {} {} {}", who.user_id(), who.tenant(), who.name(), who.role())
}

async fn mark(flash: Flash) -> &'static str {
    flash.set(Notice::done("しました")).await.unwrap();
    "marked"
}

async fn seen(flash: Flash) -> String {
    flash.take().await.map(|notice| notice.html().to_string()).unwrap_or_default()
}

async fn browser(db: &Db, hands: &Hands) -> Browser {
    let pages = web::Routes::new()
        .route("/private", get(private))
        .route("/api/private", get(private))
        .route("/mark", get(mark))
        .route("/seen", get(seen));
    Browser::new(web::console(pages, console(db, hands).await))
}

#[tokio::test]
async fn whoever_is_not_signed_in_is_sent_to_log_in_and_back() {
    each_engine(async |db| {
        let mut browser = browser(&db, &Hands::new()).await;
        let away = browser.get("/private?a=%E3%81%82").await;
        assert_eq!(
            (away.status, away.header("location")),
            (StatusCode::SEE_OTHER, "/login?next=%2Fprivate%3Fa%3D%25E3%2581%2582")
        );
        let page = browser.get("/login?next=%2Fprivate%3Fa%3Db").await;
        web::testing::assert_page(&page.text);
        assert!(page.text.contains(r#"name="next" value="/private?a=b""#));
        assert!(browser.cookies.is_empty(), "a visit is no session");
        let back = browser.log_in("ota", PASSWORD).await;
        assert_eq!((back.status, back.header("location")), (StatusCode::SEE_OTHER, "/private"));
        assert_eq!(browser.get("/private").await.text, "u1 t1 太田さん manager");
        assert_eq!(browser.get("/login").await.header("location"), "/");
    })
    .await;
}

#[tokio::test]
async fn programs_are_told_in_json() {
    each_engine(async |db| {
        let answer = browser(&db, &Hands::new()).await.get("/api/private").await;
        assert_eq!(answer.status, StatusCode::UNAUTHORIZED);
        assert!(answer.text.starts_with(r#"{"error":{"code":"unauthorized""#), "{}", answer.text);
    })
    .await;
}

#[tokio::test]
async fn the_cookie_is_for_this_place_and_for_no_script() {
    each_engine(async |db| {
        let mut browser = browser(&db, &Hands::new()).await;
        let answer = browser.log_in("ota", PASSWORD).await;
        let cookie = answer.header("set-cookie");
        for part in ["story_session=", "HttpOnly", "SameSite=Lax", "Path=/"] {
            assert!(cookie.contains(part), "{cookie}");
        }
        assert!(!cookie.contains("Secure") && !cookie.contains("Max-Age"), "{cookie}");
    })
    .await;
}

#[tokio::test]
async fn behind_https_the_cookie_is_secure_and_of_this_host_alone() {
    each_engine(async |db| {
        let mut console = console(&db, &Hands::new()).await;
        console.settings.https = true;
        let mut browser = Browser::new(web::console(web::Routes::new().route("/private", get(private)), console));
        let answer = browser.log_in("ota", PASSWORD).await;
        let cookie = answer.header("set-cookie");
        for part in ["__Host-story_session=", "Secure", "HttpOnly", "SameSite=Lax", "Path=/"] {
            assert!(cookie.contains(part), "{cookie}");
        }
        assert!(!cookie.contains("Domain"), "{cookie}");
        assert_eq!(browser.get("/private").await.text, "u1 t1 太田さん manager");
        let planted = browser.cookies.remove("__Host-story_session").unwrap();
        browser.cookies.insert("story_session".to_owned(), planted);
        assert_eq!(browser.get("/private").await.status, StatusCode::SEE_OTHER, "the plain name is not read");
    })
    .await;
}

#[tokio::test]
async fn an_id_known_from_before_is_worth_nothing_after_log_in() {
    each_engine(async |db| {
        let mut victim = browser(&db, &Hands::new()).await;
        victim.get("/mark").await;
        let planted = victim.session().unwrap().to_owned();
        victim.log_in("ota", PASSWORD).await;
        assert_ne!(victim.session().unwrap(), planted);
        assert_eq!(victim.get("/private").await.status, StatusCode::OK);
        let signed_in = victim.session().unwrap().to_owned();

        victim.cookies.insert("story_session".to_owned(), planted);
        assert_eq!(victim.get("/private").await.status, StatusCode::SEE_OTHER);

        // Nor can an id be chosen from outside.
        victim.cookies.insert("story_session".to_owned(), "AAAAAAAAAAAAAAAAAAAAAA".to_owned());
        victim.log_in("ota", PASSWORD).await;
        assert!(!["AAAAAAAAAAAAAAAAAAAAAA", signed_in.as_str()].contains(&victim.session().unwrap()));
    })
    .await;
}

#[tokio::test]
async fn what_was_wrong_is_not_told_and_what_was_typed_is_kept() {
    each_engine(async |db| {
        let mut browser = browser(&db, &Hands::new()).await;
        let wrong = browser.log_in("ota", "not the password").await;
        let unknown = browser.log_in("nobody", "not the password").await;
        assert_eq!(
            (wrong.status, unknown.status),
            (StatusCode::UNPROCESSABLE_ENTITY, StatusCode::UNPROCESSABLE_ENTITY)
        );
        assert_eq!(wrong.text.replace("ota", "nobody"), unknown.text);
        assert!(wrong.text.contains(r#"value="ota""#) && !wrong.text.contains("not the password"));
        assert!(browser.session().is_none());
        let blank = browser.post("/login", "login=&password=").await;
        assert!(blank.text.contains("ログインIDを入力してください") && blank.text.contains(r##"href="#f-password""##));
        let full_width = browser.log_in("%EF%BD%8F%EF%BD%94%EF%BD%81%E3%80%80", PASSWORD).await;
        assert_eq!(full_width.status, StatusCode::SEE_OTHER, "ｏｔａ is ota");
    })
    .await;
}

#[tokio::test]
async fn guessing_is_slowed_down_for_one_name_and_nobody_else() {
    each_engine(async |db| {
        let hands = Hands::new();
        let mut browser = browser(&db, &hands).await;
        for _ in 0..5 {
            assert_eq!(browser.log_in("ota", "guess guess guess").await.status, StatusCode::UNPROCESSABLE_ENTITY);
        }
        let slowed = browser.log_in("ota", PASSWORD).await;
        assert_eq!((slowed.status, slowed.header("retry-after")), (StatusCode::TOO_MANY_REQUESTS, "1"));
        assert!(slowed.text.contains("あと1秒待ってから"));
        assert_eq!(browser.log_in("sato", PASSWORD).await.status, StatusCode::SEE_OTHER);
        hands.forward(1);
        assert_eq!(browser.log_in("ota", PASSWORD).await.status, StatusCode::SEE_OTHER);
    })
    .await;
}

#[tokio::test]
async fn logging_out_ends_the_session_on_both_sides() {
    each_engine(async |db| {
        let mut browser = browser(&db, &Hands::new()).await;
        browser.log_in("ota", PASSWORD).await;
        let session = browser.session().unwrap().to_owned();
        assert_eq!(browser.get("/logout").await.status, StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(browser.post("/logout", "").await.header("location"), "/login");
        assert!(browser.session().is_none());
        browser.cookies.insert("story_session".to_owned(), session);
        assert_eq!(browser.get("/private").await.status, StatusCode::SEE_OTHER);
    })
    .await;
}

#[tokio::test]
async fn a_link_cannot_send_people_elsewhere_after_log_in() {
    each_engine(async |db| {
        let mut browser = browser(&db, &Hands::new()).await;
        for next in ["https%3A%2F%2Fevil.example", "%2F%2Fevil.example", "%2F%5Cevil.example", "javascript%3Ax"] {
            let body = format!("login=ota&password={}&next={next}", PASSWORD.replace(' ', "+"));
            assert_eq!(browser.post("/login", &body).await.header("location"), "/", "{next}");
        }
    })
    .await;
}

#[tokio::test]
async fn users_that_cannot_be_read_are_no_wrong_password() {
    each_engine(async |db| {
        let answer = browser(&db, &Hands::new()).await.log_in("broken", PASSWORD).await;
        assert_eq!(answer.status, StatusCode::INTERNAL_SERVER_ERROR);
        assert!(!answer.text.contains("can't be read"), "the cause is for the log");
    })
    .await;
}

#[tokio::test]
async fn a_notice_is_shown_once_and_a_refresh_leaves_it() {
    each_engine(async |db| {
        let mut browser = browser(&db, &Hands::new()).await;
        browser.get("/mark").await;
        browser.headers.push(("x-refresh", "1"));
        assert_eq!(browser.get("/seen").await.text, "");
        browser.headers.pop();
        assert!(browser.get("/seen").await.text.contains("しました"));
        assert_eq!(browser.get("/seen").await.text, "");
    })
    .await;
}
