//! Opening says what is wrong; closing lets everything finish and lets go.

mod story;

use db::{Db, DbError, Engine, Log, Tx, args};
use story::{SHELF, labels, on_each_shelf, store};

#[tokio::test]
async fn addresses_that_name_nothing_are_refused_without_showing_a_password() {
    for url in ["", "shelf.db", "mysql://me:secret@host/db", "sqlite:", "sqlite::memory:", "postgres://me:secret@:x/db"]
    {
        let error = Db::open(url).await.expect_err(url);
        assert!(matches!(error, DbError::Url { .. }), "{url}: {error:?}");
        assert!(!error.to_string().contains("secret"), "{error}");
    }
}

#[tokio::test]
async fn a_server_that_is_not_there_is_unavailable() {
    let error = Db::open("postgres://me:secret@127.0.0.1:1/db").await.expect_err("nobody listens");
    assert!(error.is_unavailable(), "{error:?}");
    assert!(!error.to_string().contains("secret"), "{error}");
}

#[tokio::test]
async fn the_folder_is_made_and_what_was_stored_is_found_again() {
    db::testing::each_url(async |url: String| {
        let url = url.replace("story.db", "a/b/締め/story.db");
        let db = Db::open(&url).await.expect("opens");
        db.migrate(&[story::SHELF]).await.expect("migrated");
        store(&db, "plum", 1).await.expect("stored");
        db.close().await;
        let db = Db::open(&url).await.expect("opens again");
        assert_eq!(labels(&db).await, ["plum"]);
        db.close().await;
    })
    .await;
}

#[tokio::test]
async fn one_sqlite_file_has_one_process() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("shelf.db");
    let db = Db::open(&format!("sqlite:{}", path.display())).await.expect("opens");
    assert_eq!(db.engine(), Engine::Sqlite);
    let detour = format!("sqlite:{}/../{}/shelf.db", folder.path().display(), file_name(folder.path()));
    let error = Db::open(&detour).await.expect_err("by whichever path");
    assert!(matches!(&error, DbError::Held { .. }) && error.to_string().contains("shelf.db.lock"), "{error}");
    db.close().await;
    Db::open(&detour).await.expect("free again").close().await;
}

fn file_name(path: &std::path::Path) -> String {
    path.file_name().expect("a name").to_string_lossy().into_owned()
}

#[tokio::test]
async fn a_file_that_is_no_database_is_damaged() {
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("shelf.db");
    std::fs::write(&path, "a shopping list, long enough to be taken for a database header".repeat(20))
        .expect("written");
    let error = Db::open(&format!("sqlite:{}", path.display())).await.expect_err("no database");
    assert!(matches!(error, DbError::Damaged { .. }), "{error:?}");
}

#[tokio::test]
async fn closing_lets_units_finish_and_nobody_in() {
    on_each_shelf(async |db: Db| {
        let under_way: Vec<_> = (0..20)
            .map(|number| {
                let db = db.clone();
                tokio::spawn(async move { store(&db, &format!("jar {number:02}"), 1).await })
            })
            .collect();
        while labels(&db).await.is_empty() {}
        db.clone().close().await;
        for unit in under_way {
            // Stored before the close, or turned away by it; never left without an answer.
            let outcome = unit.await.expect("not panicked");
            assert!(matches!(outcome, Ok(()) | Err(DbError::Closed)), "{outcome:?}");
        }
        assert!(matches!(store(&db, "late", 1).await, Err(DbError::Closed)));
        let late =
            db.read(async |tx: &mut Tx| -> Result<(), DbError> { tx.execute("SELECT 1", args![]).await.map(drop) });
        assert!(matches!(late.await, Err(DbError::Closed)));
    })
    .await;
}

#[tokio::test]
async fn commits_are_made_to_last() {
    on_each_shelf(async |db: Db| {
        let settings: &[(&str, &str, &str)] = match db.engine() {
            Engine::Sqlite => &[
                ("PRAGMA journal_mode", "journal_mode", "wal"),
                ("PRAGMA synchronous", "synchronous", "2"),
                ("PRAGMA foreign_keys", "foreign_keys", "1"),
                ("PRAGMA temp_store", "temp_store", "2"),
            ],
            Engine::Postgres => &[
                ("SHOW synchronous_commit", "synchronous_commit", "on"),
                ("SHOW transaction_isolation", "transaction_isolation", "read committed"),
                ("SHOW statement_timeout", "statement_timeout", "30s"),
            ],
        };
        for (sql, column, expected) in settings {
            let found = db.write(async move |tx: &mut Tx| -> Result<String, DbError> {
                let row = tx.fetch_one(*sql, args![]).await?;
                row.text(column).or_else(|_| Ok(row.int(column)?.to_string()))
            });
            assert_eq!(&found.await.expect(sql), expected, "{sql}");
        }
    })
    .await;
}

#[tokio::test]
async fn a_log_starts_over_when_it_is_as_long_as_was_asked_for() {
    let folder = tempfile::tempdir().expect("a folder");
    for (log, mib) in [(Log::Short, 4), (Log::Long, 64)] {
        let file = folder.path().join(format!("{mib}.db"));
        let db = Db::open_with(&format!("sqlite:{}", file.display()), log).await.expect("opens");
        db.migrate(&[SHELF]).await.expect("an empty shelf");
        // Three times as much as it may hold, and a little at a time.
        for nth in 0..3 * mib * 8 {
            store(&db, &format!("{nth} {}", "x".repeat(128 << 10)), 1).await.expect("stored");
        }
        let held = std::fs::metadata(file.with_extension("db-wal")).expect("a log").len() >> 20;
        assert!((mib - 1..2 * mib).contains(&held), "{held} MiB where {mib} were asked for");
        db.close().await;
    }
}

#[cfg(unix)]
#[tokio::test]
async fn a_new_file_is_for_its_owner_alone() {
    use std::os::unix::fs::PermissionsExt;
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("shelf.db");
    let db = Db::open(&format!("sqlite:{}", file.display())).await.expect("opens");
    db.migrate(&[SHELF]).await.expect("an empty shelf");
    for name in ["shelf.db", "shelf.db-wal", "shelf.db-shm"] {
        let mode = std::fs::metadata(folder.path().join(name)).expect("it is there").permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    db.close().await;
}
