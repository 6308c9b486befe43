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

/// The most days taken from the queue at a time.
const DAYS_AT_ONCE: i64 = 32;

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
    for key in dirty {
        one(flaro, key).await?;
    }
    Ok(found)
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

async fn one(flaro: &Flaro, key: DayKey) -> Result<(), FlaroError> {
    let asked = key.clone();
    let seen = flaro.db.read(async move |tx: &mut Tx| -> Result<_, DbError> {
        let before = before(tx, &asked).await?;
        Ok((standing(tx, &asked).await?, before))
    });
    let ((digest, frames), before_digest, packed) = {
        let (standing, (before_digest, packed)) = seen.await?;
        (standing, before_digest, packed)
    };
    let old = packed.as_deref().map(unpack).transpose()?.unwrap_or_default();
    let taken_out = sums::delta(&old, &Sums::new());
    let built = tokio::task::spawn_blocking(move || ready(&frames, &old)).await;
    let built = built.unwrap_or_else(|why| Err(FlaroError::stored("a day's events", why)));
    if let Err(error) = &built {
        tracing::error!(store = key.store, date = key.date, %error, "the rollups of a day can't be built");
    }
    let built = built.map_err(|error| error.to_string());
    let at = flaro.now().as_millisecond();
    let unit = async move |tx: &mut Tx| -> Result<(), DbError> {
        // The receipt of an event holds the same lock: what is compared here can't change before this is written.
        tx.lock(&format!("store/{}/{}", key.company.as_str(), key.store)).await?;
        let now = tx.fetch_optional(DIGEST, args![key.company.as_str(), &key.store, &key.date]).await?;
        let unchanged = now.map(|row| row.text("digest")).transpose()? == digest;
        // What is taken out of the sums must be what is in them: another process may have been here.
        let unchanged = unchanged && before(tx, &key).await?.0 == before_digest;
        let Some(digest) = digest.filter(|_| unchanged) else { return Ok(()) };
        let (delta, packed) = match &built {
            Ok(ready) => (&ready.delta, Some(ready.packed.as_slice())),
            Err(_) => (&taken_out, None),
        };
        spans::add(tx, &key, delta, packed).await?;
        write::replace(tx, &key, &digest, built.as_ref().map(|ready| &ready.built), at).await
    };
    Ok(flaro.db.write(unit).await?)
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
