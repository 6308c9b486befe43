//! A lobby in front of paths that a crowd may ask for in one moment: who waits to be recognised waits as a request and
//! nothing more, where serving it takes ten times the memory.

use std::collections::HashSet;
use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::sync::{Arc, Mutex, PoisonError};

use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use axum::middleware::{self, Next};
use axum::response::Response;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::Routes;

/// Regulars of one generation; two are remembered, 16 bytes each.
const REGULARS_MAX: usize = 32 << 10;

/// How many may be recognised at a time.
#[derive(Clone, Copy, Debug)]
pub struct Seats {
    /// Of those who were never seen, or not for long.
    pub strangers: usize,
    /// Of those who were recognised before: they don't wait behind a crowd of strangers.
    pub regulars: usize,
}

#[derive(Debug)]
struct Lobby {
    strangers: Arc<Semaphore>,
    regulars: Arc<Semaphore>,
    known: Arc<Known>,
}

/// Who was recognised before, by a hash of what they show.
#[derive(Debug, Default)]
struct Known {
    hasher: RandomState,
    generations: Mutex<Generations>,
}

#[derive(Debug, Default)]
struct Generations {
    now: HashSet<u64>,
    before: HashSet<u64>,
}

impl Known {
    fn key(&self, headers: &HeaderMap) -> Option<u64> {
        headers.get(header::AUTHORIZATION).map(|shown| self.hasher.hash_one(shown.as_bytes()))
    }

    fn has(&self, key: u64) -> bool {
        let known = self.generations.lock().unwrap_or_else(PoisonError::into_inner);
        known.now.contains(&key) || known.before.contains(&key)
    }

    fn remember(&self, key: u64) {
        let mut known = self.generations.lock().unwrap_or_else(PoisonError::into_inner);
        if known.now.len() >= REGULARS_MAX && !known.now.contains(&key) {
            known.before = std::mem::take(&mut known.now);
        }
        known.now.insert(key);
    }
}

/// Held until its request is recognised.
#[derive(Clone, Debug)]
struct Seat(Arc<Seated>);

#[derive(Debug)]
struct Seated {
    known: Arc<Known>,
    key: Option<u64>,
    _permit: OwnedSemaphorePermit,
}

/// Lets so many requests at a time be recognised; the others wait their turn. Whoever recognises them says so with
/// [`recognised`], otherwise a request keeps its seat until its head is dropped. Belongs outside of everything else.
pub fn lobby(routes: Routes, seats: Seats) -> Routes {
    let [strangers, regulars] = [seats.strangers, seats.regulars].map(|seats| Arc::new(Semaphore::new(seats)));
    let lobby = Arc::new(Lobby { strangers, regulars, known: Arc::default() });
    routes.around(|router| router.layer(middleware::from_fn_with_state(lobby, wait)))
}

/// It is known whose request this is: what comes is bounded by whose it is, and the next may be recognised.
pub fn recognised(parts: &mut Parts) {
    if let Some(Seat(seated)) = parts.extensions.remove()
        && let Some(key) = seated.key
    {
        seated.known.remember(key);
    }
}

async fn wait(State(lobby): State<Arc<Lobby>>, mut request: Request, next: Next) -> Response {
    let key = lobby.known.key(request.headers());
    let seats = if key.is_some_and(|key| lobby.known.has(key)) { &lobby.regulars } else { &lobby.strangers };
    // It is never closed.
    if let Ok(permit) = Arc::clone(seats).acquire_owned().await {
        request.extensions_mut().insert(Seat(Arc::new(Seated {
            known: Arc::clone(&lobby.known),
            key,
            _permit: permit,
        })));
    }
    next.run(request).await
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::time::Duration;

    use axum::body::Body;
    use axum::extract::FromRequestParts;
    use axum::routing::get;
    use tokio::sync::Notify;
    use tokio::time::timeout;
    use tower::ServiceExt;

    use super::*;

    struct Recognised;

    impl<S: Sync> FromRequestParts<S> for Recognised {
        type Rejection = Infallible;

        async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
            recognised(parts);
            Ok(Self)
        }
    }

    #[tokio::test]
    async fn who_is_recognised_makes_room_for_the_next_and_who_is_not_keeps_the_seat() {
        let over = Arc::new(Notify::new());
        let [known, unknown] = [over.clone(), over.clone()];
        let routes = Routes::new()
            .route("/known", get(async move |_: Recognised| known.notified().await))
            .route("/unknown", get(async move |_request: Request| unknown.notified().await))
            .route("/quick", get(async || "done"));
        let router = lobby(routes, Seats { strangers: 1, regulars: 1 }).into_router();
        let ask = |path: &str| router.clone().oneshot(Request::get(path).body(Body::empty()).unwrap());

        let slow = tokio::spawn(ask("/known"));
        tokio::task::yield_now().await;
        assert!(timeout(Duration::from_secs(30), ask("/quick")).await.is_ok(), "its seat was given back");
        over.notify_one();
        assert!(slow.await.unwrap().is_ok());

        let slow = tokio::spawn(ask("/unknown"));
        tokio::task::yield_now().await;
        assert!(timeout(Duration::from_millis(50), ask("/quick")).await.is_err(), "there is one seat");
        over.notify_one();
        assert!(slow.await.unwrap().is_ok());
        assert!(timeout(Duration::from_secs(30), ask("/quick")).await.is_ok());
    }

    #[tokio::test]
    async fn who_was_recognised_before_does_not_wait_behind_strangers() {
        let never = Arc::new(Notify::new());
        let routes = Routes::new()
            .route("/known", get(async |_: Recognised| "done"))
            .route("/unknown", get(async move |_request: Request| never.notified().await));
        let router = lobby(routes, Seats { strangers: 1, regulars: 1 }).into_router();
        let ask = |path: &str, shown: &str| {
            let request = Request::get(path).header(header::AUTHORIZATION, shown);
            router.clone().oneshot(request.body(Body::empty()).unwrap())
        };
        assert!(ask("/known", "one").await.is_ok());
        let crowd = tokio::spawn(ask("/unknown", "a stranger"));
        tokio::task::yield_now().await;
        assert!(timeout(Duration::from_millis(50), ask("/known", "another")).await.is_err(), "never seen");
        assert!(timeout(Duration::from_secs(30), ask("/known", "one")).await.is_ok(), "a regular");
        crowd.abort();
    }

    #[test]
    fn regulars_are_forgotten_before_they_fill_the_memory() {
        let known = Known::default();
        let all = u64::try_from(REGULARS_MAX).unwrap();
        (0..3 * all).for_each(|key| known.remember(key));
        assert_eq!([0, all, 2 * all, 3 * all - 1].map(|key| known.has(key)), [false, true, true, true]);
        let generations = known.generations.lock().unwrap();
        assert_eq!(generations.now.len() + generations.before.len(), 2 * REGULARS_MAX);
    }
}
