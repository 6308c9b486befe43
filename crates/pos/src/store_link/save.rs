//! 登録: all changed rows or none, in one transaction with their 変更履歴, the store table's new version and the
//! request to queue what was held.

use db::{Tx, args};
use jiff::Timestamp;
use jiff::civil::Date;
use sales::FlaroStoreCode;
use web::format;

use super::rules::{Change, Mistake, Typed, check};
use super::{StoreLink, list};
use crate::delivery::lane;
use crate::queue::{self, Kind};
use crate::{Pos, PosError, Tenant, audit, linkage};

/// What came of 登録.
#[derive(Clone, Debug)]
pub enum Saved {
    /// So many rows changed.
    Done(usize),
    /// Nothing changed: what is wrong beside which rows.
    Mistakes(Vec<Mistake>),
    /// Nothing changed: somebody else was quicker. One sentence per row, naming who changed what.
    Stale(Vec<String>),
}

// Codes that change are taken away first: two stores may swap theirs.
const CLEAR_CODE: &str = "
    UPDATE store_link SET flaro_store_code = NULL WHERE company_id = $1 AND generation = $2 AND store_id = $3";
const SAVE: &str = "
    INSERT INTO store_link (company_id, generation, store_id, flaro_store_code, start_date, end_date, enabled,
                            version, updated_by, updated_at, updated_what)
    VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8, $9, $10)
    ON CONFLICT (company_id, generation, store_id) DO UPDATE SET
      flaro_store_code = excluded.flaro_store_code, start_date = excluded.start_date, end_date = excluded.end_date,
      enabled = excluded.enabled, version = store_link.version + 1, updated_by = excluded.updated_by,
      updated_at = excluded.updated_at, updated_what = excluded.updated_what";

/// Saves the rows of a form made for `generation` (none: whichever is linked now).
pub async fn save(
    pos: &Pos,
    tenant: &Tenant,
    who: &str,
    generation: Option<i64>,
    rows: Vec<Typed>,
) -> Result<Saved, PosError> {
    let (shared, tenant, who, now) = (pos.clone(), tenant.clone(), who.to_owned(), pos.now());
    let saved = pos
        .db
        .write(async move |tx: &mut Tx| -> Result<Saved, PosError> {
            tx.lock(&format!("linkage {tenant}")).await?;
            let linkage = linkage::linked(tx, &tenant).await?.ok_or(PosError::NotFound("linkage"))?;
            if generation.is_some_and(|generation| generation != linkage.generation) {
                return Ok(Saved::Stale(vec!["連携が解除され、新しく開始されています".to_owned()]));
            }
            let current = list(tx, &tenant, linkage.generation).await?;
            let stale = stale(&current, &rows);
            if !stale.is_empty() {
                return Ok(Saved::Stale(stale));
            }
            match check(&current, &rows, now) {
                Err(mistakes) => Ok(Saved::Mistakes(mistakes)),
                Ok(changes) => {
                    write(tx, &shared, &tenant, &who, linkage.generation, &changes, now).await?;
                    Ok(Saved::Done(changes.len()))
                }
            }
        })
        .await?;
    pos.wake.notify_one();
    Ok(saved)
}

/// Rows that somebody changed after the form was made.
fn stale(current: &[StoreLink], rows: &[Typed]) -> Vec<String> {
    let changed = |row: &Typed| {
        let link = current.iter().find(|link| link.store_id == row.store_id)?;
        let outdated = row.version.is_some_and(|version| version != link.version);
        outdated.then(|| {
            let (at, who) = (format::date_time(link.updated_at, &link.zone), &link.updated_by);
            format!("「{}」の{}を、{at}に{who}さんが変更しました", link.store_name, link.updated_what)
        })
    };
    rows.iter().filter_map(changed).collect()
}

async fn write(
    tx: &mut Tx,
    pos: &Pos,
    tenant: &Tenant,
    who: &str,
    generation: i64,
    changes: &[Change],
    now: Timestamp,
) -> Result<(), PosError> {
    if changes.is_empty() {
        return Ok(());
    }
    // The linkage's row first: whoever takes both, takes them in this order.
    linkage::stores_changed(tx, tenant).await?;
    lane::lock_all(tx, tenant, generation).await?;
    for change in changes.iter().filter(|change| change.from.code != change.to.code) {
        tx.execute(CLEAR_CODE, args![tenant.as_str(), generation, change.from.store_id.to_string()]).await?;
    }
    for Change { from, to } in changes {
        let date = |date: Option<Date>| date.map(|date| date.to_string());
        let change = Change { from: from.clone(), to: to.clone() };
        let row = args![
            tenant.as_str(),
            generation,
            from.store_id.to_string(),
            to.code.as_ref().map(FlaroStoreCode::as_str),
            date(to.start),
            date(to.end),
            to.enabled,
            who,
            now.as_millisecond(),
            change.what(),
        ];
        tx.execute(SAVE, row).await?;
        let (before, after) = (from.values().words(), to.words());
        audit::note(tx, pos, tenant, who, "FLARO連携の店舗設定を変更", &from.store_name, Some(&before), Some(&after))
            .await?;
        // What was held while it was off, or fell outside the dates as they were, is queued now.
        if let (true, Some(window)) = (to.enabled, to.start.zip(to.end)) {
            queue::request(tx, pos, tenant, who, generation, from.store_id, Kind::Held, window).await?;
        }
    }
    Ok(())
}
