//! The walls between companies, stores and programs, tried on every route there is: the routes come from the router
//! itself, so one that is added is tried without anybody listing it. Whoever sees one store never gets another's name
//! or figure, on no page, in no file and over no endpoint, and changes nothing of it.

use super::{
    house::{Answer, House},
    pos::{Pos, facts, on, store, store_id},
};
use crate::{Company, Role, api_tokens, audit::Stamp, server, tenant::Scope};
use axum::{
    body::Body,
    http::{Request, header},
};
use db::{Tx, args};
use sales::Settlement;

const DAY: &str = "2026-11-21";

/// Two stores with a day each, the second's a year ago, too; one person sees the first only.
struct Town {
    house: House,
    company: Company,
    theirs: Settlement,
    own: Settlement,
    event: String,
}

async fn town(db: db::Db) -> Town {
    let house = House::new(db).await;
    let one = || Some(vec![store_id(1)]);
    let people =
        [("tencho", Role::Manager, one()), ("honbu1", Role::Headquarters, one()), ("kanri", Role::Administrator, None)];
    let company = house.company("0012", &people).await;
    house.company("0034", &[("yoso", Role::Administrator, None)]).await;
    let pos = Pos::link(&house, "0012", 1, vec![named(1, "朝日店"), named(2, "夕日店")]).await;
    let (own, theirs) = (facts(41), facts(52));
    pos.settle(&house, 1, 1, &own).await;
    let event = pos.event(2, 1, &theirs);
    assert_eq!(pos.send(&house, &event).await.status, 200);
    pos.settle(&house, 2, 1, &on("2025-11-22", facts(63))).await;
    house.roll_up().await;
    Town { house, company, theirs, own, event: event.event_id.to_string() }
}

fn named(n: u128, name: &str) -> protocol::partner::LinkedStore {
    protocol::partner::LinkedStore { name: name.to_owned(), ..store(n, 1) }
}

fn net(facts: &Settlement) -> i64 {
    sales::datasets(facts).unwrap().settlement.net.0
}

impl Town {
    /// A route's path with ids of the store that is out of sight.
    fn path(&self, pattern: &str) -> String {
        let mut path = String::new();
        for part in pattern.split_inclusive(['{', '}']) {
            let Some(name) = part.strip_suffix('}') else {
                path.push_str(part.trim_end_matches('{'));
                continue;
            };
            path.push_str(&match name {
                "store" => store_id(2).to_string(),
                "date" => DAY.to_owned(),
                "check" => self.theirs.checks[0].id.to_string(),
                "event" => self.event.clone(),
                "what" => "attendance".to_owned(),
                "month" => "2026-11".to_owned(),
                "kind" => "budgets".to_owned(),
                _ => "00000000-0000-4000-8000-000000000000".to_owned(),
            });
        }
        path
    }

    /// Nothing of the other store: not its name, not its figures, not the sums that it is in.
    fn assert_nothing_of_it(&self, answer: &Answer, what: &str) {
        let text = answer.text();
        let (theirs, both) = (net(&self.theirs), net(&self.theirs) + net(&self.own));
        // As people read it, and as cells of a file and values of JSON.
        let written = |n: i64| {
            let plain = [format!(",{n},"), format!(",{n}\r"), format!(":{n},"), format!(":{n}}}")];
            plain.into_iter().chain([web::format::yen(n), web::format::thousands(n)])
        };
        for secret in [theirs, both].into_iter().flat_map(written).chain(["夕日店".to_owned()]) {
            assert!(!text.contains(&secret), "{what} tells {secret}");
        }
    }

    async fn audited(&self) -> i64 {
        let company = self.company.as_str().to_owned();
        let sql = "SELECT (SELECT COUNT(*) FROM audit WHERE company_id = $1)
            + 1000 * (SELECT COUNT(*) FROM approval WHERE company_id = $1) AS n";
        let unit = async move |tx: &mut Tx| tx.fetch_one(sql, args![company]).await;
        self.house.flaro.db.read(unit).await.unwrap().int("n").unwrap()
    }

    /// Every way a page is asked for: plain, over a year, for the other store, and as a file.
    fn questions(&self, pattern: &str) -> Vec<String> {
        let path = self.path(pattern);
        let year = "from=2025/11/22&to=2026/11/21&date=2026/11/21&month=2026/11";
        let mut asked = vec![path.clone(), format!("{path}?{year}"), format!("{path}?{year}&store={}", store_id(2))];
        let tables = ["", "stores", "hours", "closing", "drawers"];
        asked.extend(tables.map(|table| format!("{path}?{year}&format=csv&table={table}")));
        asked.push(format!("{path}?{year}&d1=store&d2=day&m=net&m=guests&format=csv"));
        asked
    }
}

async fn methods(house: &House, path: &str) -> Vec<String> {
    let request = Request::builder().method("TRACE").uri(path).header("sec-fetch-site", "same-origin");
    let answer = house.call(request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, 405, "{path}");
    let allowed = answer.headers[header::ALLOW].to_str().unwrap();
    allowed.split(',').map(|name| name.trim().to_owned()).filter(|name| name != "HEAD").collect()
}

fn pages(house: &House) -> Vec<String> {
    let routes = server::routes(house.flaro.clone());
    let own = |path: &&str| {
        !web::failure::for_programs(path) && !matches!(*path, "/login" | "/logout" | "/healthz" | "/readyz")
    };
    routes.paths().filter(own).filter(|path| !path.starts_with("/assets")).map(ToOwned::to_owned).collect()
}

#[tokio::test]
async fn whoever_sees_one_store_gets_nothing_of_another_on_any_route() {
    db::testing::each_engine(async |db| {
        let town = town(db).await;
        let admin = town.house.log_in("kanri").await;
        let html = town.house.page(&admin, "/reports/closing?from=2026/11/01&to=2026/11/30").await.text();
        assert!(html.contains("夕日店") && html.contains(&web::format::yen(net(&town.theirs))), "the secrets are real");
        for login in ["tencho", "honbu1"] {
            let cookie = town.house.log_in(login).await;
            for pattern in pages(&town.house) {
                if !methods(&town.house, &town.path(&pattern)).await.contains(&"GET".to_owned()) {
                    continue;
                }
                for question in town.questions(&pattern) {
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
        let (whole, one) = (token(&town, "kanri").await, token(&town, "tencho").await);
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

/// A token of somebody, made as the page makes it.
async fn token(town: &Town, login: &str) -> String {
    let (company, login) = (town.company.clone(), login.to_owned());
    let (text, stamp) = (api_tokens::text((town.house.flaro.random_bytes)()), Stamp::new(&town.house.flaro));
    let kept = text.clone();
    let unit = async move |tx: &mut Tx| -> Result<bool, db::DbError> {
        let row = tx.fetch_one("SELECT account_id, all_stores FROM account WHERE login = $1", args![&login]).await?;
        let scope = Scope { company, all_stores: row.flag("all_stores")?, account_id: row.text("account_id")? };
        api_tokens::issue(tx, &scope, &login, ("test", &kept), stamp).await
    };
    assert!(town.house.flaro.db.write(unit).await.unwrap());
    text
}

async fn ask(house: &House, path: &str, token: &str) -> Answer {
    let request = Request::builder().uri(path).header(header::AUTHORIZATION, format!("Bearer {token}"));
    house.call(request.body(Body::empty()).unwrap()).await
}
