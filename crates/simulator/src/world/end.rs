//! When everything has come to rest: the back office against the model, and every place against its neighbour.

use super::{
    World,
    model::{Alive, Shown, Told},
    till::Session,
};
use sales::SettlementId;
use std::collections::{BTreeMap, BTreeSet};

impl World {
    pub(super) fn judge(&mut self) {
        let shown = self.back.disk.now.days.iter().flat_map(|(&(shop, date), day)| {
            day.iter().map(move |one| {
                let (settlement, revision, yen) = (one.settlement_id, one.revision, one.control.payments.0);
                Shown { shop, date, settlement, revision, yen }
            })
        });
        let shown: Vec<Shown> = shown.collect();
        let told = self.office.disk.now.reports.iter();
        let told: Vec<Told> =
            told.map(|report| Told { register: report.register, settlement: report.settlement }).collect();
        self.model.judge(&shown, &told, &self.alive());
        self.judge_tills(&told);
        self.judge_office(&shown);
        self.judge_gaps(&shown);
    }

    /// What is on some disk of a till or of head office.
    fn alive(&self) -> BTreeMap<SettlementId, Alive> {
        let office = &self.office.disk.now;
        let mut alive = BTreeMap::<SettlementId, Alive>::new();
        for session in self.tills.iter().flat_map(|till| &till.disk.now.sessions) {
            let held = alive.entry(session.id).or_default();
            held.on_tills = held.on_tills.max(session.revision);
            held.checks.extend(session.checks.iter().map(|check| (check.id, check.total.0)));
        }
        for (id, standing) in &office.settlements {
            let held = alive.entry(*id).or_default();
            held.revision = held.revision.max(standing.highest().map_or(0, |(revision, _)| revision));
        }
        for (id, held) in &mut alive {
            held.revision = held.revision.max(held.on_tills);
            held.open = office.sessions.get(id).is_some_and(|session| session.settled_revision.is_none());
        }
        for (settlement, check, yen) in office.held_checks() {
            alive.entry(settlement).or_default().checks.insert(check, yen);
        }
        alive
    }

    /// Nothing waits on a till, and head office has every check and every revision that is on it. Of a settlement that
    /// two copies of a till know it may lack some if it says so by the settlement's name.
    fn judge_tills(&mut self, told: &[Told]) {
        let office = &self.office.disk.now;
        let named: BTreeSet<SettlementId> = told.iter().filter_map(|told| told.settlement).collect();
        for (number, till) in self.tills.iter().enumerate() {
            let life = till.disk.now.life();
            if life.acknowledged != life.chain.contiguous_seq {
                let (held, last) = (life.acknowledged, life.chain.contiguous_seq);
                self.model.wrong.push(format!("till {number} has a receipt for {held} of {last} entries"));
            }
            let excused = |id: SettlementId| self.model.is_contested(id) && named.contains(&id);
            let lacking = |sessions: &[&Session]| {
                let checks = sessions.iter().flat_map(|session| &session.checks);
                checks.filter(|check| !office.checks.contains_key(&check.id)).count()
            };
            let (named, sessions): (Vec<_>, Vec<_>) =
                till.disk.now.sessions.iter().partition(|session| excused(session.id));
            self.model.excused.unfiled += lacking(&named) as u64;
            let missing = lacking(&sessions);
            if missing > 0 {
                self.model.wrong.push(format!("head office lacks {missing} checks of till {number}"));
            }
            for session in sessions.iter().filter(|session| session.revision > 0) {
                let held = office.settlements.get(&session.id).and_then(|standing| standing.highest());
                if held.is_none_or(|(revision, _)| revision < session.revision) {
                    let (id, revision) = (session.id, session.revision);
                    self.model.wrong.push(format!("head office lacks revision {revision} of {id} of till {number}"));
                }
            }
        }
    }

    /// Everything is linked, nothing waits, every day was compared and agrees.
    fn judge_office(&mut self, shown: &[Shown]) {
        let office = &self.office.disk.now;
        let mut wrong = Vec::new();
        for company in self.shops.iter().map(|shop| shop.company).collect::<BTreeSet<_>>() {
            if office.linked(company).is_none() {
                wrong.push(format!("company {company} is not linked"));
            } else if !office.is_idle(company) {
                wrong.push(format!("something of company {company} still waits"));
            }
        }
        for ((shop, day), _) in office.days.iter().filter(|(_, compared)| compared.differs) {
            wrong.push(format!("the day {day} of store {} differs", shop.store));
        }
        for one in shown {
            if office.days.get(&(one.shop, one.date)).is_none_or(|compared| compared.checked_at.is_none()) {
                wrong.push(format!("the day {} of store {} was never compared", one.date, one.shop.store));
            }
            let held = office.settlements.get(&one.settlement).and_then(|standing| standing.highest());
            let same = held.is_some_and(|(revision, held)| {
                (revision, held.date, held.control.payments.0) == (one.revision, one.date, one.yen)
            });
            if !same {
                wrong.push(format!("FLARO shows {} otherwise than head office", one.settlement));
            }
        }
        self.model.wrong.extend(wrong);
    }
}
