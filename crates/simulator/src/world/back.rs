//! What is on FLARO's disk, and its commits: inbox, revisions, the day's totals, watermarks, all in one.

use super::{
    Shop,
    bug::{Bug, Bugs},
    disk::Kept,
    pos::Event,
};
use jiff::civil::Date;
use protocol::{
    control::{ControlledSettlement, SettlementControl, day},
    hash::Sha256,
    inbox::{Known, Verdict, Watermark, again, judge},
};
use sales::{SettlementId, StoreId};
use std::{collections::BTreeMap, rc::Rc};
use uuid::Uuid;

#[derive(Clone, Default)]
pub(super) struct Back {
    linkages: BTreeMap<(usize, i64), Channel>,
    inbox: BTreeMap<Uuid, (Sha256, Verdict)>,
    revisions: BTreeMap<(Shop, SettlementId, i64), BTreeMap<u32, Sha256>>,
    /// What stands, by day: written in the commit that received it.
    pub days: BTreeMap<(Shop, Date), Vec<ControlledSettlement>>,
    pub seen: BTreeMap<(Shop, i64), Watermark>,
    pub bugs: Bugs,
}

#[derive(Clone, Copy, Default)]
struct Channel {
    confirmed: bool,
    ended: bool,
}

pub(super) enum Op {
    Event(Rc<Event>),
    /// 連携開始
    Ask {
        company: usize,
        generation: i64,
    },
    /// The store table, which confirms.
    Table {
        company: usize,
        generation: i64,
    },
    End {
        company: usize,
        generation: i64,
    },
}

impl Kept for Back {
    type Op = Op;
    /// The HTTP status.
    type Out = u16;

    fn apply(&mut self, op: &Op) -> u16 {
        match op {
            Op::Event(event) => self.receive(event),
            Op::Ask { company, generation } => self.ask(*company, *generation),
            Op::Table { company, generation } => {
                self.linkages.get_mut(&(*company, *generation)).map_or(404, |channel| {
                    channel.confirmed = true;
                    200
                })
            }
            Op::End { company, generation } => self.linkages.get_mut(&(*company, *generation)).map_or(404, |channel| {
                channel.ended = true;
                204
            }),
        }
    }
}

impl Back {
    /// Whether events may come through this linkage now: 404, 410 or nothing against it.
    pub fn refusal(&self, company: usize, generation: i64) -> Option<u16> {
        match self.linkages.get(&(company, generation)) {
            None => Some(404),
            Some(channel) if channel.ended => Some(410),
            Some(_) => None,
        }
    }

    fn ask(&mut self, company: usize, generation: i64) -> u16 {
        let highest = self.linkages.range((company, 0)..=(company, i64::MAX)).next_back().map_or(0, |(key, _)| key.1);
        match self.linkages.get(&(company, generation)) {
            Some(channel) if channel.confirmed || channel.ended => 409,
            Some(_) => 200,
            None if generation < highest => 409,
            None => {
                self.linkages.insert((company, generation), Channel::default());
                201
            }
        }
    }

    fn receive(&mut self, event: &Event) -> u16 {
        let row = &event.row;
        let generation = if self.bugs.has(Bug::KeyedByGeneration) { row.generation } else { 0 };
        let key = (event.shop, row.settlement_id, generation);
        let held = self.revisions.get(&key).cloned().unwrap_or_default();
        let highest = held.last_key_value().map(|(revision, _)| *revision);
        let known = highest.map(|revision| Known { revision, same_revision: held.get(&row.revision).copied() });
        let (body, facts) = (Sha256::of(&event.body), event.control.facts_sha256);
        let judged = judge(known, row.revision, facts);
        if let Some(&(bytes, verdict)) = self.inbox.get(&event.id) {
            let verdict = if self.bugs.has(Bug::BytesDecide) && bytes != body {
                Verdict::Conflict
            } else {
                again(verdict, bytes == body, judged)
            };
            self.count_again(event, verdict);
            return if verdict == Verdict::Conflict { 409 } else { 200 };
        }
        self.inbox.insert(event.id, (body, judged));
        match judged {
            Verdict::Stands => {
                self.revisions.entry(key).or_default().insert(row.revision, facts);
                self.stand(event, generation);
            }
            Verdict::Late => {
                self.revisions.entry(key).or_default().insert(row.revision, facts);
                if self.bugs.has(Bug::LowerWins) {
                    self.stand(event, generation);
                }
            }
            Verdict::Repeated => self.count_again(event, judged),
            Verdict::Conflict => {}
        }
        let (seen, sequence) =
            (self.seen.entry((event.shop, row.generation)).or_default(), row.sequence.unsigned_abs());
        if sequence > seen.highest || !self.bugs.has(Bug::GapStaysOpen) {
            seen.note(sequence);
        }
        if judged == Verdict::Conflict { 409 } else { 200 }
    }

    fn stand(&mut self, event: &Event, generation: i64) {
        let row = &event.row;
        let cancelled = event.control.checks == 0;
        if cancelled && self.bugs.has(Bug::CancelIgnored) {
            return;
        }
        let day = self.days.entry((event.shop, row.business_date)).or_default();
        if generation == 0 {
            day.retain(|one| one.settlement_id != row.settlement_id);
        }
        day.push(controlled(event));
    }

    fn count_again(&mut self, event: &Event, verdict: Verdict) {
        if verdict == Verdict::Repeated && self.bugs.has(Bug::RepeatsCount) {
            self.days.entry((event.shop, event.row.business_date)).or_default().push(controlled(event));
        }
    }

    /// Control totals of a day.
    pub fn totals(&self, shop: Shop, date: Date) -> Vec<ControlledSettlement> {
        let settlements = self.days.get(&(shop, date)).cloned().unwrap_or_default();
        day(StoreId(Uuid::nil()), date, settlements).map(|day| day.settlements).unwrap_or_default()
    }
}

fn controlled(event: &Event) -> ControlledSettlement {
    let control: SettlementControl = event.control;
    ControlledSettlement { settlement_id: event.row.settlement_id, revision: event.row.revision, control }
}
