//! A copy is taken while the process writes, is one moment of it, and is put back only where nobody is.

use std::fs;
use std::path::Path;

use db::{Db, DbError, Migration, Tx, args, backup};

const JARS: Migration = Migration::both("shelf", 1, "jars", "CREATE TABLE jars (n BIGINT PRIMARY KEY, twin BIGINT)");
const LIDS: Migration = Migration::both("shelf", 2, "lids", "CREATE TABLE lids (colour TEXT)");
const RACKS: Migration = Migration::both("cellar", 1, "racks", "CREATE TABLE racks (name TEXT)");

async fn jars(db: &Db) -> i64 {
    let sql = "SELECT COUNT(*) AS n, CAST(COALESCE(SUM(twin - n), 0) AS BIGINT) AS torn FROM jars";
    let row = db.read(async move |tx: &mut Tx| tx.fetch_one(sql, args![]).await).await.unwrap();
    assert_eq!(row.int("torn").unwrap(), 0, "every unit is there whole");
    row.int("n").unwrap()
}

async fn fill(db: &Db, from: i64, to: i64) {
    for n in from..to {
        let unit = async move |tx: &mut Tx| -> Result<(), DbError> {
            tx.execute("INSERT INTO jars (n, twin) VALUES ($1, 0)", args![n]).await?;
            tx.execute("UPDATE jars SET twin = n WHERE n = $1", args![n]).await?;
            Ok(())
        };
        db.write(unit).await.unwrap();
    }
}

#[tokio::test]
async fn a_copy_is_one_moment_of_a_database_that_is_written_to() {
    let dir = tempfile::tempdir().unwrap();
    let (path, to) = (dir.path().join("shelf.db"), dir.path().join("copy.db"));
    let url = format!("sqlite:{}", path.display());
    let db = Db::open(&url).await.unwrap();
    db.migrate(&[JARS]).await.unwrap();
    fill(&db, 0, 100).await;
    let writing = tokio::spawn({
        let db = db.clone();
        async move { fill(&db, 100, 400).await }
    });
    assert_eq!(backup::copy(&path, &to).await.unwrap(), [("shelf".to_owned(), 1)]);
    writing.await.unwrap();
    assert_eq!(jars(&db).await, 400);
    assert!(matches!(backup::put_back(&to, &path, ".aside"), Err(DbError::Held { .. })), "a process has it");
    assert!(backup::copy(&path, &to).await.is_err(), "a copy is never overwritten");
    db.close().await;

    let aside = backup::put_back(&to, &path, ".aside").unwrap().expect("something was there");
    let restored = Db::open(&url).await.unwrap();
    let then = jars(&restored).await;
    assert!((100..=400).contains(&then), "{then}");
    let before = Db::open(&format!("sqlite:{}", aside.display())).await.unwrap();
    assert_eq!(jars(&before).await, 400, "what was there is kept whole");
}

#[tokio::test]
async fn what_is_no_copy_of_this_place_is_refused() {
    let dir = tempfile::tempdir().unwrap();
    let (path, to) = (dir.path().join("shelf.db"), dir.path().join("copy.db"));
    let db = Db::open(&format!("sqlite:{}", path.display())).await.unwrap();
    db.migrate(&[JARS, LIDS]).await.unwrap();
    fill(&db, 0, 2_000).await;
    let versions = backup::copy(&path, &to).await.unwrap();
    assert!(backup::fits(&versions, &[JARS, LIDS]).is_ok());
    assert!(matches!(backup::fits(&versions, &[JARS]), Err(DbError::SchemaNewer { found: 2, known: 1, .. })));
    assert!(matches!(backup::fits(&versions, &[RACKS]), Err(DbError::SchemaOlder { .. })));

    let mut bytes = std::fs::read(&to).unwrap();
    let middle = bytes.len() / 2;
    bytes[middle..middle + 4_096].fill(0xa5);
    let rotten = dir.path().join("rotten.db");
    std::fs::write(&rotten, &bytes).unwrap();
    assert!(backup::verify(&rotten).await.is_err());
    std::fs::write(&rotten, "no database").unwrap();
    assert!(backup::verify(&rotten).await.is_err());
    assert!(backup::verify(&dir.path().join("nowhere.db")).await.is_err());
}

fn names(folder: &Path) -> Vec<String> {
    let entries = fs::read_dir(folder).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[tokio::test]
async fn a_copy_that_fails_leaves_nothing_behind() {
    let dir = tempfile::tempdir().unwrap();
    let (path, to) = (dir.path().join("shelf.db"), dir.path().join("copies"));
    fs::create_dir(&to).unwrap();
    fs::write(&path, "no database").unwrap();
    assert!(backup::copy(&path, &to.join("copy.db")).await.is_err());
    assert_eq!(names(&to), [""; 0]);
}
