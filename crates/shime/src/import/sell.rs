//! Selling what was planned: each business date is opened, rung up and closed in date order. What the till knows
//! already stays as it is; what a closed date lacks becomes its next revision; what contradicts it is a conflict.
//!
//! Stopped anywhere and run again, it goes on: every check has its id from its ticket, and a payment that was
//! taken is answered with the check it made.

use super::{
    plan::{Days, Planned},
    report::Conflict,
};
use anyhow::{Context, Result};
use indicatif::ProgressBar;
use jiff::{Timestamp, civil::Date};
use register::{Checks, Correction, Head, Opening, Till};
use sales::{Check, CheckHead, SettlementId, Yen, close_check};
use std::collections::BTreeMap;

/// What selling came to.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Sold {
    /// Checks that went in now.
    pub new: usize,
    /// Checks that were there, the same.
    pub known: usize,
    /// Days closed now.
    pub closed: usize,
    /// Closed days that got a revision now.
    pub revised: usize,
    /// Tickets that are there with other content.
    pub conflicts: Vec<Conflict>,
}

/// The settlement of each closed date.
type Settled = BTreeMap<Date, SettlementId>;

/// Sells everything planned.
pub async fn sell(till: &Till, days: Days, now: Timestamp, progress: &ProgressBar) -> Result<Sold> {
    let mut sold = Sold::default();
    let mut settled: Settled = settled_dates(till).await?;
    for (date, checks) in days {
        progress.set_message(date.to_string());
        let planned = checks.len();
        let new = sort_out(till, checks, &mut sold).await?;
        if let Some(id) = settled.get(&date).copied() {
            revise(till, id, new, now, &mut sold).await?;
        } else if !new.is_empty() || is_open(till, date).await? {
            let id = close_day(till, date, new, &mut settled, &mut sold).await;
            settled.insert(date, id.with_context(|| format!("business date {date}"))?);
        }
        progress.inc(u64::try_from(planned)?);
    }
    Ok(sold)
}

/// The settlement of each closed date; of several, the newest.
async fn settled_dates(till: &Till) -> Result<Settled> {
    let open: Vec<SettlementId> = till.open_sessions().await?.iter().map(|session| session.id).collect();
    let filed = till.settlements(u32::MAX).await?;
    let closed = filed.iter().rev().filter(|filed| !open.contains(&filed.id));
    Ok(closed.map(|filed| (filed.business_date, filed.id)).collect())
}

async fn is_open(till: &Till, date: Date) -> Result<bool> {
    Ok(till.open_sessions().await?.iter().any(|session| session.business_date == date))
}

/// Keeps what the till does not know; counts what it knows; reports what it knows otherwise.
async fn sort_out(till: &Till, checks: Vec<Planned>, sold: &mut Sold) -> Result<Vec<Planned>> {
    let mut new = Vec::with_capacity(checks.len());
    for planned in checks {
        match till.check(planned.head.id).await? {
            None => new.push(planned),
            Some(kept) if finished(&planned, kept.slip)? == kept => sold.known += 1,
            Some(kept) => sold.conflicts.push(Conflict {
                reason: format!(
                    "known as slip {} of {} with {} lines, {} yen; the file has {} lines, {} yen. \
                     Nothing was changed: correct it at the till (赤伝票)",
                    kept.slip,
                    kept.business_date,
                    kept.lines.len(),
                    kept.total,
                    planned.draft.lines.len(),
                    finished(&planned, kept.slip)?.total,
                ),
                ticket: planned.ticket,
            }),
        }
    }
    Ok(new)
}

/// The check that a plan comes to under this slip number.
fn finished(planned: &Planned, slip: u32) -> Result<Check> {
    let head = CheckHead { slip, ..planned.head.clone() };
    close_check(head, &planned.draft, &planned.payments).with_context(|| format!("ticket {}", planned.ticket))
}

async fn revise(till: &Till, id: SettlementId, new: Vec<Planned>, now: Timestamp, sold: &mut Sold) -> Result<()> {
    if new.is_empty() {
        return Ok(());
    }
    let last = till.settlement(id).await?.checks.iter().map(|check| check.slip).max().unwrap_or(0);
    let added: Vec<Check> = new.iter().zip(last + 1..).map(|(p, slip)| finished(p, slip)).collect::<Result<_>>()?;
    sold.new += added.len();
    sold.revised += 1;
    let reason = format!("取込で{}件の会計を追加", added.len());
    let correction = Correction { checks: Checks::Add(added), ..Correction::default() };
    till.revise_settlement(id, correction, "取込", &reason, now).await?;
    Ok(())
}

async fn close_day(
    till: &Till,
    date: Date,
    checks: Vec<Planned>,
    settled: &mut Settled,
    sold: &mut Sold,
) -> Result<SettlementId> {
    let session = if let Some(session) = open_for(till, date, settled).await? {
        session
    } else {
        let opened_at = checks.first().map(|planned| planned.head.paid_at).context("a day without checks")?;
        let staff = "取込".to_owned();
        till.open_session(Opening { opening_float: Yen::ZERO, staff, business_date: Some(date) }, opened_at).await?
    };
    let mut closed_at = session.opened_at;
    for planned in checks {
        let CheckHead { id, opened_at, paid_at, table, guests, segment, staff, ad_medium, .. } = planned.head;
        let head = Head { id: Some(id), opened_at, table, guests, segment, staff, ad_medium };
        let paid = till.pay(planned.draft, planned.payments, head, paid_at).await;
        paid.with_context(|| format!("ticket {}", planned.ticket))?;
        closed_at = closed_at.max(paid_at);
        sold.new += 1;
    }
    for check in till.checks(session.id).await? {
        closed_at = closed_at.max(check.paid_at);
    }
    // A file of sold lines knows no drawer: the cash is 未計数.
    till.settle_session(session.id, None, Yen::ZERO, closed_at).await?;
    sold.closed += 1;
    Ok(session.id)
}

/// The open session of this date. One of another date was left by an import that was stopped: it is closed as it
/// stands, and what it still lacks goes in as a revision when its date comes round.
async fn open_for(till: &Till, date: Date, settled: &mut Settled) -> Result<Option<register::Session>> {
    let mut wanted = None;
    for session in till.open_sessions().await? {
        if session.business_date == date {
            wanted = Some(session);
        } else {
            let last = till.checks(session.id).await?.iter().map(|check| check.paid_at).max();
            till.settle_session(session.id, None, Yen::ZERO, last.unwrap_or(session.opened_at)).await?;
            settled.insert(session.business_date, session.id);
        }
    }
    Ok(wanted)
}
