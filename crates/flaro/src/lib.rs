//! The back office: business-day data of all stores of a chain in one place.
//!
//! What a signed webhook brought is durable, with its day's totals, before it is acknowledged; receiving anything
//! twice, late or out of order changes no total; nothing signed is refused for its content, it marks the day instead.
//! This room never sees register or pos: it knows them by the contract in `protocol` alone.
//!
//! ```no_run
//! # async fn story(db: db::Db, clock: flaro::Clock, random: flaro::Random, bytes: flaro::RandomBytes)
//! # -> Result<(), Box<dyn std::error::Error>> {
//! let settings = flaro::Settings::new("http://127.0.0.1:8082".parse()?, vec![]);
//! let flaro = flaro::Flaro::open(db, clock, random, bytes, settings).await?;
//! let app = flaro::server::router(flaro.clone());
//! tokio::spawn(flaro::run(flaro, std::future::pending()));
//! let listener = tokio::net::TcpListener::bind("127.0.0.1:8082").await?;
//! axum::serve(listener, app).await?;
//! # Ok(()) }
//! ```

mod api;
mod api_tokens;
mod audit;
mod background;
mod bi;
mod budgets;
mod bulk;
mod categories;
mod console;
mod control_totals;
mod costs;
mod days;
mod error;
mod groups;
mod imports;
mod inbox;
mod inquiries;
mod mapping;
pub mod metrics;
mod months;
mod partner;
mod people;
pub mod provision;
mod reports;
mod rights;
mod rollup;
mod schema;
pub mod server;
mod settings;
mod storable;
mod stores;
mod tenant;
#[cfg(test)]
mod tests;
mod webhook;

use db::Db;
use std::sync::{
    Arc, Mutex,
    atomic::{AtomicUsize, Ordering},
};
use tokio::sync::Notify;
use uuid::Uuid;
use web::metrics::Tally;

pub use background::run;
pub use error::FlaroError;
pub use partner::vault::reseal;
pub use schema::migrations;
pub use settings::{MailSecurity, PartnerCredential, Settings, Smtp};
pub use tenant::{Company, Role};

/// The time, as a parameter.
pub type Clock = web::Clock;
/// A fresh random id.
pub type Random = Arc<dyn Fn() -> Uuid + Send + Sync>;
/// Fresh random bytes, fit for secrets.
pub type RandomBytes = Arc<dyn Fn() -> [u8; 32] + Send + Sync>;

/// The back office: its database, its settings, and where time and randomness come from.
pub struct Flaro {
    pub(crate) db: Db,
    pub(crate) clock: Clock,
    pub(crate) random: Random,
    pub(crate) random_bytes: RandomBytes,
    pub(crate) settings: Settings,
    /// Rung when a day was marked dirty, so that its rollups follow at once.
    pub(crate) dirty: Notify,
    /// Rung when an inquiry waits to be mailed.
    pub(crate) asked: Notify,
    /// Events that came, by the status they were answered with.
    pub(crate) answered: Tally,
    /// Events that are being taken in just now.
    receiving: AtomicUsize,
    /// Guesses at a present password, before a new one.
    pub(crate) guesses: Mutex<web::throttle::Throttle>,
}

/// An event that is being taken in, until this is dropped.
pub(crate) struct Receiving<'f>(&'f AtomicUsize);

impl Drop for Receiving<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Flaro {
    /// Brings the database's schema up to date and takes it over. Secrets that the present key did not seal are sealed.
    pub async fn open(
        db: Db,
        clock: Clock,
        random: Random,
        random_bytes: RandomBytes,
        settings: Settings,
    ) -> Result<Arc<Self>, FlaroError> {
        db.migrate(&migrations()).await?;
        let (dirty, asked, guesses) = (Notify::new(), Notify::new(), Mutex::default());
        let (answered, receiving) = (Tally::default(), AtomicUsize::new(0));
        let flaro = Self { db, clock, random, random_bytes, settings, dirty, asked, answered, receiving, guesses };
        reseal(&flaro).await?;
        Ok(Arc::new(flaro))
    }

    /// This place was restored from a backup: nobody stays signed in. What it lacks comes from the POS, which compares
    /// its days with it every hour. The database is let go of.
    pub async fn restored(&self) -> Result<(), FlaroError> {
        web::session::end_everyones(&self.db).await?;
        self.db.clone().close().await;
        Ok(())
    }

    /// Notes that an event is being taken in.
    pub(crate) fn receive(&self) -> Receiving<'_> {
        self.receiving.fetch_add(1, Ordering::Relaxed);
        Receiving(&self.receiving)
    }

    /// Whether anybody waits for an event's receipt.
    pub(crate) fn is_receiving(&self) -> bool {
        self.receiving.load(Ordering::Relaxed) > 0
    }

    pub(crate) fn now(&self) -> jiff::Timestamp {
        (self.clock)()
    }
}

impl std::fmt::Debug for Flaro {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Flaro").field("settings", &self.settings).finish_non_exhaustive()
    }
}
