//! What is on head office's disk, and its commits. The decisions are `protocol`'s, the same functions the product runs;
//! here is only what the product's SQL stores between them.

mod compare;
mod intake;
mod late;
mod linkage;
mod outbox;

use super::{Shop, bug::Bugs, disk::Kept};
use jiff::{Timestamp, civil::Date};
use protocol::{
    control::{ControlledSettlement, SettlementControl},
    delivery::{Answer, Next},
    hash::Sha256,
    intake::Session,
    journal::{EpochState, JournalAnswer, Received},
    outbox::Row,
};
use sales::{Check, CheckId, RegisterId, Settlement, SettlementId};
use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};
use uuid::Uuid;

pub(super) use linkage::Coverage;
pub(super) use outbox::{Claimed, Event};

#[derive(Clone, Default)]
pub(super) struct Office {
    pub registers: BTreeMap<RegisterId, Vec<Epoch>>,
    pub sessions: BTreeMap<SettlementId, Session>,
    pub checks: BTreeMap<CheckId, Held>,
    pub settlements: BTreeMap<SettlementId, Standing>,
    /// 要対応
    pub reports: BTreeSet<Report>,
    pub linkages: BTreeMap<(usize, i64), Linkage>,
    pub links: BTreeMap<(usize, i64, usize), Link>,
    pub outbox: Vec<Event>,
    pub requests: Vec<Request>,
    /// Days to compare, and how they compared.
    pub days: BTreeMap<(Shop, Date), Compared>,
    of_session: BTreeMap<SettlementId, Vec<CheckId>>,
    of_settlement: BTreeMap<SettlementId, Vec<usize>>,
    of_day: BTreeMap<(Shop, Date), BTreeSet<usize>>,
    of_store: BTreeMap<Shop, BTreeSet<(Date, SettlementId)>>,
    pub bugs: Bugs,
}

/// A till's journal, as far as it was received.
#[derive(Clone)]
pub(super) struct Epoch {
    pub id: Uuid,
    pub state: EpochState,
    pub hashes: Vec<Sha256>,
}

/// A check by its id.
#[derive(Clone)]
pub(super) struct Held {
    pub settlement: SettlementId,
    place: protocol::intake::Place,
    check: Rc<Check>,
    revised: bool,
    dropped: bool,
}

/// The revisions of a settlement; the highest stands.
#[derive(Clone)]
pub(super) struct Standing {
    pub shop: Shop,
    pub register: RegisterId,
    pub revisions: BTreeMap<u32, Revision>,
}

#[derive(Clone)]
pub(super) struct Revision {
    pub date: Date,
    pub control: SettlementControl,
    pub received_at: Timestamp,
}

/// Something a person is shown.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) struct Report {
    pub register: RegisterId,
    pub settlement: Option<SettlementId>,
    pub what: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Stage {
    Requested,
    Linked,
    Ended,
}

#[derive(Clone)]
pub(super) struct Linkage {
    pub stage: Stage,
    pub ended_at: Option<Timestamp>,
    pub paused_until: Option<Timestamp>,
    /// FLARO has confirmed the store table, or the end.
    pub told: bool,
}

/// A store in a generation, and its lane.
#[derive(Clone, Default)]
pub(super) struct Link {
    pub window: Option<(Date, Date)>,
    pub enabled: bool,
    pub past: Vec<(Date, Date)>,
    pub discarded: Vec<Date>,
    last_sequence: i64,
    next_due_at: Option<Timestamp>,
    head_date: Option<Date>,
    claimed_until: Option<Timestamp>,
    failing: bool,
    lane: BTreeSet<usize>,
}

#[derive(Clone)]
pub(super) struct Request {
    company: usize,
    generation: i64,
    store: usize,
    kind: Kind,
    done: bool,
}

#[derive(Clone, Copy)]
enum Kind {
    Held,
    Past((Date, Date)),
    Inherit,
}

#[derive(Clone, Default)]
pub(super) struct Compared {
    pub dirty_at: Option<Timestamp>,
    pub checked_at: Option<Timestamp>,
    pub differs: bool,
}

/// One commit.
pub(super) enum Op {
    Batch {
        shop: Shop,
        register: RegisterId,
        entries: Rc<Vec<Received>>,
        at: Timestamp,
    },
    /// 連携開始 is asked for: which generation FLARO is asked for.
    Reserve {
        company: usize,
    },
    /// FLARO knows that generation already: the next is asked for.
    Taken {
        company: usize,
        generation: i64,
    },
    Granted {
        company: usize,
        generation: i64,
        inherit: bool,
        stores: Vec<usize>,
        at: Timestamp,
    },
    Told {
        company: usize,
        generation: i64,
    },
    End {
        company: usize,
        at: Timestamp,
    },
    Save {
        shop: Shop,
        window: (Date, Date),
        enabled: bool,
    },
    Discard {
        shop: Shop,
        day: Date,
    },
    Past {
        shop: Shop,
        range: (Date, Date),
    },
    Resend {
        shop: Shop,
        range: (Date, Date),
        at: Timestamp,
    },
    Drain {
        at: Timestamp,
    },
    Claim {
        wanted: protocol::lanes::Wanted,
        shops: Rc<Vec<sales::StoreId>>,
        at: Timestamp,
    },
    Record {
        attempt: Attempt,
        at: Timestamp,
    },
    Release {
        at: Timestamp,
    },
    /// This process has just started.
    Free {
        at: Timestamp,
    },
    /// FLARO does not know this linkage.
    Unknown {
        linkage: (usize, i64),
        at: Timestamp,
    },
    /// FLARO has these days.
    Around {
        days: Rc<Vec<(Shop, Date)>>,
        at: Timestamp,
    },
    Compare {
        shop: Shop,
        day: Date,
        theirs: Vec<ControlledSettlement>,
        dirty_at: Option<Timestamp>,
        at: Timestamp,
    },
}

/// What an attempt came to.
#[derive(Clone, Copy)]
pub(super) struct Attempt {
    pub event: usize,
    pub id: Uuid,
    pub answer: Answer,
    pub next: Next,
    pub lease: Timestamp,
}

pub(super) enum Out {
    Nothing,
    Answer(JournalAnswer),
    Generation(Option<i64>),
    Claimed(Vec<Claimed>),
    /// Whether anything was done.
    Done(bool),
}

impl Kept for Office {
    type Op = Op;
    type Out = Out;

    fn apply(&mut self, op: &Op) -> Out {
        match op {
            Op::Batch { shop, register, entries, at } => Out::Answer(self.receive(*shop, *register, entries, *at)),
            Op::Reserve { company } => Out::Generation(self.reserve(*company)),
            Op::Taken { company, generation } => Out::Generation(self.taken(*company, *generation)),
            Op::Granted { company, generation, inherit, stores, at } => {
                Out::Done(self.granted(*company, *generation, *inherit, stores, *at))
            }
            Op::Told { company, generation } => {
                if let Some(linkage) = self.linkages.get_mut(&(*company, *generation)) {
                    linkage.told = true;
                }
                Out::Nothing
            }
            Op::End { company, at } => Out::Generation(self.end(*company, *at)),
            Op::Save { shop, window, enabled } => Out::Done(self.save(*shop, *window, *enabled)),
            Op::Discard { shop, day } => Out::Done(self.discard(*shop, *day)),
            Op::Past { shop, range } => Out::Done(self.past(*shop, *range)),
            Op::Resend { shop, range, at } => Out::Done(self.resend(*shop, *range, *at)),
            Op::Drain { at } => Out::Done(self.drain(*at)),
            Op::Claim { wanted, shops, at } => Out::Claimed(self.claim(wanted, shops, *at)),
            Op::Record { attempt, at } => Out::Done(self.record(attempt, *at)),
            Op::Release { at } => {
                self.release(*at);
                Out::Nothing
            }
            Op::Free { at } => {
                for link in self.links.values_mut() {
                    link.claimed_until = None;
                }
                self.release(*at);
                Out::Nothing
            }
            Op::Unknown { linkage, at } => {
                self.unknown(*linkage, *at);
                Out::Nothing
            }
            Op::Around { days, at } => {
                self.look_around(days, *at);
                Out::Nothing
            }
            Op::Compare { shop, day, theirs, dirty_at, at } => {
                Out::Done(self.compare(*shop, *day, theirs, *dirty_at, *at))
            }
        }
    }
}

impl Standing {
    pub fn highest(&self) -> Option<(u32, &Revision)> {
        self.revisions.last_key_value().map(|(revision, held)| (*revision, held))
    }
}

impl Office {
    /// The generation that is linked now.
    pub fn linked(&self, company: usize) -> Option<i64> {
        let (generation, linkage) = self.latest(company)?;
        (linkage.stage == Stage::Linked).then_some(generation)
    }

    pub fn latest(&self, company: usize) -> Option<(i64, &Linkage)> {
        let mut of_company = self.linkages.range((company, 0)..=(company, i64::MAX));
        of_company.next_back().map(|((_, generation), linkage)| (*generation, linkage))
    }

    fn rows(&self, settlement: SettlementId) -> Vec<Row> {
        let places = self.of_settlement.get(&settlement);
        places.into_iter().flatten().map(|&place| self.outbox[place].row).collect()
    }

    fn report(&mut self, register: RegisterId, settlement: Option<SettlementId>, what: &'static str) {
        self.reports.insert(Report { register, settlement, what });
    }

    /// Whether nothing of this company is on its way.
    pub fn is_idle(&self, company: usize) -> bool {
        let waits = |link: &Link| link.enabled && link.lane.iter().any(|&event| self.outbox[event].row.ends());
        let of_company = self.links.range((company, 0, 0)..=(company, i64::MAX, usize::MAX));
        !of_company.into_iter().any(|(_, link)| waits(link))
            && !self.days.iter().any(|((shop, _), day)| shop.company == company && day.dirty_at.is_some())
    }
}

/// What a settlement's facts come to, with what its 精算 stated.
fn differs(stated: &SettlementControl, settlement: &Settlement) -> bool {
    *stated != super::sale::control(settlement)
}
