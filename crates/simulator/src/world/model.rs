//! What must be true, told without any of the code that makes it so. It listens to what the tills kept and to what
//! people decided, and says what the back office must show in the end: every yen once, nothing else.

use super::Shop;
use jiff::civil::Date;
use sales::{RegisterId, SettlementId};
use std::collections::{BTreeMap, BTreeSet};

/// For so long after head office's clock was set it can't know what is in flight.
const UNSURE: i64 = 120_000;

#[derive(Default)]
pub(super) struct Model {
    sales: BTreeMap<SettlementId, Sale>,
    paid: BTreeMap<SettlementId, i64>,
    shops: BTreeMap<Shop, Wish>,
    ended: BTreeSet<(usize, i64)>,
    in_flight: BTreeMap<(Shop, i64), u64>,
    interrupted_at: i64,
    /// Settlements that two copies of a till know: they may come out wrong if somebody is told.
    contested: BTreeSet<SettlementId>,
    /// Settlements that were on a lost disk alone, and the disk in its place ends where head office's knowledge does: no
    /// place can know of them.
    unknowable: BTreeSet<SettlementId>,
    /// Tills that were restored or cloned where it can be seen.
    troubled: BTreeSet<RegisterId>,
    /// Head office lost what people decided and what was sent; where it can't know, the days that differ say so.
    forgetful: bool,
    lost_unknowably: usize,
    pub wrong: Vec<String>,
}

/// A settlement as its till kept it.
struct Sale {
    shop: Shop,
    register: RegisterId,
    date: Date,
    kept_first: i64,
    revisions: BTreeMap<u32, BTreeSet<i64>>,
    /// A person decided that it doesn't go.
    silenced: bool,
}

/// What people want of a store.
#[derive(Default)]
struct Wish {
    window: Option<(Date, Date)>,
    ever: Vec<(Date, Date)>,
    discarded: BTreeSet<Date>,
    /// Discarded in a linkage that has ended.
    once_discarded: BTreeSet<Date>,
    /// Discarded before head office was restored: it may know, or not.
    uncertain: BTreeSet<Date>,
    off_since: Option<i64>,
}

/// One settlement in the back office.
pub(super) struct Shown {
    pub shop: Shop,
    pub date: Date,
    pub settlement: SettlementId,
    pub revision: u32,
    pub yen: i64,
}

/// Something head office shows to a person.
pub(super) struct Told {
    pub register: RegisterId,
    pub settlement: Option<SettlementId>,
}

fn within(day: Date, (from, to): (Date, Date)) -> bool {
    from <= day && day <= to
}

impl Model {
    /// A guest has paid and has it in writing.
    pub fn paid(&mut self, settlement: SettlementId, yen: i64) {
        *self.paid.entry(settlement).or_default() += yen;
    }

    /// A till has closed, corrected or emptied a settlement, and said so.
    pub fn kept(
        &mut self,
        shop: Shop,
        register: RegisterId,
        (settlement, revision): (SettlementId, u32),
        date: Date,
        yen: i64,
        now: i64,
    ) {
        let wish = self.shops.entry(shop).or_default();
        let silenced = wish.discarded.contains(&date);
        let sale = self.sales.entry(settlement).or_insert_with(|| Sale {
            shop,
            register,
            date,
            kept_first: now,
            revisions: BTreeMap::new(),
            silenced,
        });
        sale.revisions.entry(revision).or_default().insert(yen);
    }

    /// 登録
    pub fn saved(&mut self, shop: Shop, window: (Date, Date), enabled: bool, now: i64) {
        let wish = self.shops.entry(shop).or_default();
        wish.window = Some(window);
        wish.ever.push(window);
        wish.off_since = if enabled { None } else { wish.off_since.or(Some(now)) };
    }

    /// A held day was discarded: what came to it while the store was off was never queued, and never goes.
    pub fn discarded(&mut self, shop: Shop, day: Date) {
        let wish = self.shops.entry(shop).or_default();
        wish.discarded.insert(day);
        let Some(since) = wish.off_since else { return };
        for sale in self.sales.values_mut().filter(|sale| (sale.shop, sale.date) == (shop, day)) {
            sale.silenced |= sale.kept_first > since;
        }
    }

    /// 過去分連携
    pub fn past(&mut self, shop: Shop, range: (Date, Date)) {
        self.shops.entry(shop).or_default().ever.push(range);
        for sale in self.sales.values_mut().filter(|sale| sale.shop == shop && within(sale.date, range)) {
            sale.silenced = false;
        }
    }

    /// 連携解除: from now on nothing is sent through it.
    pub fn ended(&mut self, company: usize, generation: i64) {
        self.ended.insert((company, generation));
        for (shop, wish) in self.shops.iter_mut().filter(|(shop, _)| shop.company == company) {
            (wish.window, wish.off_since) = (None, None);
            wish.once_discarded.append(&mut wish.discarded);
            self.sales.values_mut().filter(|sale| sale.shop == *shop).for_each(|sale| sale.silenced = false);
        }
    }

    /// Head office came back as it was a day ago: what people decided since may be forgotten.
    pub fn office_restored(&mut self) {
        self.forgetful = true;
        self.ended.clear();
        self.in_flight.clear();
        for wish in self.shops.values_mut() {
            wish.uncertain.append(&mut wish.discarded);
            wish.uncertain.append(&mut wish.once_discarded);
            // It may be on again: what comes in now may go before anybody looks.
            wish.off_since = None;
        }
        self.sales.values_mut().for_each(|sale| sale.silenced = false);
    }

    /// There are two copies of a till, or an old one: these settlements may come out in two ways. `visible`: somebody
    /// can know that something is missing.
    pub fn till_doubled(&mut self, register: RegisterId, contested: &BTreeSet<SettlementId>, visible: bool) {
        if visible {
            self.troubled.insert(register);
        }
        self.contested.extend(contested);
    }

    /// What these settlements were since the backup is gone with a disk, and head office never heard of it.
    pub fn lost_unseen(&mut self, settlements: &BTreeSet<SettlementId>) {
        self.unknowable.extend(settlements);
    }

    /// How many settlements came out wrong because no place could know of them.
    pub fn lost_unknowably(&self) -> usize {
        self.lost_unknowably
    }

    /// Whether the linkage as it is now covers the day.
    pub fn is_due(&self, shop: Shop, date: Date) -> bool {
        self.shops.get(&shop).and_then(|wish| wish.window).is_some_and(|range| within(date, range))
    }

    pub fn is_forgetful(&self) -> bool {
        self.forgetful
    }

    pub fn is_contested(&self, settlement: SettlementId) -> bool {
        self.contested.contains(&settlement)
    }

    /// Head office begins to send.
    pub fn attempt(&mut self, shop: Shop, generation: i64, request: u64, now: i64) {
        if self.ended.contains(&(shop.company, generation)) {
            self.wrong.push(format!("generation {generation} of company {} has ended and sends", shop.company));
        }
        let unsure = now < self.interrupted_at + UNSURE;
        if self.in_flight.insert((shop, generation), request).is_some() && !unsure {
            self.wrong.push(format!("store {} has two events in flight", shop.store));
        }
    }

    /// Head office has heard, or waits no longer.
    pub fn attempted(&mut self, shop: Shop, generation: i64, request: u64) {
        if self.in_flight.get(&(shop, generation)) == Some(&request) {
            self.in_flight.remove(&(shop, generation));
        }
    }

    /// Head office stopped, or its clock was set: it can't know what is in flight.
    pub fn interrupted(&mut self, now: i64) {
        self.interrupted_at = now;
        self.in_flight.clear();
    }

    /// How many settlements the tills kept.
    pub fn kept_in_all(&self) -> usize {
        self.sales.len()
    }

    /// Holds the back office against all of it.
    pub fn judge(&mut self, shown: &[Shown], told: &[Told], differing: &BTreeSet<(Shop, Date)>) {
        let mut by_id = BTreeMap::<SettlementId, Vec<&Shown>>::new();
        for one in shown {
            by_id.entry(one.settlement).or_default().push(one);
        }
        for (id, sale) in &self.sales {
            let excused = self.contested.contains(id)
                && told.iter().any(|told| {
                    told.settlement == Some(*id) || (told.settlement.is_none() && told.register == sale.register)
                });
            let of_sale = by_id.remove(id).unwrap_or_default();
            // What FLARO has was sent, whoever remembers it: its correction follows, and a shown difference is no excuse.
            let stale = matches!(of_sale[..], [one] if sale.revisions.keys().any(|kept| *kept > one.revision));
            let excused = excused || (self.forgetful && !stale && differing.contains(&(sale.shop, sale.date)));
            // Whatever two copies of a till made of it, and whoever is told: no yen counts twice.
            let (yen, paid) =
                (of_sale.iter().map(|one| one.yen).sum::<i64>(), self.paid.get(id).copied().unwrap_or_default());
            if yen > paid {
                self.wrong.push(format!("settlement {id}: ¥{yen} is shown, no more than ¥{paid} was ever paid"));
            }
            let unknowable = self.unknowable.contains(id) && of_sale.len() < 2;
            let Some(what) = self.complaint(*id, sale, &of_sale).filter(|_| !excused) else { continue };
            if unknowable {
                self.lost_unknowably += 1;
            } else {
                self.wrong.push(format!("settlement {id} of store {} on {}: {what}", sale.shop.store, sale.date));
            }
        }
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

    fn complaint(&self, id: SettlementId, sale: &Sale, shown: &[&Shown]) -> Option<String> {
        let wish = self.shops.get(&sale.shop);
        let covered = wish.is_some_and(|wish| wish.ever.iter().any(|range| within(sale.date, *range)));
        let discarded =
            wish.is_some_and(|wish| wish.discarded.contains(&sale.date) || wish.uncertain.contains(&sale.date));
        let due = self.is_due(sale.shop, sale.date) && !discarded;
        let (top, amounts) = sale.revisions.last_key_value()?;
        let paid = self.paid.get(&id).copied().unwrap_or_default();
        match shown {
            [] if due => Some(format!("¥{paid} is missing in the back office (revision {top})")),
            [_] if sale.silenced => Some("it was discarded and is in the back office".to_owned()),
            [_] if !covered => Some("no linkage covers it and it is in the back office".to_owned()),
            [one] if (one.shop, one.date) != (sale.shop, sale.date) => Some("it is filed elsewhere".to_owned()),
            [one] if one.revision != *top => Some(format!("the back office shows revision {} of {top}", one.revision)),
            [one] if !amounts.contains(&one.yen) => Some(format!("¥{} is shown, ¥{amounts:?} was kept", one.yen)),
            [one] if one.yen != paid && !self.contested.contains(&id) => {
                Some(format!("¥{} is shown, ¥{paid} was paid", one.yen))
            }
            [] | [_] => None,
            more => Some(format!("it counts {} times", more.len())),
        }
    }
}
