//! `POST /partner/v1/linkages/{id}/secrets`: a new signing secret, with the old one good for 24 hours more.
//!
//! A new secret that no event was signed with yet is given again: a partner whose answer was lost asks once more
//! and neither side ends up with a secret the other doesn't know.

use super::{Partner, Refused, id, linkage, vault};
use crate::Flaro;
use axum::{
    Json,
    extract::{Path, State},
};
use db::{Tx, args};
use jiff::{SignedDuration, Timestamp};
use protocol::{partner::SecretRotated, signature::Secret};
use std::sync::Arc;
use web::ApiError;

/// How long the secret before goes on being good.
pub(crate) const OVERLAP: SignedDuration = SignedDuration::from_hours(24);

const HELD: &str =
    "SELECT secret, secret_used_at, previous_secret FROM linkage WHERE company_id = $1 AND linkage_id = $2";
const ROTATE: &str = "UPDATE linkage
    SET secret = $3, previous_secret = $4, previous_until = $5, secret_used_at = NULL
    WHERE company_id = $1 AND linkage_id = $2";

pub(super) async fn rotate(
    State(flaro): State<Arc<Flaro>>,
    partner: Partner,
    Path(linkage_id): Path<String>,
) -> Result<Json<SecretRotated>, ApiError> {
    let linkage_id = id(&linkage_id)?;
    let drawn = Secret::from_random((flaro.random_bytes)()).expose().to_owned();
    let until = flaro.now().checked_add(OVERLAP).unwrap_or(Timestamp::MAX);
    let shared = flaro.clone();
    let unit = async move |tx: &mut Tx| -> Result<SecretRotated, Refused> {
        let found = linkage(tx, &partner, linkage_id).await?.open()?;
        let (company, key) = (found.company.as_str(), linkage_id.to_string());
        tx.lock(&format!("linkage/{company}")).await?;
        let held = tx.fetch_one(HELD, args![company, &key]).await?;
        let unused = held.opt_int("secret_used_at")?.is_none();
        let open = |column| vault::open(&shared, company, &key, &held, column);
        let present = open("secret")?.unwrap_or_default();
        let (secret, previous) = match open("previous_secret")? {
            Some(previous) if unused => (present, previous),
            _ => (drawn, present),
        };
        let seal = |column, text: &str| shared.settings.keys.seal(&vault::place(company, &key, column), text);
        let sealed = (seal("secret", &secret)?, seal("previous_secret", &previous)?);
        tx.execute(ROTATE, args![company, &key, sealed.0, sealed.1, until.as_millisecond()]).await?;
        Ok(SecretRotated { linkage_id, signing_secret: secret, previous_until: until })
    };
    flaro.db.write(unit).await.map(Json).map_err(|refused: Refused| refused.0)
}
