//! What must be true, told without any of the code that makes it so. It listens to what the tills kept and to what
//! people decided, and says what the back office must show in the end: every yen once, nothing else.

mod judging;

use super::{Shop, excused::Excused};
use jiff::civil::Date;
use sales::{CheckId, RegisterId, SettlementId};
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
    /// What people had decided when head office's disk was copied.
    remembered: Option<Remembered>,
    pub excused: Excused,
    pub wrong: Vec<String>,
}

/// What a backup of head office knows of people's decisions.
struct Remembered {
    shops: BTreeMap<Shop, Wish>,
    ended: BTreeSet<(usize, i64)>,
    silenced: BTreeMap<SettlementId, bool>,
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
#[derive(Clone, Default)]
struct Wish {
    window: Option<(Date, Date)>,
    ever: Vec<(Date, Date)>,
    discarded: BTreeSet<Date>,
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

/// What the tills' disks and head office's hold of a settlement in the end.
#[derive(Default)]
pub(super) struct Alive {
    pub revision: u32,
    /// The highest revision on a till's disk.
    pub on_tills: u32,
    /// Head office has its session open: 未精算.
    pub open: bool,
    pub checks: BTreeMap<CheckId, i64>,
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
            wish.discarded.clear();
            self.sales.values_mut().filter(|sale| sale.shop == *shop).for_each(|sale| sale.silenced = false);
        }
    }

    /// Head office's disk is copied.
    pub fn office_backed_up(&mut self) {
        let silenced = self.sales.iter().map(|(id, sale)| (*id, sale.silenced)).collect();
        let (shops, ended) = (self.shops.clone(), self.ended.clone());
        self.remembered = Some(Remembered { shops, ended, silenced });
    }

    /// Head office came back as its copy: what people decided since never was. What went by those decisions is in the
    /// back office and may stay there.
    pub fn office_restored(&mut self, now: i64) {
        let Some(then) = self.remembered.take() else { return };
        self.ended = then.ended;
        self.in_flight.clear();
        for (shop, wish) in &mut self.shops {
            let before = then.shops.get(shop).cloned().unwrap_or_default();
            // What was kept before now may have gone while the store was on.
            let off_since = before.off_since.map(|_| now);
            *wish = Wish { ever: std::mem::take(&mut wish.ever), off_since, ..before };
        }
        for (id, sale) in &mut self.sales {
            let discarded = self.shops.get(&sale.shop).is_some_and(|wish| wish.discarded.contains(&sale.date));
            sale.silenced &= then.silenced.get(id).copied().unwrap_or(discarded);
        }
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

    /// Whether the linkage as it is now covers the day.
    pub fn is_due(&self, shop: Shop, date: Date) -> bool {
        self.shops.get(&shop).and_then(|wish| wish.window).is_some_and(|range| within(date, range))
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
}
