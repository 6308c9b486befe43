//! The worker of late requests, and which settlements are theirs: `protocol::late` decides.

use super::{Coverage, Kind, Office, Request};
use crate::world::{Shop, bug::Bug};
use jiff::{Timestamp, civil::Date};
use protocol::late::{Standing, is_held, is_inherited, is_past};
use sales::SettlementId;

impl Office {
    /// Queues what open requests of stores that are on ask for. Whether anything was.
    pub(super) fn drain(&mut self, at: Timestamp) -> bool {
        let mut any = false;
        for place in 0..self.requests.len() {
            let Request { company, generation, store, kind, done } = self.requests[place].clone();
            let open = !done && self.linked(company) == Some(generation);
            let on = self.links.get(&(company, generation, store)).is_some_and(|link| link.enabled);
            if !open || !on {
                continue;
            }
            for settlement in self.candidates(Shop { company, store }, generation, kind) {
                self.queue(settlement, generation, at);
                any = true;
            }
            self.requests[place].done = true;
        }
        any
    }

    /// Whether a request waits for the worker.
    pub(in crate::world) fn has_requests(&self) -> bool {
        let on = |request: &Request| {
            let link = self.links.get(&(request.company, request.generation, request.store));
            self.linked(request.company) == Some(request.generation) && link.is_some_and(|link| link.enabled)
        };
        self.requests.iter().any(|request| !request.done && on(request))
    }

    /// Oldest business date first.
    pub(super) fn candidates(&self, shop: Shop, generation: i64, kind: Kind) -> Vec<SettlementId> {
        let key = |generation| (shop.company, generation, shop.store);
        let coverage = |generation| self.links.get(&key(generation)).map(Coverage::of).unwrap_or_default();
        let before = self.before(shop.company, generation);
        let ended_at = before.and_then(|before| self.linkages[&(shop.company, before)].ended_at);
        let (now, then) = (coverage(generation), before.map(coverage).unwrap_or_default());
        let fits = |day: Date, id: SettlementId| {
            let Some((revision, held)) = self.settlements.get(&id).and_then(super::Standing::highest) else {
                return false;
            };
            if held.date != day {
                return false;
            }
            let events = self.rows(id);
            let standing = Standing { business_date: day, revision, received_at: held.received_at, events: &events };
            match kind {
                Kind::Held => is_held(&standing, generation, &now.view()) && !self.bugs.has(Bug::HeldForgotten),
                Kind::Past(range) => is_past(&standing, generation, range),
                Kind::Inherit => {
                    before.is_some() && is_inherited(&standing, generation, &now.view(), &then.view(), ended_at)
                }
            }
        };
        let of_store = self.of_store.get(&shop).into_iter().flatten();
        of_store.filter(|(day, id)| fits(*day, *id)).map(|(_, id)| *id).collect()
    }
}
