//! Guessing passwords is slowed down, people are not locked out.
//!
//! After a few attempts in a row one log-in name from one address has to wait, longer each time, a minute at most.
//! The same name from another address, and other names from the same shop, are not touched. Every attempt counts
//! when it begins, so that many at once gain nothing. Memory is bounded; a restart forgets.

use std::collections::HashMap;
use std::net::IpAddr;

use jiff::{SignedDuration, Timestamp};

/// Attempts before anyone has to wait.
const FREE: u32 = 5;
/// The longest wait.
const WAIT_SECONDS_MAX: i64 = 60;
/// Without an attempt for this long, all is forgotten.
const FORGET_SECONDS: i64 = 15 * 60;
/// Names and addresses remembered.
const KEYS_MAX: usize = 10_000;

/// Who tries: a name and where from.
type Key = (String, Option<IpAddr>);

#[derive(Clone, Copy, Debug)]
struct Tries {
    count: u32,
    last: Timestamp,
}

/// The memory of recent attempts.
#[derive(Debug, Default)]
pub struct Throttle {
    tries: HashMap<Key, Tries>,
}

impl Throttle {
    /// Counts an attempt, or says how long to wait before the next one is looked at.
    pub fn attempt(&mut self, name: &str, from: Option<IpAddr>, now: Timestamp) -> Result<(), SignedDuration> {
        let key = (name.to_lowercase(), from.map(neighbourhood));
        let before = self.tries.get(&key).copied().filter(|tries| !forgotten(tries, now));
        if let Some(tries) = before {
            let left = wait_after(tries.count) - now.duration_since(tries.last);
            if left.is_positive() {
                return Err(left);
            }
        }
        self.make_room(&key, now);
        self.tries.insert(key, Tries { count: before.map_or(1, |tries| tries.count.saturating_add(1)), last: now });
        Ok(())
    }

    /// The attempt was right: the name from this address starts afresh.
    pub fn succeeded(&mut self, name: &str, from: Option<IpAddr>) {
        self.tries.remove(&(name.to_lowercase(), from.map(neighbourhood)));
    }

    fn make_room(&mut self, key: &Key, now: Timestamp) {
        if self.tries.len() < KEYS_MAX || self.tries.contains_key(key) {
            return;
        }
        self.tries.retain(|_, tries| !forgotten(tries, now));
        if self.tries.len() >= KEYS_MAX {
            let mut lasts: Vec<Timestamp> = self.tries.values().map(|tries| tries.last).collect();
            lasts.sort_unstable();
            let eldest_tenth = lasts[lasts.len() / 10];
            self.tries.retain(|_, tries| tries.last > eldest_tenth);
        }
    }
}

fn wait_after(count: u32) -> SignedDuration {
    match count.checked_sub(FREE) {
        None => SignedDuration::ZERO,
        Some(over) => SignedDuration::from_secs((1_i64 << over.min(10)).min(WAIT_SECONDS_MAX)),
    }
}

fn forgotten(tries: &Tries, now: Timestamp) -> bool {
    now.duration_since(tries.last) > SignedDuration::from_secs(FORGET_SECONDS)
}

/// One IPv6 customer has a whole /64 to come from.
fn neighbourhood(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6((u128::from(v6) >> 64 << 64).into()),
        v4 @ IpAddr::V4(_) => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SHOP: Option<IpAddr> = Some(IpAddr::V4(std::net::Ipv4Addr::new(203, 0, 113, 7)));

    fn at(second: i64) -> Timestamp {
        Timestamp::from_second(1_800_000_000 + second).unwrap()
    }

    #[test]
    fn a_guesser_waits_longer_each_time_and_a_minute_at_most() {
        let mut throttle = Throttle::default();
        for _ in 0..FREE {
            assert_eq!(throttle.attempt("ota", SHOP, at(0)), Ok(()));
        }
        let (mut now, mut waits) = (0, Vec::new());
        for _ in 0..9 {
            let wait = throttle.attempt("ota", SHOP, at(now)).unwrap_err().as_secs();
            waits.push(wait);
            now += wait;
            assert_eq!(throttle.attempt("ota", SHOP, at(now)), Ok(()));
        }
        assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60, 60]);
    }

    #[test]
    fn the_rest_of_the_shop_is_not_locked_out() {
        let mut throttle = Throttle::default();
        for _ in 0..FREE {
            throttle.attempt("ota", SHOP, at(0)).unwrap();
        }
        assert!(throttle.attempt("OTA", SHOP, at(0)).is_err(), "case does not make another name");
        assert!(throttle.attempt("sato", SHOP, at(0)).is_ok());
        assert!(throttle.attempt("ota", Some("198.51.100.1".parse().unwrap()), at(0)).is_ok());
    }

    #[test]
    fn success_and_time_forget() {
        let mut throttle = Throttle::default();
        for _ in 0..FREE {
            throttle.attempt("ota", SHOP, at(0)).unwrap();
        }
        throttle.succeeded("Ota", SHOP);
        assert!(throttle.attempt("ota", SHOP, at(0)).is_ok());
        for _ in 0..FREE {
            let _ = throttle.attempt("ota", SHOP, at(1));
        }
        assert!(throttle.attempt("ota", SHOP, at(1)).is_err());
        assert!(throttle.attempt("ota", SHOP, at(2 + FORGET_SECONDS)).is_ok());
    }

    #[test]
    fn memory_is_bounded_and_a_whole_ipv6_network_counts_as_one() {
        let mut throttle = Throttle::default();
        for n in 0..(KEYS_MAX + 50) {
            let second = i64::try_from(n).unwrap() / 100;
            throttle.attempt(&format!("user{n}"), SHOP, at(second)).unwrap();
            assert!(throttle.tries.len() <= KEYS_MAX);
        }
        let from = |host: u16| Some(IpAddr::V6(std::net::Ipv6Addr::new(0x2001, 0xdb8, 0, 1, 0, 0, 0, host)));
        for host in 0..5 {
            throttle.attempt("ota", from(host), at(200)).unwrap();
        }
        assert!(throttle.attempt("ota", from(99), at(200)).is_err());
    }
}
