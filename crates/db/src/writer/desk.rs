//! Where the writer sits: it calls those who wait, line by line, fills a transaction with their units, commits, and tells
//! them.

use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot};

use super::neighbours::Neighbours;
use super::{Answer, Finished, Job, Message, QUEUE_UNITS_MAX};
use crate::batch::{Stage, lost};
use crate::lines::{Lines, Whose};
use crate::sqlite::{Copier, SqliteConnection, WriterFile};
use crate::{DbError, Tx};

/// Units that share a commit. More would gain little and make callers march in step.
const BATCH_UNITS_MAX: usize = 16;

/// The writer at work.
pub(super) struct Desk {
    file: WriterFile,
    /// Gone after a lost batch: a new connection has a clean slate.
    tx: Option<Tx>,
    messages: mpsc::Receiver<Message>,
    lines: Lines<Box<dyn Job>>,
    copier: Option<Copier>,
    /// How long the last commit took, and the one before: one of them may have tidied the log up.
    commits: [Duration; 2],
    neighbours: Neighbours,
    closing: Option<oneshot::Sender<()>>,
}

impl Desk {
    pub(super) fn new(file: WriterFile, tx: Tx, messages: mpsc::Receiver<Message>) -> Self {
        let (copier, lines, commits) = (file.copier(), Lines::default(), Default::default());
        Self { file, tx: Some(tx), messages, lines, copier, commits, neighbours: Neighbours::default(), closing: None }
    }

    pub(super) async fn serve(mut self) {
        loop {
            self.line_up();
            if let Some((whose, job)) = self.lines.pop() {
                self.batch(whose, job).await;
            } else if let Some(message) = self.messages.recv().await {
                self.hear(message);
            } else {
                break;
            }
        }
        if let Some(tx) = self.tx {
            tx.close();
        }
        drop(self.copier);
        drop(self.file);
        if let Some(done) = self.closing {
            let _ = done.send(());
        }
    }

    /// One transaction: runs units until the batch is full or nobody waits, commits, answers.
    async fn batch(&mut self, whose: Whose, first: Box<dyn Job>) {
        let mut waiting = Vec::new();
        let outcome = match self.connected() {
            Ok(mut tx) => {
                let outcome = self.fill(&mut tx, whose, first, &mut waiting).await;
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
        self.tidy();
    }

    /// Sees to it that the log starts over, now that those whom the commit carried have their answers.
    fn tidy(&mut self) {
        let log_pages = SqliteConnection::log_pages();
        if let Some(copier) = &mut self.copier {
            copier.after_commit(log_pages);
        }
        // Where a reader or the copier is in its way it copies what it can, and after the next commit what is left.
        if log_pages >= self.file.log_pages_max()
            && let Some(Err(error)) = self.tx.as_mut().map(|tx| tx.control("PRAGMA wal_checkpoint(PASSIVE)"))
        {
            tracing::warn!(%error, "the log could not be tidied up; it is tried after the next commit");
        }
    }

    /// `Err`: the whole batch is lost, which all who wait are to hear.
    async fn fill(
        &mut self,
        tx: &mut Tx,
        mut whose: Whose,
        first: Box<dyn Job>,
        waiting: &mut Vec<Answer>,
    ) -> Result<(), DbError> {
        let began = Instant::now();
        let mut next = Some(first);
        let (mut units, mut served) = (0, Vec::new());
        let mut stage = Stage::Outside;
        while let Some(job) = next.take() {
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
            self.neighbours.served(&whose, Instant::now());
            if !served.contains(&whose) {
                served.push(whose);
            }
            self.line_up();
            if units == BATCH_UNITS_MAX || self.is_over(&served, began.elapsed()) {
                break;
            }
            let Some((of, job)) = self.lines.pop() else { break };
            (whose, next) = (of, Some(job));
        }
        let began = Instant::now();
        let committed = stage.commit(tx);
        self.commits = [began.elapsed(), self.commits[0]];
        committed
    }

    fn is_over(&self, served: &[Whose], worked: Duration) -> bool {
        let between = Between {
            served,
            next: self.lines.next_whose(),
            alone: served.iter().any(|one| one.is_some() && !self.lines.holds(one)),
            neighbours: self.neighbours.are_there(Instant::now()),
            worth: worked >= self.commits[0].min(self.commits[1]),
        };
        between.is_over()
    }

    fn connected(&mut self) -> Result<Tx, DbError> {
        match self.tx.take() {
            Some(tx) => Ok(tx),
            None => self.file.connect(),
        }
    }

    /// Whoever came meanwhile stands in line.
    fn line_up(&mut self) {
        while self.lines.waiting() < QUEUE_UNITS_MAX
            && let Ok(message) = self.messages.try_recv()
        {
            self.hear(message);
        }
    }

    fn hear(&mut self, message: Message) {
        match message {
            Message::Run(whose, job) => self.lines.push(whose, job),
            Message::Close(done) => {
                // Nobody new is let in; what waits already is still run.
                self.messages.close();
                self.closing = Some(done);
            }
        }
    }
}

/// How a batch stands between two units.
#[derive(Clone, Copy)]
struct Between<'a> {
    /// The lines that are in it.
    served: &'a [Whose],
    /// Whose turn it is; none: nobody waits, and it ends by itself.
    next: Option<&'a Whose>,
    /// Somebody in it came alone.
    alone: bool,
    /// Units of several lines come these days.
    neighbours: bool,
    /// It worked as long as a commit takes.
    worth: bool,
}

impl Between<'_> {
    /// Whether it ends although somebody waits: several lines are in it, or soon may be, and whoever is next was served, so
    /// first they all have their answers. It has to be worth its commit, too, unless it keeps somebody who came alone.
    fn is_over(self) -> bool {
        let shared = self.served.len() > 1;
        let all_served = self.next.is_some_and(|whose| self.served.contains(whose));
        all_served && (shared || self.neighbours) && (self.worth || (shared && self.alone))
    }
}

#[cfg(test)]
mod tests {
    use super::{Between, Whose};

    #[test]
    fn a_batch_ends_when_everybody_in_it_was_served_and_it_was_worth_its_commit() {
        let [crowd, one, other]: [Whose; 3] = ["crowd", "one", "other"].map(|name| Some(name.into()));
        let served = [crowd.clone(), one];
        let both = Between { served: &served, next: Some(&crowd), alone: false, neighbours: true, worth: true };
        assert!(both.is_over());
        assert!(!Between { worth: false, ..both }.is_over(), "a commit takes longer than what was done");
        assert!(Between { worth: false, alone: true, ..both }.is_over(), "who came alone has the answer now");
        assert!(!Between { next: Some(&other), ..both }.is_over(), "somebody has not been served");
        assert!(!Between { next: Some(&None), ..both }.is_over(), "the program itself has not");
        assert!(!Between { next: None, ..both }.is_over(), "nobody waits: it ends by itself");
        let crowd_only = Between { served: &served[..1], ..both };
        assert!(crowd_only.is_over(), "who comes meanwhile does not wait for a long commit");
        assert!(!Between { worth: false, alone: true, ..crowd_only }.is_over(), "it keeps nobody else");
        assert!(!Between { neighbours: false, ..crowd_only }.is_over(), "a line alone shares with nobody");
    }
}
