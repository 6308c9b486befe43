//! `POST /partner/v1/linkages`: the handshake. The same generation gets the same address and secret until it is
//! confirmed; a new generation gets new ones. The address can't be had again once the linkage is confirmed.

use super::{Partner, Refused, json, vault};
use crate::Flaro;
use axum::{
    Json,
    body::Bytes,
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Response},
};
use db::{DbError, Row, Tx, args};
use protocol::{
    hash::Sha256,
    partner::{LinkageGranted, LinkageRequest},
    signature::Secret,
};
use std::sync::Arc;
use uuid::Uuid;
use web::ApiError;

const COMPANY: &str = "SELECT company_id FROM company WHERE code = $1";
const SAME: &str = "SELECT linkage_id, token, secret, confirmed_at, ended_at FROM linkage
    WHERE company_id = $1 AND partner = $2 AND generation = $3";
const HIGHEST: &str = "SELECT COALESCE(MAX(generation), 0) AS highest FROM linkage
    WHERE company_id = $1 AND partner = $2";
const INSERT: &str = "INSERT INTO linkage
    (company_id, linkage_id, partner, generation, company_name, token, token_sha256, secret, requested_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)";

pub(super) async fn grant(
    State(flaro): State<Arc<Flaro>>,
    partner: Partner,
    body: Bytes,
) -> Result<Response, ApiError> {
    let request: LinkageRequest = json(&body)?;
    if request.generation < 1 {
        let message = format!("generation {} is out of range", request.generation);
        return Err(ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "generation_range", message)
            .rule("a generation counts from 1"));
    }
    let (fresh, shared) = (Fresh::draw(&flaro), flaro.clone());
    let unit = async move |tx: &mut Tx| -> Result<(bool, Fresh), Refused> {
        decide(tx, &shared, &partner, &request, fresh).await
    };
    let (new, given) = flaro.db.write(unit).await.map_err(|refused| refused.0)?;
    let status = if new { StatusCode::CREATED } else { StatusCode::OK };
    let granted = LinkageGranted {
        linkage_id: given.linkage_id,
        webhook_url: flaro.settings.webhook_url(&given.token),
        signing_secret: given.secret,
        zstd: true,
    };
    Ok((status, Json(granted)).into_response())
}

/// What a linkage is made of; drawn before the transaction and thrown away if one is there already.
struct Fresh {
    linkage_id: Uuid,
    token: String,
    secret: String,
    at: i64,
}

impl Fresh {
    fn draw(flaro: &Flaro) -> Self {
        let secret = Secret::from_random((flaro.random_bytes)());
        Self {
            linkage_id: (flaro.random)(),
            token: hex::encode((flaro.random_bytes)()),
            secret: secret.expose().to_owned(),
            at: flaro.now().as_millisecond(),
        }
    }
}

async fn decide(
    tx: &mut Tx,
    flaro: &Flaro,
    partner: &Partner,
    request: &LinkageRequest,
    fresh: Fresh,
) -> Result<(bool, Fresh), Refused> {
    let company = tx.fetch_optional(COMPANY, args![request.company_code.as_str()]).await?;
    let company = company.ok_or_else(|| company_unknown(request))?.text("company_id")?;
    tx.lock(&format!("linkage/{company}")).await?;
    let same = args![&company, partner.name(), request.generation];
    if let Some(row) = tx.fetch_optional(SAME, same).await? {
        return again(flaro, &company, &row, request).map(|given| (false, given));
    }
    let highest = tx.fetch_one(HIGHEST, args![&company, partner.name()]).await?.int("highest")?;
    if request.generation < highest {
        return Err(superseded(request, highest).into());
    }
    let id = fresh.linkage_id.to_string();
    let seal = |column, text: &str| flaro.settings.keys.seal(&vault::place(&company, &id, column), text);
    let (token, secret) = (seal("token", &fresh.token)?, seal("secret", &fresh.secret)?);
    tx.execute(
        INSERT,
        args![
            &company,
            &id,
            partner.name(),
            request.generation,
            crate::storable::text(&request.company_name),
            token,
            Sha256::of(fresh.token.as_bytes()).to_string(),
            secret,
            fresh.at,
        ],
    )
    .await?;
    Ok((true, fresh))
}

/// The linkage that this generation has already: the same, or a refusal that says what became of it.
fn again(flaro: &Flaro, company: &str, row: &Row, request: &LinkageRequest) -> Result<Fresh, Refused> {
    let generation = request.generation;
    let refuse = |code: &str, what: &str| {
        ApiError::new(StatusCode::CONFLICT, code, format!("generation {generation} {what}"))
            .rule("the address and the secret of a linkage are told until it is confirmed, never after")
            .hint("Ask with the next generation: it gets a new address and a new secret.")
    };
    if row.opt_int("ended_at")?.is_some() {
        return Err(refuse("linkage_ended", "has ended").into());
    }
    let linkage_id = parse_id(row)?;
    let open = |column| vault::open(flaro, company, &linkage_id.to_string(), row, column);
    match (open("token")?, open("secret")?) {
        (Some(token), Some(secret)) if row.opt_int("confirmed_at")?.is_none() => {
            Ok(Fresh { linkage_id, token, secret, at: 0 })
        }
        _ => Err(refuse("linkage_confirmed", "is confirmed already").into()),
    }
}

fn parse_id(row: &Row) -> Result<Uuid, DbError> {
    let text = row.text("linkage_id")?;
    Uuid::parse_str(&text).map_err(|_| DbError::Column { column: "linkage_id".into(), rule: "a UUID", found: text })
}

fn company_unknown(request: &LinkageRequest) -> ApiError {
    let message = format!("FLARO has no company with the code \"{}\"", request.company_code);
    ApiError::new(StatusCode::NOT_FOUND, "company_unknown", message)
        .rule("the company must be registered at FLARO before a linkage is started")
        .hint("Check 企業コード and 企業名称 on both sides; leading zeros are significant.")
}

fn superseded(request: &LinkageRequest, highest: i64) -> ApiError {
    let message = format!("generation {} was never asked for, and {highest} exists already", request.generation);
    ApiError::new(StatusCode::CONFLICT, "generation_superseded", message)
        .rule("generations grow")
        .hint(format!("Ask with generation {}.", highest.saturating_add(1)))
}
