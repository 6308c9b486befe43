//! What is remembered of endpoints while this process runs; shared by the loop and its attempts.

use std::collections::{HashMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use db::Row;
use jiff::Timestamp;
use protocol::endpoint::{Admission, Endpoint, IN_FLIGHT_MAX, Noted};
use tokio::sync::Notify;

use crate::delivery::claim::{Claimed, Lane, Wanted};
use crate::delivery::record::Outcome;
use crate::meters::Meters;
use crate::neighbours::Neighbours;
use crate::stored::Stored;
use crate::{PosError, Tenant};

/// Lanes offered to one claim: the first may have been claimed or emptied since it was found ready.
const LANES_OFFERED: usize = 3;

pub(super) struct Board {
    neighbours: Arc<Neighbours>,
    endpoints: Mutex<HashMap<String, Seen>>,
    /// Companies with attempts under way, and how many.
    at_work: Mutex<HashMap<Tenant, usize>>,
    /// Rung when an endpoint's known lanes are nearly used up.
    low: Notify,
}

#[derive(Default)]
struct Seen {
    endpoint: Endpoint,
    /// Ready when they were looked at, in the order in which they are to be claimed.
    lanes: VecDeque<Lane>,
    /// The last look found all there were: another one so soon would find no more.
    all_known: bool,
}

/// An attempt that counts for its company.
pub(super) struct UnderWay {
    board: Arc<Board>,
    tenant: Tenant,
}

impl Drop for UnderWay {
    fn drop(&mut self) {
        let mut companies = self.board.companies();
        if let Some(count) = companies.get_mut(&self.tenant) {
            *count -= 1;
            if *count == 0 {
                companies.remove(&self.tenant);
            }
        }
    }
}

impl Board {
    pub fn beside(neighbours: Arc<Neighbours>) -> Self {
        Self { neighbours, endpoints: Mutex::default(), at_work: Mutex::default(), low: Notify::default() }
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<String, Seen>> {
        self.endpoints.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn with<T>(&self, name: &str, what: impl FnOnce(&mut Seen) -> T) -> T {
        let shared = self.neighbours.are_there();
        let mut endpoints = self.lock();
        let seen = endpoints.entry(name.to_owned()).or_default();
        seen.endpoint.share(shared);
        what(seen)
    }

    /// How many attempts an endpoint may begin now, and how: reserved until [`Board::admitted`] says how many did.
    pub fn admit(&self, row: &Row, now: Timestamp, nap: &mut Duration) -> Result<Option<Wanted>, PosError> {
        let (name, stores, due) = (row.text("endpoint")?, row.int("stores")?, row.at("due")?);
        let stores = usize::try_from(stores).unwrap_or(1);
        let admission = self.with(&name, |seen| seen.endpoint.admit(due, stores, now));
        let wanted = |most, probe| Some(Wanted { endpoint: name, most, probe });
        Ok(match admission {
            Admission::Attempts(most) => wanted(most, None),
            Admission::Probe { not_again } => wanted(1, Some(not_again.unwrap_or_default())),
            Admission::Nothing(then) => {
                *nap = then.map_or(*nap, |at| (*nap).min(until(now, at)));
                None
            }
        })
    }

    /// Says how many of the reserved attempts began.
    pub fn admitted(&self, wanted: &Wanted, claimed: Result<Vec<Claimed>, PosError>) -> Result<Vec<Claimed>, PosError> {
        let begun = claimed.as_deref().unwrap_or_default();
        let probe = wanted.probe.as_ref().and(begun.first()).map(|one| one.store_id.to_string());
        self.with(&wanted.endpoint, |seen| seen.endpoint.begun(wanted.most, begun.len(), probe.as_deref()));
        claimed
    }

    /// Whether it is worth while to look for an endpoint's ready lanes: every attempt it may have is under way, and what
    /// follows them is not to be what was ready long ago.
    pub fn wants_lanes(&self, name: &str) -> bool {
        self.with(name, |seen| seen.endpoint.is_full())
    }

    /// The lanes that a look found ready.
    pub fn lanes(&self, name: &str, found: Vec<Lane>) {
        self.with(name, |seen| {
            seen.all_known = found.len() < IN_FLIGHT_MAX;
            seen.lanes = found.into();
        });
    }

    /// Lanes that an attempt may go on with, perhaps none, if the endpoint may have another: reserved until
    /// [`Board::went_on`].
    pub fn next_lanes(&self, name: &str, now: Timestamp) -> Option<Vec<Lane>> {
        let (lanes, low) = self.with(name, |seen| {
            if !seen.endpoint.goes_on(now) {
                return (None, false);
            }
            let offered = LANES_OFFERED.min(seen.lanes.len());
            let lanes = seen.lanes.drain(..offered).collect();
            (Some(lanes), seen.endpoint.is_full() && seen.lanes.len() < IN_FLIGHT_MAX && !seen.all_known)
        });
        if low {
            self.low.notify_one();
        }
        lanes
    }

    /// Says whether the reserved attempt began. Lanes behind the one that was claimed are known on; those before it were
    /// not ready any more.
    pub fn went_on(&self, name: &str, mut offered: Vec<Lane>, claimed: Option<&Claimed>) {
        let used = claimed.and_then(|one| offered.iter().position(|lane| lane.is_of(one)));
        self.with(name, |seen| {
            seen.endpoint.begun(1, usize::from(claimed.is_some()), None);
            for lane in offered.drain(used.map_or(offered.len(), |at| at + 1)..).rev() {
                seen.lanes.push_front(lane);
            }
        });
    }

    /// Whether an attempt of a company that has none under way may begin: reserved until [`Board::went_on`].
    pub fn admit_guest(&self, name: &str, now: Timestamp) -> bool {
        self.with(name, |seen| seen.endpoint.admit_guest(now))
    }

    /// Whether no attempt of the company is under way.
    pub fn is_quiet(&self, tenant: &Tenant) -> bool {
        !self.companies().contains_key(tenant)
    }

    /// An attempt of the company is under way until this is dropped.
    pub fn under_way(self: &Arc<Self>, tenant: &Tenant) -> UnderWay {
        *self.companies().entry(tenant.clone()).or_default() += 1;
        UnderWay { board: Arc::clone(self), tenant: tenant.clone() }
    }

    fn companies(&self) -> MutexGuard<'_, HashMap<Tenant, usize>> {
        self.at_work.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns when an endpoint's known lanes are nearly used up.
    pub async fn runs_low(&self) {
        self.low.notified().await;
    }

    /// Shows which of the endpoints that something waits for are down; one that nothing waits for is not asked any more.
    /// `all`: these are all there are.
    pub fn tell(&self, meters: &Meters, rows: &[Row], all: bool) -> Result<(), PosError> {
        let mut asked = Vec::with_capacity(rows.len());
        for row in rows {
            let name = row.text("endpoint")?;
            let is_down = self.is_down(&name);
            asked.push((name, is_down));
        }
        meters.endpoints(&asked, all);
        Ok(())
    }

    pub fn is_down(&self, name: &str) -> bool {
        self.with(name, |seen| seen.endpoint.is_down())
    }

    /// Whether no endpoint could begin another attempt.
    pub fn is_full(&self) -> bool {
        let endpoints = self.lock();
        !endpoints.is_empty() && endpoints.values().all(|seen| seen.endpoint.is_full())
    }

    pub fn released(&self, name: &str) {
        self.with(name, |seen| seen.endpoint.released());
    }

    /// Notes what an attempt came to: whether this closed the breaker, and whether others passed meanwhile.
    pub fn note(&self, name: &str, claimed: &Claimed, outcome: &Outcome, now: Timestamp) -> Noted {
        let (store, failed_first) = (claimed.store_id.to_string(), claimed.first_failed_at);
        self.with(name, |seen| seen.endpoint.note(&store, failed_first, outcome.answer, now))
    }
}

fn until(now: Timestamp, at: Timestamp) -> Duration {
    Duration::try_from(at.duration_since(now)).unwrap_or_default().max(Duration::from_millis(5))
}

#[cfg(test)]
mod tests {
    use protocol::endpoint::IN_FLIGHT_SHARED_MAX;

    use super::*;

    #[test]
    fn while_several_companies_come_fewer_attempts_of_an_endpoint_are_under_way() {
        let (neighbours, now) = (Arc::<Neighbours>::default(), Timestamp::UNIX_EPOCH);
        let board = Board::beside(neighbours.clone());
        let admit = |name| board.with(name, |seen| seen.endpoint.admit(now, 100, now));
        assert_eq!(admit("of one company"), Admission::Attempts(IN_FLIGHT_MAX));
        for name in ["one", "other"] {
            neighbours.came(&Tenant::provisioned(name.to_owned()));
        }
        assert_eq!(admit("of several"), Admission::Attempts(IN_FLIGHT_SHARED_MAX));
    }
}
