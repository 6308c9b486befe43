//! The partner API: how a POS starts a linkage, keeps the store table current, rotates the secret and compares.
//!
//! Every request carries a partner's bearer credential; a partner sees its own linkages only. All of it is
//! idempotent, so a lost answer is asked for again and changes nothing.

mod end;
mod grant;
mod secrets;
mod table;
mod totals;
pub(crate) mod vault;

#[cfg(test)]
pub(crate) use table::Replaced;

use crate::{Company, Flaro};
use axum::{
    body::Bytes,
    extract::FromRequestParts,
    http::{StatusCode, header, request::Parts},
    routing::{delete, get, post, put},
};
use db::{DbError, Row, Tx, args};
use serde::de::DeserializeOwned;
use std::sync::Arc;
use uuid::Uuid;
use web::{ApiError, Routes};

/// The routes, to be put behind `web::harden_api`.
pub(crate) fn router(flaro: Arc<Flaro>) -> Routes {
    Routes::new()
        .route("/partner/v1/linkages", post(grant::grant))
        .route("/partner/v1/linkages/{id}", delete(end::end))
        .route("/partner/v1/linkages/{id}/stores", put(table::replace))
        .route("/partner/v1/linkages/{id}/secrets", post(secrets::rotate))
        .route("/partner/v1/linkages/{id}/control-totals", get(totals::serve))
        .with_state(flaro)
}

/// A partner that showed its credential.
#[derive(Clone, Debug)]
pub(crate) struct Partner(String);

impl Partner {
    pub fn name(&self) -> &str {
        &self.0
    }
}

impl FromRequestParts<Arc<Flaro>> for Partner {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, flaro: &Arc<Flaro>) -> Result<Self, ApiError> {
        let header = parts.headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok());
        let credential = header.and_then(|value| value.strip_prefix("Bearer ")).unwrap_or_default();
        // Every credential is compared, so that the time of an answer tells nothing about which came close.
        let known = flaro
            .settings
            .partners
            .iter()
            .fold(None, |found, partner| if partner.is(credential) { Some(partner) } else { found });
        known.map(|partner| Self(partner.partner().to_owned())).ok_or_else(|| {
            ApiError::new(StatusCode::UNAUTHORIZED, "partner_unknown", "the partner credential is missing or not known")
                .rule("Authorization: Bearer <the credential that FLARO gave you>")
                .hint("Check the credential in the configuration; it may have been renewed.")
        })
    }
}

/// A linkage of the partner that asks.
#[derive(Clone, Debug)]
pub(crate) struct Linkage {
    pub company: Company,
    pub id: Uuid,
    pub generation: i64,
    pub ended: bool,
}

const FIND: &str = "SELECT company_id, generation, ended_at FROM linkage WHERE partner = $1 AND linkage_id = $2";

/// Finds the linkage, or says that this partner has none of that id.
pub(crate) async fn linkage(tx: &mut Tx, partner: &Partner, linkage_id: Uuid) -> Result<Linkage, ApiError> {
    let row = tx.fetch_optional(FIND, args![partner.name(), linkage_id.to_string()]).await.map_err(unavailable)?;
    let row = row.ok_or_else(|| {
        let message = format!("there is no linkage {linkage_id}");
        ApiError::new(StatusCode::NOT_FOUND, "linkage_unknown", message)
            .hint("Use the linkage_id that POST /partner/v1/linkages answered with this credential.")
    })?;
    let read = |row: &Row| -> Result<Linkage, DbError> {
        let ended = row.opt_int("ended_at")?.is_some();
        Ok(Linkage { company: Company::of(row)?, id: linkage_id, generation: row.int("generation")?, ended })
    };
    read(&row).map_err(unavailable)
}

impl Linkage {
    /// Refuses what only a linkage that has not ended may do.
    pub fn open(self) -> Result<Self, ApiError> {
        if !self.ended {
            return Ok(self);
        }
        let message = format!("linkage {} (generation {}) has ended", self.id, self.generation);
        Err(ApiError::new(StatusCode::GONE, "linkage_ended", message)
            .hint("Start a new one: POST /partner/v1/linkages with the next generation."))
    }
}

/// What a unit of work of this API may end with.
#[derive(Debug)]
pub(crate) struct Refused(pub ApiError);

impl From<DbError> for Refused {
    fn from(error: DbError) -> Self {
        Self(unavailable(error))
    }
}

impl From<ApiError> for Refused {
    fn from(error: ApiError) -> Self {
        Self(error)
    }
}

/// A database in trouble is 503 and worth another try; anything else that broke is 500. Both are logged.
pub(crate) fn unavailable(error: DbError) -> ApiError {
    if error.is_unavailable() {
        tracing::warn!(%error, "the database is not available");
        return ApiError::of_status(StatusCode::SERVICE_UNAVAILABLE);
    }
    ApiError::internal(error)
}

/// The id in a path.
pub(crate) fn id(text: &str) -> Result<Uuid, ApiError> {
    Uuid::parse_str(text).map_err(|why| {
        ApiError::new(StatusCode::NOT_FOUND, "linkage_unknown", format!("\"{text}\" is no linkage id: {why}"))
    })
}

/// Reads a JSON body and says where it is wrong.
pub(crate) fn json<T: DeserializeOwned>(body: &Bytes) -> Result<T, ApiError> {
    serde_json::from_slice(body).map_err(|why| {
        let status = if why.is_data() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::BAD_REQUEST };
        ApiError::new(status, "body_unreadable", format!("the body can't be read: {why}"))
            .hint("Compare it with the schema of this request.")
    })
}
