//! 予算: what a store means to sell, per day. A month's amount is spread over its days by weekday weights, to the yen;
//! the days are what counts, and each may be changed afterwards.

use crate::{
    Company, FlaroError,
    bulk::upsert_rows,
    months::Month,
    storable,
    tenant::{Scope, in_scope, scoped},
};
use db::{DbError, Row, Sql, Tx, args};
use jiff::civil::Date;
use sales::{Overflow, StoreId, Yen, share};
use serde_json::{Value, json};
use std::collections::{BTreeMap, HashMap};

/// The most a budget of a day or a month may be.
pub(crate) const NET_MAX: i64 = 99_999_999_999;
/// The most guests.
pub(crate) const GUESTS_MAX: i64 = 9_999_999;

/// A budget of a day, or the sum of several.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Budget {
    /// 売上予算（税抜）
    pub net: i64,
    /// 客数予算, where it was given.
    pub guests: Option<i64>,
}

/// The budgets of a span of days, added up.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sum {
    pub budget: Budget,
    /// How many days have one.
    pub days: i64,
}

/// What was entered for a month, and how it is spread: weights from Monday to Sunday.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entered {
    pub budget: Budget,
    pub weights: [i64; 7],
}

const SUMS: &str = concat!(
    "SELECT b.store_id, CAST(SUM(b.net) AS BIGINT) AS net, CAST(SUM(b.guests) AS BIGINT) AS guests, COUNT(*) AS days
     FROM budget_day b WHERE ",
    in_scope!("b"),
    " AND b.business_date BETWEEN $4 AND $5 GROUP BY b.store_id"
);
const DAYS: &str = concat!(
    "SELECT b.store_id, b.business_date, b.net, b.guests FROM budget_day b WHERE ",
    in_scope!("b"),
    " AND b.business_date BETWEEN $4 AND $5"
);
const OF_STORE: &str = "SELECT business_date, net, guests FROM budget_day
    WHERE company_id = $1 AND store_id = $2 AND business_date BETWEEN $3 AND $4";
const ENTERED: &str =
    "SELECT net, guests, weights FROM budget_month WHERE company_id = $1 AND store_id = $2 AND month = $3";
const LATEST: &str = "SELECT net, guests, weights FROM budget_month
    WHERE company_id = $1 AND store_id = $2 AND month < $3 ORDER BY month DESC LIMIT 1";
const PUT: Sql = upsert_rows!(
    "budget_day", keys: "store_id" "TEXT", "business_date" "TEXT"; values: "net" "BIGINT", "guests" "BIGINT"
);
const DROP: &str = "DELETE FROM budget_day WHERE company_id = $1 AND store_id = $2 AND business_date = $3";
const ENTER: &str = "INSERT INTO budget_month (company_id, store_id, month, net, guests, weights)
    VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (company_id, store_id, month) DO UPDATE SET
      net = excluded.net, guests = excluded.guests, weights = excluded.weights";

/// Per store in sight, from the first day to the last, both in it.
pub(crate) async fn sums(
    tx: &mut Tx,
    scope: &Scope,
    from: Date,
    to: Date,
) -> Result<HashMap<StoreId, Sum>, FlaroError> {
    let rows = tx.fetch_all(SUMS, scoped!(scope, from.to_string(), to.to_string())).await?;
    let one = |row: &Row| Ok((store(row)?, Sum { budget: budget(row)?, days: row.int("days")? }));
    rows.iter().map(one).collect()
}

/// Per store in sight and day.
pub(crate) async fn days(
    tx: &mut Tx,
    scope: &Scope,
    from: Date,
    to: Date,
) -> Result<HashMap<(StoreId, Date), Budget>, FlaroError> {
    let rows = tx.fetch_all(DAYS, scoped!(scope, from.to_string(), to.to_string())).await?;
    rows.iter().map(|row| Ok(((store(row)?, date(row)?), budget(row)?))).collect()
}

/// A store's month, day by day.
pub(crate) async fn month(
    tx: &mut Tx,
    company: &Company,
    store: StoreId,
    month: Month,
) -> Result<BTreeMap<Date, Budget>, FlaroError> {
    let asked = args![company.as_str(), store.to_string(), month.first().to_string(), month.last().to_string()];
    let rows = tx.fetch_all(OF_STORE, asked).await?;
    rows.iter().map(|row| Ok((date(row)?, budget(row)?))).collect()
}

/// What was entered for a month; else the weights of the latest month before it, to begin with.
pub(crate) async fn entered(
    tx: &mut Tx,
    company: &Company,
    store: StoreId,
    month: Month,
) -> Result<(Option<Entered>, [i64; 7]), FlaroError> {
    let asked = || args![company.as_str(), store.to_string(), month.to_string()];
    if let Some(row) = tx.fetch_optional(ENTERED, asked()).await? {
        let entered = read_entered(&row)?;
        return Ok((Some(entered.clone()), entered.weights));
    }
    let before = tx.fetch_optional(LATEST, asked()).await?;
    let weights = before.as_ref().map(read_entered).transpose()?.map_or([1; 7], |entered| entered.weights);
    Ok((None, weights))
}

/// Writes days; none takes a day's budget away.
pub(crate) async fn put(
    tx: &mut Tx,
    company: &Company,
    days: &[(StoreId, Date, Option<Budget>)],
) -> Result<(), DbError> {
    let mut rows = Vec::new();
    for (store, date, budget) in days {
        match budget {
            Some(Budget { net, guests }) => {
                rows.push(json!({"store_id": store, "business_date": date, "net": net, "guests": guests}));
            }
            None => {
                tx.execute(DROP, args![company.as_str(), store.to_string(), date.to_string()]).await?;
            }
        }
    }
    if rows.is_empty() {
        return Ok(());
    }
    tx.execute(PUT, args![company.as_str(), Value::from(rows).to_string()]).await.map(drop)
}

/// Keeps what was entered for a month.
pub(crate) async fn enter(
    tx: &mut Tx,
    company: &Company,
    store: StoreId,
    month: Month,
    entered: &Entered,
) -> Result<(), DbError> {
    let (id, weights) = (store.to_string(), Value::from(entered.weights.to_vec()).to_string());
    let Budget { net, guests } = entered.budget;
    let row = args![company.as_str(), id, month.to_string(), net, guests, weights];
    tx.execute(ENTER, row).await.map(drop)
}

/// Spreads a month over its days by weekday; 休業日 get nothing. Every yen and every guest is given to some day.
pub(crate) fn spread(entered: &Entered, month: Month, closed: &[Date]) -> Result<Vec<(Date, Budget)>, Overflow> {
    let weight = |date: Date| {
        let weekday = usize::try_from(date.weekday().to_monday_zero_offset()).unwrap_or(0);
        if closed.contains(&date) { Yen::ZERO } else { Yen(entered.weights[weekday]) }
    };
    let dates: Vec<Date> = month.days().collect();
    let weights: Vec<Yen> = dates.iter().map(|date| weight(*date)).collect();
    let net = share(Yen(entered.budget.net), &weights)?;
    let guests = entered.budget.guests.map(|guests| share(Yen(guests), &weights)).transpose()?;
    let guests = |at: usize| guests.as_ref().map(|guests| guests[at].0);
    Ok(dates.iter().enumerate().map(|(at, date)| (*date, Budget { net: net[at].0, guests: guests(at) })).collect())
}

/// Budgets added up; guests are known where any day says them.
pub(crate) fn total<'a>(budgets: impl IntoIterator<Item = &'a Budget>) -> Budget {
    budgets.into_iter().fold(Budget::default(), |sum, budget| Budget {
        net: sum.net.saturating_add(budget.net),
        guests: match (sum.guests, budget.guests) {
            (None, None) => None,
            (a, b) => Some(a.unwrap_or(0).saturating_add(b.unwrap_or(0))),
        },
    })
}

fn budget(row: &Row) -> Result<Budget, FlaroError> {
    Ok(Budget { net: row.int("net")?, guests: row.opt_int("guests")? })
}

fn store(row: &Row) -> Result<StoreId, FlaroError> {
    storable::parsed("a store id", &row.text("store_id")?)
}

fn date(row: &Row) -> Result<Date, FlaroError> {
    storable::date(&row.text("business_date")?)
}

fn read_entered(row: &Row) -> Result<Entered, FlaroError> {
    let weights = serde_json::from_str(&row.text("weights")?);
    Ok(Entered { budget: budget(row)?, weights: weights.map_err(|why| FlaroError::stored("a budget's weights", why))? })
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_month_is_spread_to_the_yen_by_weekday_and_closed_days_get_nothing() {
        let november = Month::of(date(2026, 11, 1));
        let entered = Entered { budget: Budget { net: 1_000_003, guests: Some(101) }, weights: [1, 1, 1, 1, 2, 3, 3] };
        let closed = [date(2026, 11, 23)];
        let days = spread(&entered, november, &closed).unwrap();
        assert_eq!(days.len(), 30);
        let sum = total(days.iter().map(|(_, budget)| budget));
        assert_eq!(sum, entered.budget, "nothing is lost by rounding");
        let on = |day: i8| days.iter().find(|(date, _)| date.day() == day).unwrap().1;
        assert_eq!(on(23), Budget { net: 0, guests: Some(0) }, "休業日");
        assert!(on(7).net > 2 * on(4).net, "Saturday has three times Wednesday's");
        let nothing = Entered { weights: [0; 7], ..entered };
        assert!(spread(&nothing, november, &[]).is_err(), "an amount can't be spread over nothing");
    }
}
