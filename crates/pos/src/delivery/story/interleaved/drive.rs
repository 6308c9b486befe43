//! Carries the steps out on the real head office, with attempts held open between claim, answer and record.

use db::{Db, Tx};
use jiff::Timestamp;
use jiff::civil::Date;
use protocol::EVENT_BYTES_MAX;
use protocol::event::{Event, Frame};
use sales::{RegisterId, StoreId};

use super::super::{WHO, World, corrected, day, settlement};
use super::model::Model;
use super::{Op, STORES};
use crate::checks::Till;
use crate::delivery::claim::Claimed;
use crate::delivery::lane;
use crate::delivery::record::{Outcome, following, record};
use crate::intake::{self, Source};
use crate::linkage::start::start;
use crate::linkage::{end, set_held};
use crate::outbox::resend::{self, range};
use crate::queue::past::request_past;
use crate::queue::{discard, drain};
use crate::sender::post::post;
use crate::store_link::save::{Saved, save};
use crate::{PosError, partner_client, provision};

/// An attempt between its claim and its record.
struct Flight {
    claimed: Claimed,
    event: Event,
    outcome: Option<Outcome>,
    until: Timestamp,
}

/// The real thing, the model beside it, and what is in the air.
pub struct Drive {
    world: World,
    http: reqwest::Client,
    tills: Vec<(usize, StoreId, RegisterId)>,
    windows: [(i64, i64); STORES],
    model: Model,
    flights: Vec<Flight>,
}

fn date(n: i64) -> Date {
    day("2026-11-22").saturating_add(jiff::Span::new().days(n))
}

impl Drive {
    pub async fn new(db: Db) -> Self {
        let world = World::new(db, STORES).await;
        let (pos, tenant, first) = (&world.pos, &world.tenant, world.stores[0].0);
        let second = provision::register(pos, tenant, first, "レジ2", day("2020-01-01")).await.expect("a till");
        let mut tills: Vec<_> = world.stores.iter().enumerate().map(|(n, (store, till))| (n, *store, *till)).collect();
        tills.push((0, first, second));
        let http = partner_client::egress::client(true).expect("a client");
        Self { world, http, tills, windows: [(0, 9); STORES], model: Model::default(), flights: Vec::new() }
    }

    pub async fn step(&mut self, op: Op) {
        match op {
            Op::Settle { till, day, amount } => {
                let closed = settlement(self.world.pos.new_id(), date(day), amount);
                self.accept(till, closed).await;
            }
            Op::Revise { which, amount } => self.revise(which, |old| corrected(old, amount)).await,
            Op::Cancel { which } => self.revise(which, |old| old.cancelled(old.closed_at, "店長", "誤操作")).await,
            Op::SettleAgain { which } => self.revise(which, Clone::clone).await,
            Op::Link { inherit } => self.link(inherit).await,
            Op::Unlink => self.unlink().await,
            Op::Switch { store, on } => self.save(store, self.windows[store], on).await,
            Op::Dates { store, from, to } => self.save(store, (from, from + to), self.model.on[store]).await,
            Op::Hold(held) => self.hold(held).await,
            Op::Discard { store, day } => self.discard(store, date(day)).await,
            Op::Past { store, day } => self.past(store, date(day)).await,
            Op::Resend { which } => self.resend(which).await,
            Op::Drain => self.drain().await,
            Op::Claim => self.claim().await,
            Op::Post { which } => self.post(which).await,
            Op::Record { which } => self.record(which).await,
            Op::Crash => self.crash().await,
            Op::Says(says) => self.world.flaro.book().says.push_back(says),
            Op::Pass(seconds) => self.world.pass(seconds),
        }
    }

    async fn accept(&mut self, till: usize, closed: sales::Settlement) {
        let (store, store_id, register_id) = self.tills[till];
        let (shared, tenant, settled) = (self.world.pos.clone(), self.world.tenant.clone(), closed.clone());
        let at = Till { store_id, register_id };
        let taken = self.world.pos.db.write(async move |tx: &mut Tx| -> Result<_, PosError> {
            intake::accept(tx, &shared, &tenant, at, settled, Source::Document).await
        });
        taken.await.expect("taken in");
        self.model.accepted(store, till, closed);
    }

    async fn revise(&mut self, which: usize, change: impl Fn(&sales::Settlement) -> sales::Settlement) {
        let Some(id) = self.model.which(which) else { return };
        let known = self.model.settlements[&id].clone();
        self.accept(known.till, change(&known.newest)).await;
    }

    async fn link(&mut self, inherit: bool) {
        if let Ok(started) = start(&self.world.pos, &self.world.tenant, WHO, inherit).await {
            self.model.linked(started.generation);
        }
    }

    async fn unlink(&mut self) {
        if end::end(&self.world.pos, &self.world.tenant, WHO).await.is_ok() {
            self.model.linked = false;
        }
    }

    async fn save(&mut self, store: usize, window: (i64, i64), on: bool) {
        let slashes = |n: i64| web::format::date(date(n));
        let row = self.world.row(store, &format!("{}", 101 + store), &slashes(window.0), &slashes(window.1), on);
        if let Ok(Saved::Done(_)) = save(&self.world.pos, &self.world.tenant, WHO, None, vec![row]).await {
            self.windows[store] = window;
            self.model.on[store] = on;
            self.model.went();
        }
    }

    async fn hold(&mut self, held: bool) {
        if set_held(&self.world.pos, &self.world.tenant, WHO, held).await.is_ok() {
            self.model.held = held;
        }
    }

    async fn discard(&mut self, store: usize, day: Date) {
        let store_id = self.world.stores[store].0;
        if discard(&self.world.pos, &self.world.tenant, WHO, store_id, day).await.is_ok() {
            self.model.discard(store, day);
        }
    }

    async fn past(&mut self, store: usize, day: Date) {
        let store_id = self.world.stores[store].0;
        if request_past(&self.world.pos, &self.world.tenant, WHO, store_id, (day, day)).await.is_ok() {
            self.model.past(store, day);
        }
    }

    async fn resend(&mut self, which: usize) {
        let Some(id) = self.model.which(which) else { return };
        let rows = self.world.rows("SELECT event_id, settlement_id FROM outbox WHERE company_id = $1").await;
        for row in rows.iter().filter(|row| row.text("settlement_id").unwrap() == id.to_string()) {
            let event = row.text("event_id").unwrap().parse().unwrap();
            if resend::one(&self.world.pos, &self.world.tenant, WHO, event).await.expect("asked") {
                self.model.asked_again.insert(id);
            }
        }
    }

    async fn drain(&self) {
        range::drain(&self.world.pos, || {}).await.expect("drained");
        drain::drain(&self.world.pos, || {}).await.expect("drained");
    }

    async fn claim(&mut self) {
        let now = self.world.pos.now();
        for claimed in self.world.claim().await {
            let plain = Frame::unpack(&claimed.frame, EVENT_BYTES_MAX).expect("a frame");
            let event: Event = serde_json::from_slice(&plain).expect("an event");
            self.model.begins(claimed.generation, &event);
            let busy = self.flights.iter().any(|flight| {
                (flight.claimed.generation, flight.claimed.store_id) == (claimed.generation, claimed.store_id)
                    && flight.until > now
            });
            assert!(!busy, "two in flight of one store");
            let until = now + jiff::SignedDuration::from_secs(60);
            self.flights.push(Flight { claimed, event, outcome: None, until });
        }
    }

    async fn post(&mut self, which: usize) {
        let open: Vec<usize> = (0..self.flights.len()).filter(|n| self.flights[*n].outcome.is_none()).collect();
        if open.is_empty() {
            return;
        }
        let flight = &mut self.flights[open[which % open.len()]];
        flight.outcome = Some(post(&self.world.pos, &self.http, &flight.claimed).await);
    }

    async fn record(&mut self, which: usize) {
        let answered: Vec<usize> = (0..self.flights.len()).filter(|n| self.flights[*n].outcome.is_some()).collect();
        if answered.is_empty() {
            return;
        }
        let Flight { claimed, event, outcome, .. } = self.flights.swap_remove(answered[which % answered.len()]);
        let outcome = outcome.expect("answered");
        let next = following(&claimed, &outcome, which.is_multiple_of(2), self.world.pos.now(), 500_000);
        record(&self.world.pos, &claimed, outcome, next, &[]).await.expect("recorded");
        if next == protocol::delivery::Next::Delivered {
            self.model.delivered.insert((event.settlement.id, event.settlement.revision));
        }
    }

    /// Power is cut: what was in the air is never recorded. One process sends, so its claims are free when it is back.
    async fn crash(&mut self) {
        self.flights.clear();
        if self.world.pos.db.engine() == db::Engine::Postgres {
            self.world.pass(61);
        }
        lane::free_all(&self.world.pos).await.expect("freed");
    }

    /// FLARO answers, everything is linked and on, and all goes that can go.
    pub async fn quiet(&mut self) {
        self.world.flaro.book().says.clear();
        self.crash().await;
        self.link(true).await;
        self.hold(false).await;
        for store in 0..STORES {
            self.save(store, (0, 30), true).await;
        }
        for round in 0..200 {
            self.drain().await;
            self.claim().await;
            if self.flights.is_empty() {
                let left = "SELECT 1 AS one FROM outbox WHERE company_id = $1 AND state IN ('waiting', 'attention')";
                if self.world.rows(left).await.is_empty() {
                    return;
                }
                // What was refused for its content goes when a person says so.
                self.again().await;
                self.world.pass(1_000);
            }
            while !self.flights.is_empty() {
                self.post(0).await;
                self.record(0).await;
            }
            assert!(round < 199, "it never comes to rest");
        }
    }

    async fn again(&mut self) {
        let all = range::Range { store: None, from: date(-30), to: date(60) };
        range::request(&self.world.pos, &self.world.tenant, WHO, all).await.expect("asked");
        self.model.asked_again.extend(self.model.settlements.keys());
    }

    pub fn judge(&self) {
        self.model.judge(&self.world.flaro.book().events);
    }
}
