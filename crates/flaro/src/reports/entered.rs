//! What people entered beside the sales: 予算, L (人件費), A, R and O. What nobody entered is none, not zero.

use super::{Range, over};
use crate::{Company, FlaroError, rollup::Part, tenant::scoped};
use db::{Row, Sql, Tx, args};
use std::collections::HashMap;

/// Entered figures of a day, or of days together.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Entered {
    /// 予算（税抜）
    pub budget: Option<i64>,
    pub labour: Option<i64>,
    /// Of how many days L was entered.
    pub labour_days: i64,
    pub advertising: Option<i64>,
    pub rent: Option<i64>,
    pub other: Option<i64>,
}

/// By store (or nothing) and date (or nothing), as they were asked for.
pub(crate) type EnteredBy = HashMap<(String, String), Entered>;

macro_rules! entered {
    ($figures:literal, $table:literal) => {
        over!(
            concat!(
                "SELECT CASE WHEN $7 = 1 THEN d.store_id ELSE '' END AS store,
                   CASE WHEN $8 = 1 THEN d.business_date ELSE '' END AS day, ",
                $figures,
                " FROM ",
                $table,
                " d"
            ),
            "d",
            "AND d.business_date BETWEEN $5 AND $6 GROUP BY 1, 2"
        )
    };
}

const BUDGETS: Sql = entered!("CAST(SUM(d.net) AS BIGINT) AS budget", "budget_day");
const LABOUR: Sql = entered!("CAST(SUM(d.cost) AS BIGINT) AS labour, COUNT(*) AS labour_days", "labour_day");
const COSTS: Sql = entered!(
    "CAST(SUM(d.advertising) AS BIGINT) AS advertising, CAST(SUM(d.rent) AS BIGINT) AS rent,
     CAST(SUM(d.other) AS BIGINT) AS other",
    "cost_day"
);

/// What was entered for the days of a range, told apart by store, by date, or by both.
pub(crate) async fn entered(
    tx: &mut Tx,
    range: &Range,
    by_store: bool,
    by_date: bool,
) -> Result<EnteredBy, FlaroError> {
    let asked = || {
        let (from, to) = (range.period.from.to_string(), range.period.to.to_string());
        scoped!(range.scope, range.store_list(), from, to, by_store, by_date)
    };
    let key = |row: &Row| -> Result<(String, String), FlaroError> { Ok((row.text("store")?, row.text("day")?)) };
    let mut all = EnteredBy::new();
    for row in tx.fetch_all(BUDGETS, asked()).await? {
        all.entry(key(&row)?).or_default().budget = row.opt_int("budget")?;
    }
    for row in tx.fetch_all(LABOUR, asked()).await? {
        let of = all.entry(key(&row)?).or_default();
        (of.labour, of.labour_days) = (row.opt_int("labour")?, row.int("labour_days")?);
    }
    for row in tx.fetch_all(COSTS, asked()).await? {
        let of = all.entry(key(&row)?).or_default();
        (of.advertising, of.rent, of.other) =
            (row.opt_int("advertising")?, row.opt_int("rent")?, row.opt_int("other")?);
    }
    Ok(all)
}

const KINDS: &str = "SELECT l.item, c.kind FROM rollup_label l
    JOIN category c ON c.company_id = l.company_id AND c.category_id = l.category_id
    WHERE l.company_id = $1 AND l.part = $2 AND c.kind IS NOT NULL";

/// Whether a product is `food`, `drink` or `other`, as its category was set.
pub(crate) async fn kinds(tx: &mut Tx, company: &Company) -> Result<HashMap<String, String>, FlaroError> {
    let rows = tx.fetch_all(KINDS, args![company.as_str(), Part::Product.name()]).await?;
    rows.iter().map(|row| Ok((row.text("item")?, row.text("kind")?))).collect()
}

impl Entered {
    /// All of them together; what nobody entered anywhere stays none.
    pub fn sum<'a>(all: impl IntoIterator<Item = &'a Self>) -> Self {
        let add = |a: Option<i64>, b: Option<i64>| match (a, b) {
            (Some(a), Some(b)) => Some(a.saturating_add(b)),
            (one, other) => one.or(other),
        };
        all.into_iter().fold(Self::default(), |sum, next| Self {
            budget: add(sum.budget, next.budget),
            labour: add(sum.labour, next.labour),
            labour_days: sum.labour_days.saturating_add(next.labour_days),
            advertising: add(sum.advertising, next.advertising),
            rent: add(sum.rent, next.rent),
            other: add(sum.other, next.other),
        })
    }
}
