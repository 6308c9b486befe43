//! Head office sends: looks for what is due, claims, signs, hears, records; compares; tells its partner.

use super::{DAY, HOUR, Happening, MINUTE, Place, Shop, Then, World, pos, post::Message, weather::Line};
use jiff::{Timestamp, civil::Date};
use pos::{Claimed, Stage};
use protocol::{
    control::ControlledSettlement,
    delivery::{Answer, Meaning, meaning, next},
    endpoint::{Admission, Endpoint, Noted},
    lanes::Wanted,
    reconcile::linkage_is_unknown,
    signature::sign,
};
use std::{
    collections::{BTreeMap, BTreeSet},
    rc::Rc,
};

/// No attempt takes longer.
const ATTEMPT_MAX: i64 = 30_000;
/// A day that was compared is compared again after this long; in a world less often than in life.
const COMPARE_AGAIN: i64 = DAY;

/// What the sender remembers while it runs.
#[derive(Default)]
pub(super) struct Sender {
    endpoint: Endpoint,
    attempts: BTreeMap<u64, Claimed>,
    requests: u64,
    look_at: Option<i64>,
    compare_at: Option<i64>,
    /// When FLARO's days were looked at last, by linkage.
    looked_around: BTreeMap<(usize, i64), i64>,
}

/// The three headers of Standard Webhooks.
pub(super) struct Signed {
    pub id: String,
    pub timestamp: String,
    pub signature: String,
}

impl World {
    pub(super) fn look_soon(&mut self, after: i64) {
        let at = self.now + after;
        let sender = &mut self.office.sender;
        if sender.look_at.is_none_or(|planned| planned > at) {
            sender.look_at = Some(at);
            let boot = self.office.machine.boot;
            self.at(after, Happening::Look { boot });
        }
    }

    pub(super) fn look(&mut self, boot: u64) {
        let planned = self.office.sender.look_at.is_some_and(|at| at <= self.now);
        if !self.office.machine.up || self.office.machine.boot != boot || !planned {
            return;
        }
        self.office.sender.look_at = None;
        let at = self.clock(Place::Office);
        if self.office.disk.now.has_requests() {
            let (_, written) = self.office.disk.write(pos::Op::Drain { at });
            return self.commit(Place::Office, written, vec![Then::Look]);
        }
        let Some((due, stores)) = self.office.disk.now.first_due() else { return };
        let (most, not_again, probe) = match self.office.sender.endpoint.admit(due, stores, at) {
            Admission::Attempts(most) => (most, None, false),
            Admission::Probe { not_again } => (1, not_again.and_then(|id| id.parse().ok()), true),
            Admission::Nothing(Some(then)) => {
                let wait = then.as_millisecond() - at.as_millisecond();
                return self.look_soon(wait.clamp(5, 6 * HOUR));
            }
            Admission::Nothing(None) => return self.look_soon(MINUTE),
        };
        let wanted = Wanted { most, due_until: if probe { Timestamp::MAX } else { at }, not_again };
        let (out, written) = self.office.disk.write(pos::Op::Claim { wanted, shops: self.stores.clone(), at });
        let pos::Out::Claimed(claimed) = out else { return };
        self.commit(Place::Office, written, vec![Then::Attempts { claimed, reserved: most, probe }]);
    }

    /// The claims are durable: the attempts begin.
    pub(super) fn attempt(&mut self, claimed: Vec<Claimed>, reserved: usize, probe: bool) {
        let store = claimed.first().filter(|_| probe).map(|one| self.stores[one.shop.store].to_string());
        self.office.sender.endpoint.begun(reserved, claimed.len(), store.as_deref());
        self.look_soon(if claimed.is_empty() { 5 * MINUTE } else { 1_000 });
        let (boot, at) = (self.office.machine.boot, self.clock(Place::Office));
        for one in claimed {
            let sender = &mut self.office.sender;
            sender.requests += 1;
            let request = boot << 32 | sender.requests;
            let event = one.event.clone();
            let (shop, row) = (event.shop, event.row);
            self.trace.note(self.now, [6, request, row.revision.into()], || {
                let (settlement, revision, generation) = (row.settlement_id, row.revision, row.generation);
                format!("head office sends {settlement} r{revision} of store {} (generation {generation})", shop.store)
            });
            self.model.attempt(shop, row.generation, request, self.now);
            let id = event.id.to_string();
            let signature = sign(std::slice::from_ref(&self.secret), &id, at, &event.body);
            let signed = Rc::new(Signed { id, timestamp: at.as_second().to_string(), signature });
            self.office.sender.attempts.insert(request, one);
            self.at(ATTEMPT_MAX, Happening::AttemptTimeout { boot, request });
            self.post(Place::Office, Place::Back, Line::Flaro, Message::Event { boot, request, event, signed });
        }
    }

    pub(super) fn attempt_unanswered(&mut self, boot: u64, request: u64) {
        self.attempt_ended(boot, request, Answer::Timeout);
    }

    pub(super) fn attempt_answered(&mut self, boot: u64, request: u64, status: u16) {
        self.attempt_ended(boot, request, Answer::Status { code: status, retry_after_s: None });
    }

    fn attempt_ended(&mut self, boot: u64, request: u64, answer: Answer) {
        if self.office.machine.boot != boot {
            return;
        }
        let Some(one) = self.office.sender.attempts.remove(&request) else { return };
        self.model.attempted(one.shop, one.event.row.generation, request);
        let (at, draw) = (self.clock(Place::Office), self.dice.draw());
        let store = self.stores[one.shop.store].to_string();
        let answer = self.bugs.answer(answer);
        let noted = self.office.sender.endpoint.note(&store, one.first_failed_at, answer, at);
        let Noted { closed, others_pass } = noted;
        let next = next(one.attempts.saturating_add(1), answer, others_pass, at, draw);
        let delivered = meaning(answer) == Meaning::Delivered;
        let attempt = pos::Attempt { event: one.place, id: one.event.id, answer, next, lease: one.lease };
        let op = pos::Op::Record { attempt, at };
        let (_, written) = self.office.disk.write(op);
        self.commit(Place::Office, written, vec![Then::Recorded { delivered, closed }]);
    }

    pub(super) fn recorded(&mut self, delivered: bool, closed: bool) {
        if closed {
            let at = self.clock(Place::Office);
            let (_, written) = self.office.disk.write(pos::Op::Release { at });
            self.commit(Place::Office, written, vec![Then::Released]);
        }
        if delivered {
            self.compare_soon(3_000);
        }
        self.look_soon(0);
    }

    pub(super) fn released(&mut self) {
        self.office.sender.endpoint.released();
        self.look_soon(0);
    }

    pub(super) fn compare_soon(&mut self, after: i64) {
        let at = self.now + after;
        let sender = &mut self.office.sender;
        if sender.compare_at.is_none_or(|planned| planned > at) {
            sender.compare_at = Some(at);
            let boot = self.office.machine.boot;
            self.at(after, Happening::Compare { boot });
        }
    }

    /// Asks for the control totals of every day that is due.
    pub(super) fn compare(&mut self, boot: u64) {
        let planned = self.office.sender.compare_at.is_some_and(|at| at <= self.now);
        if !self.office.machine.up || self.office.machine.boot != boot || !planned {
            return;
        }
        self.office.sender.compare_at = None;
        let at = self.clock(Place::Office).as_millisecond();
        let old = |checked: Option<Timestamp>| {
            checked.is_some_and(|checked| (at - checked.as_millisecond()).abs() >= COMPARE_AGAIN)
        };
        self.look_around(boot);
        let office = &self.office.disk.now;
        let due = office.days.iter().filter(|(_, day)| day.dirty_at.is_some() || old(day.checked_at));
        let asked: Vec<_> = due
            .filter_map(|(&(shop, date), day)| Some((shop, date, day.dirty_at, office.linked(shop.company)?)))
            .take(60)
            .collect();
        let again = if asked.is_empty() { 3 * HOUR } else { 20 * MINUTE };
        for (shop, day, dirty_at, generation) in asked {
            let message = Message::Totals { boot, shop, day, dirty_at, generation };
            self.post(Place::Office, Place::Back, Line::Flaro, message);
        }
        self.compare_soon(again);
    }

    /// Asks which days FLARO has: after every start, for every new linkage, and daily.
    fn look_around(&mut self, boot: u64) {
        let companies: BTreeSet<usize> = self.shops.iter().map(|shop| shop.company).collect();
        for company in companies {
            let Some(generation) = self.office.disk.now.linked(company) else { continue };
            let looked = self.office.sender.looked_around.get(&(company, generation));
            if looked.is_none_or(|looked| self.now - looked >= DAY) {
                let message = Message::Around { boot, company, generation };
                self.post(Place::Office, Place::Back, Line::Flaro, message);
            }
        }
    }

    pub(super) fn looked_around(&mut self, boot: u64, linkage: (usize, i64), days: Rc<Vec<(Shop, Date)>>) {
        if self.office.machine.boot != boot {
            return;
        }
        self.office.sender.looked_around.insert(linkage, self.now);
        let at = self.clock(Place::Office);
        let (_, written) = self.office.disk.write(pos::Op::Around { days, at });
        self.commit(Place::Office, written, Vec::new());
        self.compare_soon(3_000);
    }

    pub(super) fn compared(
        &mut self,
        boot: u64,
        shop: Shop,
        day: Date,
        dirty_at: Option<Timestamp>,
        theirs: &[ControlledSettlement],
    ) {
        if self.office.machine.boot != boot {
            return;
        }
        let at = self.clock(Place::Office);
        let op = pos::Op::Compare { shop, day, theirs: theirs.to_vec(), dirty_at, at };
        let (out, written) = self.office.disk.write(op);
        if let pos::Out::Done(true) = out {
            self.trace.note(self.now, [7, shop.store as u64, theirs.len() as u64], || {
                format!("the day {day} of store {} differs", shop.store)
            });
        }
        self.commit(Place::Office, written, vec![Then::Look]);
    }

    /// FLARO was restored to before the linkage began: it pauses, which somebody sees on a day without events too.
    pub(super) fn totals_refused(&mut self, boot: u64, linkage: (usize, i64), status: u16) {
        if self.office.machine.boot != boot || !linkage_is_unknown(status) {
            return;
        }
        let at = self.clock(Place::Office);
        let (_, written) = self.office.disk.write(pos::Op::Unknown { linkage, at });
        self.commit(Place::Office, written, Vec::new());
    }

    /// The store table, and the end of a linkage, are told until FLARO has heard.
    pub(super) fn tell_partner(&mut self, boot: u64) {
        if !self.office.machine.up || self.office.machine.boot != boot {
            return;
        }
        let untold = self.office.disk.now.linkages.iter().filter(|(_, linkage)| !linkage.told);
        let messages: Vec<Message> = untold
            .filter_map(|(&(company, generation), linkage)| match linkage.stage {
                Stage::Requested => None,
                Stage::Linked => Some(Message::Table { company, generation }),
                Stage::Ended => Some(Message::End { company, generation }),
            })
            .collect();
        for message in messages {
            self.post(Place::Office, Place::Back, Line::Flaro, message);
        }
        self.at(HOUR, Happening::Partner { boot });
    }

    pub(super) fn partner_told(&mut self, company: usize, generation: i64, status: u16) {
        let stage = self.office.disk.now.linkages.get(&(company, generation)).map(|linkage| linkage.stage);
        let heard = match stage {
            Some(Stage::Linked) => status == 200,
            // One that is gone already has ended.
            Some(Stage::Ended) => matches!(status, 204 | 404),
            Some(Stage::Requested) | None => false,
        };
        if heard {
            let (_, written) = self.office.disk.write(pos::Op::Told { company, generation });
            self.commit(Place::Office, written, Vec::new());
        }
    }
}
