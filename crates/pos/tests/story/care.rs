//! 店舗管理 through its screens: stores, tills, closed days, staff; every refusal beside its field, and nobody's change
//! is overwritten unseen.

use axum::http::StatusCode;
use db::testing::each_engine;
use protocol::masters::Masters;
use sales::TaxMode;
use web::testing::assert_page;

use crate::house::{Answer, House, Till, company, day};

/// A form's body.
pub fn body(fields: &[(&str, &str)]) -> String {
    url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish()
}

/// Posts a form that must be taken, and gives where it leads.
pub async fn taken(house: &House, cookie: &str, path: &str, fields: &[(&str, &str)]) -> String {
    let answer = house.form(path, cookie, body(fields)).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{path}: {}", answer.text);
    answer.header("location").to_owned()
}

/// Posts a form that must be refused with these words, and loses nothing.
pub async fn refused(house: &House, cookie: &str, path: &str, fields: &[(&str, &str)], words: &str) -> Answer {
    let answer = house.form(path, cookie, body(fields)).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{path} {fields:?}: {}", answer.text);
    assert_page(&answer.text);
    assert!(answer.text.contains(words), "{path} says {words}: {}", answer.text);
    answer
}

/// The value of a hidden or typed field of a page.
pub fn value(page: &str, name: &str) -> String {
    let at = page.find(&format!("name=\"{name}\"")).unwrap_or_else(|| panic!("no {name} in {page}"));
    page[at..].split("value=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
}

async fn masters(house: &House) -> Masters {
    let path = format!("/api/v1/registers/{}/masters", house.register);
    let request = axum::http::Request::get(path).header("authorization", format!("Bearer {}", house.token));
    house.send(request.body(axum::body::Body::empty()).unwrap()).await.json()
}

const STORE: [(&str, &str); 7] = [
    ("name", "港町店"),
    ("zone", "Asia/Tokyo"),
    ("cut_over", "５:30"),
    ("tax_mode", "added"),
    ("rounding", "half_up"),
    ("registration_number", "T1234567890123"),
    ("position", "1"),
];

fn with<'a>(fields: &[(&'a str, &'a str)], changed: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let kept = fields.iter().filter(|(name, _)| changed.iter().all(|(other, _)| other != name));
    kept.chain(changed).copied().collect()
}

#[tokio::test]
async fn a_store_is_added_with_its_till_and_every_mistake_stands_beside_its_field() {
    each_engine(async |db| {
        let house = House::new(&db).await;
        let cookie = house.log_in("head.0012345").await;
        for (field, typed, words) in [
            ("name", " ", "店舗名を入力してください"),
            ("name", "みなと食堂 本店", "別の店舗名を入力してください"),
            ("zone", "Asia/Atlantis", "タイムゾーンを選択してください"),
            ("cut_over", "24:00", "日付切替時刻は 05:00 のように"),
            ("tax_mode", "", "税の計算を選択してください"),
            ("rounding", "x", "端数処理を選択してください"),
            ("registration_number", "T123", "登録番号はTと数字13桁"),
            ("position", "0", "表示順は 1 から"),
        ] {
            let page = refused(&house, &cookie, "/stores/new", &with(&STORE, &[(field, typed)]), words).await;
            assert!(field == "registration_number" || page.text.contains("T1234567890123"), "nothing is lost");
        }
        let place = taken(&house, &cookie, "/stores/new", &STORE).await;
        let list = house.get("/stores?format=csv", &cookie).await.text;
        assert!(list.contains("1,港町店,0,05:30,外税・四捨五入,T1234567890123"), "{list}");
        assert!(list.contains("2,みなと食堂 本店") && list.contains("3,みなと食堂 駅前店"), "{list}");

        let new = format!("{place}/registers/new");
        assert_page(&house.get(&new, &cookie).await.text);
        let till = [("name", "レジ1"), ("from", "2026/11/22"), ("until", "")];
        refused(&house, &cookie, &new, &with(&till, &[("until", "2026/11/21")]), "使用終了は使用開始以後").await;
        refused(&house, &cookie, &new, &with(&till, &[("from", "x")]), "使用開始は 2026/11/01 のように").await;
        taken(&house, &cookie, &new, &till).await;
        let page = house.get(&place, &cookie).await.text;
        assert_page(&page);
        assert!(page.contains("レジを追加しました") && page.contains("キーを発行…"), "{page}");
        refused(&house, &cookie, &new, &till, "この店舗に「レジ1」はすでにあります").await;
        let noted = "SELECT COUNT(*) AS n FROM audit WHERE what IN ('店舗を追加', 'レジを追加') AND after IS NOT NULL";
        assert_eq!(house.count(noted).await, 2);
    })
    .await;
}

#[tokio::test]
async fn a_changed_store_reaches_the_till_and_a_stale_form_names_who_was_quicker() {
    each_engine(async |db| {
        let house = House::new(&db).await;
        let (head, admin) = (house.log_in("head.0012345").await, house.log_in("admin.0012345").await);
        let path = format!("/stores/{}", house.store);
        let before = masters(&house).await;
        let seen = value(&house.get(&path, &head).await.text, "version");
        let form = with(&STORE, &[("version", seen.as_str()), ("position", "2")]);
        taken(&house, &admin, &path, &form).await;
        assert!(house.get(&path, &admin).await.text.contains("次に開設されるレジから反映されます"));
        let after = masters(&house).await;
        assert!(after.version > before.version);
        let store = &after.store;
        assert_eq!((store.name.as_str(), store.cut_over.as_str(), store.tax_mode), ("港町店", "05:30", TaxMode::Added));

        let late = with(&STORE, &[("version", seen.as_str()), ("name", "港町 一号店")]);
        let words = "2026/11/22 22:44に太田さんさんが変更しました";
        let page = refused(&house, &head, &path, &late, words).await;
        assert!(page.text.contains("店舗名・日付切替時刻・税の計算・端数処理・登録番号・表示順"), "{}", page.text);
        assert!(page.text.contains("港町 一号店"), "what was typed stays");
        assert_eq!(masters(&house).await.store.name, "港町店");
        let now = value(&page.text, "version");
        taken(&house, &head, &path, &with(&late, &[("version", now.as_str())])).await;
        assert_eq!(masters(&house).await.store.name, "港町 一号店");
        taken(&house, &head, &path, &with(&late, &[("version", "2")])).await;
        assert!(house.get(&path, &head).await.text.contains("変更はありませんでした"));

        company(&house.pos, "777").await;
        let foreign = house.log_in("admin.777").await;
        assert_eq!(house.get(&path, &foreign).await.status, StatusCode::NOT_FOUND);
        assert_eq!(house.form(&path, &foreign, body(&late)).await.status, StatusCode::NOT_FOUND);
    })
    .await;
}

#[tokio::test]
async fn a_till_keeps_what_it_settled_inside_its_service() {
    each_engine(async |db| {
        let house = House::new(&db).await;
        let cookie = house.log_in("head.0012345").await;
        let (settlement, mut till) = (day(21, 3), Till::new(1));
        till.live(&settlement);
        house.journal(&till.batch(..)).await;
        let sold = web::format::date(settlement.business_date);
        let path = format!("/stores/registers/{}", house.register);
        let page = house.get(&path, &cookie).await.text;
        assert_page(&page);
        let version = value(&page, "version");
        let form = [("version", version.as_str()), ("name", "入口レジ"), ("from", "2020/01/01"), ("until", "")];
        refused(&house, &cookie, &path, &with(&form, &[("from", "2099/01/01")]), &format!("{sold}以前")).await;
        refused(&house, &cookie, &path, &with(&form, &[("until", "2020/01/02")]), &format!("{sold}以後")).await;
        taken(&house, &cookie, &path, &form).await;
        assert_eq!(masters(&house).await.register.name, "入口レジ");
        refused(&house, &cookie, &path, &with(&form, &[("name", "別名")]), "レジ名・使用開始を、").await;
    })
    .await;
}

#[tokio::test]
async fn closed_days_are_added_by_date_and_by_weekday_and_opened_again() {
    each_engine(async |db| {
        let house = House::new(&db).await;
        let cookie = house.log_in("head.0012345").await;
        let path = format!("/stores/{}/closures", house.store);
        assert!(house.get(&path, &cookie).await.text.contains("休業日はありません"));
        let days = "SELECT COUNT(*) AS n FROM store_closure";
        refused(&house, &cookie, &path, &[("closed", "yes"), ("from", "")], "始まりの日を入力してください").await;
        let backwards = [("closed", "yes"), ("from", "2026/12/31"), ("to", "2026/12/01")];
        refused(&house, &cookie, &path, &backwards, "終わりの日は始まりの日以後").await;
        let none = [("closed", "yes"), ("from", "2026/12/01"), ("to", "2026/12/01"), ("weekday", "月")];
        refused(&house, &cookie, &path, &none, "選んだ曜日がありません").await;
        taken(&house, &cookie, &path, &[("closed", "yes"), ("from", "2026/12/31")]).await;
        let mondays = [("closed", "yes"), ("from", "2026/12/01"), ("to", "2026/12/31"), ("weekday", "月")];
        taken(&house, &cookie, &path, &mondays).await;
        assert_eq!(house.count(days).await, 5);
        let page = house.get(&path, &cookie).await.text;
        assert_page(&page);
        assert!(page.contains("休業日を追加しました（4日）") && page.contains("2026/12/07"), "{page}");
        let file = house.get(&format!("{path}?format=csv"), &cookie).await.text;
        assert_eq!(file.lines().count(), 6, "{file}");
        let open = [("closed", "no"), ("from", "2026/12/01"), ("to", "2026/12/31"), ("weekday", "月")];
        taken(&house, &cookie, &path, &open).await;
        assert_eq!(house.count(days).await, 1);
        let noted = "SELECT COUNT(*) AS n FROM audit WHERE what = '休業日を削除' AND before LIKE '2026/12/07%'";
        assert_eq!(house.count(noted).await, 1);
    })
    .await;
}

#[tokio::test]
async fn staff_come_with_a_pin_that_nobody_sees_again() {
    each_engine(async |db| {
        let house = House::new(&db).await;
        let (head, admin) = (house.log_in("head.0012345").await, house.log_in("admin.0012345").await);
        let store = house.store.to_string();
        let new = [("store", store.as_str()), ("code", "０７"), ("name", "佐藤 花"), ("pin", "4711")];
        for (field, typed, words) in [
            ("store", "", "店舗を選択してください"),
            ("code", "店長", "担当者コードは英数字1〜10文字"),
            ("name", "", "名前を入力してください"),
            ("pin", "47", "PINは数字4〜8桁"),
        ] {
            let page = refused(&house, &head, "/staff/new", &with(&new, &[(field, typed)]), words).await;
            assert!(!page.text.contains("4711"), "a PIN is never shown");
        }
        taken(&house, &head, "/staff/new", &new).await;
        refused(&house, &head, "/staff/new", &new, "別の担当者コードを入力してください").await;
        let staff = masters(&house).await.staff;
        let hash = staff[0].pin_hash.clone().unwrap();
        assert!(hash.starts_with("$argon2id$") && staff[0].code == "07" && !staff[0].manager);
        assert!(web::password::verify("4711".to_owned(), Some(hash)).await);

        let path = format!("/staff/{store}/07");
        let page = house.get(&path, &head).await.text;
        assert_page(&page);
        let seen = value(&page, "version");
        let form = [("version", seen.as_str()), ("name", "佐藤 花"), ("manager", "on"), ("pin", "")];
        let both = with(&form, &[("pin", "1234"), ("no_pin", "on")]);
        refused(&house, &head, &path, &both, "どちらか一方にしてください").await;
        taken(&house, &admin, &path, &with(&form, &[("pin", "98765432")])).await;
        refused(&house, &head, &path, &form, "責任者・PINを、").await;
        let member = masters(&house).await.staff.remove(0);
        assert!(member.manager && web::password::verify("98765432".to_owned(), member.pin_hash).await);
        let seen = value(&house.get(&path, &head).await.text, "version");
        taken(&house, &head, &path, &with(&form, &[("version", seen.as_str()), ("no_pin", "on")])).await;
        assert_eq!(masters(&house).await.staff[0].pin_hash, None);

        let seen = value(&house.get(&path, &head).await.text, "version");
        let retire = [("version", seen.as_str()), ("retired", "yes")];
        taken(&house, &head, &format!("{path}/retired"), &retire).await;
        assert!(masters(&house).await.staff.is_empty());
        assert!(!house.get("/staff", &head).await.text.contains("佐藤 花</"));
        let all = house.get("/staff?state=all", &head).await.text;
        assert_page(&all);
        assert!(all.contains("佐藤") && all.contains("使用終了"), "{all}");
        let spilt =
            "SELECT COUNT(*) AS n FROM audit WHERE before LIKE '%4711%' OR after LIKE '%4711%' OR after LIKE '%argon%'";
        assert_eq!(house.count(spilt).await, 0);
    })
    .await;
}
