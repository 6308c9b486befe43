//! What a till's entries ask for, decided purely: sessions to open, checks to store, settlements to close, and what is
//! odd about them. What is odd is told to a person and never keeps an entry out.

use crate::journal::{Body, CheckEntry, Opened, Received, Settled, WholeSettlement};
use jiff::{Timestamp, civil::Date};
use sales::{Check, CheckId, RegisterId, Settlement, SettlementId, SettlementState, Yen};
use std::collections::HashMap;
use uuid::Uuid;

/// Where in a till's journal something stands: epochs in the order they came, then `seq`. Documents stand at zero.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Place {
    /// Of the epoch, from 1.
    pub ordinal: i64,
    /// In the epoch, from 1.
    pub seq: i64,
}

/// An entry with its body, or what is wrong with it.
#[derive(Clone, Debug)]
pub struct Read {
    /// The entry to the byte.
    pub received: Received,
    /// What the till did.
    pub body: Result<Body, String>,
}

impl Read {
    /// Reads the body.
    pub fn new(received: Received) -> Self {
        let body = received.entry.body().map_err(|error| error.to_string());
        Self { received, body }
    }

    /// The session it is about.
    pub fn settlement_id(&self) -> Option<SettlementId> {
        Some(match self.body.as_ref().ok()? {
            Body::Opened(opened) => opened.settlement_id,
            Body::Check(entry) | Body::Void(entry) => entry.settlement_id,
            Body::Cash(entry) => entry.settlement_id,
            Body::Inspected(entry) | Body::Interim(entry) => entry.settlement_id,
            Body::Settled(settled) => settled.settlement_id,
            Body::SettlementRevised(whole) | Body::SettlementCancelled(whole) => whole.settlement.id,
        })
    }
}

/// A session as it is known.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    /// レジ
    pub register_id: RegisterId,
    /// 営業日
    pub business_date: Date,
    /// レジ開設時刻
    pub opened_at: Timestamp,
    /// 釣銭準備金
    pub opening_float: Yen,
    /// The revision that closed it; none: open.
    pub settled_revision: Option<u32>,
}

/// A check to store.
#[derive(Clone, Debug)]
pub struct NewCheck {
    /// Its session.
    pub settlement_id: SettlementId,
    /// Where it stands.
    pub place: Place,
    /// The check.
    pub check: Check,
}

/// A settlement to take in.
#[derive(Clone, Debug)]
pub enum Step {
    /// 精算: assembled from the checks before it.
    Settle {
        /// The entry.
        settled: Settled,
        /// Where it stands.
        place: Place,
        /// The session as it was opened.
        session: Option<Session>,
    },
    /// A whole settlement: a correction or 精算取消.
    Whole {
        /// The facts.
        settlement: Settlement,
        /// Where it stands.
        place: Place,
    },
}

/// What to do.
#[derive(Debug, Default)]
pub struct Plan {
    /// Sessions that open.
    pub opened: Vec<Opened>,
    /// Checks that were paid.
    pub checks: Vec<NewCheck>,
    /// Settlements, in order.
    pub steps: Vec<Step>,
    /// What a person may have to look at.
    pub notes: Vec<Note>,
}

/// Something odd about one entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Note {
    /// What.
    pub oddity: Oddity,
    /// The session it is about.
    pub settlement_id: Option<SettlementId>,
    /// Its 営業日, as far as it is known.
    pub business_date: Option<Date>,
    /// The check it is about: nothing is odd if it is only repeated.
    pub check_id: Option<CheckId>,
    /// The epoch of the entry …
    pub epoch: Uuid,
    /// … and its seq.
    pub seq: i64,
}

/// What is odd about an entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Oddity {
    /// A check of a session that was never opened.
    NotOpened {
        /// 伝票番号
        slip: u32,
    },
    /// A check of a session that was settled already.
    LateCheck {
        /// 伝票番号
        slip: u32,
    },
    /// A session that opened twice, differently.
    SessionConflict,
    /// It can't be read.
    Unreadable {
        /// Its kind, as it says.
        kind: String,
        /// Why.
        why: String,
    },
}

impl Plan {
    /// Decides what these entries of a till ask for. `sessions`: those they are about that are known already.
    pub fn of(
        register: RegisterId,
        ordinal: i64,
        sessions: HashMap<SettlementId, Session>,
        entries: Vec<Read>,
    ) -> Self {
        let epoch = entries.first().map(|read| read.received.entry.epoch).unwrap_or_default();
        let mut planner = Planner { register, epoch, sessions, plan: Self::default() };
        for read in entries {
            let place = Place { ordinal, seq: i64::try_from(read.received.entry.seq).unwrap_or(i64::MAX) };
            planner.entry(place, &read.received.entry.kind, read.body);
        }
        planner.plan
    }
}

struct Planner {
    register: RegisterId,
    epoch: Uuid,
    sessions: HashMap<SettlementId, Session>,
    plan: Plan,
}

impl Planner {
    fn entry(&mut self, place: Place, kind: &str, body: Result<Body, String>) {
        match body {
            Ok(Body::Opened(opened)) => self.opened(place, opened),
            Ok(Body::Check(entry) | Body::Void(entry)) => self.check(place, entry),
            Ok(Body::Settled(settled)) => self.settled(place, settled),
            Ok(Body::SettlementRevised(whole) | Body::SettlementCancelled(whole)) => self.whole(place, whole),
            Ok(Body::Cash(_) | Body::Inspected(_) | Body::Interim(_)) => {} // 精算 carries the whole drawer.
            Err(why) => self.note(Oddity::Unreadable { kind: kind.to_owned(), why }, None, None, place),
        }
    }

    fn opened(&mut self, place: Place, opened: Opened) {
        let session = Session {
            register_id: self.register,
            business_date: opened.business_date,
            opened_at: in_ms(opened.opened_at),
            opening_float: opened.opening_float,
            settled_revision: None,
        };
        match self.sessions.get(&opened.settlement_id) {
            None => {
                self.sessions.insert(opened.settlement_id, session);
                self.plan.opened.push(opened);
            }
            Some(known) if Session { settled_revision: None, ..known.clone() } == session => {}
            Some(_) => self.note(Oddity::SessionConflict, Some(opened.settlement_id), None, place),
        }
    }

    fn check(&mut self, place: Place, entry: CheckEntry) {
        let CheckEntry { settlement_id, check } = entry;
        let odd = match self.sessions.get(&settlement_id) {
            None => Some(Oddity::NotOpened { slip: check.slip }),
            Some(session) if session.settled_revision.is_some() => Some(Oddity::LateCheck { slip: check.slip }),
            Some(_) => None,
        };
        if let Some(oddity) = odd {
            self.note(oddity, Some(settlement_id), Some(check.id), place);
        }
        self.plan.checks.push(NewCheck { settlement_id, place, check });
    }

    fn settled(&mut self, place: Place, settled: Settled) {
        let session = self.sessions.get(&settled.settlement_id).cloned();
        let known = self.sessions.entry(settled.settlement_id).or_insert_with(|| Session {
            register_id: self.register,
            business_date: settled.business_date,
            opened_at: in_ms(settled.opened_at),
            opening_float: settled.cash.opening_float,
            settled_revision: None,
        });
        known.settled_revision = known.settled_revision.max(Some(settled.revision));
        self.plan.steps.push(Step::Settle { settled, place, session });
    }

    fn whole(&mut self, place: Place, whole: WholeSettlement) {
        let settlement = whole.settlement;
        if let Some(session) = self.sessions.get_mut(&settlement.id) {
            session.settled_revision =
                Some(settlement.revision).filter(|_| settlement.state == SettlementState::Closed);
        }
        self.plan.steps.push(Step::Whole { settlement, place });
    }

    fn note(&mut self, oddity: Oddity, settlement_id: Option<SettlementId>, check_id: Option<CheckId>, place: Place) {
        let session = settlement_id.and_then(|id| self.sessions.get(&id));
        let business_date = session.map(|session| session.business_date);
        self.plan.notes.push(Note {
            oddity,
            settlement_id,
            business_date,
            check_id,
            epoch: self.epoch,
            seq: place.seq,
        });
    }
}

/// The settlement that a `settled` entry closes: its checks went before it, in the order they were paid.
pub fn assembled(settled: Settled, checks: Vec<Check>) -> Settlement {
    Settlement {
        business_date: settled.business_date,
        cash: settled.cash,
        checks,
        closed_at: settled.closed_at,
        id: settled.settlement_id,
        opened_at: settled.opened_at,
        reason: settled.reason,
        revision: settled.revision,
        revised_by: settled.revised_by,
        state: SettlementState::Closed,
        supersedes: settled.supersedes,
        z_number: settled.z_number,
    }
}

/// As a stored instant reads: in milliseconds.
fn in_ms(at: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(at.as_millisecond()).unwrap_or(at)
}
