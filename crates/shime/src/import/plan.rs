//! From tickets to checks by business date: which ids they get and what they are priced by. Pure.
//!
//! Ids follow from the till and the ticket, so that the same file always makes the same checks.

use super::{
    mapping::Mapping,
    rows::{SoldLine, Ticket},
};
use anyhow::{Context, Result, anyhow};
use jiff::{Timestamp, civil::Date};
use protocol::masters::Masters;
use sales::{
    AdMedium, CategoryId, CheckHead, CheckId, DayRule, Draft, DraftLine, Guests, LineKind, MethodRef, PaymentOrder,
    ProductId, ProductRef, RegisterId, TaxClass, Yen, close_check,
};
use std::collections::BTreeMap;
use uuid::Uuid;

/// A check to be paid at the till.
#[derive(Clone, Debug)]
pub struct Planned {
    /// The ticket it comes from.
    pub ticket: String,
    /// What it is apart from its money; slip 0, which the till numbers.
    pub head: CheckHead,
    /// What was ordered.
    pub draft: Draft,
    /// One payment of the whole.
    pub payments: Vec<PaymentOrder>,
}

/// Business dates in order, each with its checks in the order they were paid.
pub type Days = BTreeMap<Date, Vec<Planned>>;

/// Plans every ticket. An error names what the store's masters lack.
pub fn plan(tickets: &[Ticket], mapping: &Mapping, masters: &Masters) -> Result<Days> {
    let rule = DayRule::new(&masters.store.zone, &masters.store.cut_over)?;
    let mut days = Days::new();
    for ticket in tickets {
        let planned = one(ticket, mapping, masters, &rule).with_context(|| format!("ticket {}", ticket.key))?;
        days.entry(planned.head.business_date).or_default().push(planned);
    }
    for checks in days.values_mut() {
        checks.sort_by(|a, b| (a.head.paid_at, &a.ticket).cmp(&(b.head.paid_at, &b.ticket)));
    }
    Ok(days)
}

/// The id of a ticket's check: the same till and ticket always give the same.
pub fn check_id(register: RegisterId, ticket: &str) -> CheckId {
    CheckId(Uuid::new_v5(&register.0, format!("ticket:{ticket}").as_bytes()))
}

fn one(ticket: &Ticket, mapping: &Mapping, masters: &Masters, rule: &DayRule) -> Result<Planned> {
    let paid_at = instant(ticket, rule)?;
    let business_date = rule.business_date(paid_at);
    let lines = ticket.lines.iter().map(|line| draft_line(line, mapping, masters, business_date)).collect();
    let draft =
        Draft { tax_mode: masters.store.tax_mode, rounding: masters.store.rounding, lines, discounts: Vec::new() };
    let head = CheckHead {
        id: check_id(masters.register.id, &ticket.key),
        slip: 0,
        business_date,
        hour: rule.business_hour(paid_at, business_date),
        opened_at: paid_at,
        paid_at,
        table: None,
        guests: Guests { unknown: ticket.guests.unwrap_or(0), ..Guests::default() },
        segment: None,
        staff: ticket.staff.clone().unwrap_or_else(|| mapping.defaults.staff.clone()),
        ad_medium: medium(ticket, mapping, masters)?,
    };
    let payments = exact_payment(&head, &draft, method(ticket, mapping, masters)?)?;
    Ok(Planned { ticket: ticket.key.clone(), head, draft, payments })
}

fn instant(ticket: &Ticket, rule: &DayRule) -> Result<Timestamp> {
    Ok(ticket.at.to_zoned(rule.zone().clone()).context("the date is out of range")?.timestamp())
}

fn draft_line(line: &SoldLine, mapping: &Mapping, masters: &Masters, on: Date) -> DraftLine {
    let space = masters.store.id.0;
    let category = line.category.as_ref().unwrap_or(&mapping.defaults.category);
    let kind = mapping.defaults.tax;
    DraftLine {
        kind: LineKind::Sale,
        product: ProductRef {
            category: category.clone(),
            category_id: CategoryId(Uuid::new_v5(&space, format!("category:{category}").as_bytes())),
            id: ProductId(Uuid::new_v5(&space, format!("product:{}", line.product).as_bytes())),
            name: line.product.clone(),
        },
        service: mapping.defaults.service,
        tax_class: TaxClass { kind, percent: masters.percent(kind, on) },
        unit_price: line.unit_price,
        quantity: line.quantity,
        cost: Yen::ZERO,
        discounts: Vec::new(),
    }
}

fn method(ticket: &Ticket, mapping: &Mapping, masters: &Masters) -> Result<MethodRef> {
    let name = ticket.payment.as_ref().unwrap_or(&mapping.defaults.payment);
    let method = masters.payment_methods.iter().find(|method| method.name == *name).ok_or_else(|| {
        let there: Vec<&str> = masters.payment_methods.iter().map(|method| method.name.as_str()).collect();
        anyhow!("the store has no payment method \"{name}\"; it has: {}", there.join(", "))
    })?;
    Ok(MethodRef { code: method.code.clone(), kind: method.kind, name: method.name.clone() })
}

fn medium(ticket: &Ticket, mapping: &Mapping, masters: &Masters) -> Result<Option<AdMedium>> {
    let Some(name) = ticket.medium.as_ref().or(mapping.defaults.medium.as_ref()) else { return Ok(None) };
    let medium = masters.media.iter().find(|medium| medium.name == *name).ok_or_else(|| {
        let there: Vec<&str> = masters.media.iter().map(|medium| medium.name.as_str()).collect();
        anyhow!("the store has no ad medium \"{name}\"; it has: {}", there.join(", "))
    })?;
    Ok(Some(AdMedium { code: medium.code.clone(), name: medium.name.clone() }))
}

/// One payment of exactly the check's total: files of sold lines don't say what was tendered.
fn exact_payment(head: &CheckHead, draft: &Draft, method: MethodRef) -> Result<Vec<PaymentOrder>> {
    let nothing = [PaymentOrder { method: method.clone(), tendered: Yen::ZERO }];
    let tendered = match close_check(head.clone(), draft, &nothing) {
        Ok(check) => check.total,
        Err(sales::PricingError::Unpaid { total, .. }) => total,
        Err(error) => return Err(error.into()),
    };
    Ok(vec![PaymentOrder { method, tendered }])
}
