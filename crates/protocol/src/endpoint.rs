//! An endpoint as its sender sees it: how many attempts may begin now, and what the answer to one changes. Pure;
//! forgotten when the process ends.

use crate::delivery::{Answer, Breaker, Gate, Meaning, meaning};
use jiff::Timestamp;

/// Attempts in flight per endpoint: enough that a receiver who commits each of them is never without one.
pub const IN_FLIGHT_MAX: usize = 16;
/// The same while several companies' tills come: enough to go on without a pause, and the others hardly notice.
pub const IN_FLIGHT_SHARED_MAX: usize = 4;
/// Attempts beyond these, for companies of which none is in flight: nobody waits behind another's crowd.
pub const GUESTS_MAX: usize = 4;

/// What is remembered of an endpoint.
#[derive(Clone, Debug, Default)]
pub struct Endpoint {
    breaker: Breaker,
    in_flight: usize,
    shared: bool,
    stores: usize,
    last_probe: Option<String>,
    last_delivered_at: Option<Timestamp>,
    /// It answers again, and what waits is being made due: until then nothing newer overtakes.
    releasing: bool,
}

/// What may begin now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Admission {
    /// So many attempts of what is due. They are reserved until [`Endpoint::begun`] says how many there were.
    Attempts(usize),
    /// One attempt of the oldest waiting, due or not, rather of another store than this one. Reserved alike.
    Probe {
        /// The store that made the last probe.
        not_again: Option<String>,
    },
    /// Nothing; look again then, or when something changes.
    Nothing(Option<Timestamp>),
}

/// What an answer came to for the endpoint.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Noted {
    /// It was down and answers again: all that waits is due, then [`Endpoint::released`].
    pub closed: bool,
    /// Since this event's first failure others were delivered.
    pub others_pass: bool,
}

impl Endpoint {
    /// How many attempts may begin, when the first of what waits is due then and so many stores are served.
    pub fn admit(&mut self, due: Timestamp, stores: usize, now: Timestamp) -> Admission {
        self.stores = stores;
        let free = self.in_flight_max().saturating_sub(self.in_flight);
        let gate = self.breaker.gate(now);
        match gate {
            Gate::Shut(at) => Admission::Nothing(Some(at)),
            Gate::Open if due > now => Admission::Nothing(Some(due)),
            _ if self.releasing || free == 0 => Admission::Nothing(None),
            Gate::Open => {
                self.in_flight += free;
                Admission::Attempts(free)
            }
            Gate::Probe => {
                self.breaker.probing(now);
                self.in_flight += 1;
                Admission::Probe { not_again: self.last_probe.clone() }
            }
        }
    }

    /// Whether another attempt may follow the one that just ended, of what is known to be due. Reserved alike.
    pub fn goes_on(&mut self, now: Timestamp) -> bool {
        let may = self.breaker.gate(now) == Gate::Open && !self.releasing && !self.is_full();
        self.in_flight += usize::from(may);
        may
    }

    /// Whether an attempt may begin of a company that has none in flight. Reserved alike.
    pub fn admit_guest(&mut self, now: Timestamp) -> bool {
        let room = self.in_flight < self.in_flight_max() + GUESTS_MAX;
        let may = self.breaker.gate(now) == Gate::Open && !self.releasing && room;
        self.in_flight += usize::from(may);
        may
    }

    /// Whether it is taken for down.
    pub fn is_down(&self) -> bool {
        self.breaker.is_open()
    }

    /// Whether no further attempt may begin before another has ended.
    pub fn is_full(&self) -> bool {
        self.in_flight >= self.in_flight_max()
    }

    /// Whether several companies' tills come, and what is sent is to leave them room. What is in flight goes on.
    pub fn share(&mut self, shared: bool) {
        self.shared = shared;
    }

    fn in_flight_max(&self) -> usize {
        if self.shared { IN_FLIGHT_SHARED_MAX } else { IN_FLIGHT_MAX }
    }

    /// Of so many reserved attempts so many began. `probe`: the store whose event is a probe.
    pub fn begun(&mut self, reserved: usize, begun: usize, probe: Option<&str>) {
        self.in_flight = self.in_flight.saturating_sub(reserved.saturating_sub(begun));
        if let Some(store) = probe {
            self.last_probe = Some(store.to_owned());
        }
    }

    /// Notes what an attempt of `store` came to; its event failed first then.
    pub fn note(&mut self, store: &str, failed_first: Option<Timestamp>, answer: Answer, now: Timestamp) -> Noted {
        self.in_flight = self.in_flight.saturating_sub(1);
        let closed = self.breaker.note(store, answer, self.stores, now);
        self.releasing |= closed;
        let others_pass = failed_first.zip(self.last_delivered_at).is_some_and(|(failed, passed)| passed > failed);
        if meaning(answer) == Meaning::Delivered {
            self.last_delivered_at = Some(now);
        }
        Noted { closed, others_pass }
    }

    /// All that waits is due now.
    pub fn released(&mut self) {
        self.releasing = false;
    }
}
