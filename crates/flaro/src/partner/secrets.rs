//! `POST /partner/v1/linkages/{id}/secrets`: a new signing secret, with the old one good for 24 hours more.
//!
//! A new secret that no event was signed with yet is given again: a partner whose answer was lost asks once more
//! and neither side ends up with a secret the other doesn't know.

use super::{Partner, Refused, id, linkage};
use crate::Flaro;
use axum::{
    Json,
    extract::{Path, State},
};
use db::{Tx, args};
use jiff::{SignedDuration, Timestamp};
use protocol::signature::Secret;
use serde::Serialize;
use std::sync::Arc;
use uuid::Uuid;
use web::ApiError;

/// How long the secret before goes on being good.
pub(crate) const OVERLAP: SignedDuration = SignedDuration::from_hours(24);

/// The answer.
#[derive(Debug, Serialize)]
pub(super) struct Rotated {
    linkage_id: Uuid,
    signing_secret: String,
    previous_until: Timestamp,
}

const HELD: &str =
    "SELECT secret, secret_used_at, previous_secret FROM linkage WHERE company_id = $1 AND linkage_id = $2";
const ROTATE: &str = "UPDATE linkage
    SET secret = $3, previous_secret = $4, previous_until = $5, secret_used_at = NULL
    WHERE company_id = $1 AND linkage_id = $2";

pub(super) async fn rotate(
    State(flaro): State<Arc<Flaro>>,
    partner: Partner,
    Path(linkage_id): Path<String>,
) -> Result<Json<Rotated>, ApiError> {
    let linkage_id = id(&linkage_id)?;
    let drawn = Secret::from_random((flaro.random_bytes)()).expose().to_owned();
    let until = flaro.now().checked_add(OVERLAP).unwrap_or(Timestamp::MAX);
    let unit = async move |tx: &mut Tx| -> Result<Rotated, Refused> {
        let found = linkage(tx, &partner, linkage_id).await?.open()?;
        let (company, key) = (found.company.as_str(), linkage_id.to_string());
        tx.lock(&format!("linkage/{company}")).await?;
        let held = tx.fetch_one(HELD, args![company, &key]).await?;
        let unused = held.opt_int("secret_used_at")?.is_none();
        let (secret, previous) = match held.opt_text("previous_secret")? {
            Some(previous) if unused => (held.text("secret")?, previous),
            _ => (drawn, held.text("secret")?),
        };
        tx.execute(ROTATE, args![company, &key, &secret, previous, until.as_millisecond()]).await?;
        Ok(Rotated { linkage_id, signing_secret: secret, previous_until: until })
    };
    flaro.db.write(unit).await.map(Json).map_err(|refused: Refused| refused.0)
}
