//! Intake: a till's batch is judged, its entries stored with everything that follows from them, in one commit.

use super::{Epoch, Held, Office, Revision, Standing, differs};
use crate::world::{Shop, bug::Bug, sale};
use jiff::Timestamp;
use protocol::{
    inbox::{Known, Verdict, judge as judge_revision},
    intake::{Oddity, Place, Plan, Read, Step, assembled},
    journal::{self, BatchVerdict, EpochState, JournalAnswer, JournalReceipt, Received},
};
use sales::{Check, CheckId, RegisterId, Settlement, SettlementId, SettlementState};
use std::{collections::HashMap, rc::Rc};

impl Office {
    pub(super) fn receive(
        &mut self,
        shop: Shop,
        register: RegisterId,
        batch: &[Received],
        at: Timestamp,
    ) -> JournalAnswer {
        let id = batch[0].entry.epoch;
        let epochs = self.registers.entry(register).or_default();
        let place = epochs.iter().position(|epoch| epoch.id == id);
        let known = place.map(|place| &epochs[place]);
        let state = known.map_or(EpochState::NEW, |epoch| epoch.state);
        let hash_at = |seq: u64| known?.hashes.get(usize::try_from(seq).ok()?.checked_sub(1)?).copied();
        let (verdict, repeats) = self.bugs.judged(journal::judge(state, batch, hash_at), state, batch);
        match verdict {
            BatchVerdict::Accepted if repeats < batch.len() => {
                let place = place.unwrap_or(epochs.len());
                if place == epochs.len() {
                    if place > 0 {
                        self.report(register, None, "new epoch");
                    }
                    let epochs = self.registers.entry(register).or_default();
                    epochs.push(Epoch { id, state: EpochState::NEW, hashes: Vec::new() });
                }
                self.store(shop, register, place, &batch[repeats..], at);
            }
            BatchVerdict::Fork => self.report(register, None, "fork"),
            BatchVerdict::Accepted | BatchVerdict::Gap => {}
        }
        let epochs = self.registers.entry(register).or_default();
        let held = epochs.iter().find(|epoch| epoch.id == id).map_or(EpochState::NEW, |epoch| epoch.state);
        let EpochState { contiguous_seq, head } = held;
        let receipt = JournalReceipt { epoch: id, contiguous_seq, head, highest_z: 0, received_at: at };
        JournalAnswer { verdict, receipt }
    }

    fn store(&mut self, shop: Shop, register: RegisterId, place: usize, new: &[Received], at: Timestamp) {
        let epochs = self.registers.entry(register).or_default();
        let epoch = &mut epochs[place];
        epoch.hashes.extend(new.iter().map(|received| received.hash));
        let last = &new[new.len() - 1];
        epoch.state = EpochState { contiguous_seq: last.entry.seq, head: last.hash };
        let read: Vec<Read> = new.iter().cloned().map(Read::new).collect();
        let about = read.iter().filter_map(Read::settlement_id);
        let known: HashMap<_, _> = about.filter_map(|id| Some((id, self.sessions.get(&id)?.clone()))).collect();
        let plan = Plan::of(register, i64::try_from(place).unwrap_or(0) + 1, known, read);
        for opened in &plan.opened {
            let session = protocol::intake::Session {
                register_id: register,
                business_date: opened.business_date,
                opened_at: opened.opened_at,
                opening_float: opened.opening_float,
                settled_revision: None,
            };
            self.sessions.entry(opened.settlement_id).or_insert(session);
        }
        let mut fresh = std::collections::HashSet::new();
        for check in plan.checks {
            if self.keep_check(register, check.settlement_id, check.place, check.check.clone()) {
                fresh.insert(check.check.id);
            }
        }
        for note in plan.notes.iter().filter(|note| note.check_id.is_none_or(|id| fresh.contains(&id))) {
            let what = match note.oddity {
                Oddity::NotOpened { .. } => "not opened",
                Oddity::LateCheck { .. } => "late check",
                Oddity::SessionConflict => "session conflict",
                Oddity::Unreadable { .. } => "unreadable",
            };
            self.report(register, note.settlement_id, what);
        }
        for step in plan.steps {
            self.carry_out(shop, register, step, at);
        }
    }

    /// Stores a check once, by its id. Whether it is new.
    fn keep_check(&mut self, register: RegisterId, settlement: SettlementId, place: Place, check: Check) -> bool {
        let id = check.id;
        if let Some(held) = self.checks.get(&id).filter(|_| !self.bugs.has(Bug::ChecksTwice)) {
            let same = held.settlement == settlement && (*held.check == check || held.revised);
            if !same {
                self.report(register, Some(settlement), "check conflict");
            }
            return false;
        }
        self.of_session.entry(settlement).or_default().push(id);
        let held = Held { settlement, place, check: Rc::new(check), revised: false, dropped: false };
        self.checks.insert(id, held);
        true
    }

    /// Every check with its session and its yen.
    pub(in crate::world) fn held_checks(&self) -> impl Iterator<Item = (SettlementId, CheckId, i64)> {
        self.checks.iter().map(|(id, held)| (held.settlement, *id, held.check.total.0))
    }

    fn of_session(&self, settlement: SettlementId, before: Place) -> Vec<Check> {
        let ids = self.of_session.get(&settlement).into_iter().flatten();
        let mut held: Vec<&Held> = ids.map(|id| &self.checks[id]).collect();
        held.retain(|held| held.settlement == settlement && !held.dropped && held.place < before);
        held.sort_by_key(|held| (held.place, held.check.paid_at, held.check.slip));
        held.into_iter().map(|held| (*held.check).clone()).collect()
    }

    fn carry_out(&mut self, shop: Shop, register: RegisterId, step: Step, at: Timestamp) {
        match step {
            Step::Settle { settled, place, session } => {
                let (stated, id, revision) = (settled.totals, settled.settlement_id, settled.revision);
                let settlement = assembled(settled, self.of_session(id, place));
                if session.is_none() {
                    self.report(register, Some(id), "not opened");
                }
                if differs(&stated, &settlement) {
                    self.report(register, Some(id), "totals differ");
                }
                self.note_settled(id, revision, Some(revision));
                self.take(shop, register, &settlement, at);
            }
            Step::Whole { settlement, place } => {
                let closed = settlement.state == SettlementState::Closed;
                self.note_settled(settlement.id, settlement.revision, closed.then_some(settlement.revision));
                if self.take(shop, register, &settlement, at) == Some(Verdict::Stands) && closed {
                    self.restate(register, &settlement, place);
                }
            }
        }
    }

    /// Closes a session or opens it again, unless a later revision stands.
    fn note_settled(&mut self, id: SettlementId, revision: u32, settled: Option<u32>) {
        let later = |standing: &Standing| standing.highest().is_some_and(|(highest, _)| highest > revision);
        if self.settlements.get(&id).is_some_and(later) {
            return;
        }
        if let Some(session) = self.sessions.get_mut(&id) {
            session.settled_revision = settled;
        }
    }

    /// Puts the checks of a correction in the place of those the settlement had.
    fn restate(&mut self, register: RegisterId, settlement: &Settlement, place: Place) {
        for id in self.of_session.get(&settlement.id).cloned().unwrap_or_default() {
            let held = self.checks.get_mut(&id);
            held.into_iter().filter(|held| held.settlement == settlement.id).for_each(|held| held.dropped = true);
        }
        for check in &settlement.checks {
            match self.checks.get_mut(&check.id) {
                Some(held) if held.settlement == settlement.id => {
                    held.revised |= *held.check != *check;
                    (held.check, held.dropped) = (Rc::new(check.clone()), false);
                }
                Some(_) => self.report(register, Some(settlement.id), "check conflict"),
                None => {
                    self.of_session.entry(settlement.id).or_default().push(check.id);
                    let (settlement, check) = (settlement.id, Rc::new(check.clone()));
                    self.checks.insert(check.id, Held { settlement, place, check, revised: true, dropped: false });
                }
            }
        }
    }

    /// What stands is durable with its event in the same commit.
    fn take(&mut self, shop: Shop, register: RegisterId, settlement: &Settlement, at: Timestamp) -> Option<Verdict> {
        let control = sale::control(settlement);
        let (id, revision, facts) = (settlement.id, settlement.revision, control.facts_sha256);
        let standing = self.settlements.get(&id);
        if standing.is_some_and(|standing| standing.register != register) {
            self.report(register, Some(id), "other register");
            return None;
        }
        let verdict = judge_revision(standing.and_then(|standing| known(standing, revision)), revision, facts);
        let verdict = self.bugs.verdict(verdict, revision);
        match verdict {
            Verdict::Conflict => self.report(register, Some(id), "settlement conflict"),
            Verdict::Repeated => {}
            Verdict::Stands | Verdict::Late => {
                let date = settlement.business_date;
                let standing =
                    self.settlements.entry(id).or_insert_with(|| Standing { shop, register, revisions: [].into() });
                standing.revisions.insert(revision, Revision { date, control, received_at: at });
                self.of_store.entry(shop).or_default().insert((date, id));
                if verdict == Verdict::Stands {
                    self.offer(id, at);
                }
            }
        }
        Some(verdict)
    }
}

fn known(standing: &Standing, revision: u32) -> Option<Known> {
    let (highest, _) = standing.highest()?;
    let same = standing.revisions.get(&revision).map(|held| held.control.facts_sha256);
    Some(Known { revision: highest, same_revision: same })
}
