//! The schema moves forward only, once, and all pending steps or none.

use db::{Db, DbError, Migration, Tx, args};
use futures::future::join_all;

const JARS: Migration =
    Migration::both("shelf", 1, "jars", "CREATE TABLE jars (label TEXT PRIMARY KEY, photo BLOB); SELECT 'BLOB; x'");
const LIDS: Migration = Migration::both("shelf", 2, "lids", "CREATE TABLE lids (colour TEXT)");
const CELLAR: Migration = Migration::both("cellar", 1, "racks", "CREATE TABLE racks (name TEXT)");

async fn history(db: &Db) -> Vec<String> {
    db.read(async |tx: &mut Tx| -> Result<Vec<String>, DbError> {
        let sql = "SELECT place, version, name FROM schema_version ORDER BY place, version";
        let rows = tx.fetch_all(sql, args![]).await?;
        rows.iter()
            .map(|row| Ok(format!("{} {} {}", row.text("place")?, row.int("version")?, row.text("name")?)))
            .collect()
    })
    .await
    .expect("readable")
}

#[tokio::test]
async fn steps_run_once_and_places_keep_apart() {
    db::testing::each_engine(async |db: Db| {
        db.migrate(&[JARS]).await.expect("first");
        db.migrate(&[JARS]).await.expect("again");
        db.migrate(&[CELLAR]).await.expect("another place alone");
        db.migrate(&[JARS, LIDS, CELLAR]).await.expect("one more");
        assert_eq!(history(&db).await, ["cellar 1 racks", "shelf 1 jars", "shelf 2 lids"]);
        let stored = db.write(async |tx: &mut Tx| -> Result<u64, DbError> {
            tx.execute("INSERT INTO jars (label, photo) VALUES ($1, $2)", args!["plum", vec![1_u8]]).await
        });
        assert_eq!(stored.await.expect("BLOB holds bytes on both"), 1);
    })
    .await;
}

#[tokio::test]
async fn a_newer_schema_is_left_alone() {
    db::testing::each_engine(async |db: Db| {
        db.migrate(&[JARS, LIDS]).await.expect("the newer program");
        let error = db.migrate(&[JARS]).await.expect_err("the older program");
        assert!(matches!(error, DbError::SchemaNewer { found: 2, known: 1, .. }), "{error:?}");
        assert!(error.to_string().contains("`shelf`"), "{error}");
    })
    .await;
}

#[tokio::test]
async fn a_changed_past_is_refused() {
    db::testing::each_engine(async |db: Db| {
        db.migrate(&[JARS]).await.expect("as it was");
        let rewritten = Migration::both("shelf", 1, "jars", "CREATE TABLE jars (label TEXT)");
        let error = db.migrate(&[rewritten, LIDS]).await.expect_err("as it never was");
        assert!(matches!(&error, DbError::MigrationChanged { version: 1, .. }), "{error:?}");
        assert_eq!(history(&db).await, ["shelf 1 jars"]);
    })
    .await;
}

#[tokio::test]
async fn a_failing_step_takes_the_others_back() {
    db::testing::each_engine(async |db: Db| {
        let broken =
            Migration::both("shelf", 2, "broken", "CREATE TABLE lids (colour TEXT); CREATE TABLE jars (x TEXT)");
        let error = db.migrate(&[JARS, broken]).await.expect_err("twice the same table");
        assert!(matches!(&error, DbError::MigrationFailed { version: 2, .. }), "{error:?}");
        db.migrate(&[JARS, LIDS]).await.expect("nothing was left behind");
    })
    .await;
}

#[tokio::test]
async fn gaps_and_twins_in_the_list_are_refused() {
    db::testing::each_engine(async |db: Db| {
        for list in [&[LIDS][..], &[JARS, JARS], &[LIDS, JARS]] {
            let error = db.migrate(list).await.expect_err("out of order");
            assert!(matches!(error, DbError::MigrationOrder { .. }), "{error:?}");
        }
    })
    .await;
}

#[tokio::test]
async fn many_may_migrate_at_once() {
    db::testing::each_url(async |url: String| {
        let first = Db::open(&url).await.expect("opens");
        // One process to a SQLite file, many to a server.
        let second = if url.starts_with("sqlite") { first.clone() } else { Db::open(&url).await.expect("opens") };
        let outcomes = join_all((0..6).map(async |number| {
            let db = if number % 2 == 0 { &first } else { &second };
            db.migrate(&[JARS, LIDS]).await
        }));
        for outcome in outcomes.await {
            outcome.expect("migrated, by this one or another");
        }
        assert_eq!(history(&first).await, ["shelf 1 jars", "shelf 2 lids"]);
        second.close().await;
        first.close().await;
    })
    .await;
}

#[tokio::test]
async fn what_is_there_is_told_without_changing_it() {
    db::testing::each_engine(async |db: Db| {
        db.migrate(&[JARS]).await.expect("the older program");
        assert_eq!(db.schema(&[JARS]).await.expect("as it knows it"), [("shelf".to_owned(), 1)]);
        let lacking = db.schema(&[JARS, LIDS]).await.expect_err("a step is missing");
        assert!(matches!(lacking, DbError::SchemaOlder { found: 1, known: 2, .. }), "{lacking:?}");
        db.migrate(&[JARS, LIDS]).await.expect("the newer program");
        let newer = db.schema(&[JARS]).await.expect_err("the older program");
        assert!(matches!(newer, DbError::SchemaNewer { found: 2, known: 1, .. }), "{newer:?}");
        assert_eq!(history(&db).await, ["shelf 1 jars", "shelf 2 lids"]);
    })
    .await;
}
