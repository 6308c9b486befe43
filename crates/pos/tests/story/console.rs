//! The console as people use it: signed in, seeing what is theirs, with nothing lost and a way out.

use axum::http::StatusCode;
use db::testing::each_engine;
use web::testing::assert_page;

use crate::house::{House, Till, company, day, opened, settled, sold};

async fn with_sales(db: &db::Db) -> (House, sales::Settlement) {
    let house = House::new(db).await;
    let (settlement, mut till) = (day(11, 14), Till::new(1));
    till.live(&settlement);
    assert_eq!(house.journal(&till.batch(..)).await.status, StatusCode::OK);
    (house, settlement)
}

#[tokio::test]
async fn every_page_is_rendered_and_keeps_the_manners() {
    each_engine(async |db| {
        let (house, settlement) = with_sales(&db).await;
        let cookie = house.log_in("head.0012345").await;
        let check = &settlement.checks[0];
        for (path, says) in [
            ("/".to_owned(), "確認が必要なこと"),
            ("/settlements".to_owned(), "みなと食堂 本店"),
            ("/settlements?state=attention".to_owned(), "見つかりませんでした"),
            ("/settlements?sort=-total&page=1".to_owned(), "連携の状態"),
            ("/settlements?from=x".to_owned(), "開始日は 2026/11/01 のように"),
            (format!("/settlements/{}", settlement.id), "商品時間帯別売上"),
            (format!("/settlements/{}?revision=1", settlement.id), "改訂の履歴"),
            ("/checks".to_owned(), "支払合計"),
            (format!("/checks?slip={}", check.slip), "みなと食堂 本店"),
            (format!("/checks/{}", check.id), "税率別"),
            ("/attention".to_owned(), "要対応はありません"),
            ("/attention?state=closed".to_owned(), "確認済みのものはありません"),
            ("/stores".to_owned(), "駅前店"),
            ("/stores?q=%E9%A7%85&sort=-name".to_owned(), "駅前店"),
            ("/stores?q=x".to_owned(), "見つかりませんでした"),
            ("/stores/registers".to_owned(), "有効（2026/11/22 22:44から）"),
            (format!("/stores/{}", house.store), "有効（2026/11/22 22:44から）"),
            ("/history".to_owned(), "接続キーを発行"),
            ("/history?from=2026/11/23".to_owned(), "見つかりませんでした"),
            ("/history?who=%E5%A4%AA%E7%94%B0&q=%E6%9C%AC%E5%BA%97".to_owned(), "新しいキー"),
            ("/history?what=x".to_owned(), "見つかりませんでした"),
            ("/history?q=%25".to_owned(), "見つかりませんでした"),
            ("/help".to_owned(), "お店がオフラインの間は送られません"),
            ("/account".to_owned(), "いまのパスワード"),
        ] {
            let page = house.get(&path, &cookie).await;
            assert_eq!(page.status, StatusCode::OK, "{path}: {}", page.text);
            assert_page(&page.text);
            assert!(page.text.contains(says), "{path} says {says}: {}", page.text);
            assert!(page.text.contains("企業コード 0012345"), "{path}");
        }
        for path in ["/settlements/x", "/checks/x", "/attention/x"] {
            assert_eq!(house.get(path, &cookie).await.status, StatusCode::NOT_FOUND, "{path}");
        }
        let away = house.get("/settlements", "").await;
        assert_eq!((away.status, away.header("location")), (StatusCode::SEE_OTHER, "/login?next=%2Fsettlements"));
        assert_eq!(house.get("/healthz", "").await.status, StatusCode::OK);
    })
    .await;
}

#[tokio::test]
async fn lists_and_tables_are_downloaded_as_they_are_shown() {
    each_engine(async |db| {
        let (house, settlement) = with_sales(&db).await;
        let cookie = house.log_in("head.0012345").await;
        let detail = format!("/settlements/{}", settlement.id);
        for (path, head, rows) in [
            ("/settlements?table=settlements&format=csv".to_owned(), "営業日,店舗,レジ,Z,", 1),
            ("/checks?table=checks&format=csv".to_owned(), "営業日,店舗,レジ,伝票,", settlement.checks.len()),
            ("/stores?table=stores&format=csv".to_owned(), "表示順,店舗,", 2),
            ("/stores/registers?table=registers&format=csv".to_owned(), "店舗,レジ,使用開始,", 2),
            ("/payment-methods?format=csv".to_owned(), "並び順,支払種目,支払科目名称,取込コード,", 1),
            (format!("{detail}?table=checks&format=csv"), "伝票,会計時刻,", settlement.checks.len()),
            (format!("{detail}?table=hourly_sales&format=csv"), "時間帯,税抜,", 0),
            (format!("{detail}?table=cash&format=csv"), "項目,金額", 0),
        ] {
            let file = house.get(&path, &cookie).await;
            assert_eq!(
                (file.status, file.header("content-type")),
                (StatusCode::OK, "text/csv; charset=utf-8"),
                "{path}"
            );
            assert!(file.text.strip_prefix('\u{FEFF}').unwrap().starts_with(head), "{path}: {}", file.text);
            assert!(rows == 0 || file.text.lines().count() == rows + 1, "{path}: {}", file.text);
            assert!(file.header("content-disposition").contains("202611222244.csv"), "{path}");
        }
        let file = house.get("/settlements?table=settlements&format=sjis", &cookie).await;
        assert_eq!(file.header("content-type"), "text/csv; charset=Shift_JIS");
    })
    .await;
}

#[tokio::test]
async fn a_store_sees_its_own_and_nothing_else_by_menu_or_by_address() {
    each_engine(async |db| {
        let (house, settlement) = with_sales(&db).await;
        let other = day(12, 5);
        let body = crate::house::document(house.other_register, &other);
        assert_eq!(house.post_as(&house.other_token, "/api/v1/settlements", body).await.status, StatusCode::OK);
        let shop = house.log_in("shop.0012345").await;
        let page = house.get("/settlements", &shop).await.text;
        assert!(page.contains(&settlement.id.to_string()) && !page.contains(&other.id.to_string()));
        assert!(
            !page.contains("駅前店")
                && !page.contains("href=\"/stores\"")
                && !page.contains("href=\"/settings/linkages/flaro\"")
        );
        let asked = house.get(&format!("/settlements?store={}", house.other_store), &shop).await.text;
        assert!(!asked.contains(&other.id.to_string()));
        let checks = house.get("/checks?from=2000/01/01", &shop).await.text;
        assert!(checks.contains(&settlement.checks[0].id.to_string()));
        for path in [format!("/settlements/{}", other.id), format!("/checks/{}", other.checks[0].id)] {
            assert_eq!(house.get(&path, &shop).await.status, StatusCode::NOT_FOUND, "{path}");
        }
        let own = format!("/stores/{}", house.store);
        for path in [
            "/stores",
            "/history",
            "/stores/registers",
            "/stores/new",
            own.as_str(),
            "/payment-methods",
            "/discounts/new",
            "/ad-media/import",
            "/store-settings",
            "/store-settings/bulk",
            "/store-settings/import/payment",
            "/staff",
            "/staff/new",
        ] {
            assert_eq!(house.get(path, &shop).await.status, StatusCode::FORBIDDEN);
        }
        let issue = format!("/stores/registers/{}/token", house.register);
        assert_eq!(house.form(&issue, &shop, "").await.status, StatusCode::FORBIDDEN);

        // And another company sees nothing of either.
        company(&house.pos, "777").await;
        let foreign = house.log_in("admin.777").await;
        for path in [format!("/settlements/{}", settlement.id), format!("/checks/{}", settlement.checks[0].id)] {
            assert_eq!(house.get(&path, &foreign).await.status, StatusCode::NOT_FOUND, "{path}");
        }
        let issue = format!("/stores/registers/{}/token", house.register);
        assert_eq!(house.form(&issue, &foreign, "").await.status, StatusCode::NOT_FOUND);
        assert!(!house.get("/checks?from=2000/01/01", &foreign).await.text.contains("本店 レジ1"));
    })
    .await;
}

#[tokio::test]
async fn a_token_is_shown_once_and_revoked_on_demand() {
    each_engine(async |db| {
        let (house, _) = with_sales(&db).await;
        let cookie = house.log_in("admin.0012345").await;
        let path = format!("/stores/registers/{}/token", house.register);
        let page = house.form(&path, &cookie, "").await;
        assert_eq!(page.status, StatusCode::OK, "{}", page.text);
        assert_page(&page.text);
        let token = page.text.split("value=\"shime_till_").nth(1).unwrap().split('"').next().unwrap();
        let token = format!("shime_till_{token}");
        // The other two settings of the till stand beside it.
        let settings = [("pos_url", "http"), ("register_id", &house.register.to_string())];
        for (id, value) in settings {
            assert!(page.text.contains(&format!("<input id=\"{id}\" type=\"text\" readonly value=\"{value}")), "{id}");
        }
        let store = format!("/stores/{}", house.store);
        assert!(!house.get(&store, &cookie).await.text.contains("shime_till_"));
        assert_eq!(page.header("cache-control"), "no-store");
        let mut till = Till::new(9);
        till.write(&opened(&day(13, 2)));
        let journal = crate::house::journal_path(house.register);
        assert_eq!(house.post_as(&token, &journal, till.batch(..)).await.status, StatusCode::OK);
        let done = house.form(&format!("{path}/revoke"), &cookie, "").await;
        assert_eq!((done.status, done.header("location")), (StatusCode::SEE_OTHER, store.as_str()));
        let page = house.get(&store, &cookie).await.text;
        assert!(page.contains("接続キーを無効にしました"));
        assert_eq!(house.post_as(&token, &journal, till.batch(..)).await.status, StatusCode::UNAUTHORIZED);
    })
    .await;
}

#[tokio::test]
async fn a_finding_is_closed_with_a_note_and_by_nobody_elses() {
    each_engine(async |db| {
        let house = House::new(&db).await;
        let (settlement, mut till) = (day(14, 6), Till::new(1));
        till.write(&opened(&settlement));
        for check in &settlement.checks[..5] {
            till.write(&sold(&settlement, check.clone()));
        }
        till.write(&settled(&settlement));
        house.journal(&till.batch(..)).await;
        let open = house.findings().await.len();
        let cookie = house.log_in("shop.0012345").await;
        let list = house.get("/attention", &cookie).await.text;
        assert!(list.contains("レジの合計と不一致"), "{list}");
        let id = list.split("href=\"/attention/").nth(1).unwrap().split('"').next().unwrap().to_owned();
        let page = house.get(&format!("/attention/{id}"), &cookie).await;
        assert_page(&page.text);
        assert!(page.text.contains("対応のしかた") && page.text.contains("この精算を開く"));
        let detail = house.get(&format!("/settlements/{}", settlement.id), &cookie).await.text;
        assert_page(&detail);
        assert!(detail.contains("レジの合計と不一致"));

        let path = format!("/attention/{id}/resolve");
        let blank = house.form(&path, &cookie, "note=").await;
        assert_eq!(blank.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_page(&blank.text);
        assert!(blank.text.contains("確認した内容を入力してください"));
        company(&house.pos, "777").await;
        let foreign = house.log_in("admin.777").await;
        assert_eq!(house.form(&path, &foreign, "note=x").await.status, StatusCode::NOT_FOUND);
        assert_eq!(house.findings().await.len(), open);
        let done = house.form(&path, &cookie, "note=%E7%A2%BA%E8%AA%8D%E3%81%97%E3%81%9F").await;
        assert_eq!((done.status, done.header("location")), (StatusCode::SEE_OTHER, "/attention"));
        assert_eq!(house.findings().await.len(), open - 1);
        let closed = house.get("/attention?state=closed", &cookie).await.text;
        assert!(closed.contains("確認した"));
        let noted = "SELECT COUNT(*) AS n FROM audit WHERE what = '要対応を確認済みに' AND after = '確認した'";
        assert_eq!(house.count(noted).await, 1);
    })
    .await;
}

#[tokio::test]
async fn a_form_from_another_site_changes_nothing() {
    each_engine(async |db| {
        let (house, _) = with_sales(&db).await;
        let cookie = house.log_in("admin.0012345").await;
        let request = axum::http::Request::post(format!("/stores/registers/{}/token", house.register))
            .header("cookie", &cookie)
            .header("sec-fetch-site", "cross-site")
            .header("content-type", "application/x-www-form-urlencoded");
        let answer = house.send(request.body(axum::body::Body::empty()).unwrap()).await;
        assert_eq!(answer.status, StatusCode::FORBIDDEN);
        assert_eq!(house.count("SELECT COUNT(*) AS n FROM register_token WHERE revoked_at IS NULL").await, 2);
    })
    .await;
}
