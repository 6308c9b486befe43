//! One connection to the file. A statement runs on the thread that asks: whoever holds a connection has a thread of its
//! own for it, so that a unit of many statements costs one trip to that thread and not one for each.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rusqlite::config::DbConfig;
use rusqlite::types::ValueRef;
use rusqlite::{CachedStatement, OpenFlags};

use crate::args::{Args, Value};
use crate::row::{Cell, Row};
use crate::translate::EngineError;

/// How long a statement waits for a foreign lock, such as a backup tool's.
const BUSY_WAIT: Duration = Duration::from_secs(5);
/// Statements kept prepared on each connection.
const STATEMENTS_CACHED: usize = 256;

/// Steps of SQLite's machine between two looks whether its answer is still wanted: some microseconds.
const STEPS_BETWEEN_LOOKS: i32 = 1_000;

/// The writer's. What is overwritten or deleted may have been a secret: its bytes go with it, where that costs no extra
/// write. What a unit that fails would take back is kept in memory: the bytes of a few pages, and no file for each unit.
const WRITING: &str = "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL;
    PRAGMA foreign_keys = ON; PRAGMA secure_delete = FAST; PRAGMA temp_store = MEMORY";
const READING: &str = "PRAGMA foreign_keys = ON; PRAGMA query_only = ON";

thread_local! {
    /// Pages in the log after the last commit of this thread.
    static LOG_PAGES: std::cell::Cell<u32> = const { std::cell::Cell::new(0) };
}

/// A connection to a database file.
#[derive(Debug)]
pub(crate) struct SqliteConnection(rusqlite::Connection);

/// What a connection is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Purpose {
    /// The process's one writer; makes the file if it isn't there.
    Write,
    /// One of many readers of a file that is there.
    Read,
    /// A file that is copied or tidied up, as it is.
    Tend,
    /// A look at a file that nobody writes to, which leaves nothing beside it.
    Look,
}

impl SqliteConnection {
    pub(crate) fn open(path: &Path, purpose: Purpose) -> Result<Self, EngineError> {
        let access = match purpose {
            Purpose::Write => OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE,
            Purpose::Read | Purpose::Tend => OpenFlags::SQLITE_OPEN_READ_WRITE,
            Purpose::Look => OpenFlags::SQLITE_OPEN_READ_ONLY | OpenFlags::SQLITE_OPEN_URI,
        };
        let path = if purpose == Purpose::Look { immutable(path) } else { path.to_owned() };
        let connection = rusqlite::Connection::open_with_flags(path, access | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
        connection.set_prepared_statement_cache_capacity(STATEMENTS_CACHED);
        connection.busy_timeout(BUSY_WAIT)?;
        // A plan that looks at the arguments is made anew for each of them.
        connection.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
        match purpose {
            Purpose::Write => {
                connection.execute_batch(WRITING)?;
                // In the place of SQLite's own, which copies the log before it answers.
                connection.wal_hook(Some(|_, pages| {
                    LOG_PAGES.set(u32::try_from(pages).unwrap_or_default());
                    Ok(())
                }));
            }
            Purpose::Read => connection.execute_batch(READING)?,
            Purpose::Tend | Purpose::Look => {}
        }
        Ok(Self(connection))
    }

    /// Keeps so many KiB of the file's pages in memory, where SQLite alone would keep 2 MB: who meets its pages there
    /// asks the system for none of them.
    pub(crate) fn keep_pages(&self, kib: u32) -> Result<(), EngineError> {
        Ok(self.0.execute_batch(&format!("PRAGMA cache_size = -{kib}"))?)
    }

    /// Runs a statement to its end and says how many rows it changed.
    pub(crate) fn execute(&self, sql: &str, args: Args) -> Result<u64, EngineError> {
        let mut statement = self.bound(sql, args)?;
        let reads = statement.readonly();
        let mut rows = statement.raw_query();
        while rows.next()?.is_some() {}
        drop(rows);
        Ok(if reads { 0 } else { self.0.changes() })
    }

    /// Runs a query to its end.
    pub(crate) fn fetch_all(&self, sql: &str, args: Args) -> Result<Vec<Row>, EngineError> {
        let mut statement = self.bound(sql, args)?;
        let columns: Arc<[String]> = statement.column_names().into_iter().map(str::to_owned).collect();
        let mut rows = statement.raw_query();
        let mut found = Vec::new();
        while let Some(row) = rows.next()? {
            let cells = (0..columns.len()).map(|at| row.get_ref(at).map(cell)).collect::<Result<_, _>>()?;
            found.push(Row::new(Arc::clone(&columns), cells));
        }
        Ok(found)
    }

    /// Runs a text of several statements without arguments.
    pub(crate) fn script(&self, text: &str) -> Result<(), EngineError> {
        Ok(self.0.execute_batch(text)?)
    }

    /// Ends what runs, and whatever is begun, for as long as this says so. (SQLite's own interrupt passes by a statement
    /// that is about to begin.)
    pub(crate) fn ends_when(&self, unwanted: impl FnMut() -> bool + Send + 'static) -> Result<(), EngineError> {
        Ok(self.0.progress_handler(STEPS_BETWEEN_LOOKS, Some(unwanted))?)
    }

    /// Pages that the last commit of this thread left in the log: the writer has its thread for itself.
    pub(crate) fn log_pages() -> u32 {
        LOG_PAGES.get()
    }

    /// Copies the log's pages to their places, as far as no reader needs what is there. How many of them are copied.
    pub(crate) fn copy_log(&self) -> Result<u32, EngineError> {
        let copied: i64 = self.0.query_row("PRAGMA wal_checkpoint(PASSIVE)", (), |row| row.get(2))?;
        Ok(u32::try_from(copied).unwrap_or_default())
    }

    /// Lets go of the file.
    pub(crate) fn close(self) -> Result<(), EngineError> {
        self.0.close().map_err(|(_, error)| error.into())
    }

    /// SQLite takes `$1` for a name and numbers names as they come: each is given what its digits say.
    fn bound(&self, sql: &str, args: Args) -> Result<CachedStatement<'_>, EngineError> {
        let mut statement = self.0.prepare_cached(sql)?;
        let values = args.into_values();
        for index in 1..=statement.parameter_count() {
            let number = statement.parameter_name(index).and_then(|name| name.strip_prefix('$')?.parse::<usize>().ok());
            // That there are as many arguments as the statement asks for was checked before.
            let value = number.and_then(|number| values.get(number.checked_sub(1)?));
            match value {
                None | Some(Value::Null(_)) => statement.raw_bind_parameter(index, rusqlite::types::Null)?,
                Some(Value::Text(text)) => statement.raw_bind_parameter(index, text)?,
                Some(Value::Int(number)) => statement.raw_bind_parameter(index, number)?,
                Some(Value::Bytes(bytes)) => statement.raw_bind_parameter(index, bytes)?,
            }
        }
        Ok(statement)
    }
}

fn cell(value: ValueRef<'_>) -> Cell {
    match value {
        ValueRef::Null => Cell::Null,
        ValueRef::Integer(number) => Cell::Int(number),
        ValueRef::Real(_) => Cell::Foreign("REAL".to_owned()),
        ValueRef::Text(text) => match std::str::from_utf8(text) {
            Ok(text) => Cell::Text(text.to_owned()),
            Err(_) => Cell::Foreign("a text that is not UTF-8".to_owned()),
        },
        ValueRef::Blob(bytes) => Cell::Bytes(bytes.to_vec()),
    }
}

/// The path as an address that says that nobody writes to the file.
fn immutable(path: &Path) -> PathBuf {
    let mut address = String::from("file:");
    for byte in path.as_os_str().as_encoded_bytes() {
        match byte {
            b'/' | b'.' | b'-' | b'_' | b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' => address.push(char::from(*byte)),
            other => {
                address.push('%');
                address.push_str(&hex::encode([*other]));
            }
        }
    }
    address.push_str("?immutable=1");
    address.into()
}
