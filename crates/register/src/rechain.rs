//! A new life of the journal: head office saw the chain split (this disk was restored or cloned), so all that
//! came after what it certainly holds is written once more, in a new epoch. The old chain stays as evidence.

use crate::{
    error::TillError,
    journal::{Journal, as_int, begin_epoch, json},
    receipt,
};
use db::{Tx, args};
use protocol::journal::{Entry, EpochState, JournalAnswer};
use uuid::Uuid;

/// Entries read at a time.
const PAGE: i64 = 200;
const CARRIED: &str = "SELECT seq, entry FROM journal_entry
    WHERE epoch = $1 AND seq > $2 AND seq <= $3 ORDER BY seq LIMIT $4";

/// Goes on in `epoch` with all entries after `carried_after`. Their moments and bodies stay as they were.
pub(crate) async fn begin(
    tx: &mut Tx,
    journal: &mut Journal,
    epoch: Uuid,
    carried_after: u64,
    answer: &JournalAnswer,
) -> Result<(), TillError> {
    receipt::learn_z(tx, journal, &answer.receipt).await?;
    let (old, last) = (journal.epoch, journal.chain.contiguous_seq);
    begin_epoch(tx, epoch, Some(json(answer)), carried_after).await?;
    (journal.epoch, journal.chain) = (epoch, EpochState::NEW);
    let mut after = carried_after;
    while after < last {
        let page = tx.fetch_all(CARRIED, args![old.to_string(), as_int(after), as_int(last), PAGE]).await?;
        for row in &page {
            let damaged = |error: serde_json::Error| TillError::damaged(format!("journal {old}"), &error);
            let entry: Entry = serde_json::from_str(&row.text("entry")?).map_err(damaged)?;
            journal.write(tx, entry.at, &entry.body().map_err(damaged)?).await?;
            after = entry.seq;
        }
        if page.is_empty() {
            return Err(TillError::damaged(format!("journal {old}, entry {after}"), &"the entry after this is gone"));
        }
    }
    tracing::warn!(%old, new = %epoch, carried = journal.chain.contiguous_seq, "the journal split and goes on in a new epoch");
    journal.keep(tx).await
}
