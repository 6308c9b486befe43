//! レシート and 領収書 of a paid check: a valid 適格簡易請求書, from what was stored when it was paid. A レシート from the
//! list of checks, and a second 領収書, say 再発行.

use super::{Screen, clerk::Clerk, words};
use crate::{Issue, Issuing, books};
use askama::Template;
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect},
};
use db::Tx;
use jiff::tz::TimeZone;
use protocol::masters::Masters;
use sales::{Check, CheckId, Line, PaymentKind, RateAmounts, TaxKind, TaxMode, Yen};
use std::sync::Arc;
use uuid::Uuid;
use web::{Failure, Flash, Form, Html, ListQuery, Notice, PageResult, format, format::yen};

/// From here on a 領収書 for cash needs a revenue stamp (印紙税法, 税抜).
const STAMP_FROM: Yen = Yen(50_000);

/// The longest 宛名 and 但し書き.
const WORDS_MAX: usize = 60;

#[derive(Template)]
#[template(path = "receipt.html")]
struct Content<'a> {
    check: &'a Check,
    masters: &'a Masters,
    paid_at: String,
    change: Yen,
    just_paid: bool,
    again: bool,
    /// The 領収書 in sight; none: the レシート.
    formal: Option<&'a Issue>,
    issued_at: String,
    issues: Vec<(u32, String)>,
    form: &'a Form,
    key: Uuid,
    voided_by: Option<u32>,
    original: Option<u32>,
    clerk: String,
}

pub(super) async fn show(
    State(screen): State<Arc<Screen>>,
    clerk: Clerk,
    flash: Flash,
    Path(id): Path<String>,
    query: ListQuery,
) -> PageResult {
    let id: CheckId = id.parse().map_err(|_| Failure::not_found())?;
    // The last one again, unless somebody says otherwise.
    let last = screen.till.issues(id).await?.pop();
    let (to, purpose) =
        last.map_or((String::new(), "お食事代として".to_owned()), |issue| (issue.to, issue.purpose));
    let form = Form::of([("to", to), ("for", purpose)]);
    page(&screen, &clerk, id, &query, &form, StatusCode::OK, flash.take().await).await
}

/// 領収書 for a check: written down, then shown.
pub(super) async fn issue(
    State(screen): State<Arc<Screen>>,
    clerk: Clerk,
    Path(id): Path<String>,
    mut form: Form,
) -> PageResult {
    let id: CheckId = id.parse().map_err(|_| Failure::not_found())?;
    let key = form.text("key").parse().map_err(|_| Failure::new(StatusCode::BAD_REQUEST))?;
    for (name, label) in [("to", "宛名"), ("for", "但し書き")] {
        if form.text(name).chars().count() > WORDS_MAX {
            form.error(name, format!("{label}は{WORDS_MAX}文字以内で入力してください"));
        }
    }
    let (again, wrong) = (ListQuery::of(&format!("/receipts/{id}"), "again=1"), StatusCode::UNPROCESSABLE_ENTITY);
    if !form.is_ok() {
        return page(&screen, &clerk, id, &again, &form, wrong, None).await;
    }
    let (to, purpose) = (form.text("to").to_owned(), form.text("for").to_owned());
    let asked = Issuing { key, staff: clerk.code.clone(), to, purpose };
    match screen.till.issue_receipt(id, asked, screen.now()).await {
        Ok(issue) => Ok(Redirect::to(&format!("/receipts/{id}?issue={}", issue.nth)).into_response()),
        Err(error) => {
            let told = screen.told(&error);
            form.error("", told.text);
            page(&screen, &clerk, id, &again, &form, told.status, None).await
        }
    }
}

async fn page(
    screen: &Screen,
    clerk: &Clerk,
    id: CheckId,
    query: &ListQuery,
    form: &Form,
    status: StatusCode,
    notice: Option<Notice>,
) -> PageResult {
    let Some(check) = screen.till.check(id).await? else { return Err(Failure::not_found()) };
    let (house, issues) = (screen.house()?, screen.till.issues(id).await?);
    let formal = issues.iter().find(|issue| query.get("issue") == issue.nth.to_string());
    if formal.is_none() && !query.get("issue").is_empty() {
        return Err(Failure::not_found());
    }
    let zone = house.rule.zone();
    let staff = house.masters.staff.iter().find(|member| member.code == check.staff);
    let content = Content {
        masters: &house.masters,
        paid_at: format::date_time(check.paid_at, zone),
        change: Yen::sum(check.payments.iter().map(|payment| payment.change))?,
        just_paid: query.get("paid") == "1",
        again: formal.map_or(query.get("again") == "1", |issue| issue.nth > 1),
        issued_at: formal.map(|issue| format::date_time(issue.at, zone)).unwrap_or_default(),
        issues: issues.iter().map(|issue| (issue.nth, label(issue, zone))).collect(),
        formal,
        form,
        key: (screen.till.random)(),
        voided_by: screen.reversal_slip(id).await?,
        original: original_slip(screen, &check).await?,
        clerk: staff.map_or_else(|| check.staff.clone(), |member| member.name.clone()),
        check: &check,
    };
    let title = if formal.is_some() { "領収書" } else { "レシート" };
    screen
        .page(clerk, format!("{title}　No.{}", check.slip), "/checks")
        .status(status)
        .flash(notice)
        .render(content)
        .await
}

/// One that was handed out, in a line.
fn label(issue: &Issue, zone: &TimeZone) -> String {
    let to = if issue.to.is_empty() { "宛名なし".to_owned() } else { format!("{} 様", issue.to) };
    let again = if issue.nth > 1 { "・再発行" } else { "" };
    format!("{}　{to}{again}", format::date_time(issue.at, zone))
}

impl Screen {
    /// The slip of the 赤伝票 of a check.
    async fn reversal_slip(&self, id: CheckId) -> Result<Option<u32>, Failure> {
        let unit = async move |tx: &mut Tx| -> Result<_, crate::TillError> {
            let Some(reversal) = books::reversal_of(tx, id).await? else { return Ok(None) };
            Ok(books::kept_check(tx, reversal).await?.map(|(_, check)| check.slip))
        };
        Ok(self.till.db.read(unit).await?)
    }
}

async fn original_slip(screen: &Screen, check: &Check) -> Result<Option<u32>, Failure> {
    match check.reverses {
        None => Ok(None),
        Some(original) => Ok(screen.till.check(original).await?.map(|check| check.slip)),
    }
}

impl Content<'_> {
    fn to(&self) -> Html {
        self.form.field("to", "宛名").length_max(WORDS_MAX).wide().input()
    }

    fn purpose(&self) -> Html {
        self.form.field("for", "但し書き").length_max(WORDS_MAX).wide().input()
    }

    fn is_voidable(&self) -> bool {
        self.voided_by.is_none() && self.check.reverses.is_none()
    }

    fn amount(line: &Line) -> Result<String, sales::Overflow> {
        Ok(yen(line.gross()?.0))
    }

    fn mark(line: &Line) -> &'static str {
        if line.tax_class.kind == TaxKind::Reduced { "※" } else { "" }
    }

    /// The reduced rate, where something was sold at it.
    fn reduced(&self) -> Option<u8> {
        let reduced = self.check.rates.iter().find(|rate| rate.tax_class.kind == TaxKind::Reduced);
        reduced.map(|rate| rate.tax_class.percent)
    }

    fn rate_label(rate: &RateAmounts) -> String {
        format!("{}対象", words::rate(rate.tax_class))
    }

    fn tax_word(&self) -> &'static str {
        if self.check.tax_mode == TaxMode::Included { "内消費税" } else { "消費税" }
    }

    fn received(&self) -> bool {
        self.check.payments.iter().any(|payment| payment.method.kind == PaymentKind::Cash)
    }

    /// 収入印紙: only what was received in cash, and only from ¥50,000 without tax.
    fn needs_stamp(&self) -> bool {
        let cash = self.check.payments.iter().filter(|payment| payment.method.kind == PaymentKind::Cash);
        let all_cash = cash.map(|payment| payment.applied.0).sum::<i64>() == self.check.total.0;
        let tax = self.check.rates.iter().map(|rate| rate.tax.0).sum::<i64>();
        all_cash && self.check.total.0 - tax >= STAMP_FROM.0
    }
}
