//! Rollups: a day by hour, product, payment, medium and discount, and the index of its checks, built from the bytes
//! of what stands as soon as the day was marked. They are rebuilt whole, so they equal a recompute at any time, and
//! they carry the digest of the day they were built from: a reader can tell when they are behind (集計中).

mod build;
mod labels;
mod read;
mod seen;
mod spans;
mod sums;
mod write;

pub(crate) use build::{Built, build, open};
pub(crate) use read::{hours, media};
pub(crate) use sums::{Figures, Part, Sums, unpack};

use crate::{Company, Flaro, FlaroError};
use db::{DbError, Tx, args};
use std::time::Instant;

/// The most days taken from the queue at a time.
const DAYS_AT_ONCE: i64 = 64;
/// Days of a company's date that are written together: their stores share the company's sums, which so are written once.
const TOGETHER_MAX: usize = 16;
/// No further day joins them beyond so many bytes of their events, which are ten times as many when they are opened; the
/// others come next.
const TOGETHER_BYTES_MAX: usize = 2 << 20;
/// While events come in, so many times as long is rested as was worked: receipts go first, and nobody waits for long.
const REST_TIMES: u32 = 2;

/// A day of a store, as rollups are keyed.
#[derive(Clone, Debug)]
pub(crate) struct DayKey {
    pub company: Company,
    pub store: String,
    pub date: String,
}

const DIRTY: &str = "SELECT company_id, store_id, business_date FROM dirty_day ORDER BY marked_at LIMIT $1";
const DIGEST: &str = "SELECT digest FROM business_day WHERE company_id = $1 AND store_id = $2 AND business_date = $3";
const FRAMES: &str = "SELECT r.frame FROM settlement s
    JOIN settlement_revision r ON r.company_id = s.company_id AND r.store_id = s.store_id
      AND r.settlement_id = s.settlement_id AND r.revision = s.revision
    WHERE s.company_id = $1 AND s.store_id = $2 AND s.business_date = $3";

/// Builds the rollups of the days that wait longest; answers how many there were.
pub(crate) async fn work(flaro: &Flaro) -> Result<usize, FlaroError> {
    let dirty = flaro.db.read(async |tx: &mut Tx| -> Result<Vec<DayKey>, DbError> { dirty(tx).await }).await?;
    let found = dirty.len();
    for group in groups(dirty) {
        let began = Instant::now();
        match together(flaro, group.clone()).await {
            Err(error) if group.len() > 1 => {
                tracing::warn!(%error, days = group.len(), "days that could not be rolled up together are each tried alone");
                for key in group {
                    together(flaro, vec![key]).await?;
                }
            }
            done => done?,
        }
        if flaro.is_receiving() {
            tokio::time::sleep(began.elapsed() * REST_TIMES).await;
        }
    }
    Ok(found)
}

/// Days of one company and date, in the order in which the first of each group was marked.
fn groups(dirty: Vec<DayKey>) -> Vec<Vec<DayKey>> {
    let mut groups: Vec<Vec<DayKey>> = Vec::new();
    for key in dirty {
        let open = groups.iter_mut().find(|group| {
            group.len() < TOGETHER_MAX && group[0].company.as_str() == key.company.as_str() && group[0].date == key.date
        });
        match open {
            Some(group) => group.push(key),
            None => groups.push(vec![key]),
        }
    }
    groups
}

async fn dirty(tx: &mut Tx) -> Result<Vec<DayKey>, DbError> {
    let rows = tx.fetch_all(DIRTY, args![DAYS_AT_ONCE]).await?;
    let key = |row: &db::Row| -> Result<DayKey, DbError> {
        Ok(DayKey { company: Company::of(row)?, store: row.text("store_id")?, date: row.text("business_date")? })
    };
    rows.iter().map(key).collect()
}

const BEFORE: &str = "SELECT r.digest, p.sums FROM day_rollup r
    LEFT JOIN day_packed p ON p.company_id = r.company_id AND p.store_id = r.store_id
      AND p.business_date = r.business_date
    WHERE r.company_id = $1 AND r.store_id = $2 AND r.business_date = $3";

/// A day ready to be written: what it comes to, and what that changes.
struct Ready {
    built: Built,
    packed: Vec<u8>,
    delta: Sums,
}

/// A day as it was found, and what it comes to.
struct Found {
    key: DayKey,
    digest: Option<String>,
    before: Option<String>,
    /// What takes the day out of the sums, should it not be computable.
    taken_out: Sums,
    ready: Result<Ready, String>,
}

/// The digest of a day with the frames of what stands, then the digest it was rolled up at with what it came to.
type Read = ((Option<String>, Vec<Vec<u8>>), (Option<String>, Option<Vec<u8>>));

/// Rolls up days of one company and date in one transaction.
async fn together(flaro: &Flaro, mut keys: Vec<DayKey>) -> Result<(), FlaroError> {
    // In the order in which everybody takes the stores' locks.
    keys.sort_by(|a, b| a.store.cmp(&b.store));
    let seen = flaro.db.read(async move |tx: &mut Tx| -> Result<Vec<(DayKey, Read)>, DbError> {
        let (mut seen, mut bytes) = (Vec::with_capacity(keys.len()), 0);
        for key in keys {
            let read = (standing(tx, &key).await?, before(tx, &key).await?);
            bytes += read.0.1.iter().map(Vec::len).sum::<usize>();
            if bytes > TOGETHER_BYTES_MAX && !seen.is_empty() {
                break;
            }
            seen.push((key, read));
        }
        Ok(seen)
    });
    let seen = seen.await?;
    let found = web::apart(move || {
        let found = |(key, ((digest, frames), (before, packed))): (DayKey, Read)| {
            let old = packed.as_deref().map(unpack).transpose()?.unwrap_or_default();
            let ready = ready(&frames, &old).map_err(|error| {
                tracing::error!(store = key.store, date = key.date, %error, "the rollups of a day can't be built");
                error.to_string()
            });
            Ok(Found { taken_out: sums::delta(&old, &Sums::new()), key, digest, before, ready })
        };
        seen.into_iter().map(found).collect::<Result<Vec<Found>, FlaroError>>()
    });
    let found = found.await.unwrap_or_else(|why| Err(FlaroError::stored("a day's events", why)))?;
    let at = flaro.now().as_millisecond();
    let unit = async move |tx: &mut Tx| -> Result<(), DbError> {
        // The receipt of an event holds the same lock: what is compared here can't change before this is written.
        for Found { key, .. } in &found {
            tx.lock(&format!("store/{}/{}", key.company.as_str(), key.store)).await?;
        }
        let mut standing = Vec::with_capacity(found.len());
        for one in &found {
            if still(tx, one).await? {
                standing.push(one);
            }
        }
        write(tx, &standing, at).await
    };
    Ok(flaro.db.write(unit).await?)
}

/// Whether nothing happened to the day since it was read: neither its events, nor what is in the sums of it.
async fn still(tx: &mut Tx, found: &Found) -> Result<bool, DbError> {
    let key = &found.key;
    let now = tx.fetch_optional(DIGEST, args![key.company.as_str(), &key.store, &key.date]).await?;
    let now = now.map(|row| row.text("digest")).transpose()?;
    Ok(now.is_some() && now == found.digest && before(tx, key).await?.0 == found.before)
}

async fn write(tx: &mut Tx, found: &[&Found], at: i64) -> Result<(), DbError> {
    let Some(first) = found.first() else { return Ok(()) };
    let change = |found: &Found| found.ready.as_ref().map_or(found.taken_out.clone(), |ready| ready.delta.clone());
    let stores: Vec<(&DayKey, Sums)> = found.iter().map(|one| (&one.key, change(one))).collect();
    spans::add(tx, &first.key, &stores).await?;
    let mut built = Vec::with_capacity(found.len());
    for one in found {
        let ready = one.ready.as_ref();
        spans::keep(tx, &one.key, ready.ok().map(|ready| ready.packed.as_slice())).await?;
        let digest = one.digest.as_deref().unwrap_or_default();
        write::replace(tx, &one.key, digest, ready.map(|ready| &ready.built), at).await?;
        built.extend(ready.ok().map(|ready| &ready.built));
    }
    labels::note(tx, &first.key, &built).await?;
    seen::note(tx, &first.key, &built).await
}

fn ready(frames: &[Vec<u8>], old: &Sums) -> Result<Ready, FlaroError> {
    let built = build(frames)?;
    let new = sums::sums(&built)?;
    Ok(Ready { packed: sums::pack(&new)?, delta: sums::delta(old, &new), built })
}

/// The digest that the day was rolled up at, and what of it is in the sums.
async fn before(tx: &mut Tx, key: &DayKey) -> Result<(Option<String>, Option<Vec<u8>>), DbError> {
    let row = tx.fetch_optional(BEFORE, args![key.company.as_str(), &key.store, &key.date]).await?;
    let Some(row) = row else { return Ok((None, None)) };
    Ok((Some(row.text("digest")?), row.opt_bytes("sums")?))
}

/// The digest of a day and the bytes of what stands, from one snapshot.
pub(crate) async fn standing(tx: &mut Tx, key: &DayKey) -> Result<(Option<String>, Vec<Vec<u8>>), DbError> {
    let digest = tx.fetch_optional(DIGEST, args![key.company.as_str(), &key.store, &key.date]).await?;
    let frames = tx.fetch_all(FRAMES, args![key.company.as_str(), &key.store, &key.date]).await?;
    let digest = digest.map(|row| row.text("digest")).transpose()?;
    Ok((digest, frames.iter().map(|row| row.bytes("frame")).collect::<Result<_, _>>()?))
}
