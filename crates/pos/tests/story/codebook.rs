//! What carries a 取込コード, which stores use it, and the files of both.

use axum::body::Body;
use axum::http::{Request, StatusCode, header};
use db::testing::each_engine;
use sales::StoreId;
use web::testing::assert_page;

use crate::care::{body, refused, taken, value};
use crate::house::House;

/// The manual's example, to the letter.
const MANUAL: [&str; 17] = [
    "Visa",
    "Mastercard",
    "JCB",
    "American Express",
    "Diners Club",
    "Discover",
    "その他クレジット",
    "USEN Visaカー",
    "クレジット2",
    "クレジット3",
    "クレジット4",
    "クレジット5",
    "クレジット6",
    "クレジット7",
    "クレジット8",
    "クレジット9",
    "クレジット10",
];

/// Uploads a file that is read, looks at what it changes and applies it.
async fn import(house: &House, cookie: &str, path: &str, file: &str, says: &str) {
    let read = house.upload(path, cookie, "一覧.csv", file.as_bytes()).await;
    assert_eq!(read.status, StatusCode::SEE_OTHER, "{}", read.text);
    let preview = read.header("location").to_owned();
    let page = house.get(&preview, cookie).await.text;
    assert_page(&page);
    assert!(page.contains(says), "{says}: {page}");
    let digest = value(&page, "digest");
    taken(house, cookie, &preview, &[("digest", digest.as_str())]).await;
    assert_eq!(house.get(&preview, cookie).await.status, StatusCode::NOT_FOUND, "applied once");
}

async fn on(house: &House, cookie: &str, kind: &str, store: StoreId, code: &str) -> bool {
    let page = house.get(&format!("/store-settings?kind={kind}"), cookie).await.text;
    page.contains(&format!("value=\"{store}.{code}\" data-store=\"{store}\" checked"))
}

#[tokio::test]
async fn an_empty_company_comes_to_the_manuals_example_through_the_screens() {
    each_engine(async |db| {
        let mut house = House::empty(&db).await;
        let cookie = house.log_in("head.0012345").await;
        for path in ["/stores", "/payment-methods", "/discounts", "/ad-media", "/store-settings", "/staff"] {
            let page = house.get(path, &cookie).await;
            assert_page(&page.text);
            assert!(page.text.contains("class=\"empty\""), "{path} says what to do: {}", page.text);
        }
        let store = [
            ("name", "本店"),
            ("zone", "Asia/Tokyo"),
            ("cut_over", "05:00"),
            ("tax_mode", "included"),
            ("rounding", "down"),
            ("position", "1"),
        ];
        let place = taken(&house, &cookie, "/stores/new", &store).await;
        house.store = place.trim_start_matches("/stores/").parse().unwrap();
        for name in MANUAL {
            taken(&house, &cookie, "/payment-methods/new", &[("pay", "1"), ("name", name)]).await;
        }
        let mapping = format!("/settings/linkages/flaro/stores/{}/mapping", house.store);
        let empty = house.get(&mapping, &cookie).await.text;
        assert!(empty.contains(&format!("/store-settings?kind=payment&amp;store={}", house.store)), "{empty}");
        assert_eq!(house.get(&format!("{mapping}?table=payments"), &cookie).await.text.lines().count(), 1);

        let page = house.get("/store-settings?kind=payment", &cookie).await.text;
        assert_page(&page);
        let id = house.store.to_string();
        let codes: Vec<String> = (1..=MANUAL.len()).map(|n| format!("1{n:019}")).collect();
        let cells: Vec<String> = codes.iter().map(|code| format!("{id}.{code}")).collect();
        let version = (format!("version.{id}"), value(&page, &format!("version.{id}")));
        let mut form = vec![("back", "kind=payment"), ("store", id.as_str()), (version.0.as_str(), version.1.as_str())];
        form.extend(codes.iter().map(|code| ("row", code.as_str())));
        form.extend(cells.iter().map(|cell| ("on", cell.as_str())));
        taken(&house, &cookie, "/store-settings", &form).await;
        let file = house.get(&format!("{mapping}?table=payments"), &cookie).await.text;
        let lines: Vec<String> = MANUAL.iter().zip(&codes).map(|(name, code)| format!("1,{name},{code}")).collect();
        let manual = format!("支払種目,支払科目名称,取込コード\r\n{}\r\n", lines.join("\r\n"));
        assert_eq!(file.trim_start_matches('\u{feff}'), manual);
    })
    .await;
}

#[tokio::test]
async fn codes_are_added_renamed_ordered_retired_and_never_given_twice() {
    each_engine(async |db| {
        let house = House::new(&db).await;
        let (head, admin) = (house.log_in("head.0012345").await, house.log_in("admin.0012345").await);
        let new = "/payment-methods/new";
        refused(&house, &head, new, &[("pay", "6"), ("name", "Visa")], "支払種目を選択してください").await;
        refused(&house, &head, new, &[("pay", "1"), ("name", " ")], "支払科目名称を入力してください").await;
        for name in ["Visa", "JCB"] {
            taken(&house, &head, new, &[("pay", "1"), ("name", name)]).await;
        }
        refused(&house, &head, new, &[("pay", "1"), ("name", "Visa")], "「Visa」はすでにあります").await;
        taken(&house, &head, new, &[("pay", "2"), ("name", "Visa")]).await;

        let visa = "/payment-methods/10000000000000000001";
        let page = house.get(visa, &head).await.text;
        assert_page(&page);
        let seen = value(&page, "version");
        let rename = [("version", seen.as_str()), ("name", "VISA")];
        taken(&house, &admin, visa, &rename).await;
        let stale = [("version", seen.as_str()), ("name", "ビザ")];
        refused(&house, &head, visa, &stale, "「VISA」の名称を、2026/11/22 22:44に太田さんさんが変更しました").await;
        let taken_name = [("version", "1"), ("name", "JCB")];
        refused(&house, &head, visa, &taken_name, "「JCB」はすでにあります").await;

        let swap = [("code", "10000000000000000002"), ("neighbour", "10000000000000000001")];
        taken(&house, &head, "/payment-methods/order", &swap).await;
        let list = house.get("/payment-methods?pay=1&format=csv", &head).await.text;
        assert!(list.find("JCB").unwrap() < list.find("VISA").unwrap(), "{list}");
        let apart = [("code", "00000000000000000001"), ("neighbour", "10000000000000000001")];
        taken(&house, &head, "/payment-methods/order", &apart).await;
        assert!(house.get("/payment-methods", &head).await.text.contains("並び順はほかの人が変更していました"));

        taken(&house, &head, &format!("{visa}/retired"), &[("version", "1"), ("retired", "yes")]).await;
        refused(&house, &head, new, &[("pay", "1"), ("name", "VISA")], "使用を再開してください").await;
        taken(&house, &head, &format!("{visa}/retired"), &[("version", "1"), ("retired", "no")]).await;
        assert!(house.get(visa, &head).await.text.contains("使用の状態を、"), "a stale button changes nothing");
        taken(&house, &head, &format!("{visa}/retired"), &[("version", "2"), ("retired", "no")]).await;
        taken(&house, &head, new, &[("pay", "1"), ("name", "Diners Club")]).await;
        assert!(house.get("/payment-methods", &head).await.text.contains("10000000000000000003"));
        assert_eq!(house.get("/discounts/10000000000000000001", &head).await.status, StatusCode::NOT_FOUND);
    })
    .await;
}

#[tokio::test]
async fn discounts_and_ad_media_have_their_own_rules() {
    each_engine(async |db| {
        let house = House::new(&db).await;
        let cookie = house.log_in("head.0012345").await;
        let new = "/discounts/new";
        for (form, words) in [
            (vec![("name", "学割")], "値引区分を選択してください"),
            (vec![("off", "percent"), ("percent", "101"), ("name", "学割")], "割引率は 1 から 100"),
            (vec![("off", "yen"), ("amount", ""), ("name", "学割")], "値引額を入力してください"),
        ] {
            refused(&house, &cookie, new, &form, words).await;
        }
        taken(&house, &cookie, new, &[("off", "percent"), ("percent", "１０％"), ("name", "学割")]).await;
        taken(&house, &cookie, new, &[("off", "yen"), ("amount", "100"), ("name", "クーポン")]).await;
        taken(&house, &cookie, new, &[("off", "entered"), ("name", "端数値引")]).await;
        let list = house.get("/discounts?format=csv", &cookie).await.text;
        for line in ["割引,学割,10%,60000000000000000001", "値引,クーポン,100,6", "値引,端数値引,レジで入力,6"]
        {
            assert!(list.contains(line), "{line}: {list}");
        }
        refused(&house, &cookie, "/ad-media/new", &[("name", "フリー")], "「フリー」は広告媒体のない会計").await;
        taken(&house, &cookie, "/ad-media/new", &[("name", "ぐるめ手帖")]).await;
        let page = house.get("/ad-media", &cookie).await.text;
        assert_page(&page);
        assert!(page.contains("70000000000000000001"));
    })
    .await;
}

#[tokio::test]
async fn the_matrix_is_saved_as_a_whole_and_a_stale_column_refuses_it() {
    each_engine(async |db| {
        let house = House::new(&db).await;
        let (head, admin) = (house.log_in("head.0012345").await, house.log_in("admin.0012345").await);
        taken(&house, &head, "/payment-methods/new", &[("pay", "1"), ("name", "Visa")]).await;
        let (first, second) = (house.store.to_string(), house.other_store.to_string());
        let visa = "10000000000000000001";
        let (a, b) = (format!("{first}.{visa}"), format!("{second}.{visa}"));
        let versions = [format!("version.{first}"), format!("version.{second}")];
        let page = house.get("/store-settings", &head).await.text;
        assert_page(&page);
        let seen = versions.each_ref().map(|name| value(&page, name));
        let shown = |seen: &[String; 2]| -> Vec<(String, String)> {
            let mut form = vec![("back".to_owned(), "kind=payment&code=Visa".to_owned())];
            form.extend([("store".to_owned(), first.clone()), ("store".to_owned(), second.clone())]);
            form.extend(versions.iter().cloned().zip(seen.iter().cloned()));
            form.push(("row".to_owned(), visa.to_owned()));
            form
        };
        let send = async |cookie: &str, seen: &[String; 2], cells: &[&String]| {
            let mut form = shown(seen);
            form.extend(cells.iter().map(|cell| ("on".to_owned(), (*cell).clone())));
            let pairs: Vec<(&str, &str)> = form.iter().map(|(n, v)| (n.as_str(), v.as_str())).collect();
            house.form("/store-settings", cookie, body(&pairs)).await
        };
        let done = send(&admin, &seen, &[&a]).await;
        assert_eq!(done.header("location"), "/store-settings?kind=payment&code=Visa", "{}", done.text);
        assert!(on(&house, &head, "payment", house.store, visa).await);

        // The second store's change alone would do; but the first's is taken back unseen.
        let late = send(&head, &seen, &[&b]).await;
        assert_eq!(late.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_page(&late.text);
        assert!(late.text.contains("「みなと食堂 本店」の支払種別を、"), "{}", late.text);
        assert!(!on(&house, &head, "payment", house.other_store, visa).await, "all or none");
        let cash = "00000000000000000001";
        assert!(on(&house, &head, "payment", house.store, cash).await, "what was not in sight stays");
        let now = versions.each_ref().map(|name| value(&late.text, name));
        assert_eq!(send(&head, &now, &[&a, &b]).await.status, StatusCode::SEE_OTHER);
        assert!(on(&house, &head, "payment", house.other_store, visa).await);
        let noted = "SELECT COUNT(*) AS n FROM audit WHERE what = '店舗の支払種別を変更' AND before = '現金' AND after = '現金、Visa'";
        assert_eq!(house.count(noted).await, 2);
        let foreign = send(&head, &now, &[]).await;
        assert_eq!(foreign.status, StatusCode::UNPROCESSABLE_ENTITY, "both versions have grown");
    })
    .await;
}

#[tokio::test]
async fn many_stores_change_at_once_after_a_look_at_what_changes() {
    each_engine(async |db| {
        let house = House::new(&db).await;
        let cookie = house.log_in("head.0012345").await;
        for name in ["Visa", "JCB"] {
            taken(&house, &cookie, "/payment-methods/new", &[("pay", "1"), ("name", name)]).await;
        }
        let (visa, jcb, bulk) = ("10000000000000000001", "10000000000000000002", "/store-settings/bulk");
        assert_page(&house.get("/store-settings/bulk?kind=payment", &cookie).await.text);
        let form = [("kind", "payment"), ("action", "on"), ("which", "found"), ("q", "駅前"), ("codes", visa)];
        let without: Vec<_> = form.iter().filter(|(name, _)| *name != "codes").copied().collect();
        refused(&house, &cookie, bulk, &without, "支払科目を選んでください").await;
        let nowhere = [("kind", "payment"), ("action", "on"), ("which", "chosen"), ("codes", visa)];
        refused(&house, &cookie, bulk, &nowhere, "変更する店舗を選んでください").await;
        let preview = house.form(bulk, &cookie, body(&form)).await;
        assert_eq!(preview.status, StatusCode::OK);
        assert_page(&preview.text);
        assert!(preview.text.contains("<dd>1店舗</dd>"), "{}", preview.text);
        assert!(!on(&house, &cookie, "payment", house.other_store, visa).await);
        let seen = value(&preview.text, "seen");
        let unseen = [&form[..], &[("step", "apply"), ("seen", "9,9,9")]].concat();
        refused(&house, &cookie, bulk, &unseen, "変わる件数を確認し直してください").await;
        taken(&house, &cookie, bulk, &[&form[..], &[("step", "apply"), ("seen", seen.as_str())]].concat()).await;
        assert!(on(&house, &cookie, "payment", house.other_store, visa).await);
        assert!(!on(&house, &cookie, "payment", house.store, visa).await);

        let (source, target) = (house.other_store.to_string(), house.store.to_string());
        let copy = [("kind", "payment"), ("action", "copy"), ("which", "chosen"), ("store", target.as_str())];
        refused(&house, &cookie, bulk, &copy, "コピー元の店舗を選んでください").await;
        let copy = [&copy[..], &[("source", source.as_str())]].concat();
        let seen = value(&house.form(bulk, &cookie, body(&copy)).await.text, "seen");
        assert_eq!(seen, "1,1,0");
        taken(&house, &cookie, bulk, &[&copy[..], &[("step", "apply"), ("seen", seen.as_str())]].concat()).await;
        assert!(on(&house, &cookie, "payment", house.store, visa).await);
        assert!(!on(&house, &cookie, "payment", house.store, jcb).await);
    })
    .await;
}

#[tokio::test]
async fn a_file_of_masters_is_shown_first_and_an_export_changes_nothing() {
    each_engine(async |db| {
        let house = House::new(&db).await;
        let cookie = house.log_in("head.0012345").await;
        let path = "/payment-methods/import";
        assert_page(&house.get(path, &cookie).await.text);
        let none = house.upload(path, &cookie, "", b"").await;
        assert!(none.status == StatusCode::UNPROCESSABLE_ENTITY && none.text.contains("ファイルを選んでください"));
        for (file, words) in [
            ("名前\nVisa", "見出し「支払種目」の列を入れてください"),
            ("支払種目,支払科目名称\n8,Visa", "0〜5か9で入力してください"),
            ("支払種目,支払科目名称\n1,", "支払科目名称を入力してください"),
            ("支払種目,支払科目名称\n1,Visa\n1,Visa", "2行目にも「Visa」があります"),
            ("支払種目,支払科目名称,取込コード\n1,Visa,1E+19", "表計算ソフトで桁が失われています"),
            (
                "支払種目,支払科目名称,取込コード\n1,Visa,10000000000000000009",
                "この企業で発行した取込コードではありません",
            ),
            ("支払種目,支払科目名称,取込コード\n1,現金,00000000000000000001", "あとから変更できません"),
        ] {
            let page = house.upload(path, &cookie, "a.csv", file.as_bytes()).await;
            assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{file}");
            assert_page(&page.text);
            assert!(page.text.contains(words), "{words}: {}", page.text);
        }
        assert_eq!(house.count("SELECT COUNT(*) AS n FROM payment_method").await, 1);
        let file = "支払種目,支払科目名称,取込コード\n1,Visa,\n1クレジット,JCB,\n0,げんきん,00000000000000000001\n";
        import(&house, &cookie, path, file, "現金 → げんきん").await;
        let list = house.get("/payment-methods?format=csv", &cookie).await.text;
        for line in ["0,げんきん,00000000000000000001", "1,Visa,10000000000000000001", "1,JCB,10000000000000000002"]
        {
            assert!(list.contains(line), "{line}: {list}");
        }
        taken(&house, &cookie, "/payment-methods/new", &[("pay", "9"), ("name", "=SUM")]).await;
        taken(&house, &cookie, "/discounts/new", &[("off", "yen"), ("amount", "1000"), ("name", "-千円")]).await;
        taken(&house, &cookie, "/discounts/new", &[("off", "entered"), ("name", "端数")]).await;
        taken(&house, &cookie, "/ad-media/new", &[("name", "チラシ")]).await;
        for kind in ["payment-methods", "discounts", "ad-media"] {
            let request = Request::get(format!("/{kind}?format=xlsx")).header(header::COOKIE, &cookie);
            let response = tower::ServiceExt::oneshot(house.app.clone(), request.body(Body::empty()).unwrap()).await;
            let book = axum::body::to_bytes(response.unwrap().into_body(), 1 << 20).await.unwrap();
            let csv = house.get(&format!("/{kind}?format=csv"), &cookie).await.text;
            for file in [csv.as_bytes(), &book] {
                let read = house.upload(&format!("/{kind}/import"), &cookie, "一覧", file).await;
                assert_eq!(read.status, StatusCode::SEE_OTHER, "{kind}: {}", read.text);
                let page = house.get(read.header("location"), &cookie).await.text;
                assert_page(&page);
                assert!(page.contains("変わるものはありません"), "{kind}: {page}");
            }
        }
    })
    .await;
}

#[tokio::test]
async fn a_file_of_settings_is_applied_as_a_whole_and_only_as_it_was_shown() {
    each_engine(async |db| {
        let house = House::new(&db).await;
        let cookie = house.log_in("head.0012345").await;
        taken(&house, &cookie, "/payment-methods/new", &[("pay", "1"), ("name", "Visa")]).await;
        let (visa, path) = ("10000000000000000001", "/store-settings/import/payment");
        let export = house.get("/store-settings?kind=payment&format=csv", &cookie).await.text;
        assert!(export.contains("店舗,00000000000000000001 現金,10000000000000000001 Visa"), "{export}");
        assert!(export.contains("みなと食堂 本店,○,"), "{export}");
        let same = house.upload(path, &cookie, "a.csv", export.as_bytes()).await;
        assert!(house.get(same.header("location"), &cookie).await.text.contains("変わるものはありません"));
        for (file, words) in [
            ("店,10000000000000000001 Visa\nx,○", "1列目の見出しを「店舗」"),
            ("店舗,Visa\n本店,○", "見出しを「取込コード（20桁）と名称」"),
            ("店舗,10000000000000000001 Visa\nみなと食堂 本店,多分", "使うときは「○」"),
            ("店舗,10000000000000000001 Visa\nどこか,○", "店舗の一覧にある店舗名"),
            ("店舗,10000000000000000009 Visa\nみなと食堂 本店,○", "列を消してください"),
        ] {
            let page = house.upload(path, &cookie, "a.csv", file.as_bytes()).await;
            assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY, "{file}");
            assert_page(&page.text);
            assert!(page.text.contains(words), "{words}: {}", page.text);
        }
        let file = "店舗,10000000000000000001 Visa\nみなと食堂 駅前店,○\nみなと食堂 本店,\n";
        let read = house.upload(path, &cookie, "a.csv", file.as_bytes()).await;
        let preview = read.header("location").to_owned();
        let digest = value(&house.get(&preview, &cookie).await.text, "digest");
        // Somebody renames it meanwhile: what was shown is no longer what would be done.
        let visa_page = format!("/payment-methods/{visa}");
        taken(&house, &cookie, &visa_page, &[("version", "0"), ("name", "VISA")]).await;
        refused(&house, &cookie, &preview, &[("digest", digest.as_str())], "変わる内容を確認し直してください").await;
        assert!(!on(&house, &cookie, "payment", house.other_store, visa).await);
        import(&house, &cookie, path, file, "みなと食堂 駅前店").await;
        assert!(on(&house, &cookie, "payment", house.other_store, visa).await);
        assert!(!on(&house, &cookie, "payment", house.store, visa).await);
        assert!(on(&house, &cookie, "payment", house.store, "00000000000000000001").await, "other codes stay");
        let admin = house.log_in("admin.0012345").await;
        assert_eq!(house.get(&preview, &admin).await.status, StatusCode::NOT_FOUND, "it waits for who sent it");
    })
    .await;
}
