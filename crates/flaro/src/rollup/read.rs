//! Rollups as pages read them: over the stores a person may see. Whoever shows them says which days are 集計中.

use crate::{
    FlaroError, storable,
    tenant::{Scope, in_scope, scoped},
};
use db::Tx;
use jiff::civil::Date;
use sales::StoreId;
use std::collections::HashMap;

const HOURS: &str = concat!(
    "SELECT h.hour, CAST(SUM(h.net) AS BIGINT) AS net, CAST(SUM(h.guests) AS BIGINT) AS guests
     FROM rollup_hourly h WHERE ",
    in_scope!("h"),
    " AND h.business_date = $4 GROUP BY h.hour ORDER BY h.hour"
);

/// 時間帯 and its net sales and guests, of all stores in sight together.
pub(crate) async fn hours(tx: &mut Tx, scope: &Scope, date: Date) -> Result<Vec<(i64, i64, i64)>, FlaroError> {
    let rows = tx.fetch_all(HOURS, scoped!(scope, date.to_string())).await?;
    rows.iter().map(|row| Ok((row.int("hour")?, row.int("net")?, row.int("guests")?))).collect()
}

const MEDIA: &str = concat!(
    "SELECT m.store_id, CAST(SUM(m.net) AS BIGINT) AS net FROM rollup_media m WHERE ",
    in_scope!("m"),
    " AND m.business_date = $4 AND m.code <> '' GROUP BY m.store_id"
);

/// The net sales that came by an ad medium, per store.
pub(crate) async fn media(tx: &mut Tx, scope: &Scope, date: Date) -> Result<HashMap<StoreId, i64>, FlaroError> {
    let rows = tx.fetch_all(MEDIA, scoped!(scope, date.to_string())).await?;
    let one = |row: &db::Row| Ok((storable::parsed("a store id", &row.text("store_id")?)?, row.int("net")?));
    rows.iter().map(one).collect()
}
