//! SQLite's writer: units that wait together share a commit, and none of them notices the others.

mod story;

use std::sync::{Arc, Mutex};

use db::{Db, DbError, Tx, args};
use story::{labels, labels_in, on_sqlite_shelf, put, store};
use tokio::sync::Notify;
use tokio::task::JoinHandle;

type Unit = JoinHandle<Result<(), DbError>>;

/// Holds the writer inside a unit (which stores `first`) until it is told to go on, so that others queue up behind it.
async fn held(db: &Db) -> (Unit, Arc<Notify>) {
    let (inside, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
    let unit = {
        let (db, inside, go_on) = (db.clone(), Arc::clone(&inside), Arc::clone(&go_on));
        tokio::spawn(async move {
            db.write(async move |tx: &mut Tx| -> Result<(), DbError> {
                put(tx, "first", 1).await?;
                inside.notify_one();
                go_on.notified().await;
                Ok(())
            })
            .await
        })
    };
    inside.notified().await;
    (unit, go_on)
}

/// Queues a unit; the current-thread runtime of these tests runs it up to its place in the queue.
async fn queued<F>(db: &Db, unit: F) -> Unit
where
    F: for<'t> db::Unit<'t, (), DbError> + 'static,
{
    let db = db.clone();
    let task = tokio::spawn(async move { db.write(unit).await });
    tokio::task::yield_now().await;
    task
}

#[tokio::test]
async fn units_run_in_the_order_they_came_and_commit_together() {
    on_sqlite_shelf(async |db: Db| {
        let (first, go_on) = held(&db).await;
        let mut others = Vec::new();
        for number in 0..5 {
            let outside = db.clone();
            let unit = queued(&db, async move |tx: &mut Tx| -> Result<(), DbError> {
                assert_eq!(labels_in(tx).await?.len(), number + 1, "those before are seen from inside");
                assert_eq!(labels(&outside).await, [""; 0], "and from outside only after the common commit");
                put(tx, &format!("jar {number}"), 1).await
            });
            others.push(unit.await);
        }
        go_on.notify_one();
        first.await.expect("not panicked").expect("stored");
        for other in others {
            other.await.expect("not panicked").expect("stored");
        }
        assert_eq!(labels(&db).await, ["first", "jar 0", "jar 1", "jar 2", "jar 3", "jar 4"]);
    })
    .await;
}

#[tokio::test]
async fn a_batch_is_sixteen_units_at_most() {
    on_sqlite_shelf(async |db: Db| {
        let (first, go_on) = held(&db).await;
        let mut others = Vec::new();
        for number in 1..20 {
            let outside = db.clone();
            let unit = queued(&db, async move |tx: &mut Tx| -> Result<(), DbError> {
                let committed = if number < 16 { 0 } else { 16 };
                assert_eq!(labels(&outside).await.len(), committed, "before unit {number}");
                put(tx, &format!("jar {number}"), 1).await
            });
            others.push(unit.await);
        }
        go_on.notify_one();
        first.await.expect("not panicked").expect("stored");
        for other in others {
            other.await.expect("not panicked").expect("stored");
        }
    })
    .await;
}

#[tokio::test]
async fn one_who_comes_behind_a_crowd_is_served_next_but_one() {
    on_sqlite_shelf(async |db: Db| {
        let (first, go_on) = held(&db).await;
        let served = Arc::new(Mutex::new(Vec::new()));
        let mut units = Vec::new();
        for whose in std::iter::repeat_n("crowd", 60).chain(["one"]) {
            let served = Arc::clone(&served);
            let unit = async move |_: &mut Tx| -> Result<(), DbError> {
                served.lock().expect("nobody panics with it").push(whose);
                Ok(())
            };
            units.push(queued(&db.in_line_of(whose), unit).await);
        }
        go_on.notify_one();
        first.await.expect("not panicked").expect("stored");
        for unit in units {
            unit.await.expect("not panicked").expect("stored");
        }
        let served = served.lock().expect("nobody panics with it");
        assert_eq!((served.len(), served.iter().position(|whose| *whose == "one")), (61, Some(1)));
    })
    .await;
}

#[tokio::test]
async fn a_failed_unit_takes_only_itself_back() {
    on_sqlite_shelf(async |db: Db| {
        let (first, go_on) = held(&db).await;
        let twice = queued(&db, async |tx: &mut Tx| -> Result<(), DbError> {
            put(tx, "twice", 1).await?;
            put(tx, "twice", 2).await
        });
        let twice = twice.await;
        let fine = queued(&db, async |tx: &mut Tx| -> Result<(), DbError> { put(tx, "fine", 1).await }).await;
        let again = queued(&db, async |tx: &mut Tx| -> Result<(), DbError> { put(tx, "first", 1).await }).await;
        go_on.notify_one();
        first.await.expect("not panicked").expect("stored");
        assert!(matches!(twice.await.expect("not panicked"), Err(DbError::Constraint { .. })));
        fine.await.expect("not panicked").expect("stored");
        assert!(matches!(again.await.expect("not panicked"), Err(DbError::Constraint { .. })));
        assert_eq!(labels(&db).await, ["fine", "first"]);
    })
    .await;
}

#[tokio::test]
async fn a_failed_first_unit_leaves_the_batch_to_the_others() {
    on_sqlite_shelf(async |db: Db| {
        store(&db, "first", 1).await.expect("stored");
        let outcomes = tokio::join!(store(&db, "first", 1), store(&db, "plum", 1), store(&db, "plum", 1));
        assert!(matches!(outcomes.0, Err(DbError::Constraint { .. })));
        outcomes.1.expect("stored");
        assert!(matches!(outcomes.2, Err(DbError::Constraint { .. })));
        assert_eq!(labels(&db).await, ["first", "plum"]);
    })
    .await;
}

const OVERTURN: &str = "CREATE TRIGGER overturn BEFORE INSERT ON lids BEGIN SELECT RAISE(ROLLBACK, 'overturned'); END";

#[tokio::test]
async fn when_sqlite_rolls_everything_back_the_neighbours_hear_it() {
    on_sqlite_shelf(async |db: Db| {
        let ready = async |tx: &mut Tx| -> Result<(), DbError> { tx.execute(OVERTURN, args![]).await.map(drop) };
        db.write(ready).await.expect("the trigger is set");

        let (first, go_on) = held(&db).await;
        let overturns = queued(&db, async |tx: &mut Tx| -> Result<(), DbError> {
            let failed = tx.execute("INSERT INTO lids (jar, colour) VALUES ('first', 'red')", args![]).await;
            assert!(failed.is_err());
            // SQLite is in autocommit now: without the poison this would be stored.
            assert!(matches!(put(tx, "stray", 1).await, Err(DbError::Poisoned { .. })));
            Ok(())
        });
        let overturns = overturns.await;
        let after = queued(&db, async |tx: &mut Tx| -> Result<(), DbError> { put(tx, "after", 1).await }).await;
        go_on.notify_one();

        let first = first.await.expect("not panicked").expect_err("lost with its batch");
        assert!(matches!(&first, DbError::BatchLost { cause } if cause.to_string().contains("overturned")), "{first}");
        assert!(first.is_retryable());
        let own = overturns.await.expect("not panicked").expect_err("its own failure");
        assert!(matches!(own, DbError::Poisoned { .. }), "{own}");
        after.await.expect("not panicked").expect("the next batch is fine");
        assert_eq!(labels(&db).await, ["after"]);
    })
    .await;
}

#[tokio::test]
async fn a_full_disk_is_said_and_loses_nothing() {
    on_sqlite_shelf(async |db: Db| {
        let bound = async |tx: &mut Tx| -> Result<i64, DbError> {
            tx.fetch_one("PRAGMA max_page_count = 1", args![]).await?.int("max_page_count")
        };
        db.write(bound).await.expect("bound to the pages there are");
        let mut stored = 0;
        let error = loop {
            match store(&db, &format!("{stored:0>400}"), 1).await {
                Ok(()) => stored += 1,
                Err(error) => break error,
            }
        };
        assert!(matches!(error, DbError::DiskFull { .. }) && error.is_unavailable(), "{error:?}");
        assert_eq!(labels(&db).await.len(), stored, "what was answered is there, what failed is not");
    })
    .await;
}

#[tokio::test]
async fn a_full_disk_is_said_to_neighbours_too() {
    on_sqlite_shelf(async |db: Db| {
        let (first, go_on) = held(&db).await;
        let fills = queued(&db, async |tx: &mut Tx| -> Result<(), DbError> {
            tx.fetch_one("PRAGMA max_page_count = 1", args![]).await?;
            for number in 0.. {
                put(tx, &format!("{number:0>400}"), 1).await?;
            }
            Ok(())
        });
        let fills = fills.await;
        go_on.notify_one();
        assert!(matches!(fills.await.expect("not panicked"), Err(DbError::DiskFull { .. })));
        // SQLite may keep the rest of the transaction or drop it; either way the neighbour is told the truth.
        match first.await.expect("not panicked") {
            Ok(()) => assert_eq!(labels(&db).await, ["first"]),
            Err(error) => {
                assert!(matches!(error, DbError::DiskFull { .. }), "{error:?}");
                assert_eq!(labels(&db).await, [""; 0]);
            }
        }
    })
    .await;
}
