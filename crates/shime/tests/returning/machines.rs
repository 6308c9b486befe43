//! What tills run on. They are machines of their own, which here share two cores with the programs they talk to: a crowd
//! gets what the programs leave of them, and who is timed does not wait for one of them.

use tokio::runtime::{self, Handle, Runtime};

/// Threads of some tills.
pub struct Machines(Option<Runtime>);

impl Machines {
    /// For a crowd: it steps back.
    pub fn of_a_crowd() -> Self {
        Self::new(|| {
            rustix::process::nice(19).expect("a thread may step back");
        })
    }

    /// For those who are timed: it goes first, where the system lets it.
    pub fn of_the_timed() -> Self {
        Self::new(|| {
            if let Err(refused) = rustix::process::nice(-10) {
                eprintln!("the timed tills wait for a core like the programs do: {refused}");
            }
        })
    }

    fn new(begins: impl Fn() + Send + Sync + 'static) -> Self {
        let mut threads = runtime::Builder::new_multi_thread();
        threads.enable_all().thread_name("tills").on_thread_start(begins);
        Self(Some(threads.build().expect("threads")))
    }

    /// Where their tasks are spawned.
    pub fn handle(&self) -> &Handle {
        self.0.as_ref().expect("they run until they are dropped").handle()
    }
}

impl Drop for Machines {
    fn drop(&mut self) {
        if let Some(threads) = self.0.take() {
            threads.shutdown_background();
        }
    }
}
