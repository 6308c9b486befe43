//! Where the writer sits: it calls those who wait, line by line, fills a transaction with their units, commits, and tells
//! them.

use std::time::{Duration, Instant};

use tokio::sync::{mpsc, oneshot};

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
            let commit = self.commits[0].min(self.commits[1]);
            let shares = served.len() > 1 || self.neighbours.are_there(Instant::now());
            let alone = served.len() > 1 && served.iter().any(|one| one.is_some() && !self.lines.holds(one));
            let worth = alone || began.elapsed() >= commit;
            let over = shares && is_over(&served, self.lines.next_whose(), worth);
            if units == BATCH_UNITS_MAX || over {
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

/// Whether a batch that is shared, or soon may be, ends before a unit of the line that is next: that one was served, so
/// first they all have their answers. But a batch that keeps nobody who came alone is worth it only when it worked as long as a
/// commit takes.
fn is_over(served: &[Whose], next: Option<&Whose>, worth: bool) -> bool {
    worth && next.is_some_and(|whose| served.contains(whose))
}

/// After units of two companies, for so long the next of either is expected.
const NEIGHBOURS_FOR: Duration = Duration::from_secs(1);

/// Whether more than one company comes these days. If so, a crowd's batch is kept short although nobody else waits yet: who
/// comes meanwhile waits for its commit as well.
#[derive(Debug, Default)]
struct Neighbours {
    last: Whose,
    /// When a unit of another company than the one before it was served last.
    changed: Option<Instant>,
}

impl Neighbours {
    fn served(&mut self, whose: &Whose, now: Instant) {
        if whose.is_some() && *whose != self.last {
            self.changed = self.last.is_some().then_some(now);
            self.last.clone_from(whose);
        }
    }

    fn are_there(&self, now: Instant) -> bool {
        self.changed.is_some_and(|at| now.saturating_duration_since(at) < NEIGHBOURS_FOR)
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, Instant};

    use super::{Neighbours, Whose, is_over};

    #[test]
    fn a_batch_ends_when_everybody_in_it_was_served_and_it_was_worth_its_commit() {
        let [crowd, one, other]: [Whose; 3] = ["crowd", "one", "other"].map(|name| Some(name.into()));
        let both = [crowd.clone(), one];
        assert!(is_over(&both, Some(&crowd), true));
        assert!(!is_over(&both, Some(&crowd), false), "a commit takes longer than what was done");
        assert!(!is_over(&both, Some(&other), true), "somebody has not been served");
        assert!(!is_over(&both, Some(&None), true), "the program itself has not");
        assert!(!is_over(&both, None, true), "nobody waits: it ends by itself");
        assert!(is_over(&both[..1], Some(&crowd), true), "who comes meanwhile does not wait for a long commit");
    }

    #[test]
    fn companies_are_neighbours_for_as_long_as_both_come() {
        let [crowd, one]: [Whose; 2] = ["crowd", "one"].map(|name| Some(name.into()));
        let (mut neighbours, begin) = (Neighbours::default(), Instant::now());
        let at = |ms| begin + Duration::from_millis(ms);
        neighbours.served(&crowd, at(0));
        neighbours.served(&None, at(1));
        neighbours.served(&crowd, at(2));
        assert!(!neighbours.are_there(at(2)), "a company and the program itself");
        neighbours.served(&one, at(3));
        assert!(neighbours.are_there(at(1_002)));
        assert!(!neighbours.are_there(at(1_003)), "it came a second ago");
        neighbours.served(&crowd, at(1_500));
        neighbours.served(&crowd, at(2_400));
        assert!(neighbours.are_there(at(2_499)) && !neighbours.are_there(at(2_500)));
    }
}
