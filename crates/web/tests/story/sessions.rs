//! How sessions end: by idleness, by age, by command; and that an ended one stays ended.

use axum::http::StatusCode;
use axum::routing::get;
use db::testing::each_engine;
use db::{Db, DbError, Tx, args};
use tower_sessions::SessionStore;
use tower_sessions::session::Id;
use web::{Sessions, SignedIn};

use crate::browser::{Browser, Hands, PASSWORD, console};

const HOUR: i64 = 3_600;

async fn signed_in(db: &Db, hands: &Hands) -> (Browser, Sessions) {
    let console = console(db, hands).await;
    let sessions = console.sessions();
    let pages = web::Routes::new().route("/private", get(async |who: SignedIn| who.name().to_owned()));
    let mut browser = Browser::new(web::console(pages, console));
    browser.log_in("ota", PASSWORD).await;
    (browser, sessions)
}

async fn is_in(browser: &mut Browser) -> bool {
    browser.get("/private").await.status == StatusCode::OK
}

async fn kept(db: &Db) -> i64 {
    db.read(async |tx: &mut Tx| -> Result<i64, DbError> {
        tx.fetch_one("SELECT COUNT(*) AS n FROM web_session", args![]).await?.int("n")
    })
    .await
    .unwrap()
}

#[tokio::test]
async fn an_idle_session_ends_and_a_used_one_goes_on() {
    each_engine(async |db| {
        let hands = Hands::new();
        let (mut browser, _) = signed_in(&db, &hands).await;
        for _ in 0..5 {
            hands.forward(4 * HOUR - 1);
            assert!(is_in(&mut browser).await);
        }
        hands.forward(4 * HOUR);
        assert!(!is_in(&mut browser).await);
    })
    .await;
}

#[tokio::test]
async fn the_busiest_session_ends_a_day_after_log_in() {
    each_engine(async |db| {
        let hands = Hands::new();
        let (mut browser, _) = signed_in(&db, &hands).await;
        for _ in 0..23 {
            hands.forward(HOUR);
            assert!(is_in(&mut browser).await);
        }
        hands.forward(HOUR);
        assert!(!is_in(&mut browser).await);
    })
    .await;
}

#[tokio::test]
async fn ending_a_users_sessions_ends_no_one_elses() {
    each_engine(async |db| {
        let hands = Hands::new();
        let (mut ota, sessions) = signed_in(&db, &hands).await;
        let (mut sato, _) = signed_in(&db, &hands).await;
        sato.log_in("sato", PASSWORD).await;
        assert_eq!(sessions.end_all("t2", "u1").await.unwrap(), 0, "another tenant's user of the same id");
        assert_eq!(sessions.end_all("t1", "u1").await.unwrap(), 1);
        assert!(!is_in(&mut ota).await);
        assert!(is_in(&mut sato).await);
    })
    .await;
}

#[tokio::test]
async fn a_slow_request_does_not_bring_an_ended_session_back() {
    each_engine(async |db| {
        let hands = Hands::new();
        let (mut browser, sessions) = signed_in(&db, &hands).await;
        let id: Id = browser.session().unwrap().parse().unwrap();
        let loaded = sessions.load(&id).await.unwrap().unwrap();
        sessions.end_all("t1", "u1").await.unwrap();
        sessions.save(&loaded).await.unwrap();
        assert!(!is_in(&mut browser).await);
    })
    .await;
}

#[tokio::test]
async fn sweeping_deletes_what_has_ended_and_nothing_else() {
    each_engine(async |db| {
        let hands = Hands::new();
        let (_, sessions) = signed_in(&db, &hands).await;
        hands.forward(3 * HOUR);
        let (mut fresh, _) = signed_in(&db, &hands).await;
        hands.forward(2 * HOUR);
        assert_eq!((sessions.sweep().await.unwrap(), kept(&db).await), (1, 1));
        assert!(is_in(&mut fresh).await);
    })
    .await;
}

#[tokio::test]
async fn a_copy_of_the_table_signs_nobody_in() {
    each_engine(async |db| {
        let (browser, _) = signed_in(&db, &Hands::new()).await;
        let row = db
            .read(async |tx: &mut Tx| -> Result<String, DbError> {
                tx.fetch_one("SELECT id_hash FROM web_session", args![]).await?.text("id_hash")
            })
            .await
            .unwrap();
        assert_eq!(row.len(), 64);
        assert!(!row.contains(browser.session().unwrap()));
    })
    .await;
}

#[tokio::test]
async fn reading_pages_does_not_write_more_than_once_a_minute() {
    each_engine(async |db| {
        let hands = Hands::new();
        let (mut browser, _) = signed_in(&db, &hands).await;
        let seen = async || {
            db.read(async |tx: &mut Tx| -> Result<i64, DbError> {
                tx.fetch_one("SELECT seen_ms FROM web_session", args![]).await?.int("seen_ms")
            })
            .await
            .unwrap()
        };
        let first = seen().await;
        hands.forward(59);
        is_in(&mut browser).await;
        assert_eq!(seen().await, first);
        hands.forward(1);
        is_in(&mut browser).await;
        assert_eq!(seen().await, first + 60_000);
    })
    .await;
}
