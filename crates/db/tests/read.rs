//! A read unit sees one moment, writes nothing, and is in nobody's way.

mod story;

use db::{Db, DbError, Tx, args};
use story::{labels, labels_in, on_each_shelf, on_sqlite_shelf, put, store};

#[tokio::test]
async fn a_read_sees_one_moment_while_others_write() {
    on_each_shelf(async |db: Db| {
        store(&db, "plum", 1).await.expect("stored");
        let writer = db.clone();
        let moments = db.read(async move |tx: &mut Tx| -> Result<_, DbError> {
            let before = labels_in(tx).await?;
            store(&writer, "quince", 1).await?;
            Ok((before, labels_in(tx).await?))
        });
        let (before, after) = moments.await.expect("read");
        assert_eq!(before, ["plum"]);
        assert_eq!(after, before);
        assert_eq!(labels(&db).await, ["plum", "quince"]);
    })
    .await;
}

#[tokio::test]
async fn a_read_cannot_write() {
    on_each_shelf(async |db: Db| {
        let tried = db.read(async |tx: &mut Tx| -> Result<(), DbError> { put(tx, "plum", 1).await });
        let outcome = tried.await;
        assert!(matches!(outcome, Err(DbError::WriteInRead { .. })), "{outcome:?}");
        let swallowed = db.read(async |tx: &mut Tx| -> Result<(), DbError> {
            assert!(put(tx, "plum", 1).await.is_err(), "and the unit goes on as if it were nothing");
            Ok(())
        });
        assert!(matches!(swallowed.await, Err(DbError::Poisoned { .. })));
        store(&db, "quince", 1).await.expect("writing goes on");
        assert_eq!(labels(&db).await, ["quince"]);
    })
    .await;
}

#[tokio::test]
async fn a_panicking_read_is_an_error() {
    on_each_shelf(async |db: Db| {
        let panicked = db.read(async |tx: &mut Tx| -> Result<(), DbError> {
            labels_in(tx).await?;
            panic!("lost my glasses");
        });
        assert!(matches!(panicked.await, Err(DbError::Panicked { .. })));
        assert_eq!(labels(&db).await, [""; 0]);
    })
    .await;
}

#[tokio::test]
async fn more_readers_than_connections_take_turns() {
    on_each_shelf(async |db: Db| {
        let counts = (0..50).map(|_| {
            db.read(async |tx: &mut Tx| -> Result<i64, DbError> {
                tx.fetch_one("SELECT COUNT(*) AS jars FROM jars", args![]).await?.int("jars")
            })
        });
        for count in futures::future::join_all(counts).await {
            assert_eq!(count.expect("read"), 0);
        }
    })
    .await;
}

#[tokio::test]
async fn a_dropped_read_ends_its_statement_and_frees_its_reader() {
    on_sqlite_shelf(async |db: Db| {
        // More of them than there are readers: if they went on, nobody else could read.
        for _ in 0..20 {
            let endless = db.read(async |tx: &mut Tx| -> Result<i64, DbError> {
                let numbers = "WITH RECURSIVE numbers (n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM numbers)
                               SELECT COUNT(*) AS n FROM numbers WHERE n < 0";
                tx.fetch_one(numbers, args![]).await?.int("n")
            });
            assert!(tokio::time::timeout(std::time::Duration::from_millis(10), endless).await.is_err());
        }
        store(&db, "plum", 1).await.expect("stored");
        assert_eq!(labels(&db).await, ["plum"]);
    })
    .await;
}
