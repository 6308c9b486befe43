//! What can go wrong, in words: each error names the thing and the way out.
//!
//! Arguments never appear in an error, only the text of the statement: what is stored may be private, what we wrote is
//! not.

use std::path::PathBuf;
use std::time::Duration;

/// Why the database didn't do as asked. Unless a variant says otherwise, nothing of the unit was stored.
#[derive(Debug, Clone, thiserror::Error)]
#[non_exhaustive]
pub enum DbError {
    /// The address of the database isn't one.
    #[error("the database address `{url}` is not usable: {rule}")]
    Url {
        /// The address, without a password.
        url: String,
        /// What an address must look like.
        rule: &'static str,
    },
    /// Another process has this SQLite database open.
    #[error("{} is held by another process that uses this database; stop it first", path.display())]
    Held {
        /// The lock file.
        path: PathBuf,
    },
    /// The database can't be reached or opened at present.
    #[error("the database is not available: {detail}")]
    Unavailable {
        /// What the engine or the system said.
        detail: String,
    },
    /// The disk under the database is full: nothing can be stored until there is room.
    #[error("the disk of the database is full: {detail}")]
    DiskFull {
        /// What the engine or the system said.
        detail: String,
    },
    /// The database can be read but not written: a read-only file system, or a standby server.
    #[error("the database is read-only: {detail}")]
    ReadOnly {
        /// What the engine or the system said.
        detail: String,
    },
    /// The database file is damaged or isn't a database.
    #[error("the database is damaged: {detail}")]
    Damaged {
        /// What the engine said.
        detail: String,
    },
    /// A rule of the schema was broken.
    #[error("{constraint} violated: {detail} (in `{sql}`)")]
    Constraint {
        /// Which sort of rule.
        constraint: Constraint,
        /// What the engine said; it names the table or the index.
        detail: String,
        /// The statement.
        sql: String,
    },
    /// Two units stood in each other's way and the engine gave this one up. Running it again is right.
    #[error("another transaction stood in the way: {detail} (in `{sql}`)")]
    Conflict {
        /// What the engine said.
        detail: String,
        /// The statement.
        sql: String,
    },
    /// The engine refused a statement.
    #[error("the statement failed: {detail} (in `{sql}`)")]
    Statement {
        /// What the engine said.
        detail: String,
        /// The statement.
        sql: String,
    },
    /// The arguments don't fit the statement.
    #[error("the arguments don't fit: {rule} (in `{sql}`)")]
    Arguments {
        /// What was expected and what was given.
        rule: String,
        /// The statement.
        sql: String,
    },
    /// A write inside [`Db::read`](crate::Db::read).
    #[error("a read unit tried to write (in `{sql}`); use `write`")]
    WriteInRead {
        /// The statement.
        sql: String,
    },
    /// `fetch_one` found nothing.
    #[error("no row, where there must be one (in `{sql}`)")]
    NoRow {
        /// The statement.
        sql: String,
    },
    /// A row has no such column.
    #[error("the row has no column `{column}`; it has {columns}")]
    NoColumn {
        /// The column that was asked for.
        column: String,
        /// The columns there are.
        columns: String,
    },
    /// A column holds something else than was asked for.
    #[error("column `{column}` must be {rule}, found {found}")]
    Column {
        /// The column.
        column: String,
        /// What it must be.
        rule: &'static str,
        /// What it is.
        found: String,
    },
    /// A stored secret can't be opened with the keys of this process.
    #[error("{what} can't be opened: {why}")]
    Sealed {
        /// Table, column and row.
        what: String,
        /// What is wrong, and the way out.
        why: String,
    },
    /// An earlier statement of the unit failed, so nothing more runs in it and it can't commit.
    #[error("the unit can't go on after a failed statement: {cause}")]
    Poisoned {
        /// The first failure.
        #[source]
        cause: Box<DbError>,
    },
    /// A statement was abandoned before it answered (its future was dropped inside the unit).
    #[error("the statement was abandoned before it answered (in `{sql}`)")]
    Abandoned {
        /// The statement.
        sql: String,
    },
    /// The unit panicked and was rolled back.
    #[error("the unit panicked: {message}")]
    Panicked {
        /// The panic's message.
        message: String,
    },
    /// The unit took too long and was rolled back.
    #[error("the unit was not done after {} s and was rolled back", limit.as_secs())]
    TookTooLong {
        /// The time a unit may take.
        limit: Duration,
    },
    /// The unit itself was fine, but the shared transaction that carried it was lost. Running it again is right.
    #[error("the batch that carried this unit was lost, nothing of it was stored: {cause}")]
    BatchLost {
        /// What brought the batch down.
        #[source]
        cause: Box<DbError>,
    },
    /// The commit was sent and its outcome isn't known: the unit may or may not be stored.
    #[error("it is not known whether the unit was stored: {cause}")]
    CommitUnknown {
        /// What happened to the commit.
        #[source]
        cause: Box<DbError>,
    },
    /// The database was closed.
    #[error("the database was closed")]
    Closed,
    /// The schema was written by a newer program than this one.
    #[error("the schema of `{place}` is at version {found}, this program knows {known}: run the newer program")]
    SchemaNewer {
        /// Whose schema.
        place: String,
        /// The version that is there.
        found: i64,
        /// The newest version this program knows (0: none).
        known: i64,
    },
    /// The schema lacks steps that this program knows.
    #[error("the schema of `{place}` is at version {found}, this program needs {known}: migrate it")]
    SchemaOlder {
        /// Whose schema.
        place: String,
        /// The version that is there (0: none).
        found: i64,
        /// The newest version this program knows.
        known: i64,
    },
    /// A migration that was applied reads differently today.
    #[error("migration {version} `{name}` of `{place}` was applied with another text; restore it and add a new one")]
    MigrationChanged {
        /// Whose schema.
        place: String,
        /// The migration.
        version: i64,
        /// Its name today.
        name: String,
    },
    /// The list of migrations itself is wrong.
    #[error("migration {version} of `{place}` is out of order: {rule}")]
    MigrationOrder {
        /// Whose schema.
        place: String,
        /// The migration.
        version: i64,
        /// The rule it breaks.
        rule: &'static str,
    },
    /// A migration failed; the schema is as before.
    #[error("migration {version} `{name}` of `{place}` failed: {cause}")]
    MigrationFailed {
        /// Whose schema.
        place: String,
        /// The migration.
        version: i64,
        /// Its name.
        name: String,
        /// What the engine said.
        #[source]
        cause: Box<DbError>,
    },
}

/// The sorts of rule that a schema keeps.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Constraint {
    /// A unique index or primary key.
    Unique,
    /// A reference to a row that isn't there, or is still referred to.
    ForeignKey,
    /// A column that can't be NULL.
    NotNull,
    /// A CHECK.
    Check,
    /// Anything else the engine calls a constraint.
    Other,
}

impl std::fmt::Display for Constraint {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Constraint::Unique => "uniqueness",
            Constraint::ForeignKey => "a reference",
            Constraint::NotNull => "NOT NULL",
            Constraint::Check => "a check",
            Constraint::Other => "a constraint",
        })
    }
}

impl DbError {
    /// The store as such is in trouble (unreachable, full, read-only, damaged, closed, overrun): no fault of the
    /// request, worth a 503 and another try later.
    pub fn is_unavailable(&self) -> bool {
        match self {
            DbError::Unavailable { .. }
            | DbError::DiskFull { .. }
            | DbError::ReadOnly { .. }
            | DbError::Damaged { .. }
            | DbError::Held { .. }
            | DbError::TookTooLong { .. }
            | DbError::BatchLost { .. }
            | DbError::CommitUnknown { .. }
            | DbError::Conflict { .. }
            | DbError::Closed => true,
            DbError::Poisoned { cause } | DbError::MigrationFailed { cause, .. } => cause.is_unavailable(),
            _ => false,
        }
    }

    /// The same unit may well succeed when it is run again at once, and nothing of it was stored.
    pub fn is_retryable(&self) -> bool {
        match self {
            DbError::BatchLost { .. } | DbError::Conflict { .. } => true,
            DbError::Poisoned { cause } => cause.is_retryable(),
            _ => false,
        }
    }
}
