//! What a test's shell hands to a place that it works with as a library: the machine's clock, ids and secrets.

use db::Db;
use jiff::Timestamp;
use pos::{Clock, Pos, Settings};
use std::sync::Arc;
use uuid::Uuid;

/// What time it is.
#[expect(clippy::disallowed_methods, reason = "a test's shell: the processes run on the machine's clock")]
pub fn now() -> Timestamp {
    Timestamp::now()
}

/// A fresh id.
#[expect(clippy::disallowed_methods, reason = "a test's shell")]
pub fn id() -> Uuid {
    Uuid::now_v7()
}

/// Bytes that nobody guesses in a test.
pub fn bytes() -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes[..16].copy_from_slice(id().as_bytes());
    bytes[16..].copy_from_slice(id().as_bytes());
    bytes
}

/// The head office over a database that no process has now; close `db` before one gets it.
pub async fn head_office(database: &str, settings: Settings, clock: Clock) -> Pos {
    let db = Db::open(database).await.unwrap();
    db.migrate(&pos::schema::migrations()).await.unwrap();
    Pos::new(db, Settings { allow_private_networks: true, ..settings }, clock, Arc::new(id), Arc::new(bytes))
}
