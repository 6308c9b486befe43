//! SQLite's one writer: a thread that runs waiting units one after the other and commits up to [`BATCH_UNITS_MAX`] of
//! them with one fsync. Nobody gets an answer before the commit that carries it.
//!
//! A unit runs on this thread from its first statement to its last: going there and back costs more than most
//! statements do.
//!
//! A failed unit leaves its neighbours alone. Should SQLite roll back the whole transaction by itself, the neighbours
//! hear [`DbError::BatchLost`]: nothing of them is stored and they may run again.

use std::marker::PhantomData;
use std::thread;
use std::time::Duration;

use futures::future::BoxFuture;
use tokio::sync::{mpsc, oneshot};

use crate::batch::{Stage, lost};
use crate::sqlite::WriterFile;
use crate::translate::io_error;
use crate::unit::{Failure, guarded};
use crate::{DbError, Tx, Unit};

/// Units that share a commit. More would gain little and make callers march in step.
const BATCH_UNITS_MAX: usize = 16;
/// Units that wait; the next caller waits to be let in.
const QUEUE_UNITS_MAX: usize = 256;

/// The way to the writer's thread.
#[derive(Debug, Clone)]
pub(crate) struct Writer {
    queue: mpsc::Sender<Message>,
}

enum Message {
    Run(Box<dyn Job>),
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
                runtime.block_on(Desk { file, tx: Some(tx), messages, closing: None }.serve());
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

    pub(crate) async fn run<F, T, E>(&self, unit: F, limit: Duration) -> Result<T, E>
    where
        F: for<'t> Unit<'t, T, E> + 'static,
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        let (answer, outcome) = oneshot::channel();
        let job = Queued { unit, limit, answer, result: PhantomData };
        self.queue.send(Message::Run(Box::new(job))).await.map_err(|_| DbError::Closed)?;
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

/// Where the writer sits.
struct Desk {
    file: WriterFile,
    /// Gone after a lost batch: a new connection has a clean slate.
    tx: Option<Tx>,
    messages: mpsc::Receiver<Message>,
    closing: Option<oneshot::Sender<()>>,
}

impl Desk {
    async fn serve(mut self) {
        while let Some(message) = self.messages.recv().await {
            if let Some(job) = self.opened(message) {
                self.batch(job).await;
            }
        }
        if let Some(tx) = self.tx {
            tx.close();
        }
        drop(self.file);
        if let Some(done) = self.closing {
            let _ = done.send(());
        }
    }

    /// One transaction: runs units until the batch is full or nobody waits, commits, answers.
    async fn batch(&mut self, first: Box<dyn Job>) {
        let mut waiting = Vec::new();
        let outcome = match self.connected() {
            Ok(mut tx) => {
                let outcome = self.fill(&mut tx, first, &mut waiting).await;
                match &outcome {
                    Ok(()) => self.tx = Some(tx),
                    Err(error) => {
                        tracing::warn!(%error, units = waiting.len(), "a batch was lost");
                        tx.close();
                    }
                }
                outcome
            }
            Err(error) => {
                waiting.push(first.turned_away());
                Err(error)
            }
        };
        for answer in waiting {
            answer(outcome.clone());
        }
    }

    /// `Err`: the whole batch is lost, which all who wait are to hear.
    async fn fill(&mut self, tx: &mut Tx, first: Box<dyn Job>, waiting: &mut Vec<Answer>) -> Result<(), DbError> {
        let mut next = Some(first);
        let mut units = 0;
        let mut stage = Stage::Outside;
        while let Some(job) = next {
            if let Err(error) = stage.before_unit(tx) {
                waiting.push(job.turned_away());
                return Err(lost(error));
            }
            let Finished { keep, answer } = job.run(tx).await;
            if keep {
                waiting.push(answer);
                stage = stage.kept();
            } else {
                // What a failed unit saw may be its neighbours' uncommitted work, so its answer waits with theirs …
                let own = tx.failure();
                match stage.undo(tx) {
                    Ok(undone) if waiting.is_empty() => {
                        answer(Ok(()));
                        stage = undone;
                    }
                    Ok(undone) => {
                        waiting.push(answer);
                        stage = undone;
                    }
                    Err(error) => {
                        // … unless it is the one that brought the batch down.
                        answer(Ok(()));
                        return Err(lost(own.unwrap_or(error)));
                    }
                }
            }
            units += 1;
            next = if units < BATCH_UNITS_MAX { self.next_waiting() } else { None };
        }
        stage.commit(tx)
    }

    fn connected(&mut self) -> Result<Tx, DbError> {
        match self.tx.take() {
            Some(tx) => Ok(tx),
            None => self.file.connect(),
        }
    }

    fn next_waiting(&mut self) -> Option<Box<dyn Job>> {
        let message = self.messages.try_recv().ok()?;
        self.opened(message)
    }

    fn opened(&mut self, message: Message) -> Option<Box<dyn Job>> {
        match message {
            Message::Run(job) => Some(job),
            Message::Close(done) => {
                // Nobody new is let in; what waits already is still run.
                self.messages.close();
                self.closing = Some(done);
                None
            }
        }
    }
}
