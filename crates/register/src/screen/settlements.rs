//! 精算の履歴: every close of this till, its printable 日計表, and 精算取消 with a reason.

use super::{Screen, approve::Ask, clerk::Clerk, report::Report};
use crate::books::Filed;
use askama::Template;
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect},
};
use sales::{SettlementId, SettlementState};
use std::sync::Arc;
use web::{
    Failure, Flash, Form, Html, ListQuery, Notice, PageResult,
    download::{Format, Sheet},
    format::{self, yen, yen_html},
    ui::{self, Tone},
};

/// The newest so many.
const ROWS_MAX: u32 = 400;
/// Rows of a page.
const ROWS: usize = 30;
/// The longest reason.
const REASON_CHARS_MAX: usize = 100;

#[derive(Template)]
#[template(path = "settlements.html")]
struct List {
    rows: Vec<Filed>,
    query: ListQuery,
    page: usize,
    pages: usize,
}

#[derive(Template)]
#[template(path = "settlement.html")]
struct One {
    id: SettlementId,
    z_number: u32,
    report: Html,
    cancelled: bool,
    just_closed: bool,
    form: Form,
    ask: Html,
}

pub(super) async fn list(
    State(screen): State<Arc<Screen>>,
    clerk: Clerk,
    flash: Flash,
    query: ListQuery,
) -> PageResult {
    let asked = query.get("q").to_owned();
    let fits = |filed: &Filed| {
        asked.is_empty()
            || format::date(filed.business_date).contains(&web::text::digits(&asked))
            || filed.z_number.to_string() == asked.trim_start_matches(['Z', 'z'])
    };
    let all: Vec<Filed> = screen.till.settlements(ROWS_MAX).await?.into_iter().filter(fits).collect();
    if let Some(asked) = Format::of(query.get("format")) {
        let zone = screen.house()?.rule.zone().clone();
        return Ok(sheet(&all).download(asked, screen.now(), &zone)?);
    }
    let pages = all.len().div_ceil(ROWS).max(1);
    let page = usize::try_from(query.page()).unwrap_or(1).min(pages);
    let rows = all.into_iter().skip((page - 1) * ROWS).take(ROWS).collect();
    let content = List { rows, query, page, pages };
    screen.page(&clerk, "精算の履歴", "/settlements").flash(flash.take().await).render(content).await
}

pub(super) async fn show(
    State(screen): State<Arc<Screen>>,
    clerk: Clerk,
    flash: Flash,
    Path(id): Path<String>,
    query: ListQuery,
) -> PageResult {
    let id = id.parse().map_err(|_| Failure::not_found())?;
    let just_closed = query.get("closed") == "1";
    let extra = Extra { just_closed, ..Extra::default() };
    one(&screen, &clerk, id, extra, StatusCode::OK, flash.take().await).await
}

/// 精算取消.
pub(super) async fn cancel(
    State(screen): State<Arc<Screen>>,
    clerk: Clerk,
    flash: Flash,
    Path(id): Path<String>,
    mut form: Form,
) -> PageResult {
    let wrong = StatusCode::UNPROCESSABLE_ENTITY;
    let id: SettlementId = id.parse().map_err(|_| Failure::not_found())?;
    let reason = form.required("reason", "取り消す理由");
    if reason.as_ref().is_some_and(|reason| reason.chars().count() > REASON_CHARS_MAX) {
        form.error("reason", format!("理由は{REASON_CHARS_MAX}文字以内で入力してください"));
    }
    let (true, Some(reason)) = (form.is_ok(), reason) else {
        return one(&screen, &clerk, id, Extra { form, ..Extra::default() }, wrong, None).await;
    };
    let (action, back) = (format!("/settlements/{id}/cancel"), format!("/settlements/{id}"));
    let what = format!("精算を取り消し、レジをもう一度開きます。理由：{reason}");
    let by = match screen.approved(&clerk, &form, &Ask { what: &what, action: &action, back: &back }).await {
        Ok(by) => by,
        Err(ask) => return one(&screen, &clerk, id, Extra { form, ask, ..Extra::default() }, wrong, None).await,
    };
    match screen.till.cancel_settlement(id, &by.name, &reason, screen.now()).await {
        Ok(cancelled) => {
            screen.write_down(&clerk, &by, "精算取消", format!("Z{} {reason}", cancelled.z_number)).await?;
            let text =
                format!("Z{} の精算を取り消しました。直してから、もう一度精算してください。", cancelled.z_number);
            flash.set(Notice::done(text)).await?;
            Ok(Redirect::to(&format!("/settle?session={id}")).into_response())
        }
        Err(error) => {
            flash.set(Notice::failed(screen.told(&error).text)).await?;
            Ok(Redirect::to(&back).into_response())
        }
    }
}

/// What the page says beside the report.
#[derive(Default)]
struct Extra {
    form: Form,
    ask: Html,
    just_closed: bool,
}

async fn one(
    screen: &Screen,
    clerk: &Clerk,
    id: SettlementId,
    extra: Extra,
    status: StatusCode,
    notice: Option<Notice>,
) -> PageResult {
    let filed = screen.till.settlement(id).await.map_err(|_| Failure::not_found())?;
    let cancelled = filed.state == SettlementState::Cancelled;
    let (z_number, date) = (filed.z_number, filed.business_date);
    let kind = if cancelled { "精算取消" } else { "日計表" };
    let report = Report::new(screen.house()?, filed, kind)?.html();
    let Extra { form, ask, just_closed } = extra;
    let content = One { id, z_number, report, cancelled, just_closed, form, ask };
    let title = format!("日計表　{}　Z{z_number}", format::month_day(date));
    screen.page(clerk, title, "/settlements").status(status).flash(notice).render(content).await
}

fn sheet(rows: &[Filed]) -> Sheet {
    let columns = ["精算番号", "営業日", "純売上（税抜）", "消費税", "会計数", "人数", "過不足", "状態", "記録回数"];
    let mut sheet = Sheet::new("レジ", "精算", &columns);
    for filed in rows {
        sheet.row([
            format!("Z{}", filed.z_number).into(),
            format::date(filed.business_date).into(),
            filed.control.net.0.into(),
            filed.control.tax.0.into(),
            filed.control.checks.into(),
            filed.control.guests.into(),
            filed.over_short.map_or_else(|| "未計数".into(), |over| over.0.into()),
            word(filed).into(),
            i64::from(filed.revision).into(),
        ]);
    }
    sheet
}

fn word(filed: &Filed) -> &'static str {
    match filed.state {
        SettlementState::Closed if filed.over_short.is_none() => "精算済み（未計数）",
        SettlementState::Closed => "精算済み",
        SettlementState::Cancelled => "取消・再精算待ち",
    }
}

impl List {
    fn state(filed: &Filed) -> Html {
        let tone = match filed.state {
            SettlementState::Closed if filed.over_short.is_none() => Tone::Warn,
            SettlementState::Closed => Tone::Good,
            SettlementState::Cancelled => Tone::Bad,
        };
        ui::chip(tone, word(filed))
    }

    fn over(filed: &Filed) -> Html {
        filed.over_short.map_or_else(|| Html::text("未計数"), |over| yen_html(over.0))
    }

    fn search(&self) -> Html {
        self.query.form().field("q", "営業日・精算番号").input()
    }

    fn net(filed: &Filed) -> String {
        yen(filed.control.net.0)
    }
}
