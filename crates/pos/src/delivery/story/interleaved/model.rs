//! What must hold, said independently of the tables: who is linked, what is on, what each settlement came to.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;
use protocol::event::Event;
use protocol::facts::facts_sha256;
use sales::{Settlement, SettlementId};

use super::STORES;

/// A settlement as its till knows it.
#[derive(Clone, Debug)]
pub struct Known {
    pub store: usize,
    pub till: usize,
    pub newest: Settlement,
    /// It lay here while its store was linked and on: it may have gone.
    pub may_have_gone: bool,
    /// A person discarded its day before it could go.
    pub forbidden: bool,
}

/// The linkage as a person who only watches would tell it.
#[derive(Default)]
pub struct Model {
    pub generation: i64,
    pub linked: bool,
    pub held: bool,
    pub on: [bool; STORES],
    pub settlements: BTreeMap<SettlementId, Known>,
    pub order: Vec<SettlementId>,
    pub discarded: BTreeSet<(usize, Date)>,
    pub past: BTreeSet<(usize, Date)>,
    pub delivered: BTreeSet<(SettlementId, u32)>,
    pub asked_again: BTreeSet<SettlementId>,
}

impl Model {
    pub fn which(&self, n: usize) -> Option<SettlementId> {
        (!self.order.is_empty()).then(|| self.order[n % self.order.len()])
    }

    pub fn accepted(&mut self, store: usize, till: usize, settlement: Settlement) {
        let day = (store, settlement.business_date);
        let forbidden = self.discarded.contains(&day) && !self.past.contains(&day);
        if let Some(known) = self.settlements.get_mut(&settlement.id) {
            known.newest = settlement;
        } else {
            self.order.push(settlement.id);
            let known = Known { store, till, forbidden, may_have_gone: false, newest: settlement };
            self.settlements.insert(known.newest.id, known);
        }
        self.went();
    }

    /// What lies at a store that is linked and on may have gone from now on, unless its day was discarded before.
    pub fn went(&mut self) {
        for known in self.settlements.values_mut() {
            known.may_have_gone |= self.linked && self.on[known.store] && !known.forbidden;
        }
    }

    pub fn linked(&mut self, generation: i64) {
        (self.generation, self.linked, self.on, self.held) = (generation, true, [false; STORES], false);
        self.discarded.clear();
        self.past.clear();
        self.settlements.values_mut().for_each(|known| known.forbidden = false);
    }

    pub fn discard(&mut self, store: usize, day: Date) {
        self.discarded.insert((store, day));
        let past = self.past.contains(&(store, day));
        for known in self.of_day(store, day) {
            known.forbidden |= !known.may_have_gone && !past;
        }
    }

    pub fn past(&mut self, store: usize, day: Date) {
        self.past.insert((store, day));
        self.of_day(store, day).for_each(|known| known.forbidden = false);
        self.went();
    }

    fn of_day(&mut self, store: usize, day: Date) -> impl Iterator<Item = &mut Known> {
        self.settlements.values_mut().filter(move |known| known.store == store && known.newest.business_date == day)
    }

    /// An attempt begins.
    pub fn begins(&self, generation: i64, event: &Event) {
        let (id, revision) = (event.settlement.id, event.settlement.revision);
        let known = &self.settlements[&id];
        assert!(self.linked && self.generation == generation, "an attempt begins in a linkage that was ended");
        assert!(!self.held, "an attempt begins while a person paused the linkage");
        assert!(self.on[known.store], "an attempt begins while the store is off");
        assert!(!known.forbidden, "a discarded day goes: {id} revision {revision}");
        let again = self.asked_again.contains(&id);
        assert!(again || !self.delivered.contains(&(id, revision)), "{id} revision {revision} goes twice");
    }

    /// Everything is on and quiet: what FLARO has to have by now.
    pub fn judge(&self, events: &[Event]) {
        let mut facts = BTreeMap::new();
        for event in events {
            let revision = (event.settlement.id, event.settlement.revision);
            let came = facts_sha256(&event.facts());
            assert_eq!(*facts.entry(revision).or_insert(came), came, "one revision with two contents");
        }
        for (id, known) in &self.settlements {
            let highest = facts.keys().filter(|(of, _)| of == id).map(|(_, revision)| *revision).max();
            let (newest, day) = (&known.newest, (known.store, known.newest.business_date));
            if known.forbidden {
                assert_eq!(highest, None, "a discarded day went: {id}");
            } else if !self.discarded.contains(&day) || self.delivered.iter().any(|(of, _)| of == id) {
                assert_eq!(highest, Some(newest.revision), "lost: {id} of {}", newest.business_date);
                let sent = facts[&(*id, newest.revision)];
                assert_eq!(sent, facts_sha256(newest), "what FLARO has is not what the till closed: {id}");
            }
        }
    }
}
