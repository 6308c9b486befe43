//! A backlog: many stores' settlements while the receiver answers 503, and how long the last one takes once it is back.

use super::{
    Bench,
    args::What,
    callers,
    engine::Engine,
    limit::{self, Until},
    payload,
    report::Figure,
    spread::{Spread, rate},
    stage::{self, Far, Plan, Stage, cpu_between},
};
use anyhow::{Context, Result, bail};
use std::{sync::Arc, time::Duration};

/// Ten of a store: what grows is the backlog, and with it the stores.
const SETTLEMENTS: [u32; 3] = [1_000, 3_000, 10_000];
const OF_A_STORE: usize = 10;
const SIZES: [u32; 1] = [50];
const CALLERS: usize = 20;
/// The receiver is away at least this long.
const AWAY: Duration = Duration::from_secs(20);

/// Every size and backlog.
pub async fn measure(bench: &Bench, engine: &Engine) -> Result<Vec<Figure>> {
    let mut counts: Vec<usize> = SETTLEMENTS.iter().map(|count| bench.count(*count)).collect();
    counts.dedup();
    let mut figures = Vec::new();
    for kilobytes in bench.sizes(&SIZES) {
        for count in &counts {
            figures.push(one(bench, engine, kilobytes, *count).await.with_context(|| format!("{kilobytes} KB"))?);
        }
    }
    Ok(figures)
}

async fn one(bench: &Bench, engine: &Engine, kilobytes: u32, count: usize) -> Result<Figure> {
    let stores = count.div_ceil(OF_A_STORE).next_multiple_of(CALLERS);
    let settlements = payload::settlements(bench.seed, stores, count, kilobytes)?;
    let material = Arc::new(limit::material(&settlements)?);
    let limit = limit::per_second(bench, engine, material, count, Until::Delivery).await?;
    let mut stage = Stage::set(bench, engine, Plan { far: Far::Sink, stores, held: false }).await?;
    let letters = callers::letters(settlements, &stage.tills)?;
    let bar = super::bar(format!("backlog, {engine}, {kilobytes} KB, {stores} stores"), count)?;
    stage.receiver_answers(503).await?;
    let run = callers::send(stage.pos_url(), letters, CALLERS, &bar).await?;
    tokio::time::sleep(AWAY.saturating_sub(run.took)).await;
    let (before, back) = (stage.used()?, stage::now());
    stage.receiver_answers(200).await?;
    let each = |store: usize| i64::try_from((count + stores - 1 - store) / stores).unwrap_or(i64::MAX);
    bar.set_message(format!("backlog, {engine}: draining {stores} stores"));
    bar.set_length(u64::try_from(stores)?);
    stage.delivered(each, |done| bar.set_position(u64::try_from(done).unwrap_or(0))).await?;
    let after = stage.used()?;
    bar.finish_and_clear();
    stage.stop().await?;
    let events = stage.events().await?;
    stage.strike().await?;
    let since = |at| Duration::try_from(jiff::Timestamp::duration_since(at, back)).unwrap_or_default();
    let waits: Vec<Duration> = events.values().filter_map(|sent| sent.delivered_at).map(since).collect();
    let Some(took) = waits.iter().max().copied().filter(|_| waits.len() == count) else {
        bail!("{} of {count} settlements were delivered", waits.len());
    };
    let first = waits.iter().min().copied().unwrap_or_default();
    let mut figure = Figure::new(What::Backlog, engine, kilobytes, CALLERS, count)
        .against(rate(count, took), limit)
        .used(cpu_between(&before, &after), &after);
    figure.spread = Spread::of(waits);
    figure.notes.push(format!(
        "{stores} stores; the last one was in {:.1} s after the receiver was back, the first one {:.1} s",
        took.as_secs_f64(),
        first.as_secs_f64()
    ));
    Ok(figure)
}
