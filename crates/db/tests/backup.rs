//! A copy is taken while the process writes, is one moment of it, and is put back only where nobody is.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _, chown};
use std::path::Path;

use db::testing::each_engine;
use db::{Db, DbError, Engine, Migration, Tx, args, backup};

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
    assert!(matches!(backup::prepare(&to, &path), Err(DbError::Held { .. })), "a process has it");
    assert!(backup::copy(&path, &to).await.is_err(), "a copy is never overwritten");
    db.close().await;

    let prepared = backup::prepare(&to, &path).unwrap();
    let aside = prepared.swap(".aside").await.unwrap().expect("something was there");
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

#[tokio::test]
async fn a_copy_is_got_ready_beside_a_database_that_stays_as_it_was() {
    let dir = tempfile::tempdir().unwrap();
    let (path, to) = (dir.path().join("shelf.db"), dir.path().join("copy.db"));
    let url = format!("sqlite:{}", path.display());
    let db = Db::open(&url).await.unwrap();
    db.migrate(&[JARS]).await.unwrap();
    fill(&db, 0, 3).await;
    backup::copy(&path, &to).await.unwrap();
    fill(&db, 3, 5).await;
    db.close().await;
    fs::set_permissions(&to, fs::Permissions::from_mode(0o644)).unwrap();
    // Somebody was interrupted before.
    fs::write(dir.path().join("shelf.db.restoring"), "half").unwrap();
    fs::write(dir.path().join("shelf.db.restoring-wal"), "of a half").unwrap();

    let prepared = backup::prepare(&to, &path).unwrap();
    let there = format!("sqlite:{}", prepared.path().display());
    let half = Db::open(&there).await.unwrap();
    half.migrate(&[JARS, LIDS]).await.unwrap();
    half.close().await;
    assert!(matches!(Db::open(&url).await, Err(DbError::Held { .. })), "nobody begins meanwhile");
    drop(prepared);
    let db = Db::open(&url).await.unwrap();
    assert_eq!((jars(&db).await, db.schema(&[JARS]).await.is_ok()), (5, true), "as it was");
    db.close().await;
    let left = names(dir.path());
    assert!(left.iter().all(|name| !name.contains("restoring")), "{left:?}");

    let prepared = backup::prepare(&to, &path).unwrap();
    let half = Db::open(&there).await.unwrap();
    half.migrate(&[JARS, LIDS]).await.unwrap();
    fill(&half, 10, 11).await;
    half.close().await;
    assert!(prepared.swap(".aside").await.unwrap().is_some());
    assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600, "whatever the copy had");
    let db = Db::open(&url).await.unwrap();
    assert_eq!((jars(&db).await, db.schema(&[JARS, LIDS]).await.is_ok()), (4, true), "as it was got ready");
    db.close().await;
    assert_eq!(names(dir.path()), ["copy.db", "shelf.db", "shelf.db.aside", "shelf.db.lock"]);
}

#[tokio::test]
async fn what_a_broken_database_has_beside_it_is_kept_with_it() {
    let dir = tempfile::tempdir().unwrap();
    let (path, to) = (dir.path().join("shelf.db"), dir.path().join("copy.db"));
    let db = Db::open(&format!("sqlite:{}", path.display())).await.unwrap();
    db.migrate(&[JARS]).await.unwrap();
    backup::copy(&path, &to).await.unwrap();
    db.close().await;
    fs::write(
        &path,
        "broken, and longer than the first bytes that tell a database from anything else, by far ".repeat(9),
    )
    .unwrap();
    fs::write(dir.path().join("shelf.db-wal"), "what was written last").unwrap();
    let aside = backup::prepare(&to, &path).unwrap().swap(".aside").await.unwrap().expect("something was there");
    assert!(fs::read_to_string(&aside).unwrap().starts_with("broken"));
    assert_eq!(fs::read_to_string(dir.path().join("shelf.db.aside-wal")).unwrap(), "what was written last");
    assert!(Db::open(&format!("sqlite:{}", path.display())).await.unwrap().schema(&[JARS]).await.is_ok());
}

#[tokio::test]
async fn a_database_with_anybodys_table_is_not_empty() {
    each_engine(async |db: Db| {
        assert!(backup::is_empty(&db).await.unwrap());
        let sql = "CREATE TABLE somebodys (n BIGINT)";
        db.write(async move |tx: &mut Tx| tx.execute(sql, args![]).await).await.unwrap();
        assert!(!backup::is_empty(&db).await.unwrap());
        if db.engine() == Engine::Postgres {
            db.migrate(&[JARS, LIDS]).await.unwrap();
            backup::emptied(&db).await.unwrap();
            assert!(backup::is_empty(&db).await.unwrap());
            db.migrate(&[JARS]).await.unwrap();
        }
    })
    .await;
}

#[tokio::test]
async fn what_root_restores_belongs_to_whom_it_belonged() {
    let dir = tempfile::tempdir().unwrap();
    let (path, to) = (dir.path().join("shelf.db"), dir.path().join("copy.db"));
    let db = Db::open(&format!("sqlite:{}", path.display())).await.unwrap();
    db.migrate(&[JARS]).await.unwrap();
    backup::copy(&path, &to).await.unwrap();
    db.close().await;
    // Only root gives files away; for anybody else everything is theirs before and after.
    let me = fs::metadata(&path).unwrap().uid();
    let service = if me == 0 { 4_321 } else { me };
    let owner = |name: &str| fs::metadata(dir.path().join(name)).unwrap().uid();
    chown(&path, Some(service), None).unwrap();
    backup::prepare(&to, &path).unwrap().swap(".aside").await.unwrap();
    assert_eq!([owner("shelf.db"), owner("shelf.db.aside"), owner("shelf.db.lock")], [service; 3]);

    fs::remove_file(&path).unwrap();
    chown(dir.path(), Some(service), None).unwrap();
    fs::remove_file(dir.path().join("shelf.db.lock")).unwrap();
    backup::prepare(&to, &path).unwrap().swap(".aside").await.unwrap();
    assert_eq!([owner("shelf.db"), owner("shelf.db.lock")], [service; 2], "the folder's, where nothing was");
}
