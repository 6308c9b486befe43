//! Where a story's two places keep what they have: each engine in turn.

/// Where the two places keep what they have.
pub struct Databases {
    /// Head office's.
    pub pos: String,
    /// The back office's.
    pub flaro: String,
    _dir: tempfile::TempDir,
}

/// SQLite; with the feature `postgres-tests` PostgreSQL too.
#[cfg_attr(not(feature = "postgres-tests"), expect(clippy::unused_async, reason = "one engine only"))]
pub async fn engines() -> Vec<Databases> {
    let dir = tempfile::tempdir().expect("a temporary directory");
    let at = |name: &str| format!("sqlite:{}", dir.path().join(name).display());
    let (pos, flaro) = (at("pos.db"), at("flaro.db"));
    #[cfg_attr(not(feature = "postgres-tests"), expect(unused_mut, reason = "one engine only"))]
    let mut engines = vec![Databases { pos, flaro, _dir: dir }];
    #[cfg(feature = "postgres-tests")]
    engines.push(Databases {
        pos: db::testing::postgres_url().await,
        flaro: db::testing::postgres_url().await,
        _dir: tempfile::tempdir().expect("a temporary directory"),
    });
    engines
}

/// A copy goes into an empty database: a file is moved aside for it, a server's is named anew.
#[cfg(feature = "postgres-tests")]
pub async fn make_room(database: &mut String) {
    if !database.starts_with("sqlite:") {
        *database = db::testing::postgres_url().await;
    }
}
