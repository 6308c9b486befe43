//! Where requests may go: public addresses only, checked on the resolved address at connect time, so that a name
//! can't be pointed inside afterwards. Private networks need an explicit setting. Redirects are never followed.

use std::error::Error;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Once};
use std::time::Duration;

use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::{Client, redirect};
use url::{Host, Url};

/// How long a request may take, from connecting to the last byte of the answer.
pub const REQUEST_WITHIN: Duration = Duration::from_secs(30);
/// How long connecting may take.
const CONNECT_WITHIN: Duration = Duration::from_secs(10);

/// The address is not one that this place may call.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum EgressRefused {
    /// Not an http(s) address with a host.
    #[error("{0} is not an https address")]
    Shape(String),
    /// A private, loopback or otherwise special address.
    #[error("{0} is not a public address; only public addresses are called")]
    NotPublic(String),
}

/// A client that only goes where it may.
pub fn client(allow_private_networks: bool) -> reqwest::Result<Client> {
    install_tls();
    Client::builder()
        .redirect(redirect::Policy::none())
        .no_proxy()
        .timeout(REQUEST_WITHIN)
        .connect_timeout(CONNECT_WITHIN)
        .pool_idle_timeout(Duration::from_mins(1))
        .user_agent(concat!("shime/", env!("CARGO_PKG_VERSION")))
        .dns_resolver(Arc::new(Resolver { allow_private_networks }))
        .build()
}

/// Whether this address may be called: https to a name or a public literal; anything http(s) where private networks
/// are allowed. A literal never reaches the resolver, so it is judged here.
pub fn check(url: &Url, allow_private_networks: bool) -> Result<(), EgressRefused> {
    let shape = || EgressRefused::Shape(shown(url));
    let secure = url.scheme() == "https" || (allow_private_networks && url.scheme() == "http");
    if !secure || !url.username().is_empty() || url.password().is_some() {
        return Err(shape());
    }
    let literal = match url.host().ok_or_else(shape)? {
        Host::Domain(_) => return Ok(()),
        Host::Ipv4(address) => IpAddr::V4(address),
        Host::Ipv6(address) => IpAddr::V6(address),
    };
    if allow_private_networks || is_public(literal) {
        Ok(())
    } else {
        Err(EgressRefused::NotPublic(literal.to_string()))
    }
}

/// Whether an error of the client came from this rule.
pub fn refused(error: &(dyn Error + 'static)) -> Option<EgressRefused> {
    let mut cause = Some(error);
    while let Some(inner) = cause {
        if let Some(refused) = inner.downcast_ref::<EgressRefused>() {
            return Some(refused.clone());
        }
        cause = inner.source();
    }
    None
}

/// The part of an address that names the receiver: scheme, host and port.
pub fn endpoint(url: &Url) -> String {
    url.origin().ascii_serialization()
}

/// Without the path: it may be a secret.
fn shown(url: &Url) -> String {
    format!("{}://{}", url.scheme(), url.host_str().unwrap_or_default())
}

/// Whether the whole internet would reach the same machine under this address.
pub fn is_public(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => is_public_v4(v4),
        IpAddr::V6(v6) => is_public_v6(v6),
    }
}

fn is_public_v4(address: Ipv4Addr) -> bool {
    let [a, b, c, _] = address.octets();
    let special = address.is_private()
        || address.is_loopback()
        || address.is_link_local()
        || address.is_broadcast()
        || address.is_multicast()
        || address.is_documentation()
        || a == 0
        || a >= 240
        || (a == 100 && (64..=127).contains(&b)) // carriers' own NAT
        || (a == 198 && (18..=19).contains(&b)) // benchmarks
        || (a == 192 && b == 0 && c == 0)
        || (a == 192 && b == 88 && c == 99);
    !special
}

fn is_public_v6(address: Ipv6Addr) -> bool {
    let [first, second, ..] = address.segments();
    // Only 2000::/3 is routed; inside it, ranges that carry an IPv4 address or lead nowhere are refused, too.
    let routed = first & 0xe000 == 0x2000;
    let special = first == 0x2002 // 6to4
        || (first == 0x2001 && second == 0) // Teredo
        || (first == 0x2001 && second == 0x0db8)
        || (first == 0x2001 && second & 0xfff0 == 0x0010)
        || first == 0x3fff;
    routed && !special
}

struct Resolver {
    allow_private_networks: bool,
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let allow = self.allow_private_networks;
        Box::pin(async move {
            let host = name.as_str().to_owned();
            let found: Vec<SocketAddr> = tokio::net::lookup_host((host.as_str(), 0)).await?.collect();
            let allowed: Vec<SocketAddr> = found.into_iter().filter(|at| allow || is_public(at.ip())).collect();
            if allowed.is_empty() {
                return Err(EgressRefused::NotPublic(host).into());
            }
            Ok(Box::new(allowed.into_iter()) as Addrs)
        })
    }
}

/// The process needs one TLS implementation; whoever comes first installs it.
fn install_tls() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_addresses_of_the_whole_internet_are_public() {
        for public in ["8.8.8.8", "203.0.114.1", "100.63.255.255", "2606:4700::1111"] {
            assert!(is_public(public.parse().unwrap()), "{public}");
        }
        for special in [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "198.18.0.1",
            "203.0.113.7",
            "::1",
            "::",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "fe80::1",
            "fc00::1",
            "ff02::1",
            "2001:db8::1",
            "2002:7f00:1::1",
            "64:ff9b::7f00:1",
        ] {
            assert!(!is_public(special.parse().unwrap()), "{special}");
        }
    }

    #[test]
    fn literals_and_schemes_are_judged_before_anything_connects() {
        let check = |url: &str, allow| check(&url.parse().unwrap(), allow);
        assert_eq!(check("https://flaro.example/hook", false), Ok(()));
        assert_eq!(check("https://8.8.8.8/hook", false), Ok(()));
        assert_eq!(check("http://127.0.0.1:80/hook", true), Ok(()));
        for refused in [
            "http://flaro.example/",
            "https://127.0.0.1/",
            "https://0x7f.1/",
            "https://[::ffff:10.0.0.1]/",
            "https://2130706433/",
            "ftp://flaro.example/",
            "https://u:p@flaro.example/",
        ] {
            assert!(check(refused, false).is_err(), "{refused}");
        }
    }
}
