//! The delivery policy: what an answer means for a settlement, for its endpoint and for its linkage.
//! Pure: the caller brings the time and the random draw.

use jiff::{SignedDuration, Timestamp};
use std::collections::BTreeSet;

/// First wait of a retry.
pub const RETRY_FIRST_MS: i64 = 5_000;
/// Longest wait of a retry, and of a `Retry-After` that is honoured.
pub const RETRY_MAX_MS: i64 = 15 * 60 * 1_000;
/// An endpoint that is down gets one probe in this time: little for whoever is in trouble, and soon noticed when it is over.
pub const PROBE_DOWN_MS: i64 = 5_000;
/// A refused linkage gets one probe in this time.
pub const PROBE_PAUSED_MS: i64 = 15 * 60 * 1_000;
/// So many failures while others pass, and a settlement steps aside.
pub const ASIDE_AFTER: u32 = 5;
/// Failures of so many different stores open the breaker.
pub const BREAKER_STORES: usize = 3;

/// What came back of one attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    /// An HTTP status.
    Status {
        /// 100 to 599
        code: u16,
        /// `Retry-After` in seconds
        retry_after_s: Option<u32>,
    },
    /// No answer in time.
    Timeout,
    /// No connection, or it broke.
    Unreachable,
}

/// What an answer means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Meaning {
    /// 2xx
    Delivered,
    /// The endpoint can't now: again, for ever.
    Again {
        /// `Retry-After`
        retry_after_s: Option<u32>,
    },
    /// This settlement can't: 要対応, the others go on.
    Refused,
    /// This linkage can't: it pauses, nothing is dropped.
    LinkageRefused,
}

/// The table of the contract.
pub fn meaning(answer: Answer) -> Meaning {
    match answer {
        Answer::Status { code: 200..=299, .. } => Meaning::Delivered,
        Answer::Status { code: 408 | 425 | 429 | 500..=599, retry_after_s } => Meaning::Again { retry_after_s },
        // A redirect is never followed: it counts as an address that is wrong.
        Answer::Status { code: 300..=399 | 401 | 403 | 404 | 410, .. } => Meaning::LinkageRefused,
        Answer::Status { code: 400..=499, .. } => Meaning::Refused,
        Answer::Status { retry_after_s, .. } => Meaning::Again { retry_after_s },
        Answer::Timeout | Answer::Unreachable => Meaning::Again { retry_after_s: None },
    }
}

/// What happens to the settlement next.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Next {
    /// Receipt kept; done.
    Delivered,
    /// Waits until then. It never gives up.
    RetryAt(Timestamp),
    /// 要対応, tried again then while others go on past it.
    AsideUntil(Timestamp),
    /// 要対応 until a person sends it again or a later revision supersedes it.
    Attention,
    /// Waits with the whole linkage for its probe.
    Paused(Timestamp),
}

/// Decides what follows attempt number `attempts` (from 1). `draw` is a random number, 0 to 1,000,000.
/// `others_pass`: since its first failure, other settlements of the endpoint were delivered.
pub fn next(attempts: u32, answer: Answer, others_pass: bool, now: Timestamp, draw: u32) -> Next {
    match meaning(answer) {
        Meaning::Delivered => Next::Delivered,
        Meaning::Refused => Next::Attention,
        Meaning::LinkageRefused => Next::Paused(paused_until(now)),
        Meaning::Again { .. } if attempts >= ASIDE_AFTER && others_pass => Next::AsideUntil(after(now, RETRY_MAX_MS)),
        Meaning::Again { retry_after_s } => Next::RetryAt(after(now, wait_ms(attempts, retry_after_s, draw))),
    }
}

/// Until when a linkage that is refused now waits for its probe.
pub fn paused_until(now: Timestamp) -> Timestamp {
    after(now, PROBE_PAUSED_MS)
}

/// Full jitter over 5 s doubling to 15 min; at least `Retry-After`, which counts up to 15 min.
fn wait_ms(attempts: u32, retry_after_s: Option<u32>, draw: u32) -> i64 {
    let doubled = RETRY_FIRST_MS.saturating_mul(1 << attempts.saturating_sub(1).min(20)).min(RETRY_MAX_MS);
    let jittered = doubled * i64::from(draw.min(1_000_000)) / 1_000_000;
    let asked = retry_after_s.map_or(0, |s| i64::from(s) * 1_000).min(RETRY_MAX_MS);
    jittered.max(asked)
}

fn after(now: Timestamp, ms: i64) -> Timestamp {
    now.saturating_add(SignedDuration::from_millis(ms)).unwrap_or(now)
}

/// Whether an endpoint is up. Opens only on failures of different stores; while it is open one probe goes out
/// at most every 5 s, and the moment one answers the whole backlog goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Breaker {
    failed_stores: BTreeSet<String>,
    probe_at: Option<Timestamp>,
}

/// What may go out to an endpoint now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Gate {
    /// Everything that is due.
    Open,
    /// One: the oldest waiting, of a store that did not probe last. Where only one store waits, another of its
    /// settlements than last time: a poisoned document must not be the only probe.
    Probe,
    /// Nothing before then.
    Shut(Timestamp),
}

impl Breaker {
    /// What may go out now, when `stores_waiting` different stores have something for this endpoint.
    pub fn gate(&self, now: Timestamp) -> Gate {
        match self.probe_at {
            None => Gate::Open,
            Some(at) if at <= now => Gate::Probe,
            Some(at) => Gate::Shut(at),
        }
    }

    /// Whether it is open (the endpoint is taken for down).
    pub fn is_open(&self) -> bool {
        self.probe_at.is_some()
    }

    /// Notes that a probe goes out.
    pub fn probing(&mut self, now: Timestamp) {
        self.probe_at = Some(after(now, PROBE_DOWN_MS));
    }

    /// Notes what an attempt of `store` came to. Returns whether this closed the breaker: then all that waits
    /// for this endpoint is due at once. `stores`: how many different stores the endpoint serves.
    pub fn note(&mut self, store: &str, answer: Answer, stores: usize, now: Timestamp) -> bool {
        match meaning(answer) {
            // The endpoint spoke: whatever it said of this settlement, it is up.
            Meaning::Delivered | Meaning::Refused | Meaning::LinkageRefused => {
                self.failed_stores.clear();
                self.probe_at.take().is_some()
            }
            Meaning::Again { .. } => {
                self.failed_stores.insert(store.to_owned());
                if self.failed_stores.len() >= BREAKER_STORES.min(stores.max(1)) {
                    self.probe_at = Some(after(now, PROBE_DOWN_MS));
                }
                false
            }
        }
    }
}
