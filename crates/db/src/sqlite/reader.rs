//! SQLite's readers: a few connections, each with a thread of its own. A unit borrows one; its snapshot begins with its
//! first statement, and a unit that is dropped in the middle of a statement ends it.

use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc};
use std::thread;
use std::time::Duration;

use tokio::sync::{OwnedSemaphorePermit, Semaphore, oneshot};

use super::connection::{Purpose, SqliteConnection};
use crate::translate::{self, EngineError, io_error};
use crate::{Args, DbError, Row};

/// Reading connections; each is a thread.
const READERS_MAX: u32 = 8;
/// How long a unit waits for a free reader.
const READER_WAIT_MAX: Duration = Duration::from_secs(10);

/// Those that are there and idle, and how many may be at work.
#[derive(Debug, Clone)]
pub(crate) struct Readers {
    path: Arc<Path>,
    turns: Arc<Semaphore>,
    idle: Arc<Mutex<Vec<Thread>>>,
}

/// A reader's thread, as it is spoken to.
#[derive(Debug)]
struct Thread {
    orders: mpsc::Sender<Order>,
    /// Its units are numbered. Nobody waits for what this one asked, nor for those before it: it ends.
    unwanted: Arc<AtomicU64>,
    /// The unit that has it, or had it last.
    unit: u64,
}

enum Order {
    Execute(&'static str, Args, oneshot::Sender<Result<u64, EngineError>>),
    Fetch(&'static str, Args, oneshot::Sender<Result<Vec<Row>, EngineError>>),
    /// The unit is over: its snapshot ends.
    End,
    /// Let go of the file, and say so.
    Close(oneshot::Sender<()>),
}

impl Readers {
    pub(crate) fn new(path: PathBuf) -> Self {
        let turns = Arc::new(Semaphore::new(usize::try_from(READERS_MAX).unwrap_or(1)));
        Self { path: path.into(), turns, idle: Arc::default() }
    }

    /// A reader for one unit.
    pub(crate) async fn borrow(&self) -> Result<Reader, DbError> {
        let turn = Arc::clone(&self.turns).acquire_owned();
        let turn = tokio::time::timeout(READER_WAIT_MAX, turn).await;
        let turn = turn.map_err(|_| DbError::Unavailable { detail: "every reader of the file is at work".into() })?;
        let turn = turn.map_err(|_| DbError::Closed)?;
        let waiting = idle(&self.idle).pop();
        let mut thread = match waiting {
            Some(thread) => thread,
            None => started(Arc::clone(&self.path)).await?,
        };
        thread.unit += 1;
        Ok(Reader { thread: Some(thread), home: Arc::clone(&self.idle), running: false, _turn: turn })
    }

    /// Returns once those at work are done and all have let go of the file.
    pub(crate) async fn close(&self) {
        // Whoever waits in front is still served.
        let all = Arc::clone(&self.turns).acquire_many_owned(READERS_MAX).await;
        self.turns.close();
        let threads = std::mem::take(&mut *idle(&self.idle));
        for thread in threads {
            let (done, closed) = oneshot::channel();
            if thread.orders.send(Order::Close(done)).is_ok() {
                // A thread that is gone without a word has let go of the file as well.
                closed.await.unwrap_or_default();
            }
        }
        drop(all);
    }
}

fn idle(home: &Mutex<Vec<Thread>>) -> MutexGuard<'_, Vec<Thread>> {
    home.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn started(path: Arc<Path>) -> Result<Thread, DbError> {
    let (orders, inbox) = mpsc::channel();
    let (told, opened) = oneshot::channel();
    let unwanted = Arc::<AtomicU64>::default();
    let seen = Arc::clone(&unwanted);
    let work = move || match Desk::open(&path, seen) {
        Ok(desk) => {
            // Whoever waited may be gone; the orders' end then ends this thread.
            let _ = told.send(Ok(()));
            serve(desk, &inbox);
        }
        Err(error) => drop(told.send(Err(error))),
    };
    thread::Builder::new()
        .name("db-reader".into())
        .spawn(work)
        .map_err(|error| io_error(&error, "a reader's thread"))?;
    match opened.await {
        Ok(Ok(())) => Ok(Thread { orders, unwanted, unit: 0 }),
        Ok(Err(error)) => Err(translate::opening(error)),
        Err(_) => Err(DbError::Unavailable { detail: "a reader's thread ended".into() }),
    }
}

/// A reader while a unit has it.
#[derive(Debug)]
pub(crate) struct Reader {
    /// Gone only when it is dropped.
    thread: Option<Thread>,
    home: Arc<Mutex<Vec<Thread>>>,
    /// A statement was asked for and has not answered.
    running: bool,
    _turn: OwnedSemaphorePermit,
}

impl Reader {
    pub(crate) async fn execute(&mut self, sql: &'static str, args: Args) -> Result<u64, EngineError> {
        self.ask(|answer| Order::Execute(sql, args, answer)).await
    }

    pub(crate) async fn fetch_all(&mut self, sql: &'static str, args: Args) -> Result<Vec<Row>, EngineError> {
        self.ask(|answer| Order::Fetch(sql, args, answer)).await
    }

    async fn ask<A>(
        &mut self,
        order: impl FnOnce(oneshot::Sender<Result<A, EngineError>>) -> Order,
    ) -> Result<A, EngineError> {
        let (answer, answered) = oneshot::channel();
        let sent = self.thread.as_ref().is_some_and(|thread| thread.orders.send(order(answer)).is_ok());
        if !sent {
            return Err(EngineError::Gone);
        }
        self.running = true;
        let answered = answered.await;
        self.running = false;
        answered.unwrap_or(Err(EngineError::Gone))
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        let Some(thread) = self.thread.take() else { return };
        if self.running {
            thread.unwanted.store(thread.unit, Ordering::Release);
        }
        if thread.orders.send(Order::End).is_ok() {
            idle(&self.home).push(thread);
        }
    }
}

/// A connection and whether its snapshot has begun.
struct Desk {
    connection: SqliteConnection,
    begun: bool,
    /// The unit whose orders are next.
    unit: Arc<AtomicU64>,
}

impl Desk {
    fn open(path: &Path, unwanted: Arc<AtomicU64>) -> Result<Self, EngineError> {
        let (connection, unit) = (SqliteConnection::open(path, Purpose::Read)?, Arc::new(AtomicU64::new(1)));
        let current = Arc::clone(&unit);
        connection.ends_when(move || unwanted.load(Ordering::Acquire) >= current.load(Ordering::Relaxed))?;
        Ok(Self { connection, begun: false, unit })
    }

    fn begin(&mut self) -> Result<(), EngineError> {
        if !self.begun {
            self.connection.script("BEGIN")?;
            self.begun = true;
        }
        Ok(())
    }

    fn end(&mut self) -> Result<(), EngineError> {
        self.unit.fetch_add(1, Ordering::Relaxed);
        if std::mem::take(&mut self.begun) { self.connection.script("ROLLBACK") } else { Ok(()) }
    }
}

/// The thread of one reader. A unit that is gone doesn't hear its answer: that is what a dropped read means.
fn serve(mut desk: Desk, inbox: &mpsc::Receiver<Order>) {
    let mut goodbye = None;
    while let Ok(order) = inbox.recv() {
        match order {
            Order::Execute(sql, args, answer) => {
                drop(answer.send(desk.begin().and_then(|()| desk.connection.execute(sql, args))));
            }
            Order::Fetch(sql, args, answer) => {
                drop(answer.send(desk.begin().and_then(|()| desk.connection.fetch_all(sql, args))));
            }
            Order::End => {
                if let Err(error) = desk.end() {
                    // Nothing to keep, but a snapshot that stays open would keep the log growing.
                    tracing::warn!(%error, "a reader's snapshot did not end; the reader is let go of");
                    return;
                }
            }
            Order::Close(done) => {
                goodbye = Some(done);
                break;
            }
        }
    }
    if let Err(error) = desk.connection.close() {
        tracing::debug!(%error, "a reader did not close well");
    }
    if let Some(done) = goodbye {
        // Whoever closes may be gone.
        let _ = done.send(());
    }
}
