//! 経費: A (advertising), R (rent) and O (other) per store and month, spread over its days to the yen; and L (labour)
//! per store and day, by hand, from a file, or one day from 勤怠. What nobody entered is unknown, not zero.

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
use web::text;

/// The most a cost may be.
const COST_MAX: i64 = 9_999_999_999;
/// Nobody works more hours in a store's day than this.
const HOURS_MAX: i64 = 9_999;

/// A, R and O of a month.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Fixed {
    /// A 広告宣伝費
    pub advertising: Option<i64>,
    /// R 家賃
    pub rent: Option<i64>,
    /// O その他経費
    pub other: Option<i64>,
}

/// Where a day's labour comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Source {
    /// Typed in.
    Hand,
    /// From a file.
    File,
    /// From 勤怠.
    Attendance,
}

/// L of a day.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Labour {
    pub cost: i64,
    /// 労働時間, in minutes.
    pub minutes: Option<i64>,
    pub source: Source,
}

impl Source {
    fn name(self) -> &'static str {
        match self {
            Self::Hand => "hand",
            Self::File => "file",
            Self::Attendance => "attendance",
        }
    }

    /// For people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Hand => "手入力",
            Self::File => "ファイル",
            Self::Attendance => "勤怠",
        }
    }

    fn read(name: &str) -> Result<Self, FlaroError> {
        let all = [Self::Hand, Self::File, Self::Attendance];
        all.into_iter().find(|s| s.name() == name).ok_or_else(|| FlaroError::stored("a source of labour", name))
    }
}

impl Fixed {
    /// All three, with the letters people know them by.
    pub fn named(self) -> [(&'static str, Option<i64>); 3] {
        [("広告宣伝費", self.advertising), ("家賃", self.rent), ("その他経費", self.other)]
    }

    /// In words, for 変更履歴.
    pub fn words(self) -> String {
        let words = |(name, yen): (&str, Option<i64>)| {
            format!("{name} {}", yen.map_or_else(|| "未入力".to_owned(), web::format::yen))
        };
        self.named().map(words).join("、")
    }

    fn is_nothing(self) -> bool {
        self == Self::default()
    }
}

const MONTHS: &str = concat!(
    "SELECT c.store_id, c.advertising, c.rent, c.other FROM cost_month c WHERE ",
    in_scope!("c"),
    " AND c.month = $4"
);
const ONE: &str =
    "SELECT advertising, rent, other FROM cost_month WHERE company_id = $1 AND store_id = $2 AND month = $3";
const PUT: &str = "INSERT INTO cost_month (company_id, store_id, month, advertising, rent, other)
    VALUES ($1, $2, $3, $4, $5, $6) ON CONFLICT (company_id, store_id, month) DO UPDATE SET
      advertising = excluded.advertising, rent = excluded.rent, other = excluded.other";
const DROP: &str = "DELETE FROM cost_month WHERE company_id = $1 AND store_id = $2 AND month = $3";
const DROP_DAYS: &str =
    "DELETE FROM cost_day WHERE company_id = $1 AND store_id = $2 AND business_date BETWEEN $3 AND $4";
const PUT_DAYS: Sql = upsert_rows!(
    "cost_day", keys: "store_id" "TEXT", "business_date" "TEXT";
    values: "advertising" "BIGINT", "rent" "BIGINT", "other" "BIGINT"
);
const LABOUR_SUMS: &str = concat!(
    "SELECT l.store_id, CAST(SUM(l.cost) AS BIGINT) AS cost, COUNT(*) AS days FROM labour_day l WHERE ",
    in_scope!("l"),
    " AND l.business_date BETWEEN $4 AND $5 GROUP BY l.store_id"
);
const LABOUR_DAYS: &str = concat!(
    "SELECT l.store_id, l.business_date, l.cost, l.minutes, l.source FROM labour_day l WHERE ",
    in_scope!("l"),
    " AND l.business_date BETWEEN $4 AND $5"
);
const LABOUR: &str = "SELECT business_date, cost, minutes, source FROM labour_day
    WHERE company_id = $1 AND store_id = $2 AND business_date BETWEEN $3 AND $4";
const PUT_LABOUR: Sql = upsert_rows!(
    "labour_day", keys: "store_id" "TEXT", "business_date" "TEXT";
    values: "cost" "BIGINT", "minutes" "BIGINT", "source" "TEXT"
);
const DROP_LABOUR: &str = "DELETE FROM labour_day WHERE company_id = $1 AND store_id = $2 AND business_date = $3";

/// A, R and O of a month, per store in sight.
pub(crate) async fn months(tx: &mut Tx, scope: &Scope, month: Month) -> Result<HashMap<StoreId, Fixed>, FlaroError> {
    let rows = tx.fetch_all(MONTHS, scoped!(scope, month.to_string())).await?;
    rows.iter().map(|row| Ok((store(row)?, fixed(row)?))).collect()
}

/// A, R and O of a store's month.
pub(crate) async fn month(tx: &mut Tx, company: &Company, store: StoreId, month: Month) -> Result<Fixed, FlaroError> {
    let row = tx.fetch_optional(ONE, args![company.as_str(), store.to_string(), month.to_string()]).await?;
    Ok(row.as_ref().map(fixed).transpose()?.unwrap_or_default())
}

/// Writes a month and its days.
pub(crate) async fn put(
    tx: &mut Tx,
    company: &Company,
    store: StoreId,
    month: Month,
    fixed: Fixed,
) -> Result<(), FlaroError> {
    let (company, id) = (company.as_str(), store.to_string());
    tx.execute(DROP_DAYS, args![company, &id, month.first().to_string(), month.last().to_string()]).await?;
    if fixed.is_nothing() {
        tx.execute(DROP, args![company, &id, month.to_string()]).await?;
        return Ok(());
    }
    let row = args![company, &id, month.to_string(), fixed.advertising, fixed.rent, fixed.other];
    tx.execute(PUT, row).await?;
    let day = |(date, fixed): (Date, Fixed)| {
        json!({
            "store_id": store, "business_date": date,
            "advertising": fixed.advertising, "rent": fixed.rent, "other": fixed.other,
        })
    };
    let days: Vec<Value> = spread(fixed, month)?.into_iter().map(day).collect();
    tx.execute(PUT_DAYS, args![company, Value::from(days).to_string()]).await?;
    Ok(())
}

/// A month spread evenly over its days: no yen is lost, the first days take what does not divide.
pub(crate) fn spread(fixed: Fixed, month: Month) -> Result<Vec<(Date, Fixed)>, Overflow> {
    let dates: Vec<Date> = month.days().collect();
    let weights = vec![Yen(1); dates.len()];
    let over = |yen: Option<i64>| yen.map(|yen| share(Yen(yen), &weights)).transpose();
    let (advertising, rent, other) = (over(fixed.advertising)?, over(fixed.rent)?, over(fixed.other)?);
    let at = |shares: &Option<Vec<Yen>>, n: usize| shares.as_ref().map(|shares| shares[n].0);
    let day = |n: usize| Fixed { advertising: at(&advertising, n), rent: at(&rent, n), other: at(&other, n) };
    Ok(dates.into_iter().enumerate().map(|(n, date)| (date, day(n))).collect())
}

/// L added up per store in sight, with how many days have it.
pub(crate) async fn labour_sums(
    tx: &mut Tx,
    scope: &Scope,
    from: Date,
    to: Date,
) -> Result<HashMap<StoreId, (i64, i64)>, FlaroError> {
    let rows = tx.fetch_all(LABOUR_SUMS, scoped!(scope, from.to_string(), to.to_string())).await?;
    rows.iter().map(|row| Ok((store(row)?, (row.int("cost")?, row.int("days")?)))).collect()
}

/// L per store in sight and day.
pub(crate) async fn labour_days(
    tx: &mut Tx,
    scope: &Scope,
    from: Date,
    to: Date,
) -> Result<HashMap<(StoreId, Date), Labour>, FlaroError> {
    let rows = tx.fetch_all(LABOUR_DAYS, scoped!(scope, from.to_string(), to.to_string())).await?;
    rows.iter().map(|row| Ok(((store(row)?, date(row)?), labour_of(row)?))).collect()
}

/// L of a store's month, day by day.
pub(crate) async fn labour(
    tx: &mut Tx,
    company: &Company,
    store: StoreId,
    month: Month,
) -> Result<BTreeMap<Date, Labour>, FlaroError> {
    let asked = args![company.as_str(), store.to_string(), month.first().to_string(), month.last().to_string()];
    let rows = tx.fetch_all(LABOUR, asked).await?;
    rows.iter().map(|row| Ok((date(row)?, labour_of(row)?))).collect()
}

/// Writes days of L; none takes a day's away.
pub(crate) async fn put_labour(
    tx: &mut Tx,
    company: &Company,
    days: &[(StoreId, Date, Option<Labour>)],
) -> Result<(), DbError> {
    let mut rows = Vec::new();
    for (store, date, labour) in days {
        match labour {
            Some(Labour { cost, minutes, source }) => rows.push(json!({
                "store_id": store, "business_date": date, "cost": cost, "minutes": minutes, "source": source.name(),
            })),
            None => {
                tx.execute(DROP_LABOUR, args![company.as_str(), store.to_string(), date.to_string()]).await?;
            }
        }
    }
    if rows.is_empty() {
        return Ok(());
    }
    tx.execute(PUT_LABOUR, args![company.as_str(), Value::from(rows).to_string()]).await.map(drop)
}

/// Minutes as `38:30`.
pub(crate) fn hours(minutes: i64) -> String {
    format!("{}:{:02}", minutes / 60, minutes % 60)
}

/// `38:30`, or whole hours, as minutes.
pub(crate) fn read_hours(typed: &str) -> Result<i64, String> {
    let plain = text::digits(typed);
    let (hours, minutes) = plain.split_once(':').unwrap_or((plain.as_str(), "00"));
    let number = |part: &str| part.parse::<i64>().ok().filter(|_| part.bytes().all(|b| b.is_ascii_digit()));
    match (number(hours), number(minutes)) {
        (Some(hours @ 0..=HOURS_MAX), Some(minutes @ 0..=59)) => Ok(hours * 60 + minutes),
        _ => Err("労働時間は 38:30 のように、時間と分で入力してください".to_owned()),
    }
}

/// An amount of a cost.
pub(crate) fn read_cost(typed: &str, label: &str) -> Result<i64, String> {
    let yen = text::integer(typed).filter(|yen| (0..=COST_MAX).contains(yen));
    yen.ok_or_else(|| format!("{label}は0以上の金額を整数で入力してください"))
}

fn store(row: &Row) -> Result<StoreId, FlaroError> {
    storable::parsed("a store id", &row.text("store_id")?)
}

fn date(row: &Row) -> Result<Date, FlaroError> {
    storable::date(&row.text("business_date")?)
}

fn fixed(row: &Row) -> Result<Fixed, FlaroError> {
    Ok(Fixed { advertising: row.opt_int("advertising")?, rent: row.opt_int("rent")?, other: row.opt_int("other")? })
}

fn labour_of(row: &Row) -> Result<Labour, FlaroError> {
    let source = Source::read(&row.text("source")?)?;
    Ok(Labour { cost: row.int("cost")?, minutes: row.opt_int("minutes")?, source })
}

#[cfg(test)]
mod tests {
    use super::*;
    use jiff::civil::date;

    #[test]
    fn a_month_of_costs_is_spread_to_the_yen_and_what_is_unknown_stays_unknown() {
        let fixed = Fixed { advertising: Some(100_000), rent: Some(0), other: None };
        let days = spread(fixed, Month::of(date(2026, 11, 1))).unwrap();
        let sum: i64 = days.iter().filter_map(|(_, day)| day.advertising).sum();
        assert_eq!((days.len(), sum), (30, 100_000));
        assert_eq!((days[0].1.advertising, days[29].1.advertising), (Some(3_334), Some(3_333)));
        assert!(days.iter().all(|(_, day)| day.rent == Some(0) && day.other.is_none()));
    }

    #[test]
    fn hours_are_read_with_or_without_minutes() {
        assert_eq!(read_hours("３８：３０"), Ok(2_310));
        assert_eq!(read_hours("40").map(hours), Ok("40:00".to_owned()));
        for wild in ["", "1:60", "-1:00", "1:2:3", "a", "10000:00"] {
            assert!(read_hours(wild).is_err(), "{wild}");
        }
    }
}
