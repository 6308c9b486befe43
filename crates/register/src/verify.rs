//! The proof of the journal: the chain is read again from its first byte, held against the receipts of head
//! office, and every sale on the disk against the entry that tells of it.

use crate::{
    books,
    error::TillError,
    journal::{Journal, as_int, count, parsed},
    receipt,
    till::Till,
};
use db::{Row, Tx, args};
use protocol::{
    hash::Sha256,
    journal::{Body, Entry, EpochState, JournalReceipt},
};
use sales::{Check, CheckId};
use std::collections::HashSet;
use uuid::Uuid;

/// Entries read at a time.
const PAGE: i64 = 500;
const EPOCHS: &str = "SELECT e.epoch, CAST(COALESCE(MAX(j.seq), 0) AS BIGINT) AS last_seq
    FROM epoch e LEFT JOIN journal_entry j ON j.epoch = e.epoch GROUP BY e.epoch, e.ordinal ORDER BY e.ordinal";
const ENTRIES: &str = "SELECT seq, kind, hash, entry FROM journal_entry
    WHERE epoch = $1 AND seq > $2 AND seq <= $3 ORDER BY seq LIMIT $4";

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
    ///
    /// Page by page, so that a long journal holds up nobody; what is written meanwhile is left to the next proof.
    pub async fn verify(&self) -> Result<Proof, TillError> {
        let Stand { journal, epochs, sales } =
            self.db.read(async |tx: &mut Tx| -> Result<_, TillError> { Stand::read(tx).await }).await?;
        let mut reading = Reading { epoch: journal.epoch, chain: EpochState::NEW, entries: 0, told: HashSet::new() };
        let lives = epochs.len();
        for (epoch, last, receipt) in epochs {
            (reading.epoch, reading.chain) = (epoch, EpochState::NEW);
            while reading.chain.contiguous_seq < last {
                let receipt = receipt.clone();
                reading = self
                    .db
                    .read(async move |tx: &mut Tx| -> Result<Reading, TillError> {
                        reading.page(tx, last, receipt.as_ref()).await?;
                        Ok(reading)
                    })
                    .await?;
            }
        }
        reading.concluded(&journal, sales, lives)
    }
}

/// What is to be proved: how things stood when the proof began.
struct Stand {
    journal: Journal,
    epochs: Vec<(Uuid, u64, Option<JournalReceipt>)>,
    sales: u64,
}

impl Stand {
    async fn read(tx: &mut Tx) -> Result<Self, TillError> {
        let journal = Journal::look(tx).await?;
        let sales = tx.fetch_one("SELECT COUNT(*) AS n FROM sale WHERE revision = 0", args![]).await?;
        let mut epochs = Vec::new();
        for row in &tx.fetch_all(EPOCHS, args![]).await? {
            let epoch = parsed(row, "epoch")?;
            epochs.push((epoch, count(row, "last_seq")?, receipt::of_epoch(tx, epoch).await?));
        }
        Ok(Self { journal, epochs, sales: count(&sales, "n")? })
    }
}

/// How far the proof has come.
struct Reading {
    epoch: Uuid,
    chain: EpochState,
    entries: u64,
    told: HashSet<CheckId>,
}

impl Reading {
    async fn page(&mut self, tx: &mut Tx, last: u64, receipt: Option<&JournalReceipt>) -> Result<(), TillError> {
        let after = as_int(self.chain.contiguous_seq);
        let page = tx.fetch_all(ENTRIES, args![self.epoch.to_string(), after, as_int(last), PAGE]).await?;
        if page.is_empty() {
            return Err(self.damaged(&"the entries after this are gone"));
        }
        for row in &page {
            self.entry(tx, row).await?;
            let here = receipt.filter(|receipt| receipt.contiguous_seq == self.chain.contiguous_seq);
            if here.is_some_and(|receipt| receipt.head != self.chain.head) {
                return Err(self.damaged(&"the receipt of head office is for another entry"));
            }
        }
        match receipt {
            Some(receipt) if receipt.contiguous_seq > last => {
                Err(self.damaged(&"head office gave a receipt for entries that are gone from this disk"))
            }
            _ => Ok(()),
        }
    }

    fn concluded(self, journal: &Journal, sales: u64, epochs: usize) -> Result<Proof, TillError> {
        if (self.epoch, self.chain) != (journal.epoch, journal.chain) {
            return Err(self.damaged(&"the journal does not end where the till says it does"));
        }
        if sales != self.told.len() as u64 {
            return Err(TillError::damaged("sale", &"there are sales that no entry tells of"));
        }
        let Self { epoch, chain, entries, .. } = self;
        Ok(Proof { epochs: epochs as u64, entries, sales, epoch, chain })
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
