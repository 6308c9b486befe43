//! Crashes and starts, clocks that are set, backups that are put back, disks that are copied; and how a world begins.

use super::{
    DAY, Flaro, HOUR, Happening, Head, MINUTE, Machine, Place, QUIET, Shop, Storm, Till, World, back,
    bug::Bugs,
    dice::Dice,
    disk::Disk,
    model::Model,
    pos,
    sending::Sender,
    till,
    trace::Trace,
    upload,
    weather::{Disaster, Weather},
};
use protocol::signature::Secret;
use sales::{DayRule, RegisterId, SettlementId, StoreId};
use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

/// A copy of a disk.
pub(super) enum Backup {
    Till(till::Books),
    Office(Box<pos::Office>),
    Back(Box<back::Back>),
}

impl World {
    pub(super) fn new(storm: &Storm) -> Self {
        let mut dice = Dice::new(storm.seed);
        #[cfg(any(test, feature = "bugs"))]
        let bugs = Bugs::planted(storm.bug);
        #[cfg(not(any(test, feature = "bugs")))]
        let bugs = Bugs::default();
        let companies = usize::try_from(dice.between(1, 2)).unwrap_or(1);
        let mut shops = Vec::new();
        for company in 0..companies {
            for _ in 0..dice.between(1, 3) {
                shops.push(Shop { company, store: shops.len() });
            }
        }
        let stores = shops.iter().map(|_| StoreId(dice.id())).collect();
        let mut tills = Vec::new();
        for &shop in &shops {
            for _ in 0..dice.between(1, 2) {
                let (register, books) = (RegisterId(dice.id()), till::Books::new(dice.id()));
                tills.push(Till::new(shop, register, books));
            }
        }
        let weather = if storm.calm { Weather::calm() } else { Weather::storm(&mut dice, tills.len(), QUIET) };
        let mut office = pos::Office::default();
        office.bugs = bugs;
        let mut back = back::Back::default();
        back.bugs = bugs;
        let mut world = Self {
            now: 0,
            queue: BTreeMap::new(),
            order: 0,
            dice,
            weather,
            bugs,
            rule: DayRule::new("Asia/Tokyo", "05:00").expect("a zone"),
            secret: Secret::from_random([7; 32]),
            shops,
            stores: Rc::new(stores),
            tills,
            office: Head { machine: Machine::new(), disk: Disk::new(office), sender: Sender::default() },
            back: Flaro { machine: Machine::new(), disk: Disk::new(back) },
            backups: Vec::new(),
            model: Model::default(),
            trace: Trace::new(storm.readable),
            deliveries: 0,
            unsynced: 0,
            crashes: 0,
        };
        world.plan(companies);
        world
    }

    fn plan(&mut self, companies: usize) {
        for till in 0..self.tills.len() {
            let begin = self.dice.between(MINUTE, 4 * HOUR);
            self.at(begin, Happening::Counter(till));
            if self.dice.chance(200) {
                self.tills[till].until = self.dice.between(2 * DAY, QUIET);
            }
            self.at(1, Happening::Start(Place::Till(till)));
        }
        self.at(1, Happening::Start(Place::Office));
        for company in 0..companies {
            self.plan_deeds(company);
        }
        for (number, (at, disaster)) in self.weather.disasters.clone().into_iter().enumerate() {
            let ago = if let Disaster::Restored(_, ago) = disaster { ago } else { 0 };
            self.at(at - ago, Happening::Backup(number));
            self.at(at, Happening::Disaster(number));
        }
        for (at, place, skew) in self.weather.clocks.clone() {
            self.at(at, Happening::Clock(place, skew));
            // Somebody notices.
            let wrong = self.dice.between(HOUR, 12 * HOUR);
            self.at((at + wrong).min(QUIET), Happening::Clock(place, 0));
        }
    }

    pub(super) fn set_clock(&mut self, place: Place, skew: i64) {
        self.machine_mut(place).skew = skew;
        if place == Place::Office {
            self.model.interrupted(self.now);
        }
    }

    pub(super) fn crash(&mut self, place: Place) {
        if !self.machine(place).up {
            return;
        }
        let machine = self.machine_mut(place);
        (machine.up, machine.boot) = (false, machine.boot + 1);
        let lost = match place {
            Place::Till(till) => {
                self.tills[till].line = upload::Uploader::default();
                self.tills[till].disk.crash()
            }
            Place::Office => {
                self.office.sender = Sender::default();
                self.model.interrupted(self.now);
                self.office.disk.crash()
            }
            Place::Back => self.back.disk.crash(),
        };
        (self.crashes, self.unsynced) = (self.crashes + 1, self.unsynced + lost);
        self.trace.note(self.now, [10, lost, 0], || format!("{place:?} crashes; {lost} writes are lost"));
        let down = self.dice.between(2_000, 20 * MINUTE);
        self.at(down, Happening::Start(place));
    }

    pub(super) fn start(&mut self, place: Place) {
        self.machine_mut(place).up = true;
        match place {
            Place::Till(till) => self.ring(till),
            Place::Office => {
                let at = self.clock(Place::Office);
                let (_, written) = self.office.disk.write(pos::Op::Free { at });
                self.commit(Place::Office, written, vec![super::Then::Look]);
                self.compare_soon(MINUTE);
                let boot = self.office.machine.boot;
                self.at(MINUTE, Happening::Partner { boot });
            }
            Place::Back => {}
        }
    }

    pub(super) fn back_up(&mut self, number: usize) {
        let (_, disaster) = self.weather.disasters[number];
        let place = match disaster {
            Disaster::Restored(place, _) => place,
            Disaster::Cloned(till) => Place::Till(till),
        };
        let copy = match place {
            Place::Till(till) => self.tills[till].disk.backup().map(Backup::Till),
            Place::Office => self.office.disk.backup().map(|office| Backup::Office(Box::new(office))),
            Place::Back => self.back.disk.backup().map(|back| Backup::Back(Box::new(back))),
        };
        match copy {
            Some(copy) => {
                if place == Place::Office {
                    self.model.office_backed_up();
                }
                self.backups.push((disaster, copy));
            }
            None => self.at(3, Happening::Backup(number)),
        }
    }

    pub(super) fn strike(&mut self, number: usize) {
        let (_, disaster) = self.weather.disasters[number];
        let Some(found) = self.backups.iter().position(|(of, _)| *of == disaster) else {
            return self.at(10, Happening::Disaster(number));
        };
        let (_, copy) = self.backups.remove(found);
        self.trace.note(self.now, [11, number as u64, 0], || format!("a disaster: {disaster:?}"));
        match (disaster, copy) {
            (Disaster::Cloned(till), Backup::Till(books)) => self.clone_till(till, books),
            (Disaster::Restored(Place::Till(till), _), Backup::Till(books)) => {
                self.crash(Place::Till(till));
                self.doubled(till, &books);
                self.tills[till].disk.restore(books);
            }
            (Disaster::Restored(Place::Office, _), Backup::Office(office)) => {
                self.crash(Place::Office);
                self.office.disk.restore(*office);
                self.model.office_restored(self.now);
            }
            (Disaster::Restored(Place::Back, _), Backup::Back(back)) => {
                self.crash(Place::Back);
                self.back.disk.restore(*back);
            }
            _ => {}
        }
    }

    fn clone_till(&mut self, till: usize, books: till::Books) {
        let (shop, register) = (self.tills[till].shop, self.tills[till].register);
        self.tills.push(Till::new(shop, register, books));
        let copy = self.tills.len() - 1;
        self.at(HOUR, Happening::Start(Place::Till(copy)));
        let begin = self.dice.between(HOUR, DAY);
        self.at(begin, Happening::Counter(copy));
    }

    /// A till goes on from an old disk: what came to pass since may come out in two ways, or be gone.
    fn doubled(&mut self, till: usize, old: &till::Books) {
        let (lost, register) = (&self.tills[till].disk.now, self.tills[till].register);
        let unchanged = |session: &till::Session| {
            let before = old.sessions.iter().find(|other| other.id == session.id);
            before.is_some_and(|other| {
                !other.open && (other.revision, other.checks.len()) == (session.revision, session.checks.len())
            })
        };
        let contested = lost.sessions.iter().filter(|session| !unchanged(session)).map(|session| session.id);
        let contested: BTreeSet<SettlementId> = contested.collect();
        let life = old.life();
        let epochs = self.office.disk.now.registers.get(&register).cloned().unwrap_or_default();
        let held = epochs.iter().find(|epoch| epoch.id == life.id).map_or(0, |epoch| epoch.state.contiguous_seq);
        let visible = held > life.chain.contiguous_seq;
        self.model.till_doubled(register, &contested, visible);
        if !visible {
            self.model.lost_unseen(&contested);
        }
    }

    /// A settlement that two copies of a till know may come out in two ways.
    pub(super) fn contest(&mut self, till: usize, settlement: SettlementId) {
        let register = self.tills[till].register;
        let knows = |other: &Till| other.disk.now.sessions.iter().any(|session| session.id == settlement);
        if self.tills.iter().filter(|other| other.register == register && knows(other)).count() > 1 {
            self.model.till_doubled(register, &BTreeSet::from([settlement]), false);
        }
    }
}

impl Machine {
    fn new() -> Self {
        Self { up: true, boot: 0, skew: 0, synced_at: 0 }
    }
}

impl Till {
    fn new(shop: Shop, register: RegisterId, books: till::Books) -> Self {
        let (machine, line) = (Machine::new(), upload::Uploader::default());
        Self { machine, disk: Disk::new(books), shop, register, line, to_sell: 0, until: QUIET }
    }
}
