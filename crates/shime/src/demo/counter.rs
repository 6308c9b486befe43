//! The till of the demo that nobody simulates: whoever watches sells at it. A day on which nobody did is closed there
//! with nothing sold, as a shop does with a till it didn't use, so that nobody waits for it for ever.

use super::history;
use crate::{settings, shell, till};
use anyhow::Result;
use jiff::{ToSpan, civil::Date};
use register::{Opening, Till};
use sales::{CountedCash, DayRule, Yen};
use std::time::Duration;
use tokio::sync::watch;

/// 釣銭準備金 of a day without sales.
const FLOAT: Yen = Yen(30_000);
/// How often it is looked whether a new day has begun.
const LOOK_EVERY: Duration = Duration::from_secs(5);

/// Serves the till until it is time to stop.
pub async fn run(own: settings::Register, stop: watch::Receiver<bool>) -> Result<()> {
    let (till, uploader) = till::open(&own).await?;
    tokio::try_join!(till::serve(till.clone(), uploader, &own, stop.clone()), close_idle_days(till, stop))?;
    Ok(())
}

async fn close_idle_days(till: Till, stop: watch::Receiver<bool>) -> Result<()> {
    let mut often = tokio::time::interval(LOOK_EVERY);
    loop {
        tokio::select! {
            () = shell::stopped(stop.clone()) => return Ok(()),
            _ = often.tick() => close_up_to_today(&till).await?,
        }
    }
}

/// Closes every business date after the last closed one through today. Not while somebody has the till open: that day
/// is theirs.
async fn close_up_to_today(till: &Till) -> Result<()> {
    let Some(masters) = till.masters() else { return Ok(()) };
    if till.session().await?.is_some() {
        return Ok(());
    }
    let now = shell::now();
    let today = DayRule::new(&masters.store.zone, &masters.store.cut_over)?.business_date(now);
    let last = till.settlements(1).await?.first().map(|filed| filed.business_date);
    let from = last.map_or(today, |last: Date| last.saturating_add(1.day()));
    for date in from.series(1.day()).take_while(|date| *date <= today) {
        let opening = Opening { opening_float: FLOAT, staff: history::manager(&masters), business_date: Some(date) };
        till.open_session(opening, now).await?;
        let counted = CountedCash { denominations: Vec::new(), total: FLOAT };
        till.settle(Some(counted), Yen::ZERO, now).await?;
    }
    Ok(())
}
