//! One inquiry: what was asked, how it stands, what became of its mail; support moves it on.

use super::{mail_chip, of, state_chip};
use crate::{
    Flaro,
    console::shell,
    inquiries::{self, Inquiry, Of, State as Standing},
    tenant::Viewer,
};
use askama::Template;
use axum::{
    extract::{OriginalUri, Path, State},
    response::{IntoResponse, Redirect},
};
use db::Tx;
use std::sync::Arc;
use web::{Failure, Flash, Form, Html, Notice, PageResult, format};

#[derive(Template)]
#[template(path = "contact/one.html")]
struct Page {
    facts: Vec<(&'static str, Html)>,
    body: String,
    action: String,
    form: Form,
    states: Vec<(&'static str, &'static str)>,
    support: bool,
}

/// Support sees everybody's under its own path; everywhere else it is one's own or one's company's.
fn seen_from(viewer: &Viewer, path: &str) -> Result<(Of, bool), Failure> {
    if !path.starts_with("/support/") {
        return Ok((of(viewer), false));
    }
    if viewer.support { Ok((Of::Everybody, true)) } else { Err(Failure::forbidden()) }
}

pub(in crate::console) async fn show(
    State(flaro): State<Arc<Flaro>>,
    viewer: Viewer,
    flash: Flash,
    OriginalUri(uri): OriginalUri,
    Path(id): Path<String>,
) -> PageResult {
    let (of, support) = seen_from(&viewer, uri.path())?;
    let found = flaro.db.read(async move |tx: &mut Tx| inquiries::one(tx, &of, &id).await).await?;
    let inquiry = found.ok_or_else(Failure::not_found)?;
    let content = Page {
        facts: facts(&inquiry, &viewer),
        body: inquiry.typed.body.clone(),
        action: format!("/support/{}/state", inquiry.id),
        form: Form::of([("to", inquiry.state.name())]),
        states: Standing::ALL.map(|state| (state.name(), state.label())).into(),
        support,
    };
    let (list, here) = if support { ("/support", "/support") } else { ("/contact/list", super::HERE) };
    let title = format!("受付番号 {}", inquiry.number);
    let shell = shell(&viewer, title.clone(), here).flash(flash.take().await);
    Ok(shell.crumb("お問い合わせ", Some(list)).crumb(title, None).render(content))
}

fn facts(inquiry: &Inquiry, viewer: &Viewer) -> Vec<(&'static str, Html)> {
    let (typed, at) = (&inquiry.typed, |at| format::date_time(at, &viewer.zone));
    let mut facts = vec![
        ("状態", state_chip(inquiry.state).0),
        ("状態を変えた人", Html::text(&format!("{}（{}）", inquiry.state_by, at(inquiry.state_at)))),
        ("受付日時", Html::text(&at(inquiry.at))),
        ("会社名", Html::text(&typed.company_name)),
        ("所属部門/店舗", Html::text(if typed.department.is_empty() { "―" } else { &typed.department })),
        ("お名前", Html::text(&format!("{} {}", typed.family_name, typed.given_name))),
        ("メールアドレス", Html::text(&typed.mail)),
        ("サポートへのメール", mail_chip(inquiry).0),
    ];
    if let (Some(_), Some(due)) = (&inquiry.mail_error, inquiry.mail_due_at) {
        let words =
            format!("メールサーバーが受け取らないため、{}に自動でもう一度送ります。内容は保存されています", at(due));
        facts.push(("メールの状況", Html::text(&words)));
    }
    facts
}

/// Support moves it on.
pub(in crate::console) async fn set_state(
    State(flaro): State<Arc<Flaro>>,
    viewer: Viewer,
    flash: Flash,
    Path(id): Path<String>,
    form: Form,
) -> PageResult {
    if !viewer.support {
        return Err(Failure::forbidden());
    }
    let to = Standing::of(form.text("to")).ok_or_else(Failure::not_found)?;
    if !inquiries::set_state(&flaro, &viewer, Of::Everybody, &id, to).await? {
        return Err(Failure::not_found());
    }
    flash.set(Notice::done(format!("状態を「{}」にしました。", to.label()))).await?;
    Ok(Redirect::to(&format!("/support/{id}")).into_response())
}
