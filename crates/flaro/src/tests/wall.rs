//! The walls between companies, stores and programs, tried on every route there is: the routes come from the router
//! itself, so one that is added is tried without anybody listing it. Whoever sees one store never gets another's name
//! or figure, on no page, in no file and over no endpoint, and changes nothing of it.

mod asking;
mod companies;
mod everything;
mod forms;
mod neighbours;
mod partners;
mod programs;
mod routes;
mod town;

use self::{
    asking::{Filled, Proof, Wall},
    forms::questions,
    town::{DAY, Town, ask, net, town},
};
use super::pos::store_id;
use crate::api_tokens;
use db::{Tx, args};

impl Town {
    async fn audited(&self) -> i64 {
        let company = self.company.as_str().to_owned();
        let sql = "SELECT (SELECT COUNT(*) FROM audit WHERE company_id = $1)
            + 1000 * (SELECT COUNT(*) FROM approval WHERE company_id = $1) AS n";
        let unit = async move |tx: &mut Tx| tx.fetch_one(sql, args![company]).await;
        self.house.flaro.db.read(unit).await.unwrap().int("n").unwrap()
    }
}

#[tokio::test]
async fn whoever_sees_one_store_gets_nothing_of_another_on_any_route() {
    db::testing::each_engine(async |db| {
        let wall = Wall::new(db).await;
        let town = &wall.own.town;
        let html = town.house.page(&wall.own.admin, "/reports/closing?from=2026/11/01&to=2026/11/30").await.text();
        assert!(html.contains("夕日店") && html.contains(&web::format::yen(net(&town.theirs))), "the secrets are real");
        for login in ["tencho", "honbu1"] {
            let cookie = town.house.log_in(login).await;
            for route in wall.pages().filter(|route| route.method == "GET") {
                for question in questions(&route.path, wall.own.id("store")) {
                    let answer = town.house.page(&cookie, &question).await;
                    assert!(!answer.status.is_server_error(), "{login} {question}: {}", answer.text());
                    town.assert_nothing_of_it(&answer, &format!("{login} {question}"));
                }
            }
        }
    })
    .await;
}

#[tokio::test]
async fn another_stores_person_finds_nothing_and_changes_nothing() {
    db::testing::each_engine(async |db| {
        let wall = Wall::new(db).await;
        let cookies = [wall.own.town.house.log_in("tencho").await, wall.own.town.house.log_in("honbu1").await];
        let of_a_store = ["{store}", "{check}", "{event}"];
        let before = wall.snapshot("").await;
        for route in wall.pages().filter(|route| of_a_store.iter().any(|thing| route.pattern.contains(thing))) {
            for cookie in &cookies {
                let answer = wall.page(route, Proof::Cookie(cookie), Filled::ByTheOwner).await.answer;
                assert!(matches!(answer.status.as_u16(), 403 | 404), "{}: {}", route.name(), answer.status);
                wall.own.town.assert_nothing_of_it(&answer, &route.name());
            }
            before.assert_is(&wall.snapshot("").await, &route.name());
        }
    })
    .await;
}

#[tokio::test]
async fn nobody_changes_what_they_do_not_see() {
    db::testing::each_engine(async |db| {
        let town = town(db).await;
        let admin = town.house.log_in("kanri").await;
        let html = town.house.page(&admin, &format!("/days/{}/{DAY}", store_id(2))).await.text();
        let digest = html.split(r#"name="digest" value=""#).nth(1).unwrap().split('"').next().unwrap().to_owned();
        let day = format!("{}/{DAY}/{digest}", store_id(2));
        for path in ["/history", "/people", "/company"] {
            let limited = town.house.log_in("honbu1").await;
            assert_eq!(town.house.page(&limited, path).await.status, 403, "{path} reaches over all stores");
        }
        let before = town.audited().await;
        for login in ["tencho", "honbu1", "yoso"] {
            let cookie = town.house.log_in(login).await;
            for action in ["approve", "withdraw"] {
                let path = format!("/days/{}/{DAY}/approval", store_id(2));
                let answer = town.house.post(&cookie, &path, &[("action", action), ("digest", &digest)]).await;
                assert!(matches!(answer.status.as_u16(), 403 | 404), "{login}: {}", answer.status);
            }
            let fields = [("day", day.as_str()), ("confirmed", "on")];
            let answer = town.house.post(&cookie, "/days/approvals", &fields).await;
            assert!(answer.status.is_redirection() || answer.status == 403, "{login}: {}", answer.status);
        }
        assert_eq!(town.audited().await, before, "nothing of it was changed");
    })
    .await;
}

#[tokio::test]
async fn a_token_sees_what_its_owner_sees_and_ends_with_it() {
    db::testing::each_engine(async |db| {
        let town = town(db).await;
        let (whole, one) = (town.token("kanri").await, town.token("tencho").await);
        let period = "from=2026-11-01&to=2026-11-30";
        let mut paths = vec!["/api/v1/stores".to_owned()];
        for format in ["", "&format=csv"] {
            paths.push(format!("/api/v1/days?{period}{format}"));
            paths.push(format!("/api/v1/checks?{period}{format}"));
            for question in ["dimensions=store,day&measures=net", "dimensions=hour&measures=net,guests", "measures=net"]
            {
                paths.push(format!("/api/v1/sales?{period}&{question}{format}"));
            }
        }
        for path in &paths {
            let all = ask(&town.house, path, &whole).await;
            assert_eq!(all.status, 200, "{path}: {}", all.text());
            let answer = ask(&town.house, path, &one).await;
            assert_eq!(answer.status, 200, "{path}: {}", answer.text());
            assert_ne!(answer.body, all.body, "{path}");
            town.assert_nothing_of_it(&answer, path);
        }
        let sales = ask(&town.house, &format!("/api/v1/sales?{period}&measures=net"), &one).await;
        assert_eq!(sales.json::<serde_json::Value>()["total"]["net"], net(&town.own));
        let theirs = ask(&town.house, &format!("/api/v1/days?{period}&store={}", store_id(2)), &one).await;
        assert_eq!((theirs.status.as_u16(), theirs.code().as_str()), (422, "parameter_invalid"));
        for wrong in [
            "/api/v1/days",
            "/api/v1/days?from=2026-11-01&to=2026-10-01",
            "/api/v1/days?from=2020-01-01&to=2026-01-01",
            "/api/v1/sales?from=2026-11-01&to=2026-11-02&measures=nonsense",
            "/api/v1/sales?from=2026-11-01&to=2026-11-02&measures=net&dimensions=product,payment",
        ] {
            assert_eq!(ask(&town.house, wrong, &whole).await.status, 422, "{wrong}");
        }
        let cookie = town.house.log_in("kanri").await;
        assert_eq!(town.house.page(&cookie, "/api/v1/stores").await.status, 401, "a cookie is no token");
        let sql = "UPDATE account SET disabled_at = 1 WHERE login = 'tencho'";
        town.house.flaro.db.write(async move |tx: &mut Tx| tx.execute(sql, args![]).await).await.unwrap();
        for path in &paths {
            assert_eq!(ask(&town.house, path, &one).await.status, 401, "{path} after its owner left");
        }
    })
    .await;
}

#[tokio::test]
async fn a_token_is_shown_once_and_revoked_at_once() {
    db::testing::each_engine(async |db| {
        let town = town(db).await;
        let cookie = town.house.log_in("kanri").await;
        let issued = town.house.post(&cookie, "/settings/tokens", &[("name", "会計")]).await.text();
        web::testing::assert_page(&issued);
        let text = issued.split(api_tokens::PREFIX).nth(1).unwrap().split('"').next().unwrap();
        let token = format!("{}{text}", api_tokens::PREFIX);
        assert_eq!(ask(&town.house, "/api/v1/stores", &token).await.status, 200);
        let list = town.house.page(&cookie, "/settings/tokens").await.text();
        assert!(!list.contains(text) && list.contains("会計"), "never shown again");
        let path = list.split("/settings/tokens/").nth(1).unwrap().split('"').next().unwrap();
        let answer = town.house.post(&cookie, &format!("/settings/tokens/{path}"), &[]).await;
        assert_eq!(answer.status, 303);
        assert_eq!(ask(&town.house, "/api/v1/stores", &token).await.status, 401);
        assert_eq!(town.house.post(&cookie, "/settings/tokens", &[("name", " ")]).await.status, 422);
        let manager = town.house.log_in("tencho").await;
        assert_eq!(town.house.page(&manager, "/settings/tokens").await.status, 403);
    })
    .await;
}
