//! What is on a till's disk: the journal with its real chain, sessions with their checks, receipts. One operation is one
//! commit; its entry is part of it.

use super::{disk::Kept, sale};
use jiff::{Timestamp, civil::Date};
use protocol::{
    hash::Sha256,
    journal::{Body, CheckEntry, Entry, EpochState, JournalReceipt, Opened, Settled, WholeSettlement},
};
use sales::{Cash, Check, CheckId, Settlement, SettlementId, SettlementState, Yen};
use serde_json::value::RawValue;
use std::rc::Rc;
use uuid::Uuid;

#[derive(Clone)]
pub(super) struct Books {
    /// Lives of the journal; the last goes on.
    pub epochs: Vec<Life>,
    pub sessions: Vec<Session>,
    pub highest_z: u32,
    slip: u32,
}

/// One epoch.
#[derive(Clone)]
pub(super) struct Life {
    pub id: Uuid,
    pub chain: EpochState,
    pub entries: Vec<Rc<Stored>>,
    pub acknowledged: u64,
}

pub(super) struct Stored {
    pub hash: Sha256,
    pub text: Box<RawValue>,
    at: Timestamp,
    body: Body,
}

#[derive(Clone)]
pub(super) struct Session {
    pub id: SettlementId,
    pub date: Date,
    pub open: bool,
    pub revision: u32,
    /// Corrected by revision: it can't be opened again.
    pub corrected: bool,
    pub checks: Vec<Rc<Check>>,
    opened_at: Timestamp,
    z_number: Option<u32>,
}

/// What is done at the counter, or heard of head office.
pub(super) enum Op {
    Open { id: SettlementId, date: Date, at: Timestamp },
    Sell { session: usize, id: CheckId, amount: i64, at: Timestamp },
    Settle { session: usize, at: Timestamp },
    Cancel { session: usize, at: Timestamp },
    Revise { session: usize, id: CheckId, amount: i64, at: Timestamp },
    Keep(JournalReceipt),
    Rechain { epoch: Uuid, carried_after: u64, highest_z: u32 },
}

/// A revision of a settlement that is on the disk now.
#[derive(Clone, Copy, Debug)]
pub(super) struct Filed {
    pub settlement: SettlementId,
    pub revision: u32,
    pub date: Date,
    pub yen: i64,
}

impl Books {
    pub fn new(epoch: Uuid) -> Self {
        Self { epochs: vec![Life::new(epoch)], sessions: Vec::new(), highest_z: 0, slip: 0 }
    }

    /// The epoch that goes on.
    pub fn life(&self) -> &Life {
        self.epochs.last().expect("a till has an epoch")
    }

    fn append(&mut self, at: Timestamp, body: Body) {
        let life = self.epochs.last_mut().expect("a till has an epoch");
        let (written, chain) = Entry::follow(life.chain, life.id, at, &body);
        let text = RawValue::from_string(written.text).expect("an entry is JSON");
        life.entries.push(Rc::new(Stored { hash: written.hash, text, at, body }));
        life.chain = chain;
    }

    fn settle(&mut self, place: usize, at: Timestamp) -> Filed {
        let z_number = self.sessions[place].z_number.unwrap_or(self.highest_z + 1);
        self.highest_z = self.highest_z.max(z_number);
        let settlement = self.sessions[place].closed(at, z_number);
        let settled = Settled {
            settlement_id: settlement.id,
            z_number,
            revision: settlement.revision,
            supersedes: settlement.supersedes,
            reason: None,
            revised_by: None,
            business_date: settlement.business_date,
            opened_at: settlement.opened_at,
            closed_at: at,
            cash: settlement.cash.clone(),
            totals: sale::control(&settlement),
        };
        self.append(at, Body::Settled(settled));
        self.file(place, &settlement, false)
    }

    fn cancel(&mut self, place: usize, at: Timestamp) -> Filed {
        let session = &self.sessions[place];
        let before = Settlement { revision: session.revision, ..session.closed(at, session.z_number.unwrap_or(1)) };
        let settlement = before.cancelled(at, "店長", "数え直し");
        self.append(at, Body::SettlementCancelled(WholeSettlement { settlement: settlement.clone() }));
        self.file(place, &settlement, true)
    }

    fn revise(&mut self, place: usize, at: Timestamp, id: CheckId, amount: i64) -> Filed {
        let check = sale::check(id, self.slip + 1, self.sessions[place].date, amount, at);
        self.slip += 1;
        self.sessions[place].checks.push(Rc::new(check));
        self.sessions[place].corrected = true;
        let session = &self.sessions[place];
        let settlement = session.closed(at, session.z_number.unwrap_or(1));
        self.append(at, Body::SettlementRevised(WholeSettlement { settlement: settlement.clone() }));
        self.file(place, &settlement, false)
    }

    fn file(&mut self, place: usize, settlement: &Settlement, open: bool) -> Filed {
        let session = &mut self.sessions[place];
        session.z_number = Some(settlement.z_number);
        (session.revision, session.open) = (settlement.revision, open);
        let yen = sale::yen(settlement);
        Filed { settlement: settlement.id, revision: settlement.revision, date: settlement.business_date, yen }
    }

    fn sell(&mut self, place: usize, id: CheckId, amount: i64, at: Timestamp) {
        self.slip += 1;
        let session = &mut self.sessions[place];
        let check = sale::check(id, self.slip, session.date, amount, at);
        let entry = CheckEntry { settlement_id: session.id, check: check.clone() };
        session.checks.push(Rc::new(check));
        self.append(at, Body::Check(entry));
    }

    fn keep(&mut self, receipt: &JournalReceipt) {
        let life = self.epochs.iter_mut().find(|life| life.id == receipt.epoch);
        life.expect("a receipt of an own epoch").acknowledged = receipt.contiguous_seq;
        self.highest_z = self.highest_z.max(receipt.highest_z);
    }

    /// Goes on in a new epoch with everything after `carried_after`; moments and bodies stay as they were.
    fn rechain(&mut self, epoch: Uuid, carried_after: u64, highest_z: u32) {
        self.highest_z = self.highest_z.max(highest_z);
        let after = usize::try_from(carried_after).unwrap_or(usize::MAX);
        let carried: Vec<Rc<Stored>> = self.life().entries.iter().skip(after).cloned().collect();
        self.epochs.push(Life::new(epoch));
        for entry in carried {
            self.append(entry.at, entry.body.clone());
        }
    }
}

impl Session {
    /// The settlement it comes to when it is closed now.
    fn closed(&self, at: Timestamp, z_number: u32) -> Settlement {
        Settlement {
            business_date: self.date,
            cash: Cash::default(),
            checks: self.checks.iter().map(|check| (**check).clone()).collect(),
            closed_at: at,
            id: self.id,
            opened_at: self.opened_at,
            reason: None,
            revision: self.revision + 1,
            revised_by: None,
            state: SettlementState::Closed,
            supersedes: (self.revision > 0).then_some(self.revision),
            z_number,
        }
    }
}

impl Life {
    fn new(id: Uuid) -> Self {
        Self { id, chain: EpochState::NEW, entries: Vec::new(), acknowledged: 0 }
    }

    /// The hash of an entry; zeros for the beginning.
    pub fn hash_at(&self, seq: u64) -> Option<Sha256> {
        let Some(place) = seq.checked_sub(1) else { return Some(Sha256::ZERO) };
        self.entries.get(usize::try_from(place).ok()?).map(|entry| entry.hash)
    }
}

impl Kept for Books {
    type Op = Op;
    type Out = Option<Filed>;

    fn apply(&mut self, op: &Op) -> Option<Filed> {
        match op {
            Op::Open { id, date, at } => {
                let (id, date, at) = (*id, *date, *at);
                let checks = Vec::new();
                let session = Session {
                    id,
                    date,
                    open: true,
                    revision: 0,
                    corrected: false,
                    checks,
                    opened_at: at,
                    z_number: None,
                };
                self.sessions.push(session);
                let (opening_float, staff) = (Yen::ZERO, "1".to_owned());
                let opened = Opened {
                    settlement_id: id,
                    business_date: date,
                    opened_at: at,
                    opening_float,
                    staff,
                    masters_version: 1,
                };
                self.append(at, Body::Opened(opened));
                None
            }
            Op::Sell { session, id, amount, at } => {
                self.sell(*session, *id, *amount, *at);
                None
            }
            Op::Settle { session, at } => Some(self.settle(*session, *at)),
            Op::Cancel { session, at } => Some(self.cancel(*session, *at)),
            Op::Revise { session, id, amount, at } => Some(self.revise(*session, *at, *id, *amount)),
            Op::Keep(receipt) => {
                self.keep(receipt);
                None
            }
            Op::Rechain { epoch, carried_after, highest_z } => {
                self.rechain(*epoch, *carried_after, *highest_z);
                None
            }
        }
    }
}
