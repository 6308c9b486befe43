//! Stories of the linkage on both engines: a head office with a FLARO made for the test, and a clock that is told.

mod calendar;
mod comparing;
mod flaro;
mod interleaved;
mod late;
mod linking;
mod own_codes;
mod pages;
mod secrets;
mod sending;
mod trouble;
mod twins;
mod watching;

use std::collections::BTreeMap;
use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use db::{Db, Row, Tx, args};
use flaro::Flaro;
use jiff::Timestamp;
use jiff::civil::Date;
use sales::{Check, CheckId, CompanyCode, RegisterId, Settlement, SettlementId, StoreId, Yen};
use tokio::sync::watch;
use tokio::task::JoinHandle;
use uuid::Uuid;

use super::claim::{Claimed, Wanted, claim};
use crate::checks::Till;
use crate::intake::{self, Source};
use crate::linkage::start;
use crate::provision::{self, NewStore};
use crate::store_link::rules::Typed;
use crate::store_link::save::{Saved, save};
use crate::{Pos, PosError, Settings, Tenant, schema};

/// 2026-11-22 12:00 in Tokyo.
const BEGIN: &str = "2026-11-22T03:00:00Z";
pub const WHO: &str = "本部 太田";

/// A head office, one company with stores, and FLARO.
pub struct World {
    pub pos: Arc<Pos>,
    pub flaro: Flaro,
    pub tenant: Tenant,
    pub stores: Vec<(StoreId, RegisterId)>,
    clock: Arc<AtomicI64>,
    running: Mutex<Option<(watch::Sender<bool>, JoinHandle<()>)>>,
}

pub fn day(text: &str) -> Date {
    text.parse().expect("a date")
}

impl World {
    /// With this many stores; nothing is linked and nothing runs yet.
    pub async fn new(db: Db, stores: usize) -> Self {
        Self::with(db, stores, true).await
    }

    pub async fn with(db: Db, stores: usize, allow_private_networks: bool) -> Self {
        db.migrate(&schema::migrations()).await.expect("migrated");
        let begin: Timestamp = BEGIN.parse().expect("a time");
        let clock = Arc::new(AtomicI64::new(begin.as_millisecond()));
        let flaro = Flaro::start(clock.clone()).await;
        let pos = Arc::new(pos(db, clock.clone(), &flaro.address, allow_private_networks));
        let code: CompanyCode = "0012345".parse().expect("a code");
        let tenant = provision::company(&pos, &code, "株式会社みなと食堂").await.expect("a company");
        let mut made = Vec::new();
        for n in 1..=stores {
            let store = provision::store(&pos, &tenant, NewStore::new(format!("{n}号店"))).await.expect("a store");
            let register = provision::register(&pos, &tenant, store, "レジ1", day("2020-01-01")).await.expect("a till");
            made.push((store, register));
        }
        Self { pos, flaro, tenant, stores: made, clock, running: Mutex::default() }
    }

    /// Another company of the same head office, with one store. It never runs by itself.
    pub async fn neighbour(&self, code: &str) -> Self {
        let tenant = provision::company(&self.pos, &code.parse().expect("a code"), "隣の店").await.expect("a company");
        let store = provision::store(&self.pos, &tenant, NewStore::new("本店")).await.expect("a store");
        let register =
            provision::register(&self.pos, &tenant, store, "レジ1", day("2020-01-01")).await.expect("a till");
        let (pos, flaro, clock) = (self.pos.clone(), self.flaro.clone(), self.clock.clone());
        Self { pos, flaro, tenant, stores: vec![(store, register)], clock, running: Mutex::default() }
    }

    /// Linked, every store on from today, and everything running.
    pub async fn linked(db: Db, stores: usize) -> Self {
        let world = Self::new(db, stores).await;
        world.link().await;
        world.run();
        world
    }

    pub async fn link(&self) {
        start::start(&self.pos, &self.tenant, WHO, true).await.expect("linked");
        for n in 0..self.stores.len() {
            self.save(n, "2026/11/22", "2026/12/31", true).await;
        }
    }

    pub async fn save(&self, store: usize, from: &str, to: &str, enabled: bool) {
        let row = self.row(store, &format!("{}", 101 + store), from, to, enabled);
        let saved = save(&self.pos, &self.tenant, WHO, None, vec![row]).await.expect("saved");
        assert!(matches!(saved, Saved::Done(_)), "{saved:?}");
    }

    pub fn row(&self, store: usize, code: &str, from: &str, to: &str, enabled: bool) -> Typed {
        let [code, start, end] = [code, from, to].map(ToOwned::to_owned);
        Typed { store_id: self.stores[store].0, version: None, code, start, end, enabled }
    }

    pub fn run(&self) {
        let (stop, stopped) = watch::channel(false);
        let pos = self.pos.clone();
        let task = tokio::spawn(async move { super::run(pos, stopped).await.expect("runs") });
        *self.running.lock().unwrap() = Some((stop, task));
    }

    pub async fn stop(&self) {
        let running = self.running.lock().unwrap().take();
        if let Some((stop, task)) = running {
            stop.send(true).expect("still there");
            task.await.expect("ended well");
        }
    }

    /// Lets time pass and rings.
    pub fn pass(&self, seconds: i64) {
        self.clock.fetch_add(seconds * 1_000, Ordering::SeqCst);
        self.pos.wake.notify_one();
    }

    /// A till closes its day; the head office takes it in.
    pub async fn close(&self, store: usize, date: &str, amount: i64) -> Settlement {
        let settlement = settlement(self.pos.new_id(), day(date), amount);
        self.accept(store, settlement.clone()).await;
        settlement
    }

    /// Claims what is due, as a sender does, without sending it.
    pub async fn claim(&self) -> Vec<Claimed> {
        let rows = self.rows("SELECT endpoint FROM linkage WHERE company_id = $1 AND state = 'linked'").await;
        let Some(row) = rows.first() else { return Vec::new() };
        let wanted = Wanted { endpoint: row.text("endpoint").expect("one"), most: 8, probe: None };
        claim(&self.pos, &wanted).await.expect("claimed")
    }

    pub async fn accept(&self, store: usize, settlement: Settlement) {
        let (shared, tenant) = (self.pos.clone(), self.tenant.clone());
        let till = Till { store_id: self.stores[store].0, register_id: self.stores[store].1 };
        let taken = self.pos.db.write(async move |tx: &mut Tx| -> Result<_, PosError> {
            intake::accept(tx, &shared, &tenant, till, settlement, Source::Document).await
        });
        taken.await.expect("taken in");
        self.pos.wake.notify_one();
    }

    pub async fn rows(&self, sql: &'static str) -> Vec<Row> {
        let company = self.tenant.as_str().to_owned();
        let rows = self.pos.db.read(async move |tx: &mut Tx| tx.fetch_all(sql, args![company]).await);
        rows.await.expect("read")
    }

    /// How many events stand in each state.
    pub async fn states(&self) -> BTreeMap<String, i64> {
        let sql = "SELECT state, COUNT(*) AS n FROM outbox WHERE company_id = $1 GROUP BY state";
        let rows = self.rows(sql).await;
        rows.iter().map(|row| (row.text("state").unwrap(), row.int("n").unwrap())).collect()
    }

    /// Waits until so many events stand in a state.
    pub async fn until(&self, state: &str, count: i64) {
        for _ in 0..1_000 {
            if self.states().await.get(state).copied().unwrap_or_default() == count {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        let answers = self.rows("SELECT event_id, answer FROM attempt WHERE company_id = $1 ORDER BY at").await;
        panic!("never {count} {state}: {:?}, answers: {answers:#?}", self.states().await);
    }

    /// Waits until so many attempts are under way.
    pub async fn until_in_flight(&self, count: usize) {
        for _ in 0..1_000 {
            if self.flaro.book().in_flight.values().sum::<usize>() == count {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("never {count} in flight: {:?}", self.flaro.book().in_flight);
    }

    /// Waits as [`World::until`] does while time passes: what was paused meanwhile comes round again.
    pub async fn until_later(&self, state: &str, count: i64, seconds: i64) {
        for _ in 0..20 {
            self.pass(seconds);
            for _ in 0..50 {
                if self.states().await.get(state).copied().unwrap_or_default() == count {
                    return;
                }
                tokio::time::sleep(Duration::from_millis(10)).await;
            }
        }
        panic!("never {count} {state}: {:?}", self.states().await);
    }

    /// Waits until a question about the company is answered with what is expected.
    pub async fn until_row(&self, sql: &'static str, column: &str, expected: &str) {
        let mut last = String::new();
        for _ in 0..1_000 {
            last = self.rows(sql).await.first().and_then(|row| row.opt_text(column).unwrap()).unwrap_or_default();
            if last == expected {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("{column} is never {expected}, but {last}");
    }
}

fn pos(db: Db, clock: Arc<AtomicI64>, partner_url: &str, allow_private_networks: bool) -> Pos {
    let ids = Arc::new(AtomicU64::new(1));
    let next = move || {
        let n = u128::from(ids.fetch_add(1, Ordering::SeqCst));
        Uuid::from_u128((n << 64) | ((n * 0x9e37_79b9_7f4a_7c15) & 0xffff_ffff))
    };
    let clock = Arc::new(move || Timestamp::from_millisecond(clock.load(Ordering::SeqCst)).expect("a time"));
    let settings = Settings::new("http://127.0.0.1", partner_url, flaro::CREDENTIAL);
    let settings = Settings { allow_private_networks, ..settings };
    Pos::new(db, settings, clock, Arc::new(next), Arc::new(|| [7; 32]))
}

/// One check of one line, paid in cash.
pub fn settlement(id: Uuid, business_date: Date, amount: i64) -> Settlement {
    let opened_at = business_date.at(10, 0, 0, 0).in_tz("Asia/Tokyo").expect("a time").timestamp();
    let checks = vec![check(id, business_date, amount, opened_at)];
    simulator::cash_settlement(SettlementId(id), 1, business_date, opened_at, checks)
}

/// The next revision, at another amount.
pub fn corrected(settlement: &Settlement, amount: i64) -> Settlement {
    let check = check(settlement.id.0, settlement.business_date, amount, settlement.opened_at);
    settlement.corrected(vec![check], settlement.closed_at, "店長", "打ち間違い").expect("in range")
}

fn check(settlement: Uuid, business_date: Date, amount: i64, opened_at: Timestamp) -> Check {
    let id = CheckId(Uuid::from_u128(settlement.as_u128() ^ 0xc));
    simulator::cash_check(id, 1, business_date, Yen(amount), opened_at)
}
