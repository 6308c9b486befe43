//! `POST /api/v1/past-linkages` and `GET /api/v1/past-linkages/{request_id}`: 過去分連携 for programs, such as an import, in the
//! name of a 企業管理者 (HTTP Basic). Guessing is slowed down as at the log-in: one name from one address waits, and nobody
//! who knows a name can lock its owner out. Who asks is settled before anything that was sent is read.

use std::sync::{Arc, Mutex, PoisonError};

use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::routing::{get, post};
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use jiff::civil::Date;
use sales::StoreId;
use serde::{Deserialize, Serialize};
use uuid::Uuid;
use web::throttle::Throttle;
use web::{Account, Accounts, ApiError, Client, Routes, password};

use super::past;
use crate::accounts::{AccountBook, Role};
use crate::{Pos, PosError, Tenant};

/// The request.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
#[serde(deny_unknown_fields)]
pub struct PastLinkage {
    /// 店舗
    pub store_id: StoreId,
    /// The first business date.
    pub from: Date,
    /// The last business date.
    pub to: Date,
}

/// How far it has come.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub struct PastLinkageState {
    /// To ask again.
    pub request_id: Uuid,
    /// Settlements to queue when it was asked for.
    pub total: i64,
    /// Queued by now.
    pub queued: i64,
    /// Nothing is left to queue.
    pub done: bool,
}

struct Door {
    pos: Arc<Pos>,
    accounts: AccountBook,
    throttle: Mutex<Throttle>,
}

/// The routes. They belong inside `web::harden_api`.
pub fn router(pos: Arc<Pos>) -> Routes {
    let accounts = AccountBook::new(pos.db.clone(), pos.clock.clone());
    Routes::new()
        .route("/api/v1/past-linkages", post(ask))
        .route("/api/v1/past-linkages/{request_id}", get(look))
        .with_state(Arc::new(Door { pos, accounts, throttle: Mutex::default() }))
}

async fn ask(
    State(door): State<Arc<Door>>,
    client: Client,
    headers: HeaderMap,
    body: Bytes,
) -> Result<(StatusCode, Json<PastLinkageState>), ApiError> {
    let (tenant, name) = door.admin(client, &headers).await?;
    let wanted: PastLinkage = serde_json::from_slice(&body).map_err(|error| unreadable(&error))?;
    let range = (wanted.from, wanted.to);
    let requested = past::request_past(&door.pos, &tenant, &name, wanted.store_id, range).await.map_err(refused)?;
    let state = PastLinkageState { request_id: requested.request_id, total: requested.total, queued: 0, done: false };
    Ok((StatusCode::ACCEPTED, Json(state)))
}

async fn look(
    State(door): State<Arc<Door>>,
    client: Client,
    headers: HeaderMap,
    Path(id): Path<String>,
) -> Result<Json<PastLinkageState>, ApiError> {
    let (tenant, _) = door.admin(client, &headers).await?;
    let id = id.parse::<Uuid>().map_err(|_| refused(PosError::NotFound("request")))?;
    let now = past::progress(&door.pos, &tenant, id).await.map_err(refused)?;
    Ok(Json(PastLinkageState {
        request_id: now.request_id,
        total: now.total,
        queued: now.queued,
        done: now.done_at.is_some(),
    }))
}

impl Door {
    /// The company and the name of the 企業管理者 whose credentials these are.
    async fn admin(&self, client: Client, headers: &HeaderMap) -> Result<(Tenant, String), ApiError> {
        let (login, secret) = basic(headers).ok_or_else(|| ApiError::of_status(StatusCode::UNAUTHORIZED))?;
        let from = client.address(self.pos.settings.behind_proxy);
        let throttle = || self.throttle.lock().unwrap_or_else(PoisonError::into_inner);
        if let Err(wait) = throttle().attempt(&login, from, self.pos.now()) {
            return Err(ApiError::of_status(StatusCode::TOO_MANY_REQUESTS).retry_after(wait));
        }
        let account = self.accounts.find(&login).await.map_err(ApiError::internal)?;
        let kept = account.as_ref().map(|account| account.password_hash.clone());
        let right = password::verify(secret, kept).await;
        let Some(Account { tenant, name, role, .. }) = account.filter(|_| right) else {
            return Err(ApiError::of_status(StatusCode::UNAUTHORIZED));
        };
        throttle().succeeded(&login, from);
        if role.parse::<Role>().ok() != Some(Role::CompanyAdmin) {
            return Err(ApiError::of_status(StatusCode::FORBIDDEN).rule("Only a company_admin may ask for past days."));
        }
        Ok((Tenant::provisioned(tenant), name))
    }
}

fn basic(headers: &HeaderMap) -> Option<(String, String)> {
    let encoded = headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Basic ")?;
    let plain = String::from_utf8(STANDARD.decode(encoded.trim()).ok()?).ok()?;
    let (login, secret) = plain.split_once(':')?;
    Some((login.to_owned(), secret.to_owned()))
}

fn unreadable(error: &serde_json::Error) -> ApiError {
    let status = if error.is_data() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::BAD_REQUEST };
    ApiError::new(status, "past_linkage.unreadable", format!("the body can't be read: {error}"))
        .rule("The body is {\"store_id\": …, \"from\": \"YYYY-MM-DD\", \"to\": \"YYYY-MM-DD\"}")
}

fn refused(error: PosError) -> ApiError {
    match error {
        PosError::Rule(words) => ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "past_linkage.rule", words),
        PosError::NotFound(what) => {
            ApiError::new(StatusCode::NOT_FOUND, "not_found", format!("There is no {what} here."))
        }
        other => ApiError::internal(other),
    }
}
