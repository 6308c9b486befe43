//! What a place consists of while it runs: parts that go on until it is time to stop. One that ends or breaks down before
//! takes the others along, each ending as it does at any stop, and what became of it is the place's error: a place that
//! only half works would be noticed by nobody.

use crate::shell;
use anyhow::{Error, Result, anyhow};
use std::{collections::HashMap, future::Future, pin::pin};
use tokio::{
    sync::watch,
    task::{Id, JoinError, JoinSet},
};

/// The parts of a place.
pub struct Parts {
    asked: watch::Receiver<bool>,
    stop: watch::Sender<bool>,
    running: JoinSet<Result<()>>,
    names: HashMap<Id, &'static str>,
}

impl Parts {
    /// None yet; they stop when `asked` says so.
    pub fn new(asked: watch::Receiver<bool>) -> Self {
        Self { asked, stop: watch::Sender::new(false), running: JoinSet::new(), names: HashMap::new() }
    }

    /// What tells a part that it is time to stop.
    pub fn stop(&self) -> watch::Receiver<bool> {
        self.stop.subscribe()
    }

    /// Starts one, which must go on until it is told to stop.
    pub fn start(&mut self, name: &'static str, part: impl Future<Output = Result<()>> + Send + 'static) {
        let id = self.running.spawn(part).id();
        self.names.insert(id, name);
    }

    /// Waits until all have ended. The first error is given back, each is logged.
    pub async fn ended(mut self) -> Result<()> {
        let mut asked = pin!(shell::stopped(self.asked.clone()));
        let mut outcome = Ok(());
        loop {
            let stopping = *self.stop.borrow();
            tokio::select! {
                () = &mut asked, if !stopping => {}
                ended = self.running.join_next_with_id() => match ended {
                    None => return outcome,
                    Some(ended) => {
                        if let Some(error) = self.trouble(ended, stopping) {
                            tracing::error!("{error:#}");
                            outcome = outcome.and(Err(error));
                        }
                    }
                },
            }
            self.stop.send_replace(true);
        }
    }

    fn trouble(&self, ended: Result<(Id, Result<()>), JoinError>, stopping: bool) -> Option<Error> {
        let id = ended.as_ref().map_or_else(JoinError::id, |(id, _)| *id);
        let name = self.names.get(&id).copied().unwrap_or("a part");
        match ended {
            Err(error) => Some(Error::new(error).context(format!("{name} broke down"))),
            Ok((_, Err(error))) => Some(error.context(format!("{name} can't go on"))),
            Ok((_, Ok(()))) if !stopping => Some(anyhow!("{name} ended before its time")),
            Ok(_) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use anyhow::bail;
    use std::time::Duration;

    /// The parts with one that ends well when it is told to, and what tells when that one was told.
    fn parts() -> (Parts, watch::Sender<bool>, watch::Receiver<bool>) {
        let (asking, asked) = watch::channel(false);
        let (told, hears) = watch::channel(false);
        let mut parts = Parts::new(asked);
        let stop = parts.stop();
        parts.start("the good part", async move {
            shell::stopped(stop).await;
            told.send_replace(true);
            Ok(())
        });
        (parts, asking, hears)
    }

    async fn ended(parts: Parts) -> String {
        let outcome = tokio::time::timeout(Duration::from_mins(1), parts.ended()).await;
        format!("{:#}", outcome.expect("it ends by itself").unwrap_err())
    }

    #[tokio::test]
    async fn a_part_that_ends_before_its_time_takes_the_others_along_and_is_named() {
        let (mut first, _asking, told) = parts();
        first.start("the line", async { Ok(()) });
        assert_eq!(ended(first).await, "the line ended before its time");
        assert!(*told.borrow(), "the good part ended as it does at a stop");

        let (mut second, _asking, told) = parts();
        second.start("the line", async { bail!("no such host") });
        assert_eq!(ended(second).await, "the line can't go on: no such host");
        assert!(*told.borrow());

        let (mut third, _asking, told) = parts();
        third.start("the line", async { panic!("out of rope") });
        let said = ended(third).await;
        assert!(said.starts_with("the line broke down: ") && said.contains("out of rope"), "{said}");
        assert!(*told.borrow());
    }

    #[tokio::test]
    async fn asked_to_stop_all_end_and_what_goes_wrong_then_is_told_too() {
        let (parts_alone, asking, told) = parts();
        asking.send_replace(true);
        parts_alone.ended().await.unwrap();
        assert!(*told.borrow());

        let (mut parts, asking, _told) = parts();
        let stop = parts.stop();
        parts.start("the line", async move {
            shell::stopped(stop).await;
            bail!("the last one was not recorded")
        });
        asking.send_replace(true);
        assert_eq!(ended(parts).await, "the line can't go on: the last one was not recorded");
    }
}
