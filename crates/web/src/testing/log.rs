//! What a process writes to its log, caught. For a test that is a program of its own: a process has one subscriber, and
//! remembers which events are of interest to it.

use std::io::{Result, Write};
use std::sync::{Arc, Mutex, PoisonError};

/// Where the log goes instead of to the standard error.
#[derive(Clone, Debug, Default)]
pub struct Log(Arc<Mutex<Vec<u8>>>);

impl Log {
    /// For the subscriber's `with_writer`.
    pub fn writer(&self) -> impl Fn() -> Self + Send + Sync + 'static + use<> {
        let log = self.clone();
        move || log.clone()
    }

    /// The lines that were written since they were asked for last.
    ///
    /// # Panics
    /// Where they are no text.
    pub fn lines(&self) -> Vec<String> {
        let bytes = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        String::from_utf8(bytes).expect("a log is text").lines().map(str::to_owned).collect()
    }
}

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).write(bytes)
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}
