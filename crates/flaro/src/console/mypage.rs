//! マイページ: who is signed in, what they may do and see, and their password. Whoever changes it proves the present one.

use super::shell;
use crate::{Flaro, FlaroError, days, people::own, rights::Right, stores::Store, tenant::Viewer};
use askama::Template;
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect},
};
use db::Tx;
use std::sync::{Arc, PoisonError};
use web::{Client, Entrance, Flash, Form, Notice, PageResult, password};

/// Where it is.
const HERE: &str = "/mypage";
/// Beyond so many stores the page only says how many more there are.
const STORES_SHOWN_MAX: usize = 50;

#[derive(Template)]
#[template(path = "mypage.html")]
struct Page<'a> {
    form: &'a Form,
    facts: Vec<(&'static str, String)>,
    stores: Vec<String>,
    more: usize,
}

pub(super) async fn show(State(flaro): State<Arc<Flaro>>, viewer: Viewer, flash: Flash) -> PageResult {
    page(&flaro, &viewer, &flash, &Form::default(), StatusCode::OK).await
}

/// 変更: proves the present password, then sets another.
pub(super) async fn submit(
    State(flaro): State<Arc<Flaro>>,
    viewer: Viewer,
    flash: Flash,
    client: Client,
    entrance: Entrance,
    mut form: Form,
) -> PageResult {
    let current = form.raw("current").to_owned();
    if current.is_empty() {
        form.error("current", "いまのパスワードを入力してください");
    }
    let Some(chosen) = password::chosen(&mut form, "password", "again").filter(|_| form.is_ok()) else {
        return page(&flaro, &viewer, &flash, &form, StatusCode::UNPROCESSABLE_ENTITY).await;
    };
    let (key, from) = (viewer.who.user_id(), client.address(flaro.settings.behind_proxy));
    let throttle = || flaro.guesses.lock().unwrap_or_else(PoisonError::into_inner);
    if throttle().attempt(key, from, flaro.now()).is_err() {
        form.error("current", "続けて間違えたため、1分ほど待ってからもう一度入力してください");
        return page(&flaro, &viewer, &flash, &form, StatusCode::TOO_MANY_REQUESTS).await;
    }
    let (_, old) = own::look_up(&flaro, &viewer).await?;
    if !password::verify(current, Some(old.clone())).await {
        form.error("current", "いまのパスワードが違います。もう一度入力してください");
        return page(&flaro, &viewer, &flash, &form, StatusCode::UNPROCESSABLE_ENTITY).await;
    }
    throttle().succeeded(key, from);
    let hash = password::hash(chosen).await?;
    match own::replace(&flaro, &viewer, old, hash).await? {
        Some(account) => {
            entrance.begin(account).await?;
            flash.set(Notice::done("パスワードを変更しました。ほかの端末でのログインは終わりました。")).await?;
        }
        None => flash.set(Notice::failed("同時に変更されたため、登録していません。もう一度お試しください。")).await?,
    }
    Ok(Redirect::to(HERE).into_response())
}

async fn page(flaro: &Flaro, viewer: &Viewer, flash: &Flash, form: &Form, status: StatusCode) -> PageResult {
    let scope = viewer.scope.clone();
    let unit = async move |tx: &mut Tx| -> Result<Vec<Store>, FlaroError> { days::visible_stores(tx, &scope).await };
    let stores = flaro.db.read(unit).await?;
    let (login, _) = own::look_up(flaro, viewer).await?;
    let range = if viewer.scope.all_stores { "全店舗".to_owned() } else { format!("{}店舗", stores.len()) };
    let content = Page {
        form,
        facts: vec![
            ("名前", viewer.who.name().to_owned()),
            ("ログインID", login),
            ("企業", viewer.company_name.clone()),
            ("権限", viewer.role.label().to_owned()),
            ("閲覧範囲", range),
            ("機能権限", functions(&viewer.rights)),
        ],
        more: stores.len().saturating_sub(STORES_SHOWN_MAX),
        stores: stores.into_iter().take(STORES_SHOWN_MAX).map(|store| store.name).collect(),
    };
    Ok(shell(viewer, "マイページ", HERE).status(status).flash(flash.take().await).render(content))
}

fn functions(rights: &[Right]) -> String {
    if rights.is_empty() {
        return "閲覧のみ".to_owned();
    }
    rights.iter().map(|right| right.label()).collect::<Vec<_>>().join("、")
}

impl Page<'_> {
    fn hint() -> String {
        password::hint()
    }
}
