//! A unit of work: what callers pass to [`Db::write`](crate::Db::write) and [`Db::read`](crate::Db::read), and the
//! guard it runs under. A unit that panics, overruns its time or swallows a failure can't hurt anybody else.

use std::any::Any;
use std::panic::AssertUnwindSafe;
use std::time::Duration;

use futures::FutureExt;

use crate::{DbError, Tx};

/// How long a unit may take. A stuck unit would keep every other writer waiting, and a stuck reader the WAL growing.
pub(crate) const UNIT_TIME_MAX: Duration = Duration::from_secs(30);

/// An async closure over `&mut Tx` whose future is `Send`. Never implemented by hand.
///
/// ```
/// # use db::{Db, DbError, Tx, args};
/// # async fn story(db: Db, id: String) -> Result<(), DbError> {
/// db.write(async move |tx: &mut Tx| -> Result<(), DbError> {
///     tx.execute("DELETE FROM jars WHERE label = $1", args![id]).await?;
///     Ok(())
/// })
/// .await
/// # }
/// ```
pub trait Unit<'t, T, E>: Send {
    /// The unit under way.
    type Running: Future<Output = Result<T, E>> + Send + 't;

    /// Starts the unit.
    fn start(self, tx: &'t mut Tx) -> Self::Running;
}

impl<'t, T, E, F, R> Unit<'t, T, E> for F
where
    F: FnOnce(&'t mut Tx) -> R + Send,
    R: Future<Output = Result<T, E>> + Send + 't,
{
    type Running = R;

    fn start(self, tx: &'t mut Tx) -> R {
        self(tx)
    }
}

/// Why a unit wasn't kept. Ours becomes the caller's error in the caller's own task: a conversion that panics there
/// takes nobody else with it.
pub(crate) enum Failure<E> {
    Own(E),
    Ours(DbError),
}

impl<E: From<DbError>> Failure<E> {
    pub(crate) fn into_own(self) -> E {
        match self {
            Failure::Own(error) => error,
            Failure::Ours(error) => error.into(),
        }
    }
}

/// Runs a unit so that it always comes to an end that is either its own or a [`DbError`].
pub(crate) async fn guarded<F, T, E>(unit: F, tx: &mut Tx, limit: Duration) -> Result<T, Failure<E>>
where
    F: for<'t> Unit<'t, T, E>,
{
    tx.renew(limit);
    let running = AssertUnwindSafe(async { unit.start(tx).await }).catch_unwind();
    match tokio::time::timeout(limit, running).await {
        Ok(Ok(Ok(done))) => match tx.failure() {
            None => Ok(done),
            Some(cause) => Err(Failure::Ours(DbError::Poisoned { cause: Box::new(cause) })),
        },
        Ok(Ok(Err(own))) => Err(Failure::Own(own)),
        Ok(Err(panic)) => Err(Failure::Ours(panicked(&*panic))),
        Err(_elapsed) => Err(Failure::Ours(DbError::TookTooLong { limit })),
    }
}

/// A panic, as an error.
fn panicked(panic: &(dyn Any + Send)) -> DbError {
    let message = (panic.downcast_ref::<&str>().map(|message| (*message).to_owned()))
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "without a message".into());
    tracing::error!(%message, "a unit of work panicked and was rolled back");
    DbError::Panicked { message }
}

#[cfg(test)]
mod tests {
    use std::path::Path;
    use std::time::Duration;

    use super::{Failure, guarded};
    use crate::sqlite::{Purpose, SqliteConnection};
    use crate::{DbError, Tx, args};

    fn tx() -> Tx {
        Tx::writer(SqliteConnection::open(Path::new(":memory:"), Purpose::Write).expect("in memory"))
    }

    #[tokio::test]
    async fn a_stuck_unit_is_ended() {
        let stuck = async |_tx: &mut Tx| -> Result<(), DbError> { std::future::pending().await };
        let ended = guarded(stuck, &mut tx(), Duration::from_millis(20)).await;
        assert!(matches!(ended, Err(Failure::Ours(DbError::TookTooLong { .. }))));
    }

    #[tokio::test]
    async fn a_unit_that_never_rests_is_ended_before_its_next_statement() {
        let busy = async |tx: &mut Tx| -> Result<(), DbError> {
            loop {
                tx.execute("SELECT 1", args![]).await?;
            }
        };
        let ended = guarded(busy, &mut tx(), Duration::from_millis(20)).await;
        assert!(matches!(ended, Err(Failure::Own(DbError::TookTooLong { .. }))));
    }
}
