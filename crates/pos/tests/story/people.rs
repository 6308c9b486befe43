//! 担当者と権限: invited by a link that opens once, changed, stopped at once; and one's own password.

use axum::http::StatusCode;
use db::testing::each_engine;
use db::{Tx, args};
use web::testing::assert_page;

use crate::house::{Answer, House, PASSWORD, company};

const NEW: &str = "浜風の夜はとても長い二〇二七";

fn encoded(fields: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

fn cookie(answer: &Answer) -> String {
    answer.header("set-cookie").split(';').next().unwrap_or_default().to_owned()
}

/// The token in the page that shows a link.
fn token(page: &Answer) -> String {
    assert_eq!(page.status, StatusCode::OK, "{}", page.text);
    assert_page(&page.text);
    assert_eq!(page.header("cache-control"), "no-store");
    let link = page.text.split("value=\"http://pos.example/invitation?token=").nth(1).expect("a link");
    link.split('"').next().unwrap().to_owned()
}

async fn account_id(house: &House, login: &str) -> String {
    let login = login.to_owned();
    let sql = "SELECT account_id FROM account WHERE login = $1";
    let row = house.pos.db.read(async move |tx: &mut Tx| tx.fetch_one(sql, args![login]).await);
    row.await.unwrap().text("account_id").unwrap()
}

async fn invited(house: &House, admin: &str, login: &str, role: &str) -> String {
    let store = house.store.to_string();
    let fields = [("login", login), ("name", "港 次郎"), ("role", role), ("store", &store)];
    token(&house.form("/people/invite", admin, encoded(&fields)).await)
}

async fn accept(house: &House, token: &str, password: &str) -> Answer {
    let fields = [("token", token), ("password", password), ("again", password)];
    house.form("/invitation", "", encoded(&fields)).await
}

/// The newest entry with these words: before and after.
async fn noted(house: &House, what: &str) -> (Option<String>, Option<String>) {
    let what = what.to_owned();
    let sql = "SELECT before, after FROM audit WHERE what = $1 ORDER BY at DESC, audit_id DESC LIMIT 1";
    let row = house.pos.db.read(async move |tx: &mut Tx| tx.fetch_one(sql, args![what]).await).await.unwrap();
    (row.opt_text("before").unwrap(), row.opt_text("after").unwrap())
}

fn some(before: &str, after: &str) -> (Option<String>, Option<String>) {
    (Some(before.to_owned()), Some(after.to_owned()))
}

#[tokio::test]
async fn an_invitation_opens_once_and_signs_in_with_a_password_of_ones_own() {
    each_engine(async |db| {
        let house = House::new(&db).await;
        let admin = house.log_in("admin.0012345").await;
        assert_page(&house.get("/people/invite", &admin).await.text);
        let link = invited(&house, &admin, "Jiro@Example.jp", "store").await;
        assert!(!house.get("/people", &admin).await.text.contains(&link), "shown once");
        assert_eq!(house.count("SELECT COUNT(*) AS n FROM account_link WHERE LENGTH(token_sha256) = 64").await, 1);
        let listed = house.get("/people?state=invited", &admin).await;
        assert_page(&listed.text);
        assert!(listed.text.contains("jiro@example.jp") && listed.text.contains("招待中（2026/11/29 22:44まで）"));

        let page = house.get(&format!("/invitation?token={link}"), "").await;
        assert_page(&page.text);
        assert!(page.text.contains("港 次郎さん") && page.text.contains("12文字以上"));
        let short = accept(&house, &link, "short").await;
        assert_eq!(short.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(short.text.contains("パスワードは12文字以上で入力してください") && short.text.contains(&link));
        let done = accept(&house, &link, NEW).await;
        assert_eq!((done.status, done.header("location")), (StatusCode::SEE_OTHER, "/"));
        let home = house.get("/settlements", &cookie(&done)).await;
        assert!(home.status == StatusCode::OK && home.text.contains("港 次郎"));
        assert_eq!(house.get("/stores", &cookie(&done)).await.status, StatusCode::FORBIDDEN, "a store's person");
        assert_eq!(noted(&house, "招待を受けてパスワードを設定").await, some("招待中", "有効"));

        for path in [format!("/invitation?token={link}"), "/invitation?token=x".to_owned()] {
            let closed = house.get(&path, "").await;
            assert_eq!(closed.status, StatusCode::NOT_FOUND);
            assert!(closed.text.contains("このリンクは使えません"), "the same words: {}", closed.text);
        }
        assert_eq!(accept(&house, &link, NEW).await.status, StatusCode::NOT_FOUND);
        let again = [("login", "jiro@example.jp"), ("name", "別人"), ("role", "head_office")];
        let taken = house.form("/people/invite", &admin, encoded(&again)).await;
        assert_eq!(taken.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(taken.text.contains("すでに使われています") && taken.text.contains("value=\"別人\""));
    })
    .await;
}

#[tokio::test]
async fn a_link_ends_with_time_with_a_newer_one_and_when_it_is_withdrawn() {
    each_engine(async |db| {
        let house = House::new(&db).await;
        let admin = house.log_in("admin.0012345").await;
        let first = invited(&house, &admin, "jiro@example.jp", "head_office").await;
        let person = format!("/people/{}", account_id(&house, "jiro@example.jp").await);
        let second = token(&house.form(&format!("{person}/link"), &admin, "").await);
        let opens = async |token: &str| house.get(&format!("/invitation?token={token}"), "").await.status;
        assert_eq!((opens(&first).await, opens(&second).await), (StatusCode::NOT_FOUND, StatusCode::OK));
        house.form(&format!("{person}/state"), &admin, "to=disabled").await;
        assert_eq!(opens(&second).await, StatusCode::NOT_FOUND);
        assert_eq!(noted(&house, "担当者の招待を取消").await, some("招待中", "停止中"));
        let third = token(&house.form(&format!("{person}/link"), &admin, "").await);
        assert_eq!(opens(&third).await, StatusCode::OK, "invited again");
        let late = "UPDATE account_link SET expires_at = issued_at";
        house.pos.db.write(async move |tx: &mut Tx| tx.execute(late, args![]).await).await.unwrap();
        assert_eq!(opens(&third).await, StatusCode::NOT_FOUND);
        assert_eq!(accept(&house, &third, NEW).await.status, StatusCode::NOT_FOUND);
    })
    .await;
}

#[tokio::test]
async fn trying_links_is_slowed_down() {
    each_engine(async |db| {
        let house = House::new(&db).await;
        let mut last = StatusCode::OK;
        for n in 0..6 {
            last = house.get(&format!("/invitation?token={n}"), "").await.status;
        }
        assert_eq!(last, StatusCode::TOO_MANY_REQUESTS);
    })
    .await;
}

#[tokio::test]
async fn whoever_is_stopped_is_out_at_once_and_comes_back_with_the_old_password() {
    each_engine(async |db| {
        let house = House::new(&db).await;
        let (admin, head) = (house.log_in("admin.0012345").await, house.log_in("head.0012345").await);
        let person = format!("/people/{}", account_id(&house, "head.0012345").await);
        assert_eq!(house.get("/settlements", &head).await.status, StatusCode::OK);
        let done = house.form(&format!("{person}/state"), &admin, "to=disabled").await;
        assert_eq!((done.status, done.header("location")), (StatusCode::SEE_OTHER, person.as_str()));
        assert_eq!(house.get("/settlements", &head).await.status, StatusCode::SEE_OTHER, "signed out");
        let refused = house.form("/login", "", encoded(&[("login", "head.0012345"), ("password", PASSWORD)])).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(noted(&house, "担当者を停止").await, some("有効", "停止中"));
        house.form(&format!("{person}/state"), &admin, "to=enabled").await;
        let head = house.log_in("head.0012345").await;

        // Another role takes hold at once, too.
        let store = house.other_store.to_string();
        let fields = [("name", "太田さん"), ("role", "store"), ("store", store.as_str())];
        house.form(&person, &admin, encoded(&fields)).await;
        assert_eq!(house.get("/stores", &head).await.status, StatusCode::SEE_OTHER, "signed out");
        let head = house.log_in("head.0012345").await;
        assert_eq!(house.get("/stores", &head).await.status, StatusCode::FORBIDDEN);
        let words = some("太田さん、本部", "太田さん、店舗（みなと食堂 駅前店）");
        assert_eq!(noted(&house, "担当者の権限を変更").await, words);
        let page = house.get(&person, &admin).await;
        assert_page(&page.text);
        assert!(!page.text.contains("まだありません"), "the log-in was noted: {}", page.text);
    })
    .await;
}

#[tokio::test]
async fn a_reset_link_replaces_the_password_and_ends_all_sessions() {
    each_engine(async |db| {
        let house = House::new(&db).await;
        let (admin, head) = (house.log_in("admin.0012345").await, house.log_in("head.0012345").await);
        let person = format!("/people/{}", account_id(&house, "head.0012345").await);
        let link = token(&house.form(&format!("{person}/link"), &admin, "").await);
        assert_eq!(house.get("/settlements", &head).await.status, StatusCode::OK, "until the link is used");
        assert_eq!(accept(&house, &link, NEW).await.status, StatusCode::SEE_OTHER);
        assert_eq!(house.get("/settlements", &head).await.status, StatusCode::SEE_OTHER);
        let old = house.form("/login", "", encoded(&[("login", "head.0012345"), ("password", PASSWORD)])).await;
        assert_eq!(old.status, StatusCode::UNPROCESSABLE_ENTITY);
        house.form(&format!("{person}/state"), &admin, "to=disabled").await;
        let refused = house.form(&format!("{person}/link"), &admin, "").await;
        assert_eq!(refused.status, StatusCode::SEE_OTHER, "no link for somebody who is stopped");
    })
    .await;
}

#[tokio::test]
async fn an_admin_keeps_their_own_rights_and_another_companys_store_is_none() {
    each_engine(async |db| {
        let house = House::new(&db).await;
        let admin = house.log_in("admin.0012345").await;
        let own = format!("/people/{}", account_id(&house, "admin.0012345").await);
        let demoted = house.form(&own, &admin, encoded(&[("name", "太田"), ("role", "head_office")])).await;
        assert_eq!(demoted.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(demoted.text.contains("ほかの企業管理者に依頼してください"));
        house.form(&format!("{own}/state"), &admin, "to=disabled").await;
        assert!(house.get(&own, &admin).await.text.contains("自分を停止することもできません"));

        let (_, [(foreign, ..), _]) = company(&house.pos, "777").await;
        let foreign = foreign.to_string();
        let fields = [("login", "x@example.jp"), ("name", "x"), ("role", "store"), ("store", foreign.as_str())];
        let refused = house.form("/people/invite", &admin, encoded(&fields)).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert!(refused.text.contains("店舗を選択してください"));
        assert_eq!(house.count("SELECT COUNT(*) AS n FROM account WHERE login = 'x@example.jp'").await, 0);
    })
    .await;
}

#[tokio::test]
async fn ones_own_password_is_changed_by_whoever_knows_it_and_ends_the_other_sessions() {
    each_engine(async |db| {
        let house = House::new(&db).await;
        let (here, there) = (house.log_in("shop.0012345").await, house.log_in("shop.0012345").await);
        let page = house.get("/account", &here).await;
        assert_page(&page.text);
        assert!(page.text.contains("店舗（みなと食堂 本店）"));
        let change = |current: &str, new: &str, again: &str| {
            encoded(&[("current", current), ("password", new), ("again", again)])
        };
        for (form, says) in [
            (change("", NEW, NEW), "いまのパスワードを入力してください"),
            (change("wrong wrong wrong", NEW, NEW), "いまのパスワードが違います"),
            (change(PASSWORD, "short", "short"), "12文字以上"),
            (change(PASSWORD, NEW, "other"), "同じパスワードをもう一度"),
        ] {
            let refused = house.form("/account", &here, form).await;
            assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
            assert_page(&refused.text);
            assert!(refused.text.contains(says), "{says}: {}", refused.text);
        }
        let done = house.form("/account", &here, change(PASSWORD, NEW, NEW)).await;
        assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text);
        let fresh = cookie(&done);
        assert!(!fresh.is_empty() && fresh != here, "a session of its own");
        assert!(house.get("/account", &fresh).await.text.contains("パスワードを変更しました"));
        for old in [&here, &there] {
            assert_eq!(house.get("/account", old).await.status, StatusCode::SEE_OTHER, "signed out");
        }
        let words = some("前のパスワード", "新しいパスワード（ほかの端末 1台をログアウト）");
        assert_eq!(noted(&house, "自分のパスワードを変更").await, words);
    })
    .await;
}
