//! `GET /api/v1/registers/{register_id}/masters?since=`: a till asks for what it works with. 304 when it has that
//! already; the till goes on with the last version it got.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use db::Tx;
use protocol::masters::Masters;
use web::{ApiError, ListQuery};

use crate::tokens::RegisterAuth;
use crate::{Pos, PosError, masters};

/// Answers with the masters, or 304.
pub async fn get(State(pos): State<Arc<Pos>>, auth: RegisterAuth, query: ListQuery) -> Result<Response, ApiError> {
    let since = since(query.get("since"))?;
    let newer = pos
        .db
        .read(async move |tx: &mut Tx| -> Result<Option<Masters>, PosError> {
            if masters::version(tx, &auth.tenant).await? <= since {
                return Ok(None);
            }
            masters::of(tx, &auth.tenant, auth.store_id, auth.register_id).await.map(Some)
        })
        .await
        .map_err(crate::server::api_error)?;
    Ok(newer.map_or_else(|| StatusCode::NOT_MODIFIED.into_response(), |masters| Json(masters).into_response()))
}

fn since(asked: &str) -> Result<i64, ApiError> {
    if asked.is_empty() {
        return Ok(0);
    }
    asked.parse().map_err(|_| {
        ApiError::new(StatusCode::BAD_REQUEST, "since.not_a_version", format!("since \"{asked}\" is not a version"))
            .rule("since is the whole number that the last masters carried as `version`")
            .hint("Leave it out to get everything")
    })
}
