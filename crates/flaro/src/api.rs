//! The open endpoints: the company's figures for other programs, as JSON or CSV, with the bearer token of somebody
//! whose 閲覧範囲 they keep to. Read only. What a path answers is described in `docs/reports-api.md`.

mod asked;
mod checks;
mod days;
mod reply;
mod sales;
mod stores;

#[cfg(test)]
pub(crate) use {checks::COLUMNS as CHECKS, days::COLUMNS as DAYS, stores::COLUMNS as STORES};

use crate::{
    Flaro,
    api_tokens::{self, Caller, PREFIX},
    partner::unavailable,
};
use axum::{
    extract::FromRequestParts,
    http::{StatusCode, header, request::Parts},
    routing::get,
};
use db::{DbError, Tx};
use std::sync::Arc;
use web::{ApiError, Routes};

/// The routes, to be put behind `web::harden_api`.
pub(crate) fn router(flaro: Arc<Flaro>) -> Routes {
    Routes::new()
        .route("/api/v1/stores", get(stores::list))
        .route("/api/v1/days", get(days::list))
        .route("/api/v1/sales", get(sales::query))
        .route("/api/v1/checks", get(checks::list))
        .with_state(flaro)
}

impl FromRequestParts<Arc<Flaro>> for Caller {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, flaro: &Arc<Flaro>) -> Result<Self, ApiError> {
        let token = bearer(parts).ok_or_else(unknown)?.to_owned();
        let now = flaro.now();
        let unit = async move |tx: &mut Tx| api_tokens::find(tx, &token, now).await;
        let (caller, due) = flaro.db.read(unit).await.map_err(unavailable)?.ok_or_else(unknown)?;
        if let Some(token) = due {
            let company = caller.scope.company.clone();
            let unit =
                async move |tx: &mut Tx| -> Result<(), DbError> { api_tokens::used(tx, &company, &token, now).await };
            flaro.db.write(unit).await.map_err(unavailable)?;
        }
        Ok(caller)
    }
}

fn bearer(parts: &Parts) -> Option<&str> {
    let (scheme, token) = parts.headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    Some(token.trim()).filter(|token| scheme.eq_ignore_ascii_case("bearer") && token.starts_with(PREFIX))
}

fn unknown() -> ApiError {
    ApiError::new(StatusCode::UNAUTHORIZED, "token_unknown", "the bearer token is missing, unknown or revoked")
        .rule("Authorization: Bearer shime_flaro_…")
        .hint("Issue a token in the console (設定 > APIトークン). A token ends with its owner's account.")
}
