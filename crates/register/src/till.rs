//! The till as its screen holds it: one handle, cheap to clone. Every operation takes its moment as a
//! parameter and is one transaction: journal entry and sale together, or neither.

use crate::{
    clock::{Metronome, UNHEARD},
    error::TillError,
    journal::Journal,
    journal::to_millisecond,
    masters::House,
    schema,
};
use db::{Db, Tx};
use jiff::Timestamp;
use sales::RegisterId;
use std::sync::{
    Arc, RwLock,
    atomic::{AtomicBool, AtomicI64},
};
use tokio::sync::Notify;
use uuid::Uuid;

/// Where new ids come from.
pub type Random = Arc<dyn Fn() -> Uuid + Send + Sync>;

/// One till of a restaurant on its own disk.
#[derive(Clone)]
pub struct Till {
    pub(crate) db: Db,
    pub(crate) register: RegisterId,
    pub(crate) random: Random,
    pub(crate) house: Arc<RwLock<Option<Arc<House>>>>,
    /// Rung when an entry was written; the uploader waits for it.
    pub(crate) written: Arc<Notify>,
    /// How far head office's clock is ahead, in milliseconds, as it was last heard.
    pub(crate) skew: Arc<AtomicI64>,
    /// The machine's ticks, where the program has them.
    pub(crate) metronome: Option<Metronome>,
    /// Somebody looked at the clock since the program started, and said that it is right.
    pub(crate) vouched: Arc<AtomicBool>,
    pub(crate) roll_over: bool,
}

/// What one operation works with: the moment, the masters of that moment, and where new ids come from.
#[derive(Clone)]
pub(crate) struct Desk {
    pub now: Timestamp,
    pub house: Arc<House>,
    pub random: Random,
    /// Whether a payment after the cut-over closes the session of the day before.
    pub roll_over: bool,
}

impl Till {
    /// Opens the till on its disk, bringing the tables up to date. A new disk becomes `register`'s; the disk
    /// of another till is refused.
    pub async fn open(db: Db, register: RegisterId, random: Random) -> Result<Self, TillError> {
        db.migrate(&schema::migrations()).await?;
        let epoch = random();
        let found = db
            .write(async move |tx: &mut Tx| -> Result<RegisterId, TillError> {
                Journal::claim(tx, register, epoch).await
            })
            .await?;
        if found != register {
            return Err(TillError::OtherTill { found, asked: register });
        }
        let house = db.read(async |tx: &mut Tx| -> Result<_, TillError> { House::load(tx).await }).await?;
        let house = Arc::new(RwLock::new(house.map(Arc::new)));
        Ok(Self {
            db,
            register,
            random,
            house,
            written: Arc::new(Notify::new()),
            skew: Arc::new(AtomicI64::new(UNHEARD)),
            metronome: None,
            vouched: Arc::default(),
            roll_over: true,
        })
    }

    /// The same till, for an import: sessions close only when they are told to, whatever the clock says.
    #[must_use]
    pub fn without_roll_over(self) -> Self {
        Self { roll_over: false, ..self }
    }

    /// Which till this is.
    pub fn register_id(&self) -> RegisterId {
        self.register
    }

    /// The disk.
    pub fn db(&self) -> &Db {
        &self.db
    }

    pub(crate) fn desk(&self, now: Timestamp) -> Result<Desk, TillError> {
        Ok(Desk {
            now: to_millisecond(self.right_time(now)),
            house: self.house().ok_or(TillError::NoMasters)?,
            random: Arc::clone(&self.random),
            roll_over: self.roll_over,
        })
    }
}

impl std::fmt::Debug for Till {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Till")
            .field("register", &self.register)
            .field("roll_over", &self.roll_over)
            .finish_non_exhaustive()
    }
}
