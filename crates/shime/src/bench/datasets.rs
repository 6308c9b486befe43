//! In memory, on one thread: a settlement's document parsed, its eight datasets computed, its event made. Beside each the
//! part of it that nobody can avoid.

use super::{
    Bench,
    args::What,
    engine,
    limit::event,
    payload,
    process::Used,
    report::Figure,
    spread::{Spread, rate},
};
use anyhow::{Context, Result};
use protocol::{document::SettlementDocument, event::Frame, facts::canonical};
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};

/// About 300 checks.
const KILOBYTES: u32 = 200;

/// All parts.
pub fn measure(bench: &Bench) -> Result<Vec<Figure>> {
    let count = bench.count(1_000);
    let settlements = payload::settlements(bench.seed, 4, count.min(64), KILOBYTES)?;
    let settlement = |number: usize| &settlements[number % settlements.len()];
    let documents = settlements.iter().map(|one| payload::document(payload::no_till(), one.clone()));
    let documents = documents.collect::<Result<Vec<_>>>()?;
    let events = settlements.iter().map(|one| Ok(event(one.clone())?.to_bytes())).collect::<Result<Vec<_>>>()?;
    let packing = timed(count, |number| {
        std::hint::black_box(Frame::pack(&events[number % events.len()])?);
        Ok(())
    })?;
    let reading = timed(count, |number| {
        let value: serde::de::IgnoredAny = serde_json::from_slice(&documents[number % documents.len()])?;
        std::hint::black_box(value);
        Ok(())
    })?;
    let parsing = timed(count, |number| {
        let document: SettlementDocument = serde_json::from_slice(&documents[number % documents.len()])?;
        std::hint::black_box(document);
        Ok(())
    })?;
    let computing = timed(count, |number| {
        std::hint::black_box(sales::datasets(settlement(number))?);
        Ok(())
    })?;
    let making = timed(count, |number| {
        let made = event(settlement(number).clone())?.to_bytes();
        std::hint::black_box((Frame::pack(&made)?, canonical(settlement(number))));
        Ok(())
    })?;
    // Computing is the whole of the second one: there is nothing to hold it against.
    let parts = [("parse", parsing, Some(&reading)), ("eight", computing, None), ("event", making, Some(&packing))];
    parts.into_iter().map(|(part, own, least)| figure(part, own, least)).collect()
}

struct Timed {
    each: Vec<Duration>,
    cpu_s: f64,
}

fn timed(count: usize, mut work: impl FnMut(usize) -> Result<()>) -> Result<Timed> {
    let before = Used::here()?.cpu_s;
    let mut each = Vec::with_capacity(count);
    for number in 0..count {
        let clock = Instant::now();
        work(number)?;
        each.push(clock.elapsed());
    }
    Ok(Timed { each, cpu_s: Used::here()?.cpu_s - before })
}

fn figure(part: &str, own: Timed, least: Option<&Timed>) -> Result<Figure> {
    let count = own.each.len();
    let per_second = |timed: &Timed| rate(timed.each.len(), timed.each.iter().sum());
    let engine = engine::asked(None, false)?.into_iter().next().context("an engine")?;
    let mut figure = Figure::new(What::Datasets, &engine, KILOBYTES, 0, count).used(own.cpu_s, &BTreeMap::new());
    figure.per_second = per_second(&own);
    if let Some(least) = least {
        figure = figure.against(per_second(&own), per_second(least));
    }
    part.clone_into(&mut figure.part);
    "memory".clone_into(&mut figure.engine);
    figure.spread = Spread::of(own.each);
    Ok(figure)
}
