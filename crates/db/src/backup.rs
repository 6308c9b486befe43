//! A copy of an SQLite database, taken while its process goes on writing, and put back where no process runs.
//!
//! A copy is one consistent snapshot of what was committed: a single file that needs nothing beside it. Nothing that
//! is in the way is ever deleted; it is moved aside.

use std::fs::{self, File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use crate::sqlite::{Purpose, SqliteConnection, held};
use crate::translate::{self, EngineError, io_error};
use crate::whole::{Half, with};
use crate::{DbError, Migration, args};

/// What SQLite keeps beside a database.
const BESIDE: [&str; 2] = ["-wal", "-shm"];

/// Copies the database at `path` to `to`, which must not be there yet, and checks the copy. Gives what [`verify`] gives.
pub async fn copy(path: &Path, to: &Path) -> Result<Vec<(String, i64)>, DbError> {
    let shown = to.display().to_string();
    // An own connection beside the process that holds the database: readers and a writer don't wait for each other.
    let half = Half::new(with(to, ".partial")).map_err(|error| io_error(&error, &shown))?;
    let (source, target) = (path.to_owned(), half.path().display().to_string());
    apart(move || {
        let from = SqliteConnection::open(&source, Purpose::Read).map_err(translate::opening)?;
        // Its own file is what it writes to, not the one it reads.
        let allowed = from.script("PRAGMA query_only = OFF");
        let copied = allowed.and_then(|()| from.execute("VACUUM INTO $1", args![target]));
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
    for migration in migrations {
        let known = migrations.iter().filter(|other| other.place == migration.place).map(|other| other.version).max();
        let found = versions.iter().find(|(place, _)| place == migration.place);
        let (known, place) = (known.unwrap_or_default(), migration.place.to_owned());
        match found {
            Some((_, found)) if *found > known => return Err(DbError::SchemaNewer { place, found: *found, known }),
            Some(_) => {}
            None => return Err(DbError::SchemaOlder { place, found: 0, known }),
        }
    }
    Ok(())
}

/// Puts a copy in the place of the database at `path`, which no process may have open. What was there is moved aside,
/// under the name that is given back, with `aside` at its end.
pub fn put_back(copy: &Path, path: &Path, aside: &str) -> Result<Option<PathBuf>, DbError> {
    let told = |path: &Path| path.display().to_string();
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        fs::create_dir_all(folder).map_err(|error| io_error(&error, &told(folder)))?;
    }
    let _lock = held(path)?;
    let half = with(path, ".restoring");
    made_empty(&half)?;
    fs::copy(copy, &half).map_err(|error| io_error(&error, &told(&half)))?;
    synced(&half)?;
    let before = with(path, aside);
    let there = path.exists();
    for end in ["", BESIDE[0], BESIDE[1]] {
        let own = with(path, end);
        if own.exists() {
            fs::rename(&own, with(&before, end)).map_err(|error| io_error(&error, &told(&own)))?;
        }
    }
    fs::rename(&half, path).map_err(|error| io_error(&error, &told(path)))?;
    folder_synced(path)?;
    Ok(there.then_some(before))
}


/// An empty file for its owner alone, whatever was there before: half a copy of somebody who was interrupted.
fn made_empty(path: &Path) -> Result<(), DbError> {
    let made = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(path);
    made.map(drop).map_err(|error| io_error(&error, &path.display().to_string()))
}

fn synced(path: &Path) -> Result<(), DbError> {
    File::open(path).and_then(|file| file.sync_all()).map_err(|error| io_error(&error, &path.display().to_string()))
}

fn folder_synced(path: &Path) -> Result<(), DbError> {
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    synced(folder)
}
