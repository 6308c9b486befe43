//! A lobby in front of paths that a crowd may ask for in one moment: who waits to be recognised waits as a request and
//! nothing more, where serving it takes ten times the memory.

use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::request::Parts;
use axum::middleware::{self, Next};
use axum::response::Response;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::Routes;

/// Held until its request is recognised.
#[derive(Clone, Debug)]
struct Seat(#[expect(dead_code, reason = "held until it is dropped")] Arc<OwnedSemaphorePermit>);

/// Lets so many requests at a time be recognised; the others wait their turn. Whoever recognises them says so with
/// [`recognised`], otherwise a request keeps its seat until its head is dropped. Belongs outside of everything else.
pub fn lobby(routes: Routes, seats: usize) -> Routes {
    let seats = Arc::new(Semaphore::new(seats));
    routes.around(|router| router.layer(middleware::from_fn_with_state(seats, wait)))
}

/// It is known whose request this is: what comes is bounded by whose it is, and the next may be recognised.
pub fn recognised(parts: &mut Parts) {
    drop(parts.extensions.remove::<Seat>());
}

async fn wait(State(seats): State<Arc<Semaphore>>, mut request: Request, next: Next) -> Response {
    // It is never closed.
    if let Ok(seat) = seats.acquire_owned().await {
        request.extensions_mut().insert(Seat(Arc::new(seat)));
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

    struct Known;

    impl<S: Sync> FromRequestParts<S> for Known {
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
            .route("/known", get(async move |_: Known| known.notified().await))
            .route("/unknown", get(async move |_request: Request| unknown.notified().await))
            .route("/quick", get(async || "done"));
        let router = lobby(routes, 1).into_router();
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
}
