//! The schema's history: forward only, each step once, all pending steps or none.
//!
//! What was applied is kept in `schema_version` with a checksum of its text. The history is per place: several parts
//! of a program may each keep theirs in one database.

use std::collections::BTreeMap;

use ring::digest::{SHA256, digest};

use crate::{DbError, Engine, Tx, args, translate};

/// One step of a schema.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Migration {
    /// Whose schema this is.
    pub place: &'static str,
    /// Counts up from 1 without gaps, per place.
    pub version: i64,
    /// What it does, in a few words.
    pub name: &'static str,
    /// What SQLite runs; may be several statements.
    pub sqlite: &'static str,
    /// What PostgreSQL runs; may be several statements. The word `BLOB` is read as `BYTEA`.
    pub postgres: &'static str,
}

impl Migration {
    /// A step that both engines understand. Write `TEXT`, `BIGINT` and `BLOB` for column types: on PostgreSQL the word
    /// `BLOB` is read as `BYTEA`, outside of quotes.
    pub const fn both(place: &'static str, version: i64, name: &'static str, sql: &'static str) -> Self {
        Self { place, version, name, sqlite: sql, postgres: sql }
    }

    fn text(&self, engine: Engine) -> &'static str {
        match engine {
            Engine::Sqlite => self.sqlite,
            Engine::Postgres => self.postgres,
        }
    }

    fn checksum(&self, engine: Engine) -> String {
        hex::encode(digest(&SHA256, self.text(engine).as_bytes()))
    }
}

const HISTORY: &str = "CREATE TABLE IF NOT EXISTS schema_version (
    place TEXT NOT NULL, version BIGINT NOT NULL, name TEXT NOT NULL, checksum TEXT NOT NULL,
    PRIMARY KEY (place, version))";

/// Runs what is pending, inside the caller's transaction. On SQLite the one writer keeps others out meanwhile, on
/// PostgreSQL a lock does.
pub(crate) async fn run(tx: &mut Tx, migrations: &[Migration]) -> Result<(), DbError> {
    in_order(migrations)?;
    if tx.engine() == Engine::Postgres {
        // A migration may take its time, and so may waiting for another process that is at it.
        tx.execute("SET LOCAL statement_timeout = 0", args![]).await?;
    }
    tx.lock("schema_version").await?;
    tx.execute(HISTORY, args![]).await?;
    let applied = applied(tx).await?;
    not_newer(migrations, versions(&applied))?;
    for migration in migrations {
        match applied.get(&(migration.place.to_owned(), migration.version)) {
            Some(checksum) if *checksum == migration.checksum(tx.engine()) => {}
            Some(_) => return Err(changed(migration)),
            None => apply(tx, migration).await?,
        }
    }
    Ok(())
}

/// Whether exactly these are applied. Gives each place's newest version.
pub(crate) async fn check(tx: &mut Tx, migrations: &[Migration]) -> Result<Vec<(String, i64)>, DbError> {
    let applied = applied(tx).await?;
    not_newer(migrations, versions(&applied))?;
    let mut newest = BTreeMap::<String, i64>::new();
    for migration in migrations {
        match applied.get(&(migration.place.to_owned(), migration.version)) {
            Some(checksum) if *checksum == migration.checksum(tx.engine()) => {
                newest.insert(migration.place.to_owned(), migration.version);
            }
            Some(_) => return Err(changed(migration)),
            None => {
                let place = migration.place.to_owned();
                let found = newest.get(&place).copied().unwrap_or_default();
                return Err(DbError::SchemaOlder { place, found, known: migration.version });
            }
        }
    }
    Ok(newest.into_iter().collect())
}

type Applied = BTreeMap<(String, i64), String>;

async fn applied(tx: &mut Tx) -> Result<Applied, DbError> {
    let rows = tx.fetch_all("SELECT place, version, checksum FROM schema_version", args![]).await?;
    rows.iter().map(|row| Ok(((row.text("place")?, row.int("version")?), row.text("checksum")?))).collect()
}

async fn apply(tx: &mut Tx, migration: &Migration) -> Result<(), DbError> {
    let failed = |cause: DbError| DbError::MigrationFailed {
        place: migration.place.into(),
        version: migration.version,
        name: migration.name.into(),
        cause: Box::new(cause),
    };
    let text = match tx.engine() {
        Engine::Sqlite => migration.sqlite.to_owned(),
        Engine::Postgres => blob_as_bytea(migration.postgres),
    };
    let ran = tx.script(text).await;
    ran.map_err(|error| failed(translate::statement(error, migration.text(tx.engine()))))?;
    tx.execute(
        "INSERT INTO schema_version (place, version, name, checksum) VALUES ($1, $2, $3, $4)",
        args![migration.place, migration.version, migration.name, migration.checksum(tx.engine())],
    )
    .await
    .map_err(failed)?;
    tracing::info!(place = migration.place, version = migration.version, name = migration.name, "migrated");
    Ok(())
}

/// Each place counts 1, 2, 3, …
fn in_order(migrations: &[Migration]) -> Result<(), DbError> {
    let mut newest: BTreeMap<&str, i64> = BTreeMap::new();
    for migration in migrations {
        let before = newest.entry(migration.place).or_default();
        if migration.version != *before + 1 {
            return Err(DbError::MigrationOrder {
                place: migration.place.into(),
                version: migration.version,
                rule: "versions count up from 1 without gaps, in the order of the list",
            });
        }
        *before = migration.version;
    }
    Ok(())
}

/// Refuses what a newer program has made. A place that isn't in the list is somebody else's.
pub(crate) fn not_newer<'a>(
    migrations: &[Migration],
    found: impl IntoIterator<Item = (&'a str, i64)>,
) -> Result<(), DbError> {
    for (place, found) in found {
        if let Some(known) = newest(migrations, place)
            && found > known
        {
            return Err(DbError::SchemaNewer { place: place.to_owned(), found, known });
        }
    }
    Ok(())
}

/// The newest version of a place that this program knows.
pub(crate) fn newest(migrations: &[Migration], wanted: &str) -> Option<i64> {
    migrations.iter().filter(|migration| migration.place == wanted).map(|migration| migration.version).max()
}

fn versions(applied: &Applied) -> impl Iterator<Item = (&str, i64)> {
    applied.keys().map(|(place, version)| (place.as_str(), *version))
}

fn changed(migration: &Migration) -> DbError {
    DbError::MigrationChanged { place: migration.place.into(), version: migration.version, name: migration.name.into() }
}

/// PostgreSQL's name for the type, wherever `BLOB` stands as a word outside of quotes.
fn blob_as_bytea(sql: &str) -> String {
    let word = |byte: Option<&u8>| byte.is_some_and(|byte| byte.is_ascii_alphanumeric() || *byte == b'_');
    let bytes = sql.as_bytes();
    let mut out = String::with_capacity(sql.len() + 16);
    let mut quoted = false;
    let mut copied = 0;
    for at in 0..bytes.len() {
        if bytes[at] == b'\'' {
            quoted = !quoted;
        }
        let before = at.checked_sub(1).and_then(|at| bytes.get(at));
        if !quoted && bytes[at..].starts_with(b"BLOB") && !word(before) && !word(bytes.get(at + 4)) {
            out.push_str(&sql[copied..at]);
            out.push_str("BYTEA");
            copied = at + 4;
        }
    }
    out.push_str(&sql[copied..]);
    out
}

#[cfg(test)]
mod tests {
    use super::blob_as_bytea;

    #[test]
    fn only_the_word_becomes_bytea() {
        assert_eq!(
            blob_as_bytea("CREATE TABLE blob_s (a BLOB, BLOBS BLOB NOT NULL, c TEXT DEFAULT 'BLOB', 締 BLOB)"),
            "CREATE TABLE blob_s (a BYTEA, BLOBS BYTEA NOT NULL, c TEXT DEFAULT 'BLOB', 締 BYTEA)"
        );
    }
}
