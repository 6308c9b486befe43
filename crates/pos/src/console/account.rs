//! マイページ: who is signed in, and their password. Whoever changes it proves the present one first.

use std::sync::{Arc, Mutex, PoisonError};

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use axum::routing::get;
use web::throttle::Throttle;
use web::{Client, Entrance, Flash, Form, Notice, PageResult, Routes, password};

use super::shell;
use crate::Pos;
use crate::accounts::Viewer;
use crate::people::{one, own};

/// Where it is.
pub const HERE: &str = "/account";

struct Door {
    pos: Arc<Pos>,
    throttle: Mutex<Throttle>,
}

/// The page.
pub fn router(pos: Arc<Pos>) -> Routes {
    Routes::new().route(HERE, get(show).post(submit)).with_state(Arc::new(Door { pos, throttle: Mutex::default() }))
}

#[derive(Template)]
#[template(path = "account.html")]
struct Page<'a> {
    form: &'a Form,
    facts: Vec<(&'static str, String)>,
}

async fn show(State(door): State<Arc<Door>>, viewer: Viewer, flash: Flash) -> PageResult {
    page(&door.pos, &viewer, &flash, &Form::default(), StatusCode::OK).await
}

async fn submit(
    State(door): State<Arc<Door>>,
    viewer: Viewer,
    flash: Flash,
    client: Client,
    entrance: Entrance,
    mut form: Form,
) -> PageResult {
    let pos = &door.pos;
    let current = form.raw("current").to_owned();
    if current.is_empty() {
        form.error("current", "いまのパスワードを入力してください");
    }
    let Some(chosen) = password::chosen(&mut form, "password", "again").filter(|_| form.is_ok()) else {
        return page(pos, &viewer, &flash, &form, StatusCode::UNPROCESSABLE_ENTITY).await;
    };
    let (key, from) = (viewer.who.user_id(), client.address(pos.settings.behind_proxy));
    let throttle = || door.throttle.lock().unwrap_or_else(PoisonError::into_inner);
    if throttle().attempt(key, from, pos.now()).is_err() {
        form.error("current", "続けて間違えたため、1分ほど待ってからもう一度入力してください");
        return page(pos, &viewer, &flash, &form, StatusCode::TOO_MANY_REQUESTS).await;
    }
    let (_, old) = own::look_up(pos, &viewer).await?;
    if !password::verify(current, Some(old.clone())).await {
        form.error("current", "いまのパスワードが違います。もう一度入力してください");
        return page(pos, &viewer, &flash, &form, StatusCode::UNPROCESSABLE_ENTITY).await;
    }
    throttle().succeeded(key, from);
    let hash = password::hash(chosen).await?;
    match own::replace(pos, &viewer, old, hash).await? {
        Some(account) => {
            entrance.begin(account).await?;
            flash.set(Notice::done("パスワードを変更しました。ほかの端末でのログインは終わりました。")).await?;
        }
        None => flash.set(Notice::failed("同時に変更されたため、登録していません。もう一度お試しください。")).await?,
    }
    Ok(Redirect::to(HERE).into_response())
}

async fn page(pos: &Pos, viewer: &Viewer, flash: &Flash, form: &Form, status: StatusCode) -> PageResult {
    let id = viewer.who.user_id().parse().map_err(|_| web::Failure::not_found())?;
    let person = one(pos, &viewer.tenant, id).await?.ok_or_else(web::Failure::not_found)?;
    let facts =
        vec![("名前", person.name.clone()), ("ログインID", person.login.clone()), ("権限", person.role_words())];
    let shell = shell(pos, viewer, flash, "マイページ", HERE).await?.status(status);
    Ok(shell.render(Page { form, facts }))
}

impl Page<'_> {
    fn hint() -> String {
        password::hint()
    }
}
