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

/// Runs a unit so that it always comes to an end that is either its own or a [`DbError`].
pub(crate) async fn guarded<F, T, E>(unit: F, tx: &mut Tx, limit: Duration) -> Result<T, E>
where
    F: for<'t> Unit<'t, T, E>,
    E: From<DbError>,
{
    tx.heal();
    let running = AssertUnwindSafe(async { unit.start(tx).await }).catch_unwind();
    match tokio::time::timeout(limit, running).await {
        Ok(Ok(Ok(done))) => match tx.failure() {
            None => Ok(done),
            Some(cause) => Err(DbError::Poisoned { cause: Box::new(cause) }.into()),
        },
        Ok(Ok(Err(own))) => Err(own),
        Ok(Err(panic)) => Err(panicked(&*panic).into()),
        Err(_elapsed) => Err(DbError::TookTooLong { limit }.into()),
    }
}

/// A panic, as an error.
pub(crate) fn panicked(panic: &(dyn Any + Send)) -> DbError {
    let message = (panic.downcast_ref::<&str>().map(|message| (*message).to_owned()))
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "without a message".into());
    tracing::error!(%message, "a unit of work panicked and was rolled back");
    DbError::Panicked { message }
}
