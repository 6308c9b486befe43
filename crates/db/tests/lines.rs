//! SQLite's writer: nobody waits behind another's crowd, nor for the tidying of the log.

mod story;

use std::fs;
use std::sync::{Arc, Mutex};

use db::{Db, DbError, Migration, Tx, args};
use story::on_sqlite_shelf;
use tokio::sync::Notify;

/// Units of the crowd.
const CROWD: usize = 60;

#[tokio::test]
async fn one_who_comes_behind_a_crowd_is_served_next_but_one() {
    on_sqlite_shelf(async |db: Db| {
        let (inside, go_on) = (Arc::new(Notify::new()), Arc::new(Notify::new()));
        let served = Arc::new(Mutex::new(Vec::new()));
        let (entered, told, first) = (inside.clone(), go_on.clone(), db.clone());
        let first = tokio::spawn(async move {
            let unit = async move |_: &mut Tx| -> Result<(), DbError> {
                entered.notify_one();
                told.notified().await;
                Ok(())
            };
            first.write(unit).await
        });
        inside.notified().await;
        let mut units = Vec::new();
        for whose in std::iter::repeat_n("crowd", CROWD).chain(["one"]) {
            let (line, served) = (db.in_line_of(whose), served.clone());
            units.push(tokio::spawn(async move {
                let unit = async move |_: &mut Tx| -> Result<(), DbError> {
                    served.lock().expect("nobody panics with it").push(whose);
                    Ok(())
                };
                line.write(unit).await
            }));
            tokio::task::yield_now().await;
        }
        go_on.notify_one();
        first.await.expect("not panicked").expect("kept");
        for unit in units {
            unit.await.expect("not panicked").expect("kept");
        }
        let served = served.lock().expect("nobody panics with it");
        assert_eq!(served.len(), CROWD + 1);
        assert_eq!(served.iter().position(|whose| *whose == "one"), Some(1));
    })
    .await;
}

/// Rows of 16 pages.
const ROWS: usize = 1_500;
const ROW_BYTES: usize = 64 << 10;
/// 8,000 pages, and what a commit may add.
const LOG_BYTES_MAX: u64 = (8_000 + 16 * 20) * (4_096 + 24);

#[tokio::test]
async fn the_log_is_tidied_while_commits_never_pause() {
    let folder = tempfile::tempdir().expect("a folder");
    let file = folder.path().join("shelf.db");
    let db = Db::open(&format!("sqlite:{}", file.display())).await.expect("opens");
    let table = Migration::both("shelf", 1, "bulk", "CREATE TABLE bulk (bytes BLOB NOT NULL)");
    db.migrate(&[table]).await.expect("an empty shelf");
    let mut copied = false;
    for _ in 0..ROWS {
        let unit = async |tx: &mut Tx| -> Result<(), DbError> {
            tx.execute("INSERT INTO bulk (bytes) VALUES ($1)", args![vec![7_u8; ROW_BYTES]]).await.map(drop)
        };
        db.write(unit).await.expect("stored");
        let [places, log] =
            ["shelf.db", "shelf.db-wal"].map(|name| fs::metadata(folder.path().join(name)).unwrap().len());
        copied |= places > 1 << 20;
        assert!(log <= LOG_BYTES_MAX, "the log holds {log} bytes");
    }
    assert!(copied, "what was committed came to its place while the database was open");
    db.close().await;
    assert!(!folder.path().join("shelf.db-wal").exists(), "nothing holds the file any more");
    let db = Db::open(&format!("sqlite:{}", file.display())).await.expect("opens again");
    let sum = "SELECT CAST(COUNT(*) AS BIGINT) AS rows, CAST(SUM(LENGTH(bytes)) AS BIGINT) AS bytes FROM bulk";
    let row = db.read(async move |tx: &mut Tx| tx.fetch_one(sum, args![]).await).await.expect("reads");
    let number = |column| usize::try_from(row.int(column).unwrap()).unwrap();
    assert_eq!((number("rows"), number("bytes")), (ROWS, ROWS * ROW_BYTES));
    db.close().await;
}
