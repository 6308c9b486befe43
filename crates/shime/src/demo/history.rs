//! Weeks that lie behind the demo: every day of a simulated restaurant rung up at its till, moment by moment, with
//! voids, corrections and cash in and out, and closed with a counted drawer.

use anyhow::{Context, Result};
use indicatif::ProgressBar;
use jiff::{Timestamp, ToSpan, civil::Date};
use protocol::masters::Masters;
use register::{Head, Opening, Till};
use sales::{CashMovement, CheckId, DayRule, PaymentOrder, Yen};
use simulator::{After, Restaurant, Visit};
use uuid::Uuid;

/// Something that happens at a till.
enum Happening {
    Paid(Box<Visit>),
    Voided(CheckId),
    Corrected(Box<Visit>, Vec<PaymentOrder>),
    Moved(CashMovement),
}

/// Rings up and closes every business date from the one after the last closed one through `until`.
pub async fn record(
    till: &Till,
    restaurant: &Restaurant,
    since: Date,
    until: Date,
    progress: &ProgressBar,
) -> Result<()> {
    let rule = restaurant.day_rule();
    let mut from = since;
    for session in till.open_sessions().await?.into_iter().filter(|session| session.business_date <= until) {
        // A start that was interrupted: the day is closed as far as it was rung up.
        till.settle_session(session.id, None, Yen::ZERO, end_of(session.business_date, &rule)?).await?;
    }
    if let Some(last) = till.settlements(1).await?.first() {
        from = from.max(last.business_date.saturating_add(1.day()));
    }
    let mut yesterday: Vec<Visit> = Vec::new();
    for date in from.series(1.day()).take_while(|date| *date <= until) {
        progress.set_message(date.to_string());
        let visits = restaurant.day(date, &rule);
        one_day(till, restaurant, date, &visits, &yesterday, &rule).await.with_context(|| format!("{date}"))?;
        yesterday = visits;
        progress.inc(1);
    }
    Ok(())
}

/// The id of a visit's check: the same till, date and number always give the same.
fn check_id(till: &Till, visit: &Visit, part: &str) -> CheckId {
    let name = format!("demo/{}/{}/{part}", visit.business_date, visit.number);
    CheckId(Uuid::new_v5(&till.register_id().0, name.as_bytes()))
}

async fn one_day(
    till: &Till,
    restaurant: &Restaurant,
    date: Date,
    visits: &[Visit],
    yesterday: &[Visit],
    rule: &DayRule,
) -> Result<()> {
    let movements = restaurant.movements(date, rule);
    let mut happenings = happenings(till, visits, yesterday, &movements);
    happenings.sort_by_key(|(at, _)| *at);
    let opened_at = happenings.first().map_or(end_of(date, rule)?, |(at, _)| *at);
    let opening =
        Opening { opening_float: restaurant.opening_float(), staff: staff(restaurant), business_date: Some(date) };
    let session = till.open_session(opening, opened_at).await?;
    let mut last = opened_at;
    for (at, happening) in happenings {
        last = last.max(at);
        happen(till, restaurant, at, happening).await?;
    }
    let checks = till.checks(session.id).await?;
    let drawer = restaurant.drawer(date, &movements, &checks);
    till.settle(drawer.counted, drawer.bank_deposit, last).await?;
    Ok(())
}

fn happenings(
    till: &Till,
    visits: &[Visit],
    yesterday: &[Visit],
    movements: &[CashMovement],
) -> Vec<(Timestamp, Happening)> {
    let mut all: Vec<(Timestamp, Happening)> = Vec::new();
    for visit in visits {
        all.push((visit.paid_at, Happening::Paid(Box::new(visit.clone()))));
        match &visit.then {
            After::Nothing | After::VoidedNextDay { .. } => {}
            After::Voided { at } => all.push((*at, Happening::Voided(check_id(till, visit, "")))),
            After::Corrected { at, payments } => {
                all.push((*at, Happening::Corrected(Box::new(visit.clone()), payments.clone())));
            }
        }
    }
    for visit in yesterday {
        if let After::VoidedNextDay { at } = &visit.then {
            all.push((*at, Happening::Voided(check_id(till, visit, ""))));
        }
    }
    all.extend(movements.iter().map(|movement| (movement.at, Happening::Moved(movement.clone()))));
    all
}

async fn happen(till: &Till, restaurant: &Restaurant, at: Timestamp, happening: Happening) -> Result<()> {
    match happening {
        Happening::Paid(visit) => {
            let head = head(&visit, Some(check_id(till, &visit, "")));
            till.pay(visit.draft, visit.payments, head, at).await?;
        }
        Happening::Voided(id) => {
            // Of the day before the first one the till knows nothing.
            if till.check(id).await?.is_some() {
                till.void(id, &staff(restaurant), at).await?;
            }
        }
        Happening::Corrected(visit, payments) => {
            let head = head(&visit, Some(check_id(till, &visit, "corrected")));
            till.reenter(check_id(till, &visit, ""), visit.draft, payments, head, at).await?;
        }
        Happening::Moved(movement) => {
            till.cash_movement(movement.kind, movement.amount, &movement.reason, &movement.staff, at).await?;
        }
    }
    Ok(())
}

/// What a visit's bill is apart from its money.
pub fn head(visit: &Visit, id: Option<CheckId>) -> Head {
    Head {
        id,
        opened_at: visit.opened_at,
        table: visit.table.clone(),
        guests: visit.guests,
        segment: visit.segment.clone(),
        staff: visit.staff.clone(),
        ad_medium: visit.ad_medium.clone(),
    }
}

/// A manager of the restaurant, who may do everything at the till.
pub fn staff(restaurant: &Restaurant) -> String {
    manager(restaurant.masters())
}

/// The code of a manager who may work this till.
pub fn manager(masters: &Masters) -> String {
    let staff = &masters.staff;
    let manager = staff.iter().find(|staff| staff.manager).or(staff.first());
    manager.map_or_else(|| "01".to_owned(), |staff| staff.code.clone())
}

/// One minute before the next business date begins.
fn end_of(date: Date, rule: &DayRule) -> Result<Timestamp> {
    let mut at = date.at(23, 59, 0, 0).to_zoned(rule.zone().clone())?.timestamp();
    while rule.business_date(at.saturating_add(1.hour())?) == date {
        at = at.saturating_add(1.hour())?;
    }
    Ok(at)
}
