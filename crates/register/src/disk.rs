//! The disk under the till: how much room it has, and whether it still keeps what it is given. Looked at before a
//! sale needs it, so that a shop hears of a full disk in the afternoon and not with a guest at the counter.

use crate::{error::TillError, till::Till};
use db::{Db, Tx, args};
use jiff::Timestamp;
use std::path::Path;

/// How the disk stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DiskState {
    /// Not looked at yet.
    Unknown,
    /// It keeps what it is given and has room.
    Good {
        /// Bytes.
        free: Option<u64>,
    },
    /// It keeps what it is given; room runs out.
    Low {
        /// Bytes.
        free: u64,
    },
    /// It didn't keep the last thing it was given.
    Failing {
        /// What it said.
        reason: String,
        /// Bytes.
        free: Option<u64>,
    },
}

/// What was found, as a state.
pub fn judge(written: Result<(), String>, free: Option<u64>, low_below: u64) -> DiskState {
    match (written, free) {
        (Err(reason), free) => DiskState::Failing { reason, free },
        (Ok(()), Some(free)) if free < low_below => DiskState::Low { free },
        (Ok(()), free) => DiskState::Good { free },
    }
}

/// The free bytes of the disk this path is on; none where the system doesn't tell.
pub fn free_bytes(path: &Path) -> Option<u64> {
    let told = rustix::fs::statvfs(path).ok()?;
    told.f_bavail.checked_mul(told.f_frsize)
}

impl Till {
    /// Writes a word and waits until it is durable: the same way a sale goes.
    pub async fn probe(&self, now: Timestamp) -> Result<(), TillError> {
        write_probe(&self.db, now).await
    }
}

async fn write_probe(db: &Db, now: Timestamp) -> Result<(), TillError> {
    db.write(async move |tx: &mut Tx| -> Result<(), TillError> {
        let sql = "INSERT INTO probe (one, at) VALUES (1, $1) ON CONFLICT (one) DO UPDATE SET at = excluded.at";
        tx.execute(sql, args![now.as_millisecond()]).await?;
        Ok(())
    })
    .await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_disk_that_fails_is_worse_than_one_that_fills() {
        assert_eq!(judge(Ok(()), Some(10), 5), DiskState::Good { free: Some(10) });
        assert_eq!(judge(Ok(()), None, 5), DiskState::Good { free: None });
        assert_eq!(judge(Ok(()), Some(4), 5), DiskState::Low { free: 4 });
        let failing = DiskState::Failing { reason: "read-only".to_owned(), free: Some(4) };
        assert_eq!(judge(Err("read-only".to_owned()), Some(4), 5), failing);
    }

    #[test]
    fn the_disk_of_a_folder_that_is_there_tells_its_room() {
        assert!(free_bytes(&std::env::temp_dir()).is_some_and(|free| free > 0));
        assert_eq!(free_bytes(Path::new("/nowhere/at/all")), None);
    }
}
