//! Sessions, kept in the place's own database.
//!
//! The table holds the SHA-256 of a session's id, so a copy of the database signs nobody in. A session ends when it
//! has been idle too long, when it is too old, at log-out, and when its user's sessions are ended; a slow request
//! that still writes to an ended session does not bring it back. Time comes from the given clock.

use std::fmt;

use async_trait::async_trait;
use db::{Db, DbError, Migration, Tx, args};
use jiff::{SignedDuration, Timestamp};
use serde_json::Value;
use tower_sessions::cookie::SameSite;
use tower_sessions::session::{Id, Record};
use tower_sessions::session_store::{self, Error as StoreError};
use tower_sessions::{Expiry, SessionManagerLayer, SessionStore};

use crate::Clock;
use crate::Routes;
use crate::signed_in;

const TABLE: &str = "
CREATE TABLE web_session (
    id_hash TEXT PRIMARY KEY,
    tenant TEXT NOT NULL,
    user_id TEXT NOT NULL,
    data TEXT NOT NULL,
    created_ms BIGINT NOT NULL,
    seen_ms BIGINT NOT NULL
);
CREATE INDEX web_session_user ON web_session (tenant, user_id);
CREATE INDEX web_session_seen ON web_session (seen_ms);
";

const LOOK_UP: &str = "SELECT data, created_ms, seen_ms FROM web_session WHERE id_hash = $1";
const SAW: &str = "UPDATE web_session SET seen_ms = $2 WHERE id_hash = $1";
const INSERT: &str = "INSERT INTO web_session (id_hash, tenant, user_id, data, created_ms, seen_ms)
                      VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (id_hash) DO NOTHING";
// Not an upsert: a session that was ended meanwhile stays ended.
const UPDATE: &str = "UPDATE web_session SET data = $2 WHERE id_hash = $1";
const END: &str = "DELETE FROM web_session WHERE id_hash = $1";
const END_ALL: &str = "DELETE FROM web_session WHERE tenant = $1 AND user_id = $2";
const SWEEP: &str = "DELETE FROM web_session WHERE seen_ms <= $1 OR created_ms <= $2";

/// Looking is written down at most this often, so that reading pages does not write to the database.
const SEEN_EVERY: SignedDuration = SignedDuration::from_secs(60);

/// The tables of this crate, in the schema of `place`.
pub fn migrations(place: &'static str) -> Vec<Migration> {
    vec![Migration::both(place, 1, "web_session", TABLE)]
}

/// The sessions of one place.
#[derive(Clone)]
pub struct Sessions {
    db: Db,
    clock: Clock,
    cookie: &'static str,
    secure: bool,
    idle: SignedDuration,
    absolute: SignedDuration,
}

impl Sessions {
    /// `cookie` differs from place to place: cookies don't tell ports apart. `secure` where browsers come by https.
    pub fn new(db: Db, clock: Clock, cookie: &'static str, secure: bool) -> Self {
        let (idle, absolute) = (SignedDuration::from_hours(4), SignedDuration::from_hours(24));
        Self { db, clock, cookie, secure, idle, absolute }
    }

    /// Ends sessions after `idle` without a request, and `absolute` after log-in in any case.
    #[must_use]
    pub fn limits(mut self, idle: SignedDuration, absolute: SignedDuration) -> Self {
        (self.idle, self.absolute) = (idle, absolute);
        self
    }

    /// The layer that gives requests their session.
    pub fn layer(&self) -> SessionManagerLayer<Self> {
        // Browsers take `__Host-` only over https, from this very host and for all of it: no neighbour can plant one.
        let name = if self.secure { format!("__Host-{}", self.cookie) } else { self.cookie.to_owned() };
        SessionManagerLayer::new(self.clone())
            .with_name(name)
            .with_http_only(true)
            .with_same_site(SameSite::Lax)
            .with_secure(self.secure)
            .with_path("/")
            .with_expiry(Expiry::OnSessionEnd)
    }

    /// Gives these routes their session, for a place that has a door of its own.
    pub fn around(&self, routes: Routes) -> Routes {
        routes.around(|router| router.layer(self.layer()))
    }

    /// Ends every session of a user: after a new password, another role, or when someone leaves.
    pub async fn end_all(&self, tenant: &str, user_id: &str) -> Result<u64, DbError> {
        let (tenant, user_id) = (tenant.to_owned(), user_id.to_owned());
        self.db.write(async move |tx: &mut Tx| end_all(tx, &tenant, &user_id).await).await
    }

    /// Deletes sessions that have ended by time; run it now and then.
    pub async fn sweep(&self) -> Result<u64, DbError> {
        let now = (self.clock)();
        let (idle, old) = (before(now, self.idle), before(now, self.absolute));
        self.db.write(async move |tx: &mut Tx| tx.execute(SWEEP, args![idle, old]).await).await
    }

    async fn look_up(&self, id: &Id) -> Result<Option<Record>, DbError> {
        let (key, now) = (key(id), (self.clock)());
        let asked = key.clone();
        let found = self.db.read(async move |tx: &mut Tx| tx.fetch_optional(LOOK_UP, args![asked]).await).await?;
        let Some(row) = found else { return Ok(None) };
        let (created, seen) = (row.int("created_ms")?, row.int("seen_ms")?);
        if created <= before(now, self.absolute) || seen <= before(now, self.idle) {
            return Ok(None);
        }
        if seen <= before(now, SEEN_EVERY) {
            self.saw(key, now).await?;
        }
        let data = serde_json::from_str(&row.text("data")?).unwrap_or_default();
        Ok(Some(Record { id: *id, data, expiry_date: time::OffsetDateTime::UNIX_EPOCH }))
    }

    async fn saw(&self, key: String, now: Timestamp) -> Result<(), DbError> {
        let now = now.as_millisecond();
        self.db.write(async move |tx: &mut Tx| tx.execute(SAW, args![key, now]).await).await.map(drop)
    }

    async fn insert(&self, record: &Record) -> Result<u64, DbError> {
        let (key, data, (tenant, user_id)) = (key(&record.id), text(record), signed_in::owner(&record.data));
        let now = (self.clock)().as_millisecond();
        self.db
            .write(async move |tx: &mut Tx| tx.execute(INSERT, args![key, tenant, user_id, data, now, now]).await)
            .await
    }

    async fn update(&self, record: &Record) -> Result<u64, DbError> {
        let (key, data) = (key(&record.id), text(record));
        self.db.write(async move |tx: &mut Tx| tx.execute(UPDATE, args![key, data]).await).await
    }

    async fn end(&self, id: &Id) -> Result<u64, DbError> {
        let key = key(id);
        self.db.write(async move |tx: &mut Tx| tx.execute(END, args![key]).await).await
    }
}

/// Signs everybody out: a database that was restored knows sessions that have ended since.
pub async fn end_everyones(db: &Db) -> Result<u64, DbError> {
    db.write(async move |tx: &mut Tx| tx.execute("DELETE FROM web_session", args![]).await).await
}

/// Ends every session of a user in the transaction that changes the account, so that neither is without the other.
pub async fn end_all(tx: &mut Tx, tenant: &str, user_id: &str) -> Result<u64, DbError> {
    tx.execute(END_ALL, args![tenant, user_id]).await
}

impl fmt::Debug for Sessions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sessions").field("cookie", &self.cookie).finish_non_exhaustive()
    }
}

#[async_trait]
impl SessionStore for Sessions {
    async fn create(&self, record: &mut Record) -> session_store::Result<()> {
        while self.insert(record).await.map_err(store_error)? == 0 {
            record.id = Id::default();
        }
        Ok(())
    }

    async fn save(&self, record: &Record) -> session_store::Result<()> {
        self.update(record).await.map(drop).map_err(store_error)
    }

    async fn load(&self, id: &Id) -> session_store::Result<Option<Record>> {
        self.look_up(id).await.map_err(store_error)
    }

    async fn delete(&self, id: &Id) -> session_store::Result<()> {
        self.end(id).await.map(drop).map_err(store_error)
    }
}

fn key(id: &Id) -> String {
    hex::encode(ring::digest::digest(&ring::digest::SHA256, &id.0.to_le_bytes()))
}

fn text(record: &Record) -> String {
    serde_json::to_value(&record.data).unwrap_or(Value::Null).to_string()
}

fn before(now: Timestamp, span: SignedDuration) -> i64 {
    now.checked_sub(span).unwrap_or(Timestamp::MIN).as_millisecond()
}

#[expect(clippy::needless_pass_by_value, reason = "it stands in `map_err`")]
fn store_error(error: DbError) -> StoreError {
    StoreError::Backend(error.to_string())
}
