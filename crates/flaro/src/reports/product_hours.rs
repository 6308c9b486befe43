//! Product × hour of single stores, out of what is kept packed beside each day. The whole company's is in its sums.

use super::{By, Range, over, totals::Key};
use crate::{
    FlaroError,
    rollup::{Figures, Part, unpack},
    tenant::scoped,
};
use db::{Sql, Tx};
use std::collections::BTreeMap;

const PACKED: Sql =
    over!("SELECT d.store_id, d.business_date, d.sums FROM day_packed d", "d", "AND d.business_date BETWEEN $5 AND $6");

/// Adds the cells of every store and day of the range.
pub(super) async fn add(
    tx: &mut Tx,
    range: &Range,
    by: By,
    sums: &mut BTreeMap<Key, Figures>,
) -> Result<(), FlaroError> {
    let (from, to) = (range.period.from.to_string(), range.period.to.to_string());
    for row in tx.fetch_all(PACKED, scoped!(range.scope, range.store_list(), from, to)).await? {
        let (store, date) = (row.text("store_id")?, row.text("business_date")?);
        for (key, figures) in unpack(&row.bytes("sums")?)? {
            if key.part == Part::ProductHour {
                sums.entry(by.key(&store, &date, &key.item, key.hour, &key.class)).or_default().add(&figures);
            }
        }
    }
    Ok(())
}
