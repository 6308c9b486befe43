//! Durable intake: how fast settlements are accepted by the head office with everything that follows from them, their
//! events among it. The linkage is on 一時停止, so that nothing is sent meanwhile.

use super::{
    Bench,
    args::What,
    callers,
    engine::Engine,
    limit::{self, Until},
    payload,
    report::Figure,
    spread::{Spread, rate},
    stage::{Far, Plan, Stage, cpu_between},
};
use anyhow::{Context, Result, bail};
use std::sync::Arc;

const SIZES: [u32; 2] = [50, 200];
const CALLERS: [usize; 3] = [1, 8, 64];
/// As many as there are callers at most: a store belongs to one of them.
const STORES: usize = 64;

/// Every size with every number of callers.
pub async fn measure(bench: &Bench, engine: &Engine) -> Result<Vec<Figure>> {
    let mut figures = Vec::new();
    for kilobytes in bench.sizes(&SIZES) {
        let count = bench.count(if kilobytes > 100 { 1_280 } else { 2_560 });
        let settlements = payload::settlements(bench.seed, STORES, count, kilobytes)?;
        let material = Arc::new(limit::material(&settlements)?);
        let limit = limit::per_second(bench, engine, material, count, Until::Intake).await?;
        for callers in CALLERS {
            // One caller waits for every commit: fewer show as much.
            let count = if callers == 1 { count.div_ceil(4) } else { count };
            let some = settlements[..count].to_vec();
            let figure = one(bench, engine, kilobytes, callers, some, limit).await;
            figures.push(figure.with_context(|| format!("{kilobytes} KB, {callers} callers"))?);
        }
    }
    Ok(figures)
}

async fn one(
    bench: &Bench,
    engine: &Engine,
    kilobytes: u32,
    callers: usize,
    settlements: Vec<sales::Settlement>,
    limit: f64,
) -> Result<Figure> {
    let count = settlements.len();
    let mut stage = Stage::set(bench, engine, Plan { far: Far::Sink, stores: STORES, held: true }).await?;
    let letters = callers::letters(settlements, &stage.tills)?;
    let bar = super::bar(format!("intake, {engine}, {kilobytes} KB, {callers} callers"), count)?;
    let before = stage.used()?;
    let run = callers::send(stage.pos_url(), letters, callers, &bar).await?;
    let after = stage.used()?;
    bar.finish_and_clear();
    stage.stop().await?;
    let events = stage.events().await?.len();
    if events != count {
        bail!("{count} settlements were receipted, {events} events are stored");
    }
    stage.strike().await?;
    let mut figure = Figure::new(What::Intake, engine, kilobytes, callers, count)
        .against(rate(count, run.took), limit)
        .used(cpu_between(&before, &after), &after);
    figure.spread = Spread::of(run.answered.iter().map(|answered| answered.took).collect());
    Ok(figure)
}
