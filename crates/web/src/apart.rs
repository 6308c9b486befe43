//! Work that takes milliseconds, off the threads that serve: as many pieces at a time as the machine has cores, so that a
//! crowd neither fills the memory with half-done work nor fights for the cores. Those that wait hold nothing but what
//! they will work on.
//!
//! These threads step back for all others of the machine: whoever asks something small is answered while others'
//! documents are taken apart.

use std::sync::LazyLock;
use std::thread::available_parallelism;

use tokio::runtime::{Builder, Runtime};
use tokio::task::JoinError;

/// How far they step back: beside another busy thread they get a third of its time.
#[cfg(target_os = "linux")]
const NICE: i32 = 5;

/// Threads of its own, since a thread that stepped back may not step forward again.
static THREADS: LazyLock<Runtime> = LazyLock::new(|| {
    let mut threads = Builder::new_multi_thread();
    threads.worker_threads(available_parallelism().map_or(1, usize::from)).thread_name("apart").on_thread_start(|| {
        // Of the calling thread alone; elsewhere it would be the whole process.
        #[cfg(target_os = "linux")]
        if let Err(error) = rustix::process::nice(NICE) {
            tracing::warn!(%error, "a thread for long work could not step back; it works as all others");
        }
    });
    threads.build().expect("a machine that serves has room for its threads")
});

/// Does it when it is its turn. An error is the panic of the work.
pub async fn apart<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, JoinError> {
    THREADS.spawn(async move { work() }).await
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::time::Duration;

    use super::*;

    #[tokio::test]
    async fn no_more_at_a_time_than_there_are_cores() {
        let (now, most) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let work = || {
            let (now, most) = (Arc::clone(&now), Arc::clone(&most));
            apart(move || {
                most.fetch_max(now.fetch_add(1, Ordering::SeqCst) + 1, Ordering::SeqCst);
                std::thread::sleep(Duration::from_millis(2));
                now.fetch_sub(1, Ordering::SeqCst);
            })
        };
        futures::future::join_all((0..50).map(|_| work())).await;
        let cores = available_parallelism().map_or(1, usize::from);
        assert!((1..=cores).contains(&most.load(Ordering::SeqCst)));
        assert!(apart(|| panic!("dropped")).await.is_err_and(|error| error.is_panic()));
        assert_eq!(apart(|| 4711).await.unwrap(), 4711, "a panic gives its turn back");
    }

    #[cfg(target_os = "linux")]
    #[tokio::test]
    async fn its_threads_step_back_and_nobody_else_does() {
        let nice = || rustix::process::nice(0).expect("readable");
        let before = nice();
        assert_eq!(apart(nice).await.unwrap(), (before + NICE).min(19));
        assert_eq!(nice(), before);
    }
}
