//! What head office and FLARO do with what arrives: decide, commit, and answer once it is durable.

use super::{Place, Shop, Then, World, back, bug::Bug, pos, pos::Event, post::Message, sending::Signed, weather::Line};
use jiff::{Timestamp, civil::Date};
use protocol::{
    journal::{Batch, read},
    signature::{Headers, SignatureError, verify},
};
use serde_json::value::RawValue;
use std::rc::Rc;

impl World {
    pub(super) fn receive_batch(&mut self, till: usize, boot: u64, request: u64, entries: &[Box<RawValue>]) {
        let Ok(entries) = read(Batch { entries: entries.to_vec() }) else {
            return self.model.wrong.push(format!("till {till} sent what is no batch"));
        };
        let (shop, register, at) = (self.tills[till].shop, self.tills[till].register, self.clock(Place::Office));
        let op = pos::Op::Batch { shop, register, entries: Rc::new(entries), at };
        let (out, written) = self.office.disk.write(op);
        let pos::Out::Answer(answer) = out else { return };
        let message = Message::BatchAnswer { till, boot, request, answer: Rc::new(answer) };
        let then = vec![Then::Post(Place::Till(till), Line::Till(till), message), Then::Look];
        self.commit(Place::Office, written, then);
    }

    pub(super) fn receive_event(&mut self, boot: u64, request: u64, event: &Rc<Event>, signed: &Signed) {
        let refusal = self.back.disk.now.refusal(event.shop.company, event.row.generation);
        let moody = !self.is_quiet() && self.dice.chance(self.weather.moody);
        let status = match (refusal, self.verify(event, signed)) {
            _ if moody && self.dice.chance(500) => Some(503),
            (Some(status), _) => Some(status),
            (None, Err(SignatureError::Skew(_))) => Some(425),
            (None, Err(SignatureError::Timestamp | SignatureError::Mismatch)) => Some(401),
            (None, Ok(())) => None,
        };
        let (id, revision) = (event.row.settlement_id, event.row.revision);
        if let Some(status) = status {
            self.trace
                .note(self.now, [4, status.into(), request], || format!("FLARO refuses {id} r{revision}: {status}"));
            return self.post(Place::Back, Place::Office, Line::Flaro, Message::EventAnswer { boot, request, status });
        }
        let (status, written) = self.back.disk.write(back::Op::Event(event.clone()));
        self.trace.note(self.now, [5, status.into(), request], || format!("FLARO takes {id} r{revision}: {status}"));
        // Now and then it breaks after the commit.
        let said = if moody { 500 } else { status };
        let message = Message::EventAnswer { boot, request, status: said };
        self.commit(Place::Back, written, vec![Then::Post(Place::Office, Line::Flaro, message)]);
    }

    fn verify(&self, event: &Event, signed: &Signed) -> Result<(), SignatureError> {
        let Signed { id, timestamp, signature } = signed;
        let headers = Headers { id, timestamp, signature };
        verify(std::slice::from_ref(&self.secret), headers, &event.body, self.clock(Place::Back))
    }

    pub(super) fn receive_ask(&mut self, company: usize, generation: i64, inherit: bool) {
        let (status, written) = self.back.disk.write(back::Op::Ask { company, generation });
        let message = Message::Asked { company, generation, inherit, status };
        self.commit(Place::Back, written, vec![Then::Post(Place::Office, Line::Flaro, message)]);
    }

    pub(super) fn receive_told(&mut self, company: usize, generation: i64, ended: bool) {
        let op = if ended { back::Op::End { company, generation } } else { back::Op::Table { company, generation } };
        let (status, written) = self.back.disk.write(op);
        let message = Message::Told { company, generation, status };
        self.commit(Place::Back, written, vec![Then::Post(Place::Office, Line::Flaro, message)]);
    }

    /// A question about what is durable is answered when what it saw is.
    pub(super) fn receive_totals(&mut self, boot: u64, shop: Shop, day: Date, dirty_at: Option<Timestamp>) {
        let theirs = Rc::new(self.back.disk.now.totals(shop, day));
        let message = Message::TotalsAnswer { boot, shop, day, dirty_at, theirs };
        let written = self.back.disk.written();
        self.commit(Place::Back, written, vec![Then::Post(Place::Office, Line::Flaro, message)]);
    }

    /// Totals are told of linkages that were once here, ended ones too; of others it says that it does not know them.
    pub(super) fn knows_linkage(&mut self, boot: u64, linkage: (usize, i64)) -> bool {
        let knows = self.back.disk.now.refusal(linkage.0, linkage.1) != Some(404);
        // Head office that does not listen to it: as if it were not said.
        if !knows && !self.bugs.has(Bug::UnknownLinkageUntold) {
            let message = Message::TotalsRefused { boot, linkage, status: 404 };
            self.post(Place::Back, Place::Office, Line::Flaro, message);
        }
        knows
    }

    pub(super) fn receive_around(&mut self, boot: u64, linkage: (usize, i64)) {
        if !self.knows_linkage(boot, linkage) {
            return;
        }
        let days =
            self.back.disk.now.days.iter().filter(|((shop, _), day)| shop.company == linkage.0 && !day.is_empty());
        let days = Rc::new(days.map(|(key, _)| *key).collect());
        let written = self.back.disk.written();
        let message = Message::AroundAnswer { boot, linkage, days };
        self.commit(Place::Back, written, vec![Then::Post(Place::Office, Line::Flaro, message)]);
    }
}
