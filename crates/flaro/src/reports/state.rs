//! Which days of a report are not in its figures yet: those that wait for their rollup (集計中), and those whose events
//! can't be summed up.

use super::{Range, over};
use crate::{
    FlaroError, storable,
    tenant::{in_scope, scoped},
};
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
macro_rules! failed {
    ($index:literal) => {
        concat!(
            "SELECT d.store_id, d.business_date FROM day_rollup d",
            $index,
            " WHERE ",
            in_scope!("d"),
            " AND d.business_date BETWEEN $4 AND $5 AND d.error IS NOT NULL
             ORDER BY d.business_date, d.store_id LIMIT $6"
        )
    };
}

/// Without the stores: there are few such days in a company. SQLite keeps no statistics and would rather read every day
/// of the period, so it is told which index has those that failed.
const FAILED: Sql = Sql { sqlite: failed!(" INDEXED BY day_rollup_failed"), postgres: failed!("") };

/// What of a range is behind.
pub(crate) async fn behind(tx: &mut Tx, range: &Range) -> Result<Behind, FlaroError> {
    let (from, to) = (range.period.from.to_string(), range.period.to.to_string());
    let read = |row: &Row| Ok((row.text("store_id")?, storable::date(&row.text("business_date")?)?));
    let waiting = tx.fetch_all(WAITING, scoped!(range.scope, range.store_list(), &from, &to, NAMED_MAX)).await?;
    let failed = tx.fetch_all(FAILED, scoped!(range.scope, from, to, NAMED_MAX)).await?;
    let failed: Vec<(String, Date)> = failed.iter().map(read).collect::<Result<_, FlaroError>>()?;
    Ok(Behind {
        waiting: waiting.iter().map(read).collect::<Result<_, FlaroError>>()?,
        failed: failed.into_iter().filter(|(store, _)| range.stores.contains(store)).collect(),
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
