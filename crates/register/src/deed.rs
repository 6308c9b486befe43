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

const NEWEST: &str = "SELECT at, staff, approved_by, action, detail FROM deed ORDER BY at DESC, deed_id DESC LIMIT $1";

impl Till {
    /// Writes a deed down.
    pub async fn note(&self, deed: Deed, now: Timestamp) -> Result<(), TillError> {
        let (id, at) = ((self.random)(), to_millisecond(self.right_time(now)));
        self.db.write(async move |tx: &mut Tx| -> Result<(), TillError> { keep(tx, id, at, &deed).await }).await
    }

    /// The newest deeds.
    pub async fn deeds(&self, limit: u32) -> Result<Vec<(Timestamp, Deed)>, TillError> {
        self.db
            .read(async move |tx: &mut Tx| -> Result<_, TillError> {
                tx.fetch_all(NEWEST, args![limit]).await?.iter().map(read).collect()
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
