//! Somebody who asks for what is the company's, with what its own people and programs would send.

use axum::{
    body::Body,
    http::{Request, header},
};
use db::{Row, testing::Snapshot};
use protocol::{event::Frame, partner::StoreTable};
use serde_json::json;

use super::{
    everything::{Everything, everything},
    forms::{Forms, Sent, as_text, encoded, forms},
    routes::{Route, routes},
    town::named,
};
use crate::tests::{house::Answer, pos::Pos};

/// Somebody who asks.
#[derive(Clone, Copy)]
pub enum Proof<'a> {
    Nothing,
    Cookie(&'a str),
    Bearer(&'a str),
    /// With the signing secret of a linkage.
    Signed(&'a Pos),
}

/// Whose page a form was opened on.
#[derive(Clone, Copy)]
pub enum Filled<'a> {
    ByTheOwner,
    ByWhoHas(&'a str),
}

/// What came back, and what the asker knew beforehand.
pub struct Asked {
    pub answer: Answer,
    pub typed: String,
}

impl Asked {
    /// The asker knew this, too.
    #[must_use]
    pub fn knowing(mut self, words: &str) -> Self {
        self.typed += words;
        self
    }
}

/// A company with one of everything, and all the ways to it.
pub struct Wall {
    pub own: Everything,
    pub routes: Vec<Route>,
    forms: Forms,
}

impl Wall {
    pub async fn new(db: db::Db) -> Self {
        let own = everything(db).await;
        let routes = routes(&own).await;
        let forms = Forms::on_pages(&own, &routes).await;
        Self { own, routes, forms }
    }

    pub fn pages(&self) -> impl Iterator<Item = &Route> {
        self.routes.iter().filter(|route| route.is_a_page())
    }

    pub fn programs(&self) -> impl Iterator<Item = &Route> {
        self.routes.iter().filter(|route| route.is_for_programs())
    }

    /// Asks for a page, with its form or file, to the end.
    pub async fn page(&self, route: &Route, proof: Proof<'_>, filled: Filled<'_>) -> Asked {
        if route.method == "GET" {
            return self.send(route, &route.path, proof, ("", Vec::new())).await;
        }
        let sent = match filled {
            Filled::ByTheOwner => self.forms.of_the_owner(&self.own, route),
            Filled::ByWhoHas(cookie) => self.forms.of_ones_own(&self.own, route, cookie).await,
        };
        let body = match &sent {
            Sent::Fields(fields) => ("application/x-www-form-urlencoded", encoded(fields)),
            Sent::File(file) => ("multipart/form-data; boundary=seam", attached(file)),
        };
        let mut asked = self.send(route, &route.path, proof, (body.0, body.1.into_bytes())).await;
        asked.typed += &as_text(&sent);
        if let (Sent::File(_), Proof::Cookie(cookie), 303) = (&sent, proof, asked.answer.status.as_u16()) {
            self.confirm(&asked.answer, cookie).await;
        }
        asked
    }

    /// A file that was taken shows what it would change: goes on to the end, as whoever sent it would.
    async fn confirm(&self, taken: &Answer, cookie: &str) {
        let preview = taken.headers[header::LOCATION].to_str().unwrap();
        let page = self.own.town.house.page(cookie, preview).await;
        for form in forms(&page.text()).into_iter().filter(|form| form.action.starts_with(preview)) {
            let fields: Vec<_> = form.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
            let answer = self.own.town.house.post(cookie, &form.action, &fields).await;
            assert!(!answer.status.is_server_error(), "{preview}: {}", answer.text());
        }
    }

    /// Asks as a program does.
    pub async fn program(&self, route: &Route, path: &str, proof: Proof<'_>) -> Asked {
        self.send(route, path, proof, ("application/json", self.document(route))).await
    }

    /// The questions that the company's own programs ask: all that is in sight, and the store out of some people's.
    pub fn questions(&self, route: &Route) -> Vec<String> {
        let days = format!("{}?from=2026-11-01&to=2026-11-30", route.path);
        let store = self.own.id("store");
        match (route.method.as_str(), route.pattern.as_str()) {
            ("GET", "/api/v1/stores") => vec![route.path.clone()],
            ("GET", "/api/v1/days" | "/api/v1/checks") => vec![days.clone(), format!("{days}&store={store}")],
            ("GET", "/api/v1/sales") => {
                let sales = format!("{days}&dimensions=store,day&measures=net,guests");
                vec![sales.clone(), format!("{sales}&store={store}")]
            }
            ("GET", "/partner/v1/linkages/{id}/control-totals") => vec![days],
            ("GET", _) => panic!("{} is new: say in `Wall::questions` what a program asks it", route.name()),
            _ => vec![route.path.clone()],
        }
    }

    /// What the company's own POS would send.
    fn document(&self, route: &Route) -> Vec<u8> {
        match (route.method.as_str(), route.pattern.as_str()) {
            ("GET", _) | ("DELETE", "/partner/v1/linkages/{id}") | ("POST", "/partner/v1/linkages/{id}/secrets") => {
                Vec::new()
            }
            ("POST", "/partner/v1/linkages") => {
                let asked = json!({"company_code": "0012", "company_name": "みなと食堂", "generation": 2});
                asked.to_string().into_bytes()
            }
            ("PUT", "/partner/v1/linkages/{id}/stores") => {
                let stores = vec![named(1, "一号店"), named(2, "二号店")];
                serde_json::to_vec(&StoreTable { version: 2, stores }).unwrap()
            }
            ("POST", "/webhook/{token}") => Frame::pack(&self.own.ahead.to_bytes()).unwrap().zstd,
            _ => panic!("{} is new: say in `Wall::document` what the company's program sends to it", route.name()),
        }
    }

    async fn send(&self, route: &Route, path: &str, proof: Proof<'_>, (kind, body): (&str, Vec<u8>)) -> Asked {
        let house = &self.own.town.house;
        let request = Request::builder().method(route.method.as_str()).uri(path);
        let request = request.header("sec-fetch-site", "same-origin").header(header::CONTENT_TYPE, kind);
        let request = match proof {
            Proof::Nothing => request.body(Body::from(body)).unwrap(),
            Proof::Cookie(cookie) => request.header(header::COOKIE, cookie).body(Body::from(body)).unwrap(),
            Proof::Bearer(text) => {
                request.header(header::AUTHORIZATION, format!("Bearer {text}")).body(Body::from(body)).unwrap()
            }
            Proof::Signed(pos) => {
                let mut signed = pos.request(house.now(), self.own.ahead.event_id, body, Some("zstd"));
                *signed.uri_mut() = path.parse().unwrap();
                *signed.method_mut() = route.method.parse().unwrap();
                signed
            }
        };
        let answer = house.call(request).await;
        assert!(!answer.status.is_server_error(), "{} {path}: {}", route.name(), answer.text());
        Asked { answer, typed: path.to_owned() }
    }

    /// The whole database but the rows of one company (none: with all of them), and sessions, which merely looking at
    /// pages writes.
    pub async fn snapshot(&self, without_company: &str) -> Snapshot {
        let others = |row: &Row| row.text("company_id").ok().is_none_or(|id| id != without_company);
        let whole = Snapshot::of(&self.own.town.house.flaro.db, &crate::schema::migrations(), others).await;
        whole.without("web_session")
    }

    /// Nothing of the company stands in an answer but what the asker said first.
    pub fn assert_nothing_of_it(&self, asked: &Asked, what: &str) {
        let text = asked.answer.text();
        for secret in self.own.secrets().iter().filter(|secret| !asked.typed.contains(secret.as_str())) {
            assert!(!text.contains(secret), "{what} tells {secret}: {text}");
        }
    }
}

/// A file in a form's body, as a browser sends it.
fn attached(file: &str) -> String {
    let head = "--seam\r\ncontent-disposition: form-data; name=\"file\"; filename=\"一覧.csv\"\r\n\r\n";
    format!("{head}{file}\r\n--seam--\r\n")
}
