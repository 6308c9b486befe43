//! The kit's stylesheet, script and icon, under a path that carries the hash of their content.
//!
//! What the path names never changes, so it may be kept for a year; a page from before an upgrade that asks for an
//! older hash is sent on to the present one. Nothing comes from another host.

use std::sync::{Arc, LazyLock};

use axum::extract::{Path, State};
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::get;

use crate::Routes;

/// A file served to browsers.
#[derive(Clone, Debug)]
pub struct Asset {
    name: &'static str,
    kind: &'static str,
    bytes: &'static [u8],
    path: String,
}

impl Asset {
    /// `kind` is its media type; the path is derived from name and content.
    pub fn new(name: &'static str, kind: &'static str, bytes: &'static [u8]) -> Self {
        let digest = ring::digest::digest(&ring::digest::SHA256, bytes);
        let hash = hex::encode(&digest.as_ref()[..6]);
        Self { name, kind, bytes, path: format!("/assets/{hash}/{name}") }
    }

    /// Where it is served.
    pub fn path(&self) -> &str {
        &self.path
    }
}

const STYLE: &str = concat!(
    include_str!("../assets/tokens.css"),
    include_str!("../assets/base.css"),
    include_str!("../assets/layout.css"),
    include_str!("../assets/components.css"),
    include_str!("../assets/form.css"),
    include_str!("../assets/table.css"),
    include_str!("../assets/chart.css"),
    include_str!("../assets/print.css"),
);

static CSS: LazyLock<Asset> = LazyLock::new(|| Asset::new("console.css", "text/css; charset=utf-8", STYLE.as_bytes()));
static JS: LazyLock<Asset> = LazyLock::new(|| {
    Asset::new("console.js", "text/javascript; charset=utf-8", include_bytes!("../assets/console.js"))
});
static FAVICON: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("icon.svg", "image/svg+xml", include_bytes!("../assets/icon.svg")));

/// The path of the stylesheet.
pub fn css() -> &'static str {
    CSS.path()
}

/// The path of the script.
pub fn js() -> &'static str {
    JS.path()
}

/// The path of the icon.
pub fn favicon() -> &'static str {
    FAVICON.path()
}

/// Serves the kit's files.
pub fn router() -> Routes {
    router_with(Vec::new())
}

/// Serves the kit's files and a place's own.
pub fn router_with(own: Vec<Asset>) -> Routes {
    let kit = [&*CSS, &*JS, &*FAVICON].map(Clone::clone);
    let all: Arc<[Asset]> = kit.into_iter().chain(own).collect();
    Routes::new().route("/assets/{hash}/{name}", get(serve)).with_state(all)
}

async fn serve(State(all): State<Arc<[Asset]>>, Path((hash, name)): Path<(String, String)>) -> Response {
    let Some(asset) = all.iter().find(|a| a.name == name) else {
        return StatusCode::NOT_FOUND.into_response();
    };
    if asset.path != format!("/assets/{hash}/{name}") {
        return Redirect::temporary(&asset.path).into_response();
    }
    let headers = [(header::CONTENT_TYPE, asset.kind), (header::CACHE_CONTROL, "public, max-age=31536000, immutable")];
    (headers, asset.bytes).into_response()
}
