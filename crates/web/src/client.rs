//! Where a request comes from.

use std::convert::Infallible;
use std::net::{IpAddr, SocketAddr};

use axum::extract::{ConnectInfo, FromRequestParts};
use axum::http::HeaderMap;
use axum::http::request::Parts;

/// The address of whoever asks, as far as it is known.
#[derive(Clone, Copy, Debug)]
pub struct Client {
    socket: Option<IpAddr>,
    forwarded: Option<IpAddr>,
}

impl Client {
    /// The address; behind a proxy it is what the proxy says.
    pub fn address(self, behind_proxy: bool) -> Option<IpAddr> {
        if behind_proxy { self.forwarded.or(self.socket) } else { self.socket }
    }
}

impl<S: Sync> FromRequestParts<S> for Client {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        let socket = parts.extensions.get::<ConnectInfo<SocketAddr>>().map(|info| info.0.ip());
        Ok(Self { socket, forwarded: forwarded(&parts.headers) })
    }
}

/// The last entry: the one our own proxy added. Those before it are whatever the client claimed.
fn forwarded(headers: &HeaderMap) -> Option<IpAddr> {
    let last = headers.get_all("x-forwarded-for").iter().next_back()?.to_str().ok()?;
    last.rsplit(',').next()?.trim().parse().ok()
}
