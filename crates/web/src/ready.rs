//! `GET /readyz`: whether this process can do its work now. Its database answers a read, and the schema there is the
//! one this program knows. Where not, it says in plain words what is missing; the log says more.

use std::sync::Arc;
use std::time::Duration;

use axum::http::StatusCode;
use axum::routing::get;
use db::{Db, DbError, Migration};

use crate::{ApiError, Routes};

/// A database that takes longer is not there for whoever waits at a till.
const ANSWERS_WITHIN: Duration = Duration::from_secs(5);

/// The route, to be put behind [`crate::harden_api`].
pub fn routes(db: Db, migrations: Vec<Migration>) -> Routes {
    let asked: Arc<(Db, Vec<Migration>)> = Arc::new((db, migrations));
    Routes::new().route(
        "/readyz",
        get(move || {
            let asked = asked.clone();
            async move { answer(&asked.0, &asked.1).await }
        }),
    )
}

async fn answer(db: &Db, migrations: &[Migration]) -> Result<&'static str, ApiError> {
    let why = match tokio::time::timeout(ANSWERS_WITHIN, db.schema(migrations)).await {
        Ok(Ok(_)) => return Ok("ready\n"),
        Ok(Err(error)) => {
            tracing::error!(%error, "not ready");
            why(&error)
        }
        Err(_elapsed) => {
            tracing::error!(within = ?ANSWERS_WITHIN, "not ready: the database does not answer");
            "the database does not answer".to_owned()
        }
    };
    Err(ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "not_ready", why))
}

/// In words that tell nobody outside where the database is.
fn why(error: &DbError) -> String {
    match error {
        DbError::SchemaNewer { .. } | DbError::SchemaOlder { .. } | DbError::MigrationChanged { .. } => {
            error.to_string()
        }
        DbError::DiskFull { .. } => "the disk of the database is full".to_owned(),
        DbError::Damaged { .. } => "the database is damaged".to_owned(),
        error if error.is_unavailable() => "the database does not answer".to_owned(),
        _ => "the database can't be read as this program expects; the log says why".to_owned(),
    }
}
