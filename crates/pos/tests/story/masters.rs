//! Masters and provisioning: made once, issued once, handed down in versions.

use axum::body::Body;
use axum::http::{Request, StatusCode};
use db::testing::each_engine;
use pos::masters::SettingKind;
use pos::provision::{self, NewProduct, NewStore};
use protocol::masters::Masters;
use sales::{PaymentKind, Yen};

use crate::house::{Answer, House};

async fn ask(house: &House, since: &str) -> Answer {
    let path = format!("/api/v1/registers/{}/masters{since}", house.register);
    let request = Request::get(path).header("authorization", format!("Bearer {}", house.token));
    house.send(request.body(Body::empty()).unwrap()).await
}

#[tokio::test]
async fn a_till_gets_what_is_newer_and_304_otherwise() {
    each_engine(async |db| {
        let house = House::new(&db).await;
        let (pos, tenant) = (&house.pos, &house.tenant);
        let food = provision::category(pos, tenant, "定食").await.unwrap();
        provision::product(pos, tenant, NewProduct::new(food, "刺身定食", Yen(1_480), Yen(520))).await.unwrap();
        let off = provision::discount(pos, tenant, "学生割引", Some(10), None).await.unwrap();
        let listing = provision::ad_medium(pos, tenant, "ぐるめ手帖").await.unwrap();
        provision::store_settings(pos, tenant, house.store, SettingKind::Discount, std::slice::from_ref(&off))
            .await
            .unwrap();
        provision::store_settings(pos, tenant, house.store, SettingKind::Medium, &[listing]).await.unwrap();
        provision::staff(pos, tenant, house.store, "01", "太田", None, true).await.unwrap();
        let masters: Masters = ask(&house, "").await.json();
        assert_eq!((masters.company_code.as_str(), masters.store.name.as_str()), ("0012345", "みなと食堂 本店"));
        assert_eq!((masters.products.len(), masters.discounts.len(), masters.media.len()), (1, 1, 1));
        assert_eq!((masters.payment_methods.len(), masters.staff.len(), masters.tax_rates.len()), (1, 1, 2));
        assert_eq!(masters.percent(masters.products[0].takeout, "2026-11-22".parse().unwrap()), 8);

        let same = ask(&house, &format!("?since={}", masters.version)).await;
        assert_eq!((same.status, same.text.as_str()), (StatusCode::NOT_MODIFIED, ""));
        provision::product(pos, tenant, NewProduct::new(food, "刺身定食", Yen(1), Yen(1))).await.unwrap();
        provision::staff(pos, tenant, house.store, "01", "太田", Some("another".to_owned()), true).await.unwrap();
        provision::store_settings(pos, tenant, house.store, SettingKind::Discount, &[off]).await.unwrap();
        provision::usual_tax_rates(pos, tenant).await.unwrap();
        assert_eq!(ask(&house, &format!("?since={}", masters.version)).await.status, StatusCode::NOT_MODIFIED);
        provision::product(pos, tenant, NewProduct::new(food, "煮魚定食", Yen(1_380), Yen(480))).await.unwrap();
        let newer: Masters = ask(&house, &format!("?since={}", masters.version)).await.json();
        assert!(newer.version > masters.version && newer.products.len() == 2);
        assert_eq!(ask(&house, "?since=x").await.status, StatusCode::BAD_REQUEST);
    })
    .await;
}

#[tokio::test]
async fn import_codes_are_issued_once_and_by_kind() {
    each_engine(async |db| {
        let house = House::new(&db).await;
        let (pos, tenant) = (&house.pos, &house.tenant);
        let mut codes = Vec::new();
        for name in ["Visa", "JCB", "Visa"] {
            codes
                .push(provision::payment_method(pos, tenant, PaymentKind::CreditCard, name).await.unwrap().to_string());
        }
        assert_eq!(codes, ["10000000000000000001", "10000000000000000002", "10000000000000000001"]);
        let off = provision::discount(pos, tenant, "端数値引", None, None).await.unwrap();
        let medium = provision::ad_medium(pos, tenant, "チラシ").await.unwrap();
        assert_eq!((&off.as_str()[..1], &medium.as_str()[..1]), ("6", "7"));
        assert_eq!(house.count("SELECT COUNT(*) AS n FROM import_code_issued").await, 5);
    })
    .await;
}

#[tokio::test]
async fn provisioning_again_makes_nothing_new() {
    each_engine(async |db| {
        let house = House::new(&db).await;
        let code = "0012345".parse().unwrap();
        let again = provision::company(&house.pos, &code, "別の名前").await.unwrap();
        assert_eq!(again, house.tenant);
        let store = provision::store(&house.pos, &again, NewStore::new("みなと食堂 本店")).await.unwrap();
        assert_eq!(store, house.store);
        let from = "2027-01-01".parse().unwrap();
        let register = provision::register(&house.pos, &again, store, "レジ1", from).await.unwrap();
        assert_eq!(register, house.register);
        let wild = NewStore { zone: "Asia/Atlantis".to_owned(), ..NewStore::new("x") };
        assert!(provision::store(&house.pos, &again, wild).await.is_err());
    })
    .await;
}
