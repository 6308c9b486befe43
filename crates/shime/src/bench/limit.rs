//! The machine's own limit: the shortest program that does only what nobody can avoid, on the same bytes and as many
//! threads as there are cores: hashes, signature, compression, decompression, typed parse and grouped commits. There is
//! no HTTP in it, no business and no order.

use super::{Bench, engine::Engine, spread::rate};
use crate::places;
use anyhow::{Context, Result, bail};
use axum::body::Bytes;
use db::{Db, DbError, Migration, Tx, args};
use jiff::Timestamp;
use protocol::{
    EVENT_BYTES_MAX,
    document::SettlementDocument,
    event::{Envelope, Event, EventRegister, EventStore, Frame},
    facts::canonical,
    hash::Sha256,
    signature::{Headers, Secret, sign, verify},
};
use sales::Settlement;
use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
    thread,
    time::Instant,
};
use tokio::sync::mpsc;
use uuid::Uuid;

/// Commits are grouped by so many.
const GROUP: usize = 16;
/// Frames on their way to the disk.
const WAITING_MAX: usize = 64;
/// So many different settlements; more would only fill memory.
const DIFFERENT_MAX: usize = 256;

const KEPT: &[Migration] = &[Migration::both(
    "limit",
    1,
    "frames",
    "CREATE TABLE kept (id BIGINT NOT NULL PRIMARY KEY, frame BLOB NOT NULL, sent BIGINT)",
)];
const KEEP: &str = "INSERT INTO kept (id, frame) VALUES ($1, $2)";
const SENT: &str = "UPDATE kept SET sent = 1 WHERE id = $1";

/// Up to where the limit is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Until {
    /// A document is parsed and hashed; its event is hashed, compressed and committed.
    Intake,
    /// … signed, and marked as sent in another commit.
    Delivery,
    /// … verified, decompressed, hashed, parsed and committed at the other end.
    Committed,
}

/// The bytes of one settlement on its way.
#[derive(Clone, Debug)]
pub struct Material {
    document: Bytes,
    facts: Vec<u8>,
    event: Vec<u8>,
}

/// The bytes of settlements; of the first few, if there are many.
pub fn material(settlements: &[Settlement]) -> Result<Vec<Material>> {
    settlements.iter().take(DIFFERENT_MAX).map(one).collect()
}

fn one(settlement: &Settlement) -> Result<Material> {
    let document = super::payload::document(super::payload::no_till(), settlement.clone())?;
    let event = event(settlement.clone())?.to_bytes();
    Ok(Material { document, facts: canonical(settlement), event })
}

/// The event of a settlement as the head office makes it.
pub fn event(settlement: Settlement) -> Result<Event> {
    let till = super::payload::no_till();
    let envelope = Envelope {
        event_id: Uuid::nil(),
        sequence: 1,
        company_code: "0077777".parse()?,
        flaro_store_code: Some("0000000001".parse()?),
        store: EventStore { id: sales::StoreId(till.0), name: "計測1号店".to_owned() },
        register: EventRegister { id: till, name: "レジ1".to_owned() },
        own_product_codes: false,
        own_category_codes: false,
    };
    Event::new(envelope, settlement, &BTreeMap::new()).context("making an event")
}

/// How many a second go through.
pub async fn per_second(
    bench: &Bench,
    engine: &Engine,
    material: Arc<Vec<Material>>,
    count: usize,
    until: Until,
) -> Result<f64> {
    let dir = bench.data.join("limit");
    std::fs::create_dir_all(&dir).with_context(|| format!("cannot make {}", dir.display()))?;
    let mut ends = Vec::new();
    for name in if until == Until::Committed { &["near", "far"][..] } else { &["near"][..] } {
        let db = places::open(&engine.fresh(&dir, name).await?).await?;
        db.migrate(&migrations(&db)).await?;
        ends.push(db);
    }
    let clock = Instant::now();
    let passed = pass(material, count, until, &ends).await?;
    let took = clock.elapsed();
    for (db, name) in ends.into_iter().zip(["near", "far"]) {
        db.close().await;
        engine.forget(name).await?;
    }
    std::fs::remove_dir_all(&dir).with_context(|| format!("cannot delete {}", dir.display()))?;
    if passed != count {
        bail!("only {passed} of {count} went through");
    }
    Ok(rate(count, took))
}

fn migrations(db: &Db) -> Vec<Migration> {
    match db.engine() {
        db::Engine::Sqlite => KEPT.to_vec(),
        db::Engine::Postgres => vec![Migration::both(
            "limit",
            1,
            "frames",
            "CREATE TABLE kept (id BIGINT NOT NULL PRIMARY KEY, frame BYTEA NOT NULL, sent BIGINT)",
        )],
    }
}

async fn pass(material: Arc<Vec<Material>>, count: usize, until: Until, ends: &[Db]) -> Result<usize> {
    let (frames, waiting) = mpsc::channel(WAITING_MAX);
    let next = Arc::new(AtomicUsize::new(0));
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let working: Vec<_> = (0..workers)
        .map(|_| {
            let (material, next, frames) = (material.clone(), next.clone(), frames.clone());
            thread::spawn(move || work(&material, count, until, &next, &frames))
        })
        .collect();
    drop(frames);
    let kept = keep(waiting, ends, until).await?;
    for worker in working {
        worker.join().ok().context("a worker of the limit broke down")??;
    }
    Ok(kept)
}

fn work(
    material: &[Material],
    count: usize,
    until: Until,
    next: &AtomicUsize,
    frames: &mpsc::Sender<(i64, Vec<u8>)>,
) -> Result<()> {
    let secrets = [Secret::from_random([7; 32])];
    loop {
        let number = next.fetch_add(1, Ordering::Relaxed);
        if number >= count {
            return Ok(());
        }
        let frame = through(&material[number % material.len()], &secrets, until)?;
        let id = i64::try_from(number)?;
        frames.blocking_send((id, frame)).ok().context("the commits of the limit ended")?;
    }
}

/// All that both ends compute of one settlement.
fn through(one: &Material, secrets: &[Secret], until: Until) -> Result<Vec<u8>> {
    let document: SettlementDocument = serde_json::from_slice(&one.document)?;
    let facts = Sha256::of(&one.facts);
    let frame = Frame::pack(&one.event)?;
    std::hint::black_box((&document, facts));
    if until >= Until::Delivery {
        let at = Timestamp::UNIX_EPOCH;
        let signature = sign(secrets, "limit", at, &frame.zstd);
        if until == Until::Committed {
            let headers = Headers { id: "limit", timestamp: "0", signature: &signature };
            verify(secrets, headers, &frame.zstd, at)?;
            let plain = Frame::unpack(&frame.zstd, EVENT_BYTES_MAX)?;
            if Sha256::of(&plain) != frame.body_sha256 {
                bail!("what came out of a frame is not what went in");
            }
            std::hint::black_box(serde_json::from_slice::<Event>(&plain)?);
        }
        std::hint::black_box(signature);
    }
    Ok(frame.zstd)
}

/// Commits what waits, in groups; how many there were.
async fn keep(mut waiting: mpsc::Receiver<(i64, Vec<u8>)>, ends: &[Db], until: Until) -> Result<usize> {
    let (mut kept, mut group) = (0, Vec::with_capacity(GROUP));
    while waiting.recv_many(&mut group, GROUP).await > 0 {
        kept += group.len();
        let ids: Vec<i64> = group.iter().map(|(id, _)| *id).collect();
        let frames = Arc::new(std::mem::take(&mut group));
        for db in ends {
            let frames = frames.clone();
            db.write(async move |tx: &mut Tx| -> Result<(), DbError> {
                for (id, frame) in frames.iter() {
                    tx.execute(KEEP, args![*id, frame]).await?;
                }
                Ok(())
            })
            .await?;
        }
        if until >= Until::Delivery {
            ends[0]
                .write(async move |tx: &mut Tx| -> Result<(), DbError> {
                    for id in ids {
                        tx.execute(SENT, args![id]).await?;
                    }
                    Ok(())
                })
                .await?;
        }
    }
    Ok(kept)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_limit_does_to_the_bytes_what_the_places_do() {
        let settlements = crate::bench::payload::settlements(5, 2, 2, 3).unwrap();
        let material = material(&settlements).unwrap();
        let frame = through(&material[0], &[Secret::from_random([7; 32])], Until::Committed).unwrap();
        let plain = Frame::unpack(&frame, EVENT_BYTES_MAX).unwrap();
        let event: Event = serde_json::from_slice(&plain).unwrap();
        assert_eq!(event.facts(), settlements[0], "what the far end would read is what the till closed");
        assert_eq!(event.totals.facts_sha256, Sha256::of(&material[0].facts));
        let document: SettlementDocument = serde_json::from_slice(&material[0].document).unwrap();
        assert_eq!(document.settlement, settlements[0]);
    }
}
