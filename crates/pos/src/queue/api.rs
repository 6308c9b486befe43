//! `POST /api/v1/past-linkages` and `GET /api/v1/past-linkages/{request_id}`: 過去分連携 for programs, such as an import, in the
//! name of a 企業管理者 (HTTP Basic). Guessing is slowed down as at the log-in.

use std::sync::{Arc, Mutex, PoisonError};

use axum::Json;
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
use web::{Account, Accounts, ApiError, Routes, password};

use super::past;
use crate::accounts::{AccountBook, Role};
use crate::{Pos, PosError, Tenant};

/// The request.
#[derive(Clone, Debug, Serialize, Deserialize)]
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
    headers: HeaderMap,
    Json(wanted): Json<PastLinkage>,
) -> Result<(StatusCode, Json<PastLinkageState>), ApiError> {
    let (tenant, name) = door.admin(&headers).await?;
    let range = (wanted.from, wanted.to);
    let requested = past::request_past(&door.pos, &tenant, &name, wanted.store_id, range).await.map_err(refused)?;
    let state = PastLinkageState { request_id: requested.request_id, total: requested.total, queued: 0, done: false };
    Ok((StatusCode::ACCEPTED, Json(state)))
}

async fn look(
    State(door): State<Arc<Door>>,
    headers: HeaderMap,
    Path(id): Path<Uuid>,
) -> Result<Json<PastLinkageState>, ApiError> {
    let (tenant, _) = door.admin(&headers).await?;
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
    async fn admin(&self, headers: &HeaderMap) -> Result<(Tenant, String), ApiError> {
        let (login, secret) = basic(headers).ok_or_else(|| ApiError::of_status(StatusCode::UNAUTHORIZED))?;
        let throttle = || self.throttle.lock().unwrap_or_else(PoisonError::into_inner);
        if throttle().attempt(&login, None, self.pos.now()).is_err() {
            return Err(ApiError::of_status(StatusCode::TOO_MANY_REQUESTS));
        }
        let account = self.accounts.find(&login).await.map_err(ApiError::internal)?;
        let kept = account.as_ref().map(|account| account.password_hash.clone());
        let right = password::verify(secret, kept).await;
        let Some(Account { tenant, name, role, .. }) = account.filter(|_| right) else {
            return Err(ApiError::of_status(StatusCode::UNAUTHORIZED));
        };
        throttle().succeeded(&login, None);
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

fn refused(error: PosError) -> ApiError {
    match error {
        PosError::Rule(words) => ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "past_linkage.rule", words),
        PosError::NotFound(what) => {
            ApiError::new(StatusCode::NOT_FOUND, "not_found", format!("There is no {what} here."))
        }
        other => ApiError::internal(other),
    }
}
