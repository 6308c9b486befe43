//! PostgreSQL: every unit is its own transaction on a connection of a bounded pool.
//!
//! Writing units run in a task of their own, so that a caller who goes away doesn't cut one in half.

use std::time::Duration;

use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::{Connection, PgConnection, PgPool};

use crate::unit::{Failure, UNIT_TIME_MAX, guarded};
use crate::{DbError, Tx, Unit, translate};

/// Connections of one process. A server takes 100 by default, and it has other clients.
const CONNECTIONS_MAX: u32 = 16;
/// How long a unit waits for a free connection.
const CONNECTION_WAIT_MAX: Duration = Duration::from_secs(10);
/// How long the answer to COMMIT or ROLLBACK may take.
const END_TIME_MAX: Duration = Duration::from_secs(30);

/// What a server's own settings mustn't take from us: an answered commit is on disk, and a statement or a transaction
/// that we have given up doesn't live on with its locks (the times follow [`UNIT_TIME_MAX`]).
const SESSION: &str = "SELECT set_config('synchronous_commit', 'on', false)
    WHERE current_setting('synchronous_commit') = 'off';
    SET statement_timeout = '30s'; SET idle_in_transaction_session_timeout = '60s'";

#[derive(Debug, Clone)]
pub(crate) struct PostgresStore {
    pool: PgPool,
}

impl PostgresStore {
    pub(crate) async fn open(url: &str) -> Result<Self, DbError> {
        let options: PgConnectOptions = url.parse().map_err(|_| DbError::Url {
            url: "postgres://…".into(),
            rule: "it must be postgres://USER:PASSWORD@HOST:PORT/DATABASE",
        })?;
        // Once by hand: a pool would try for a while and then only say that its time ran out.
        let first = PgConnection::connect_with(&options).await.map_err(translate::opening)?;
        if let Err(error) = first.close().await {
            tracing::debug!(%error, "the first connection did not end well; it was only asked whether the server answers");
        }
        let pool = PgPoolOptions::new()
            .max_connections(CONNECTIONS_MAX)
            .acquire_timeout(CONNECTION_WAIT_MAX)
            .test_before_acquire(false)
            .after_connect(|connection, _| {
                Box::pin(async move { sqlx::raw_sql(SESSION).execute(connection).await.map(drop) })
            })
            .connect_lazy_with(options);
        Ok(Self { pool })
    }

    pub(crate) async fn write<F, T, E>(&self, unit: F, limit: Duration) -> Result<T, E>
    where
        F: for<'t> Unit<'t, T, E> + 'static,
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        // The connection first, the task second: what waits for a connection hasn't started and may be dropped, and
        // there are never more tasks than connections.
        let mut tx = self.begin("BEGIN ISOLATION LEVEL READ COMMITTED", true).await?;
        let unit = tokio::spawn(async move {
            let result = guarded(unit, &mut tx, limit).await;
            let ended = tokio::time::timeout(END_TIME_MAX, tx.end(result.is_ok())).await;
            let done = result?;
            match ended {
                Ok(Ok(())) => Ok(done),
                Ok(Err(error)) => Err(Failure::Ours(translate::commit(error))),
                Err(_elapsed) => {
                    let cause = DbError::Unavailable { detail: "COMMIT was not answered".into() };
                    Err(Failure::Ours(DbError::CommitUnknown { cause: Box::new(cause) }))
                }
            }
        });
        // Only a runtime that shuts down ends the task early.
        let outcome = unit.await.unwrap_or(Err(Failure::Ours(DbError::Closed)));
        outcome.map_err(Failure::into_own)
    }

    pub(crate) async fn read<F, T, E>(&self, unit: F) -> Result<T, E>
    where
        F: for<'t> Unit<'t, T, E>,
        E: From<DbError>,
    {
        let mut tx = self.begin("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY", false).await?;
        let result = guarded(unit, &mut tx, UNIT_TIME_MAX).await;
        // Nothing to keep: that the end went wrong says nothing about what was read.
        match tokio::time::timeout(END_TIME_MAX, tx.end(false)).await {
            Ok(Ok(())) => {}
            Ok(Err(error)) => tracing::debug!(%error, "a read did not end well"),
            Err(_) => tracing::debug!("a read did not end in time"),
        }
        result.map_err(Failure::into_own)
    }

    pub(crate) async fn close(&self) {
        self.pool.close().await;
    }

    async fn begin(&self, begin: &'static str, may_write: bool) -> Result<Tx, DbError> {
        let mut tries = 1;
        loop {
            match self.pool.begin_with(begin).await {
                Ok(transaction) => return Ok(Tx::postgres(transaction, may_write)),
                // Connections that slept through a restart of the server fail here, each of them once. Asking them
                // all beforehand, every time, would cost each unit a round trip.
                Err(sqlx::Error::Io(_) | sqlx::Error::Database(_)) if tries <= CONNECTIONS_MAX => tries += 1,
                Err(error) => return Err(translate::opening(error)),
            }
        }
    }
}
