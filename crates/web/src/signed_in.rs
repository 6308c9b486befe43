//! Who is signed in. A value of [`SignedIn`] is proof: only the log-in makes one, and only for the session it began.
//!
//! As an extractor it sends whoever isn't signed in to the log-in page and back afterwards. [`Tenant`] can't be made
//! from a string anywhere else, so a query that asks for one can't be given somebody else's.

use std::collections::HashMap;
use std::fmt;

use axum::extract::{FromRequestParts, OptionalFromRequestParts, OriginalUri};
use axum::http::request::Parts;
use axum::http::{Method, StatusCode};
use axum::response::{IntoResponse, Redirect, Response};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tower_sessions::Session;

use crate::login::Account;
use crate::{ApiError, Failure, failure, next};

const KEY: &str = "signed_in";

/// To whom everything a person sees belongs. Made by authentication only.
#[derive(Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Tenant(String);

impl Tenant {
    /// The identifier, for a query.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Tenant {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// A person who has logged in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SignedIn {
    user_id: String,
    tenant: Tenant,
    name: String,
    role: String,
}

impl SignedIn {
    /// The user's identifier in the place.
    pub fn user_id(&self) -> &str {
        &self.user_id
    }

    /// To whom what they see belongs.
    pub fn tenant(&self) -> &Tenant {
        &self.tenant
    }

    /// The name to show.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// What they may do, in the place's own words.
    pub fn role(&self) -> &str {
        &self.role
    }

    /// Someone signed in without a log-in, for tests of pages and queries.
    #[cfg(any(test, feature = "testing"))]
    pub fn for_tests(user_id: &str, tenant: &str, name: &str, role: &str) -> Self {
        let [user_id, tenant, name, role] = [user_id, tenant, name, role].map(ToOwned::to_owned);
        Self { user_id, tenant: Tenant(tenant), name, role }
    }
}

/// How it stands in the session. Private: whoever could read a [`Tenant`] out of JSON could make one.
#[derive(Serialize, Deserialize)]
struct Kept {
    user_id: String,
    tenant: String,
    name: String,
    role: String,
}

/// Begins the session of this account under a new id, so that an id known from before log-in is worth nothing.
pub(crate) async fn begin(session: &Session, account: Account) -> Result<(), tower_sessions::session::Error> {
    let Account { id: user_id, tenant, name, role, .. } = account;
    session.clear().await;
    session.cycle_id().await?;
    session.insert(KEY, Kept { user_id, tenant, name, role }).await
}

/// Tenant and user of a session's data; empty before log-in.
pub(crate) fn owner(data: &HashMap<String, Value>) -> (String, String) {
    let field = |name| data.get(KEY).and_then(|kept| kept.get(name)).and_then(Value::as_str).unwrap_or_default();
    (field("tenant").to_owned(), field("user_id").to_owned())
}

async fn find(parts: &mut Parts) -> Result<Option<SignedIn>, Response> {
    let Some(session) = parts.extensions.get::<Session>() else {
        let cause = "this route is outside the session layer";
        return Err(Failure::internal(cause).into_response());
    };
    let kept = session.get::<Kept>(KEY).await.map_err(|error| Failure::internal(error).into_response())?;
    Ok(kept.map(|k| SignedIn { user_id: k.user_id, tenant: Tenant(k.tenant), name: k.name, role: k.role }))
}

impl<S: Send + Sync> FromRequestParts<S> for SignedIn {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Response> {
        match find(parts).await? {
            Some(signed_in) => Ok(signed_in),
            None => Err(ask_to_log_in(parts)),
        }
    }
}

impl<S: Send + Sync> OptionalFromRequestParts<S> for SignedIn {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Option<Self>, Response> {
        find(parts).await
    }
}

fn ask_to_log_in(parts: &Parts) -> Response {
    let uri = parts.extensions.get::<OriginalUri>().map_or(&parts.uri, |original| &original.0);
    if failure::for_programs(uri.path()) {
        return ApiError::of_status(StatusCode::UNAUTHORIZED).into_response();
    }
    // A form that was sent can't be sent again after log-in, so there is no way back to its address.
    let readable = matches!(parts.method, Method::GET | Method::HEAD);
    let back = uri.path_and_query().filter(|_| readable).map_or("/", |path| path.as_str());
    Redirect::to(&next::login_path(back)).into_response()
}
