//! 精算 (Z): count the drawer by 金種, say what goes to the bank, close the day. What was counted is added up here, on
//! the server; the browser only types.
#![expect(clippy::trivially_copy_pass_by_ref, reason = "templates hand their fields over by reference")]

use super::{
    Screen,
    clerk::{Clerk, Part},
    count, frame, panel,
};
use crate::{TillError, session::Session};
use askama::Template;
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect},
};
use sales::{CountedCash, SettlementId, Yen};
use std::sync::Arc;
use web::{Failure, Flash, Form, Html, ListQuery, PageResult, format, format::yen_html};

/// More than any drawer holds.
const AMOUNT_MAX: i64 = 99_999_999;

#[derive(Template)]
#[template(path = "settle.html")]
struct Content<'a> {
    form: &'a Form,
    session: &'a Session,
    again: bool,
    unpaid: Vec<String>,
    others: usize,
    sums: Sums,
}

/// The running total.
#[derive(Template)]
#[template(path = "counted.html")]
struct Sums {
    rows: Vec<(i64, String)>,
    expected: Yen,
    counted: Option<Yen>,
    deposit: Yen,
}

pub(super) async fn show(
    State(screen): State<Arc<Screen>>,
    clerk: Clerk,
    flash: Flash,
    query: ListQuery,
) -> PageResult {
    let Some(session) = asked(&screen, query.get("session")).await? else {
        return Ok(Redirect::to("/settlements").into_response());
    };
    let notice = flash.take().await;
    page(&screen, &clerk, &session, &mut Form::default(), StatusCode::OK, notice).await
}

pub(super) async fn settle(State(screen): State<Arc<Screen>>, clerk: Clerk, part: Part, mut form: Form) -> PageResult {
    let id: SettlementId = form.text("session").parse().map_err(|_| Failure::new(StatusCode::BAD_REQUEST))?;
    let Some(session) = open_session(&screen, id).await? else {
        // Posted twice: it is closed, which is what was asked for.
        return Ok(Redirect::to(&format!("/settlements/{id}")).into_response());
    };
    if form.text("do") == "count" {
        let sums = sums(&screen, &session, &mut form).await?;
        if part.0 {
            return frame::fragment(StatusCode::OK, sums);
        }
        let status = if form.is_ok() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
        return page(&screen, &clerk, &session, &mut form, status, None).await;
    }
    let Some((counted, deposit)) = typed(&mut form) else {
        return page(&screen, &clerk, &session, &mut form, StatusCode::UNPROCESSABLE_ENTITY, None).await;
    };
    match screen.till.settle_session(id, counted, deposit, screen.now()).await {
        Ok(_) | Err(TillError::NotOpen(_)) => Ok(Redirect::to(&format!("/settlements/{id}?closed=1")).into_response()),
        Err(error) => {
            let told = screen.told(&error);
            let field = if matches!(error, TillError::Deposit { .. }) { "deposit" } else { "" };
            form.error(field, told.text);
            page(&screen, &clerk, &session, &mut form, told.status, None).await
        }
    }
}

/// What was counted and what goes to the bank; mistakes stand in the form.
fn typed(form: &mut Form) -> Option<(Option<CountedCash>, Yen)> {
    let deposit =
        if form.text("deposit").is_empty() { Some(0) } else { form.integer("deposit", "銀行預入", 0..=AMOUNT_MAX) };
    let uncounted = form.is_on("uncounted");
    let counted = if uncounted { None } else { count::read(form) };
    if !uncounted && !count::is_begun(form) && form.is_ok() {
        form.error(
            &count::field(10_000),
            "現金を数えて枚数を入力してください。数えずに締めるときは「数えずに締める」を選んでください",
        );
    }
    form.is_ok().then_some((counted, Yen(deposit?)))
}

async fn asked(screen: &Screen, id: &str) -> Result<Option<Session>, Failure> {
    let mut open = screen.till.open_sessions().await?;
    if id.is_empty() {
        // One that was opened again is closed first: it is the older day.
        return Ok(if open.is_empty() { None } else { Some(open.remove(0)) });
    }
    Ok(open.into_iter().find(|session| session.id.to_string() == id))
}

async fn open_session(screen: &Screen, id: SettlementId) -> Result<Option<Session>, Failure> {
    Ok(screen.till.open_sessions().await?.into_iter().find(|session| session.id == id))
}

async fn sums(screen: &Screen, session: &Session, form: &mut Form) -> Result<Sums, Failure> {
    let expected = screen.till.so_far(session.id, screen.now()).await?.cash.expected;
    let counted = if count::is_begun(form) { count::read(form) } else { None };
    let row = |face: i64| {
        let of = counted.as_ref().and_then(|c| c.denominations.iter().find(|d| d.face.0 == face));
        (face, of.map_or_else(String::new, |d| format::yen(d.count * face)))
    };
    let deposit = web::text::integer(form.text("deposit")).filter(|n| (0..=AMOUNT_MAX).contains(n));
    Ok(Sums {
        rows: count::FACES.iter().map(|face| row(*face)).collect(),
        expected,
        counted: counted.as_ref().map(|counted| counted.total),
        deposit: Yen(deposit.unwrap_or(0)),
    })
}

async fn page(
    screen: &Screen,
    clerk: &Clerk,
    session: &Session,
    form: &mut Form,
    status: StatusCode,
    notice: Option<web::Notice>,
) -> PageResult {
    let mut again = form.clone();
    let sums = sums(screen, session, &mut again).await?;
    let unpaid = screen.till.open_checks().await?.iter().map(panel::name).collect();
    let others = screen.till.open_sessions().await?.len() - 1;
    let content = Content { form, session, again: session.revision > 0, unpaid, others, sums };
    let title = format!("精算　{}", format::date_weekday(session.business_date));
    screen.page(clerk, title, "/settle").status(status).flash(notice).render(content).await
}

impl Content<'_> {
    fn face(&self, face: &i64) -> Html {
        let (name, label) = (count::field(*face), format::yen(*face));
        self.form.field(&name, &label).narrow().digits()
    }
}

impl Sums {
    fn over_short(&self) -> Option<Html> {
        let counted = self.counted?;
        Some(yen_html(counted.minus(self.expected).ok()?.0))
    }

    fn is_exact(&self) -> bool {
        self.counted == Some(self.expected)
    }

    fn carry(&self) -> Option<Html> {
        Some(yen_html(self.counted?.minus(self.deposit).ok()?.0))
    }
}
