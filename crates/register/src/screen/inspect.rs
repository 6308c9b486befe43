//! 点検 (X) and 中締め: how the day stands. Looking changes nothing; recording it leaves an entry in the journal.

use super::{Screen, clerk::Clerk, report::Report};
use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse, Redirect},
};
use std::sync::Arc;
use web::{Flash, Form, Html, ListQuery, Notice, PageResult};

#[derive(Template)]
#[template(path = "inspect.html")]
struct Content {
    report: Html,
    interim: bool,
}

pub(super) async fn show(
    State(screen): State<Arc<Screen>>,
    clerk: Clerk,
    flash: Flash,
    query: ListQuery,
) -> PageResult {
    let Some(session) = screen.till.session().await? else { return Ok(Redirect::to("/open").into_response()) };
    let interim = query.get("kind") == "interim";
    let kind = if interim { "中締め" } else { "点検" };
    let facts = screen.till.so_far(session.id, screen.now()).await?;
    let report = Report::new(screen.house()?, facts, kind)?.html();
    screen.page(&clerk, kind, "/inspect").flash(flash.take().await).render(Content { report, interim }).await
}

pub(super) async fn record(State(screen): State<Arc<Screen>>, _: Clerk, flash: Flash, form: Form) -> PageResult {
    let interim = form.text("kind") == "interim";
    let now = screen.now();
    let done = if interim { screen.till.interim(now).await } else { screen.till.inspect(now).await };
    let notice = match done {
        Ok(_) if interim => Notice::done("中締めを記録しました。精算には含まれ、二重には数えません。"),
        Ok(_) => Notice::done("点検を記録しました。"),
        Err(error) => Notice::failed(screen.told(&error).text),
    };
    flash.set(notice).await?;
    Ok(Redirect::to(if interim { "/inspect?kind=interim" } else { "/inspect" }).into_response())
}
