//! 受領証: what head office holds for certain, kept per epoch as proof. Through the chain one receipt proves
//! every entry before it.

use crate::{
    error::TillError,
    journal::{Journal, as_int, content, json},
};
use db::{Tx, args};
use protocol::journal::JournalReceipt;
use uuid::Uuid;

/// The receipt of an epoch.
pub(crate) async fn of_epoch(tx: &mut Tx, epoch: Uuid) -> Result<Option<JournalReceipt>, TillError> {
    let row = tx.fetch_optional("SELECT content FROM receipt WHERE epoch = $1", args![epoch.to_string()]).await?;
    row.map(|row| content(&row, "content")).transpose()
}

/// The newest receipt, of whatever epoch.
pub(crate) async fn newest(tx: &mut Tx) -> Result<Option<JournalReceipt>, TillError> {
    let sql = "SELECT r.content FROM receipt r JOIN epoch e ON e.epoch = r.epoch ORDER BY e.ordinal DESC LIMIT 1";
    let row = tx.fetch_optional(sql, args![]).await?;
    row.map(|row| content(&row, "content")).transpose()
}

/// All entries of the epoch that goes on are durable at head office up to here.
pub(crate) async fn acknowledged(tx: &mut Tx, journal: &Journal) -> Result<u64, TillError> {
    Ok(of_epoch(tx, journal.epoch).await?.map_or(0, |receipt| receipt.contiguous_seq))
}

/// Keeps a receipt of the epoch that goes on; Z numbers go on from what it tells.
pub(crate) async fn keep(tx: &mut Tx, journal: &mut Journal, receipt: &JournalReceipt) -> Result<(), TillError> {
    if receipt.contiguous_seq < acknowledged(tx, journal).await? {
        tracing::warn!(
            to = receipt.contiguous_seq,
            "head office holds less than it gave a receipt for; it is told again"
        );
    }
    tx.execute(
        "INSERT INTO receipt (epoch, contiguous_seq, content) VALUES ($1, $2, $3)
         ON CONFLICT (epoch) DO UPDATE SET contiguous_seq = excluded.contiguous_seq, content = excluded.content",
        args![receipt.epoch.to_string(), as_int(receipt.contiguous_seq), json(receipt)],
    )
    .await?;
    learn_z(tx, journal, receipt).await
}

/// Z numbers go on from the highest of own and receipt.
pub(crate) async fn learn_z(tx: &mut Tx, journal: &mut Journal, receipt: &JournalReceipt) -> Result<(), TillError> {
    if receipt.highest_z > journal.highest_z {
        journal.highest_z = receipt.highest_z;
        journal.keep(tx).await?;
    }
    Ok(())
}
