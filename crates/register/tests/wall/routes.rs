//! Everything the screen serves, as its router lists it.

use crate::{
    story::{OPEN, PAID},
    world::{World, own},
};
use axum::http::StatusCode;

/// One thing to ask for.
pub struct Route {
    pub method: String,
    /// As it was registered.
    pub pattern: String,
    /// With ids of things that are there.
    pub path: String,
}

impl World {
    /// Every route there is, with each method it takes.
    pub async fn routes(&self) -> Vec<Route> {
        let mut routes = Vec::new();
        for pattern in self.screen.routes().paths() {
            let path = self.path(pattern).await;
            let answer = self.send("TRACE", &path, &own(""), &[]).await;
            assert_eq!(answer.status, StatusCode::METHOD_NOT_ALLOWED, "{path}");
            let methods = answer.header("allow").split(',').filter(|method| *method != "HEAD");
            let route = |method: &str| Route { method: method.into(), pattern: pattern.into(), path: path.clone() };
            routes.extend(methods.map(route));
        }
        assert!(routes.len() > 30, "the list is the router's");
        routes
    }

    /// A route's path, with ids of things that are there in place of its parameters.
    pub async fn path(&self, pattern: &str) -> String {
        let settlements = self.till.settlements(1).await.unwrap();
        let settlement = settlements.first().map_or("x".to_owned(), |filed| filed.id.to_string());
        let ids = [("orders", OPEN), ("receipts", PAID), ("checks", PAID), ("settlements", &settlement)];
        let ids = ids.map(|(of, id)| (format!("/{of}/{{id}}"), id.to_owned())).into();
        web::testing::routes::path(pattern, &ids, "say in `World::path` which id stands in it")
    }
}
