//! The transaction that a unit of work speaks to.
//!
//! It is poisoned at its first failed statement: SQLite may have rolled the whole transaction back by itself (disk
//! full, an I/O error, `RAISE(ROLLBACK)`), and a unit that swallowed the error would go on in autocommit and leave a
//! row behind that its caller was told had failed.

use std::time::{Duration, Instant};

use ring::digest::{SHA256, digest};
use sqlx::{Postgres, Transaction};

use crate::row::Row;
use crate::sql::arguments_asked;
use crate::sqlite::{Reader, SqliteConnection};
use crate::translate::EngineError;
use crate::{Args, DbError, Engine, Sql, args, translate};

/// A statement that takes longer is told to whoever operates it.
const SLOW: Duration = Duration::from_secs(1);

/// An open transaction of either engine.
///
/// Inside a unit: few statements, nothing slow, no HTTP. On SQLite everyone else waits meanwhile.
#[derive(Debug)]
pub struct Tx {
    connection: Connection,
    may_write: bool,
    state: State,
    /// When the unit's time is up; it is looked at before each statement.
    until: Option<(Instant, Duration)>,
    asked_at: Instant,
}

/// How the unit stands with its statements.
#[derive(Debug)]
enum State {
    Fine,
    /// A statement runs. Still so when the unit ends: its future was dropped before it answered.
    Running(&'static str),
    /// The first failure.
    Failed(DbError),
}

#[derive(Debug)]
enum Connection {
    /// SQLite's one writer, on its own thread; its transaction is begun and ended by the batch.
    Writer(SqliteConnection),
    Reader(Reader),
    Postgres(Transaction<'static, Postgres>),
}

impl Tx {
    /// Which engine this is; for the rare statement that can't be said in one text (see [`Sql`]).
    pub fn engine(&self) -> Engine {
        match self.connection {
            Connection::Writer(_) | Connection::Reader(_) => Engine::Sqlite,
            Connection::Postgres(_) => Engine::Postgres,
        }
    }

    /// Runs a statement and says how many rows it inserted, updated or deleted.
    pub async fn execute(&mut self, sql: impl Into<Sql>, args: Args) -> Result<u64, DbError> {
        let sql = sql.into();
        self.enter(sql, &args)?;
        let done = match &mut self.connection {
            Connection::Writer(connection) => connection.execute(sql.sqlite, args),
            Connection::Reader(reader) => reader.execute(sql.sqlite, args).await,
            Connection::Postgres(transaction) => on_server::execute(transaction, sql.postgres, args).await,
        };
        self.leave(sql, done)
    }

    /// Runs a query and returns all its rows. Bound it (`LIMIT`): they are all in memory.
    pub async fn fetch_all(&mut self, sql: impl Into<Sql>, args: Args) -> Result<Vec<Row>, DbError> {
        let sql = sql.into();
        self.enter(sql, &args)?;
        let rows = match &mut self.connection {
            Connection::Writer(connection) => connection.fetch_all(sql.sqlite, args),
            Connection::Reader(reader) => reader.fetch_all(sql.sqlite, args).await,
            Connection::Postgres(transaction) => on_server::fetch_all(transaction, sql.postgres, args).await,
        };
        self.leave(sql, rows)
    }

    /// Runs a query and returns its first row, if it has one.
    ///
    /// The query runs to its end: SQLite checks references only there, also for `INSERT … RETURNING`.
    pub async fn fetch_optional(&mut self, sql: impl Into<Sql>, args: Args) -> Result<Option<Row>, DbError> {
        Ok(self.fetch_all(sql, args).await?.into_iter().next())
    }

    /// Runs a query and returns its first row; [`DbError::NoRow`] where there is none.
    pub async fn fetch_one(&mut self, sql: impl Into<Sql>, args: Args) -> Result<Row, DbError> {
        let sql = sql.into();
        let row = self.fetch_optional(sql, args).await?;
        row.ok_or_else(|| DbError::NoRow { sql: translate::shown(sql.on(self.engine())) })
    }

    /// Makes units with the same `key` run one after the other, from here to their end.
    ///
    /// Nothing on SQLite, where all writing units do. Needed wherever a unit reads and then writes what it read.
    pub async fn lock(&mut self, key: &str) -> Result<(), DbError> {
        if self.engine() == Engine::Postgres {
            self.execute("SELECT pg_advisory_xact_lock($1)", args![lock_number(key)]).await?;
        }
        Ok(())
    }

    pub(crate) fn writer(connection: SqliteConnection) -> Self {
        Self::over(Connection::Writer(connection), true)
    }

    pub(crate) fn reader(reader: Reader) -> Self {
        Self::over(Connection::Reader(reader), false)
    }

    pub(crate) fn postgres(transaction: Transaction<'static, Postgres>, may_write: bool) -> Self {
        Self::over(Connection::Postgres(transaction), may_write)
    }

    fn over(connection: Connection, may_write: bool) -> Self {
        Self { connection, may_write, state: State::Fine, until: None, asked_at: Instant::now() }
    }

    /// Forgets the last unit's failure before the next one runs in the same batch, which has so much time.
    pub(crate) fn renew(&mut self, limit: Duration) {
        self.state = State::Fine;
        self.until = Instant::now().checked_add(limit).map(|until| (until, limit));
    }

    /// The first failure of the unit, which keeps it from going on and from committing.
    pub(crate) fn failure(&self) -> Option<DbError> {
        match &self.state {
            State::Fine => None,
            State::Running(text) => Some(DbError::Abandoned { sql: translate::shown(text) }),
            State::Failed(cause) => Some(cause.clone()),
        }
    }

    /// Runs text of several statements without arguments: transaction control and migrations.
    pub(crate) async fn script(&mut self, text: String) -> Result<(), EngineError> {
        match &mut self.connection {
            Connection::Writer(connection) => connection.script(&text),
            Connection::Reader(_) => Err(rusqlite::Error::InvalidQuery.into()),
            Connection::Postgres(transaction) => {
                let script = sqlx::raw_sql(sqlx::AssertSqlSafe(text));
                Ok(script.execute(&mut **transaction).await.map(drop)?)
            }
        }
    }

    /// Runs text of the batch that the writer's units share.
    pub(crate) fn control(&mut self, text: &'static str) -> Result<(), EngineError> {
        match &self.connection {
            Connection::Writer(connection) => connection.script(text),
            Connection::Reader(_) | Connection::Postgres(_) => Err(rusqlite::Error::InvalidQuery.into()),
        }
    }

    /// Ends the transaction of a unit that has its own; the writer's belongs to its batch.
    pub(crate) async fn end(self, keep: bool) -> Result<(), EngineError> {
        match (self.connection, keep) {
            // A reader's snapshot ends when it is given back.
            (Connection::Writer(_) | Connection::Reader(_), _) => Ok(()),
            (Connection::Postgres(transaction), true) => Ok(transaction.commit().await?),
            (Connection::Postgres(transaction), false) => Ok(transaction.rollback().await?),
        }
    }

    /// Closes the writer's connection: SQLite lets go of the file.
    pub(crate) fn close(self) {
        if let Connection::Writer(connection) = self.connection
            && let Err(error) = connection.close()
        {
            tracing::warn!(%error, "the writer did not close cleanly");
        }
    }

    fn enter(&mut self, sql: Sql, args: &Args) -> Result<(), DbError> {
        if let Some(cause) = self.failure() {
            return Err(DbError::Poisoned { cause: Box::new(cause) });
        }
        let text = sql.on(self.engine());
        self.asked_at = Instant::now();
        let overdue = self.until.filter(|(until, _)| *until < self.asked_at);
        let fine = overdue.map_or_else(|| check(text, args), |(_, limit)| Err(DbError::TookTooLong { limit }));
        if let Err(error) = fine {
            self.state = State::Failed(error.clone());
            return Err(error);
        }
        self.state = State::Running(text);
        Ok(())
    }

    fn leave<A>(&mut self, sql: Sql, answer: Result<A, EngineError>) -> Result<A, DbError> {
        let text = sql.on(self.engine());
        let took = self.asked_at.elapsed();
        tracing::debug!(target: "db::statement", sql = text, elapsed_secs = took.as_secs_f64());
        if took > SLOW {
            tracing::warn!(sql = translate::shown(text), elapsed_secs = took.as_secs_f64(), "a slow statement");
        }
        let answer = answer.map_err(|error| match translate::statement(error, text) {
            DbError::ReadOnly { .. } if !self.may_write => DbError::WriteInRead { sql: translate::shown(text) },
            error => error,
        });
        self.state = answer.as_ref().err().cloned().map_or(State::Fine, State::Failed);
        answer
    }
}

/// What SQLite would let pass and PostgreSQL would not is refused on both.
fn check(sql: &str, args: &Args) -> Result<(), DbError> {
    let asked = arguments_asked(sql);
    let rule = if asked != args.len() {
        format!("the statement asks for {asked}, {} given", args.len())
    } else if let Some(position) = args.text_with_nul() {
        format!("${position} is a text with a NUL character in it")
    } else {
        return Ok(());
    };
    Err(DbError::Arguments { rule, sql: translate::shown(sql) })
}

/// A statement on PostgreSQL.
mod on_server {
    use super::{Args, EngineError, Postgres, Row, Transaction};

    pub(super) async fn execute(
        transaction: &mut Transaction<'static, Postgres>,
        text: &'static str,
        args: Args,
    ) -> Result<u64, EngineError> {
        let bound = args.for_postgres().map_err(sqlx::Error::Encode)?;
        Ok(sqlx::query_with(text, bound).execute(&mut **transaction).await?.rows_affected())
    }

    pub(super) async fn fetch_all(
        transaction: &mut Transaction<'static, Postgres>,
        text: &'static str,
        args: Args,
    ) -> Result<Vec<Row>, EngineError> {
        let bound = args.for_postgres().map_err(sqlx::Error::Encode)?;
        Ok(Row::all(sqlx::query_with(text, bound).fetch_all(&mut **transaction).await?)?)
    }
}

/// PostgreSQL's advisory locks are numbers.
fn lock_number(key: &str) -> i64 {
    let hash = digest(&SHA256, key.as_bytes());
    hash.as_ref().iter().take(8).fold(0, |number, byte| (number << 8) | i64::from(*byte))
}
