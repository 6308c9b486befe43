//! 変更履歴: who changed which setting when, from what to what. Written in the transaction of the change, kept for ever.

use db::{Row, Tx, args};
use jiff::civil::Date;
use jiff::tz::TimeZone;
use jiff::{Timestamp, ToSpan};

use crate::settlements::Window;
use crate::stored::Stored;
use crate::{Pos, PosError, Tenant};

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
const COUNT: &str = "SELECT COUNT(*) AS n FROM audit WHERE company_id = $1 AND at >= $2 AND at < $3";
const LIST: &str = "SELECT at, who, what, target, before, after FROM audit
                    WHERE company_id = $1 AND at >= $2 AND at < $3 ORDER BY at DESC, audit_id DESC LIMIT $4 OFFSET $5";

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

/// One page of a period's changes, newest first; and how many there are.
pub async fn list(pos: &Pos, tenant: &Tenant, period: Period, window: Window) -> Result<(i64, Vec<Entry>), PosError> {
    let (tenant, Period(from, to)) = (tenant.clone(), period);
    pos.db
        .read(async move |tx: &mut Tx| -> Result<(i64, Vec<Entry>), PosError> {
            let total = tx.fetch_one(COUNT, args![tenant.as_str(), from, to]).await?.int("n")?;
            let (limit, offset) = window.limit_offset(total);
            let rows = tx.fetch_all(LIST, args![tenant.as_str(), from, to, limit, offset]).await?;
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
