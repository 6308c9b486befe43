//! The upload queue: what is in the journal reaches head office, in order, at least once, for ever. It sends
//! entry by entry while the line is up, so that at 精算 little is left, and catches up by itself when it was
//! down. One uploader serves one till.

use crate::{
    courier::{Courier, HeadOffice, Pulled, skew_ms},
    error::TillError,
    status::{Contact, Memory},
    till::Till,
};
use jiff::Timestamp;
use protocol::upload::{Heard, Pace, greets, wait_ms};
use std::{
    sync::{Arc, Mutex, MutexGuard},
    time::Duration,
};
use tokio::sync::watch;

/// The till's clock, asked only to measure against head office's and to say since when.
pub type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

/// Why the uploader can't be built, or did not catch up.
#[derive(Debug, thiserror::Error)]
pub enum UploadError {
    /// The program installed none.
    #[error("no TLS provider is installed: the program installs one before it builds an uploader")]
    NoCryptoProvider,
    /// The client can't be built.
    #[error("the HTTP client can't be built: {0}")]
    Client(String),
    /// Not an address.
    #[error("\"{0}\" is no address of a head office: {1}")]
    Address(String, String),
    /// Not a token.
    #[error("the register token has characters no token has: copy it again from the console, or issue a new one")]
    Token,
    /// No answer, or one that says later. What is written stays and goes later.
    #[error("head office is not there: {0}; nothing is lost, it goes when it is")]
    Offline(String),
    /// Refused. What is written stays and goes later.
    #[error("head office refuses this till: {0}; nothing is lost, check its token")]
    Refused(String),
    /// The disk.
    #[error(transparent)]
    Till(#[from] TillError),
}

/// What one step came to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing waits.
    Idle,
    /// A receipt was kept.
    Sent,
    /// The chain had split: the journal goes on in a new epoch.
    Rechained,
    /// Again later.
    Failed {
        /// What happened.
        reason: String,
        /// `Retry-After`
        retry_after_s: Option<u32>,
    },
    /// Refused; asked again every so often.
    Refused {
        /// What head office said.
        reason: String,
    },
}

/// The till's line to head office.
pub struct Uploader {
    pub(crate) till: Till,
    courier: Courier,
    pace: Pace,
    clock: Clock,
    memory: Mutex<Memory>,
    /// Rung after every step.
    pub(crate) steps: watch::Sender<u64>,
}

impl Uploader {
    /// The uploader of this till. The program has installed a TLS provider before, for plain http too.
    pub fn new(till: Till, office: &HeadOffice, clock: Clock) -> Result<Self, UploadError> {
        let courier = Courier::new(office, till.register_id())?;
        let (steps, _) = watch::channel(0);
        let memory = Mutex::new(Memory::default());
        Ok(Self { till, courier, pace: office.pace, clock, memory, steps })
    }

    /// Uploads and pulls masters until `shutdown` is done.
    pub async fn run(&self, shutdown: impl Future<Output = ()>) {
        let line = async { tokio::join!(self.upload_forever(), self.pull_forever()) };
        tokio::select! {
            () = shutdown => {}
            // On the heap: it lives as long as the program and is large.
            ((), ()) = Box::pin(line) => {}
        }
    }

    /// Sends all that waits, now; for imports and tests of the line.
    pub async fn catch_up(&self) -> Result<(), UploadError> {
        loop {
            match self.step().await? {
                Step::Idle => return Ok(()),
                Step::Sent | Step::Rechained => {}
                Step::Failed { reason, .. } => return Err(UploadError::Offline(reason)),
                Step::Refused { reason } => return Err(UploadError::Refused(reason)),
            }
        }
    }

    /// Sends one batch, if anything waits, and does what its answer asks for.
    pub async fn step(&self) -> Result<Step, TillError> {
        let since = self.memory().greeted_at.map(|at| (self.clock)().as_millisecond() - at.as_millisecond());
        let greeted = !greets(since, i64::try_from(self.pace.greet_every_ms).unwrap_or(i64::MAX));
        let Some(load) = self.till.next_load(greeted).await? else { return Ok(Step::Idle) };
        let asked_at = (self.clock)();
        let heard = self.courier.send(&load.batch).await;
        let heard_at = (self.clock)();
        if let Heard::Answer(answer) = &heard {
            let skew = skew_ms(asked_at, heard_at, answer.receipt.received_at);
            self.till.note_skew(skew, heard_at);
            self.memory().greeted_at = Some(heard_at);
        }
        let step = self.till.apply(load, heard).await?;
        self.memory().journal.note(Contact::of_step(&step, heard_at));
        self.steps.send_modify(|steps| *steps += 1);
        Ok(step)
    }

    /// Asks for newer masters and takes them. Whether there were any.
    pub async fn pull_masters(&self) -> Result<bool, UploadError> {
        let since = self.till.house().map(|house| house.masters.version);
        let pulled = self.courier.masters(since).await;
        let at = (self.clock)();
        let answer = match pulled {
            Pulled::Same => Ok(false),
            Pulled::New(masters) => {
                self.till.store_masters(*masters).await?;
                Ok(true)
            }
            Pulled::Not(Heard::Refused { status, reason }) => {
                Err(UploadError::Refused(format!("{reason} (HTTP {status})")))
            }
            Pulled::Not(Heard::Failed { reason, .. }) => Err(UploadError::Offline(reason)),
            Pulled::Not(Heard::Answer(_)) => Err(UploadError::Offline("masters were answered by a receipt".into())),
        };
        self.memory().masters.note(Contact::of_pull(&answer, at));
        self.steps.send_modify(|steps| *steps += 1);
        answer
    }

    async fn upload_forever(&self) {
        let mut failures = 0;
        loop {
            let step = self.step().await.unwrap_or_else(|error| {
                tracing::error!(%error, "the journal could not be read for uploading");
                Step::Failed { reason: error.to_string(), retry_after_s: None }
            });
            failures = match step {
                Step::Idle | Step::Sent => 0,
                _ => failures + 1,
            };
            match step {
                Step::Sent => {}
                Step::Idle => self.rest().await,
                // Once at once; should the new epoch split too, with patience.
                Step::Rechained if failures == 1 => {}
                Step::Rechained => self.wait(failures, None).await,
                Step::Failed { retry_after_s, .. } => self.wait(failures, retry_after_s).await,
                Step::Refused { .. } => tokio::time::sleep(Duration::from_millis(self.pace.probe_ms)).await,
            }
        }
    }

    async fn pull_forever(&self) {
        let mut failures = 0;
        loop {
            match self.pull_masters().await {
                Ok(_) => {
                    failures = 0;
                    tokio::time::sleep(Duration::from_millis(self.pace.masters_every_ms)).await;
                }
                Err(error) => {
                    tracing::warn!(%error, "no masters; the till works on those it has");
                    failures += 1;
                    self.wait(failures, None).await;
                }
            }
        }
    }

    /// Until an entry is written. Looks again by itself all the same.
    async fn rest(&self) {
        let longest = Duration::from_millis(self.pace.retry_max_ms);
        tokio::time::timeout(longest, self.till.written.notified()).await.unwrap_or_default();
    }

    async fn wait(&self, failures: u32, retry_after_s: Option<u32>) {
        let draw = u32::try_from((self.till.random)().as_u128() % 1_000_001).unwrap_or(0);
        tokio::time::sleep(Duration::from_millis(wait_ms(&self.pace, failures, retry_after_s, draw))).await;
    }

    pub(crate) fn memory(&self) -> MutexGuard<'_, Memory> {
        self.memory.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }
}
