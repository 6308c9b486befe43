//! 領収書: each one that is handed out for a check is written down with its number, so that a second one says 再発行 by
//! itself. It tells of the check as it was stored and changes nothing in it.

use crate::{
    books,
    deed::{self, Deed},
    error::TillError,
    journal::{Journal, instant, number, to_millisecond},
    till::Till,
};
use db::{Row, Tx, args};
use jiff::Timestamp;
use sales::CheckId;
use uuid::Uuid;

/// A 領収書 that was handed out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Issue {
    /// From 1, per check; 2 and more are 再発行.
    pub nth: u32,
    /// When.
    pub at: Timestamp,
    /// 担当者コード
    pub staff: String,
    /// 宛名; may be empty.
    pub to: String,
    /// 但し書き
    pub purpose: String,
}

/// One that is asked for.
#[derive(Clone, Debug)]
pub struct Issuing {
    /// Made where the button is. The same key is the same 領収書.
    pub key: Uuid,
    /// 担当者コード
    pub staff: String,
    /// 宛名
    pub to: String,
    /// 但し書き
    pub purpose: String,
}

const OF_CHECK: &str = "SELECT nth, at, staff, addressee, purpose FROM receipt_issue WHERE check_id = $1 ORDER BY nth";
const BY_KEY: &str = "SELECT nth, at, staff, addressee, purpose FROM receipt_issue WHERE issue_id = $1";
const KEEP: &str = "INSERT INTO receipt_issue (issue_id, check_id, nth, at, staff, addressee, purpose)
    SELECT $1, $2, COALESCE(MAX(nth), 0) + 1, $3, $4, $5, $6 FROM receipt_issue WHERE check_id = $2";

impl Till {
    /// Hands out a 領収書 for a check that stands. The second and later ones are noted as 再発行.
    pub async fn issue_receipt(&self, id: CheckId, asked: Issuing, now: Timestamp) -> Result<Issue, TillError> {
        let (at, deed_id) = (to_millisecond(self.right_time(now)), (self.random)());
        self.db
            .write(async move |tx: &mut Tx| -> Result<Issue, TillError> {
                Journal::take(tx).await?;
                let (_, check) = books::kept_check(tx, id).await?.ok_or(TillError::CheckUnknown(id))?;
                if check.reverses.is_some() {
                    return Err(TillError::IsReversal(id));
                }
                if let Some(reversal) = books::reversal_of(tx, id).await? {
                    return Err(TillError::AlreadyVoided { check: id, reversal });
                }
                let Issuing { key, staff, to, purpose } = asked;
                let key = key.to_string();
                if let Some(row) = tx.fetch_optional(BY_KEY, args![&key]).await? {
                    return Issue::read(&row);
                }
                tx.execute(KEEP, args![&key, id.to_string(), at.as_millisecond(), &staff, to, purpose]).await?;
                let issue = Issue::read(&tx.fetch_one(BY_KEY, args![&key]).await?)?;
                if issue.nth > 1 {
                    let detail = format!("No.{} {}回目 {}", check.slip, issue.nth, issue.to);
                    let deed = Deed { staff, approved_by: None, action: "領収書の再発行".to_owned(), detail };
                    deed::keep(tx, deed_id, at, &deed).await?;
                }
                Ok(issue)
            })
            .await
    }

    /// Those handed out for a check, in order.
    pub async fn issues(&self, id: CheckId) -> Result<Vec<Issue>, TillError> {
        self.db
            .read(async move |tx: &mut Tx| -> Result<_, TillError> {
                tx.fetch_all(OF_CHECK, args![id.to_string()]).await?.iter().map(Issue::read).collect()
            })
            .await
    }
}

impl Issue {
    fn read(row: &Row) -> Result<Self, TillError> {
        Ok(Self {
            nth: number(row, "nth")?,
            at: instant(row, "at")?,
            staff: row.text("staff")?,
            to: row.text("addressee")?,
            purpose: row.text("purpose")?,
        })
    }
}
