//! What the stories share: a shelf of jars.
#![allow(dead_code, reason = "not every story needs every helper")]

use db::{Db, DbError, Migration, Tx, args};

pub const SHELF: Migration = Migration::both(
    "shelf",
    1,
    "jars and lids",
    "CREATE TABLE jars (label TEXT PRIMARY KEY, grams BIGINT NOT NULL CHECK (grams >= 0));
     CREATE TABLE lids (jar TEXT NOT NULL REFERENCES jars (label), colour TEXT NOT NULL)",
);

/// Runs `story` on an empty shelf of each engine.
pub async fn on_each_shelf<F: AsyncFn(Db)>(story: F) {
    db::testing::each_engine(async |db: Db| {
        db.migrate(&[SHELF]).await.expect("an empty shelf");
        story(db).await;
    })
    .await;
}

/// An empty shelf on SQLite alone, for what only its writer does.
pub async fn on_sqlite_shelf<F: AsyncFn(Db)>(story: F) {
    let folder = tempfile::tempdir().expect("a folder");
    let db = Db::open(&format!("sqlite:{}", folder.path().join("shelf.db").display())).await.expect("opens");
    db.migrate(&[SHELF]).await.expect("an empty shelf");
    story(db.clone()).await;
    db.close().await;
}

pub async fn put(tx: &mut Tx, label: &str, grams: i64) -> Result<(), DbError> {
    tx.execute("INSERT INTO jars (label, grams) VALUES ($1, $2)", args![label, grams]).await.map(drop)
}

pub async fn store(db: &Db, label: &str, grams: i64) -> Result<(), DbError> {
    let label = label.to_owned();
    db.write(async move |tx: &mut Tx| -> Result<(), DbError> { put(tx, &label, grams).await }).await
}

pub async fn labels_in(tx: &mut Tx) -> Result<Vec<String>, DbError> {
    let rows = tx.fetch_all("SELECT label FROM jars ORDER BY label", args![]).await?;
    rows.iter().map(|row| row.text("label")).collect()
}

/// What is committed.
pub async fn labels(db: &Db) -> Vec<String> {
    db.read(async |tx: &mut Tx| -> Result<Vec<String>, DbError> { labels_in(tx).await }).await.expect("readable")
}
