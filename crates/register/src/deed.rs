//! Who did what needs a name at this till, and which manager agreed: the counter's own book. It stays on the till;
//! head office hears of the sales and closes themselves.

use crate::{
    error::TillError,
    journal::{instant, to_millisecond},
    till::Till,
};
use db::{Row, Tx, args};
use jiff::Timestamp;
use uuid::Uuid;

/// Something done.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Deed {
    /// 担当者コード
    pub staff: String,
    /// The manager who agreed, where one was needed.
    pub approved_by: Option<String>,
    /// What, in one word.
    pub action: String,
    /// To what.
    pub detail: String,
}

/// Which deeds are asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AskedDeeds {
    /// Of this action; empty: of any.
    pub action: String,
    /// Not before.
    pub from: Option<Timestamp>,
    /// Before.
    pub until: Option<Timestamp>,
}

const NEWEST: &str = "SELECT at, staff, approved_by, action, detail FROM deed
    WHERE at >= $1 AND at < $2 AND ($3 = '' OR action = $3) ORDER BY at DESC, deed_id DESC LIMIT $4";
const ACTIONS: &str = "SELECT DISTINCT action FROM deed ORDER BY action LIMIT 100";

impl Till {
    /// Writes a deed down.
    pub async fn note(&self, deed: Deed, now: Timestamp) -> Result<(), TillError> {
        let (id, at) = ((self.random)(), to_millisecond(self.right_time(now)));
        self.db.write(async move |tx: &mut Tx| -> Result<(), TillError> { keep(tx, id, at, &deed).await }).await
    }

    /// The newest deeds of those that are asked for.
    pub async fn deeds(&self, asked: AskedDeeds, limit: u32) -> Result<Vec<(Timestamp, Deed)>, TillError> {
        let from = asked.from.map_or(i64::MIN, Timestamp::as_millisecond);
        let until = asked.until.map_or(i64::MAX, Timestamp::as_millisecond);
        self.db
            .read(async move |tx: &mut Tx| -> Result<_, TillError> {
                let rows = tx.fetch_all(NEWEST, args![from, until, asked.action, limit]).await?;
                rows.iter().map(read).collect()
            })
            .await
    }

    /// Every action that was ever written down.
    pub async fn deed_actions(&self) -> Result<Vec<String>, TillError> {
        self.db
            .read(async |tx: &mut Tx| -> Result<_, TillError> {
                let rows = tx.fetch_all(ACTIONS, args![]).await?;
                Ok(rows.iter().map(|row| row.text("action")).collect::<Result<_, _>>()?)
            })
            .await
    }
}

pub(crate) async fn keep(tx: &mut Tx, id: Uuid, at: Timestamp, deed: &Deed) -> Result<(), TillError> {
    let Deed { staff, approved_by, action, detail } = deed.clone();
    let sql = "INSERT INTO deed (deed_id, at, staff, approved_by, action, detail) VALUES ($1, $2, $3, $4, $5, $6)";
    tx.execute(sql, args![id.to_string(), at.as_millisecond(), staff, approved_by, action, detail]).await?;
    Ok(())
}

fn read(row: &Row) -> Result<(Timestamp, Deed), TillError> {
    let (staff, approved_by) = (row.text("staff")?, row.opt_text("approved_by")?);
    Ok((instant(row, "at")?, Deed { staff, approved_by, action: row.text("action")?, detail: row.text("detail")? }))
}
