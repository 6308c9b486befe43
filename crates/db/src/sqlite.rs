//! SQLite: one file, one process, one writer, many readers.
//!
//! WAL with `synchronous=FULL`: an answered commit is on disk. The process holds `PATH.lock` for as long as it has the
//! file open; two writers that don't know of each other would only wait for each other's locks and time out.

use std::fs::{self, File, TryLockError};
use std::path::{Path, PathBuf};
use std::time::Duration;

use sqlx::sqlite::{SqliteConnectOptions, SqliteJournalMode, SqlitePoolOptions, SqliteSynchronous};
use sqlx::{ConnectOptions, SqlitePool};

use crate::translate::{self, io_error};
use crate::unit::{Failure, UNIT_TIME_MAX, guarded};
use crate::writer::Writer;
use crate::{DbError, Tx, Unit};

/// Reading connections; each is a thread.
const READERS_MAX: u32 = 8;
/// How long a unit waits for a free reader.
const READER_WAIT_MAX: Duration = Duration::from_secs(10);
/// How long a statement waits for a foreign lock, such as a backup tool's.
const BUSY_WAIT: Duration = Duration::from_secs(5);
/// Statements kept prepared on each connection.
const STATEMENTS_CACHED: usize = 256;

#[derive(Debug, Clone)]
pub(crate) struct SqliteStore {
    readers: SqlitePool,
    writer: Writer,
}

impl SqliteStore {
    pub(crate) async fn open(path: &str) -> Result<Self, DbError> {
        let path = located(path)?;
        let lock = held(&path)?;
        let options = SqliteConnectOptions::new()
            .filename(&path)
            .create_if_missing(true)
            .foreign_keys(true)
            .busy_timeout(BUSY_WAIT)
            .statement_cache_capacity(STATEMENTS_CACHED);
        let reading = options.clone().pragma("query_only", "ON");
        let writing = options
            .journal_mode(SqliteJournalMode::Wal)
            .synchronous(SqliteSynchronous::Full)
            .pragma("wal_autocheckpoint", "1000")
            // What is overwritten or deleted may have been a secret: its bytes go with it, where that costs no extra write.
            .pragma("secure_delete", "FAST");
        let writer = Writer::start(WriterFile { options: writing, _lock: lock }).await?;
        let readers = SqlitePoolOptions::new()
            .max_connections(READERS_MAX)
            .acquire_timeout(READER_WAIT_MAX)
            .idle_timeout(None)
            .max_lifetime(None)
            .test_before_acquire(false)
            .connect_lazy_with(reading);
        Ok(Self { readers, writer })
    }

    pub(crate) async fn write<F, T, E>(&self, unit: F, limit: Duration) -> Result<T, E>
    where
        F: for<'t> Unit<'t, T, E> + 'static,
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        self.writer.run(unit, limit).await
    }

    pub(crate) async fn read<F, T, E>(&self, unit: F) -> Result<T, E>
    where
        F: for<'t> Unit<'t, T, E>,
        E: From<DbError>,
    {
        let transaction = self.readers.begin().await.map_err(translate::opening)?;
        let mut tx = Tx::reader(transaction);
        let result = guarded(unit, &mut tx, UNIT_TIME_MAX).await;
        // Nothing to keep: that the end went wrong says nothing about what was read.
        if let Err(error) = tx.end(false).await {
            tracing::debug!(%error, "a read did not end well");
        }
        result.map_err(Failure::into_own)
    }

    pub(crate) async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

/// The file as its writer sees it: how to connect, and the lock that goes when the writer goes.
#[derive(Debug)]
pub(crate) struct WriterFile {
    options: SqliteConnectOptions,
    _lock: File,
}

impl WriterFile {
    pub(crate) async fn connect(&self) -> Result<Tx, DbError> {
        self.options.connect().await.map(Tx::writer).map_err(translate::opening)
    }
}

/// The file's one true path, its folder made. Two spellings of a path must meet at one lock.
fn located(path: &str) -> Result<PathBuf, DbError> {
    let path = Path::new(path);
    let Some(name) = path.file_name().filter(|_| !path.as_os_str().as_encoded_bytes().starts_with(b":")) else {
        return Err(DbError::Url { url: format!("sqlite:{}", path.display()), rule: "it must name a file" });
    };
    if let Ok(existing) = fs::canonicalize(path) {
        return Ok(existing);
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let shown = folder.display().to_string();
    fs::create_dir_all(folder).map_err(|error| io_error(&error, &shown))?;
    Ok(fs::canonicalize(folder).map_err(|error| io_error(&error, &shown))?.join(name))
}

pub(crate) fn held(database: &Path) -> Result<File, DbError> {
    let mut path = database.as_os_str().to_owned();
    path.push(".lock");
    let path = PathBuf::from(path);
    let shown = path.display().to_string();
    let file = File::options().create(true).truncate(false).write(true).open(&path);
    let file = file.map_err(|error| io_error(&error, &shown))?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(DbError::Held { path }),
        Err(TryLockError::Error(error)) => Err(io_error(&error, &shown)),
    }
}
