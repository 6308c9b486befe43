//! Optimistic concurrency of what forms change: every change leaves a mark with a version, and a form that was made
//! from an older version is refused, naming who changed what. Marks are read and left in the transaction of the change,
//! in the table `edit_mark` of the place.

use std::collections::BTreeMap;

use db::{DbError, Row, Sql, Tx, args};
use jiff::Timestamp;

/// The last change of a subject.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mark {
    /// Grows with every change; 0 before the first.
    pub version: i64,
    /// Who.
    pub by: String,
    /// When.
    pub at: Timestamp,
    /// What they changed, in words.
    pub what: String,
}

impl Mark {
    /// Before the first change.
    pub const NONE: Self = Self { version: 0, by: String::new(), at: Timestamp::UNIX_EPOCH, what: String::new() };
}

const MARKS: Sql = Sql {
    sqlite: "SELECT subject, version, edited_by, edited_at, edited_what FROM edit_mark
             WHERE company_id = $1 AND subject IN (SELECT value FROM json_each($2))",
    postgres: "SELECT subject, version, edited_by, edited_at, edited_what FROM edit_mark
               WHERE company_id = $1 AND subject IN (SELECT jsonb_array_elements_text(CAST($2 AS JSONB)))",
};
const TOUCH: &str = "
    INSERT INTO edit_mark (company_id, subject, version, edited_by, edited_at, edited_what) VALUES ($1, $2, 1, $3, $4, $5)
    ON CONFLICT (company_id, subject) DO UPDATE SET version = edit_mark.version + 1, edited_by = excluded.edited_by,
      edited_at = excluded.edited_at, edited_what = excluded.edited_what";

/// The last change of each subject that was ever changed, by its name.
pub async fn marks(tx: &mut Tx, tenant: &str, subjects: &[String]) -> Result<BTreeMap<String, Mark>, DbError> {
    let subjects = serde_json::json!(subjects).to_string();
    let rows = tx.fetch_all(MARKS, args![tenant, subjects]).await?;
    rows.iter().map(|row| Ok((row.text("subject")?, read(row)?))).collect()
}

/// The last change of a subject.
pub async fn mark(tx: &mut Tx, tenant: &str, subject: &str) -> Result<Mark, DbError> {
    let found = marks(tx, tenant, &[subject.to_owned()]).await?;
    Ok(found.into_values().next().unwrap_or(Mark::NONE))
}

/// Leaves a mark. `what` is a noun for people: `店舗名・日付切替時刻`.
pub async fn touch(
    tx: &mut Tx,
    tenant: &str,
    subject: &str,
    who: &str,
    at: Timestamp,
    what: &str,
) -> Result<(), DbError> {
    tx.execute(TOUCH, args![tenant, subject, who, at.as_millisecond(), what]).await.map(drop)
}

fn read(row: &Row) -> Result<Mark, DbError> {
    let at = row.int("edited_at")?;
    Ok(Mark {
        version: row.int("version")?,
        by: row.text("edited_by")?,
        at: Timestamp::from_millisecond(at).unwrap_or(Timestamp::UNIX_EPOCH),
        what: row.text("edited_what")?,
    })
}
