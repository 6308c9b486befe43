//! A register's token (接続キー): issued once, shown once, kept only as a hash, revocable at any time.
//!
//! [`RegisterAuth`] is the proof that a request comes from a till of ours. A token of another register than the one
//! in the path is 403, an unknown or revoked one 401; neither changes anything.

use std::sync::Arc;

use axum::extract::{FromRef, FromRequestParts, RawPathParams};
use axum::http::request::Parts;
use axum::http::{StatusCode, header};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use db::{Tx, args};
use protocol::hash::Sha256;
use sales::{RegisterId, StoreId};
use web::ApiError;

use crate::checks::Till;
use crate::stored::Stored;
use crate::{Pos, PosError, Tenant, audit};

const PREFIX: &str = "shime_till_";

const INSERT: &str = "INSERT INTO register_token (token_sha256, company_id, register_id, issued_at, issued_by)
                      VALUES ($1, $2, $3, $4, $5)";
const REVOKE: &str = "UPDATE register_token SET revoked_at = $3, revoked_by = $4
                      WHERE company_id = $1 AND register_id = $2 AND revoked_at IS NULL";
const NAMED: &str = "SELECT s.name AS store, r.name AS register FROM register r
                     JOIN store s ON s.company_id = r.company_id AND s.store_id = r.store_id
                     WHERE r.company_id = $1 AND r.register_id = $2";
const FIND: &str = "SELECT t.company_id, t.register_id, r.store_id FROM register_token t
                    JOIN register r ON r.company_id = t.company_id AND r.register_id = t.register_id
                    WHERE t.token_sha256 = $1 AND t.revoked_at IS NULL";

/// Issues a token and revokes those before it. The text is nowhere else: show it now.
pub async fn issue(pos: &Pos, tenant: &Tenant, register: RegisterId, by: &str) -> Result<String, PosError> {
    let token = format!("{PREFIX}{}", URL_SAFE_NO_PAD.encode((pos.random_bytes)()));
    let hash = Sha256::of(token.as_bytes()).to_string();
    let (unit_pos, tenant, by) = (pos.clone(), tenant.clone(), by.to_owned());
    pos.db
        .write(async move |tx: &mut Tx| -> Result<(), PosError> {
            let (now, id) = (unit_pos.now().as_millisecond(), register.to_string());
            let target = name(tx, &tenant, register).await?;
            let had = tx.execute(REVOKE, args![tenant.as_str(), &id, now, &by]).await? > 0;
            tx.execute(INSERT, args![hash, tenant.as_str(), &id, now, &by]).await?;
            let before = Some(if had { "前のキー（無効になりました）" } else { "キーなし" });
            audit::note(tx, &unit_pos, &tenant, &by, "接続キーを発行", &target, before, Some("新しいキー")).await
        })
        .await?;
    Ok(token)
}

/// Revokes a register's tokens. Says whether there was one.
pub async fn revoke(pos: &Pos, tenant: &Tenant, register: RegisterId, by: &str) -> Result<bool, PosError> {
    let (unit_pos, tenant, by) = (pos.clone(), tenant.clone(), by.to_owned());
    pos.db
        .write(async move |tx: &mut Tx| -> Result<bool, PosError> {
            let (now, id) = (unit_pos.now().as_millisecond(), register.to_string());
            let target = name(tx, &tenant, register).await?;
            let revoked = tx.execute(REVOKE, args![tenant.as_str(), &id, now, &by]).await? > 0;
            if revoked {
                audit::note(
                    tx,
                    &unit_pos,
                    &tenant,
                    &by,
                    "接続キーを無効化",
                    &target,
                    Some("有効なキー"),
                    Some("キーなし"),
                )
                .await?;
            }
            Ok(revoked)
        })
        .await
}

async fn name(tx: &mut Tx, tenant: &Tenant, register: RegisterId) -> Result<String, PosError> {
    let row = tx.fetch_optional(NAMED, args![tenant.as_str(), register.to_string()]).await?;
    let row = row.ok_or(PosError::NotFound("register"))?;
    Ok(format!("{} {}", row.text("store")?, row.text("register")?))
}

/// A till that proved itself.
#[derive(Clone, Debug)]
pub struct RegisterAuth {
    /// Its company.
    pub tenant: Tenant,
    /// 店舗
    pub store_id: StoreId,
    /// レジ
    pub register_id: RegisterId,
}

impl RegisterAuth {
    /// The till it is.
    pub fn till(&self) -> Till {
        Till { store_id: self.store_id, register_id: self.register_id }
    }
}

impl<S> FromRequestParts<S> for RegisterAuth
where
    Arc<Pos>: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &S) -> Result<Self, ApiError> {
        let pos = Arc::<Pos>::from_ref(state);
        let token = bearer(parts).ok_or_else(unknown)?;
        let auth = find(&pos, Sha256::of(token.as_bytes())).await.map_err(ApiError::internal)?.ok_or_else(unknown)?;
        web::recognised(parts);
        let path = RawPathParams::from_request_parts(parts, state).await.map_err(ApiError::internal)?;
        match path.iter().find(|(name, _)| *name == "register_id") {
            Some((_, id)) if id.parse() != Ok(auth.register_id) => Err(other_register(id)),
            _ => Ok(auth),
        }
    }
}

fn bearer(parts: &Parts) -> Option<&str> {
    let (scheme, token) = parts.headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    Some(token.trim()).filter(|token| scheme.eq_ignore_ascii_case("bearer") && token.starts_with(PREFIX))
}

async fn find(pos: &Pos, hash: Sha256) -> Result<Option<RegisterAuth>, PosError> {
    let hash = hash.to_string();
    pos.db
        .read(async move |tx: &mut Tx| -> Result<Option<RegisterAuth>, PosError> {
            let Some(row) = tx.fetch_optional(FIND, args![hash]).await? else { return Ok(None) };
            let (store_id, register_id) = (row.parse("store_id")?, row.parse("register_id")?);
            Ok(Some(RegisterAuth { tenant: Tenant::of_row(&row)?, store_id, register_id }))
        })
        .await
}

fn unknown() -> ApiError {
    ApiError::new(StatusCode::UNAUTHORIZED, "token.unknown", "the bearer token is missing, unknown or revoked")
        .rule("Every request carries `Authorization: Bearer shime_till_…`, the token of one register")
        .hint("Issue a token for this register in the console (店舗・レジ) and enter it at the till")
}

/// A register that is not the token's: said in the same words whether it exists or not.
pub(crate) fn other_register(id: impl std::fmt::Display) -> ApiError {
    ApiError::new(StatusCode::FORBIDDEN, "register.other", format!("the token is not register {id}'s"))
        .rule("A token speaks for exactly one register")
        .hint("Use the token that was issued for this register")
}
