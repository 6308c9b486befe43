//! The queue on the disk: what of the journal goes next, and what an answer changes. The journal itself is the
//! queue; the receipt is how far it was told.

use crate::{
    error::TillError,
    journal::{Journal, as_int, count},
    receipt, rechain,
    till::Till,
    upload::Step,
};
use db::{Tx, args};
use protocol::{
    journal::Batch,
    upload::{Heard, Known, Next, after, next_from},
};
use serde_json::value::RawValue;
use uuid::Uuid;

/// The most entries of a batch.
const BATCH_ENTRIES_MAX: i64 = 500;
/// The most bytes of a batch's entries; one that is larger goes alone.
const BATCH_BYTES_MAX: u64 = 4 << 20;
const SIZES: &str = "SELECT seq, bytes FROM journal_entry WHERE epoch = $1 AND seq >= $2 ORDER BY seq LIMIT $3";
const ENTRIES: &str = "SELECT entry FROM journal_entry WHERE epoch = $1 AND seq >= $2 AND seq <= $3 ORDER BY seq";

/// A batch on its way.
#[derive(Debug)]
pub(crate) struct Load {
    pub batch: Batch,
    from: u64,
    to: u64,
}

impl Till {
    /// What goes next, if anything does.
    pub(crate) async fn next_load(&self, greeted: bool) -> Result<Option<Load>, TillError> {
        self.db
            .read(async move |tx: &mut Tx| -> Result<Option<Load>, TillError> {
                let journal = Journal::look(tx).await?;
                let acknowledged = receipt::acknowledged(tx, &journal).await?;
                let last = journal.chain.contiguous_seq;
                match next_from(last, acknowledged, greeted) {
                    Some(from) => load(tx, journal.epoch, from).await.map(Some),
                    None => Ok(None),
                }
            })
            .await
    }

    /// Does what was heard asks for.
    pub(crate) async fn apply(&self, load: Load, heard: Heard) -> Result<Step, TillError> {
        let new_epoch = (self.random)();
        self.db
            .write(async move |tx: &mut Tx| -> Result<Step, TillError> {
                let mut journal = Journal::take(tx).await?;
                let next = after(heard.clone(), &known(tx, &journal, &load, &heard).await?);
                match (&next, &heard) {
                    (Next::Keep(receipt), _) => receipt::keep(tx, &mut journal, receipt).await?,
                    (Next::NewEpoch { carried_after }, Heard::Answer(answer)) => {
                        rechain::begin(tx, &mut journal, new_epoch, *carried_after, answer).await?;
                    }
                    _ => {}
                }
                Ok(next.into())
            })
            .await
    }
}

async fn load(tx: &mut Tx, epoch: Uuid, from: u64) -> Result<Load, TillError> {
    let sizes = tx.fetch_all(SIZES, args![epoch.to_string(), as_int(from), BATCH_ENTRIES_MAX]).await?;
    let (mut to, mut bytes) = (from, 0);
    for row in &sizes {
        bytes += count(row, "bytes")?;
        if bytes > BATCH_BYTES_MAX {
            break;
        }
        to = count(row, "seq")?;
    }
    let rows = tx.fetch_all(ENTRIES, args![epoch.to_string(), as_int(from), as_int(to)]).await?;
    let damaged =
        |error: serde_json::Error| TillError::damaged(format!("journal {epoch}, entry {from} and on"), &error);
    let entries = rows
        .iter()
        .map(|row| RawValue::from_string(row.text("entry")?).map_err(damaged))
        .collect::<Result<Vec<_>, TillError>>()?;
    Ok(Load { batch: Batch { entries }, from, to })
}

async fn known(tx: &mut Tx, journal: &Journal, load: &Load, heard: &Heard) -> Result<Known, TillError> {
    let own_head = match heard {
        Heard::Answer(answer) => journal.hash_at(tx, answer.receipt.contiguous_seq).await?,
        Heard::Refused { .. } | Heard::Failed { .. } => None,
    };
    Ok(Known {
        epoch: journal.epoch,
        last_seq: journal.chain.contiguous_seq,
        acknowledged: receipt::acknowledged(tx, journal).await?,
        sent_from: load.from,
        sent_to: load.to,
        own_head,
    })
}

impl From<Next> for Step {
    fn from(next: Next) -> Self {
        match next {
            Next::Keep(_) => Self::Sent,
            Next::NewEpoch { .. } => Self::Rechained,
            Next::Probe { reason } => Self::Refused { reason },
            Next::Retry { reason, retry_after_s } => Self::Failed { reason, retry_after_s },
        }
    }
}
