//! Intake → committed at the back office: the same as a delivery, with FLARO behind it. Afterwards all eight datasets of
//! every settlement are read back and computed again, and the rollups must have caught up.

use super::{
    Bench,
    args::What,
    callers,
    delivery::latencies,
    engine::Engine,
    limit::{self, Until},
    payload,
    report::Figure,
    spread::{Spread, rate},
    stage::{Far, Plan, Stage, cpu_between},
};
use anyhow::{Context, Result, bail};
use protocol::{
    EVENT_BYTES_MAX,
    event::{Event, Frame},
};
use sales::{Datasets, datasets};
use std::{sync::Arc, time::Duration};

const SIZES: [u32; 2] = [50, 200];
const STORES: usize = 64;
const CALLERS: usize = 16;
/// The rollups are to have caught up after this long.
const CATCH_UP: Duration = Duration::from_secs(1);

/// Every size.
pub async fn measure(bench: &Bench, engine: &Engine) -> Result<Vec<Figure>> {
    super::by_size(bench, &SIZES, async |kilobytes| one(bench, engine, kilobytes).await).await
}

async fn one(bench: &Bench, engine: &Engine, kilobytes: u32) -> Result<Figure> {
    let count = bench.count(if kilobytes > 100 { 1_280 } else { 2_560 });
    let settlements = payload::settlements(bench.seed, STORES, count, kilobytes)?;
    let material = Arc::new(limit::material(&settlements)?);
    let limit = limit::per_second(bench, engine, material, count, Until::Committed).await?;
    let mut stage = Stage::set(bench, engine, Plan { far: Far::Flaro, stores: STORES, held: false }).await?;
    let letters = callers::letters(settlements, &stage.tills)?;
    let bar = super::bar(format!("committed, {engine}, {kilobytes} KB"), count)?;
    let before = stage.used()?;
    let run = callers::send(stage.pos_url(), letters, CALLERS, &bar).await?;
    let each = |store: usize| i64::try_from((count + STORES - 1 - store) / STORES).unwrap_or(i64::MAX);
    stage.delivered(each, |_| {}).await?;
    tokio::time::sleep(CATCH_UP).await;
    let after = stage.used()?;
    bar.finish_and_clear();
    stage.stop().await?;
    let events = stage.events().await?;
    let rollups = rollups(&stage).await?;
    readable(&stage, count).await?;
    stage.strike().await?;
    let (took, latencies) = latencies(&run, &events)?;
    let mut figure = Figure::new(What::Committed, engine, kilobytes, CALLERS, count)
        .against(rate(count, took), limit)
        .used(cpu_between(&before, &after), &after);
    figure.spread = Spread::of(latencies);
    figure.notes =
        vec![format!("the intake alone took {:.1} s of {:.1} s", run.took.as_secs_f64(), took.as_secs_f64()), rollups];
    Ok(figure)
}

const BEHIND: &str = "SELECT CAST(COUNT(*) AS BIGINT) AS days FROM dirty_day";
const LAG: &str = "SELECT (SELECT MAX(built_at) FROM day_rollup) - (SELECT MAX(received_at) FROM inbox) AS lag_ms";

async fn rollups(stage: &Stage) -> Result<String> {
    let one = |rows: Vec<db::Row>| rows.into_iter().next().context("a row");
    let behind = one(stage.at_flaro(BEHIND).await?)?.int("days")?;
    if behind > 0 {
        return Ok(format!("rollups: {behind} days were still behind {} s after the last event", CATCH_UP.as_secs()));
    }
    let lag = one(stage.at_flaro(LAG).await?)?.opt_int("lag_ms")?.unwrap_or(0);
    Ok(format!("rollups: caught up {lag} ms after the last event"))
}

/// Reads what is stored for every settlement that stands, and computes its datasets again.
async fn readable(stage: &Stage, count: usize) -> Result<()> {
    const FRAMES: &str = "SELECT r.frame FROM settlement s
        JOIN settlement_revision r ON r.company_id = s.company_id AND r.store_id = s.store_id
          AND r.settlement_id = s.settlement_id AND r.revision = s.revision";
    let rows = stage.at_flaro(FRAMES).await?;
    if rows.len() != count {
        bail!("{count} settlements were receipted, the back office has {}", rows.len());
    }
    for row in rows {
        let plain = Frame::unpack(&row.bytes("frame")?, EVENT_BYTES_MAX)?;
        let event: Event = serde_json::from_slice(&plain)?;
        let computed = datasets(&event.facts())?;
        if !same(&event, &computed) {
            bail!("the datasets of settlement {} are not what its checks come to", event.settlement.id);
        }
    }
    Ok(())
}

fn same(event: &Event, computed: &Datasets) -> bool {
    let data = &event.data;
    data.settlement == computed.settlement
        && data.hourly_sales == computed.hourly_sales
        && data.product_sales == computed.product_sales
        && data.product_hourly_sales == computed.product_hourly_sales
        && data.payment_sales == computed.payment_sales
        && data.media_sales == computed.media_sales
        && data.discounts == computed.discounts
}
