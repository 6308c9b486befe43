//! The handle that everybody holds: open, migrate, write, read, close. It picks the engine once, by the address.

use std::sync::Arc;
use std::time::Duration;

use crate::lines::Whose;
use crate::postgres::PostgresStore;
use crate::sqlite::SqliteStore;
use crate::unit::UNIT_TIME_MAX;
use crate::{DbError, Migration, Tx, Unit, migrate};

/// A database of either engine. Cloning is cheap and gives another handle to the same one.
#[derive(Debug, Clone)]
pub struct Db {
    store: Store,
    whose: Whose,
}

#[derive(Debug, Clone)]
enum Store {
    Sqlite(SqliteStore),
    Postgres(PostgresStore),
}

/// The engines there are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Engine {
    /// One file on this machine.
    Sqlite,
    /// A server.
    Postgres,
}

/// How long SQLite's log gets before its pages are copied to their places in the file: every start after a crash reads
/// it whole, and a page that many commits wrote is copied once. PostgreSQL sees to its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Log {
    /// 4 MB, for a machine on which little is written and the power goes often.
    Short,
    /// 64 MB.
    Long,
}

impl Db {
    /// Opens `sqlite:PATH` (created with its folder if it isn't there) or `postgres://…`.
    ///
    /// Fails with [`DbError::Url`] for any other address, [`DbError::Held`] while another process has the file open,
    /// and [`DbError::Unavailable`], [`DbError::DiskFull`] or [`DbError::ReadOnly`] as the storage has it.
    pub async fn open(url: &str) -> Result<Self, DbError> {
        Self::open_with(url, Log::Long).await
    }

    /// The same, where something else is known of how much is written.
    pub async fn open_with(url: &str, log: Log) -> Result<Self, DbError> {
        let store = if let Some(path) = url.strip_prefix("sqlite:") {
            Store::Sqlite(SqliteStore::open(path.strip_prefix("//").unwrap_or(path), log).await?)
        } else if url.starts_with("postgres://") || url.starts_with("postgresql://") {
            Store::Postgres(PostgresStore::open(url).await?)
        } else {
            let scheme = url.split_once(':').map_or(url, |(scheme, _)| scheme);
            let rule = "it must be sqlite:PATH or postgres://USER@HOST/DATABASE";
            return Err(DbError::Url { url: format!("{scheme}:…"), rule });
        };
        Ok(Self { store, whose: None })
    }

    /// The same database, for units that are written in the name of somebody: on SQLite theirs wait in a line of their
    /// own for the one writer, and lines take turns, so that nobody waits behind another's crowd. Handles with the same
    /// name share a line. PostgreSQL runs units at the same time and has no line.
    #[must_use]
    pub fn in_line_of(&self, whose: &str) -> Self {
        Self { store: self.store.clone(), whose: Some(Arc::from(whose)) }
    }

    /// Which engine this is.
    pub fn engine(&self) -> Engine {
        match self.store {
            Store::Sqlite(_) => Engine::Sqlite,
            Store::Postgres(_) => Engine::Postgres,
        }
    }

    /// Brings the schema up to date: what isn't applied yet is, all of it or nothing. Safe to call from many processes
    /// at once.
    ///
    /// Refuses with [`DbError::SchemaNewer`] where a newer program was here before, with
    /// [`DbError::MigrationChanged`] where a migration that was applied reads differently now, and with
    /// [`DbError::MigrationOrder`] where the list itself has gaps or twins.
    pub async fn migrate(&self, migrations: &[Migration]) -> Result<(), DbError> {
        // A migration may rewrite a large table: it has all the time it needs.
        let unlimited = Duration::MAX;
        let migrations = migrations.to_vec();
        self.submit(async move |tx: &mut Tx| -> Result<(), DbError> { migrate::run(tx, &migrations).await }, unlimited)
            .await
    }

    /// The schema's newest version of each place, read only: the database answers, and what is there is exactly what
    /// these migrations make.
    ///
    /// Refuses with [`DbError::SchemaNewer`], [`DbError::SchemaOlder`] or [`DbError::MigrationChanged`] where it isn't.
    pub async fn schema(&self, migrations: &[Migration]) -> Result<Vec<(String, i64)>, DbError> {
        let migrations = migrations.to_vec();
        self.read(async move |tx: &mut Tx| -> Result<_, DbError> { migrate::check(tx, &migrations).await }).await
    }

    /// Runs `unit` in a transaction and answers once it is durable, or with an error and nothing stored.
    ///
    /// Units on SQLite run one after the other, many to an fsync; on PostgreSQL at the same time, at READ COMMITTED:
    /// a unit that reads and then writes what it read takes a [`Tx::lock`] first. Once a unit has started it runs to
    /// its end, even if its caller is dropped. An error from the unit rolls it back and no other; so does a panic, and
    /// so do 30 seconds.
    ///
    /// Never call this from inside a unit: the inner one waits for the outer one's end.
    pub async fn write<F, T, E>(&self, unit: F) -> Result<T, E>
    where
        F: for<'t> Unit<'t, T, E> + 'static,
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        self.submit(unit, UNIT_TIME_MAX).await
    }

    /// Runs `unit` over one consistent snapshot of what is committed. A write in it fails with
    /// [`DbError::WriteInRead`]. A dropped caller ends the unit, and so do 30 seconds: a snapshot that is held for long
    /// keeps the engine from tidying up.
    pub async fn read<F, T, E>(&self, unit: F) -> Result<T, E>
    where
        F: for<'t> Unit<'t, T, E>,
        T: Send,
        E: From<DbError> + Send,
    {
        match &self.store {
            Store::Sqlite(store) => store.read(unit).await,
            Store::Postgres(store) => store.read(unit).await,
        }
    }

    /// Lets the units under way finish, then lets go of the database. Other handles get [`DbError::Closed`] from here
    /// on. Without it the database is let go of some time after the last handle is dropped.
    pub async fn close(self) {
        match self.store {
            Store::Sqlite(store) => store.close().await,
            Store::Postgres(store) => store.close().await,
        }
    }

    async fn submit<F, T, E>(&self, unit: F, limit: Duration) -> Result<T, E>
    where
        F: for<'t> Unit<'t, T, E> + 'static,
        T: Send + 'static,
        E: From<DbError> + Send + 'static,
    {
        match &self.store {
            Store::Sqlite(store) => store.write(self.whose.clone(), unit, limit).await,
            Store::Postgres(store) => store.write(unit, limit).await,
        }
    }
}
