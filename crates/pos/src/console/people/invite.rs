//! 担当者を招待: an account and its one-time link, shown once. The inviter hands it over: no mail is sent.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use web::html::Html;
use web::{Failure, Flash, Form, PageResult, ui};

use super::super::grid::stamp;
use super::super::shell;
use super::HERE;
use super::form::{Details, read};
use crate::accounts::Viewer;
use crate::people::change::invite;
use crate::people::link::Issued;
use crate::people::login::Login;
use crate::{Pos, PosError};

#[derive(Template)]
#[template(path = "people/invite.html")]
struct Page<'a> {
    details: Details<'a>,
}

/// The form.
pub(super) async fn show(State(pos): State<Arc<Pos>>, viewer: Viewer, flash: Flash) -> PageResult {
    viewer.must_be_admin()?;
    page(&pos, &viewer, &flash, &Form::of([("role", "head_office")])).await
}

async fn page(pos: &Pos, viewer: &Viewer, flash: &Flash, form: &Form) -> PageResult {
    let details = Details::of(pos, &viewer.tenant, form).await?;
    let status = if form.is_ok() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let shell = shell(pos, viewer, flash, "担当者を招待", HERE).await?.status(status);
    Ok(shell.crumb("担当者と権限", Some(HERE)).crumb("招待", None).render(Page { details }))
}

/// The account and its link.
pub(super) async fn submit(State(pos): State<Arc<Pos>>, viewer: Viewer, flash: Flash, mut form: Form) -> PageResult {
    viewer.must_be_admin()?;
    let login = form.read("login", str::parse::<Login>);
    let (Some(login), Some((name, role))) = (login, read(&mut form)) else {
        return page(&pos, &viewer, &flash, &form).await;
    };
    match invite(&pos, &viewer, &login, name.clone(), role).await {
        Ok(Some(issued)) => handed_over(&pos, &viewer, &flash, name, issued).await,
        Ok(None) => {
            form.error("login", "このメールアドレスはすでに使われています。別のメールアドレスを入力してください");
            page(&pos, &viewer, &flash, &form).await
        }
        Err(PosError::NotFound(_)) => {
            form.error("store", "店舗を選択してください");
            page(&pos, &viewer, &flash, &form).await
        }
        Err(error) => Err(error.into()),
    }
}

#[derive(Template)]
#[template(path = "people/issued.html")]
struct IssuedPage {
    name: String,
    url: String,
    issued: Issued,
}

/// The link, in the answer itself and nowhere else.
pub(super) async fn handed_over(
    pos: &Pos,
    viewer: &Viewer,
    flash: &Flash,
    name: String,
    issued: Issued,
) -> Result<Response, Failure> {
    let url = format!("{}{}?token={}", pos.settings.public_url, super::super::invitation::HERE, issued.token);
    let shell = shell(pos, viewer, flash, "リンクを発行しました", HERE).await?;
    let person = format!("{HERE}/{}", issued.account);
    let shell = shell.crumb("担当者と権限", Some(HERE)).crumb(name.clone(), Some(&person)).crumb("リンク", None);
    Ok(shell.render(IssuedPage { name, url, issued }))
}

impl IssuedPage {
    fn copyable(&self) -> Html {
        ui::copyable("link", "本人に渡すリンク", &self.url)
    }

    fn until(&self) -> String {
        stamp(self.issued.until)
    }
}
