//! レシート and 領収書 of a paid check: a valid 適格簡易請求書, from what was stored when it was paid. Printed again it
//! says so.

use super::{Screen, clerk::Clerk, words};
use crate::books;
use askama::Template;
use axum::extract::{Path, State};
use db::Tx;
use protocol::masters::Masters;
use sales::{Check, CheckId, Line, PaymentKind, RateAmounts, TaxKind, TaxMode, Yen};
use std::sync::Arc;
use web::{Failure, Flash, ListQuery, PageResult, format, format::yen};

/// From here on a 領収書 for cash needs a revenue stamp (印紙税法, 税抜).
const STAMP_FROM: Yen = Yen(50_000);

#[derive(Template)]
#[template(path = "receipt.html")]
struct Content<'a> {
    check: &'a Check,
    masters: &'a Masters,
    paid_at: String,
    change: Yen,
    just_paid: bool,
    again: bool,
    formal: bool,
    to: String,
    purpose: String,
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
    let Some(check) = screen.till.check(id).await? else { return Err(Failure::not_found()) };
    let house = screen.house()?;
    let formal = query.get("as") == "formal";
    let staff = house.masters.staff.iter().find(|member| member.code == check.staff);
    let purpose = if query.get("for").is_empty() { "お食事代として" } else { query.get("for") };
    let content = Content {
        masters: &house.masters,
        paid_at: format::date_time(check.paid_at, house.rule.zone()),
        change: Yen::sum(check.payments.iter().map(|payment| payment.change))?,
        just_paid: query.get("paid") == "1",
        again: query.get("again") == "1",
        formal,
        to: query.get("to").to_owned(),
        purpose: purpose.to_owned(),
        voided_by: screen.reversal_slip(id).await?,
        original: original_slip(&screen, &check).await?,
        clerk: staff.map_or_else(|| check.staff.clone(), |member| member.name.clone()),
        check: &check,
    };
    let title = if formal { "領収書" } else { "レシート" };
    screen
        .page(&clerk, format!("{title}　No.{}", check.slip), "/checks")
        .flash(flash.take().await)
        .render(content)
        .await
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
        let net = self.check.rates.iter().map(|rate| rate.net.0).sum::<i64>();
        all_cash && net >= STAMP_FROM.0
    }
}
