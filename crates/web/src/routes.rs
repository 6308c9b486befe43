//! The routes of a place, and the list of their paths: what is served is listed, because there is no other way in.
//!
//! Axum's router can't say which paths it has. [`Routes`] is that router with a memory: pages are added to it as they
//! are to a router, and [`crate::console()`] takes nothing else. A test that walks over [`Routes::paths`] therefore
//! meets every page there is, also the one that is added tomorrow.

use axum::Router;
use axum::routing::MethodRouter;

/// Routes that can be listed.
#[derive(Clone, Debug)]
#[must_use]
pub struct Routes<S = ()> {
    router: Router<S>,
    paths: Vec<String>,
}

impl<S: Clone + Send + Sync + 'static> Routes<S> {
    /// None yet.
    pub fn new() -> Self {
        Self { router: Router::new(), paths: Vec::new() }
    }

    /// One more path. What it answers to a method it doesn't take says which it takes (`Allow`).
    pub fn route(mut self, path: &str, methods: MethodRouter<S>) -> Self {
        if !self.paths.iter().any(|listed| listed == path) {
            self.paths.push(path.to_owned());
        }
        Self { router: self.router.route(path, methods), paths: self.paths }
    }

    /// The routes of both.
    pub fn merge(mut self, other: Self) -> Self {
        self.paths.extend(other.paths);
        Self { router: self.router.merge(other.router), paths: self.paths }
    }

    /// With the state that the handlers ask for.
    pub fn with_state<T>(self, state: S) -> Routes<T> {
        Routes { router: self.router.with_state(state), paths: self.paths }
    }

    /// Every path, with its parameters in braces, in the order they were added.
    pub fn paths(&self) -> impl Iterator<Item = &str> {
        self.paths.iter().map(String::as_str)
    }

    /// Puts something around all of them. Not for other crates: a route added here would not be listed.
    pub(crate) fn around(self, layer: impl FnOnce(Router<S>) -> Router<S>) -> Self {
        Self { router: layer(self.router), paths: self.paths }
    }

    /// What a server serves; the list ends here.
    pub fn into_router(self) -> Router<S> {
        self.router
    }
}

impl<S: Clone + Send + Sync + 'static> Default for Routes<S> {
    fn default() -> Self {
        Self::new()
    }
}

#[cfg(test)]
mod tests {
    use axum::routing::{get, post};

    use super::*;

    #[test]
    fn every_path_is_listed_once_whichever_way_it_came() {
        let shelf = Routes::new().route("/jars", get(async || "")).route("/jars/{jar}", get(async || ""));
        let all = Routes::new().route("/", get(async || "")).merge(shelf).route("/jars", post(async || ""));
        let all: Routes = all.with_state(()).around(|router| router.fallback(async || ""));
        assert_eq!(all.paths().collect::<Vec<_>>(), ["/", "/jars", "/jars/{jar}"]);
    }
}
