//! SQLite's log: what is committed lies there until its pages are copied to their places. A thread beside the writer
//! copies, so that no caller waits for it. Only where commits never pause, and the log could not start over, the writer
//! copies the rest itself.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use super::connection::{Purpose, SqliteConnection};
use crate::translate::EngineError;

/// Pages in the log that are not copied yet before the thread does: a page that several commits wrote is copied once.
const TIDY_PAGES: u32 = 1_000;
/// From so many pages in the log on the writer takes part: 32 MB.
const LOG_PAGES_MAX: u32 = 8_000;

/// Rounds until the log is copied whole and can start over: what comes meanwhile is less each time.
const ROUNDS_MAX: usize = 4;

/// The thread, from the first time it is needed.
#[derive(Debug)]
pub(crate) struct Tidier {
    path: PathBuf,
    /// Pages of the log that were copied.
    copied: Arc<AtomicU32>,
    thread: Option<(SyncSender<()>, JoinHandle<()>)>,
}

impl Tidier {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path, copied: Arc::default(), thread: None }
    }

    /// After a commit that left so many pages in the log. Says whether the writer has to copy.
    pub(crate) fn after_commit(&mut self, log_pages: u32) -> bool {
        let mut copied = self.copied.load(Ordering::Relaxed);
        if log_pages < copied {
            // The log began anew.
            self.copied.store(0, Ordering::Relaxed);
            copied = 0;
        }
        if log_pages - copied >= TIDY_PAGES {
            self.ring();
        }
        log_pages >= LOG_PAGES_MAX
    }

    fn ring(&mut self) {
        let (path, copied) = (&self.path, &self.copied);
        let started = self.thread.take().or_else(|| {
            let (bell, rings) = sync_channel(1);
            let (path, copied) = (path.clone(), Arc::clone(copied));
            let work = move || serve(&path, &copied, &rings);
            match thread::Builder::new().name("db-tidier".into()).spawn(work) {
                Ok(thread) => Some((bell, thread)),
                Err(error) => {
                    tracing::warn!(%error, "the thread that tidies the log did not start; the writer does");
                    None
                }
            }
        });
        if let Some((bell, _)) = &started {
            // Rung already: that ring counts for this one too.
            let _ = bell.try_send(());
        }
        self.thread = started;
    }
}

impl Drop for Tidier {
    /// Waits until the thread has let go of the file.
    fn drop(&mut self) {
        let Some((bell, thread)) = self.thread.take() else { return };
        drop(bell);
        if thread.join().is_err() {
            tracing::warn!("the thread that tidied the log had panicked");
        }
    }
}

fn serve(path: &Path, copied: &AtomicU32, rings: &Receiver<()>) {
    let mut connection = None;
    while rings.recv().is_ok() {
        match tidy(path, &mut connection) {
            Ok(pages) => copied.store(pages, Ordering::Relaxed),
            Err(error) => {
                // Nothing is lost: the log keeps what was not copied, and the writer copies when it grows too long.
                tracing::warn!(%error, "the log could not be tidied; it is tried again");
                connection = None;
            }
        }
    }
}

/// Copies what nobody reads the older state of. Pages of the log that are copied now.
fn tidy(path: &Path, connection: &mut Option<SqliteConnection>) -> Result<u32, EngineError> {
    let open = match connection.take() {
        Some(open) => open,
        None => SqliteConnection::open(path, Purpose::Tend)?,
    };
    let (mut pages, mut copied) = open.tidy()?;
    for _ in 1..ROUNDS_MAX {
        if copied >= pages {
            break;
        }
        (pages, copied) = open.tidy()?;
    }
    *connection = Some(open);
    Ok(copied)
}
