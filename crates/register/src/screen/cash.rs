//! 入金・出金: cash into or out of the drawer without a sale. A form posted twice moves the cash once.

use super::{Screen, clerk::Clerk};
use askama::Template;
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect},
};
use sales::{CashMovement, MovementId, MovementKind, Yen};
use std::sync::Arc;
use web::{Failure, Flash, Form, Notice, PageResult, format, format::yen};

/// More than any drawer holds.
const AMOUNT_MAX: i64 = 99_999_999;
/// The longest reason.
const REASON_CHARS_MAX: usize = 60;

#[derive(Template)]
#[template(path = "cash.html")]
struct Content<'a> {
    form: &'a Form,
    rows: Vec<(String, &'static str, String, String, String)>,
    float: String,
}

pub(super) async fn show(State(screen): State<Arc<Screen>>, clerk: Clerk, flash: Flash) -> PageResult {
    let form = Form::of([("id", (screen.till.random)().to_string()), ("kind", "out".to_owned())]);
    page(&screen, &clerk, &form, StatusCode::OK, flash.take().await).await
}

pub(super) async fn move_cash(
    State(screen): State<Arc<Screen>>,
    clerk: Clerk,
    flash: Flash,
    mut form: Form,
) -> PageResult {
    let wrong = StatusCode::UNPROCESSABLE_ENTITY;
    let id: MovementId = form.text("id").parse().map_err(|_| Failure::new(StatusCode::BAD_REQUEST))?;
    let kind = form.read("kind", |kind| match kind {
        "in" => Ok(MovementKind::In),
        "out" => Ok(MovementKind::Out),
        _ => Err("入金か出金を選んでください"),
    });
    let amount = form.integer("amount", "金額", 1..=AMOUNT_MAX);
    let reason = form.required("reason", "理由");
    if reason.as_ref().is_some_and(|reason| reason.chars().count() > REASON_CHARS_MAX) {
        form.error("reason", format!("理由は{REASON_CHARS_MAX}文字以内で入力してください"));
    }
    let (true, Some(kind), Some(amount), Some(reason)) = (form.is_ok(), kind, amount, reason) else {
        return page(&screen, &clerk, &form, wrong, None).await;
    };
    let staff = clerk.code.clone();
    let Some(session) = screen.till.session().await? else { return Ok(Redirect::to("/open").into_response()) };
    let now = screen.till.right_time(screen.now());
    let movement = CashMovement { amount: Yen(amount), at: now, id, kind, reason, staff };
    match screen.till.move_cash(session.id, movement).await {
        Ok(moved) => {
            let text = format!("{} {}を記録しました（{}）。", word(moved.kind), yen(moved.amount.0), moved.reason);
            flash.set(Notice::done(text)).await?;
            Ok(Redirect::to("/cash").into_response())
        }
        Err(error) => {
            let told = screen.told(&error);
            form.error("", told.text);
            page(&screen, &clerk, &form, told.status, None).await
        }
    }
}

/// 入金 or 出金.
pub(super) fn word(kind: MovementKind) -> &'static str {
    match kind {
        MovementKind::In => "入金",
        MovementKind::Out => "出金",
    }
}

async fn page(screen: &Screen, clerk: &Clerk, form: &Form, status: StatusCode, notice: Option<Notice>) -> PageResult {
    let Some(session) = screen.till.session().await? else { return Ok(Redirect::to("/open").into_response()) };
    let house = screen.house()?;
    let row = |moved: &CashMovement| {
        let member = house.masters.staff.iter().find(|member| member.code == moved.staff);
        (
            format::time_of(session.business_date, moved.at, house.rule.zone()),
            word(moved.kind),
            yen(moved.amount.0),
            moved.reason.clone(),
            member.map_or_else(|| moved.staff.clone(), |member| member.name.clone()),
        )
    };
    let rows = screen.till.movements(session.id).await?.iter().rev().map(row).collect();
    let content = Content { form, rows, float: yen(session.opening_float.0) };
    screen.page(clerk, "入金・出金", "/cash").status(status).flash(notice).render(content).await
}
