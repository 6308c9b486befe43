//! A world in virtual time: tills, head office, the back office and the network between them, run through a storm by
//! the product's own decisions, and held against a model that shares none of them.
//!
//! Every decision is `protocol`'s: the journal's chain and judgement, the upload, the intake, the linkage, lanes and
//! late requests, the delivery policy, the receiver's judgement, control totals. What is simulated is everything
//! around them: clocks, disks, lines, people. A seed means the same storm, to the last message.
//!
//! ```
//! use simulator::world::{Storm, run};
//! let outcome = run(&Storm::of(7));
//! assert!(outcome.wrong.is_empty(), "{:?}", outcome.wrong);
//! assert_eq!(outcome.trace, run(&Storm::of(7)).trace);
//! ```

mod back;
mod bug;
mod counter;
mod dice;
mod disaster;
mod disk;
mod end;
mod excused;
mod gaps;
mod model;
mod people;
mod pos;
mod post;
mod receiving;
mod sale;
mod sending;
#[cfg(test)]
mod tests;
mod till;
mod trace;
mod upload;
mod weather;

pub use bug::Bug;
pub use excused::{Count, Excused, Gaps};

use bug::Bugs;
use dice::Dice;
use disk::Disk;
use jiff::Timestamp;
use protocol::signature::Secret;
use sales::{DayRule, RegisterId, StoreId};
use std::{collections::BTreeMap, rc::Rc};
use weather::{Disaster, Weather};

const MINUTE: i64 = 60_000;
const HOUR: i64 = 60 * MINUTE;
const DAY: i64 = 24 * HOUR;
/// 2026-04-01 09:00 in Tokyo.
const BEGIN_MS: i64 = 1_775_001_600_000;
/// Business goes on for so long …
const QUIET: i64 = 14 * DAY;
/// … and then everything has so long to come to rest.
const END: i64 = QUIET + 9 * DAY;

/// What to run.
#[derive(Clone, Copy, Debug)]
pub struct Storm {
    /// Which one.
    pub seed: u64,
    /// Nothing goes wrong.
    pub calm: bool,
    /// Keep what happened in words.
    pub readable: bool,
    /// What is planted.
    #[cfg(any(test, feature = "bugs"))]
    pub bug: Option<Bug>,
}

impl Storm {
    /// The storm of a seed.
    pub fn of(seed: u64) -> Self {
        Self {
            seed,
            calm: false,
            readable: false,
            #[cfg(any(test, feature = "bugs"))]
            bug: None,
        }
    }
}

/// How it ended.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// What is wrong; nothing should be.
    pub wrong: Vec<String>,
    /// Messages that arrived somewhere: batches, events, questions and answers.
    pub deliveries: u64,
    /// Settlements that the tills kept.
    pub settlements: usize,
    /// Writes that crashes took before they were synced.
    pub unsynced: u64,
    /// Crashes.
    pub crashes: u64,
    /// What came out otherwise and can't be helped.
    pub excused: Excused,
    /// The hash of everything that happened.
    pub trace: u64,
    /// Everything that happened, if it was to be readable.
    pub readable: Option<String>,
}

/// A store of a company.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Shop {
    pub company: usize,
    pub store: usize,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    Till(usize),
    Office,
    Back,
}

/// What every place has.
struct Machine {
    up: bool,
    /// How often it was started: what a process began ends with it.
    boot: u64,
    /// How far its clock is off.
    skew: i64,
    /// When the last write will be on the platter: what is behind it is there not before.
    synced_at: i64,
}

struct Till {
    machine: Machine,
    disk: Disk<till::Books>,
    shop: Shop,
    register: RegisterId,
    line: upload::Uploader,
    /// Checks to sell before the next 精算.
    to_sell: i64,
    /// Nobody sells here after that.
    until: i64,
}

struct Head {
    machine: Machine,
    disk: Disk<pos::Office>,
    sender: sending::Sender,
}

struct Flaro {
    machine: Machine,
    disk: Disk<back::Back>,
}

struct World {
    now: i64,
    queue: BTreeMap<(i64, u64), Happening>,
    order: u64,
    dice: Dice,
    weather: Weather,
    bugs: Bugs,
    rule: DayRule,
    secret: Secret,
    /// By the number of a store.
    shops: Vec<Shop>,
    stores: Rc<Vec<StoreId>>,
    tills: Vec<Till>,
    office: Head,
    back: Flaro,
    backups: Vec<(Disaster, disaster::Backup)>,
    model: model::Model,
    trace: trace::Trace,
    deliveries: u64,
    unsynced: u64,
    crashes: u64,
}

/// What is due at some moment.
enum Happening {
    /// Somebody does something at a till.
    Counter(usize),
    Upload {
        till: usize,
        boot: u64,
    },
    UploadTimeout {
        till: usize,
        boot: u64,
        request: u64,
    },
    /// A write is on the platter, and what waited for it happens.
    Synced {
        place: Place,
        boot: u64,
        upto: u64,
        then: Vec<Then>,
    },
    Arrives(Place, post::Message),
    Look {
        boot: u64,
    },
    AttemptTimeout {
        boot: u64,
        request: u64,
    },
    Compare {
        boot: u64,
    },
    Partner {
        boot: u64,
    },
    Person(people::Deed),
    Crash(Place),
    Start(Place),
    Backup(usize),
    Disaster(usize),
    Clock(Place, i64),
}

/// What waits for a write to be durable.
enum Then {
    Post(Place, weather::Line, post::Message),
    Kept(usize, Option<till::Filed>, Option<(sales::SettlementId, i64)>),
    Uploaded(usize, bool),
    Attempts { claimed: Vec<pos::Claimed>, reserved: usize, probe: bool },
    Recorded { delivered: bool, closed: bool },
    Released,
    Decided(people::Decision),
    Look,
}

/// Runs a storm until everything has come to rest.
pub fn run(storm: &Storm) -> Outcome {
    let mut world = World::new(storm);
    while let Some(((at, _), happening)) = world.queue.pop_first() {
        if at > END {
            break;
        }
        world.now = at;
        world.happen(happening);
    }
    world.judge();
    Outcome {
        settlements: world.model.kept_in_all(),
        excused: world.model.excused,
        wrong: std::mem::take(&mut world.model.wrong),
        deliveries: world.deliveries,
        unsynced: world.unsynced,
        crashes: world.crashes,
        trace: world.trace.hash(),
        readable: world.trace.lines.take(),
    }
}

impl World {
    fn happen(&mut self, happening: Happening) {
        match happening {
            Happening::Counter(till) => self.at_the_counter(till),
            Happening::Upload { till, boot } => self.upload(till, boot),
            Happening::UploadTimeout { till, boot, request } => self.upload_unanswered(till, boot, request),
            Happening::Synced { place, boot, upto, then } => self.synced(place, boot, upto, then),
            Happening::Arrives(place, message) => self.arrives(place, message),
            Happening::Look { boot } => self.look(boot),
            Happening::AttemptTimeout { boot, request } => self.attempt_unanswered(boot, request),
            Happening::Compare { boot } => self.compare(boot),
            Happening::Partner { boot } => self.tell_partner(boot),
            Happening::Person(deed) => self.person(deed),
            Happening::Crash(place) => self.crash(place),
            Happening::Start(place) => self.start(place),
            Happening::Backup(disaster) => self.back_up(disaster),
            Happening::Disaster(disaster) => self.strike(disaster),
            Happening::Clock(place, skew) => self.set_clock(place, skew),
        }
    }

    fn at(&mut self, after: i64, happening: Happening) {
        self.order += 1;
        self.queue.insert((self.now + after, self.order), happening);
    }

    fn machine(&self, place: Place) -> &Machine {
        match place {
            Place::Till(till) => &self.tills[till].machine,
            Place::Office => &self.office.machine,
            Place::Back => &self.back.machine,
        }
    }

    fn machine_mut(&mut self, place: Place) -> &mut Machine {
        match place {
            Place::Till(till) => &mut self.tills[till].machine,
            Place::Office => &mut self.office.machine,
            Place::Back => &mut self.back.machine,
        }
    }

    /// What time it is there, by its own clock.
    fn clock(&self, place: Place) -> Timestamp {
        let ms = BEGIN_MS + self.now + self.machine(place).skew;
        Timestamp::from_millisecond(ms).expect("a time of this century")
    }

    fn is_quiet(&self) -> bool {
        self.now >= QUIET
    }

    /// What was written at a place will be durable in a moment; then that happens, and not before.
    fn commit(&mut self, place: Place, upto: u64, then: Vec<Then>) {
        let boot = self.machine(place).boot;
        let early = match place {
            Place::Till(_) => self.bugs.has(Bug::SoldBeforeSync),
            Place::Office => self.bugs.has(Bug::OfficeAnswersEarly),
            // What it loses by it is compared and sent again; the number of an event that was superseded is not.
            Place::Back => self.bugs.has(Bug::BackAnswersEarly),
        };
        let soon = self.now + self.dice.between(1, 15);
        let machine = self.machine_mut(place);
        machine.synced_at = machine.synced_at.max(soon);
        let sync = machine.synced_at - self.now;
        if !self.is_quiet() && self.dice.chance(self.weather.crashes) {
            let soon = self.dice.between(0, 2 * sync);
            self.at(soon, Happening::Crash(place));
        }
        if early {
            self.at(sync, Happening::Synced { place, boot, upto, then: Vec::new() });
            for then in then {
                self.then(place, then);
            }
        } else {
            self.at(sync, Happening::Synced { place, boot, upto, then });
        }
    }

    fn synced(&mut self, place: Place, boot: u64, upto: u64, then: Vec<Then>) {
        if self.machine(place).boot != boot {
            return;
        }
        match place {
            Place::Till(till) => self.tills[till].disk.sync(upto),
            Place::Office => self.office.disk.sync(upto),
            Place::Back => self.back.disk.sync(upto),
        }
        for then in then {
            self.then(place, then);
        }
    }

    fn then(&mut self, place: Place, then: Then) {
        match then {
            Then::Post(to, line, message) => self.post(place, to, line, message),
            Then::Kept(till, filed, paid) => self.kept(till, filed, paid),
            Then::Uploaded(till, patiently) => self.uploaded(till, patiently),
            Then::Attempts { claimed, reserved, probe } => self.attempt(claimed, reserved, probe),
            Then::Recorded { delivered, closed } => self.recorded(delivered, closed),
            Then::Released => self.released(),
            Then::Decided(decision) => self.decided(decision),
            Then::Look => self.look_soon(0),
        }
    }
}
