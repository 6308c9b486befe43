//! Units are `Send` where it matters: inside the handlers of a web server, in another crate, with borrowed helpers.

use axum::Router;
use axum::extract::State;
use axum::routing::post;
use db::{Db, DbError, Row, Tx, args};

#[derive(Debug)]
enum Refusal {
    Unknown,
    #[expect(dead_code, reason = "only its being there matters")]
    Storage(DbError),
}

impl From<DbError> for Refusal {
    fn from(error: DbError) -> Self {
        Refusal::Storage(error)
    }
}

struct Jar {
    label: String,
    grams: i64,
}

/// A helper as the other crates write them: borrows the transaction and what it stores.
async fn put(tx: &mut Tx, jar: &Jar) -> Result<i64, Refusal> {
    let row: Row = tx
        .fetch_optional("INSERT INTO jars (label, grams) VALUES ($1, $2) RETURNING grams", args![&jar.label, jar.grams])
        .await?
        .ok_or(Refusal::Unknown)?;
    Ok(row.int("grams")?)
}

async fn handler(State(db): State<Db>, body: String) -> String {
    let jar = Jar { label: body.clone(), grams: 3 };
    let many = vec![Jar { label: format!("{body}-2"), grams: 1 }];
    let stored = db
        .write(async move |tx: &mut Tx| -> Result<i64, Refusal> {
            tx.lock(&jar.label).await?;
            let mut grams = put(tx, &jar).await?;
            for other in &many {
                grams += put(tx, other).await?;
            }
            Ok(grams)
        })
        .await;
    let read = db
        .read(async |tx: &mut Tx| -> Result<usize, Refusal> {
            Ok(tx.fetch_all("SELECT label FROM jars", args![]).await?.len())
        })
        .await;
    format!("{stored:?} {read:?}")
}

#[tokio::test]
async fn units_run_inside_handlers_and_spawned_tasks() {
    db::testing::each_engine(async |db: Db| {
        db.migrate(&[db::Migration::both("t", 1, "jars", "CREATE TABLE jars (label TEXT PRIMARY KEY, grams BIGINT)")])
            .await
            .expect("migrated");
        let _compiles: Router = Router::new().route("/", post(handler)).with_state(db.clone());
        let said = tokio::spawn(handler(State(db), "plum".into())).await.expect("not panicked");
        assert_eq!(said, "Ok(4) Ok(2)");
    })
    .await;
}
