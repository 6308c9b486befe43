//! Where requests may go: public addresses only, checked on the resolved address at connect time, so that a name
//! can't be pointed inside afterwards. Private networks need an explicit setting. Redirects are never followed.

use std::error::Error;
use std::io;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::pin::Pin;
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
    connecting(Resolver { allow_private_networks, look_up: Arc::new(|name| Box::pin(asked(name))) })
}

/// The resolver is asked for each connection, and what it answers is what is connected to: nothing is looked up again
/// between the check and the connection.
fn connecting(resolver: Resolver) -> reqwest::Result<Client> {
    install_tls();
    Client::builder()
        .redirect(redirect::Policy::none())
        .no_proxy()
        .timeout(REQUEST_WITHIN)
        .connect_timeout(CONNECT_WITHIN)
        .pool_idle_timeout(Duration::from_mins(1))
        .user_agent(concat!("shime/", env!("CARGO_PKG_VERSION")))
        .dns_resolver(Arc::new(resolver))
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
        || (first == 0x2001 && matches!(second & 0xfff0, 0x0010 | 0x0020)) // ORCHID
        || first == 0x3fff;
    routed && !special
}

/// A name's addresses, on their way.
type Found = Pin<Box<dyn Future<Output = io::Result<Vec<SocketAddr>>> + Send>>;
/// Whoever knows them.
type LookUp = dyn Fn(String) -> Found + Send + Sync;

struct Resolver {
    allow_private_networks: bool,
    look_up: Arc<LookUp>,
}

async fn asked(name: String) -> io::Result<Vec<SocketAddr>> {
    tokio::net::lookup_host((name, 0)).await.map(Iterator::collect)
}

impl Resolve for Resolver {
    fn resolve(&self, name: Name) -> Resolving {
        let (allow, look_up) = (self.allow_private_networks, self.look_up.clone());
        Box::pin(async move {
            let host = name.as_str().to_owned();
            let found = look_up(host.clone()).await?;
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
    use std::net::TcpListener;
    use std::sync::atomic::{AtomicUsize, Ordering};

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
            "https://127.0.0.1./",
            "https://127.1/",
            "https://0x7f.1/",
            "https://0x7f000001/",
            "https://0177.0.0.1/",
            "https://2130706433/",
            "https://017700000001/",
            "https://0/",
            "https://①②⑦.⓪.⓪.①/",
            "https://127%2e0%2e0%2e1/",
            "https://[::ffff:10.0.0.1]/",
            "https://[::ffff:7f00:1]/",
            "https://[::127.0.0.1]/",
            "https://[::1]/",
            "https://[64:ff9b::a9fe:a9fe]/",
            "https://169.254.169.254/latest/meta-data/",
            "https:127.0.0.1/",
            "https:\\\\127.0.0.1/",
            "ftp://flaro.example/",
            "https://u:p@flaro.example/",
            "https://flaro.example@127.0.0.1/",
            "https://flaro.example:443@127.0.0.1/",
        ] {
            assert!(check(refused, false).is_err(), "{refused}");
        }
    }

    /// A port that would notice a visitor.
    fn inside() -> (TcpListener, u16) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let port = listener.local_addr().unwrap().port();
        (listener, port)
    }

    #[tokio::test]
    async fn a_name_that_leads_inside_is_refused_and_nobody_knocks() {
        let (listener, port) = inside();
        let url: Url = format!("https://localhost:{port}/").parse().unwrap();
        assert_eq!(check(&url, false), Ok(()), "a name is judged by where it leads");
        let error = client(false).unwrap().get(url).send().await.unwrap_err();
        assert!(matches!(refused(&error), Some(EgressRefused::NotPublic(_))), "{error:?}");
        assert!(listener.accept().is_err());
    }

    #[tokio::test]
    async fn an_answer_that_changes_after_it_was_checked_leads_nowhere() {
        let answers = |at: &'static [&'static str]| -> Resolver {
            let asked = AtomicUsize::new(0);
            let look_up = move |_: String| -> Found {
                let now = at[asked.fetch_add(1, Ordering::SeqCst)];
                Box::pin(async move { Ok(now.split(' ').map(|ip| SocketAddr::new(ip.parse().unwrap(), 0)).collect()) })
            };
            Resolver { allow_private_networks: false, look_up: Arc::new(look_up) }
        };
        let resolver = answers(&["8.8.8.8", "127.0.0.1 8.8.8.8 ::1", "127.0.0.1", "::ffff:10.0.0.1"]);
        let mut found = Vec::new();
        for _ in 0..4 {
            let addresses = resolver.resolve("flaro.example".parse().unwrap()).await;
            found.push(addresses.map(|all| all.map(|at| at.ip().to_string()).collect::<Vec<_>>()).ok());
        }
        let public = Some(vec!["8.8.8.8".to_owned()]);
        assert_eq!(
            found,
            [public.clone(), public, None, None],
            "every answer is judged, and only what passed is given"
        );
    }

    #[tokio::test]
    async fn what_the_resolver_answered_is_what_is_connected_to() {
        let (listener, port) = inside();
        let asked = Arc::new(AtomicUsize::new(0));
        let counted = asked.clone();
        let look_up = move |_: String| -> Found {
            counted.fetch_add(1, Ordering::SeqCst);
            Box::pin(async { Ok(vec!["127.0.0.1:0".parse().unwrap()]) })
        };
        let http = connecting(Resolver { allow_private_networks: true, look_up: Arc::new(look_up) }).unwrap();
        // A name that no server knows: only this resolver leads to the listener.
        let sent = http.get(format!("http://flaro.invalid:{port}/")).timeout(Duration::from_millis(300)).send().await;
        assert!(sent.is_err(), "nobody answers there");
        assert_eq!((asked.load(Ordering::SeqCst), listener.accept().is_ok()), (1, true));
    }
}
