//! 照合, as people look at it: days newest first, narrowed, counted up to a bound; one day down to the settlement; and
//! asking FLARO again.

use db::{Args, Row, Sql, Tx, Value, args};
use jiff::Timestamp;
use jiff::civil::Date;
use protocol::reconcile::Found;
use sales::StoreId;
use serde::{Deserialize, Serialize};
use web::{download, table};

use crate::outbox::list::COUNTED_MAX;
use crate::stored::{Stored, unreadable, word_of};
use crate::{Pos, PosError, Tenant, audit, linkage};

/// How a day compares.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Word {
    /// 照合済
    Matched,
    /// 未照合
    Unchecked,
    /// 差異あり
    Differs,
}

/// A store's day.
#[derive(Clone, Debug)]
pub struct Day {
    /// 店舗
    pub store_id: StoreId,
    /// 営業日
    pub business_date: Date,
    /// 店舗名
    pub store: String,
    /// How it compares.
    pub word: Word,
    /// When it was compared last.
    pub checked_at: Option<Timestamp>,
    /// What differs.
    pub differences: Vec<Found>,
}

/// Which days.
#[derive(Clone, Debug, Default)]
pub struct Filter {
    /// Of one store.
    pub store: Option<String>,
    /// With one word.
    pub word: Option<Word>,
    /// From this business date on.
    pub from: Option<Date>,
    /// Until this one.
    pub to: Option<Date>,
}

// `$1` company, `$2` and `$3` the period, `$4` and `$5` which part; then what narrows.
macro_rules! count {
    ($index:literal, $narrowed:literal) => {
        concat!(
            "SELECT COUNT(*) AS n FROM (SELECT 1 AS one FROM reconciliation r",
            $index,
            " WHERE r.company_id = $1 AND r.business_date >= $2 AND r.business_date <= $3",
            $narrowed,
            " LIMIT $4 OFFSET $5) AS counted"
        )
    };
}

macro_rules! page {
    ($index:literal, $narrowed:literal) => {
        concat!(
            "SELECT r.store_id, r.business_date, s.name, r.state, r.checked_at, r.differences FROM reconciliation r",
            $index,
            " JOIN store s ON s.company_id = r.company_id AND s.store_id = r.store_id
              WHERE r.company_id = $1 AND r.business_date >= $2 AND r.business_date <= $3",
            $narrowed,
            " ORDER BY r.business_date DESC, r.store_id LIMIT $4 OFFSET $5"
        )
    };
}

// Which index SQLite takes is said, not guessed: it keeps no statistics.
macro_rules! days {
    ($index:literal, $narrowed:literal) => {
        (
            Sql { sqlite: count!($index, $narrowed), postgres: count!("", $narrowed) },
            Sql { sqlite: page!($index, $narrowed), postgres: page!("", $narrowed) },
        )
    };
}

const ALL: (Sql, Sql) = days!(" INDEXED BY reconciliation_newest", "");
// A store's days are its primary key.
const OF_STORE: (Sql, Sql) = days!("", " AND r.store_id = $6");
const IN_STATE: (Sql, Sql) = days!(" INDEXED BY reconciliation_in_state", " AND r.state = $6");
const OF_STORE_IN_STATE: (Sql, Sql) = days!("", " AND r.store_id = $6 AND r.state || '' = $7");
const ONE: &str = "
    SELECT r.store_id, r.business_date, s.name, r.state, r.checked_at, r.differences FROM reconciliation r
    JOIN store s ON s.company_id = r.company_id AND s.store_id = r.store_id
    WHERE r.company_id = $1 AND r.store_id = $2 AND r.business_date = $3";

impl Filter {
    fn questions(&self) -> (Sql, Sql) {
        match (&self.store, self.word) {
            (None, None) => ALL,
            (Some(_), None) => OF_STORE,
            (None, Some(_)) => IN_STATE,
            (Some(_), Some(_)) => OF_STORE_IN_STATE,
        }
    }

    fn args(&self, tenant: &Tenant, limit: u64, offset: u64) -> Args {
        let from = self.from.map_or("0000-00-00".to_owned(), |date| date.to_string());
        let to = self.to.map_or("9999-99-99".to_owned(), |date| date.to_string());
        let whole = |n: u64| i64::try_from(n).unwrap_or(i64::MAX);
        let mut args: Vec<Value> = vec![tenant.as_str().into(), from.into(), to.into()];
        args.extend([whole(limit).into(), whole(offset).into()]);
        args.extend(self.store.as_ref().map(Value::from));
        args.extend(self.word.map(|word| Value::from(word_of(word))));
        args.into()
    }
}

/// The days, and how many there are; without a page, all of them (for a file).
pub async fn list(
    pos: &Pos,
    tenant: &Tenant,
    filter: &Filter,
    page: impl FnOnce(u64) -> Option<(u64, u64)> + Send + 'static,
) -> Result<(table::Total, Vec<Day>), PosError> {
    let (tenant, filter) = (tenant.clone(), filter.clone());
    pos.db
        .read(async move |tx: &mut Tx| -> Result<(table::Total, Vec<Day>), PosError> {
            let (count, days) = filter.questions();
            let found = tx.fetch_one(count, filter.args(&tenant, COUNTED_MAX + 1, 0)).await?.int("n")?;
            let total = table::Total::counted(found, COUNTED_MAX);
            let (limit, offset) = page(total.rows).unwrap_or((download::ROWS_MAX as u64 + 1, 0));
            let rows = tx.fetch_all(days, filter.args(&tenant, limit, offset)).await?;
            Ok((total, rows.iter().map(read).collect::<Result<_, _>>()?))
        })
        .await
}

/// One day of a store; none: nothing of it was delivered yet.
pub async fn one(pos: &Pos, tenant: &Tenant, store: StoreId, date: Date) -> Result<Option<Day>, PosError> {
    let args = args![tenant.as_str(), store.to_string(), date.to_string()];
    let row = pos.db.read(async move |tx: &mut Tx| tx.fetch_optional(ONE, args).await).await?;
    row.as_ref().map(read).transpose()
}

/// もう一度照合: FLARO is asked again as soon as it can be.
pub async fn again(pos: &Pos, tenant: &Tenant, who: &str, day: &Day) -> Result<(), PosError> {
    let (shared, tenant, who, day) = (pos.clone(), tenant.clone(), who.to_owned(), day.clone());
    pos.db
        .write(async move |tx: &mut Tx| -> Result<(), PosError> {
            linkage::linked(tx, &tenant).await?.ok_or(PosError::NotFound("linkage"))?;
            super::mark(tx, &tenant, day.store_id, &day.business_date.to_string(), shared.now()).await?;
            let target = format!("{} {}", day.store, web::format::date(day.business_date));
            let before = match day.word {
                Word::Matched => "照合済",
                Word::Unchecked => "未照合",
                Word::Differs => "差異あり",
            };
            audit::note(tx, &shared, &tenant, &who, "もう一度照合", &target, Some(before), Some("照合待ち")).await
        })
        .await?;
    pos.wake.notify_one();
    Ok(())
}

fn read(row: &Row) -> Result<Day, PosError> {
    let differences = row.opt_text("differences")?.map(|text| serde_json::from_str(&text)).transpose();
    Ok(Day {
        store_id: row.parse("store_id")?,
        business_date: row.parse("business_date")?,
        store: row.text("name")?,
        word: row.word("state")?,
        checked_at: row.opt_at("checked_at")?,
        differences: differences.map_err(|error| unreadable("reconciliation.differences", error))?.unwrap_or_default(),
    })
}
