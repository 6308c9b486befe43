//! 過不足: the drawers of settlements, till by till.

use super::{Range, over};
use crate::{FlaroError, storable, tenant::scoped};
use db::{Row, Sql, Tx};
use jiff::{Timestamp, civil::Date};

/// The drawer of one settlement.
#[derive(Clone, Debug)]
pub(crate) struct Drawer {
    pub store: String,
    pub date: Date,
    pub register: String,
    pub z_number: i64,
    pub closed_at: Timestamp,
    pub opening_float: i64,
    pub cash_in: i64,
    pub cash_out: i64,
    pub expected: i64,
    /// None: 未計数.
    pub counted: Option<i64>,
    pub over_short: Option<i64>,
    pub bank_deposit: i64,
    pub carry_over: i64,
}

const DRAWERS: Sql = over!(
    "SELECT d.store_id, d.business_date, d.register_name, d.z_number, d.closed_at, d.opening_float, d.cash_in, d.cash_out,
       d.expected, d.counted, d.over_short, d.bank_deposit, d.carry_over FROM rollup_cash d",
    "d",
    "AND d.business_date BETWEEN $5 AND $6
       AND ($7 = '' OR ($7 = 'off' AND d.over_short <> 0) OR ($7 = 'uncounted' AND d.counted IS NULL))
     ORDER BY d.business_date DESC, d.store_id, d.register_name, d.z_number LIMIT $8"
);

/// The drawers of a range, newest first: all, those that are off, or those nobody counted.
pub(crate) async fn drawers(tx: &mut Tx, range: &Range, which: &str, limit: i64) -> Result<Vec<Drawer>, FlaroError> {
    let (from, to) = (range.period.from.to_string(), range.period.to.to_string());
    let asked = scoped!(range.scope, range.store_list(), from, to, which, limit);
    tx.fetch_all(DRAWERS, asked).await?.iter().map(Drawer::read).collect()
}

impl Drawer {
    fn read(row: &Row) -> Result<Self, FlaroError> {
        Ok(Self {
            store: row.text("store_id")?,
            date: storable::date(&row.text("business_date")?)?,
            register: row.text("register_name")?,
            z_number: row.int("z_number")?,
            closed_at: storable::instant(row.int("closed_at")?)?,
            opening_float: row.int("opening_float")?,
            cash_in: row.int("cash_in")?,
            cash_out: row.int("cash_out")?,
            expected: row.int("expected")?,
            counted: row.opt_int("counted")?,
            over_short: row.opt_int("over_short")?,
            bank_deposit: row.int("bank_deposit")?,
            carry_over: row.int("carry_over")?,
        })
    }
}
