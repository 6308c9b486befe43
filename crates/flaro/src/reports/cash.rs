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

/// What the drawers of a date come to together.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct DrawerSums {
    pub settlements: i64,
    /// How many are off, and by how much more or less than there should be.
    pub off: i64,
    pub over: i64,
    pub short: i64,
    pub uncounted: i64,
    pub opening_float: i64,
    pub cash_in: i64,
    pub cash_out: i64,
    pub expected: i64,
    pub counted: i64,
    pub bank_deposit: i64,
    pub carry_over: i64,
}

const SUMS: Sql = over!(
    "SELECT d.business_date, COUNT(*) AS settlements,
       CAST(SUM(CASE WHEN d.over_short <> 0 THEN 1 ELSE 0 END) AS BIGINT) AS off,
       CAST(SUM(CASE WHEN d.over_short > 0 THEN d.over_short ELSE 0 END) AS BIGINT) AS over_sum,
       CAST(SUM(CASE WHEN d.over_short < 0 THEN d.over_short ELSE 0 END) AS BIGINT) AS short_sum,
       CAST(SUM(CASE WHEN d.counted IS NULL THEN 1 ELSE 0 END) AS BIGINT) AS uncounted,
       CAST(SUM(d.opening_float) AS BIGINT) AS opening_float, CAST(SUM(d.cash_in) AS BIGINT) AS cash_in,
       CAST(SUM(d.cash_out) AS BIGINT) AS cash_out, CAST(SUM(d.expected) AS BIGINT) AS expected,
       CAST(SUM(COALESCE(d.counted, 0)) AS BIGINT) AS counted, CAST(SUM(d.bank_deposit) AS BIGINT) AS bank_deposit,
       CAST(SUM(d.carry_over) AS BIGINT) AS carry_over
     FROM rollup_cash d",
    "d",
    "AND d.business_date BETWEEN $5 AND $6
       AND ($7 = '' OR ($7 = 'off' AND d.over_short <> 0) OR ($7 = 'uncounted' AND d.counted IS NULL))
     GROUP BY d.business_date ORDER BY d.business_date"
);

/// What the same drawers come to, date by date.
pub(crate) async fn drawer_sums(
    tx: &mut Tx,
    range: &Range,
    which: &str,
) -> Result<Vec<(Date, DrawerSums)>, FlaroError> {
    let (from, to) = (range.period.from.to_string(), range.period.to.to_string());
    let rows = tx.fetch_all(SUMS, scoped!(range.scope, range.store_list(), from, to, which)).await?;
    rows.iter().map(|row| Ok((storable::date(&row.text("business_date")?)?, DrawerSums::read(row)?))).collect()
}

impl DrawerSums {
    fn read(row: &Row) -> Result<Self, FlaroError> {
        Ok(Self {
            settlements: row.int("settlements")?,
            off: row.int("off")?,
            over: row.int("over_sum")?,
            short: row.int("short_sum")?,
            uncounted: row.int("uncounted")?,
            opening_float: row.int("opening_float")?,
            cash_in: row.int("cash_in")?,
            cash_out: row.int("cash_out")?,
            expected: row.int("expected")?,
            counted: row.int("counted")?,
            bank_deposit: row.int("bank_deposit")?,
            carry_over: row.int("carry_over")?,
        })
    }

    /// All of them together.
    pub fn sum(days: &[(Date, Self)]) -> Self {
        days.iter().fold(Self::default(), |a, (_, b)| Self {
            settlements: a.settlements.saturating_add(b.settlements),
            off: a.off.saturating_add(b.off),
            over: a.over.saturating_add(b.over),
            short: a.short.saturating_add(b.short),
            uncounted: a.uncounted.saturating_add(b.uncounted),
            opening_float: a.opening_float.saturating_add(b.opening_float),
            cash_in: a.cash_in.saturating_add(b.cash_in),
            cash_out: a.cash_out.saturating_add(b.cash_out),
            expected: a.expected.saturating_add(b.expected),
            counted: a.counted.saturating_add(b.counted),
            bank_deposit: a.bank_deposit.saturating_add(b.bank_deposit),
            carry_over: a.carry_over.saturating_add(b.carry_over),
        })
    }

    /// 過不足
    pub fn over_short(&self) -> i64 {
        self.over.saturating_add(self.short)
    }
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
