//! The transaction that a unit of work speaks to.
//!
//! It is poisoned at its first failed statement: SQLite may have rolled the whole transaction back by itself (disk
//! full, an I/O error, `RAISE(ROLLBACK)`), and a unit that swallowed the error would go on in autocommit and leave a
//! row behind that its caller was told had failed.

use ring::digest::{SHA256, digest};
use sqlx::postgres::PgQueryResult;
use sqlx::sqlite::SqliteQueryResult;
use sqlx::{Postgres, Sqlite, SqliteConnection, Transaction};

use crate::row::Row;
use crate::sql::arguments_asked;
use crate::{Args, DbError, Engine, Sql, args, translate};

/// An open transaction of either engine.
///
/// Inside a unit: few statements, nothing slow, no HTTP. On SQLite everyone else waits meanwhile.
#[derive(Debug)]
pub struct Tx {
    connection: Connection,
    may_write: bool,
    state: State,
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
    /// SQLite's one writer; its transaction is begun and ended by the batch.
    Writer(SqliteConnection),
    Reader(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

/// Runs one statement on whichever engine this is and maps what it answers.
macro_rules! on_engine {
    ($tx:expr, $sql:expr, $args:expr, $run:ident, $answer:expr) => {
        match &mut $tx.connection {
            Connection::Writer(connection) => {
                on_engine!(&mut *connection, $sql.sqlite, $args.for_sqlite() => $run, $answer)
            }
            Connection::Reader(transaction) => {
                on_engine!(&mut **transaction, $sql.sqlite, $args.for_sqlite() => $run, $answer)
            }
            Connection::Postgres(transaction) => {
                on_engine!(&mut **transaction, $sql.postgres, $args.for_postgres() => $run, $answer)
            }
        }
    };
    ($connection:expr, $text:expr, $bound:expr => $run:ident, $answer:expr) => {
        match $bound {
            Ok(bound) => sqlx::query_with($text, bound).$run($connection).await.and_then($answer),
            Err(error) => Err(sqlx::Error::Encode(error)),
        }
    };
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
        let done = on_engine!(self, sql, args, execute, Affected::affected);
        self.leave(sql, done)
    }

    /// Runs a query and returns all its rows. Bound it (`LIMIT`): they are all in memory.
    pub async fn fetch_all(&mut self, sql: impl Into<Sql>, args: Args) -> Result<Vec<Row>, DbError> {
        let sql = sql.into();
        self.enter(sql, &args)?;
        let rows = on_engine!(self, sql, args, fetch_all, Row::all);
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

    pub(crate) fn reader(transaction: Transaction<'static, Sqlite>) -> Self {
        Self::over(Connection::Reader(transaction), false)
    }

    pub(crate) fn postgres(transaction: Transaction<'static, Postgres>, may_write: bool) -> Self {
        Self::over(Connection::Postgres(transaction), may_write)
    }

    fn over(connection: Connection, may_write: bool) -> Self {
        Self { connection, may_write, state: State::Fine }
    }

    /// Forgets the last unit's failure, before the next one runs in the same batch.
    pub(crate) fn heal(&mut self) {
        self.state = State::Fine;
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
    pub(crate) async fn script(&mut self, text: impl sqlx::SqlSafeStr) -> Result<(), sqlx::Error> {
        let script = sqlx::raw_sql(text);
        match &mut self.connection {
            Connection::Writer(connection) => script.execute(&mut *connection).await.map(drop),
            Connection::Reader(transaction) => script.execute(&mut **transaction).await.map(drop),
            Connection::Postgres(transaction) => script.execute(&mut **transaction).await.map(drop),
        }
    }

    /// Ends the transaction of a unit that has its own; the writer's belongs to its batch.
    pub(crate) async fn end(self, keep: bool) -> Result<(), sqlx::Error> {
        match (self.connection, keep) {
            (Connection::Writer(_), _) => Ok(()),
            (Connection::Reader(transaction), _) => transaction.rollback().await,
            (Connection::Postgres(transaction), true) => transaction.commit().await,
            (Connection::Postgres(transaction), false) => transaction.rollback().await,
        }
    }

    /// Closes the writer's connection, waiting until SQLite has let go of the file.
    pub(crate) async fn close(self) {
        if let Connection::Writer(connection) = self.connection
            && let Err(error) = sqlx::Connection::close(connection).await
        {
            tracing::warn!(%error, "the writer did not close cleanly");
        }
    }

    fn enter(&mut self, sql: Sql, args: &Args) -> Result<(), DbError> {
        if let Some(cause) = self.failure() {
            return Err(DbError::Poisoned { cause: Box::new(cause) });
        }
        let text = sql.on(self.engine());
        if let Err(error) = check(text, args) {
            self.state = State::Failed(error.clone());
            return Err(error);
        }
        self.state = State::Running(text);
        Ok(())
    }

    fn leave<A>(&mut self, sql: Sql, answer: Result<A, sqlx::Error>) -> Result<A, DbError> {
        let text = sql.on(self.engine());
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

/// How many rows a statement touched. Fallible as reading rows is, so that [`on_engine!`] treats both alike.
trait Affected {
    fn affected(self) -> Result<u64, sqlx::Error>;
}

impl Affected for SqliteQueryResult {
    fn affected(self) -> Result<u64, sqlx::Error> {
        Ok(self.rows_affected())
    }
}

impl Affected for PgQueryResult {
    fn affected(self) -> Result<u64, sqlx::Error> {
        Ok(self.rows_affected())
    }
}

/// PostgreSQL's advisory locks are numbers.
fn lock_number(key: &str) -> i64 {
    let hash = digest(&SHA256, key.as_bytes());
    hash.as_ref().iter().take(8).fold(0, |number, byte| (number << 8) | i64::from(*byte))
}
