//! What a batch of entries asks for, decided purely: sessions to open, checks to store, settlements to close, and
//! what a person has to look at.

use std::collections::{BTreeMap, HashMap, HashSet};

use jiff::{Timestamp, civil::Date};
use protocol::journal::{Body, CheckEntry, Opened, Received, Settled, WholeSettlement};
use sales::{Check, CheckId, RegisterId, Settlement, SettlementId, SettlementState, Yen};
use uuid::Uuid;

use crate::attention::{Kind, Raised};
use crate::checks::{Place, Till};

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
    notes: Vec<Note>,
}

/// Something about one entry.
#[derive(Debug)]
struct Note {
    kind: Kind,
    settlement_id: Option<SettlementId>,
    business_date: Option<Date>,
    /// The check it is about: nothing is wrong if it is only repeated.
    check_id: Option<CheckId>,
    key: String,
    line: String,
}

struct Planner {
    till: Till,
    epoch: Uuid,
    sessions: HashMap<SettlementId, Session>,
    plan: Plan,
}

impl Plan {
    /// Decides what these entries ask for. `sessions`: those they are about that are known already.
    pub fn of(till: Till, ordinal: i64, sessions: HashMap<SettlementId, Session>, entries: Vec<Read>) -> Self {
        let epoch = entries.first().map(|read| read.received.entry.epoch).unwrap_or_default();
        let mut planner = Planner { till, epoch, sessions, plan: Self::default() };
        for read in entries {
            let place = Place { ordinal, seq: i64::try_from(read.received.entry.seq).unwrap_or(i64::MAX) };
            planner.entry(place, &read.received.entry.kind, read.body);
        }
        planner.plan
    }

    /// What a person has to look at, now that it is known which checks are new: gathered per sort and session, so
    /// that a hundred late checks are one finding.
    pub fn raised(&self, till: Till, new: &HashSet<CheckId>) -> Vec<Raised> {
        let mut gathered = BTreeMap::<(Kind, Option<SettlementId>), Raised>::new();
        let (store_id, register_id) = (till.store_id, till.register_id);
        for note in self.notes.iter().filter(|note| note.check_id.is_none_or(|id| new.contains(&id))) {
            let Note { kind, settlement_id, business_date, .. } = *note;
            let finding = gathered.entry((kind, settlement_id)).or_insert_with(|| {
                let (lines, key) = (Vec::new(), note.key.clone());
                Raised { kind, store_id, register_id, settlement_id, business_date, lines, evidence: None, key }
            });
            finding.lines.push(note.line.clone());
        }
        gathered.into_values().collect()
    }
}

impl Planner {
    fn entry(&mut self, place: Place, kind: &str, body: Result<Body, String>) {
        match body {
            Ok(Body::Opened(opened)) => self.opened(place, opened),
            Ok(Body::Check(entry) | Body::Void(entry)) => self.check(place, entry),
            Ok(Body::Settled(settled)) => self.settled(place, settled),
            Ok(Body::SettlementRevised(whole) | Body::SettlementCancelled(whole)) => self.whole(place, whole),
            Ok(Body::Cash(_) | Body::Inspected(_) | Body::Interim(_)) => {} // 精算 carries the whole drawer.
            Err(why) => self.note(Kind::Unreadable, None, None, place, format!("記録{}番（{kind}）：{why}", place.seq)),
        }
    }

    fn opened(&mut self, place: Place, opened: Opened) {
        let session = Session {
            register_id: self.till.register_id,
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
            Some(_) => {
                let line = "同じ番号の開設が、別の内容で届きました".to_owned();
                self.note(Kind::SessionConflict, Some(opened.settlement_id), None, place, line);
            }
        }
    }

    fn check(&mut self, place: Place, entry: CheckEntry) {
        let CheckEntry { settlement_id, check } = entry;
        let wrong = match self.sessions.get(&settlement_id) {
            None => Some(Kind::NotOpened),
            Some(session) if session.settled_revision.is_some() => Some(Kind::LateCheck),
            Some(_) => None,
        };
        if let Some(kind) = wrong {
            self.note(kind, Some(settlement_id), Some(check.id), place, format!("伝票{}", check.slip));
        }
        self.plan.checks.push(NewCheck { settlement_id, place, check });
    }

    fn settled(&mut self, place: Place, settled: Settled) {
        let session = self.sessions.get(&settled.settlement_id).cloned();
        let known = self.sessions.entry(settled.settlement_id).or_insert_with(|| Session {
            register_id: self.till.register_id,
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

    fn note(
        &mut self,
        kind: Kind,
        settlement_id: Option<SettlementId>,
        check_id: Option<CheckId>,
        place: Place,
        line: String,
    ) {
        let session = settlement_id.and_then(|id| self.sessions.get(&id));
        let business_date = session.map(|session| session.business_date);
        let key = format!("{}:{}", self.epoch, place.seq);
        self.plan.notes.push(Note { kind, settlement_id, business_date, check_id, key, line });
    }
}

/// As a stored instant reads: in milliseconds.
fn in_ms(at: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(at.as_millisecond()).unwrap_or(at)
}
