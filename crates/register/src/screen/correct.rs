//! 訂正: a wrong payment method or too many of something. The 赤伝票 and the bill as it should have been are one
//! action; prices, tax and discounts stay those of the moment it was sold.
#![expect(clippy::trivially_copy_pass_by_ref, reason = "templates hand their fields over by reference")]

use super::{Screen, approve::Ask, clerk::Clerk};
use crate::{Head, menu::Menu};
use askama::Template;
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect},
};
use sales::{Check, CheckId, DiscountOrder, DiscountRate, Draft, DraftLine, Line, PaymentOrder, Yen};
use std::sync::Arc;
use web::{Failure, Flash, Form, Html, Notice, PageResult, format::yen};

/// More than any bill.
const AMOUNT_MAX: i64 = 99_999_999;

#[derive(Template)]
#[template(path = "correct.html")]
struct Content<'a> {
    check: &'a Check,
    form: &'a Form,
    methods: Vec<(String, String)>,
    ask: Html,
}

pub(super) async fn show(State(screen): State<Arc<Screen>>, clerk: Clerk, Path(id): Path<String>) -> PageResult {
    let check = find(&screen, &id).await?;
    let mut values = vec![("new".to_owned(), (screen.till.random)().to_string())];
    values.extend(check.lines.iter().map(|line| (format!("quantity-{}", line.no), line.quantity.to_string())));
    for (nth, payment) in check.payments.iter().enumerate() {
        values.push((format!("method-{nth}"), payment.method.code.to_string()));
        values.push((format!("amount-{nth}"), payment.tendered.0.to_string()));
    }
    page(&screen, &clerk, &check, &Form::of(values), Html::default(), StatusCode::OK).await
}

pub(super) async fn correct(
    State(screen): State<Arc<Screen>>,
    clerk: Clerk,
    flash: Flash,
    Path(id): Path<String>,
    mut form: Form,
) -> PageResult {
    let check = find(&screen, &id).await?;
    let wrong = StatusCode::UNPROCESSABLE_ENTITY;
    let new: CheckId = form.text("new").parse().map_err(|_| Failure::new(StatusCode::BAD_REQUEST))?;
    let draft = draft(&check, &mut form);
    let payments = payments(&screen, &check, &draft, &mut form)?;
    if !form.is_ok() {
        return page(&screen, &clerk, &check, &form, Html::default(), wrong).await;
    }
    let what = format!(
        "会計 No.{}（{} 税込）を赤伝票で取り消し、正しい内容で会計し直します。",
        check.slip,
        yen(check.total.0)
    );
    let (action, back) = (format!("/checks/{id}/correct"), format!("/receipts/{id}"));
    let by = match screen.approved(&clerk, &form, &Ask { what: &what, action: &action, back: &back }).await {
        Ok(by) => by,
        Err(dialog) => return page(&screen, &clerk, &check, &form, dialog, wrong).await,
    };
    match screen.till.reenter(check.id, draft, payments, head(&check, new, &clerk), screen.now()).await {
        Ok((reversal, new)) => {
            let detail = format!("No.{} → 赤伝票 No.{}・No.{}", check.slip, reversal.slip, new.slip);
            screen.write_down(&clerk, &by, "訂正", detail).await?;
            let text = format!(
                "No.{} を赤伝票 No.{} で取り消し、No.{} として会計し直しました。",
                check.slip, reversal.slip, new.slip
            );
            flash.set(Notice::done(text)).await?;
            Ok(Redirect::to(&format!("/receipts/{}", new.id)).into_response())
        }
        Err(error) => {
            let told = screen.told(&error);
            form.error("", told.text);
            page(&screen, &clerk, &check, &form, Html::default(), told.status).await
        }
    }
}

async fn find(screen: &Screen, id: &str) -> Result<Check, Failure> {
    let id = id.parse().map_err(|_| Failure::not_found())?;
    screen.till.check(id).await?.ok_or_else(Failure::not_found)
}

/// The bill as it should have been: its lines as they were sold, in the quantities typed.
fn draft(check: &Check, form: &mut Form) -> Draft {
    let mut lines = Vec::new();
    for line in &check.lines {
        let quantity = form.integer(&format!("quantity-{}", line.no), &line.product.name, 0..=line.quantity);
        if let Some(quantity) = quantity.filter(|quantity| *quantity > 0) {
            lines.push(as_sold(line, quantity));
        }
    }
    if lines.is_empty() && form.is_ok() {
        form.error("", "すべて0点です。全部を取り消すときは「取り消す（赤伝票）」を使ってください");
    }
    Draft { tax_mode: check.tax_mode, rounding: check.rounding, lines, discounts: orders(&check.discounts) }
}

fn as_sold(line: &Line, quantity: i64) -> DraftLine {
    DraftLine {
        kind: line.kind,
        product: line.product.clone(),
        service: line.service,
        tax_class: line.tax_class,
        unit_price: line.unit_price,
        quantity,
        cost: line.cost,
        discounts: orders(&line.discounts),
    }
}

fn orders(discounts: &[sales::Discount]) -> Vec<DiscountOrder> {
    let rate =
        |discount: &sales::Discount| discount.percent.map_or(DiscountRate::Yen(discount.amount), DiscountRate::Percent);
    let order = |discount: &sales::Discount| DiscountOrder {
        code: discount.code.clone(),
        name: discount.name.clone(),
        rate: rate(discount),
    };
    discounts.iter().map(order).collect()
}

/// What was paid, as it should have been. One payment alone pays for whatever the bill comes to.
fn payments(screen: &Screen, check: &Check, draft: &Draft, form: &mut Form) -> Result<Vec<PaymentOrder>, Failure> {
    let house = screen.house()?;
    let menu = Menu::new(&house.masters, check.business_date);
    let mut payments = Vec::new();
    for nth in 0..check.payments.len() {
        let (method, amount) = (format!("method-{nth}"), format!("amount-{nth}"));
        let alone = check.payments.len() == 1 && form.text(&amount).is_empty();
        let tendered = if alone {
            sales::quote(draft).ok().map(|quote| quote.total.0)
        } else {
            form.integer(&amount, "金額", 0..=AMOUNT_MAX)
        };
        let Some(tendered) = tendered else { continue };
        let order = form.text(&method).parse().ok().and_then(|code| menu.payment(&code, Yen(tendered)).ok());
        if order.is_none() {
            form.error(&method, "支払方法を選んでください");
        }
        payments.extend(order.filter(|_| tendered > 0));
    }
    Ok(payments)
}

fn head(check: &Check, id: CheckId, clerk: &Clerk) -> Head {
    Head {
        id: Some(id),
        opened_at: check.opened_at,
        table: check.table.clone(),
        guests: check.guests,
        segment: check.segment.clone(),
        staff: clerk.code.clone(),
        ad_medium: check.ad_medium.clone(),
    }
}

async fn page(screen: &Screen, clerk: &Clerk, check: &Check, form: &Form, ask: Html, status: StatusCode) -> PageResult {
    let methods = screen.house()?.masters.payment_methods.clone();
    let methods = methods.into_iter().map(|method| (method.code.to_string(), method.name)).collect();
    let content = Content { check, form, methods, ask };
    screen.page(clerk, format!("訂正　No.{}", check.slip), "/checks").status(status).render(content).await
}

impl Content<'_> {
    fn quantity(&self, line: &Line) -> Html {
        let (name, label) =
            (format!("quantity-{}", line.no), format!("{}（{}点まで）", line.product.name, line.quantity));
        self.form.field(&name, &label).narrow().digits()
    }

    fn payment(&self, nth: &usize) -> Html {
        let (method, amount) = (format!("method-{nth}"), format!("amount-{nth}"));
        let chosen = self.form.field(&method, "支払方法").select(&self.methods);
        chosen.then(&self.form.field(&amount, "お預り・金額（円）").narrow().digits())
    }
}
