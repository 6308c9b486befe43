//! A copy takes a database's place: first it lies beside it, to be checked and brought up to date there, then it takes
//! its name in one step. Until that step the database is as it was, and a copy that is given up leaves nothing behind.

use std::fs::{self, File, OpenOptions};
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::apart;
use crate::sqlite::{Purpose, SqliteConnection, held, located};
use crate::translate::{self, EngineError, io_error};
use crate::whole::{self, Half, folder, with};
use crate::{DbError, args};

/// What SQLite keeps beside a database.
const BESIDE: [&str; 3] = ["-wal", "-shm", "-journal"];

/// A copy beside the database whose place it will take. Nobody opens that database meanwhile.
#[derive(Debug)]
pub struct Prepared {
    path: PathBuf,
    half: Half,
    _lock: File,
}

/// Lays a copy beside the database at `path`, which no process may have open.
pub fn prepare(copy: &Path, path: &Path) -> Result<Prepared, DbError> {
    let path = located(path)?;
    let lock = held(&path)?;
    let half = with(&path, ".restoring");
    let shown = half.display().to_string();
    let laid = || -> io::Result<Half> {
        whole::owned_like(&with(&path, ".lock"), &path)?;
        let half = Half::new(half)?;
        // Its bytes and not its mode: a copy may have lain where others were let in.
        io::copy(&mut File::open(copy)?, &mut OpenOptions::new().write(true).open(half.path())?)?;
        half.owned_like(&path)?;
        Ok(half)
    };
    let half = laid().map_err(|error| io_error(&error, &shown))?;
    Ok(Prepared { path, half, _lock: lock })
}

impl Prepared {
    /// Where the copy lies: a database of its own that may be opened, and must be closed before [`Self::swap`].
    pub fn path(&self) -> &Path {
        self.half.path()
    }

    /// Gives the copy its name. What was there is kept under the name that is given back, with `aside` at its end.
    pub async fn swap(self, aside: &str) -> Result<Option<PathBuf>, DbError> {
        alone(self.half.path()).await?;
        let there = self.path.exists();
        let before = with(&self.path, aside);
        let shown = self.path.display().to_string();
        let moved = || -> io::Result<()> {
            self.half.synced()?;
            set_aside(&self.path, &before)?;
            self.half.replacing(&self.path)
        };
        moved().map_err(|error| io_error(&error, &shown))?;
        Ok(there.then_some(before))
    }
}

/// Brings into the file itself what SQLite keeps beside it; it fails while somebody has it open.
async fn alone(path: &Path) -> Result<(), DbError> {
    let path = path.to_owned();
    apart(move || {
        let said = |error: EngineError| translate::statement(error, "PRAGMA journal_mode");
        let connection = SqliteConnection::open(&path, Purpose::Tend).map_err(translate::opening)?;
        let mode = connection.fetch_all("PRAGMA journal_mode = DELETE", args![]);
        let closed = connection.close();
        let mode = mode.map_err(said)?;
        if mode.first().map(|row| row.text("journal_mode")).transpose()?.as_deref() != Some("delete") {
            return Err(DbError::Unavailable { detail: format!("{} is in use", path.display()) });
        }
        closed.map_err(said)
    })
    .await
}

/// Keeps what is there under a second name, so that its own can be taken over in one step. After a clean stop nothing
/// lies beside it; after another it goes along as it is: tidying up a broken database would throw it away.
fn set_aside(path: &Path, before: &Path) -> io::Result<()> {
    match fs::hard_link(path, before) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => return Err(error),
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        // Some file systems know no second name for a file.
        Err(_) => fs::rename(path, before)?,
        Ok(()) => {}
    }
    for end in BESIDE {
        match fs::rename(with(path, end), with(before, end)) {
            Err(error) if error.kind() != ErrorKind::NotFound => return Err(error),
            _ => {}
        }
    }
    File::open(folder(path))?.sync_all()
}
