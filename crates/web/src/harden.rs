//! What stands between the network and every handler.
//!
//! [`harden`] is for pages: security headers with a strict Content-Security-Policy, cross-site requests refused,
//! bounded bodies and time, panics caught, errors given a page, requests traced without query strings or headers.
//! [`harden_api`] is for paths that programs call with a bearer token or a signature: the same without the
//! cross-site check, because such a request carries no cookie that a foreign page could borrow. Keep the two
//! routers apart, harden each, and merge them; a route that reads the session cookie belongs to [`harden`] only.

use std::sync::Arc;
use std::time::Duration;

use axum::extract::{DefaultBodyLimit, MatchedPath, Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, Request as HttpRequest, StatusCode, header};
use axum::middleware::{self, Next};
use axum::response::{IntoResponse, Response};
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::classify::ServerErrorsFailureClass;
use tower_http::compression::CompressionLayer;
use tower_http::csrf::CsrfLayer;
use tower_http::limit::RequestBodyLimitLayer;
use tower_http::timeout::TimeoutLayer;
use tower_http::trace::{DefaultOnResponse, TraceLayer};
use tracing::{Level, Span};

use crate::{Routes, failure, upload};

/// What is allowed on a page: nothing but what comes from here, and nothing inline.
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; style-src 'self'; script-src 'self'; \
     img-src 'self' data:; connect-src 'self'; form-action 'self'; frame-ancestors 'none'; base-uri 'none'";

/// How a place is exposed.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The name on error pages and on the log-in page.
    pub product: String,
    /// Where an error page leads back to.
    pub home: String,
    /// Browsers reach it over https: cookies become `Secure` and HSTS is sent.
    pub https: bool,
    /// A proxy in front sets `X-Forwarded-For`: its last entry is the client's address.
    pub behind_proxy: bool,
    /// The largest body a request may have; only an [`upload::Upload`] takes more.
    pub body_bytes_max: usize,
    /// The longest a handler may take.
    pub answer_within: Duration,
}

impl Settings {
    /// Plain http on this machine, 1 MiB bodies, 30 seconds.
    pub fn new(product: impl Into<String>) -> Self {
        Self {
            product: product.into(),
            home: "/".to_owned(),
            https: false,
            behind_proxy: false,
            body_bytes_max: 1 << 20,
            answer_within: Duration::from_secs(30),
        }
    }
}

/// Guards routes that people reach with a session cookie.
pub fn harden(routes: Routes, settings: &Settings) -> Routes {
    let shared = Arc::new(settings.clone());
    let guarded = routes.around(|router| {
        router
            .layer(CsrfLayer::new())
            // The extractors keep to the first limit, an upload to its own: both say so in words.
            // The last wall stands behind them, for whoever reads a bare body.
            .layer(DefaultBodyLimit::max(settings.body_bytes_max))
            .layer(RequestBodyLimitLayer::new(settings.body_bytes_max.max(2 * upload::BODY_BYTES_MAX)))
            .fallback(async || StatusCode::NOT_FOUND)
    });
    outer(guarded, &shared)
}

/// Guards routes that programs reach with a credential in the request itself.
pub fn harden_api(routes: Routes, settings: &Settings) -> Routes {
    let shared = Arc::new(settings.clone());
    let guarded = routes.around(|router| {
        router.layer(DefaultBodyLimit::disable()).layer(RequestBodyLimitLayer::new(settings.body_bytes_max))
    });
    outer(guarded, &shared)
}

fn outer(routes: Routes, settings: &Arc<Settings>) -> Routes {
    let layered = |router: axum::Router| {
        router
            .layer(middleware::from_fn(nameable))
            .layer(CatchPanicLayer::new())
            .layer(TimeoutLayer::with_status_code(StatusCode::SERVICE_UNAVAILABLE, settings.answer_within))
            .layer(middleware::from_fn_with_state(settings.clone(), failure::pages))
            .layer(CompressionLayer::new())
            .layer(middleware::from_fn_with_state(settings.clone(), headers))
            .layer(
                TraceLayer::new_for_http()
                    .make_span_with(span)
                    .on_response(DefaultOnResponse::new().level(Level::INFO))
                    .on_failure(failed),
            )
    };
    routes.around(layered)
}

/// What broke is told where it breaks, and every answer with its status above. A 503 asks somebody to come again, which a
/// crowd of tills may be asked by the thousand: it is no error of this place.
fn failed(class: ServerErrorsFailureClass, latency: Duration, _: &Span) {
    match class {
        ServerErrorsFailureClass::StatusCode(StatusCode::SERVICE_UNAVAILABLE) => {}
        class => tracing::error!(%class, ?latency, "an answer failed"),
    }
}

/// Method and path only: query strings and headers may hold what no log should.
fn span<B>(request: &HttpRequest<B>) -> Span {
    tracing::info_span!("request", method = %request.method(), path = logged(request).as_str())
}

/// Where a path is itself a secret (`{token}`), its pattern stands for it. Of a path that nobody serves only the first
/// part is told: it may be such a secret, mistyped.
fn logged<B>(request: &HttpRequest<B>) -> String {
    let path = request.uri().path();
    let pattern = request.extensions().get::<MatchedPath>().map(MatchedPath::as_str);
    match (pattern, path.match_indices('/').nth(1)) {
        (Some(pattern), _) if pattern.contains("{token}") => pattern.to_owned(),
        (None, Some((second, _))) => format!("{}/…", &path[..second]),
        _ => path.to_owned(),
    }
}

/// Nothing has a NUL in its name: a path with one names nothing, and no database is asked for it.
async fn nameable(request: Request, next: Next) -> Response {
    if request.uri().path().contains("%00") { StatusCode::NOT_FOUND.into_response() } else { next.run(request).await }
}

async fn headers(State(settings): State<Arc<Settings>>, request: Request, next: Next) -> Response {
    let mut response = next.run(request).await;
    let set = response.headers_mut();
    put(set, header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY);
    put(set, header::X_CONTENT_TYPE_OPTIONS, "nosniff");
    // Not `no-referrer`: with it browsers send `Origin: null`, which the cross-site check must refuse.
    put(set, header::REFERRER_POLICY, "same-origin");
    put(set, HeaderName::from_static("cross-origin-opener-policy"), "same-origin");
    put(set, HeaderName::from_static("cross-origin-resource-policy"), "same-origin");
    if settings.https {
        put(set, header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");
    }
    if !set.contains_key(header::CACHE_CONTROL) {
        put(set, header::CACHE_CONTROL, "no-store");
    }
    response
}

fn put(headers: &mut HeaderMap, name: HeaderName, value: &'static str) {
    headers.insert(name, HeaderValue::from_static(value));
}
