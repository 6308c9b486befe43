//! Which days of a report are not in its figures yet: those that wait for their rollup (集計中), and those whose events
//! can't be summed up.

use super::{Range, over};
use crate::{FlaroError, storable, tenant::scoped};
use db::{Row, Sql, Tx};
use jiff::civil::Date;

/// The most days that are named.
const NAMED_MAX: i64 = 200;

/// Days that are behind.
#[derive(Clone, Debug, Default)]
pub(crate) struct Behind {
    /// Store and date of what waits.
    pub waiting: Vec<(String, Date)>,
    /// Store and date of what can't be summed up.
    pub failed: Vec<(String, Date)>,
}

const WAITING: Sql = over!(
    "SELECT d.store_id, d.business_date FROM dirty_day d",
    "d",
    "AND d.business_date BETWEEN $5 AND $6 ORDER BY d.business_date, d.store_id LIMIT $7"
);
const FAILED: Sql = over!(
    "SELECT d.store_id, d.business_date FROM day_rollup d",
    "d",
    "AND d.business_date BETWEEN $5 AND $6 AND d.error IS NOT NULL ORDER BY d.business_date, d.store_id LIMIT $7"
);

/// What of a range is behind.
pub(crate) async fn behind(tx: &mut Tx, range: &Range) -> Result<Behind, FlaroError> {
    let asked = || {
        let (from, to) = (range.period.from.to_string(), range.period.to.to_string());
        scoped!(range.scope, range.store_list(), from, to, NAMED_MAX)
    };
    let read = |row: &Row| Ok((row.text("store_id")?, storable::date(&row.text("business_date")?)?));
    let waiting = tx.fetch_all(WAITING, asked()).await?;
    let failed = tx.fetch_all(FAILED, asked()).await?;
    Ok(Behind {
        waiting: waiting.iter().map(read).collect::<Result<_, FlaroError>>()?,
        failed: failed.iter().map(read).collect::<Result<_, FlaroError>>()?,
    })
}

impl Behind {
    /// Whether a store's date waits.
    pub fn waits(&self, store: &str, date: Date) -> bool {
        self.waiting.iter().any(|(id, day)| id == store && *day == date)
    }

    /// Whether anything of a date waits.
    pub fn waits_on(&self, date: Date) -> bool {
        self.waiting.iter().any(|(_, day)| *day == date)
    }
}
