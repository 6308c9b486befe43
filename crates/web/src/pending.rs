//! The rows of a file between its preview and its confirmation, in the table `pending_import` of the place: kept for
//! whoever sent it, for a while, and judged again when confirmed.

use db::{DbError, Tx, args};
use jiff::{Timestamp, ToSpan};

/// A file that nobody confirmed is forgotten after this long.
const KEPT_HOURS: i64 = 24;

const FORGET: &str =
    "DELETE FROM pending_import WHERE company_id = $1 AND ((kind = $2 AND made_by = $3) OR made_at < $4)";
const KEEP: &str = "INSERT INTO pending_import (company_id, import_id, kind, file_name, table_rows, made_by, made_at)
                    VALUES ($1, $2, $3, $4, $5, $6, $7)";
const LOAD: &str = "SELECT file_name, table_rows, made_at FROM pending_import
                    WHERE company_id = $1 AND import_id = $2 AND kind = $3 AND made_by = $4";
const DONE: &str = "DELETE FROM pending_import WHERE company_id = $1 AND import_id = $2";

/// Whose file of what.
#[derive(Clone, Copy, Debug)]
pub struct Owner<'a> {
    /// The tenant.
    pub tenant: &'a str,
    /// What is in the file.
    pub kind: &'a str,
    /// The account that sent it.
    pub user: &'a str,
}

/// A file that waits.
#[derive(Clone, Debug)]
pub struct Pending {
    /// What it is called.
    pub file_name: String,
    /// Its rows, as they were kept.
    pub rows: String,
    /// When it was sent.
    pub made_at: Timestamp,
}

/// Keeps the rows of a file; the owner's earlier file of the kind is forgotten.
pub async fn keep(
    tx: &mut Tx,
    of: Owner<'_>,
    id: &str,
    file_name: &str,
    rows: &str,
    now: Timestamp,
) -> Result<(), DbError> {
    let old = now.saturating_sub(KEPT_HOURS.hours()).unwrap_or(Timestamp::UNIX_EPOCH).as_millisecond();
    tx.execute(FORGET, args![of.tenant, of.kind, of.user, old]).await?;
    let values = args![of.tenant, id, of.kind, file_name, rows, of.user, now.as_millisecond()];
    tx.execute(KEEP, values).await.map(drop)
}

/// The file, unless it was confirmed, replaced or forgotten.
pub async fn load(tx: &mut Tx, of: Owner<'_>, id: &str) -> Result<Option<Pending>, DbError> {
    let Some(row) = tx.fetch_optional(LOAD, args![of.tenant, id, of.kind, of.user]).await? else { return Ok(None) };
    let made_at = Timestamp::from_millisecond(row.int("made_at")?).unwrap_or(Timestamp::UNIX_EPOCH);
    Ok(Some(Pending { file_name: row.text("file_name")?, rows: row.text("table_rows")?, made_at }))
}

/// It was confirmed.
pub async fn done(tx: &mut Tx, tenant: &str, id: &str) -> Result<(), DbError> {
    tx.execute(DONE, args![tenant, id]).await.map(drop)
}
