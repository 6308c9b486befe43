//! 担当者を招待: an account and its one-time link, shown once. The inviter hands it over: no mail is sent.

use super::{
    HERE,
    form::{Choices, filled},
};
use crate::{
    Flaro, Role,
    console::{invitation, shell},
    people::{
        Grant, Range,
        change::{Invited, invite},
    },
    rights::Right,
    tenant::Viewer,
};
use askama::Template;
use axum::{extract::State, http::StatusCode, response::Response};
use std::sync::Arc;
use web::{Flash, Form, Html, PageResult, format, one_time::Issued, person::Login, ui};

#[derive(Template)]
#[template(path = "people/invite.html")]
struct Page<'a> {
    form: &'a Form,
    fields: Html,
}

/// The form.
pub(super) async fn show(State(flaro): State<Arc<Flaro>>, viewer: Viewer, flash: Flash) -> PageResult {
    viewer.must(Right::People)?;
    let grant = Grant { name: String::new(), role: Role::Manager, range: Range::Stores(Vec::new()), rights: None };
    let choices = Choices::of(&flaro, &viewer).await?;
    page(&viewer, &flash, &choices, &filled(&grant)).await
}

async fn page(viewer: &Viewer, flash: &Flash, choices: &Choices, form: &Form) -> PageResult {
    let status = if form.is_ok() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let shell = shell(viewer, "担当者を招待", HERE).status(status).flash(flash.take().await);
    let content = Page { form, fields: choices.fields(form) };
    Ok(shell.crumb("担当者と権限", Some(HERE)).crumb("招待", None).render(content))
}

/// The account and its link.
pub(super) async fn submit(
    State(flaro): State<Arc<Flaro>>,
    viewer: Viewer,
    flash: Flash,
    mut form: Form,
) -> PageResult {
    viewer.must(Right::People)?;
    let choices = Choices::of(&flaro, &viewer).await?;
    let login = form.read("login", str::parse::<Login>);
    let grant = choices.read(&mut form);
    if let (Some(login), Some(grant)) = (login, grant) {
        let name = grant.name.clone();
        match invite(&flaro, &viewer, &login, grant).await? {
            Invited::Done(issued) => return Ok(handed_over(&flaro, &viewer, name, &issued)),
            Invited::Taken => {
                form.error("login", "このメールアドレスはすでに使われています。別のメールアドレスを入力してください");
            }
            Invited::Refused(refused) => form.error("role", refused.to_string()),
        }
    }
    page(&viewer, &flash, &choices, &form).await
}

#[derive(Template)]
#[template(path = "people/issued.html")]
struct IssuedPage {
    name: String,
    copyable: Html,
    until: String,
}

/// The link, in the answer itself and nowhere else.
pub(super) fn handed_over(flaro: &Flaro, viewer: &Viewer, name: String, issued: &Issued) -> Response {
    let base = flaro.settings.public_url.as_str().trim_end_matches('/');
    let url = format!("{base}{}?token={}", invitation::HERE, issued.token);
    let person = format!("{HERE}/{}", issued.account);
    let shell = shell(viewer, "リンクを発行しました", HERE).crumb("担当者と権限", Some(HERE));
    let content = IssuedPage {
        copyable: ui::copyable("link", "本人に渡すリンク", &url),
        until: format::date_time(issued.until, &viewer.zone),
        name: name.clone(),
    };
    shell.crumb(name, Some(&person)).crumb("リンク", None).render(content)
}
