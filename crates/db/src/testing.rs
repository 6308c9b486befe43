//! One story, both engines.

use crate::Db;

/// Runs `story` on a fresh database of each engine.
pub async fn each_engine<F: AsyncFn(Db)>(story: F) {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let url = format!("sqlite:{}", folder.path().join("each.db").display());
    let db = Db::open(&url).await.expect("a fresh SQLite database");
    story(db.clone()).await;
    db.close().await;
}

/// The address of a fresh PostgreSQL database.
pub async fn postgres_url() -> String {
    todo!("the throwaway cluster")
}
