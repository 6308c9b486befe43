//! A day that nobody closed: its 精算 is offered as a day of its own, before anything else is sold. Whoever goes on
//! selling is told that the next payment closes it uncounted; a manager may keep it open.

use super::{Screen, approve::Ask, clerk::Clerk, panel};
use crate::session::Session as TillSession;
use askama::Template;
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect},
};
use jiff::civil::Date;
use std::sync::Arc;
use tower_sessions::Session;
use web::{Failure, Flash, Form, Html, Notice, PageResult, format};

const PUT_OFF: &str = "forgotten_put_off";

#[derive(Template)]
#[template(path = "forgotten.html")]
struct Content {
    date: Date,
    today: Date,
    opened: String,
    unpaid: Vec<String>,
    ask: Html,
}

/// Whether this clerk chose to go on selling.
pub(super) async fn was_put_off(session: &Session, open: &TillSession) -> Result<bool, Failure> {
    Ok(session.get::<String>(PUT_OFF).await? == Some(open.id.to_string()))
}

pub(super) async fn show(State(screen): State<Arc<Screen>>, clerk: Clerk) -> PageResult {
    page(&screen, &clerk, Html::default(), StatusCode::OK).await
}

pub(super) async fn decide(
    State(screen): State<Arc<Screen>>,
    clerk: Clerk,
    session: Session,
    flash: Flash,
    form: Form,
) -> PageResult {
    let Some(open) = screen.till.session().await? else { return Ok(Redirect::to("/open").into_response()) };
    if form.text("do") == "go-on" {
        session.insert(PUT_OFF, open.id.to_string()).await?;
        return Ok(Redirect::to("/").into_response());
    }
    let what = format!("{}の営業を、次の日付切替まで延ばします。", format::date_weekday(open.business_date));
    let ask = Ask { what: &what, action: "/forgotten", back: "/forgotten" };
    let by = match screen.approved(&clerk, &form, &ask).await {
        Ok(by) => by,
        Err(dialog) => return page(&screen, &clerk, dialog, StatusCode::UNPROCESSABLE_ENTITY).await,
    };
    match screen.till.extend_session(&by.by, screen.now()).await {
        Ok(_) => {
            screen.write_down(&clerk, &by, "営業の延長", format::date(open.business_date)).await?;
            flash.set(Notice::done("営業を延ばしました。会計はこの営業日に入ります。")).await?;
        }
        Err(error) => flash.set(Notice::failed(screen.told(&error).text)).await?,
    }
    Ok(Redirect::to("/").into_response())
}

async fn page(screen: &Screen, clerk: &Clerk, ask: Html, status: StatusCode) -> PageResult {
    let now = screen.now();
    let open = screen.till.session().await?;
    let Some(open) = open else { return Ok(Redirect::to("/open").into_response()) };
    if !screen.till.is_over(&open, now)? {
        return Ok(Redirect::to("/").into_response());
    }
    let rule = screen.house()?.rule.clone();
    let unpaid = screen.till.open_checks().await?.iter().map(panel::name).collect();
    let content = Content {
        date: open.business_date,
        today: rule.business_date(screen.till.right_time(now)),
        opened: format::date_time(open.opened_at, rule.zone()),
        unpaid,
        ask,
    };
    screen.page(clerk, "前の営業日の精算がまだです", "/").status(status).render(content).await
}
