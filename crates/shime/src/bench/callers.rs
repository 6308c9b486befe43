//! Tills that send at once: each caller sends the next document as soon as its last one was answered. A store belongs to
//! one caller, so that its settlements come in in order.

use super::{
    payload,
    stage::{self, Till},
};
use anyhow::{Context, Result, bail};
use axum::body::Bytes;
use indicatif::ProgressBar;
use jiff::Timestamp;
use sales::{Settlement, SettlementId};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use tokio::task::JoinSet;

/// A line that broke is tried again after this long …
const LINE_BROKE: Duration = Duration::from_secs(1);
/// … and a settlement is given up after this long.
const PATIENCE: Duration = Duration::from_mins(10);

/// A document that waits to be sent.
#[derive(Clone, Debug)]
pub struct Letter {
    /// What is in it.
    pub settlement_id: SettlementId,
    till: Till,
    bytes: Bytes,
}

/// One that was answered with a receipt.
#[derive(Clone, Copy, Debug)]
pub struct Answered {
    /// Which.
    pub settlement_id: SettlementId,
    /// When it began.
    pub at: Timestamp,
    /// How long the answer took.
    pub took: Duration,
}

/// Everything that was sent.
#[derive(Clone, Debug)]
pub struct Run {
    /// When the first one began.
    pub began: Timestamp,
    /// From the first to the last answer.
    pub took: Duration,
    /// Each of them.
    pub answered: Vec<Answered>,
}

/// Documents for the tills of a stage, the way [`payload::settlements`] deals them out.
pub fn letters(settlements: Vec<Settlement>, tills: &[Till]) -> Result<Vec<Letter>> {
    let letter = |(number, settlement): (usize, Settlement)| {
        let till = tills[number % tills.len()].clone();
        let settlement_id = settlement.id;
        Ok(Letter { settlement_id, bytes: payload::document(till.register, settlement)?, till })
    };
    settlements.into_iter().enumerate().map(letter).collect()
}

/// The mean size of documents, in bytes.
pub fn mean_bytes(letters: &[Letter]) -> usize {
    letters.iter().map(|letter| letter.bytes.len()).sum::<usize>() / letters.len().max(1)
}

/// Sends them all. Who is told to come later comes again; any other answer but a receipt is an error: nothing is measured
/// that was refused.
pub async fn send(pos_url: &str, letters: Vec<Letter>, callers: usize, bar: &ProgressBar) -> Result<Run> {
    let http = reqwest::Client::builder().no_proxy().pool_max_idle_per_host(callers).build()?;
    let url: Arc<str> = format!("{pos_url}/api/v1/settlements").into();
    let mut shares = vec![Vec::new(); callers];
    for (number, letter) in letters.into_iter().enumerate() {
        shares[number % callers].push(letter);
    }
    let (began, clock) = (stage::now(), Instant::now());
    let mut sending = JoinSet::new();
    for share in shares {
        sending.spawn(one_caller(http.clone(), url.clone(), share, bar.clone()));
    }
    let mut answered = Vec::new();
    while let Some(share) = sending.join_next().await {
        answered.extend(share.context("a caller broke down")??);
    }
    Ok(Run { began, took: clock.elapsed(), answered })
}

async fn one_caller(
    http: reqwest::Client,
    url: Arc<str>,
    share: Vec<Letter>,
    bar: ProgressBar,
) -> Result<Vec<Answered>> {
    let mut answered = Vec::with_capacity(share.len());
    for Letter { settlement_id, till, bytes } in share {
        let (at, clock) = (stage::now(), Instant::now());
        loop {
            let request = http.post(&*url).bearer_auth(&till.token).header("content-type", "application/json");
            let answer = match request.body(bytes.clone()).send().await {
                Ok(answer) => answer,
                // Who is told to come later is told so before the body is read, and may hear only that the line broke.
                Err(error) if !error.is_connect() && clock.elapsed() < PATIENCE => {
                    tracing::debug!(%error, "a document broke off and is sent again");
                    tokio::time::sleep(LINE_BROKE).await;
                    continue;
                }
                Err(error) => return Err(error).context("sending a settlement"),
            };
            let (status, later) = (answer.status(), later(&answer));
            let said = answer.text().await.context("reading the answer to a settlement")?;
            match later {
                _ if status.is_success() => break,
                // Told to come later, as a till does: its way takes that much longer.
                Some(later) => tokio::time::sleep(later).await,
                None => bail!("the head office answered {status} to settlement {settlement_id}: {said}"),
            }
        }
        answered.push(Answered { settlement_id, at, took: clock.elapsed() });
        bar.inc(1);
    }
    Ok(answered)
}

/// When to come again, from an answer that says so.
fn later(answer: &reqwest::Response) -> Option<Duration> {
    let after = answer.headers().get(reqwest::header::RETRY_AFTER)?.to_str().ok()?.parse().ok()?;
    Some(Duration::from_secs(after))
}

#[cfg(test)]
mod tests {
    use super::*;
    use sales::{RegisterId, StoreId};
    use uuid::Uuid;

    #[test]
    fn a_till_sends_its_own_settlements_in_the_order_of_its_days() {
        let till = |n: u128| {
            let id = Uuid::from_u128(n);
            Till { register: RegisterId(id), store: StoreId(id), token: n.to_string() }
        };
        let tills = [till(0), till(1)];
        let made = payload::settlements(3, tills.len(), 6, 1).unwrap();
        let days: Vec<_> = made.iter().map(|settlement| settlement.business_date).collect();
        let letters = letters(made, &tills).unwrap();
        let of_first: Vec<_> = letters.iter().zip(days).filter(|(letter, _)| letter.till.token == "0").collect();
        assert_eq!(of_first.len(), 3);
        assert!(of_first.is_sorted_by_key(|(_, day)| *day));
        assert!(mean_bytes(&letters) > 300);
    }
}
