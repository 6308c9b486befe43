//! 店舗を追加.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use db::Tx;
use sales::{Rounding, TaxMode};
use web::html::Html;
use web::{Flash, Form, Notice, PageResult};

use super::{HERE, details};
use crate::accounts::Viewer;
use crate::console::refusal::{failed, mistaken, outdated};
use crate::console::shell;
use crate::edits::Edited;
use crate::stores::detail::Details;
use crate::stores::{list, save};
use crate::{Pos, PosError};

#[derive(Template)]
#[template(path = "stores/new.html")]
struct Page<'a> {
    form: &'a Form,
    fields: Html,
}

/// As most stores are, at the end of the list.
pub(super) async fn show(State(pos): State<Arc<Pos>>, viewer: Viewer, flash: Flash) -> PageResult {
    viewer.must_be_head_office()?;
    let tenant = viewer.tenant.clone();
    let count =
        async move |tx: &mut Tx| -> Result<i64, PosError> { Ok(list::matching(tx, &tenant, "", (0, 0)).await?.0) };
    let usual = Details {
        name: String::new(),
        zone: "Asia/Tokyo".to_owned(),
        cut_over: "05:00".to_owned(),
        tax_mode: TaxMode::Included,
        rounding: Rounding::Down,
        registration_number: None,
        position: pos.db.read(count).await? + 1,
    };
    page(&pos, &viewer, &flash, &details::first(&usual, 0)).await
}

pub(super) async fn submit(State(pos): State<Arc<Pos>>, viewer: Viewer, flash: Flash, mut form: Form) -> PageResult {
    viewer.must_be_head_office()?;
    let Some(new) = details::read(&mut form) else { return page(&pos, &viewer, &flash, &form).await };
    match save::add(&pos, &viewer.tenant, viewer.name(), new).await.map_err(failed)? {
        Edited::Done(id) => {
            flash
                .set(Notice::done("店舗を追加しました。続けて、使う支払科目を設定し、レジを追加してください。"))
                .await?;
            return Ok(Redirect::to(&format!("/stores/{id}")).into_response());
        }
        Edited::Unchanged => {}
        Edited::Mistakes(errors) => mistaken(&mut form, &errors),
        Edited::Stale(stale) => outdated(&mut form, &stale),
    }
    page(&pos, &viewer, &flash, &form).await
}

async fn page(pos: &Pos, viewer: &Viewer, flash: &Flash, form: &Form) -> PageResult {
    let status = if form.is_ok() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let shell = shell(pos, viewer, flash, "店舗を追加", HERE).await?;
    let shell = shell.crumb("店舗管理", None).crumb("店舗・レジ", Some(HERE)).crumb("店舗を追加", None).status(status);
    Ok(shell.render(Page { form, fields: details::fields(form) }))
}
