//! Every route there is, with the company's own ids in it.

use std::cmp::Reverse;

use axum::{
    body::Body,
    http::{Request, header},
};

use super::everything::Everything;
use crate::{server, tests::house::House};

/// Whoever isn't signed in may open these; each has a story of its own.
const PUBLIC: [&str; 6] = ["/login", "/logout", "/invitation", "/healthz", "/readyz", "/assets/{hash}/{name}"];
/// Parameters that are dates and words of ours, nobody's things.
const WORDS: [&str; 6] = ["{date}", "{month}", "{kind}", "{what}", "{hash}", "{name}"];

/// One thing to ask for.
pub struct Route {
    pub method: String,
    /// As it was registered.
    pub pattern: String,
    /// With the company's own ids.
    pub path: String,
}

impl Route {
    pub fn is_for_programs(&self) -> bool {
        web::failure::for_programs(&self.pattern)
    }

    /// A page that needs a log-in.
    pub fn is_a_page(&self) -> bool {
        !self.is_for_programs() && !PUBLIC.contains(&self.pattern.as_str())
    }

    pub fn names_a_thing(&self) -> bool {
        let named = |part: &str| part.starts_with('{') && !WORDS.contains(&part);
        self.pattern.split('/').any(named)
    }

    pub fn name(&self) -> String {
        format!("{} {}", self.method, self.pattern)
    }

    /// Reading first; then what is deep before what it is a part of; at last what ends something, and the session.
    fn order(&self) -> (u8, Reverse<usize>) {
        let ends =
            self.method == "DELETE" || ["/state", "/delete", "/revoke"].iter().any(|e| self.pattern.ends_with(e));
        let class = match self.method.as_str() {
            "GET" => 0,
            _ if self.pattern == "/mypage" => 3,
            _ => 1 + u8::from(ends),
        };
        (class, Reverse(self.pattern.matches('/').count()))
    }
}

/// All of them, in an order in which none takes another's thing away.
pub async fn routes(own: &Everything) -> Vec<Route> {
    let listed = server::routes(own.town.house.flaro.clone());
    let mut routes = Vec::new();
    for pattern in listed.paths() {
        for path in own.paths(pattern) {
            for method in methods(&own.town.house, &path).await {
                routes.push(Route { method, pattern: pattern.to_owned(), path: path.clone() });
            }
        }
    }
    routes.sort_by_key(Route::order);
    assert!(routes.len() > 100, "the list is the router's: {}", routes.len());
    routes
}

/// The methods a path takes, as the router says to one that it doesn't.
async fn methods(house: &House, path: &str) -> Vec<String> {
    let request = Request::builder().method("TRACE").uri(path).header("sec-fetch-site", "same-origin");
    let answer = house.call(request.body(Body::empty()).unwrap()).await;
    assert_eq!(answer.status, 405, "{path}");
    let allowed = answer.headers[header::ALLOW].to_str().unwrap();
    let methods: Vec<_> = allowed.split(',').map(|name| name.trim().to_owned()).filter(|name| name != "HEAD").collect();
    assert!(!methods.is_empty(), "{path} takes no method");
    methods
}
