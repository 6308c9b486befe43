//! One story, both engines: what a test tells is told on SQLite and, with the feature `postgres-tests`, on PostgreSQL.
//!
//! With the feature on, a missing PostgreSQL fails the test; it is never skipped in silence.

mod cluster;
mod snapshot;

use sqlx::{AssertSqlSafe, Connection, PgConnection};

pub use self::snapshot::Snapshot;
use crate::{Args, Db, DbError, Engine, Row, Tx};

/// Runs `story` on a fresh database of each engine.
///
/// ```
/// # use db::{Db, DbError, Tx, args};
/// # #[tokio::main(flavor = "current_thread")]
/// # async fn main() {
/// db::testing::each_engine(async |db: Db| {
///     let one = db.read(async |tx: &mut Tx| -> Result<i64, DbError> {
///         tx.fetch_one("SELECT 1 AS one", args![]).await?.int("one")
///     });
///     assert_eq!(one.await.unwrap(), 1);
/// })
/// .await;
/// # }
/// ```
pub async fn each_engine<F: AsyncFn(Db)>(story: F) {
    each_url(async |url| {
        let db = Db::open(&url).await.expect("a fresh database opens");
        story(db.clone()).await;
        db.close().await;
    })
    .await;
}

/// Runs `story` with the address of a fresh database of each engine: for stories that open it themselves, or again.
pub async fn each_url<F: AsyncFn(String)>(story: F) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    // Seen when the test fails: which engine it failed on.
    eprintln!("engine: SQLite");
    story(format!("sqlite:{}", folder.path().join("story.db").display())).await;

    if cfg!(feature = "postgres-tests") {
        eprintln!("engine: PostgreSQL");
        let url = postgres_url().await;
        story(url.clone()).await;
        let name = url.rsplit('/').next().expect("the address ends with the database");
        on_server(format!("DROP DATABASE {name} WITH (FORCE)")).await;
    }
}

/// The address of a fresh PostgreSQL database, for tests that start whole processes. It goes when the server goes.
///
/// The server is a throwaway one: on loopback, on a free port, in the temporary folder. Test processes that run at the
/// same time share it, and a few seconds after the last of them has ended, however it ended, it is gone.
///
/// # Panics
/// Where PostgreSQL isn't installed or doesn't start.
pub async fn postgres_url() -> String {
    let name = cluster::fresh_name();
    on_server(format!("CREATE DATABASE {name} TEMPLATE template0")).await;
    format!("{}/{name}", cluster::address())
}

/// The steps by which SQLite would answer. None on PostgreSQL: on empty tables it reads whatever is smallest, which tells
/// nothing.
pub async fn plan(db: &Db, sql: &'static str, args: Args) -> Vec<String> {
    if db.engine() == Engine::Postgres {
        return Vec::new();
    }
    let explain: &'static str = format!("EXPLAIN QUERY PLAN {sql}").leak();
    let unit = async move |tx: &mut Tx| -> Result<Vec<Row>, DbError> { tx.fetch_all(explain, args).await };
    let rows = db.read(unit).await.expect("it is planned");
    rows.iter().map(|row| row.text("detail").expect("a step has words")).collect()
}

async fn on_server(sql: String) {
    let url = format!("{}/postgres", cluster::address());
    let mut connection = PgConnection::connect(&url).await.expect("the throwaway PostgreSQL answers");
    sqlx::raw_sql(AssertSqlSafe(sql)).execute(&mut connection).await.expect("the throwaway PostgreSQL obeys");
    connection.close().await.expect("the throwaway PostgreSQL lets go");
}
