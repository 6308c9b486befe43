//! A till of the demo while you watch: it catches up on its history, then sells every few seconds and closes every
//! minute or so, through the real journal and the real upload.

use super::history::{self, head};
use anyhow::{Context, Result};
use indicatif::ProgressBar;
use jiff::{Timestamp, ToSpan, civil::Date};
use register::{Opening, Till};
use sales::Settlement;
use simulator::Restaurant;
use std::time::Duration;
use tokio::sync::watch;

use crate::shell;

/// How a live till is driven.
#[derive(Clone)]
pub struct Pace {
    /// First business date of the history.
    pub since: Date,
    /// Between two 精算.
    pub close_every: Duration,
    /// Between two checks.
    pub sell_every: Duration,
}

/// Runs one till until it is time to stop. The session is left open: the next start goes on with it.
pub async fn run(
    name: &str,
    till: Till,
    restaurant: Restaurant,
    pace: Pace,
    progress: ProgressBar,
    stop: watch::Receiver<bool>,
) -> Result<()> {
    let masters = till.masters().context("the till has no masters")?;
    let restaurant = restaurant.with_masters(masters);
    let rule = restaurant.day_rule();
    let yesterday = rule.business_date(shell::now()).saturating_sub(1.day());
    tokio::select! {
        recorded = history::record(&till, &restaurant, pace.since, yesterday, &progress) => recorded?,
        () = shell::stopped(stop.clone()) => return Ok(()),
    }
    progress.finish_and_clear();
    let mut close = tokio::time::interval(pace.close_every);
    close.reset();
    let mut sell = tokio::time::interval(pace.sell_every);
    let mut number = 0_usize;
    loop {
        tokio::select! {
            () = shell::stopped(stop.clone()) => return Ok(()),
            _ = sell.tick() => {
                number += 1;
                sell_one(&till, &restaurant, number, shell::now()).await?;
            }
            _ = close.tick() => {
                if let Some(settlement) = close_now(&till, &restaurant, shell::now()).await? {
                    let control = settlement.checks.len();
                    let total: i64 = settlement.checks.iter().map(|check| check.total.0).sum();
                    println!("{name}  精算 Z{}  {control}会計  ¥{total}", settlement.z_number);
                }
            }
        }
    }
}

async fn sell_one(till: &Till, restaurant: &Restaurant, number: usize, now: Timestamp) -> Result<()> {
    if till.session().await?.is_none() {
        let float = restaurant.opening_float();
        let opening = Opening { opening_float: float, staff: history::staff(restaurant), business_date: None };
        till.open_session(opening, now).await?;
    }
    let rule = restaurant.day_rule();
    let visits = restaurant.day(rule.business_date(now), &rule);
    let Some(mut visit) = visits.get(number % visits.len().max(1)).cloned() else { return Ok(()) };
    visit.opened_at = now.saturating_sub(visit.paid_at.duration_since(visit.opened_at))?;
    till.pay(visit.draft.clone(), visit.payments.clone(), head(&visit, None), now).await?;
    Ok(())
}

/// 精算 of what was sold so far; none when nothing was.
async fn close_now(till: &Till, restaurant: &Restaurant, now: Timestamp) -> Result<Option<Settlement>> {
    let Some(session) = till.session().await? else { return Ok(None) };
    let checks = till.checks(session.id).await?;
    if checks.is_empty() {
        return Ok(None);
    }
    let drawer = restaurant.drawer(session.business_date, &[], &checks);
    Ok(Some(till.settle(drawer.counted, drawer.bank_deposit, now).await?))
}
