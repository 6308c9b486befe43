//! A till's form: its name, 使用開始 and 使用終了; for a new one and one that is there.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use db::Tx;
use sales::{RegisterId, StoreId};
use web::{Failure, Flash, Form, Notice, PageResult, format, text};

use super::HERE;
use crate::accounts::Viewer;
use crate::console::grid::zone;
use crate::console::refusal::{failed, mistaken, outdated};
use crate::console::shell;
use crate::edits::Edited;
use crate::stores::detail;
use crate::stores::registers::{self, Kept, Service};
use crate::{Pos, PosError, Tenant};

#[derive(Template)]
#[template(path = "stores/service.html")]
struct Page<'a> {
    form: &'a Form,
    action: String,
    back: String,
}

/// Where the form is and to which store it belongs.
struct Place {
    title: String,
    action: String,
    store: StoreId,
    store_name: String,
}

pub(super) async fn show_new(
    State(pos): State<Arc<Pos>>,
    viewer: Viewer,
    flash: Flash,
    Path(store): Path<String>,
) -> PageResult {
    viewer.must_be_head_office()?;
    let place = place_of_new(&pos, &viewer.tenant, &store).await?;
    let today = zone().to_datetime(pos.now()).date();
    let form = Form::of([("from", format::date(today))]);
    page(&pos, &viewer, &flash, place, &form).await
}

pub(super) async fn add(
    State(pos): State<Arc<Pos>>,
    viewer: Viewer,
    flash: Flash,
    Path(store): Path<String>,
    mut form: Form,
) -> PageResult {
    viewer.must_be_head_office()?;
    let place = place_of_new(&pos, &viewer.tenant, &store).await?;
    let Some(new) = read(&mut form) else { return page(&pos, &viewer, &flash, place, &form).await };
    match registers::add(&pos, &viewer.tenant, viewer.name(), place.store, new).await.map_err(failed)? {
        Edited::Done(_) => {
            return done(&flash, place.store, "レジを追加しました。続けて「キーを発行…」を押してください。").await;
        }
        Edited::Unchanged => {}
        Edited::Mistakes(errors) => mistaken(&mut form, &errors),
        Edited::Stale(stale) => outdated(&mut form, &stale),
    }
    page(&pos, &viewer, &flash, place, &form).await
}

pub(super) async fn show(
    State(pos): State<Arc<Pos>>,
    viewer: Viewer,
    flash: Flash,
    Path(id): Path<String>,
) -> PageResult {
    viewer.must_be_head_office()?;
    let (id, kept) = find(&pos, &viewer.tenant, &id).await?;
    let form = Form::of([
        ("version", kept.version.to_string()),
        ("name", kept.service.name.clone()),
        ("from", format::date(kept.service.from)),
        ("until", kept.service.until.map(format::date).unwrap_or_default()),
    ]);
    page(&pos, &viewer, &flash, place_of(id, kept), &form).await
}

pub(super) async fn save(
    State(pos): State<Arc<Pos>>,
    viewer: Viewer,
    flash: Flash,
    Path(id): Path<String>,
    mut form: Form,
) -> PageResult {
    viewer.must_be_head_office()?;
    let (id, kept) = find(&pos, &viewer.tenant, &id).await?;
    let seen = form.text("version").parse().map_err(|_| Failure::new(StatusCode::BAD_REQUEST))?;
    let (store, version) = (kept.store, kept.version);
    let place = place_of(id, kept);
    let Some(to) = read(&mut form) else { return page(&pos, &viewer, &flash, place, &form).await };
    match registers::save(&pos, &viewer.tenant, viewer.name(), id, seen, to).await.map_err(failed)? {
        Edited::Done(()) => return done(&flash, store, "登録しました。").await,
        Edited::Unchanged => return done(&flash, store, "変更はありませんでした。").await,
        Edited::Mistakes(errors) => mistaken(&mut form, &errors),
        Edited::Stale(stale) => {
            outdated(&mut form, &stale);
            form.set("version", version.to_string());
        }
    }
    page(&pos, &viewer, &flash, place, &form).await
}

async fn page(pos: &Pos, viewer: &Viewer, flash: &Flash, place: Place, form: &Form) -> PageResult {
    let back = format!("/stores/{}", place.store);
    let status = if form.is_ok() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let shell = shell(pos, viewer, flash, &place.title, HERE).await?.status(status);
    let shell = shell.crumb("店舗管理", None).crumb("店舗・レジ", Some(HERE)).crumb(place.store_name, Some(&back));
    Ok(shell.crumb(place.title, None).render(Page { form, action: place.action, back }))
}

fn read(form: &mut Form) -> Option<Service> {
    let name = form.required("name", "レジ名");
    let from = form.date("from", "使用開始");
    let until = form.optional("until", |typed| {
        text::date(typed).ok_or("使用終了は 2026/11/01 のように、ある日付を入力してください")
    });
    Some(Service { name: name?, from: from?, until: until? })
}

async fn done(flash: &Flash, store: StoreId, words: &str) -> PageResult {
    flash.set(Notice::done(words)).await?;
    Ok(Redirect::to(&format!("/stores/{store}#registers")).into_response())
}

async fn place_of_new(pos: &Pos, tenant: &Tenant, store: &str) -> Result<Place, Failure> {
    let store: StoreId = store.parse().map_err(|_| Failure::not_found())?;
    let tenant = tenant.clone();
    let read = async move |tx: &mut Tx| -> Result<_, PosError> { detail::read(tx, &tenant, store).await };
    let details = pos.db.read(read).await?.ok_or_else(Failure::not_found)?;
    let action = format!("/stores/{store}/registers/new");
    Ok(Place { title: "レジを追加".to_owned(), action, store, store_name: details.name })
}

async fn find(pos: &Pos, tenant: &Tenant, id: &str) -> Result<(RegisterId, Kept), Failure> {
    let id: RegisterId = id.parse().map_err(|_| Failure::not_found())?;
    Ok((id, registers::one(pos, tenant, id).await?.ok_or_else(Failure::not_found)?))
}

fn place_of(id: RegisterId, kept: Kept) -> Place {
    let action = format!("/stores/registers/{id}");
    Place { title: format!("{}の設定", kept.service.name), action, store: kept.store, store_name: kept.store_name }
}
