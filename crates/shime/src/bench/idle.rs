//! What the places use when nothing happens, and whether memory stays bounded when many large documents come at once.

use super::{
    Bench,
    args::What,
    callers,
    engine::Engine,
    payload,
    report::Figure,
    spread::{Spread, rate},
    stage::{Far, Plan, Stage, cpu_between},
};
use anyhow::Result;
use std::time::Duration;

/// Just below the largest body that is read.
const LARGE_KILOBYTES: u32 = 7_500;
const UPLOADS: u32 = 64;

/// Idle, then under large uploads.
pub async fn measure(bench: &Bench, engine: &Engine) -> Result<Vec<Figure>> {
    let watched = Duration::from_secs(if bench.quick { 5 } else { 30 });
    let mut stage = Stage::set(bench, engine, Plan { far: Far::Flaro, stores: 64, held: false }).await?;
    stage.start_till().await?;
    let before = stage.used()?;
    tokio::time::sleep(watched).await;
    let idle = stage.used()?;
    let mut quiet = Figure::new(What::Idle, engine, 0, 0, 0);
    "idle".clone_into(&mut quiet.part);
    for (name, used) in idle.iter().filter(|(name, _)| **name != "callers") {
        let percent = (used.cpu_s - before.get(name).map_or(0.0, |used| used.cpu_s)) / watched.as_secs_f64() * 100.0;
        quiet.notes.push(format!("{name}: {:.1} MiB resident, {percent:.2} % of a core", used.resident_mib));
        quiet.peak_mib.insert((*name).to_owned(), used.peak_mib);
    }
    let uploads = usize::try_from(UPLOADS)?;
    let settlements = payload::settlements(bench.seed, uploads, uploads, LARGE_KILOBYTES)?;
    let letters = callers::letters(settlements, &stage.tills)?;
    let mean = callers::mean_bytes(&letters);
    let bar = super::bar(format!("large uploads, {engine}"), uploads)?;
    let run = callers::send(stage.pos_url(), letters, uploads, &bar).await?;
    stage.delivered(|_| 1, |_| {}).await?;
    let after = stage.used()?;
    bar.finish_and_clear();
    stage.stop().await?;
    stage.strike().await?;
    let mut large = Figure::new(What::Idle, engine, LARGE_KILOBYTES, uploads, uploads);
    "uploads".clone_into(&mut large.part);
    large = large.used(cpu_between(&idle, &after), &after);
    large.per_second = rate(uploads, run.took);
    large.spread = Spread::of(run.answered.iter().map(|answered| answered.took).collect());
    large.notes.push(format!("{uploads} documents of {:.1} MiB at once, all accepted and delivered", mebibytes(mean)));
    Ok(vec![quiet, large])
}

fn mebibytes(bytes: usize) -> f64 {
    f64::from(u32::try_from(bytes).unwrap_or(u32::MAX)) / f64::from(1 << 20)
}
