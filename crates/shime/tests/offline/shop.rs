//! A shop in virtual time: a simulated restaurant's days, rung up at a till whose clock is moved by hand.

use crate::{gate::Gate, shell::id};
use db::Db;
use jiff::{Timestamp, civil::Date};
use register::{Head, HeadOffice, Opening, Till, Uploader};
use sales::{CheckId, DayRule, SettlementId, Yen};
use simulator::{Kind, Restaurant, Visit};
use std::sync::{
    Arc,
    atomic::{AtomicI64, Ordering},
};
use tempfile::TempDir;

/// What is kept of the trade, wherever.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Books {
    /// In the order they came.
    pub settlements: Vec<Filed>,
    /// Ids in the order they came.
    pub checks: Vec<String>,
    /// What a person must look at.
    pub attention: Vec<String>,
}

/// A settlement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filed {
    /// Z番号
    pub z: i64,
    /// Its id.
    pub id: String,
    /// 営業日
    pub date: Date,
    /// Over all its facts.
    pub facts: String,
}

/// The shop.
pub struct Shop {
    /// Its till.
    pub till: Till,
    /// The till's line.
    pub line: Uploader,
    restaurant: Restaurant,
    rule: DayRule,
    hands: Arc<AtomicI64>,
    sessions: std::sync::Mutex<Vec<(SettlementId, Timestamp)>>,
    _dir: TempDir,
}

impl Shop {
    /// A till that got its masters before the line went.
    pub async fn new(gate: &Gate) -> Self {
        let dir = tempfile::tempdir().expect("a temporary directory");
        let db = Db::open(&format!("sqlite:{}", dir.path().join("till.db").display())).await.unwrap();
        let till = Till::open(db, gate.register, Arc::new(id)).await.unwrap();
        let restaurant = Restaurant::new(Kind::Diner, 7);
        let mut masters = restaurant.masters().clone();
        masters.register.id = gate.register;
        till.store_masters(masters.clone()).await.unwrap();
        let restaurant = restaurant.with_masters(masters);
        let office = HeadOffice::new(format!("http://{}", gate.at).parse().unwrap(), gate.token.parse().unwrap());
        let hands = gate.hands.clone();
        let own = hands.clone();
        let clock: register::Clock = Arc::new(move || Timestamp::from_millisecond(own.load(Ordering::SeqCst)).unwrap());
        let line = Uploader::new(till.clone(), &office, clock).unwrap();
        let (rule, sessions) = (restaurant.day_rule(), std::sync::Mutex::default());
        Self { till, line, restaurant, rule, hands, sessions, _dir: dir }
    }

    /// One business date: レジ開設, everybody who comes, 精算 with the drawer counted.
    pub async fn one_day(&self, date: Date) {
        let mut visits = self.restaurant.day(date, &self.rule);
        visits.sort_by_key(|visit| visit.paid_at);
        let (first, last) = (visits[0].paid_at, visits[visits.len() - 1].paid_at);
        let float = self.restaurant.opening_float();
        let opening = Opening { opening_float: float, staff: visits[0].staff.clone(), business_date: None };
        let opened = self.till.open_session(opening, self.at(first)).await.unwrap();
        assert_eq!(opened.business_date, date);
        for visit in visits {
            let (head, now) = (head(&visit), self.at(visit.paid_at));
            let check = self.till.pay(visit.draft, visit.payments, head, now).await.unwrap();
            assert_eq!(check.business_date, date, "nothing turns over by itself");
        }
        let checks = self.till.checks(opened.id).await.unwrap();
        let drawer = self.restaurant.drawer(date, &[], &checks);
        self.till.settle(drawer.counted, Yen::ZERO, self.at(last)).await.unwrap();
        self.sessions.lock().unwrap().push((opened.id, opened.opened_at));
    }

    /// When the first session was opened.
    pub fn opened_first(&self) -> Timestamp {
        self.sessions.lock().unwrap()[0].1
    }

    /// What the till has.
    pub async fn books(&self) -> Books {
        let mut books = Books::default();
        let sessions = self.sessions.lock().unwrap().clone();
        for (id, _) in sessions {
            let settlement = self.till.settlement(id).await.unwrap();
            let control = protocol::control::SettlementControl::of(&settlement).unwrap();
            books.settlements.push(Filed {
                z: settlement.z_number.into(),
                id: id.to_string(),
                date: settlement.business_date,
                facts: control.facts_sha256.to_string(),
            });
            books.checks.extend(settlement.checks.iter().map(|check| check.id.to_string()));
        }
        books
    }

    /// Moves the clock of the whole story.
    fn at(&self, moment: Timestamp) -> Timestamp {
        self.hands.store(moment.as_millisecond(), Ordering::SeqCst);
        moment
    }
}

fn head(visit: &Visit) -> Head {
    Head {
        id: Some(CheckId(id())),
        opened_at: visit.opened_at,
        table: visit.table.clone(),
        guests: visit.guests,
        segment: visit.segment.clone(),
        staff: visit.staff.clone(),
        ad_medium: visit.ad_medium.clone(),
    }
}
