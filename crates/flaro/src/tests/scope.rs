//! Nobody sees what isn't theirs: not another company's, not another store's, not without a log-in.

use super::{
    house::House,
    pos::{Pos, facts, store, store_id},
};
use crate::Role;
use axum::{
    body::Body,
    http::{Request, header},
};
use db::{DbError, Tx, args};
use simulator::revise;

const DAY: &str = "2026-11-21";

/// Two companies whose POS calls its stores alike; the first has an event, a check and a conflict in store 1.
struct Town {
    house: House,
    paths: Vec<String>,
}

async fn town(db: db::Db) -> Town {
    let house = House::new(db).await;
    let two = Some(vec![store_id(2)]);
    house
        .company(
            "0012",
            &[
                ("kanri", Role::Administrator, None),
                ("tencho2", Role::Manager, two),
                ("honbu", Role::Headquarters, None),
            ],
        )
        .await;
    house.company("0034", &[("yoso", Role::Administrator, None)]).await;
    let pos = Pos::link(&house, "0012", 1, vec![store(1, 1), store(2, 1)]).await;
    Pos::link(&house, "0034", 1, vec![store(1, 1)]).await;
    let first = facts(1);
    let event = pos.event(1, 1, &first);
    pos.send(&house, &event).await;
    let mut forked = pos.event(1, 1, &revise(&first));
    forked.settlement.revision = 1;
    assert_eq!(pos.send(&house, &forked).await.status, 409);
    pos.settle(&house, 2, 1, &facts(2)).await;
    house.roll_up().await;
    let body = protocol::hash::Sha256::of(&forked.to_bytes());
    let paths = vec![
        format!("/checks/{}", first.checks[0].id),
        format!("/linkages/events/{}", event.event_id),
        format!("/linkages/events/{}/body", event.event_id),
        format!("/linkages/conflicts/{}/{body}", forked.event_id),
    ];
    Town { house, paths }
}

fn day(n: u128) -> String {
    format!("/days/{}/{DAY}", store_id(n))
}

#[tokio::test]
async fn without_a_log_in_there_is_only_the_log_in() {
    db::testing::each_engine(async |db| {
        let Town { house, paths } = town(db).await;
        let pages = ["/", "/days", "/stores", "/linkages", "/linkages/events", "/mypage", "/pulse", "/bi"];
        for path in pages.map(String::from).iter().chain(&paths) {
            let answer = house.page("", path).await;
            assert_eq!(answer.status, 303, "{path}");
            assert!(answer.headers[header::LOCATION].to_str().unwrap().starts_with("/login"), "{path}");
        }
    })
    .await;
}

#[tokio::test]
async fn another_company_finds_nothing() {
    db::testing::each_engine(async |db| {
        let Town { house, paths } = town(db).await;
        let (theirs, other) = (house.log_in("kanri").await, house.log_in("yoso").await);
        for path in &paths {
            assert_eq!(house.page(&theirs, path).await.status, 200, "{path}");
            assert_eq!(house.page(&other, path).await.status, 404, "{path}");
        }
        // The store has the same id in both companies; the day behind it is not the same.
        let ours = house.page(&other, &day(1)).await.text();
        assert!(ours.contains("未着") && !ours.contains("反映中"));
        assert_eq!(house.page(&other, &day(2)).await.status, 404);
        for path in ["/", "/days", "/linkages/events"] {
            assert!(!house.page(&other, path).await.text().contains("店2"), "{path}");
        }
        assert_eq!(house.page(&other, "/pulse").await.text(), "");
    })
    .await;
}

#[tokio::test]
async fn a_manager_sees_the_stores_of_their_scope_only() {
    db::testing::each_engine(async |db| {
        let Town { house, paths } = town(db).await;
        let manager = house.log_in("tencho2").await;
        for path in paths.iter().cloned().chain([day(1), format!("{}/checks", day(1))]) {
            assert_eq!(house.page(&manager, &path).await.status, 404, "{path}");
        }
        for path in ["/linkages", "/linkages/events"] {
            assert_eq!(house.page(&manager, path).await.status, 403, "{path}");
        }
        for path in ["/", "/days", "/stores", "/mypage"] {
            let html = house.page(&manager, path).await.text();
            assert!(html.contains("店2") && !html.contains("店1"), "{path}");
            assert!(!html.contains(r#"href="/linkages""#), "{path}");
        }
        let net = sales::datasets(&facts(2)).unwrap().settlement.net.0;
        assert!(house.page(&manager, "/").await.text().contains(&web::format::yen(net)));
        assert_eq!(house.page(&manager, &day(2)).await.status, 200);
        assert_eq!(house.page(&house.log_in("honbu").await, "/linkages").await.status, 200);
    })
    .await;
}

#[tokio::test]
async fn provisioning_twice_changes_what_is_asked_and_no_password() {
    db::testing::each_engine(async |db| {
        let Town { house, .. } = town(db).await;
        let manager = house.log_in("tencho2").await;
        house.company("0012", &[("tencho2", Role::Manager, Some(vec![store_id(1)]))]).await;
        let html = house.page(&manager, "/days").await.text();
        assert!(html.contains("店1") && !html.contains("店2"), "the scope of a session follows its account");
        house.log_in("tencho2").await;
        let taken = crate::provision::CompanyPlan {
            code: "0099".parse().unwrap(),
            name: "別会社".into(),
            accounts: vec![crate::provision::AccountPlan {
                login: "tencho2".into(),
                name: "x".into(),
                password: "x".into(),
                role: Role::Manager,
                stores: None,
            }],
        };
        let refused = crate::provision::provision(&house.flaro, &taken).await;
        assert!(matches!(refused, Err(crate::FlaroError::LoginTaken(_))));
    })
    .await;
}

#[tokio::test]
async fn pages_refuse_other_sites_and_programs_need_none_of_it() {
    db::testing::each_engine(async |db| {
        let Town { house, .. } = town(db).await;
        let cookie = house.log_in("kanri").await;
        let crossing = |path: &str| {
            let request = Request::builder().method("POST").uri(path).header("sec-fetch-site", "cross-site");
            request.header(header::COOKIE, &cookie).body(Body::empty()).unwrap()
        };
        assert_eq!(house.call(crossing("/logout")).await.status, 403);
        assert_eq!(house.call(crossing("/webhook/0123")).await.status, 404, "told by the webhook, not by the guard");
        assert_eq!(house.call(crossing("/partner/v1/linkages")).await.status, 401);
    })
    .await;
}

async fn area_scope(db: db::Db) {
    let Town { house, .. } = town(db).await;
    let company = house.company("0012", &[("chiku", Role::Manager, Some(vec![]))]).await;
    let cookie = house.log_in("chiku").await;
    assert_eq!(house.page(&cookie, &day(1)).await.status, 404);
    let unit = async move |tx: &mut Tx| -> Result<(), DbError> {
        let company = company.as_str();
        let area = "INSERT INTO area (company_id, area_id, name, position) VALUES ($1, 'east', '東', 1)";
        tx.execute(area, args![company]).await?;
        let store = "UPDATE store SET area_id = 'east' WHERE company_id = $1 AND store_id = $2";
        tx.execute(store, args![company, store_id(1).to_string()]).await?;
        let given = "INSERT INTO account_area (company_id, account_id, area_id)
            SELECT company_id, account_id, 'east' FROM account WHERE company_id = $1 AND login = 'chiku'";
        tx.execute(given, args![company]).await.map(drop)
    };
    house.flaro.db.write(unit).await.unwrap();
    assert_eq!(house.page(&cookie, &day(1)).await.status, 200);
    assert_eq!(house.page(&cookie, &day(2)).await.status, 404);
    let list = house.page(&cookie, "/stores").await.text();
    assert!(list.contains("店1") && !list.contains("店2"), "{list}");
}

#[tokio::test]
async fn who_has_an_area_sees_its_stores_and_no_others() {
    db::testing::each_engine(area_scope).await;
}
