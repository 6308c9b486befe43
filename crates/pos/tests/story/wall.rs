//! The walls between companies, stores and rights, tried on every route there is.
//!
//! The routes come from the router itself and their methods from what it answers, so a route that is added is tried
//! without anybody listing it. What is typed comes from the forms on the company's own pages: with them an outsider
//! asks for the company's own things. Nothing of the company may change, and no page may show any of it.

mod everything;
mod forms;
mod hostile;
mod masters;

use std::collections::BTreeSet;

use axum::body::Body;
use axum::http::{Method, Request, StatusCode, header};
use base64::Engine;
use db::testing::{Snapshot, each_engine};
use db::{Db, Row};
use pos::linkage::start::start;
use pos::{Tenant, schema, server};

use crate::house::{Answer, House, PASSWORD, company};
use everything::{Everything, everything};
use forms::{Forms, Sent, encoded, forms};

/// Whoever isn't signed in may open these; each has a story of its own.
const PUBLIC: [&str; 6] = ["/login", "/logout", "/invitation", "/healthz", "/readyz", "/assets/{hash}/{name}"];

/// Only 企業管理者 may do these; 本部 gets 403 here and nowhere else.
const ADMIN_ONLY: [&str; 17] = [
    "POST /settings/linkages/flaro/start",
    "POST /settings/linkages/flaro/stores",
    "POST /settings/linkages/flaro/common",
    "POST /settings/linkages/flaro/end",
    "POST /settings/linkages/flaro/secret",
    "POST /settings/linkages/flaro/stores/{store_id}/held",
    "GET /settings/linkages/flaro/past",
    "POST /settings/linkages/flaro/past",
    "GET /people",
    "GET /people/invite",
    "POST /people/invite",
    "GET /people/{account_id}",
    "POST /people/{account_id}",
    "POST /people/{account_id}/state",
    "POST /people/{account_id}/link",
    "POST /tax-rates",
    "POST /tax-rates/withdraw",
];

/// One thing to ask for.
struct Route {
    method: Method,
    /// As it was registered.
    pattern: String,
    /// With the company's own ids.
    path: String,
}

impl Route {
    fn is_for_programs(&self) -> bool {
        web::failure::for_programs(&self.pattern)
    }

    fn is_public(&self) -> bool {
        PUBLIC.contains(&self.pattern.as_str())
    }

    fn names_a_thing(&self) -> bool {
        self.pattern.contains('{')
    }

    fn name(&self) -> String {
        format!("{} {}", self.method, self.pattern)
    }
}

/// Somebody who asks.
#[derive(Clone, Copy)]
enum Proof<'a> {
    Nothing,
    Cookie(&'a str),
    Authorization(&'a str),
}

struct Wall {
    house: House,
    own: Everything,
    routes: Vec<Route>,
    forms: Forms,
}

impl Wall {
    async fn new(db: &Db) -> Self {
        let (house, own) = everything(db).await;
        let listed = server::routes(house.pos.clone());
        let mut routes = Vec::new();
        for pattern in listed.paths() {
            let path = own.path(pattern);
            for method in methods(&house, &path).await {
                routes.push(Route { method, pattern: pattern.to_owned(), path: path.clone() });
            }
        }
        let forms = Forms::on_pages(&house, &own, &routes).await;
        Self { house, own, routes, forms }
    }

    async fn ask(&self, route: &Route, proof: Proof<'_>) -> Answer {
        let (kind, body) = match () {
            () if route.method == Method::GET => ("", String::new()),
            () if route.is_for_programs() => ("application/json", self.own.document(&route.pattern)),
            () => match self.forms.of(route) {
                Sent::Fields(fields) => ("application/x-www-form-urlencoded", encoded(fields)),
                Sent::File(file) => ("multipart/form-data; boundary=seam", attached(file)),
            },
        };
        let answer = self.send(&route.method, &route.path, proof, kind, body).await;
        assert!(!answer.status.is_server_error(), "{}: {}", route.name(), answer.text);
        if kind.starts_with("multipart") && answer.status == StatusCode::SEE_OTHER {
            self.confirm(answer.header("location"), proof).await;
        }
        answer
    }

    async fn send(&self, method: &Method, path: &str, proof: Proof<'_>, kind: &str, body: String) -> Answer {
        let request = Request::builder().method(method.clone()).uri(path).header("sec-fetch-site", "same-origin");
        let request = match proof {
            Proof::Nothing => request,
            Proof::Cookie(cookie) => request.header(header::COOKIE, cookie),
            Proof::Authorization(value) => request.header(header::AUTHORIZATION, value),
        };
        self.house.send(request.header(header::CONTENT_TYPE, kind).body(Body::from(body)).unwrap()).await
    }

    /// A file that was taken shows what it would change: goes on to the end, as whoever sent it would.
    async fn confirm(&self, preview: &str, proof: Proof<'_>) {
        let page = self.send(&Method::GET, preview, proof, "", String::new()).await;
        for form in forms(&page.text).into_iter().filter(|form| form.action.starts_with(preview)) {
            let kind = "application/x-www-form-urlencoded";
            let answer = self.send(&Method::POST, &form.action, proof, kind, encoded(&form.fields)).await;
            assert!(!answer.status.is_server_error(), "{preview}: {}", answer.text);
        }
    }

    fn pages(&self) -> impl Iterator<Item = &Route> {
        self.routes.iter().filter(|route| !route.is_for_programs() && !route.is_public())
    }

    fn programs(&self) -> impl Iterator<Item = &Route> {
        self.routes.iter().filter(|route| route.is_for_programs())
    }

    /// Another company, linked like ours, with the token of one of its tills.
    async fn stranger(&self) -> (Tenant, String) {
        let (tenant, [(_, _, token), _]) = company(&self.house.pos, "777").await;
        start(&self.house.pos, &tenant, "鈴木", true).await.unwrap();
        (tenant, token)
    }

    /// The whole database but the rows of one company (none: with all of them), and sessions, which merely looking at
    /// pages writes.
    async fn snapshot(&self, without_company: &str) -> Snapshot {
        let others = |row: &Row| row.text("company_id").ok().is_none_or(|id| id != without_company);
        Snapshot::of(&self.house.pos.db, &schema::migrations(), others).await.without("web_session")
    }
}

/// A file in a form's body, as a browser sends it.
fn attached(file: &str) -> String {
    let head = "--seam\r\ncontent-disposition: form-data; name=\"file\"; filename=\"一覧.csv\"\r\n\r\n";
    format!("{head}{file}\r\n--seam--\r\n")
}

/// The methods a path takes, as the router says to one that it doesn't.
async fn methods(house: &House, path: &str) -> Vec<Method> {
    let request = Request::builder().method(Method::TRACE).uri(path).header("sec-fetch-site", "same-origin");
    let answer = house.send(request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{path}");
    let allowed = answer.header("allow").split(',').map(|name| name.trim().parse::<Method>().unwrap());
    let methods: Vec<Method> = allowed.filter(|method| method != Method::HEAD).collect();
    assert!(!methods.is_empty(), "{path} takes no method");
    methods
}

#[tokio::test]
async fn the_samples_are_the_companys_own_and_open() {
    each_engine(async |db| {
        let wall = Wall::new(&db).await;
        let admin = wall.house.log_in("admin.0012345").await;
        for route in wall.pages().filter(|route| route.method == Method::GET) {
            let answer = wall.ask(route, Proof::Cookie(&admin)).await;
            // A page that needs a question answered first may lead to where it is asked.
            let leads = !route.names_a_thing() && answer.status == StatusCode::SEE_OTHER;
            assert!(answer.status == StatusCode::OK || leads, "{} as {}: {}", route.name(), route.path, answer.status);
        }
        assert!(wall.routes.len() > 30, "the list is the router's");
        let wordless = "SELECT COUNT(*) AS n FROM audit WHERE after IS NULL OR after = ''";
        assert_eq!(wall.house.count(wordless).await, 0, "an entry of 変更履歴 says what it was changed to");
    })
    .await;
}

#[tokio::test]
async fn the_sample_files_change_something_for_the_companys_own_admin() {
    each_engine(async |db| {
        let wall = Wall::new(&db).await;
        let admin = wall.house.log_in("admin.0012345").await;
        let files = wall.pages().filter(|r| r.method == Method::POST && matches!(wall.forms.of(r), Sent::File(_)));
        let files: Vec<&Route> = files.collect();
        assert!(files.len() >= 7, "products, three kinds of masters and three of settings: {}", files.len());
        for route in files {
            let before = wall.snapshot("").await;
            let answer = wall.ask(route, Proof::Cookie(&admin)).await;
            assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}: {}", route.name(), answer.text);
            assert!(!before.is(&wall.snapshot("").await), "{} changes nothing", route.name());
        }
    })
    .await;
}

#[tokio::test]
async fn whoever_is_not_signed_in_gets_the_log_in_page_and_changes_nothing() {
    each_engine(async |db| {
        let wall = Wall::new(&db).await;
        let before = wall.snapshot("").await;
        for route in wall.pages() {
            let answer = wall.ask(route, Proof::Nothing).await;
            assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", route.name());
            assert!(answer.header("location").starts_with("/login"), "{}", route.name());
            before.assert_is(&wall.snapshot("").await, &route.name());
        }
    })
    .await;
}

#[tokio::test]
async fn another_companys_admin_finds_nothing_and_changes_nothing() {
    each_engine(async |db| {
        let wall = Wall::new(&db).await;
        let stranger = wall.stranger().await.0;
        let cookie = wall.house.log_in("admin.777").await;
        let before = wall.snapshot(stranger.as_str()).await;
        for route in wall.pages() {
            let answer = wall.ask(route, Proof::Cookie(&cookie)).await;
            if route.names_a_thing() {
                assert_eq!(answer.status, StatusCode::NOT_FOUND, "{}", route.name());
            }
            if route.method == Method::GET {
                wall.own.assert_not_in(&answer.text, &route.name());
            }
            before.assert_is(&wall.snapshot(stranger.as_str()).await, &route.name());
        }
    })
    .await;
}

#[tokio::test]
async fn another_stores_person_finds_nothing_and_changes_nothing() {
    each_engine(async |db| {
        let wall = Wall::new(&db).await;
        let cookie = wall.house.log_in("neighbour.0012345").await;
        let before = wall.snapshot("").await;
        for route in wall.pages() {
            let answer = wall.ask(route, Proof::Cookie(&cookie)).await;
            if route.names_a_thing() {
                let refused = matches!(answer.status, StatusCode::NOT_FOUND | StatusCode::FORBIDDEN);
                assert!(refused, "{}: {}", route.name(), answer.status);
            }
            if route.method == Method::GET {
                wall.own.assert_not_in(&answer.text, &route.name());
            }
            before.assert_is(&wall.snapshot("").await, &route.name());
        }
    })
    .await;
}

#[tokio::test]
async fn what_only_an_admin_may_is_refused_to_the_head_office() {
    each_engine(async |db| {
        let wall = Wall::new(&db).await;
        let cookie = wall.house.log_in("head.0012345").await;
        let mut refused = BTreeSet::new();
        for route in wall.pages() {
            let before = wall.snapshot("").await;
            let answer = wall.ask(route, Proof::Cookie(&cookie)).await;
            if answer.status == StatusCode::FORBIDDEN {
                before.assert_is(&wall.snapshot("").await, &route.name());
                refused.insert(route.name());
            }
        }
        let expected: BTreeSet<String> = ADMIN_ONLY.map(ToOwned::to_owned).into();
        let (missing, new) = (expected.difference(&refused), refused.difference(&expected));
        let (missing, new): (Vec<_>, Vec<_>) = (missing.collect(), new.collect());
        assert!(missing.is_empty(), "本部 may do what only 企業管理者 should: {missing:?}");
        assert!(new.is_empty(), "if only 企業管理者 should be able to, add to ADMIN_ONLY: {new:?}");
    })
    .await;
}

#[tokio::test]
async fn a_program_with_somebody_elses_credential_changes_nothing() {
    each_engine(async |db| {
        let wall = Wall::new(&db).await;
        let (stranger, foreign) = wall.stranger().await;
        let cookie = wall.house.log_in("admin.0012345").await;
        let basic = |login: &str, password: &str| {
            let pair = base64::engine::general_purpose::STANDARD.encode(format!("{login}:{password}"));
            format!("Basic {pair}")
        };
        let [other, foreign] = [&wall.house.other_token, &foreign].map(|token| format!("Bearer {token}"));
        let unknown = "Bearer shime_till_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA".to_owned();
        let admin = basic("admin.777", PASSWORD);
        let refused = [StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN, StatusCode::NOT_FOUND];
        let before = wall.snapshot(stranger.as_str()).await;
        for route in wall.programs() {
            let credentials = [&other, &foreign, &unknown, &admin].map(|value| Proof::Authorization(value));
            for proof in credentials.into_iter().chain([Proof::Nothing, Proof::Cookie(&cookie)]) {
                let answer = wall.ask(route, proof).await;
                assert!(refused.contains(&answer.status), "{}: {} {}", route.name(), answer.status, answer.text);
                before.assert_is(&wall.snapshot(stranger.as_str()).await, &route.name());
            }
        }
    })
    .await;
}
