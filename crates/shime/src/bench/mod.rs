//! `shime bench`: how fast the chain carries settlements, each figure beside the machine's own limit for the part of the
//! work that nobody can avoid, measured in the same run on the same bytes.
//!
//! Payloads are seeded; the places run as processes of this program and are spoken to over HTTP only; what arrived is
//! read from their databases once they have stopped. No figure is taken from a place's own word.

mod args;
mod backlog;
mod callers;
mod committed;
mod datasets;
mod delivery;
mod engine;
mod floor;
mod idle;
mod intake;
mod limit;
mod payload;
mod plot;
mod process;
mod report;
mod sink;
mod spread;
mod stage;
mod visible;

pub use args::BenchArgs;

use crate::{settings::Settings, shell};
use anyhow::{Context, Result, bail};
use args::{Part, What};
use engine::Engine;
use indicatif::{ProgressBar, ProgressStyle};
use report::{Figure, Machine, Report};
use std::{path::PathBuf, time::Duration};

/// Everything a measurement needs to know of the run.
pub struct Bench {
    /// Which settlements.
    pub seed: u64,
    /// Small counts.
    pub quick: bool,
    /// Where databases are made.
    pub data: PathBuf,
    /// Only these sizes.
    sizes: Vec<u32>,
    /// Instead of a measurement's own count.
    count: Option<u32>,
    /// Settings of the places, from the same files and variables as theirs.
    pub settings: Settings,
}

/// Runs what was asked for.
pub async fn run(args: BenchArgs, settings: Settings) -> Result<()> {
    if let Some(Part::Sink { listen }) = &args.part {
        return sink::run(listen, shell::stop_signal()?).await;
    }
    let floors = args.check.as_deref().map(floor::read).transpose()?;
    let engines = engine::asked(args.postgres.as_deref(), args.no_sqlite)?;
    std::fs::create_dir_all(&args.data).with_context(|| format!("cannot make {}", args.data.display()))?;
    let bench = Bench {
        seed: args.seed,
        quick: args.quick,
        data: std::fs::canonicalize(&args.data).context("--data")?,
        sizes: args.sizes.clone(),
        count: args.count,
        settings,
    };
    let mut report = Report { machine: Machine::look(args.seed, args.quick)?, figures: Vec::new() };
    println!("{}", report.machine);
    for what in asked(&args.what) {
        for engine in &engines {
            if let Some(figures) = measure(&bench, what, engine).await.with_context(|| format!("{what} on {engine}"))? {
                for figure in figures {
                    println!("{figure}");
                    report.figures.push(figure);
                }
            }
        }
    }
    println!("\n{}", report.table());
    if let Some(path) = &args.json {
        std::fs::write(path, report.json()?).with_context(|| format!("cannot write {}", path.display()))?;
    }
    if let Some(dir) = &args.plot {
        plot::draw(&report, dir)?;
    }
    let below = floors.map(|floors| floors.below(&report.figures)).unwrap_or_default();
    if !below.is_empty() {
        bail!("{} of the figures are below their floor:\n{}", below.len(), below.join("\n"));
    }
    Ok(())
}

/// What was named, each once, in the order they build on each other.
fn asked(named: &[What]) -> Vec<What> {
    use clap::ValueEnum;
    let all = What::value_variants().iter().copied();
    all.filter(|what| named.is_empty() || named.contains(what)).collect()
}

/// One measurement on one engine; none where the engine makes no difference and was not first.
async fn measure(bench: &Bench, what: What, engine: &Engine) -> Result<Option<Vec<Figure>>> {
    Ok(Some(match what {
        What::Datasets if engine.is_first() => datasets::measure(bench)?,
        What::Datasets => return Ok(None),
        What::Intake => intake::measure(bench, engine).await?,
        What::Delivery => delivery::measure(bench, engine).await?,
        What::Committed => committed::measure(bench, engine).await?,
        What::Backlog => backlog::measure(bench, engine).await?,
        What::Idle => idle::measure(bench, engine).await?,
        What::Visible => visible::measure(bench, engine).await?,
    }))
}

impl Bench {
    /// The sizes of a measurement, in KB.
    pub fn sizes(&self, own: &[u32]) -> Vec<u32> {
        if self.sizes.is_empty() { own.to_vec() } else { self.sizes.clone() }
    }

    /// How many settlements a measurement takes.
    pub fn count(&self, own: u32) -> usize {
        let count = self.count.unwrap_or(if self.quick { own.div_ceil(10) } else { own });
        usize::try_from(count).unwrap_or(usize::MAX)
    }
}

/// One figure for each size.
async fn by_size(
    bench: &Bench,
    sizes: &[u32],
    one: impl AsyncFn(u32) -> Result<report::Figure>,
) -> Result<Vec<report::Figure>> {
    let mut figures = Vec::new();
    for kilobytes in bench.sizes(sizes) {
        figures.push(one(kilobytes).await.with_context(|| format!("{kilobytes} KB"))?);
    }
    Ok(figures)
}

/// Progress on the terminal.
pub fn bar(what: impl Into<String>, length: usize) -> Result<ProgressBar> {
    let style = ProgressStyle::with_template("{msg} {wide_bar} {pos}/{len} {elapsed}")?;
    let bar = ProgressBar::new(u64::try_from(length).unwrap_or(u64::MAX)).with_style(style);
    bar.enable_steady_tick(Duration::from_millis(200));
    Ok(bar.with_message(what.into()))
}
