//! Work that takes milliseconds, off the threads that serve: as many pieces at a time as the machine has cores, so that a
//! crowd neither fills the memory with half-done work nor fights for the cores. Those that wait hold nothing but what
//! they will work on.

use std::sync::LazyLock;
use std::thread::available_parallelism;

use tokio::sync::Semaphore;
use tokio::task::{JoinError, spawn_blocking};

static TURNS: LazyLock<Semaphore> = LazyLock::new(|| Semaphore::new(available_parallelism().map_or(1, usize::from)));

/// Does it when it is its turn. An error is the panic of the work.
pub async fn apart<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, JoinError> {
    // It is never closed.
    let turn = TURNS.acquire().await.ok();
    let done = spawn_blocking(work).await;
    drop(turn);
    done
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
}
