//! 変更履歴: who changed which setting when, from what to what. Written in the transaction of the change, kept for ever.

use db::{Row, Tx, args};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use crate::settlements::Window;
use crate::stored::Stored;
use crate::stores::list::like;
use crate::{Pos, PosError, Tenant};
use web::table::Total;

/// One change.
#[derive(Clone, Debug)]
pub struct Entry {
    /// When.
    pub at: Timestamp,
    /// Who.
    pub who: String,
    /// What was done.
    pub what: String,
    /// To what.
    pub target: String,
    /// From what.
    pub before: Option<String>,
    /// To what.
    pub after: Option<String>,
}

/// A span of time, in epoch milliseconds: from the first up to the second, which is not in it.
#[derive(Clone, Copy, Debug)]
pub struct Period(i64, i64);

const INSERT: &str = "INSERT INTO audit (company_id, audit_id, at, who, what, target, before, after)
                      VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
macro_rules! narrowed {
    () => {
        " FROM audit WHERE company_id = $1 AND at >= $2 AND at < $3 AND ($4 = '' OR who = $4) AND ($5 = '' OR what = $5)
          AND ($6 = '' OR target LIKE '%' || $6 || '%' ESCAPE '\\' OR before LIKE '%' || $6 || '%' ESCAPE '\\'
               OR after LIKE '%' || $6 || '%' ESCAPE '\\' OR what LIKE '%' || $6 || '%' ESCAPE '\\')"
    };
}

/// So many are counted, and reached by the pages.
const COUNTED_MAX: u64 = 10_000;
const COUNT: &str = concat!("SELECT COUNT(*) AS n FROM (SELECT 1 AS one", narrowed!(), " LIMIT $7) AS counted");
const LIST: &str = concat!(
    "SELECT at, who, what, target, before, after",
    narrowed!(),
    " ORDER BY at DESC, audit_id DESC LIMIT $7 OFFSET $8"
);
const PEOPLE: &str = "SELECT DISTINCT who AS word FROM audit WHERE company_id = $1 ORDER BY who LIMIT 1000";
const KINDS: &str = "SELECT DISTINCT what AS word FROM audit WHERE company_id = $1 ORDER BY what LIMIT 1000";

/// Which changes a list shows; what is empty narrows nothing.
#[derive(Clone, Debug)]
pub struct Filter {
    /// When.
    pub period: Period,
    /// Who, exactly.
    pub who: String,
    /// What was done, exactly.
    pub what: String,
    /// A part of what, of the target, or of what it was before or after.
    pub word: String,
}

impl Period {
    /// The days from the first to the last, both in it; everything where there is none.
    pub fn of(from: Option<Date>, to: Option<Date>, zone: &TimeZone) -> Self {
        let start = |day: Date| day.to_zoned(zone.clone()).ok().map(|begin| begin.timestamp().as_millisecond());
        let next = |day: Date| day.checked_add(1.day()).ok();
        Self(from.and_then(start).unwrap_or(i64::MIN), to.and_then(next).and_then(start).unwrap_or(i64::MAX))
    }
}

/// Notes a change. `what` and `target` are words for people: `レジの接続キーを発行`, `本店 レジ1`.
#[expect(clippy::too_many_arguments, reason = "an entry of a log is as wide as the log")]
pub async fn note(
    tx: &mut Tx,
    pos: &Pos,
    tenant: &Tenant,
    who: &str,
    what: &str,
    target: &str,
    before: Option<&str>,
    after: Option<&str>,
) -> Result<(), PosError> {
    let (id, at) = (pos.new_id().to_string(), pos.now().as_millisecond());
    tx.execute(INSERT, args![tenant.as_str(), id, at, who, what, target, before, after]).await?;
    Ok(())
}

/// Everybody who changed something, and everything that was done: to choose from.
pub async fn choices(pos: &Pos, tenant: &Tenant) -> Result<(Vec<String>, Vec<String>), PosError> {
    let tenant = tenant.clone();
    pos.db
        .read(async move |tx: &mut Tx| -> Result<(Vec<String>, Vec<String>), PosError> {
            let words = |rows: Vec<Row>| rows.iter().map(|row| row.text("word")).collect::<Result<Vec<_>, _>>();
            let people = words(tx.fetch_all(PEOPLE, args![tenant.as_str()]).await?)?;
            Ok((people, words(tx.fetch_all(KINDS, args![tenant.as_str()]).await?)?))
        })
        .await
}

/// One page of the changes, newest first; and how many there are.
pub async fn list(pos: &Pos, tenant: &Tenant, filter: Filter, window: Window) -> Result<(Total, Vec<Entry>), PosError> {
    let Filter { period: Period(from, to), who, what, word } = filter;
    let (tenant, word) = (tenant.clone(), like(&word));
    pos.db
        .read(async move |tx: &mut Tx| -> Result<(Total, Vec<Entry>), PosError> {
            let one_more = i64::try_from(COUNTED_MAX + 1).unwrap_or(i64::MAX);
            let counted = tx.fetch_one(COUNT, args![tenant.as_str(), from, to, &who, &what, &word, one_more]).await?;
            let total = Total::counted(counted.int("n")?, COUNTED_MAX);
            let (limit, offset) = window.limit_offset(i64::try_from(total.rows).unwrap_or(i64::MAX));
            let values = args![tenant.as_str(), from, to, &who, &what, &word, limit, offset];
            let rows = tx.fetch_all(LIST, values).await?;
            Ok((total, rows.iter().map(entry).collect::<Result<_, _>>()?))
        })
        .await
}

fn entry(row: &Row) -> Result<Entry, PosError> {
    Ok(Entry {
        at: row.at("at")?,
        who: row.text("who")?,
        what: row.text("what")?,
        target: row.text("target")?,
        before: row.opt_text("before")?,
        after: row.opt_text("after")?,
    })
}
