//! The other company at its usual pace: four tills send a check now and then, a fifth closes a day and looks until the
//! back office has it. Everything is timed; nothing is held against the clock.

use crate::{
    chain::Chain,
    house::{House, TillOf},
    line::{Line, Tries},
    machines::Machines,
};
use jiff::civil::Date;
use protocol::progress::RegisterProgress;
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicBool, Ordering},
    },
    time::{Duration, Instant},
};
use tokio::task::JoinSet;

/// Between two checks of a till.
const PACE: Duration = Duration::from_millis(250);
/// Between two looks whether a day has arrived.
const LOOK: Duration = Duration::from_millis(50);

/// Times in milliseconds.
#[derive(Clone, Debug, Default)]
pub struct Times {
    /// A check, from the till's request to its receipt.
    pub checks: Vec<f64>,
    /// A day, from 精算 until it is delivered.
    pub days: Vec<f64>,
}

/// What it came to.
#[derive(Debug, Default)]
struct Book {
    alone: Times,
    meanwhile: Times,
    tries: Tries,
    settlements: usize,
    yen: i64,
}

/// The company, at work.
pub struct Usual {
    book: Arc<Mutex<Book>>,
    /// The others have come.
    crowded: Arc<AtomicBool>,
    over: Arc<AtomicBool>,
    tills: JoinSet<()>,
    machines: Machines,
}

/// The company's day, over.
pub struct Done(Book);

impl Usual {
    /// Opens its shops.
    pub fn begin(house: &House) -> Self {
        let (tills, machines) = (JoinSet::new(), Machines::of_the_timed());
        let mut usual = Self { book: Arc::default(), crowded: Arc::default(), over: Arc::default(), tills, machines };
        for (nth, till) in house.other.iter().enumerate() {
            let shop = Shop {
                till: till.clone(),
                line: Line::new(&house.pos_at, till.nth.into()),
                chain: Chain::new(till.nth),
                today: house.today,
                book: Arc::clone(&usual.book),
                crowded: Arc::clone(&usual.crowded),
                over: Arc::clone(&usual.over),
            };
            if nth == 0 {
                usual.tills.spawn_on(shop.closes_days(), usual.machines.handle());
            } else {
                usual.tills.spawn_on(shop.sells(), usual.machines.handle());
            }
        }
        usual
    }

    /// From here on the others are there.
    pub fn turn_the_page(&self) {
        self.crowded.store(true, Ordering::SeqCst);
    }

    /// Closes its shops.
    pub async fn end(mut self) -> Done {
        self.over.store(true, Ordering::SeqCst);
        while let Some(shop) = self.tills.join_next().await {
            shop.expect("a shop");
        }
        Done(std::mem::take(&mut self.book.lock().expect("nobody panics with it")))
    }
}

impl Done {
    /// Before the others came.
    pub fn alone(&self) -> &Times {
        &self.0.alone
    }

    /// While they were there.
    pub fn meanwhile(&self) -> &Times {
        &self.0.meanwhile
    }

    /// How often one of its tills was turned away, or had no answer.
    pub fn turned_away(&self) -> u32 {
        self.0.tries.turned_away + self.0.tries.failed
    }

    /// What was sold while the others were there.
    pub fn counted(&self) -> usize {
        self.0.meanwhile.checks.len()
    }

    /// Its settlements and what guests paid.
    pub fn sums(&self) -> (usize, i64) {
        (self.0.settlements, self.0.yen)
    }
}

struct Shop {
    till: TillOf,
    line: Line,
    chain: Chain,
    today: Date,
    book: Arc<Mutex<Book>>,
    crowded: Arc<AtomicBool>,
    over: Arc<AtomicBool>,
}

impl Shop {
    async fn sells(mut self) {
        self.chain.open(self.today);
        while !self.over.load(Ordering::SeqCst) {
            self.chain.sell();
            let took = self.send().await;
            self.note(|times| times.checks.push(took));
            tokio::time::sleep(PACE).await;
        }
        let yen = self.chain.settle();
        self.send().await;
        self.closed(yen);
    }

    async fn closes_days(mut self) {
        let mut closed = 0;
        while !self.over.load(Ordering::SeqCst) {
            self.chain.open(self.today);
            self.chain.sell();
            let yen = self.chain.settle();
            let begun = Instant::now();
            self.send().await;
            closed += 1;
            self.closed(yen);
            while self.delivered().await < closed {
                tokio::time::sleep(LOOK).await;
            }
            let took = begun.elapsed().as_secs_f64() * 1_000.0;
            self.note(|times| times.days.push(took));
            tokio::time::sleep(PACE).await;
        }
    }

    /// Sends what was written. Milliseconds.
    async fn send(&mut self) -> f64 {
        let (batch, begun) = (self.chain.batch(), Instant::now());
        let (_, tries) = self.line.bring(&self.till.journal(), &self.till.token, &batch).await;
        let mut book = self.book.lock().expect("nobody panics with it");
        book.tries.turned_away += tries.turned_away;
        book.tries.failed += tries.failed;
        begun.elapsed().as_secs_f64() * 1_000.0
    }

    async fn delivered(&mut self) -> i64 {
        let path = format!("/api/v1/registers/{}/progress", self.till.register);
        match self.line.ask("GET", &path, &self.till.token, "").await {
            Ok(answer) if answer.status == 200 => {
                serde_json::from_slice::<RegisterProgress>(&answer.body).expect("progress").delivered
            }
            _ => 0,
        }
    }

    fn note(&self, note: impl FnOnce(&mut Times)) {
        let mut book = self.book.lock().expect("nobody panics with it");
        note(if self.crowded.load(Ordering::SeqCst) { &mut book.meanwhile } else { &mut book.alone });
    }

    fn closed(&self, yen: i64) {
        let mut book = self.book.lock().expect("nobody panics with it");
        book.settlements += 1;
        book.yen += yen;
    }
}
