//! A till's line to head office: what `protocol::upload` decides, done.

use super::{HOUR, Happening, Place, Then, Till, World, bug::Bug, post::Message, till::Op, weather::Line};
use protocol::{
    journal::{BatchVerdict, JournalAnswer},
    upload::{Heard, Known, Next, Pace, after, greets, next_from, wait_ms},
};
use serde_json::value::RawValue;
use std::rc::Rc;

/// No request takes longer.
const REQUEST_MAX: i64 = 30_000;
/// A world's tills greet head office less often than real ones: it costs a delivery each time.
const GREET_EVERY: i64 = 24 * HOUR;

/// What the uploader remembers while it runs.
#[derive(Default)]
pub(super) struct Uploader {
    request: Option<Load>,
    requests: u64,
    failures: u32,
    waiting: bool,
    resting: bool,
    greeted_at: Option<i64>,
}

#[derive(Clone, Copy)]
struct Load {
    id: u64,
    epoch: uuid::Uuid,
    from: u64,
    to: u64,
}

impl World {
    /// Something was written.
    pub(super) fn ring(&mut self, till: usize) {
        if !self.tills[till].line.waiting && self.tills[till].line.request.is_none() {
            let boot = self.tills[till].machine.boot;
            self.upload(till, boot);
        }
    }

    pub(super) fn upload(&mut self, till: usize, boot: u64) {
        if !self.tills[till].machine.up || self.tills[till].machine.boot != boot {
            return;
        }
        let now = self.now;
        let once = self.bugs.has(Bug::GreetsOnce);
        let Till { line, disk, .. } = &mut self.tills[till];
        let books = &disk.now;
        (line.waiting, line.resting) = (false, false);
        if line.request.is_some() {
            return;
        }
        let life = books.life();
        let greeted = !greets(line.greeted_at.map(|at| now - at), if once { i64::MAX } else { GREET_EVERY });
        let Some(from) = next_from(life.chain.contiguous_seq, life.acknowledged, greeted) else {
            line.resting = true;
            return self.at(GREET_EVERY, Happening::Upload { till, boot });
        };
        let most = self.dice.between(1, 20).unsigned_abs();
        let life = self.tills[till].disk.now.life();
        let to = life.chain.contiguous_seq.min(from + most - 1);
        let place = |seq: u64| usize::try_from(seq).unwrap_or(usize::MAX);
        let entries: Vec<Box<RawValue>> =
            life.entries[place(from) - 1..place(to)].iter().map(|entry| entry.text.clone()).collect();
        let epoch = life.id;
        let line = &mut self.tills[till].line;
        line.requests += 1;
        let id = line.requests;
        line.request = Some(Load { id, epoch, from, to });
        self.trace.note(now, [2, from, to], || format!("till {till} sends {from} to {to} of {epoch}"));
        self.at(REQUEST_MAX, Happening::UploadTimeout { till, boot, request: id });
        let message = Message::Batch { till, boot, request: id, entries: Rc::new(entries) };
        self.post(Place::Till(till), Place::Office, Line::Till(till), message);
    }

    pub(super) fn upload_unanswered(&mut self, till: usize, boot: u64, request: u64) {
        let known = self.tills[till].line.request.filter(|load| load.id == request);
        let Some(load) = known.filter(|_| self.tills[till].machine.boot == boot) else { return };
        let heard = Heard::Failed { reason: String::new(), retry_after_s: None };
        if self.bugs.has(Bug::TimeoutIsReceipt) {
            return self.take_for_granted(till, load);
        }
        self.heard(till, load, heard);
    }

    pub(super) fn upload_answered(&mut self, till: usize, boot: u64, request: u64, answer: JournalAnswer) {
        let known = self.tills[till].line.request.filter(|load| load.id == request);
        let Some(load) = known.filter(|_| self.tills[till].machine.boot == boot) else { return };
        self.tills[till].line.greeted_at = Some(self.now);
        if answer.verdict == BatchVerdict::Gap && self.bugs.has(Bug::GapIsReceipt) {
            return self.take_for_granted(till, load);
        }
        self.heard(till, load, Heard::Answer(answer));
    }

    fn heard(&mut self, till: usize, load: Load, heard: Heard) {
        let books = &self.tills[till].disk.now;
        let life = books.life();
        let own_head = match &heard {
            Heard::Answer(answer) => life.hash_at(answer.receipt.contiguous_seq),
            Heard::Refused { .. } | Heard::Failed { .. } => None,
        };
        let gap = matches!(&heard, Heard::Answer(answer) if answer.verdict == BatchVerdict::Gap);
        let highest_z = if let Heard::Answer(answer) = &heard { answer.receipt.highest_z } else { 0 };
        let (epoch, last_seq, acknowledged) = (life.id, life.chain.contiguous_seq, life.acknowledged);
        let known = Known { epoch, last_seq, acknowledged, sent_from: load.from, sent_to: load.to, own_head };
        let next = self.bugs.next(after(heard, &known), last_seq, gap);
        self.trace.note(self.now, [3, load.from, u64::from(gap)], || format!("till {till} hears: {next:?}"));
        match next {
            Next::Keep(receipt) => self.write_down(till, Op::Keep(receipt), false),
            Next::NewEpoch { carried_after } => {
                let epoch = self.dice.id();
                self.write_down(till, Op::Rechain { epoch, carried_after, highest_z }, true);
            }
            Next::Retry { retry_after_s, .. } => self.wait(till, retry_after_s),
            Next::Probe { .. } => self.wait(till, Some(60)),
        }
    }

    fn take_for_granted(&mut self, till: usize, load: Load) {
        let head = self.tills[till].disk.now.life().hash_at(load.to).unwrap_or(protocol::hash::Sha256::ZERO);
        let received_at = self.clock(Place::Office);
        let receipt = protocol::journal::JournalReceipt {
            epoch: load.epoch,
            contiguous_seq: load.to,
            head,
            highest_z: 0,
            received_at,
        };
        self.write_down(till, Op::Keep(receipt), false);
    }

    fn write_down(&mut self, till: usize, op: Op, patiently: bool) {
        let (_, written) = self.tills[till].disk.write(op);
        self.commit(Place::Till(till), written, vec![Then::Uploaded(till, patiently)]);
    }

    /// What was heard is on the disk.
    pub(super) fn uploaded(&mut self, till: usize, patiently: bool) {
        self.tills[till].line.request = None;
        let failures = self.tills[till].line.failures;
        if patiently && failures > 0 {
            return self.wait(till, None);
        }
        self.tills[till].line.failures = u32::from(patiently);
        let boot = self.tills[till].machine.boot;
        self.upload(till, boot);
    }

    fn wait(&mut self, till: usize, retry_after_s: Option<u32>) {
        let draw = self.dice.draw();
        let line = &mut self.tills[till].line;
        line.failures += 1;
        (line.request, line.waiting) = (None, true);
        let ms = wait_ms(&Pace::default(), line.failures, retry_after_s, draw);
        let boot = self.tills[till].machine.boot;
        // A line that is down for days is asked a little less often than a real till would.
        let ms = i64::try_from(ms).unwrap_or(HOUR) * if self.tills[till].line.failures > 8 { 20 } else { 1 };
        self.at(ms, Happening::Upload { till, boot });
    }
}
