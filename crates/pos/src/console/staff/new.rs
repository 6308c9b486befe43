//! 担当者を追加.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use sales::StoreId;
use web::{Flash, Form, ListQuery, Notice, PageResult, password};

use super::{HERE, new_href, store_options};
use crate::accounts::Viewer;
use crate::coded::rules;
use crate::console::refusal::{failed, mistaken, outdated};
use crate::console::search::Options;
use crate::console::shell;
use crate::edits::Edited;
use crate::{Pos, staff};

#[derive(Template)]
#[template(path = "staff/new.html")]
struct Page<'a> {
    form: &'a Form,
    stores: Options,
}

pub(super) async fn show(State(pos): State<Arc<Pos>>, viewer: Viewer, flash: Flash, list: ListQuery) -> PageResult {
    viewer.must_be_head_office()?;
    page(&pos, &viewer, &flash, &Form::of([("store", list.get("store"))])).await
}

pub(super) async fn submit(State(pos): State<Arc<Pos>>, viewer: Viewer, flash: Flash, mut form: Form) -> PageResult {
    viewer.must_be_head_office()?;
    let store = form.read("store", |typed| typed.parse::<StoreId>().map_err(|_| "店舗を選択してください"));
    let code = form.read("code", staff::code);
    let name = form.read("name", |typed| rules::name(typed, "名前"));
    let pin = form.optional("pin", staff::pin);
    let manager = form.is_on("manager");
    let Some(((store, code), (name, pin))) = store.zip(code).zip(name.zip(pin)) else {
        return page(&pos, &viewer, &flash, &form).await;
    };
    let hash = match pin {
        Some(pin) => Some(password::hash(pin).await?),
        None => None,
    };
    let added = staff::add(&pos, &viewer.tenant, viewer.name(), (store, code), (name.clone(), manager), hash);
    match added.await.map_err(failed)? {
        Edited::Done(()) => {
            flash.set(Notice::done(format!("担当者「{name}」を追加しました。"))).await?;
            let store = store.to_string();
            let to = if form.is_on("again") { new_href(Some(&store)) } else { format!("{HERE}?store={store}") };
            return Ok(Redirect::to(&to).into_response());
        }
        Edited::Unchanged => {}
        Edited::Mistakes(errors) => mistaken(&mut form, &errors),
        Edited::Stale(stale) => outdated(&mut form, &stale),
    }
    page(&pos, &viewer, &flash, &form).await
}

async fn page(pos: &Pos, viewer: &Viewer, flash: &Flash, form: &Form) -> PageResult {
    let stores = store_options(pos, &viewer.tenant, "選択してください").await?;
    let status = if form.is_ok() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let shell = shell(pos, viewer, flash, "担当者を追加", HERE).await?.status(status);
    let shell = shell.crumb("店舗管理", None).crumb("担当者", Some(HERE)).crumb("担当者を追加", None);
    Ok(shell.render(Page { form, stores }))
}
