//! The outbox and its lanes: offered, claimed, recorded.

use super::{Attempt, Kind, Link, Office, Revision, Stage};
use crate::world::{Shop, bug::Bug};
use jiff::{SignedDuration, Timestamp, civil::Date};
use protocol::{
    control::SettlementControl,
    delivery::{Answer, Next},
    hash::Sha256,
    lanes::{self, Lane, Wanted},
    linkage::{Decision, Situation, decide},
    outbox::{Row, State, breather, due, head, is_queued, left_by},
};
use sales::{SettlementId, StoreId};
use std::rc::Rc;
use uuid::Uuid;

/// A claim ends by itself after this long.
const LEASE: SignedDuration = SignedDuration::from_secs(60);

/// An event. Its bytes are made once.
#[derive(Clone)]
pub(in crate::world) struct Event {
    pub row: Row,
    pub id: Uuid,
    pub shop: Shop,
    pub control: SettlementControl,
    pub body: Rc<Vec<u8>>,
    attempts: u32,
    first_failed_at: Option<Timestamp>,
}

/// An event whose attempt begins with its claim.
#[derive(Clone)]
pub(in crate::world) struct Claimed {
    pub place: usize,
    pub shop: Shop,
    pub event: Rc<Event>,
    pub attempts: u32,
    pub first_failed_at: Option<Timestamp>,
    /// When the claim ends by itself.
    pub lease: Timestamp,
}

impl Office {
    /// Offers what was just accepted to the company's linkage.
    pub(super) fn offer(&mut self, settlement: SettlementId, at: Timestamp) {
        let Some(standing) = self.settlements.get(&settlement) else { return };
        let Some(generation) = self.linked(standing.shop.company) else { return };
        self.queue_if(settlement, generation, at, false);
    }

    /// `flaro_has_it`: like a revision of anything sent it goes, whatever the window says.
    pub(super) fn queue_if(&mut self, settlement: SettlementId, generation: i64, at: Timestamp, flaro_has_it: bool) {
        let Some(standing) = self.settlements.get(&settlement) else { return };
        let (shop, Some((revision, held))) = (standing.shop, standing.highest()) else { return };
        let Some(link) = self.links.get(&(shop.company, generation, shop.store)) else { return };
        let rows = self.rows(settlement);
        if is_queued(&rows, generation, revision) {
            return;
        }
        let situation = Situation {
            linked: true,
            enabled: link.enabled,
            window: link.window,
            business_date: held.date,
            already_sent: flaro_has_it || rows.iter().any(Row::is_sent),
            past_ranges: &link.past,
            discarded: link.discarded.contains(&held.date),
        };
        if self.bugs.decided(decide(&situation), &situation, at) == Decision::Queue {
            self.queue(settlement, generation, at);
        }
    }

    /// Makes the event of what stands, and takes the place of what still waits of the same settlement.
    pub(super) fn queue(&mut self, settlement: SettlementId, generation: i64, at: Timestamp) {
        let Some(standing) = self.settlements.get(&settlement) else { return };
        let shop = standing.shop;
        let Some((revision, &Revision { date, control, .. })) = standing.highest() else { return };
        let Some(link) = self.links.get_mut(&(shop.company, generation, shop.store)) else { return };
        let place = self.outbox.len();
        link.last_sequence += 1;
        link.next_due_at = Some(link.next_due_at.map_or(at, |due| due.min(at)));
        link.head_date = Some(link.head_date.map_or(date, |head| head.min(date)));
        link.lane.insert(place);
        let sequence = link.last_sequence;
        let name = format!("{}/{generation}/{settlement}/{revision}", shop.company);
        let id = Uuid::from_slice(&Sha256::of(name.as_bytes()).0[..16]).unwrap_or_default();
        let body = format!("{id} {sequence} {date} {} {}", control.net, control.facts_sha256);
        let (state, due_at) = (State::Waiting, Some(at));
        let row = Row {
            generation,
            settlement_id: settlement,
            revision,
            business_date: date,
            sequence,
            state,
            due_at,
            delivered: false,
        };
        for &other in self.of_settlement.get(&settlement).into_iter().flatten() {
            if self.outbox[other].row.gives_way_to(generation, revision) {
                (self.outbox[other].row.state, self.outbox[other].row.due_at) = (State::Superseded, None);
            }
        }
        let body = Rc::new(body.into_bytes());
        self.outbox.push(Event { row, id, shop, control, body, attempts: 0, first_failed_at: None });
        self.of_settlement.entry(settlement).or_default().push(place);
        self.of_day.entry((shop, date)).or_default().insert(place);
    }

    /// The lanes of everything linked: whose they are, and what is known of them.
    fn lanes(&self, shops: &[StoreId]) -> Vec<((usize, i64, usize), Lane)> {
        let linked = self.linkages.iter().filter(|(_, linkage)| linkage.stage == Stage::Linked);
        let links = linked.flat_map(|(&(company, generation), linkage)| {
            let of_linkage = self.links.range((company, generation, 0)..=(company, generation, usize::MAX));
            of_linkage.map(move |(&key, link)| (key, link, linkage.paused_until))
        });
        let lane = |((company, generation, store), link, paused_until): ((usize, i64, usize), &Link, _)| {
            let lane = Lane {
                company: format!("{company}"),
                store_id: shops[store],
                enabled: link.enabled,
                paused_until,
                next_due_at: link.next_due_at,
                head_date: link.head_date,
                claimed_until: link.claimed_until,
            };
            ((company, generation, store), lane)
        };
        links.map(lane).collect()
    }

    /// When the first lane is due, and how many there are with something.
    pub(in crate::world) fn first_due(&self) -> Option<(Timestamp, usize)> {
        let linked = |company: usize, generation: i64| self.linked(company) == Some(generation);
        let waiting = self.links.iter().filter(|(key, link)| link.enabled && linked(key.0, key.1));
        let dues: Vec<Timestamp> = waiting.filter_map(|(_, link)| link.next_due_at).collect();
        dues.iter().min().map(|due| (*due, dues.len()))
    }

    pub(super) fn claim(&mut self, wanted: &Wanted, shops: &[StoreId], at: Timestamp) -> Vec<Claimed> {
        let lanes = self.lanes(shops);
        let only: Vec<Lane> = lanes.iter().map(|(_, lane)| lane.clone()).collect();
        let only = self.bugs.lanes(only);
        let ready: Vec<_> = lanes::ready(&only, wanted, at).into_iter().map(|place| lanes[place].0).collect();
        let mut claimed = Vec::new();
        for key in ready {
            let rows: Vec<(usize, Row)> =
                self.links[&key].lane.iter().map(|&place| (place, self.outbox[place].row)).collect();
            let Some(next) = head(rows.iter().map(|(_, row)| row), wanted.due_until).copied() else {
                self.settle(key, None, None);
                continue;
            };
            let Some(&(place, _)) = rows.iter().find(|(_, row)| *row == next) else { continue };
            let link = self.links.get_mut(&key).expect("a lane that was listed");
            let lease = at + LEASE;
            link.claimed_until = Some(lease);
            let event = self.outbox[place].clone();
            let (attempts, first_failed_at) = (event.attempts, event.first_failed_at);
            let shop = event.shop;
            claimed.push(Claimed { place, shop, event: Rc::new(event), attempts, first_failed_at, lease });
        }
        claimed
    }

    /// Ends the claim with this lease (one that ran out may have been claimed again: that claim stays): the lane is due
    /// when the first of its events is.
    fn settle(&mut self, key: (usize, i64, usize), not_before: Option<Timestamp>, lease: Option<Timestamp>) {
        let Some(link) = self.links.get_mut(&key) else { return };
        link.lane.retain(|&place| self.outbox[place].row.ends());
        let lane = due(link.lane.iter().map(|&place| &self.outbox[place].row), not_before);
        (link.next_due_at, link.head_date) = (lane.map(|(at, _)| at), lane.map(|(_, date)| date));
        link.failing = not_before.is_some();
        if link.claimed_until == lease {
            link.claimed_until = None;
        }
    }

    /// Records what an attempt came to. Whether it delivered.
    pub(super) fn record(&mut self, attempt: &Attempt, at: Timestamp) -> bool {
        let Attempt { event: place, id, answer, next, lease } = *attempt;
        let Some(event) = self.outbox.get_mut(place).filter(|event| event.id == id) else { return false };
        let (shop, generation) = (event.shop, event.row.generation);
        let key = (shop.company, generation, shop.store);
        event.attempts += 1;
        let linkage = self.linkages.get_mut(&(shop.company, generation));
        if let Some(linkage) = linkage.filter(|linkage| linkage.stage == Stage::Linked) {
            match next {
                Next::Paused(until) => linkage.paused_until = Some(until),
                Next::Delivered | Next::Attention => linkage.paused_until = None,
                Next::RetryAt(_) | Next::AsideUntil(_) => {}
            }
        }
        let left = left_by(next, at);
        if let Some((state, due_at)) = left {
            if event.row.ends() {
                (event.row.state, event.row.due_at) = (state, due_at);
                event.first_failed_at = event.first_failed_at.or(Some(at));
            }
        } else {
            (event.row.state, event.row.due_at, event.row.delivered) = (State::Delivered, None, true);
            let day = event.row.business_date;
            if !self.bugs.has(Bug::NeverCompared) {
                self.days.entry((shop, day)).or_default().dirty_at = Some(at);
            }
            self.passes(key, at);
        }
        let delivered = left.is_none();
        let lost = self.bugs.has(Bug::GivesUp) && matches!(answer, Answer::Timeout) && !delivered;
        if lost {
            (self.outbox[place].row.state, self.outbox[place].row.due_at) = (State::Discarded, None);
        }
        self.settle(key, breather(next, at), Some(lease));
        delivered
    }

    /// The lane passes again: what waits in it for a later try is due now.
    fn passes(&mut self, key: (usize, i64, usize), at: Timestamp) {
        let Some(link) = self.links.get(&key).filter(|link| link.failing) else { return };
        for &place in &link.lane {
            let row = &mut self.outbox[place].row;
            if row.state == State::Waiting {
                row.due_at = row.due_at.map(|due| due.min(at));
            }
        }
    }

    /// The endpoint answers again: everything that waits is due.
    pub(super) fn release(&mut self, at: Timestamp) {
        let linkages = &self.linkages;
        let linked =
            |key: &(usize, i64, usize)| linkages.get(&(key.0, key.1)).is_some_and(|l| l.stage == Stage::Linked);
        for (_, link) in self.links.iter_mut().filter(|(key, link)| linked(key) && link.next_due_at.is_some()) {
            for &place in &link.lane {
                let row = &mut self.outbox[place].row;
                if row.state == State::Waiting {
                    row.due_at = row.due_at.map(|due| due.min(at));
                }
            }
            (link.next_due_at, link.failing) = (link.next_due_at.map(|due| due.min(at)), false);
        }
    }

    /// 再送: the stored bytes of these days go again.
    pub(super) fn resend(&mut self, shop: Shop, (from, to): (Date, Date), at: Timestamp) -> bool {
        let Some(generation) = self.linked(shop.company) else { return false };
        let places: Vec<usize> =
            self.of_day.range((shop, from)..=(shop, to)).flat_map(|(_, places)| places.iter().copied()).collect();
        for place in places {
            let row = self.outbox[place].row;
            let goes = row.generation == generation && (row.ends() || row.state == State::Delivered);
            let later =
                self.rows(row.settlement_id).iter().any(|o| o.generation == generation && o.revision > row.revision);
            if goes && !later {
                self.due_again(place, at);
            }
        }
        true
    }

    pub(super) fn due_again(&mut self, place: usize, at: Timestamp) {
        let event = &mut self.outbox[place];
        (event.row.state, event.row.due_at) = (State::Waiting, Some(at));
        (event.attempts, event.first_failed_at) = (0, None);
        let (shop, date) = (event.shop, event.row.business_date);
        if let Some(link) = self.links.get_mut(&(shop.company, event.row.generation, shop.store)) {
            link.lane.insert(place);
            link.next_due_at = Some(link.next_due_at.map_or(at, |due| due.min(at)));
            link.head_date = Some(link.head_date.map_or(date, |head| head.min(date)));
        }
    }

    /// Asks for a store's settlements to be queued later.
    pub(super) fn request(&mut self, shop: Shop, generation: i64, kind: Kind) {
        let Shop { company, store } = shop;
        self.requests.push(super::Request { company, generation, store, kind, done: false });
    }
}
