//! What a one-time link opens: the person sets a password and is signed in. Reachable without a log-in.
//!
//! The token stands in the query, because paths are logged. A link that is unknown, used, withdrawn or too old gets one
//! and the same answer, and trying is slowed down.

use crate::{
    Flaro,
    people::link::{self, Opened},
};
use askama::Template;
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
    routing::get,
};
use std::{
    net::IpAddr,
    sync::{Arc, Mutex, PoisonError},
};
use web::{Client, Entrance, Failure, Form, Html, ListQuery, PageResult, Routes, bare, password, throttle::Throttle};

/// Where links lead.
pub(super) const HERE: &str = "/invitation";

struct Door {
    flaro: Arc<Flaro>,
    throttle: Mutex<Throttle>,
}

/// The page.
pub(super) fn router(flaro: Arc<Flaro>) -> Routes {
    Routes::new().route(HERE, get(show).post(accept)).with_state(Arc::new(Door { flaro, throttle: Mutex::default() }))
}

async fn show(State(door): State<Arc<Door>>, client: Client, list: ListQuery) -> PageResult {
    let opened = door.open(list.get("token"), client).await?;
    Ok(page(&opened, &Form::of([("token", list.get("token"))])))
}

async fn accept(State(door): State<Arc<Door>>, client: Client, entrance: Entrance, mut form: Form) -> PageResult {
    let token = form.raw("token").to_owned();
    let opened = door.open(&token, client).await?;
    let Some(chosen) = password::chosen(&mut form, "password", "again") else {
        return Ok(page(&opened, &form));
    };
    let hash = password::hash(chosen).await?;
    let account = link::accept(&door.flaro, &token, hash).await?.ok_or_else(closed)?;
    entrance.begin(account).await?;
    Ok(Redirect::to("/").into_response())
}

impl Door {
    async fn open(&self, token: &str, client: Client) -> Result<Opened, Failure> {
        let from = client.address(self.flaro.settings.behind_proxy);
        self.attempt(from)?;
        let opened = link::open(&self.flaro, token).await?.ok_or_else(closed)?;
        self.throttle.lock().unwrap_or_else(PoisonError::into_inner).succeeded(HERE, from);
        Ok(opened)
    }

    fn attempt(&self, from: Option<IpAddr>) -> Result<(), Failure> {
        let now = self.flaro.now();
        let tried = self.throttle.lock().unwrap_or_else(PoisonError::into_inner).attempt(HERE, from, now);
        tried.map_err(|_| Failure::new(StatusCode::TOO_MANY_REQUESTS))
    }
}

/// The same for every link that opens nothing.
fn closed() -> Failure {
    Failure::not_found().says(
        "このリンクは使えません。期限が切れたか、すでに使われたか、取り消されています。\
         リンクを渡した人に、もう一度発行するよう依頼してください。",
    )
}

#[derive(Template)]
#[template(path = "invitation.html")]
struct Page<'a> {
    opened: &'a Opened,
    form: &'a Form,
}

fn page(opened: &Opened, form: &Form) -> Response {
    let title = if opened.person.has_password { "パスワードの再設定" } else { "ようこそ" };
    let status = if form.is_ok() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    bare::page("FLARO", title, status, &Html::of(Page { opened, form }))
}

impl Page<'_> {
    fn hint() -> String {
        password::hint()
    }
}
