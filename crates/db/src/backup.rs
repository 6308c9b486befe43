//! A copy of an SQLite database, taken while its process goes on writing, and put back where no process runs.
//!
//! A copy is one consistent snapshot of what was committed: a single file that needs nothing beside it. Nothing that
//! is in the way is ever deleted; it is moved aside. A server's copies are its own tools' business; here is only
//! whether a database is empty, and how it becomes so again.

mod server;
mod swap;

use std::path::Path;

use crate::sqlite::{Purpose, SqliteConnection};
use crate::translate::{self, EngineError, io_error};
use crate::whole::{Half, with};
use crate::{DbError, Migration, args, migrate};

pub use server::{emptied, is_empty};
pub use swap::{Prepared, prepare};

/// Copies the database at `path` to `to`, which must not be there yet, and checks the copy. Gives what [`verify`] gives.
pub async fn copy(path: &Path, to: &Path) -> Result<Vec<(String, i64)>, DbError> {
    let shown = to.display().to_string();
    // An own connection beside the process that holds the database: readers and a writer don't wait for each other.
    let half = Half::new(with(to, ".partial")).map_err(|error| io_error(&error, &shown))?;
    let (source, target) = (path.to_owned(), half.path().display().to_string());
    apart(move || {
        let from = SqliteConnection::open(&source, Purpose::Tend).map_err(translate::opening)?;
        let copied = from.execute("VACUUM INTO $1", args![target]);
        let closed = from.close();
        copied.map_err(|error| translate::statement(error, "VACUUM INTO"))?;
        closed.map_err(translate::opening)
    })
    .await?;
    let versions = verify(half.path()).await?;
    half.named(to).map_err(|error| io_error(&error, &shown))?;
    Ok(versions)
}

/// Reads a copy from end to end. Gives each place's newest version; [`DbError::Damaged`] for what is no whole database.
pub async fn verify(copy: &Path) -> Result<Vec<(String, i64)>, DbError> {
    let copy = copy.to_owned();
    apart(move || {
        let connection = SqliteConnection::open(&copy, Purpose::Look).map_err(translate::opening)?;
        let said = |error: EngineError| translate::statement(error, "checking the copy");
        let found = connection.fetch_all("PRAGMA integrity_check", args![]).map_err(said)?;
        let found = found.iter().map(|row| row.text("integrity_check")).collect::<Result<Vec<_>, _>>()?;
        if found != ["ok"] {
            return Err(DbError::Damaged { detail: found.into_iter().take(3).collect::<Vec<_>>().join("; ") });
        }
        let sql = "SELECT place, MAX(version) AS version FROM schema_version GROUP BY place ORDER BY place";
        let rows = connection.fetch_all(sql, args![]).map_err(said)?;
        let versions = rows.iter().map(|row| Ok((row.text("place")?, row.int("version")?))).collect();
        connection.close().map_err(translate::opening)?;
        versions
    })
    .await
}

/// On a thread of its own: a large file takes its time.
async fn apart<T: Send + 'static>(work: impl FnOnce() -> Result<T, DbError> + Send + 'static) -> Result<T, DbError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.unwrap_or_else(|error| Err(DbError::Unavailable { detail: error.to_string() }))
}

/// Refuses a copy that this program can't go on with: of another place, or made by a newer program.
pub fn fits(versions: &[(String, i64)], migrations: &[Migration]) -> Result<(), DbError> {
    migrate::not_newer(migrations, versions.iter().map(|(place, version)| (place.as_str(), *version)))?;
    let there = |wanted: &Migration| versions.iter().any(|(place, _)| place == wanted.place);
    match migrations.iter().find(|migration| !there(migration)) {
        Some(Migration { place, .. }) => {
            let known = migrate::newest(migrations, place).unwrap_or_default();
            Err(DbError::SchemaOlder { place: (*place).to_owned(), found: 0, known })
        }
        None => Ok(()),
    }
}
