//! What people do with the linkage, each in one commit.

use super::{Kind, Link, Linkage, Office, Stage};
use crate::world::{Shop, bug::Bug};
use jiff::{Timestamp, civil::Date};
use protocol::outbox::State;

/// What a generation covers of a store, to be looked at by `protocol::late`.
#[derive(Clone, Default)]
pub(in crate::world) struct Coverage {
    window: Option<(Date, Date)>,
    past: Vec<(Date, Date)>,
    discarded: Vec<Date>,
}

impl Coverage {
    pub fn of(link: &Link) -> Self {
        Self { window: link.window, past: link.past.clone(), discarded: link.discarded.clone() }
    }

    pub fn view(&self) -> protocol::late::Coverage<'_> {
        protocol::late::Coverage { window: self.window, past_ranges: &self.past, discarded_days: &self.discarded }
    }
}

impl Office {
    /// The generation before.
    pub(super) fn before(&self, company: usize, generation: i64) -> Option<i64> {
        let earlier = self.linkages.range((company, 0)..(company, generation));
        earlier.into_iter().next_back().map(|((_, generation), _)| *generation)
    }

    pub(super) fn reserve(&mut self, company: usize) -> Option<i64> {
        let last = self.latest(company).map(|(generation, linkage)| (generation, linkage.stage));
        let generation = match last {
            None => 1,
            Some((_, Stage::Linked)) => return None,
            Some((generation, Stage::Requested)) => return Some(generation),
            Some((generation, Stage::Ended)) => generation + 1,
        };
        self.requested(company, generation);
        Some(generation)
    }

    fn requested(&mut self, company: usize, generation: i64) {
        let linkage = Linkage { stage: Stage::Requested, ended_at: None, paused_until: None, told: false };
        self.linkages.insert((company, generation), linkage);
    }

    /// The generation that was asked for is another's: asks for the one after it.
    pub(super) fn taken(&mut self, company: usize, asked: i64) -> Option<i64> {
        let (generation, linkage) = self.latest(company)?;
        if linkage.stage != Stage::Requested || generation != asked {
            return None;
        }
        self.linkages.remove(&(company, generation));
        self.requested(company, generation + 1);
        Some(generation + 1)
    }

    pub(super) fn granted(
        &mut self,
        company: usize,
        generation: i64,
        inherit: bool,
        stores: &[usize],
        at: Timestamp,
    ) -> bool {
        let linkage = self.linkages.get_mut(&(company, generation));
        let Some(linkage) = linkage.filter(|linkage| linkage.stage == Stage::Requested) else { return false };
        linkage.stage = Stage::Linked;
        for &store in stores {
            self.links.entry((company, generation, store)).or_default();
        }
        if inherit {
            for &store in stores {
                let shop = Shop { company, store };
                if !self.candidates(shop, generation, Kind::Inherit).is_empty() {
                    self.request(shop, generation, Kind::Inherit);
                }
            }
        } else {
            let of_company = self.outbox.iter_mut().filter(|event| event.shop.company == company);
            for event in of_company.filter(|event| event.row.state == State::Ended) {
                event.row.state = State::Discarded;
            }
        }
        self.drain(at);
        true
    }

    /// 連携解除. Which generation ended.
    pub(super) fn end(&mut self, company: usize, at: Timestamp) -> Option<i64> {
        let generation = self.linked(company)?;
        let linkage = self.linkages.get_mut(&(company, generation))?;
        (linkage.stage, linkage.ended_at, linkage.paused_until, linkage.told) = (Stage::Ended, Some(at), None, false);
        for request in self.requests.iter_mut().filter(|r| r.company == company && r.generation == generation) {
            request.done = true;
        }
        let keep_lanes = self.bugs.has(Bug::EndedGoesOn);
        if keep_lanes {
            self.linkages.get_mut(&(company, generation))?.stage = Stage::Linked;
        }
        let lanes = self.links.range_mut((company, generation, 0)..=(company, generation, usize::MAX));
        for (_, link) in lanes.into_iter().filter(|_| !keep_lanes) {
            (link.enabled, link.next_due_at, link.head_date) = (false, None, None);
            for place in std::mem::take(&mut link.lane) {
                if self.outbox[place].row.ends() {
                    (self.outbox[place].row.state, self.outbox[place].row.due_at) = (State::Ended, None);
                }
            }
        }
        Some(generation)
    }

    fn link(&mut self, shop: Shop) -> Option<(i64, &mut Link)> {
        let generation = self.linked(shop.company)?;
        Some((generation, self.links.get_mut(&(shop.company, generation, shop.store))?))
    }

    /// 登録
    pub(super) fn save(&mut self, shop: Shop, window: (Date, Date), enabled: bool) -> bool {
        let Some((generation, link)) = self.link(shop) else { return false };
        let changed = (link.window, link.enabled) != (Some(window), enabled);
        (link.window, link.enabled) = (Some(window), enabled);
        if changed && enabled {
            self.request(shop, generation, Kind::Held);
        }
        true
    }

    /// 保留分を送らない
    pub(super) fn discard(&mut self, shop: Shop, day: Date) -> bool {
        let Some((_, link)) = self.link(shop) else { return false };
        link.discarded.push(day);
        true
    }

    /// 過去分連携
    pub(super) fn past(&mut self, shop: Shop, range: (Date, Date)) -> bool {
        let Some((generation, link)) = self.link(shop).filter(|(_, link)| link.enabled) else { return false };
        link.past.push(range);
        self.request(shop, generation, Kind::Past(range));
        true
    }
}
