//! The transaction that the units of a batch share, and where it stands between two of them.
//!
//! The first unit needs no savepoint: when it fails the whole transaction, which holds nothing else, goes. Later ones
//! run behind one.

use crate::{DbError, Tx, translate};

/// Where the batch's transaction stands between two units.
#[derive(Clone, Copy)]
pub(crate) enum Stage {
    /// No transaction.
    Outside,
    /// In a transaction with nothing in it yet.
    Begun,
    /// The first unit was kept; there is no savepoint yet.
    First,
    /// Behind a savepoint with nothing in it yet.
    Marked,
    /// A unit behind the savepoint was kept.
    Beyond,
}

impl Stage {
    /// Makes the next unit's failure its own alone.
    pub(crate) fn before_unit(&mut self, tx: &mut Tx) -> Result<(), DbError> {
        let (text, stage) = match self {
            Stage::Outside => ("BEGIN IMMEDIATE", Stage::Begun),
            Stage::First => ("SAVEPOINT unit", Stage::Marked),
            Stage::Beyond => ("RELEASE unit; SAVEPOINT unit", Stage::Marked),
            Stage::Begun | Stage::Marked => return Ok(()),
        };
        control(tx, text)?;
        *self = stage;
        Ok(())
    }

    /// After a unit that counts.
    pub(crate) fn kept(self) -> Self {
        match self {
            Stage::Outside | Stage::Begun => Stage::First,
            Stage::First | Stage::Marked | Stage::Beyond => Stage::Beyond,
        }
    }

    /// Takes back the unit that just failed. `Err` where there is nothing left to go back to.
    pub(crate) fn undo(self, tx: &mut Tx) -> Result<Self, DbError> {
        match self {
            Stage::Outside | Stage::Begun | Stage::First => control(tx, "ROLLBACK").map(|()| Stage::Outside),
            Stage::Marked | Stage::Beyond => control(tx, "ROLLBACK TO unit").map(|()| Stage::Marked),
        }
    }

    /// Makes all that was kept durable, if anything was.
    pub(crate) fn commit(self, tx: &mut Tx) -> Result<(), DbError> {
        match self {
            Stage::Outside => Ok(()),
            _ => match tx.control("COMMIT").map_err(translate::commit) {
                Err(unknown @ DbError::CommitUnknown { .. }) => Err(unknown),
                other => other.map_err(lost),
            },
        }
    }
}

fn control(tx: &mut Tx, text: &'static str) -> Result<(), DbError> {
    tx.control(text).map_err(|error| translate::statement(error, text))
}

/// What the units of a lost batch hear. A disk that is full or read-only is as true for them as for whoever met it
/// first, and they may have to tell a person at once.
pub(crate) fn lost(cause: DbError) -> DbError {
    match cause {
        DbError::DiskFull { .. } | DbError::ReadOnly { .. } => cause,
        other => DbError::BatchLost { cause: Box::new(other) },
    }
}
