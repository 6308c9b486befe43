//! SQLite: one file, one process, one writer, many readers.
//!
//! WAL with `synchronous=FULL`: an answered commit is on disk. The process holds `PATH.lock` for as long as it has the
//! file open; two writers that don't know of each other would only wait for each other's locks and time out.

mod connection;
mod copier;
mod reader;

use std::fs::{self, File, TryLockError};
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub(crate) use connection::{Purpose, SqliteConnection};
pub(crate) use copier::Copier;
pub(crate) use reader::Reader;

use crate::database::Log;
use crate::lines::Whose;
use crate::translate::{self, io_error};
use crate::unit::{Failure, UNIT_TIME_MAX, guarded};
use crate::writer::Writer;
use crate::{DbError, Tx, Unit};
use reader::Readers;

#[derive(Debug, Clone)]
pub(crate) struct SqliteStore {
    readers: Readers,
    writer: Writer,
}

impl SqliteStore {
    pub(crate) async fn open(path: &str, log: Log) -> Result<Self, DbError> {
        let path = located(Path::new(path))?;
        let lock = held(&path)?;
        owned(&path)?;
        let writer = Writer::start(WriterFile { path: path.clone(), log, _lock: lock }).await?;
        let readers = Readers::new(path);
        Ok(Self { readers, writer })
    }

    pub(crate) async fn write<F, T, E>(&self, whose: Whose, unit: F, limit: Duration) -> Result<T, E>
    where
        F: for<'t> Unit<'t, T, E> + 'static,
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        self.writer.run(whose, unit, limit).await
    }

    pub(crate) async fn read<F, T, E>(&self, unit: F) -> Result<T, E>
    where
        F: for<'t> Unit<'t, T, E>,
        E: From<DbError>,
    {
        let mut tx = Tx::reader(self.readers.borrow().await?);
        guarded(unit, &mut tx, UNIT_TIME_MAX).await.map_err(Failure::into_own)
    }

    pub(crate) async fn close(&self) {
        self.readers.close().await;
        self.writer.close().await;
    }
}

/// What a server's writer keeps of its file in memory: where ten thousand shops write, it looks for most of its pages
/// otherwise.
const PAGES_KEPT_KIB: u32 = 32 << 10;

/// The file as its writer sees it: how to connect, and the lock that goes when the writer goes.
#[derive(Debug)]
pub(crate) struct WriterFile {
    path: PathBuf,
    log: Log,
    _lock: File,
}

impl WriterFile {
    /// Who copies a long log's pages beside the writer.
    pub(crate) fn copier(&self) -> Option<Copier> {
        (self.log == Log::Long).then(|| Copier::new(self.path.clone()))
    }

    /// From so many pages of 4,096 bytes in the log on the writer copies them to their places after each commit.
    pub(crate) fn log_pages_max(&self) -> u32 {
        match self.log {
            Log::Short => 1_000,
            Log::Long => 16_000,
        }
    }

    pub(crate) fn connect(&self) -> Result<Tx, DbError> {
        let opened = SqliteConnection::open(&self.path, Purpose::Write).and_then(|open| {
            if self.log == Log::Long {
                open.keep_pages(PAGES_KEPT_KIB)?;
            }
            Ok(open)
        });
        opened.map(Tx::writer).map_err(translate::opening)
    }
}

/// The file's one true path, its folder made. Two spellings of a path must meet at one lock.
pub(crate) fn located(path: &Path) -> Result<PathBuf, DbError> {
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

/// Sees to it that the file is there, and one that was not is for its owner alone: SQLite would go by the umask. What it
/// makes beside the file gets the file's mode.
fn owned(path: &Path) -> Result<(), DbError> {
    let mut made = File::options();
    made.create_new(true).write(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut made, 0o600);
    match made.open(path) {
        Err(error) if error.kind() != ErrorKind::AlreadyExists => Err(io_error(&error, &path.display().to_string())),
        _ => Ok(()),
    }
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
