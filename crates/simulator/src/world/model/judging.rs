//! The back office held against what the tills kept. An excuse is for a settlement that two copies of a till made
//! something of, and for what is on no disk any more; whatever is counted twice, filed elsewhere or not wanted has none.

use super::{Alive, Model, Sale, Shown, Told, within};
use crate::world::excused::Reason;
use sales::SettlementId;
use std::collections::BTreeMap;

/// How a settlement in the back office is not as it was kept.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Fault {
    Missing,
    Older,
    /// Another amount than any till kept at that revision.
    Amount,
    /// Less than the guests paid.
    Less,
    /// What nothing excuses.
    Never,
}

impl Model {
    /// Holds the back office against all of it.
    pub fn judge(&mut self, shown: &[Shown], told: &[Told], alive: &BTreeMap<SettlementId, Alive>) {
        let mut by_id = BTreeMap::<SettlementId, Vec<&Shown>>::new();
        for one in shown {
            by_id.entry(one.settlement).or_default().push(one);
        }
        let none = Alive::default();
        for (id, sale) in &self.sales {
            let of_sale = by_id.remove(id).unwrap_or_default();
            // Whatever two copies of a till made of it, and whoever is told: no yen counts twice.
            let (yen, paid) =
                (of_sale.iter().map(|one| one.yen).sum::<i64>(), self.paid.get(id).copied().unwrap_or_default());
            if yen > paid {
                self.wrong.push(format!("settlement {id}: ¥{yen} is shown, no more than ¥{paid} was ever paid"));
            }
            let Some((fault, what)) = self.fault(*id, sale, &of_sale) else { continue };
            match self.excuse((*id, sale), fault, of_sale.first().copied(), told, alive.get(id).unwrap_or(&none)) {
                Some(reason) => self.excused.note(reason, paid - yen),
                None => {
                    self.wrong.push(format!("settlement {id} of store {} on {}: {what}", sale.shop.store, sale.date));
                }
            }
        }
        self.excused.contested = self.contested.len() as u64;
        for register in &self.troubled {
            if !told.iter().any(|told| told.register == *register) {
                self.wrong.push(format!("till {register} was restored or cloned and nobody is told"));
            }
        }
        let unknown: Vec<_> = by_id.into_keys().filter(|id| !self.paid.contains_key(id)).collect();
        if !unknown.is_empty() {
            self.wrong.push(format!("the back office shows what no till kept: {unknown:?}"));
        }
    }

    fn fault(&self, id: SettlementId, sale: &Sale, shown: &[&Shown]) -> Option<(Fault, String)> {
        let wish = self.shops.get(&sale.shop);
        let covered = wish.is_some_and(|wish| wish.ever.iter().any(|range| within(sale.date, *range)));
        let discarded = wish.is_some_and(|wish| wish.discarded.contains(&sale.date));
        let due = self.is_due(sale.shop, sale.date) && !discarded;
        let (top, amounts) = sale.revisions.last_key_value()?;
        let paid = self.paid.get(&id).copied().unwrap_or_default();
        match shown {
            [] if due => Some((Fault::Missing, format!("¥{paid} is missing in the back office (revision {top})"))),
            [_] if sale.silenced => Some((Fault::Never, "it was discarded and is in the back office".to_owned())),
            [_] if !covered => Some((Fault::Never, "no linkage covers it and it is in the back office".to_owned())),
            [one] if (one.shop, one.date) != (sale.shop, sale.date) => {
                Some((Fault::Never, "it is filed elsewhere".to_owned()))
            }
            [one] if one.revision != *top => {
                Some((Fault::Older, format!("the back office shows revision {} of {top}", one.revision)))
            }
            [one] if !amounts.contains(&one.yen) => {
                Some((Fault::Amount, format!("¥{} is shown, ¥{amounts:?} was kept", one.yen)))
            }
            [one] if one.yen != paid => Some((Fault::Less, format!("¥{} is shown, ¥{paid} was paid", one.yen))),
            [] | [_] => None,
            more => Some((Fault::Never, format!("it counts {} times", more.len()))),
        }
    }

    /// Why it can't be otherwise. Somebody is told of this very settlement; or no disk holds more of it than the back
    /// office shows, and the till's loss is told, or can't be seen by anybody; or it was opened again on a lost disk, and
    /// head office, which has all of it, waits for a 精算 that the till believes it made.
    fn excuse(
        &self,
        (id, sale): (SettlementId, &Sale),
        fault: Fault,
        shown: Option<&Shown>,
        told: &[Told],
        alive: &Alive,
    ) -> Option<Reason> {
        if fault == Fault::Never || !self.contested.contains(&id) {
            return None;
        }
        if told.iter().any(|told| told.settlement == Some(id)) {
            return Some(Reason::Named);
        }
        let till_is_told = told.iter().any(|told| told.settlement.is_none() && told.register == sale.register);
        let (revision, yen) = shown.map_or((0, 0), |one| (one.revision, one.yen));
        let lost = match fault {
            Fault::Missing | Fault::Older => alive.revision <= revision,
            Fault::Less => alive.checks.values().sum::<i64>() <= yen,
            Fault::Amount | Fault::Never => false,
        };
        let reopened = fault == Fault::Less && yen == 0 && alive.open && alive.on_tills < revision;
        match (lost, till_is_told) {
            (true, true) => Some(Reason::LostTold),
            (true, false) if self.unknowable.contains(&id) => Some(Reason::LostUnseen),
            (false, true) if reopened => Some(Reason::Reopened),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::excused::Excused;
    use sales::{CheckId, RegisterId};
    use std::collections::BTreeSet;
    use uuid::Uuid;

    const ID: SettlementId = SettlementId(Uuid::from_u128(1));
    const TILL: RegisterId = RegisterId(Uuid::from_u128(2));
    const SHOP: crate::world::Shop = crate::world::Shop { company: 0, store: 0 };

    /// A settlement of ¥900 that a till kept at revision 2, held against what is shown, told and alive.
    fn judged(contested: bool, shown: Option<(u32, i64)>, told: &[Told], alive: Alive) -> Result<Excused, Vec<String>> {
        let mut model = Model::default();
        let day = "2026-04-10".parse().expect("a date");
        model.saved(SHOP, (day, day), true, 0);
        model.paid(ID, 900);
        model.kept(SHOP, TILL, (ID, 1), day, 500, 1);
        model.kept(SHOP, TILL, (ID, 2), day, 900, 2);
        if contested {
            model.till_doubled(TILL, &BTreeSet::from([ID]), false);
        }
        let shown = shown.map(|(revision, yen)| Shown { shop: SHOP, date: day, settlement: ID, revision, yen });
        model.judge(&shown.into_iter().collect::<Vec<_>>(), told, &[(ID, alive)].into());
        if model.wrong.is_empty() { Ok(model.excused) } else { Err(model.wrong) }
    }

    fn alive(revision: u32, yen: i64) -> Alive {
        Alive { revision, on_tills: revision, open: false, checks: [(CheckId(Uuid::from_u128(3)), yen)].into() }
    }

    fn of_till() -> [Told; 1] {
        [Told { register: TILL, settlement: None }]
    }

    fn by_name() -> [Told; 1] {
        [Told { register: TILL, settlement: Some(ID) }]
    }

    #[test]
    fn what_stands_as_it_was_kept_needs_no_excuse() {
        let excused = judged(true, Some((2, 900)), &of_till(), alive(2, 900)).expect("nothing wrong");
        assert_eq!(excused, Excused { contested: 1, ..Excused::default() });
    }

    #[test]
    fn a_report_about_the_till_excuses_only_what_no_disk_holds() {
        for shown in [None, Some((1, 500))] {
            let on_no_disk = alive(shown.map_or(0, |(revision, _)| revision), 500);
            let excused = judged(true, shown, &of_till(), on_no_disk).expect("excused");
            assert_eq!(excused.lost_told.settlements, 1);
            judged(true, shown, &of_till(), alive(2, 900)).expect_err("a disk holds revision 2");
            judged(true, shown, &[], alive(0, 0)).expect_err("nobody is told");
        }
        judged(true, Some((2, 800)), &of_till(), alive(2, 800)).expect_err("no till kept ¥800");
    }

    #[test]
    fn a_report_that_names_the_settlement_excuses_what_two_copies_made_of_it_and_nothing_else() {
        let excused = judged(true, Some((1, 500)), &by_name(), alive(2, 900)).expect("excused");
        assert_eq!((excused.named.settlements, excused.named.yen), (1, 400));
        judged(false, Some((1, 500)), &by_name(), alive(2, 900)).expect_err("one till alone knew it");
        judged(true, Some((2, 1_800)), &by_name(), alive(2, 900)).expect_err("more than was paid");
    }
}
