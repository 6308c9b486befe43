//! 会計明細: checks over a period, narrowed by words, hour, amount and kind.

use super::{Range, over};
use crate::{FlaroError, storable, tenant::scoped};
use db::{Args, Row, Sql, Tx};
use jiff::{Timestamp, civil::Date};

/// Counting stops here: beyond it a person narrows the search.
pub(crate) const COUNTED_MAX: i64 = 10_000;

/// What checks are looked for; what is empty narrows nothing.
#[derive(Clone, Debug, Default)]
pub(crate) struct Search {
    /// A slip number, a table, a staff code or an ad medium, exactly.
    pub words: String,
    /// −1: every hour.
    pub hour: i64,
    /// 支払合計 from.
    pub least: i64,
    /// 支払合計 to.
    pub most: i64,
    /// `void` for 赤伝票 only, `sale` for all others.
    pub kind: String,
}

/// A check as the index has it.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub id: String,
    pub store: String,
    pub date: Date,
    pub register_id: String,
    pub slip: i64,
    pub hour: i64,
    pub paid_at: Timestamp,
    pub guests: i64,
    pub net: i64,
    pub tax: i64,
    pub total: i64,
    pub table: String,
    pub staff: String,
    pub medium: String,
    pub reverses: bool,
}

macro_rules! narrowed {
    ($rest:literal) => {
        concat!(
            "AND c.business_date BETWEEN $5 AND $6 AND ($7 < 0 OR c.hour = $7)
             AND ($8 = '' OR CAST(c.slip AS TEXT) = $8 OR c.staff = $8 OR c.table_name = $8 OR c.medium = $8)
             AND c.total BETWEEN $9 AND $10
             AND ($11 = '' OR ($11 = 'void' AND c.reverses IS NOT NULL) OR ($11 = 'sale' AND c.reverses IS NULL)) ",
            $rest
        )
    };
}

const ROWS: Sql = over!(
    "SELECT c.check_id, c.store_id, c.business_date, c.register_id, c.slip, c.hour, c.paid_at, c.guests, c.net, c.tax,
       c.total, c.table_name, c.staff, c.medium, c.reverses FROM check_index c",
    "c",
    narrowed!("ORDER BY c.business_date DESC, c.paid_at DESC, c.check_id LIMIT $12 OFFSET $13")
);
const COUNT: Sql = over!(
    "SELECT COUNT(*) AS n, CAST(COALESCE(SUM(f.net), 0) AS BIGINT) AS net, CAST(COALESCE(SUM(f.tax), 0) AS BIGINT) AS tax,
       CAST(COALESCE(SUM(f.total), 0) AS BIGINT) AS total, CAST(COALESCE(SUM(f.guests), 0) AS BIGINT) AS guests
     FROM (SELECT c.net, c.tax, c.total, c.guests FROM check_index c",
    "c",
    narrowed!("LIMIT $12) f")
);

/// The checks found (from `offset`, at most `limit`), how many there are (as far as [`COUNTED_MAX`] and one more), and
/// what those that were counted come to: net, tax, total, guests.
pub(crate) async fn search(
    tx: &mut Tx,
    range: &Range,
    search: &Search,
    limit: i64,
    offset: i64,
) -> Result<(Vec<Found>, i64, [i64; 4]), FlaroError> {
    let Search { words, hour, least, most, kind } = search;
    let (from, to) = (range.period.from.to_string(), range.period.to.to_string());
    let counting: Args =
        scoped!(range.scope, range.store_list(), &from, &to, *hour, words, *least, *most, kind, COUNTED_MAX + 1);
    let counted = tx.fetch_one(COUNT, counting).await?;
    let asked: Args =
        scoped!(range.scope, range.store_list(), from, to, *hour, words, *least, *most, kind, limit, offset);
    let rows = tx.fetch_all(ROWS, asked).await?;
    let found = rows.iter().map(Found::read).collect::<Result<_, _>>()?;
    let sums = [counted.int("net")?, counted.int("tax")?, counted.int("total")?, counted.int("guests")?];
    Ok((found, counted.int("n")?, sums))
}

impl Found {
    fn read(row: &Row) -> Result<Self, FlaroError> {
        Ok(Self {
            id: row.text("check_id")?,
            store: row.text("store_id")?,
            date: storable::date(&row.text("business_date")?)?,
            register_id: row.text("register_id")?,
            slip: row.int("slip")?,
            hour: row.int("hour")?,
            paid_at: storable::instant(row.int("paid_at")?)?,
            guests: row.int("guests")?,
            net: row.int("net")?,
            tax: row.int("tax")?,
            total: row.int("total")?,
            table: row.opt_text("table_name")?.unwrap_or_default(),
            staff: row.text("staff")?,
            medium: row.opt_text("medium")?.unwrap_or_default(),
            reverses: row.opt_text("reverses")?.is_some(),
        })
    }
}
