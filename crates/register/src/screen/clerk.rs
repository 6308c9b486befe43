//! Who stands at the counter. A value of [`Clerk`] is proof of a sign-in: the session names them, and the masters
//! still know them. Whoever isn't signed in is sent to do so.

use super::Screen;
use axum::{
    extract::FromRequestParts,
    http::{StatusCode, request::Parts},
    response::{IntoResponse, Redirect, Response},
};
use std::{convert::Infallible, sync::Arc};
use tower_sessions::Session;
use web::Failure;

const KEY: &str = "clerk";

/// 担当者 who signed in.
#[derive(Clone, Debug)]
pub(super) struct Clerk {
    pub code: String,
    pub name: String,
    /// 店長
    pub manager: bool,
}

/// Begins a session of this clerk, under a new id.
pub(super) async fn begin(session: &Session, code: &str) -> Result<(), Failure> {
    session.clear().await;
    session.cycle_id().await?;
    Ok(session.insert(KEY, code).await?)
}

/// Whether a script asks for a part of a page.
#[derive(Clone, Copy, Debug)]
pub(super) struct Part(pub bool);

fn is_part(parts: &Parts) -> bool {
    parts.headers.contains_key("x-part")
}

impl FromRequestParts<Arc<Screen>> for Part {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &Arc<Screen>) -> Result<Self, Infallible> {
        Ok(Self(is_part(parts)))
    }
}

impl FromRequestParts<Arc<Screen>> for Clerk {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, screen: &Arc<Screen>) -> Result<Self, Response> {
        match find(parts, screen).await.map_err(IntoResponse::into_response)? {
            Some(clerk) => Ok(clerk),
            None if is_part(parts) => Err((StatusCode::UNAUTHORIZED, "sign in").into_response()),
            None => Err(Redirect::to("/sign-in").into_response()),
        }
    }
}

async fn find(parts: &Parts, screen: &Screen) -> Result<Option<Clerk>, Failure> {
    let Some(session) = parts.extensions.get::<Session>() else {
        return Err(Failure::internal("this route is outside the session layer"));
    };
    let Some(code) = session.get::<String>(KEY).await? else { return Ok(None) };
    let Some(house) = screen.till.house() else { return Ok(None) };
    let known = house.masters.staff.iter().find(|member| member.code == code);
    Ok(known.map(|member| Clerk { code: member.code.clone(), name: member.name.clone(), manager: member.manager }))
}
