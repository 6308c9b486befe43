//! Head office of the POS: intake of what the tills sold, masters, the FLARO linkage, outbox and delivery.
//!
//! What was accepted here is durable with its outbox row in one transaction; it reaches FLARO at least once,
//! oldest business date first per store, and never expires. This room never sees register or flaro.
//!
//! The shell makes one [`Pos`], gives its [`server::router`] to the network and keeps the delivery running.

pub mod accounts;
pub mod admission;
pub mod arrivals;
pub mod assemble;
pub mod attention;
pub mod audit;
pub mod calendar;
pub mod categories;
pub mod checks;
pub mod coded;
pub mod codes;
pub mod console;
pub mod delivery;
pub mod document_intake;
pub mod edits;
pub mod imports;
pub mod intake;
pub mod journal_intake;
pub mod linkage;
pub mod masters;
pub mod masters_api;
pub mod meters;
pub mod metrics;
pub mod neighbours;
#[cfg(test)]
mod openapi;
pub mod outbox;
pub mod partner_client;
pub mod people;
pub mod products;
pub mod progress_api;
pub mod provision;
pub mod queue;
pub mod reconcile;
pub mod schema;
pub mod sender;
pub mod server;
pub mod settlements;
pub mod staff;
pub mod store_link;
pub mod store_settings;
pub mod stored;
pub mod stores;
pub mod tax_rates;
pub mod tenant;
pub mod tokens;

use std::sync::Arc;

use db::Db;
use jiff::Timestamp;
use tokio::sync::Notify;
use uuid::Uuid;

pub use tenant::Tenant;

/// The time, as a parameter: nothing in this crate asks the machine for it.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// New ids, as a parameter: version 7 in production, so that rows lie in the order they came.
pub type Random = Arc<dyn Fn() -> Uuid + Send + Sync>;

/// Unguessable bytes, as a parameter: for secrets.
pub type RandomBytes = Arc<dyn Fn() -> [u8; 32] + Send + Sync>;

/// Everything the head office works with. Made once by the shell and shared behind an [`Arc`].
#[derive(Clone)]
pub struct Pos {
    /// Its own database, migrated by [`schema::migrations`].
    pub db: Db,
    /// What time it is.
    pub clock: Clock,
    /// Where ids come from.
    pub random: Random,
    /// Where secrets come from.
    pub random_bytes: RandomBytes,
    /// How it is set up.
    pub settings: Settings,
    /// Rung when something new waits to be delivered.
    pub wake: Arc<Notify>,
    /// Of which stores something was just taken in.
    pub arrivals: Arc<arrivals::Arrivals>,
    /// Whether tills of several companies come.
    pub neighbours: Arc<neighbours::Neighbours>,
    /// The keys that stored secrets are sealed with.
    pub keys: db::Keys,
    /// What happened since the process began, for whoever watches it.
    pub meters: Arc<meters::Meters>,
}

/// How the head office is set up.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where browsers and tills reach it, without a slash at the end.
    pub public_url: String,
    /// FLARO's partner API: the address before `/partner/v1`.
    pub partner_url: String,
    /// The credential for FLARO's partner API.
    pub partner_credential: String,
    /// Whether deliveries may go to private and loopback addresses. The demo sets it.
    pub allow_private_networks: bool,
    /// Browsers come by https: cookies are `Secure`.
    pub secure_cookies: bool,
    /// A proxy in front says where requests come from.
    pub behind_proxy: bool,
    /// Whom people may ask.
    pub support: Support,
}

/// Whom people may ask, as the help page shows it; what is empty is left out.
#[derive(Clone, Debug, Default)]
pub struct Support {
    /// The POS's telephone number.
    pub pos_phone: String,
    /// When it is answered.
    pub pos_hours: String,
    /// The POS's support site.
    pub pos_url: String,
    /// FLARO's form for its users.
    pub flaro_url: String,
}

impl Support {
    /// Nobody is named.
    pub fn is_empty(&self) -> bool {
        [&self.pos_phone, &self.pos_url, &self.flaro_url].iter().all(|contact| contact.is_empty())
    }
}

impl Settings {
    /// A head office that is reached by plain HTTP with nothing in front of it, and delivers to public addresses only.
    pub fn new(
        public_url: impl Into<String>,
        partner_url: impl Into<String>,
        partner_credential: impl Into<String>,
    ) -> Self {
        Self {
            public_url: public_url.into(),
            partner_url: partner_url.into(),
            partner_credential: partner_credential.into(),
            allow_private_networks: false,
            secure_cookies: false,
            behind_proxy: false,
            support: Support::default(),
        }
    }
}

impl Pos {
    /// The head office over this database, which [`schema::migrations`] has migrated; it seals with no keys until it is
    /// given some.
    pub fn new(db: Db, settings: Settings, clock: Clock, random: Random, random_bytes: RandomBytes) -> Self {
        let (wake, arrivals, neighbours, meters) = (Arc::default(), Arc::default(), Arc::default(), Arc::default());
        let keys = db::Keys::default();
        Self { db, clock, random, random_bytes, settings, wake, arrivals, neighbours, keys, meters }
    }

    /// The time now.
    pub fn now(&self) -> Timestamp {
        (self.clock)()
    }

    /// A new id.
    pub fn new_id(&self) -> Uuid {
        (self.random)()
    }
}

/// Why the head office didn't do as asked.
#[derive(Debug, thiserror::Error)]
pub enum PosError {
    /// The database.
    #[error(transparent)]
    Db(#[from] db::DbError),
    /// A figure left the range of 64 bits.
    #[error(transparent)]
    Overflow(#[from] sales::Overflow),
    /// A stored value is not what its column holds: the row was written by something else.
    #[error("stored {what} is not readable: {why}")]
    Stored {
        /// Which column or document.
        what: String,
        /// What the parser says.
        why: String,
    },
    /// Compressing or opening stored bytes failed.
    #[error(transparent)]
    Frame(#[from] protocol::event::FrameError),
    /// A rule was broken that a person can do something about; the text is Japanese and says what.
    #[error("{0}")]
    Rule(String),
    /// There is no such thing in this company.
    #[error("there is no {0} here")]
    NotFound(&'static str),
}
