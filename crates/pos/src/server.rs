//! Everything the network may ask of the head office: the console behind its log-in, and the tills' API behind
//! their tokens. The two are hardened apart, because a till's request carries no cookie.

use axum::http::StatusCode;
use web::ApiError;

use crate::PosError;

/// What a till is told when its request could not be served here.
pub(crate) fn api_error(error: PosError) -> ApiError {
    match error {
        PosError::Db(error) if error.is_unavailable() => {
            tracing::error!(%error, "the database is not available");
            ApiError::of_status(StatusCode::SERVICE_UNAVAILABLE)
        }
        error => ApiError::internal(error),
    }
}
