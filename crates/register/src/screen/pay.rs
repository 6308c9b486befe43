//! 会計: one payment after the other until all is covered; cash gives change. What was received so far is on the disk,
//! and the last payment makes the check in the same commit.

use super::{
    Screen,
    clerk::Clerk,
    panel::{self, Sums},
    sell,
};
use crate::{OpenCheck, Paid, Tap, menu::Menu, order::Event};
use askama::Template;
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect},
};
use protocol::masters::MethodMaster;
use sales::{CheckId, Line, PaymentKind, Quote, Yen};
use std::sync::Arc;
use web::{Failure, Form, PageResult, format::yen, text};

/// More than any bill.
const AMOUNT_MAX: i64 = 99_999_999;

#[derive(Template)]
#[template(path = "pay.html")]
struct Content<'a> {
    open: &'a OpenCheck,
    form: &'a Form,
    lines: Vec<(String, i64, String)>,
    sums: Sums,
    paid: Vec<(usize, String, String)>,
    due: Yen,
    quick: Vec<Yen>,
    cash: Option<&'a MethodMaster>,
    others: Vec<&'a MethodMaster>,
    shares: Option<(i64, Yen)>,
}

pub(super) async fn show(State(screen): State<Arc<Screen>>, clerk: Clerk, Path(id): Path<String>) -> PageResult {
    let id = id.parse().map_err(|_| Failure::not_found())?;
    page(&screen, &clerk, id, &Form::default(), StatusCode::OK).await
}

pub(super) async fn pay(
    State(screen): State<Arc<Screen>>,
    clerk: Clerk,
    Path(id): Path<String>,
    mut form: Form,
) -> PageResult {
    let id: CheckId = id.parse().map_err(|_| Failure::not_found())?;
    if screen.till.open_check(id).await?.is_none() && screen.till.check(id).await?.is_some() {
        // Asked again because the answer was lost: it is paid, and whoever asks must still see the change.
        return Ok(Redirect::to(&format!("/receipts/{id}?paid=1")).into_response());
    }
    let Some(event) = event(&screen, id, &mut form).await? else {
        return page(&screen, &clerk, id, &form, StatusCode::UNPROCESSABLE_ENTITY).await;
    };
    let tap = Tap { staff: clerk.code.clone(), key: form.text("key").to_owned() };
    match screen.till.pay_open(id, event, tap, screen.now()).await {
        Ok(Paid::Whole(check)) => Ok(Redirect::to(&format!("/receipts/{}?paid=1", check.id)).into_response()),
        Ok(Paid::Part(open)) => Ok(Redirect::to(&format!("/orders/{}/pay", open.id)).into_response()),
        Err(error) => {
            let told = screen.told(&error);
            form.error("amount", told.text);
            page(&screen, &clerk, id, &form, told.status).await
        }
    }
}

/// The payment that was tapped: a method with the typed amount, or with all that is due; or the nth given back.
async fn event(screen: &Screen, id: CheckId, form: &mut Form) -> Result<Option<Event>, Failure> {
    if let Ok(nth) = form.text("give_back").parse() {
        return Ok(Some(Event::Untender(nth)));
    }
    let house = screen.house()?;
    let date = screen.till.selling_date(screen.now()).await?;
    let menu = Menu::new(&house.masters, date);
    let due = match screen.till.open_check(id).await? {
        Some(open) => panel::priced(screen, &open, date)?.map(|quote| due(&open, &quote)).transpose()?,
        None => None,
    };
    let amount = match (form.text("quick"), form.text("amount")) {
        ("", "") => due,
        ("", typed) | (typed, _) => text::integer(typed).filter(|n| (0..=AMOUNT_MAX).contains(n)).map(Yen),
    };
    let Some(amount) = amount else {
        form.error("amount", "金額は 0 から 99,999,999 までの整数で入力してください");
        return Ok(None);
    };
    let payment = form.text("method").parse().ok().and_then(|code| menu.payment(&code, amount).ok());
    if payment.is_none() {
        form.error("amount", "この支払方法は使えなくなりました。ほかの支払方法を選んでください");
    }
    Ok(payment.map(Event::Tender))
}

fn due(open: &OpenCheck, quote: &Quote) -> Result<Yen, Failure> {
    Ok(quote.tendered(&open.order.tenders)?.1)
}

async fn page(screen: &Screen, clerk: &Clerk, id: CheckId, form: &Form, status: StatusCode) -> PageResult {
    let Some(open) = screen.till.open_check(id).await? else {
        // Paid meanwhile, or never begun: the page of the bill knows which.
        return Ok(Redirect::to(&sell::address(id, "")).into_response());
    };
    let (house, date) = (screen.house()?, screen.till.selling_date(screen.now()).await?);
    let Some(quote) = panel::priced(screen, &open, date)? else {
        return Ok(Redirect::to(&sell::address(id, "")).into_response());
    };
    let due = due(&open, &quote)?;
    let methods = &house.masters.payment_methods;
    let guests = open.order.seat.guests.total()?;
    let content = Content {
        form,
        lines: quote.lines.iter().map(line).collect::<Result<_, _>>()?,
        sums: panel::sums(&quote, house.masters.store.tax_mode)?,
        paid: open
            .order
            .tenders
            .iter()
            .enumerate()
            .map(|(n, t)| (n, t.method.name.clone(), yen(t.tendered.0)))
            .collect(),
        due,
        quick: quick(due),
        cash: methods.iter().find(|method| method.kind == PaymentKind::Cash),
        others: methods.iter().filter(|method| method.kind != PaymentKind::Cash).collect(),
        shares: (guests > 1).then(|| (guests, Yen(due.0.div_euclid(guests) + i64::from(due.0 % guests > 0)))),
        open: &open,
    };
    screen.page(clerk, "お会計", "/").bare().status(status).render(content).await
}

fn line(line: &Line) -> Result<(String, i64, String), sales::Overflow> {
    let amount = panel::before_check_discounts(line)?;
    let name = format!("{}　{}", line.product.name, super::words::rate(line.tax_class));
    Ok((name, line.quantity, yen(amount.0)))
}

/// What people hand over: the next full thousand, five and ten thousand.
fn quick(due: Yen) -> Vec<Yen> {
    let up = |to: i64| Yen(due.0.div_euclid(to).saturating_add(i64::from(due.0 % to > 0)).saturating_mul(to));
    let mut amounts = vec![up(1_000), up(5_000), up(10_000)];
    amounts.retain(|amount| *amount > due);
    amounts.dedup();
    amounts
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_people_hand_over() {
        assert_eq!(quick(Yen(4_282)), [Yen(5_000), Yen(10_000)]);
        assert_eq!(quick(Yen(860)), [Yen(1_000), Yen(5_000), Yen(10_000)]);
        assert_eq!(quick(Yen(10_000)), []);
        assert_eq!(quick(Yen(11_000)), [Yen(15_000), Yen(20_000)]);
    }
}
