//! What the engines say, put into our words. Nothing beyond this file knows an engine's error code.

use std::borrow::Cow;
use std::io;

use sqlx::error::{DatabaseError, ErrorKind};
use sqlx::postgres::PgDatabaseError;

use crate::unit::UNIT_TIME_MAX;
use crate::{Constraint, DbError};

/// How much of a statement an error shows.
const SQL_CHARS_MAX: usize = 300;

/// What either engine's driver says.
#[derive(Debug, thiserror::Error)]
pub(crate) enum EngineError {
    #[error(transparent)]
    Sqlite(#[from] rusqlite::Error),
    #[error(transparent)]
    Postgres(#[from] sqlx::Error),
    /// A reader's thread ended under its unit.
    #[error("a reader of the file is gone")]
    Gone,
}

/// Translates an error of `sql`.
pub(crate) fn statement(error: impl Into<EngineError>, sql: &str) -> DbError {
    match error.into() {
        EngineError::Sqlite(error) => said_by_sqlite(&error, sql),
        EngineError::Postgres(sqlx::Error::Database(said)) => said_by_server(&*said, sql),
        EngineError::Postgres(sqlx::Error::Io(error)) => io_error(&error, "connection"),
        EngineError::Postgres(sqlx::Error::PoolClosed) => DbError::Closed,
        EngineError::Postgres(
            error @ (sqlx::Error::PoolTimedOut
            | sqlx::Error::WorkerCrashed
            | sqlx::Error::Tls(_)
            | sqlx::Error::BeginFailed),
        ) => DbError::Unavailable { detail: error.to_string() },
        EngineError::Postgres(other) => DbError::Statement { detail: other.to_string(), sql: shown(sql) },
        EngineError::Gone => DbError::Unavailable { detail: EngineError::Gone.to_string() },
    }
}

/// Translates an error of opening or reaching the database.
pub(crate) fn opening(error: impl Into<EngineError>) -> DbError {
    match statement(error, "connect") {
        DbError::Statement { detail, .. } => DbError::Unavailable { detail },
        known => known,
    }
}

/// Translates an error of COMMIT. Only where the engine itself refused is it certain that nothing was stored.
pub(crate) fn commit(error: impl Into<EngineError>) -> DbError {
    let error = error.into();
    let certain = match &error {
        EngineError::Sqlite(error) => {
            matches!(primary(error), Some(sqlite_code::FULL | sqlite_code::READONLY | sqlite_code::BUSY))
        }
        EngineError::Postgres(error) => matches!(error, sqlx::Error::Database(_)),
        EngineError::Gone => false,
    };
    let cause = statement(error, "COMMIT");
    if certain { cause } else { DbError::CommitUnknown { cause: Box::new(cause) } }
}

/// Translates an error of the file system about `what`.
pub(crate) fn io_error(error: &io::Error, what: &str) -> DbError {
    let detail = format!("{what}: {error}");
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => DbError::DiskFull { detail },
        io::ErrorKind::ReadOnlyFilesystem => DbError::ReadOnly { detail },
        _ => DbError::Unavailable { detail },
    }
}

/// A statement as an error shows it: on one line, and not endless.
pub(crate) fn shown(sql: &str) -> String {
    let line = sql.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(SQL_CHARS_MAX) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

/// A rule of the schema that a server says was broken.
fn said_by_server(said: &dyn DatabaseError, sql: &str) -> DbError {
    let constraint = match said.kind() {
        ErrorKind::UniqueViolation => Some(Constraint::Unique),
        ErrorKind::ForeignKeyViolation => Some(Constraint::ForeignKey),
        ErrorKind::NotNullViolation => Some(Constraint::NotNull),
        ErrorKind::CheckViolation => Some(Constraint::Check),
        _ => None,
    };
    match constraint {
        Some(constraint) => DbError::Constraint { constraint, detail: said.message().to_owned(), sql: shown(sql) },
        None => said_by_postgres(said, sql),
    }
}

/// SQLite's primary result codes; the extended ones carry them in their low byte.
mod sqlite_code {
    pub const BUSY: i32 = 5;
    pub const LOCKED: i32 = 6;
    pub const READONLY: i32 = 8;
    pub const IOERR: i32 = 10;
    pub const CORRUPT: i32 = 11;
    pub const FULL: i32 = 13;
    pub const CANTOPEN: i32 = 14;
    pub const CONSTRAINT: i32 = 19;
    pub const NOTADB: i32 = 26;
    // Extended: which rule it was.
    pub const CHECK: i32 = 275;
    pub const FOREIGN_KEY: i32 = 787;
    pub const NOT_NULL: i32 = 1_299;
    pub const PRIMARY_KEY: i32 = 1_555;
    pub const UNIQUE: i32 = 2_067;
    pub const ROW_ID: i32 = 2_579;
}

/// The extended code and the words, where SQLite itself said it.
fn said(error: &rusqlite::Error) -> Option<(i32, &str)> {
    match error {
        rusqlite::Error::SqliteFailure(code, text) => Some((code.extended_code, text.as_deref().unwrap_or_default())),
        rusqlite::Error::SqlInputError { error, msg, .. } => Some((error.extended_code, msg)),
        _ => None,
    }
}

fn primary(error: &rusqlite::Error) -> Option<i32> {
    said(error).map(|(code, _)| code & 0xff)
}

fn said_by_sqlite(error: &rusqlite::Error, sql: &str) -> DbError {
    let Some((code, text)) = said(error) else {
        return DbError::Statement { detail: error.to_string(), sql: shown(sql) };
    };
    let constraint = match code {
        sqlite_code::UNIQUE | sqlite_code::PRIMARY_KEY | sqlite_code::ROW_ID => Some(Constraint::Unique),
        sqlite_code::FOREIGN_KEY => Some(Constraint::ForeignKey),
        sqlite_code::NOT_NULL => Some(Constraint::NotNull),
        sqlite_code::CHECK => Some(Constraint::Check),
        _ if code & 0xff == sqlite_code::CONSTRAINT => Some(Constraint::Other),
        _ => None,
    };
    if let Some(constraint) = constraint {
        return DbError::Constraint { constraint, detail: text.to_owned(), sql: shown(sql) };
    }
    let detail = format!("(code: {code}) {text}");
    match code & 0xff {
        sqlite_code::FULL => DbError::DiskFull { detail },
        sqlite_code::READONLY => DbError::ReadOnly { detail },
        sqlite_code::BUSY | sqlite_code::LOCKED | sqlite_code::IOERR | sqlite_code::CANTOPEN => {
            DbError::Unavailable { detail }
        }
        sqlite_code::CORRUPT | sqlite_code::NOTADB => DbError::Damaged { detail },
        _ => DbError::Statement { detail, sql: shown(sql) },
    }
}

fn said_by_postgres(said: &dyn DatabaseError, sql: &str) -> DbError {
    let code = said.code().unwrap_or(Cow::Borrowed(""));
    let hint = said.try_downcast_ref::<PgDatabaseError>().and_then(PgDatabaseError::hint);
    let detail = match hint {
        Some(hint) => format!("(code: {code}) {}; {hint}", said.message()),
        None => format!("(code: {code}) {}", said.message()),
    };
    match &*code {
        "53100" => DbError::DiskFull { detail },
        "25006" => DbError::ReadOnly { detail },
        "40001" | "40P01" | "55P03" => DbError::Conflict { detail, sql: shown(sql) },
        // The server's own watch over statements and over transactions that nobody goes on with.
        "57014" | "25P03" => DbError::TookTooLong { limit: UNIT_TIME_MAX },
        "XX001" | "XX002" => DbError::Damaged { detail },
        // Class 08: the connection; 53: resources; 57P: the server is going down or coming up; 28 and 3D: it won't
        // let us in or has no such database.
        _ if ["08", "53", "57P", "28", "3D"].iter().any(|class| code.starts_with(class)) => {
            DbError::Unavailable { detail }
        }
        _ if code.starts_with("23") => DbError::Constraint { constraint: Constraint::Other, detail, sql: shown(sql) },
        _ => DbError::Statement { detail, sql: shown(sql) },
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::{commit, io_error, shown};
    use crate::DbError;

    #[test]
    fn a_commit_without_an_answer_is_unknown() {
        let cut = sqlx::Error::Io(io::Error::from(io::ErrorKind::ConnectionReset));
        assert!(matches!(commit(cut), DbError::CommitUnknown { .. }));
        assert!(matches!(commit(sqlx::Error::WorkerCrashed), DbError::CommitUnknown { .. }));
    }

    #[test]
    fn a_full_or_read_only_disk_is_told_from_other_trouble() {
        let said = |kind: io::ErrorKind| io_error(&io::Error::from(kind), "shelf.db");
        assert!(matches!(said(io::ErrorKind::StorageFull), DbError::DiskFull { .. }));
        assert!(matches!(said(io::ErrorKind::ReadOnlyFilesystem), DbError::ReadOnly { .. }));
        let DbError::Unavailable { detail } = said(io::ErrorKind::PermissionDenied) else { panic!("unavailable") };
        assert!(detail.starts_with("shelf.db: "), "{detail}");
    }

    #[test]
    fn a_statement_is_shown_on_one_line_and_not_endless() {
        assert_eq!(shown("SELECT a,\n       b\n  FROM c"), "SELECT a, b FROM c");
        assert_eq!(shown(&"締".repeat(400)).chars().count(), 301);
    }
}
