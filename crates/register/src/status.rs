//! What the till's screen says of its line: how much waits and since when, whether head office is there, why it
//! refuses, and how far the clocks are apart.

use crate::{
    error::TillError,
    journal::{Journal, as_int, count, instant},
    receipt,
    till::Till,
    upload::{Step, UploadError, Uploader},
};
use db::{Row, Tx, args};
use jiff::Timestamp;
use protocol::journal::JournalReceipt;
use uuid::Uuid;

/// How the upload stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// The epoch that goes on.
    pub epoch: Uuid,
    /// How many entries head office has given no receipt for.
    pub waiting: u64,
    /// When the oldest of them was written.
    pub waiting_since: Option<Timestamp>,
    /// The last receipt.
    pub receipt: Option<JournalReceipt>,
    /// The line.
    pub line: Line,
    /// How far head office's clock is ahead of the till's, when it was last heard.
    pub clock_skew_ms: Option<i64>,
    /// The masters the till works with.
    pub masters_version: Option<i64>,
}

/// The line to head office.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Line {
    /// Not tried yet.
    #[default]
    Unknown,
    /// It answers.
    Online,
    /// It does not.
    Offline {
        /// Since when.
        since: Timestamp,
        /// What happened last.
        reason: String,
    },
    /// It answers and refuses this till.
    Refused {
        /// Since when.
        since: Timestamp,
        /// What it said last.
        reason: String,
    },
}

/// What the uploader remembers of its line; all else is on the disk.
#[derive(Default)]
pub(crate) struct Memory {
    pub journal: Contact,
    pub masters: Contact,
    /// When head office answered last since the program started.
    pub greeted_at: Option<Timestamp>,
}

/// How one of the two requests last went.
#[derive(Default)]
pub(crate) struct Contact(Line);

impl Contact {
    pub fn of_step(step: &Step, at: Timestamp) -> Line {
        match step {
            Step::Idle | Step::Sent | Step::Rechained => Line::Online,
            Step::Failed { reason, .. } => Line::Offline { since: at, reason: reason.clone() },
            Step::Refused { reason } => Line::Refused { since: at, reason: reason.clone() },
        }
    }

    pub fn of_pull(pulled: &Result<bool, UploadError>, at: Timestamp) -> Line {
        match pulled {
            Ok(_) => Line::Online,
            Err(UploadError::Refused(reason)) => Line::Refused { since: at, reason: reason.clone() },
            Err(error) => Line::Offline { since: at, reason: error.to_string() },
        }
    }

    /// Notes how it went; what goes on being so has been so since it began.
    pub fn note(&mut self, mut now: Line) {
        if let (Line::Offline { since: before, .. }, Line::Offline { since, .. })
        | (Line::Refused { since: before, .. }, Line::Refused { since, .. }) = (&self.0, &mut now)
        {
            *since = *before;
        }
        self.0 = now;
    }
}

impl Memory {
    /// The worse of the two, the journal's first.
    fn line(&self) -> Line {
        let bad = |line: &Line| matches!(line, Line::Offline { .. } | Line::Refused { .. });
        match (&self.journal.0, &self.masters.0) {
            (journal, _) if bad(journal) => journal.clone(),
            (_, masters) if bad(masters) => masters.clone(),
            (Line::Online, _) | (_, Line::Online) => Line::Online,
            _ => Line::Unknown,
        }
    }
}

impl Uploader {
    /// How the upload stands now.
    pub async fn status(&self) -> Result<Status, TillError> {
        let masters_version = self.till.house().map(|house| house.masters.version);
        let mut status = self
            .till
            .db
            .read(async move |tx: &mut Tx| -> Result<Status, TillError> {
                let journal = Journal::look(tx).await?;
                let acknowledged = receipt::acknowledged(tx, &journal).await?;
                let sql = "SELECT at FROM journal_entry WHERE epoch = $1 AND seq = $2";
                let oldest = tx.fetch_optional(sql, args![journal.epoch.to_string(), as_int(acknowledged + 1)]).await?;
                Ok(Status {
                    epoch: journal.epoch,
                    waiting: journal.chain.contiguous_seq.saturating_sub(acknowledged),
                    waiting_since: oldest.map(|row| instant(&row, "at")).transpose()?,
                    receipt: receipt::newest(tx).await?,
                    line: Line::Unknown,
                    clock_skew_ms: None,
                    masters_version,
                })
            })
            .await?;
        // After the disk: whoever sees a receipt there sees what was learned with it too.
        let memory = self.memory();
        status.line = memory.line();
        status.clock_skew_ms = self.till.skew_ms();
        Ok(status)
    }

    /// Waits until the upload stands so: looks now and after every step.
    pub async fn until(&self, reached: impl Fn(&Status) -> bool) -> Result<Status, TillError> {
        let mut steps = self.steps.subscribe();
        loop {
            let status = self.status().await?;
            if reached(&status) || steps.changed().await.is_err() {
                return Ok(status);
            }
        }
    }
}

const EPOCHS: &str = "SELECT e.ordinal, CAST(MIN(j.at) AS BIGINT) AS began FROM epoch e
    LEFT JOIN journal_entry j ON j.epoch = e.epoch GROUP BY e.ordinal ORDER BY e.ordinal DESC";

impl Till {
    /// The lives of the journal, newest first, each with the moment of its first entry.
    pub async fn epochs(&self) -> Result<Vec<(u64, Option<Timestamp>)>, TillError> {
        let read = |row: &Row| -> Result<_, TillError> {
            let began = row.opt_int("began")?.map(|_| instant(row, "began")).transpose()?;
            Ok((count(row, "ordinal")?, began))
        };
        self.db
            .read(async move |tx: &mut Tx| -> Result<_, TillError> {
                tx.fetch_all(EPOCHS, args![]).await?.iter().map(read).collect()
            })
            .await
    }
}
