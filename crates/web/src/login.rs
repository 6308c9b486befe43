//! Logging in and out: `GET` and `POST /login`, `POST /logout`.
//!
//! The users are the place's own: it says who has a name through [`Accounts`]. Whether the name or the password was
//! wrong is never told, guessing is slowed down, and the session's id changes the moment someone is let in.

use std::error::Error;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use askama::Template;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Redirect, Response};
use axum::routing::{get, post};
use jiff::SignedDuration;
use tower_sessions::Session;

use crate::client::Client;
use crate::failure::{Failure, PageResult};
use crate::form::Form;
use crate::harden::Settings;
use crate::html::Html;
use crate::throttle::Throttle;
use crate::{Clock, ListQuery, Routes, SignedIn, bare, next, password, signed_in, text};

/// More characters than any log-in name of ours has.
const NAME_CHARACTERS_MAX: usize = 200;

/// A user as the place knows them.
#[derive(Clone, Debug)]
pub struct Account {
    /// The user's identifier.
    pub id: String,
    /// To whom they belong.
    pub tenant: String,
    /// The name to show.
    pub name: String,
    /// What they may do.
    pub role: String,
    /// What [`password::hash`] made of their password.
    pub password_hash: String,
}

/// The place's users.
pub trait Accounts: Send + Sync + 'static {
    /// Who logs in under this name? Somebody who may not log in any more is nobody.
    fn find(&self, login: &str) -> impl Future<Output = Result<Option<Account>, Box<dyn Error + Send + Sync>>> + Send;

    /// The password was right and the session is about to begin. A place may note it; `false` refuses after all,
    /// where the account has changed since it was found.
    fn entered(&self, account: &Account) -> impl Future<Output = Result<bool, Box<dyn Error + Send + Sync>>> + Send {
        let _ = account;
        async { Ok(true) }
    }
}

/// The session of whoever asks, for a place that proves by other means who they are: a one-time link, or the present
/// password before a new one. It begins under a new id, as at the log-in.
pub struct Entrance(Session);

impl Entrance {
    /// Signs this account in, here and nowhere else.
    pub async fn begin(&self, account: Account) -> Result<(), Failure> {
        Ok(signed_in::begin(&self.0, account).await?)
    }
}

impl<S: Send + Sync> FromRequestParts<S> for Entrance {
    type Rejection = Failure;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Failure> {
        let session = parts.extensions.get::<Session>().cloned();
        session.map(Self).ok_or_else(|| Failure::internal("this route is outside the session layer"))
    }
}

struct Door<A> {
    accounts: A,
    clock: Clock,
    settings: Settings,
    throttle: Mutex<Throttle>,
}

/// The routes for logging in and out. They belong inside the session layer and inside [`crate::harden()`].
pub fn router<A: Accounts>(accounts: A, clock: Clock, settings: Settings) -> Routes {
    let door = Door { accounts, clock, settings, throttle: Mutex::default() };
    Routes::new()
        .route("/login", get(show::<A>).post(enter::<A>))
        .route("/logout", post(leave))
        .with_state(Arc::new(door))
}

async fn show<A: Accounts>(State(door): State<Arc<Door<A>>>, query: ListQuery, who: Option<SignedIn>) -> Response {
    let next = query.get("next");
    if who.is_some() {
        return Redirect::to(door.after(next)).into_response();
    }
    door.page(StatusCode::OK, &Form::of([("next", next)]))
}

async fn enter<A: Accounts>(
    State(door): State<Arc<Door<A>>>,
    session: Session,
    client: Client,
    mut form: Form,
) -> PageResult {
    let from = client.address(door.settings.behind_proxy);
    let login = form.required("login", "ログインID").map(|typed| text::narrow(&typed));
    let secret = Some(form.raw("password").to_owned()).filter(|typed| !typed.is_empty());
    if secret.is_none() {
        form.error("password", "パスワードを入力してください");
    }
    let (Some(login), Some(secret)) = (login, secret) else {
        return Ok(door.page(StatusCode::UNPROCESSABLE_ENTITY, &form));
    };
    let login = login.chars().take(NAME_CHARACTERS_MAX).collect::<String>();
    if let Err(wait) = door.attempt(&login, from) {
        return Ok(door.wait(wait, &mut form));
    }
    let account = door.accounts.find(&login).await.map_err(Failure::internal)?;
    let kept = account.as_ref().map(|account| account.password_hash.clone());
    let right = password::verify(secret, kept).await;
    let entered = match account.filter(|_| right) {
        Some(account) => door.accounts.entered(&account).await.map_err(Failure::internal)?.then_some(account),
        None => None,
    };
    let Some(account) = entered else {
        tracing::warn!(from = ?from, "a log-in was refused");
        form.error("", "ログインIDまたはパスワードが違います。もう一度入力してください");
        return Ok(door.page(StatusCode::UNPROCESSABLE_ENTITY, &form));
    };
    door.succeeded(&login, from);
    signed_in::begin(&session, account).await?;
    Ok(Redirect::to(door.after(form.raw("next"))).into_response())
}

async fn leave(session: Session) -> PageResult {
    session.flush().await?;
    Ok(Redirect::to("/login").into_response())
}

impl<A: Accounts> Door<A> {
    fn after<'a>(&'a self, next: &'a str) -> &'a str {
        next::safe(next).unwrap_or(&self.settings.home)
    }

    fn attempt(&self, login: &str, from: Option<IpAddr>) -> Result<(), SignedDuration> {
        let now = (self.clock)();
        self.throttle.lock().unwrap_or_else(PoisonError::into_inner).attempt(login, from, now)
    }

    fn succeeded(&self, login: &str, from: Option<IpAddr>) {
        self.throttle.lock().unwrap_or_else(PoisonError::into_inner).succeeded(login, from);
    }

    fn wait(&self, wait: SignedDuration, form: &mut Form) -> Response {
        let seconds = (wait.as_millis() + 999) / 1_000;
        form.error("", format!("続けて間違えたため、あと{seconds}秒待ってからもう一度ログインしてください"));
        let mut page = self.page(StatusCode::TOO_MANY_REQUESTS, form);
        if let Ok(value) = HeaderValue::from_str(&seconds.to_string()) {
            page.headers_mut().insert(header::RETRY_AFTER, value);
        }
        page
    }

    fn page(&self, status: StatusCode, form: &Form) -> Response {
        bare::page(&self.settings.product, "ログイン", status, &Html::of(LoginPage { form }))
    }
}

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage<'a> {
    form: &'a Form,
}
