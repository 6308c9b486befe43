//! A read unit sees one moment, writes nothing, and is in nobody's way.

mod story;

use db::{Db, DbError, Tx, args};
use story::{labels, labels_in, on_each_shelf, put, store};

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
