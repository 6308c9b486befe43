//! The proof of the journal: the chain is read again from its first byte, held against the receipts of head
//! office, and every sale on the disk against the entry that tells of it.

use crate::{
    books,
    error::TillError,
    journal::{Journal, as_int, parsed},
    receipt,
    till::Till,
};
use db::{Row, Tx, args};
use protocol::{
    hash::Sha256,
    journal::{Body, Entry, EpochState},
};
use sales::{Check, CheckId};
use std::collections::HashSet;
use uuid::Uuid;

/// Entries read at a time.
const PAGE: i64 = 500;
const ENTRIES: &str = "SELECT seq, kind, hash, entry FROM journal_entry
    WHERE epoch = $1 AND seq > $2 ORDER BY seq LIMIT $3";

/// What was proved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Proof {
    /// How many lives of the journal.
    pub epochs: u64,
    /// How many entries, all epochs together.
    pub entries: u64,
    /// How many sales, 赤伝票 among them, were held against their entry.
    pub sales: u64,
    /// The epoch that goes on.
    pub epoch: Uuid,
    /// Its end.
    pub chain: EpochState,
}

impl Till {
    /// Reads the whole journal again and proves it: every hash, every link, every receipt, every sale.
    pub async fn verify(&self) -> Result<Proof, TillError> {
        self.db.read(async |tx: &mut Tx| -> Result<Proof, TillError> { prove(tx).await }).await
    }
}

/// How far the proof has come.
struct Reading {
    epoch: Uuid,
    chain: EpochState,
    entries: u64,
    told: HashSet<CheckId>,
}

async fn prove(tx: &mut Tx) -> Result<Proof, TillError> {
    let journal = Journal::look(tx).await?;
    let mut reading = Reading { epoch: journal.epoch, chain: EpochState::NEW, entries: 0, told: HashSet::new() };
    let epochs = tx.fetch_all("SELECT epoch FROM epoch ORDER BY ordinal", args![]).await?;
    for row in &epochs {
        (reading.epoch, reading.chain) = (parsed(row, "epoch")?, EpochState::NEW);
        reading.epoch(tx).await?;
    }
    if (reading.epoch, reading.chain) != (journal.epoch, journal.chain) {
        return Err(reading.damaged(&"the journal does not end where the till says it does"));
    }
    let sales = tx.fetch_one("SELECT COUNT(*) AS n FROM sale WHERE revision = 0", args![]).await?;
    let told = reading.told.len() as u64;
    if sales.int("n")? != as_int(told) {
        return Err(TillError::damaged("sale", &"there are sales that no entry tells of"));
    }
    let Reading { epoch, chain, entries, .. } = reading;
    Ok(Proof { epochs: epochs.len() as u64, entries, sales: told, epoch, chain })
}

impl Reading {
    async fn epoch(&mut self, tx: &mut Tx) -> Result<(), TillError> {
        let receipt = receipt::of_epoch(tx, self.epoch).await?;
        loop {
            let after = as_int(self.chain.contiguous_seq);
            let page = tx.fetch_all(ENTRIES, args![self.epoch.to_string(), after, PAGE]).await?;
            for row in &page {
                self.entry(tx, row).await?;
                let here = receipt.as_ref().filter(|receipt| receipt.contiguous_seq == self.chain.contiguous_seq);
                if here.is_some_and(|receipt| receipt.head != self.chain.head) {
                    return Err(self.damaged(&"the receipt of head office is for another entry"));
                }
            }
            if page.is_empty() {
                break;
            }
        }
        match receipt {
            Some(receipt) if receipt.contiguous_seq > self.chain.contiguous_seq => {
                Err(self.damaged(&"head office holds a receipt for entries that are gone from this disk"))
            }
            _ => Ok(()),
        }
    }

    async fn entry(&mut self, tx: &mut Tx, row: &Row) -> Result<(), TillError> {
        let text = row.text("entry")?;
        let hash = Sha256::of(text.as_bytes());
        if parsed::<Sha256>(row, "hash")? != hash {
            return Err(self.damaged(&"the entry after this is not the one that was written: its hash differs"));
        }
        let entry: Entry = serde_json::from_str(&text).map_err(|error| self.damaged(&error))?;
        let follows = entry.epoch == self.epoch
            && entry.seq == self.chain.contiguous_seq + 1
            && entry.prev == self.chain.head
            && entry.kind == row.text("kind")?;
        if !follows {
            return Err(self.damaged(&"the entry after this does not follow it"));
        }
        self.chain = EpochState { contiguous_seq: entry.seq, head: hash };
        self.entries += 1;
        match entry.body().map_err(|error| self.damaged(&error))? {
            Body::Check(told) | Body::Void(told) => self.sale(tx, &told.check).await,
            _ => Ok(()),
        }
    }

    async fn sale(&mut self, tx: &mut Tx, told: &Check) -> Result<(), TillError> {
        match books::kept_check(tx, told.id).await? {
            Some((_, kept)) if kept == *told => {
                self.told.insert(told.id);
                Ok(())
            }
            _ => Err(self.damaged(&format!("check {} is not on the disk as it was written", told.id))),
        }
    }

    fn damaged(&self, detail: &dyn std::fmt::Display) -> TillError {
        let Self { epoch, chain, .. } = self;
        TillError::damaged(format!("journal {epoch}, entry {}", chain.contiguous_seq), detail)
    }
}
