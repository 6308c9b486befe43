//! A unit is stored as a whole or not at all, whatever happens in it, to it, or beside it.

mod story;

use std::sync::Arc;
use std::time::Duration;

use db::{Constraint, Db, DbError, Engine, Tx, args};
use futures::FutureExt;
use futures::future::join_all;
use story::{labels, labels_in, on_each_shelf, put, store};
use tokio::sync::Notify;

#[derive(Debug, PartialEq)]
enum Refusal {
    NotToday,
    Storage(String),
}

impl From<DbError> for Refusal {
    fn from(error: DbError) -> Self {
        Refusal::Storage(error.to_string())
    }
}

#[tokio::test]
async fn an_answered_unit_is_there_and_a_refused_one_is_not() {
    on_each_shelf(async |db: Db| {
        store(&db, "plum", 250).await.expect("stored");
        let refused = db.write(async |tx: &mut Tx| -> Result<(), Refusal> {
            put(tx, "quince", 100).await?;
            Err(Refusal::NotToday)
        });
        assert_eq!(refused.await, Err(Refusal::NotToday));
        assert_eq!(labels(&db).await, ["plum"]);
    })
    .await;
}

#[tokio::test]
async fn a_swallowed_failure_cannot_commit() {
    on_each_shelf(async |db: Db| {
        let swallowed = db.write(async |tx: &mut Tx| -> Result<&str, DbError> {
            put(tx, "plum", 1).await?;
            let twin = put(tx, "plum", 2).await;
            assert!(matches!(twin, Err(DbError::Constraint { constraint: Constraint::Unique, .. })), "{twin:?}");
            let after = put(tx, "quince", 3).await;
            assert!(matches!(after, Err(DbError::Poisoned { .. })), "{after:?}");
            Ok("all is well")
        });
        let outcome = swallowed.await;
        assert!(matches!(&outcome, Err(DbError::Poisoned { cause }) if cause.to_string().contains("uniqueness")));
        assert_eq!(labels(&db).await, [""; 0]);
    })
    .await;
}

#[tokio::test]
async fn the_schemas_rules_are_told_apart() {
    on_each_shelf(async |db: Db| {
        for (sql, expected) in [
            ("INSERT INTO jars (label, grams) VALUES ('plum', 1), ('plum', 2)", Constraint::Unique),
            ("INSERT INTO jars (label, grams) VALUES ('plum', -1)", Constraint::Check),
            ("INSERT INTO jars (label, grams) VALUES ('plum', NULL)", Constraint::NotNull),
            ("INSERT INTO lids (jar, colour) VALUES ('none', 'red')", Constraint::ForeignKey),
            // SQLite finds this one out only after it has given the row.
            ("INSERT INTO lids (jar, colour) VALUES ('none', 'red') RETURNING jar", Constraint::ForeignKey),
        ] {
            let broken = db
                .write(async move |tx: &mut Tx| -> Result<(), DbError> {
                    tx.fetch_optional(sql, args![]).await?;
                    Ok(())
                })
                .await;
            let Err(DbError::Constraint { constraint, .. }) = broken else { panic!("{sql}: {broken:?}") };
            assert_eq!(constraint, expected, "{sql}");
        }
        assert_eq!(labels(&db).await, [""; 0]);
    })
    .await;
}

#[tokio::test]
async fn a_panic_is_an_error_and_leaves_nothing() {
    on_each_shelf(async |db: Db| {
        let panicked = db.write(async |tx: &mut Tx| -> Result<(), DbError> {
            put(tx, "plum", 1).await?;
            panic!("dropped the jar");
        });
        let outcome = panicked.await;
        assert!(matches!(&outcome, Err(DbError::Panicked { message }) if message == "dropped the jar"), "{outcome:?}");
        store(&db, "quince", 1).await.expect("the database goes on");
        assert_eq!(labels(&db).await, ["quince"]);
    })
    .await;
}

#[tokio::test]
async fn a_panic_while_converting_an_error_is_the_callers_own() {
    #[derive(Debug)]
    struct Brittle;
    impl From<DbError> for Brittle {
        fn from(_: DbError) -> Self {
            panic!("brittle");
        }
    }
    on_each_shelf(async |db: Db| {
        let caller = db.clone();
        let brittle = tokio::spawn(async move {
            caller
                .write(async |tx: &mut Tx| -> Result<(), Brittle> {
                    assert!(tx.execute("nonsense", args![]).await.is_err());
                    Ok(())
                })
                .await
        });
        brittle.await.expect_err("the caller panics, and only the caller");
        store(&db, "plum", 1).await.expect("the database goes on");
    })
    .await;
}

#[tokio::test]
async fn a_started_unit_commits_without_its_caller() {
    on_each_shelf(async |db: Db| {
        let started = Arc::new(Notify::new());
        let caller = {
            let (db, started) = (db.clone(), Arc::clone(&started));
            tokio::spawn(async move {
                db.write(async move |tx: &mut Tx| -> Result<(), DbError> {
                    started.notify_one();
                    tokio::time::sleep(Duration::from_millis(50)).await;
                    put(tx, "plum", 1).await
                })
                .await
            })
        };
        started.notified().await;
        caller.abort();
        assert!(caller.await.expect_err("gone").is_cancelled());
        let another = db.clone();
        let until_there = async {
            while labels(&another).await.is_empty() {
                tokio::task::yield_now().await;
            }
        };
        tokio::time::timeout(Duration::from_secs(10), until_there).await.expect("stored in the end");
    })
    .await;
}

#[tokio::test]
async fn an_abandoned_statement_poisons_its_unit() {
    on_each_shelf(async |db: Db| {
        if db.engine() == Engine::Sqlite {
            // A statement of its writer has answered before anybody could abandon it.
            return;
        }
        let abandoned = db.write(async |tx: &mut Tx| -> Result<(), DbError> {
            put(tx, "plum", 1).await?;
            let long = "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers WHERE n < 300000)
                        SELECT COUNT(*) AS n FROM numbers";
            assert!(tx.fetch_one(long, args![]).now_or_never().is_none(), "no engine answers that fast");
            Ok(())
        });
        let outcome = abandoned.await;
        let Err(DbError::Poisoned { cause }) = outcome else { panic!("{outcome:?}") };
        assert!(matches!(*cause, DbError::Abandoned { .. }), "{cause:?}");
        store(&db, "quince", 1).await.expect("the database goes on");
        assert_eq!(labels(&db).await, ["quince"]);
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn nobody_loses_a_count() {
    const CALLERS: i64 = 60;
    on_each_shelf(async |db: Db| {
        store(&db, "plum", 0).await.expect("stored");
        let counted = join_all((0..CALLERS).map(|_| {
            let db = db.clone();
            tokio::spawn(async move {
                db.write(async |tx: &mut Tx| -> Result<i64, DbError> {
                    tx.lock("plum").await?;
                    let row = tx.fetch_one("SELECT grams FROM jars WHERE label = 'plum'", args![]).await?;
                    let grams = row.int("grams")? + 1;
                    tx.execute("UPDATE jars SET grams = $1 WHERE label = 'plum'", args![grams]).await?;
                    Ok(grams)
                })
                .await
            })
        }));
        let mut counts: Vec<i64> =
            counted.await.into_iter().map(|caller| caller.expect("not panicked").expect("stored")).collect();
        counts.sort_unstable();
        assert_eq!(counts, (1..=CALLERS).collect::<Vec<_>>());
    })
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn neighbours_of_failing_units_are_stored() {
    on_each_shelf(async |db: Db| {
        let all = join_all((0..40).map(|number| {
            let db = db.clone();
            tokio::spawn(async move {
                let label = format!("jar {number:02}");
                db.write(async move |tx: &mut Tx| -> Result<(), DbError> {
                    put(tx, &label, 1).await?;
                    match number % 4 {
                        0 => put(tx, &label, 2).await,
                        1 => panic!("dropped {label}"),
                        _ => Ok(()),
                    }
                })
                .await
            })
        }));
        for (number, outcome) in all.await.into_iter().enumerate() {
            let outcome = outcome.expect("no caller panics");
            match number % 4 {
                0 => assert!(matches!(outcome, Err(DbError::Constraint { .. })), "{number}: {outcome:?}"),
                1 => assert!(matches!(outcome, Err(DbError::Panicked { .. })), "{number}: {outcome:?}"),
                _ => outcome.expect("stored"),
            }
        }
        assert_eq!(labels(&db).await.len(), 20);
    })
    .await;
}

#[tokio::test]
async fn a_unit_sees_its_own_writes_and_counts_rows() {
    on_each_shelf(async |db: Db| {
        let seen = db.write(async |tx: &mut Tx| -> Result<(Vec<String>, u64, u64), DbError> {
            put(tx, "plum", 1).await?;
            put(tx, "quince", 1).await?;
            let changed = tx.execute("UPDATE jars SET grams = grams + 1", args![]).await?;
            let none = tx.execute("DELETE FROM jars WHERE label = $1", args!["fig"]).await?;
            Ok((labels_in(tx).await?, changed, none))
        });
        assert_eq!(seen.await.expect("stored"), (vec!["plum".into(), "quince".into()], 2, 0));
    })
    .await;
}

#[tokio::test]
async fn a_lost_server_connection_hurts_one_unit_only() {
    on_each_shelf(async |db: Db| {
        if db.engine() == Engine::Sqlite {
            return;
        }
        let cut = db.write(async |tx: &mut Tx| -> Result<(), DbError> {
            put(tx, "plum", 1).await?;
            tx.execute("SELECT pg_terminate_backend(pg_backend_pid())", args![]).await.map(drop)
        });
        let outcome = cut.await.expect_err("the connection is gone");
        assert!(outcome.is_unavailable() && !outcome.is_retryable(), "{outcome:?}");
        store(&db, "quince", 1).await.expect("the next connection is fine");
        assert_eq!(labels(&db).await, ["quince"]);
    })
    .await;
}

#[tokio::test]
async fn a_restarted_server_is_found_again() {
    on_each_shelf(async |db: Db| {
        if db.engine() == Engine::Sqlite {
            return;
        }
        // Warms up several connections …
        join_all((0..8).map(async |number| store(&db, &format!("jar {number}"), 1).await.expect("stored"))).await;
        // … and cuts them all but one.
        let cut = db.write(async |tx: &mut Tx| -> Result<(), DbError> {
            let all_others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                              WHERE datname = current_database() AND pid <> pg_backend_pid()";
            tx.execute(all_others, args![]).await.map(drop)
        });
        cut.await.expect("cut");
        join_all((8..24).map(async |number| store(&db, &format!("jar {number}"), 1).await.expect("stored"))).await;
        assert_eq!(labels(&db).await.len(), 24);
    })
    .await;
}
