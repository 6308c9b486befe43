//! レジ開設: the float, and the 営業日 that everything sold from then on counts for.

use super::{Screen, clerk::Clerk, words};
use crate::{Opening, TillError};
use askama::Template;
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect},
};
use jiff::civil::Date;
use sales::Yen;
use std::sync::Arc;
use web::{Flash, Form, Notice, PageResult, format};

/// More than any drawer holds.
const FLOAT_MAX: i64 = 99_999_999;

#[derive(Template)]
#[template(path = "open.html")]
struct Content<'a> {
    form: &'a Form,
    date: Date,
    carried: Option<(u32, String)>,
    clock: Option<String>,
}

pub(super) async fn show(State(screen): State<Arc<Screen>>, clerk: Clerk, flash: Flash) -> PageResult {
    if screen.till.session().await?.is_some() {
        return Ok(Redirect::to("/").into_response());
    }
    let carried = carried(&screen).await?.map_or_else(String::new, |(_, yen)| yen.0.to_string());
    page(&screen, &clerk, &Form::of([("float", carried)]), StatusCode::OK, flash.take().await).await
}

pub(super) async fn open(State(screen): State<Arc<Screen>>, clerk: Clerk, flash: Flash, mut form: Form) -> PageResult {
    let Some(float) = form.integer("float", "釣銭準備金", 0..=FLOAT_MAX) else {
        return page(&screen, &clerk, &form, StatusCode::UNPROCESSABLE_ENTITY, None).await;
    };
    let opening = Opening { opening_float: Yen(float), staff: clerk.code.clone(), business_date: None };
    match screen.till.open_session(opening, screen.now()).await {
        Ok(session) => {
            let date = format::date_weekday(session.business_date);
            flash.set(Notice::done(format!("{date} のレジを開きました。"))).await?;
            Ok(Redirect::to("/").into_response())
        }
        // Tapped twice: it is open, which is what was asked for.
        Err(TillError::SessionOpen { .. }) => Ok(Redirect::to("/").into_response()),
        Err(error) => {
            let told = screen.told(&error);
            form.error("", told.text);
            page(&screen, &clerk, &form, told.status, None).await
        }
    }
}

async fn carried(screen: &Screen) -> Result<Option<(u32, Yen)>, TillError> {
    let Some(last) = screen.till.settlements(1).await?.into_iter().next() else { return Ok(None) };
    let cash = screen.till.settlement(last.id).await?.cash;
    Ok(Some((last.z_number, cash.carry_over)))
}

async fn page(screen: &Screen, clerk: &Clerk, form: &Form, status: StatusCode, notice: Option<Notice>) -> PageResult {
    let now = screen.now();
    let date = screen.house()?.rule.business_date(screen.till.right_time(now));
    let clock = words::clock_warning(screen.till.clock_state(now).await?);
    let carried = carried(screen).await?.map(|(z, yen)| (z, format::yen(yen.0)));
    let content = Content { form, date, carried, clock };
    screen.page(clerk, "レジ開設", "/").status(status).flash(notice).render(content).await
}
