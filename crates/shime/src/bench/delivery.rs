//! Intake → delivered: settlements come in while their events go out to a receiver that answers 200. The clock stops when
//! the last answer is stored; a store's events must have arrived in order, each once.

use super::{
    Bench,
    args::What,
    callers::{self, Run},
    engine::Engine,
    limit::{self, Until},
    payload,
    report::Figure,
    spread::{Spread, rate},
    stage::{Far, Plan, Sent, Stage, cpu_between},
};
use anyhow::{Context, Result, bail};
use jiff::Timestamp;
use sales::SettlementId;
use std::{
    collections::{HashMap, HashSet},
    sync::Arc,
    time::Duration,
};
use uuid::Uuid;

const SIZES: [u32; 4] = [1, 50, 200, 500];
const STORES: usize = 64;
const CALLERS: usize = 16;

/// Every size.
pub async fn measure(bench: &Bench, engine: &Engine) -> Result<Vec<Figure>> {
    super::by_size(bench, &SIZES, async |kilobytes| one(bench, engine, kilobytes).await).await
}

async fn one(bench: &Bench, engine: &Engine, kilobytes: u32) -> Result<Figure> {
    let count = bench.count(match kilobytes {
        0..=100 => 2_560,
        101..=300 => 1_280,
        _ => 640,
    });
    let settlements = payload::settlements(bench.seed, STORES, count, kilobytes)?;
    let material = Arc::new(limit::material(&settlements)?);
    let limit = limit::per_second(bench, engine, material, count, Until::Delivery).await?;
    let mut stage = Stage::set(bench, engine, Plan { far: Far::Sink, stores: STORES, held: false }).await?;
    let letters = callers::letters(settlements, &stage.tills)?;
    let stores: Vec<SettlementId> = letters.iter().map(|letter| letter.settlement_id).collect();
    let bar = super::bar(format!("delivery, {engine}, {kilobytes} KB"), count)?;
    let before = stage.used()?;
    let run = callers::send(stage.pos_url(), letters, CALLERS, &bar).await?;
    let each = |store: usize| i64::try_from((count + STORES - 1 - store) / STORES).unwrap_or(i64::MAX);
    stage.delivered(each, |_| {}).await?;
    let after = stage.used()?;
    bar.finish_and_clear();
    let arrived = stage.arrived().await?;
    stage.stop().await?;
    let events = stage.events().await?;
    stage.strike().await?;
    in_order(&arrived, &stores, &events)?;
    let (took, latencies) = latencies(&run, &events)?;
    let mut figure = Figure::new(What::Delivery, engine, kilobytes, CALLERS, count)
        .against(rate(count, took), limit)
        .used(cpu_between(&before, &after), &after);
    figure.spread = Spread::of(latencies);
    figure.notes.push(format!("the intake alone took {:.1} s of {:.1} s", run.took.as_secs_f64(), took.as_secs_f64()));
    Ok(figure)
}

/// From the first request to the last stored answer, and each settlement's own way.
pub fn latencies(run: &Run, events: &HashMap<SettlementId, Sent>) -> Result<(Duration, Vec<Duration>)> {
    let mut last = Timestamp::UNIX_EPOCH;
    let mut each = Vec::with_capacity(run.answered.len());
    for answered in &run.answered {
        let delivered = events.get(&answered.settlement_id).and_then(|sent| sent.delivered_at);
        let Some(at) = delivered else { bail!("settlement {} was not delivered", answered.settlement_id) };
        last = last.max(at);
        each.push(Duration::try_from(at.duration_since(answered.at)).unwrap_or_default());
    }
    Ok((Duration::try_from(last.duration_since(run.began)).unwrap_or_default(), each))
}

/// `dealt` names the settlements as they were dealt out to the stores.
pub fn in_order(arrived: &[Uuid], dealt: &[SettlementId], events: &HashMap<SettlementId, Sent>) -> Result<()> {
    let mut of = HashMap::new();
    for (number, settlement) in dealt.iter().enumerate() {
        let sent = events.get(settlement).with_context(|| format!("settlement {settlement} has no event"))?;
        of.insert(sent.event_id, (number % STORES, sent.sequence));
    }
    let (mut highest, mut seen) = (HashMap::new(), HashSet::new());
    for event in arrived {
        let (store, sequence) = of.get(event).with_context(|| format!("event {event} was never queued"))?;
        if !seen.insert(event) {
            bail!("event {event} came twice without need");
        }
        let before = highest.insert(*store, *sequence).unwrap_or(0);
        if before > *sequence {
            bail!("store {store} sent its event {sequence} after {before}");
        }
    }
    if seen.len() == of.len() { Ok(()) } else { bail!("{} of {} events arrived", seen.len(), of.len()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn dealt(sequences: &[i64]) -> (Vec<SettlementId>, Vec<Uuid>, HashMap<SettlementId, Sent>) {
        // All of store 0: one in every round of stores.
        let id = |n: usize| Uuid::from_u128(n as u128 + 1);
        let mut all = Vec::new();
        let mut events = HashMap::new();
        for number in 0..sequences.len() * STORES {
            let settlement = SettlementId(id(number));
            let sequence = sequences[number / STORES];
            events.insert(settlement, Sent { event_id: id(number), sequence, delivered_at: None });
            all.push(settlement);
        }
        let arrived = (0..all.len()).map(id).collect();
        (all, arrived, events)
    }

    #[test]
    fn order_counts_per_store_and_everything_arrives_once() {
        let (all, arrived, events) = dealt(&[1, 2, 3]);
        assert!(in_order(&arrived, &all, &events).is_ok());
        let crossed: Vec<Uuid> = arrived.iter().rev().copied().collect();
        assert!(in_order(&crossed, &all, &events).unwrap_err().to_string().contains("after"));
        assert!(in_order(&arrived[1..], &all, &events).unwrap_err().to_string().contains("events arrived"));
        let twice = [&arrived[..], &arrived[..1]].concat();
        assert!(in_order(&twice, &all, &events).unwrap_err().to_string().contains("twice"));
    }
}
