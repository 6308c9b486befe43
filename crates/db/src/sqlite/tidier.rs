//! SQLite's log: what is committed lies there until its pages are copied to their places. A thread beside the writer
//! copies, so that no caller waits for it. Only where commits never pause, and the log could not start over, the writer
//! copies the rest itself.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::connection::{Purpose, SqliteConnection};
use crate::translate::EngineError;

/// Pages in the log that are not copied yet before the thread does: a page that several commits wrote is copied once.
const TIDY_PAGES: u32 = 1_000;
/// From so many pages in the log on the writer takes part: 32 MB.
const LOG_PAGES_MAX: u32 = 8_000;

/// What came while pages were copied is copied when nobody has committed for so long: then the log can start over.
const QUIET: Duration = Duration::from_millis(100);

/// The thread, from the first time it is needed.
#[derive(Debug)]
pub(crate) struct Tidier {
    path: PathBuf,
    pages: Arc<Pages>,
    thread: Option<(SyncSender<()>, JoinHandle<()>)>,
}

/// Pages of the log, as both threads know them.
#[derive(Debug, Default)]
struct Pages {
    committed: AtomicU32,
    copied: AtomicU32,
}

impl Tidier {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path, pages: Arc::default(), thread: None }
    }

    /// After a commit that left so many pages in the log. Says whether the writer has to copy.
    pub(crate) fn after_commit(&mut self, log_pages: u32) -> bool {
        self.pages.committed.store(log_pages, Ordering::Relaxed);
        let mut copied = self.pages.copied.load(Ordering::Relaxed);
        if log_pages < copied {
            // The log began anew.
            self.pages.copied.store(0, Ordering::Relaxed);
            copied = 0;
        }
        if log_pages - copied >= TIDY_PAGES {
            self.ring();
        }
        log_pages >= LOG_PAGES_MAX
    }

    fn ring(&mut self) {
        let (path, pages) = (&self.path, &self.pages);
        let started = self.thread.take().or_else(|| {
            let (bell, rings) = sync_channel(1);
            let (path, pages) = (path.clone(), Arc::clone(pages));
            let work = move || serve(&path, &pages, &rings);
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

fn serve(path: &Path, pages: &Pages, rings: &Receiver<()>) {
    let (mut connection, mut is_whole) = (None, true);
    let mut seen = 0;
    loop {
        let rung = if is_whole { rings.recv().map_err(RecvTimeoutError::from) } else { rings.recv_timeout(QUIET) };
        if rung == Err(RecvTimeoutError::Disconnected) {
            return;
        }
        let committed = pages.committed.load(Ordering::Relaxed);
        let is_quiet = std::mem::replace(&mut seen, committed) == committed;
        if rung.is_err() && !is_quiet {
            continue;
        }
        match tidy(path, &mut connection) {
            Ok((held, copied)) => {
                pages.copied.store(copied, Ordering::Relaxed);
                is_whole = copied >= held;
            }
            Err(error) => {
                // Nothing is lost: the log keeps what was not copied, and the writer copies when it grows too long.
                tracing::warn!(%error, "the log could not be tidied; it is tried again");
                (connection, is_whole) = (None, true);
            }
        }
    }
}

/// Copies what nobody reads the older state of. Pages that the log holds, and those of them that are copied.
fn tidy(path: &Path, connection: &mut Option<SqliteConnection>) -> Result<(u32, u32), EngineError> {
    let open = match connection.take() {
        Some(open) => open,
        None => SqliteConnection::open(path, Purpose::Tend)?,
    };
    let pages = open.tidy()?;
    *connection = Some(open);
    Ok(pages)
}
