//! `GET /metrics`, on a listener of its own: whoever reaches a place's pages or API does not reach its figures. An
//! address that other machines can reach asks for a token.

use crate::{parts::Parts, places};
use anyhow::{Result, bail};
use axum::{
    Router,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::get,
};
use protocol::hash::Sha256;
use std::{future::Future, path::PathBuf, sync::Arc};
use web::metrics::{CONTENT_TYPE, Exposition};

/// What every process tells of itself.
#[derive(Clone, Debug)]
pub struct Process {
    /// `pos`, `flaro`, `register`
    pub place: &'static str,
    /// Where its SQLite database lies.
    pub folder: Option<PathBuf>,
}

/// Where the figures are served, and to whom.
#[derive(Clone, Debug)]
pub struct Door {
    /// Socket address; empty: nowhere.
    pub listen: String,
    /// Empty: whoever reaches a loopback address.
    pub token: String,
}

/// Serves the figures that `write` puts on the page, as a part of the place.
pub async fn start<F, R>(door: Door, process: Process, write: F, parts: &mut Parts) -> Result<()>
where
    F: Fn(Exposition) -> R + Send + Sync + 'static,
    R: Future<Output = Exposition> + Send + 'static,
{
    if door.listen.is_empty() {
        return Ok(());
    }
    let listener = places::listen(&door.listen).await?;
    let address = listener.local_addr()?;
    if door.token.is_empty() && !address.ip().is_loopback() {
        bail!(
            "{}.metrics_listen {address} can be reached from other machines: set {}.metrics_token, or listen on 127.0.0.1",
            process.place,
            process.place
        );
    }
    let router = router(&door.token, process, write);
    parts.start("the figures", places::serve("figures", router, listener, parts.stop()));
    Ok(())
}

fn router<F, R>(token: &str, process: Process, write: F) -> Router
where
    F: Fn(Exposition) -> R + Send + Sync + 'static,
    R: Future<Output = Exposition> + Send + 'static,
{
    let wanted = (!token.is_empty()).then(|| Sha256::of(token.as_bytes()));
    let write = Arc::new(write);
    Router::new().route(
        "/metrics",
        get(move |headers: HeaderMap| {
            let (write, process) = (write.clone(), process.clone());
            async move {
                if wanted.is_some_and(|wanted| given(&headers) != Some(wanted)) {
                    return StatusCode::UNAUTHORIZED.into_response();
                }
                page(&*write, &process).await
            }
        }),
    )
}

/// The hash of the token that was shown: hashes may be compared in any time.
fn given(headers: &HeaderMap) -> Option<Sha256> {
    let token = headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")?;
    Some(Sha256::of(token.as_bytes()))
}

async fn page<R: Future<Output = Exposition>>(write: &impl Fn(Exposition) -> R, process: &Process) -> Response {
    let mut page = Exposition::default();
    page.gauge("shime_build_info", "What runs here.")
        .of(&[("place", process.place), ("version", env!("CARGO_PKG_VERSION"))], 1);
    if let Some(free) = process.folder.as_deref().and_then(places::free_bytes) {
        page.gauge("shime_disk_free_bytes", "Room on the disk of the database.").is(free);
    }
    ([(header::CONTENT_TYPE, CONTENT_TYPE)], write(page).await.into_text()).into_response()
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::{body::Body, http::Request};
    use tower::ServiceExt;

    fn process() -> Process {
        Process { place: "pos", folder: Some(std::env::temp_dir()) }
    }

    async fn asked(token: &str, shown: Option<&str>) -> (StatusCode, String) {
        let router = router(token, process(), async |page| page);
        let mut request = Request::builder().uri("/metrics");
        if let Some(shown) = shown {
            request = request.header(header::AUTHORIZATION, format!("Bearer {shown}"));
        }
        let answer = router.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
        let status = answer.status();
        let body = axum::body::to_bytes(answer.into_body(), 1 << 20).await.unwrap();
        (status, String::from_utf8(body.to_vec()).unwrap())
    }

    #[tokio::test]
    async fn a_token_that_is_set_is_asked_for() {
        for (shown, status) in [(None, 401), (Some("guess"), 401), (Some("right"), 200)] {
            assert_eq!(asked("right", shown).await.0, status, "{shown:?}");
        }
        let (status, text) = asked("", None).await;
        assert_eq!(status, 200);
        assert!(text.contains("shime_build_info{place=\"pos\",version=\""), "{text}");
        assert!(text.lines().any(|line| line.starts_with("shime_disk_free_bytes ")), "{text}");
    }

    #[tokio::test]
    async fn an_address_that_others_reach_needs_a_token() {
        let (_sender, stop) = tokio::sync::watch::channel(false);
        let mut parts = Parts::new(stop);
        let door = |token: &str| Door { listen: "0.0.0.0:0".to_owned(), token: token.to_owned() };
        let refused = start(door(""), process(), async |page| page, &mut parts).await;
        assert!(refused.unwrap_err().to_string().contains("pos.metrics_token"));
        assert!(start(door("a token"), process(), async |page| page, &mut parts).await.is_ok());
    }
}
