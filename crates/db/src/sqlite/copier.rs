//! SQLite's log: what is committed lies there until the writer finds it long and copies its pages to their places, which
//! can take a disk a hundred milliseconds. A thread beside the writer copies what is there before, so that little is left
//! to do when nobody can be served meanwhile.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::thread::{self, JoinHandle};

use super::connection::{Purpose, SqliteConnection};
use crate::translate::EngineError;

/// Pages in the log that were not copied yet before the thread does: a page that several commits wrote is copied once.
const COPY_PAGES: u32 = 1_000;

/// The thread, from the first time it is needed.
#[derive(Debug)]
pub(crate) struct Copier {
    path: PathBuf,
    /// Pages of the log that it copied.
    copied: Arc<AtomicU32>,
    thread: Option<(SyncSender<()>, JoinHandle<()>)>,
}

impl Copier {
    pub(crate) fn new(path: PathBuf) -> Self {
        Self { path, copied: Arc::default(), thread: None }
    }

    /// After a commit that left so many pages in the log.
    pub(crate) fn after_commit(&mut self, log_pages: u32) {
        if log_pages < self.copied.load(Ordering::Relaxed) {
            // The log began anew.
            self.copied.store(0, Ordering::Relaxed);
        }
        if log_pages.saturating_sub(self.copied.load(Ordering::Relaxed)) >= COPY_PAGES {
            self.ring();
        }
    }

    fn ring(&mut self) {
        if self.thread.is_none() {
            let (bell, rings) = sync_channel(1);
            let (path, copied) = (self.path.clone(), Arc::clone(&self.copied));
            let work = move || serve(&path, &copied, &rings);
            match thread::Builder::new().name("db-copier".into()).spawn(work) {
                Ok(thread) => self.thread = Some((bell, thread)),
                Err(error) => {
                    tracing::warn!(%error, "the thread that copies the log did not start; the writer does it alone");
                }
            }
        }
        if let Some((bell, _)) = &self.thread {
            // Rung already: that ring counts for this one too.
            let _ = bell.try_send(());
        }
    }
}

impl Drop for Copier {
    /// Waits until the thread has let go of the file.
    fn drop(&mut self) {
        let Some((bell, thread)) = self.thread.take() else { return };
        drop(bell);
        if thread.join().is_err() {
            tracing::warn!("the thread that copied the log had panicked");
        }
    }
}

fn serve(path: &Path, copied: &AtomicU32, rings: &Receiver<()>) {
    let mut connection = None;
    while rings.recv().is_ok() {
        match copy(path, &mut connection) {
            Ok(pages) => copied.store(pages, Ordering::Relaxed),
            Err(error) => {
                // Nothing is lost: the writer copies what is left when the log is long.
                tracing::warn!(%error, "the log could not be copied beside the writer, who does it alone");
                connection = None;
            }
        }
    }
}

/// Copies what nobody reads the older state of. So many pages of the log are copied.
fn copy(path: &Path, connection: &mut Option<SqliteConnection>) -> Result<u32, EngineError> {
    let open = match connection.take() {
        Some(open) => open,
        None => SqliteConnection::open(path, Purpose::Tend)?,
    };
    let pages = open.copy_log()?;
    *connection = Some(open);
    Ok(pages)
}
