//! When everything has come to rest: the back office against the model, and every place against its neighbour.

use super::{
    Shop, World,
    model::{Shown, Told},
};
use jiff::civil::Date;
use std::collections::BTreeSet;

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
        let differing = self.office.disk.now.days.iter().filter(|(_, day)| day.differs).map(|(key, _)| *key).collect();
        self.model.judge(&shown, &told, &differing);
        self.judge_tills();
        self.judge_office(&shown);
    }

    /// Nothing waits on a till, and head office has every check that is on it.
    fn judge_tills(&mut self) {
        let office = &self.office.disk.now;
        for (number, till) in self.tills.iter().enumerate() {
            let life = till.disk.now.life();
            if life.acknowledged != life.chain.contiguous_seq {
                let (held, last) = (life.acknowledged, life.chain.contiguous_seq);
                self.model.wrong.push(format!("till {number} has a receipt for {held} of {last} entries"));
            }
            let sessions = till.disk.now.sessions.iter().filter(|session| !self.model.is_contested(session.id));
            let checks = sessions.flat_map(|session| &session.checks);
            let missing = checks.filter(|check| !office.checks.contains_key(&check.id)).count();
            if missing > 0 {
                self.model.wrong.push(format!("head office lacks {missing} checks of till {number}"));
            }
        }
    }

    /// Everything is linked, nothing waits, and every day agrees.
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
        let differing: BTreeSet<(Shop, Date)> =
            office.days.iter().filter(|(_, compared)| compared.differs).map(|(key, _)| *key).collect();
        for (shop, day) in differing.iter().filter(|_| !self.model.is_forgetful()) {
            wrong.push(format!("the day {day} of store {} differs", shop.store));
        }
        for one in shown {
            let held = office.settlements.get(&one.settlement).and_then(|standing| standing.highest());
            let same = held.is_some_and(|(revision, held)| {
                (revision, held.date, held.control.payments.0) == (one.revision, one.date, one.yen)
            });
            let unsure = differing.contains(&(one.shop, one.date)) || !self.model.is_due(one.shop, one.date);
            let shown = self.model.is_forgetful() && unsure;
            if !same && !shown && !self.model.is_contested(one.settlement) {
                wrong.push(format!("FLARO shows {} otherwise than head office", one.settlement));
            }
        }
        self.model.wrong.extend(wrong);
    }
}
