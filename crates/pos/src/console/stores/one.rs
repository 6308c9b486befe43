//! A store's page: its settings as a form, its tills with their 接続キー, what it uses, who works there, when it is
//! closed.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use db::Tx;
use sales::StoreId;
use web::html::Html;
use web::{Failure, Flash, Form, ListQuery, Notice, PageResult, format};

use super::{HERE, details, registers};
use crate::accounts::Viewer;
use crate::coded::{self, Coded};
use crate::console::grid::zone;
use crate::console::refusal::{failed, mistaken, outdated};
use crate::console::shell;
use crate::edits::{self, Edited, Subject};
use crate::masters::SettingKind;
use crate::settlements::Window;
use crate::stores::detail::{self, Details};
use crate::stores::{closures, save, tills};
use crate::{Pos, PosError, Tenant, staff, store_settings};

#[derive(Template)]
#[template(path = "stores/one.html")]
struct Page<'a> {
    id: StoreId,
    form: &'a Form,
    fields: Html,
    registers: Html,
    dialogs: Html,
    settings: Vec<Setting>,
    staff: i64,
    closures: String,
}

/// One of the three 店舗別設定.
struct Setting {
    kind: SettingKind,
    names: Vec<String>,
}

/// A store as it is stored.
struct Stored {
    details: Details,
    version: i64,
    settings: Vec<Setting>,
}

pub(super) async fn show(
    State(pos): State<Arc<Pos>>,
    viewer: Viewer,
    flash: Flash,
    list: ListQuery,
    Path(id): Path<String>,
) -> PageResult {
    viewer.must_be_head_office()?;
    let id: StoreId = id.parse().map_err(|_| Failure::not_found())?;
    let stored = read(&pos, &viewer.tenant, id).await.map_err(failed)?;
    if let Some(file) =
        registers::grid(&pos, &tills(&pos, &viewer.tenant, Some(id)).await?).file(&pos, &list, &stored.details.name)
    {
        return file;
    }
    let form = details::first(&stored.details, stored.version);
    page(&pos, &viewer, &flash, id, stored, &form).await
}

pub(super) async fn submit(
    State(pos): State<Arc<Pos>>,
    viewer: Viewer,
    flash: Flash,
    Path(id): Path<String>,
    mut form: Form,
) -> PageResult {
    viewer.must_be_head_office()?;
    let id: StoreId = id.parse().map_err(|_| Failure::not_found())?;
    let before = read(&pos, &viewer.tenant, id).await.map_err(failed)?;
    let seen = form.text("version").parse().map_err(|_| Failure::new(StatusCode::BAD_REQUEST))?;
    let Some(to) = details::read(&mut form) else { return page(&pos, &viewer, &flash, id, before, &form).await };
    let moved = to.cut_over != before.details.cut_over;
    match save::save(&pos, &viewer.tenant, viewer.name(), id, seen, to).await.map_err(failed)? {
        Edited::Done(()) if moved => {
            let words = "登録しました。新しい日付切替時刻は、次に開設されるレジから反映されます（開設中のレジの営業日は変わりません）。";
            return done(&flash, id, words).await;
        }
        Edited::Done(()) => return done(&flash, id, "登録しました。").await,
        Edited::Unchanged => return done(&flash, id, "変更はありませんでした。").await,
        Edited::Mistakes(errors) => mistaken(&mut form, &errors),
        Edited::Stale(stale) => {
            outdated(&mut form, &stale);
            form.set("version", before.version.to_string());
        }
    }
    page(&pos, &viewer, &flash, id, before, &form).await
}

async fn done(flash: &Flash, id: StoreId, words: &str) -> PageResult {
    flash.set(Notice::done(words)).await?;
    Ok(Redirect::to(&format!("/stores/{id}")).into_response())
}

async fn page(pos: &Pos, viewer: &Viewer, flash: &Flash, id: StoreId, stored: Stored, form: &Form) -> PageResult {
    let list = ListQuery::of(&format!("/stores/{id}"), "");
    let all = tills(pos, &viewer.tenant, Some(id)).await?;
    let filter = staff::Filter { store: Some(id.to_string()), ..staff::Filter::default() };
    let (staff, _) = staff::list(pos, &viewer.tenant, filter, Window::Page(list.clone())).await?;
    let today = zone().to_datetime(pos.now()).date();
    let closed = closures::of(pos, &viewer.tenant, id).await?;
    let coming: Vec<String> =
        closed.into_iter().filter(|date| *date >= today).take(5).map(format::date_weekday).collect();
    let page = Page {
        id,
        form,
        fields: details::fields(form),
        registers: registers::grid(pos, &all).html(&list),
        dialogs: all.iter().map(registers::dialogs).collect(),
        settings: stored.settings,
        staff,
        closures: coming.join("、"),
    };
    let status = if form.is_ok() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let name = stored.details.name;
    let shell = shell(pos, viewer, flash, &name, HERE).await?.status(status);
    Ok(shell.crumb("店舗管理", None).crumb("店舗・レジ", Some(HERE)).crumb(&name, None).render(page))
}

async fn read(pos: &Pos, tenant: &Tenant, id: StoreId) -> Result<Stored, PosError> {
    let tenant = tenant.clone();
    pos.db
        .read(async move |tx: &mut Tx| -> Result<Stored, PosError> {
            let details = detail::read(tx, &tenant, id).await?.ok_or(PosError::NotFound("store"))?;
            let version = edits::mark(tx, &tenant, &Subject::Store(id)).await?.version;
            let mut settings = Vec::new();
            for kind in SettingKind::ALL {
                let used = store_settings::used(tx, &tenant, kind, &[id]).await?;
                let on = |coded: &Coded| coded.retired_at.is_none() && used.contains(&(id, coded.code.clone()));
                let all = coded::all(tx, &tenant, kind).await?;
                let names = all.into_iter().filter(on).map(|coded| coded.name).collect();
                settings.push(Setting { kind, names });
            }
            Ok(Stored { details, version, settings })
        })
        .await
}
