//! One seam over SQLite and PostgreSQL: whoever stores things says what to store, never which engine does it.
//!
//! A unit of work runs inside one transaction and either all of it is durable when [`Db::write`] answers `Ok`, or none
//! of it is there. On SQLite one writer runs many small units inside one fsync; on PostgreSQL each unit is its own
//! transaction. Callers can't tell. A unit whose statement failed is poisoned: it can neither go on nor commit.
//!
//! No word of any business is known here.
//!
//! ```no_run
//! use db::{Db, DbError, Migration, Tx, args};
//!
//! const MIGRATIONS: &[Migration] =
//!     &[Migration::both("shelf", 1, "jars", "CREATE TABLE jars (label TEXT PRIMARY KEY, grams BIGINT NOT NULL)")];
//!
//! async fn fill(db: &Db, label: String) -> Result<i64, DbError> {
//!     db.write(async move |tx: &mut Tx| -> Result<i64, DbError> {
//!         tx.lock(&label).await?;
//!         let row = tx
//!             .fetch_one(
//!                 "INSERT INTO jars (label, grams) VALUES ($1, $2)
//!                  ON CONFLICT (label) DO UPDATE SET grams = jars.grams + excluded.grams RETURNING grams",
//!                 args![&label, 250],
//!             )
//!             .await?;
//!         row.int("grams")
//!     })
//!     .await
//! }
//!
//! # async fn story() -> Result<(), DbError> {
//! let db = Db::open("sqlite:data/shelf.db").await?;
//! db.migrate(MIGRATIONS).await?;
//! assert_eq!(fill(&db, "plum".into()).await?, 250);
//! let grams = db
//!     .read(async |tx: &mut Tx| -> Result<Option<i64>, DbError> {
//!         let row = tx.fetch_optional("SELECT grams FROM jars WHERE label = $1", args!["plum"]).await?;
//!         row.map(|row| row.int("grams")).transpose()
//!     })
//!     .await?;
//! assert_eq!(grams, Some(250));
//! db.close().await;
//! # Ok(())
//! # }
//! ```

mod args;
pub mod backup;
mod batch;
mod database;
mod error;
mod lines;
mod migrate;
mod postgres;
mod row;
mod seal;
mod sql;
mod sqlite;
#[cfg(feature = "testing")]
pub mod testing;
mod translate;
mod tx;
mod unit;
pub mod whole;
mod writer;

pub use args::{Args, Kind, Kinded, Value};
pub use database::{Db, Engine, Log};
pub use error::{Constraint, DbError};
pub use migrate::Migration;
pub use row::Row;
pub use seal::{KeyFileError, KeyRing, Keys, RandomBytes, Sealed, SealedTable};
pub use sql::Sql;
pub use tx::Tx;
pub use unit::Unit;
