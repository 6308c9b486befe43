//! SQLite's one writer: a thread that runs waiting units one after the other and commits several of them with one fsync
//! ([`desk`]). Nobody gets an answer before the commit that carries it.
//!
//! A unit runs on this thread from its first statement to its last: going there and back costs more than most
//! statements do. Those who wait stand in lines that take turns ([`crate::lines`]).
//!
//! A failed unit leaves its neighbours alone. Should SQLite roll back the whole transaction by itself, the neighbours
//! hear [`DbError::BatchLost`]: nothing of them is stored and they may run again.

mod desk;
mod neighbours;

use std::marker::PhantomData;
use std::thread;
use std::time::Duration;

use futures::future::BoxFuture;
use tokio::sync::{mpsc, oneshot};

use crate::lines::Whose;
use crate::sqlite::WriterFile;
use crate::translate::io_error;
use crate::unit::{Failure, guarded};
use crate::{DbError, Tx, Unit};
use desk::Desk;

/// Units that stand in lines. As many more wait before them in the order they came, and the next caller waits to be let in.
const QUEUE_UNITS_MAX: usize = 256;

/// The way to the writer's thread.
#[derive(Debug, Clone)]
pub(crate) struct Writer {
    queue: mpsc::Sender<Message>,
}

enum Message {
    Run(Whose, Box<dyn Job>),
    Close(oneshot::Sender<()>),
}

impl Writer {
    /// Starts the thread that owns the file, which opens it.
    pub(crate) async fn start(file: WriterFile) -> Result<Self, DbError> {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build();
        let runtime = runtime.map_err(|error| io_error(&error, "the writer's thread"))?;
        let (queue, messages) = mpsc::channel(QUEUE_UNITS_MAX);
        let (told, opened) = oneshot::channel();
        let work = move || match file.connect() {
            Ok(tx) => {
                // Whoever waited may be gone; the queue's end then ends this thread.
                let _ = told.send(Ok(()));
                runtime.block_on(Desk::new(file, tx, messages).serve());
            }
            Err(error) => {
                // Let go of before it is told: whoever hears it may try again at once.
                drop(file);
                let _ = told.send(Err(error));
            }
        };
        let thread = thread::Builder::new().name("db-writer".into()).spawn(work);
        thread.map_err(|error| io_error(&error, "the writer's thread"))?;
        opened.await.unwrap_or(Err(DbError::Closed))?;
        Ok(Self { queue })
    }

    pub(crate) async fn run<F, T, E>(&self, whose: Whose, unit: F, limit: Duration) -> Result<T, E>
    where
        F: for<'t> Unit<'t, T, E> + 'static,
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        let (answer, outcome) = oneshot::channel();
        let job = Queued { unit, limit, answer, result: PhantomData };
        self.queue.send(Message::Run(whose, Box::new(job))).await.map_err(|_| DbError::Closed)?;
        let outcome = outcome.await.unwrap_or(Err(Failure::Ours(DbError::Closed)));
        outcome.map_err(Failure::into_own)
    }

    /// Returns when what waited is done and the file is let go of.
    pub(crate) async fn close(&self) {
        let (done, closed) = oneshot::channel();
        if self.queue.send(Message::Close(done)).await.is_ok() {
            // A writer that is gone without a word has let go of the file as well.
            closed.await.unwrap_or_default();
        }
    }
}

/// A unit that waits for its turn, whatever its types.
trait Job: Send {
    fn run(self: Box<Self>, tx: &mut Tx) -> BoxFuture<'_, Finished>;
    /// The answer of a unit that can't run at all.
    fn turned_away(self: Box<Self>) -> Answer;
}

struct Finished {
    keep: bool,
    answer: Answer,
}

/// Tells the caller: its own result, or that the batch was lost.
type Answer = Box<dyn FnOnce(Result<(), DbError>) + Send>;

struct Queued<F, T, E> {
    unit: F,
    limit: Duration,
    answer: oneshot::Sender<Result<T, Failure<E>>>,
    result: PhantomData<fn() -> (T, E)>,
}

impl<F, T, E> Job for Queued<F, T, E>
where
    F: for<'t> Unit<'t, T, E> + 'static,
    T: Send + 'static,
    E: Send + 'static,
{
    fn run(self: Box<Self>, tx: &mut Tx) -> BoxFuture<'_, Finished> {
        Box::pin(async move {
            let result = guarded(self.unit, tx, self.limit).await;
            let answer = self.answer;
            Finished {
                keep: result.is_ok(),
                answer: Box::new(move |batch| {
                    // A caller that went away doesn't hear it; the unit counts all the same.
                    let _ = answer.send(batch.map_err(Failure::Ours).and(result));
                }),
            }
        })
    }

    fn turned_away(self: Box<Self>) -> Answer {
        Box::new(move |batch| {
            let _ = self.answer.send(Err(Failure::Ours(batch.err().unwrap_or(DbError::Closed))));
        })
    }
}
