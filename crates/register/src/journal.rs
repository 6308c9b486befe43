//! The journal: everything the till did, chained, on its own disk. An entry is appended in the transaction of
//! what it tells of, so there is no sale without its entry and no entry without its sale.

use crate::{error::TillError, operation::Stated};
use db::{Row, Tx, args};
use jiff::Timestamp;
use protocol::{
    hash::Sha256,
    journal::{Body, Entry, EpochState},
};
use sales::RegisterId;
use std::{fmt::Display, str::FromStr};
use uuid::Uuid;

/// The end of the chain and the running numbers, held by the unit that may append.
pub(crate) struct Journal {
    pub epoch: Uuid,
    pub chain: EpochState,
    pub slip: u32,
    pub highest_z: u32,
    /// The settlements that this unit's entries stated.
    pub stated: Vec<Stated>,
}

const TILL: &str = "SELECT register_id, epoch, last_seq, head, last_slip, highest_z FROM till";
const APPEND: &str = "INSERT INTO journal_entry (epoch, seq, kind, at, bytes, hash, entry)
    VALUES ($1, $2, $3, $4, $5, $6, $7)";
const ADVANCE: &str = "UPDATE till SET epoch = $1, last_seq = $2, head = $3, last_slip = $4, highest_z = $5";

impl Journal {
    /// Takes the journal for the rest of this unit: operations of a till run one after the other.
    pub async fn take(tx: &mut Tx) -> Result<Self, TillError> {
        tx.lock("register till").await?;
        Self::look(tx).await
    }

    /// Reads where it stands, in a unit that appends nothing.
    pub async fn look(tx: &mut Tx) -> Result<Self, TillError> {
        let row = tx.fetch_one(TILL, args![]).await?;
        Ok(Self {
            epoch: parsed(&row, "epoch")?,
            chain: EpochState { contiguous_seq: count(&row, "last_seq")?, head: parsed(&row, "head")? },
            slip: number(&row, "last_slip")?,
            highest_z: number(&row, "highest_z")?,
            stated: Vec::new(),
        })
    }

    /// The till this disk belongs to; claims a new disk for `register`.
    pub async fn claim(tx: &mut Tx, register: RegisterId, epoch: Uuid) -> Result<RegisterId, TillError> {
        tx.lock("register till").await?;
        if let Some(row) = tx.fetch_optional(TILL, args![]).await? {
            return parsed(&row, "register_id");
        }
        begin_epoch(tx, epoch, None, 0).await?;
        tx.execute(
            "INSERT INTO till (one, register_id, epoch, last_seq, head, last_slip, highest_z)
             VALUES (1, $1, $2, 0, $3, 0, 0)",
            args![register.to_string(), epoch.to_string(), Sha256::ZERO.to_string()],
        )
        .await?;
        Ok(register)
    }

    /// The next 伝票番号. Kept by the next append.
    pub fn next_slip(&mut self) -> Result<u32, TillError> {
        self.slip = self.slip.checked_add(1).ok_or(TillError::Numbers("slip numbers"))?;
        Ok(self.slip)
    }

    /// The next Z番号: goes on from the highest of this till, its own or told by a receipt. Kept by the next append.
    pub fn next_z(&mut self) -> Result<u32, TillError> {
        self.highest_z = self.highest_z.checked_add(1).ok_or(TillError::Numbers("Z numbers"))?;
        Ok(self.highest_z)
    }

    /// Writes one entry behind the last.
    pub async fn append(&mut self, tx: &mut Tx, at: Timestamp, body: &Body) -> Result<(), TillError> {
        self.write(tx, at, body).await?;
        self.stated.extend(Stated::by(body));
        self.keep(tx).await
    }

    /// Writes one of many entries that are written once more; whoever does so keeps the journal at the end.
    pub async fn write(&mut self, tx: &mut Tx, at: Timestamp, body: &Body) -> Result<(), TillError> {
        let (written, chain) = Entry::follow(self.chain, self.epoch, at, body);
        let (epoch, hash) = (self.epoch.to_string(), written.hash.to_string());
        let (seq, bytes) = (as_int(written.seq), as_int(written.text.len() as u64));
        tx.execute(APPEND, args![epoch, seq, written.kind, at.as_millisecond(), bytes, hash, written.text]).await?;
        self.chain = chain;
        Ok(())
    }

    /// Writes down where the journal stands now.
    pub async fn keep(&self, tx: &mut Tx) -> Result<(), TillError> {
        let (seq, head) = (as_int(self.chain.contiguous_seq), self.chain.head.to_string());
        tx.execute(ADVANCE, args![self.epoch.to_string(), seq, head, self.slip, self.highest_z]).await?;
        Ok(())
    }

    /// The hash this till holds for an entry; zeros for the beginning, none for what it does not have.
    pub async fn hash_at(&self, tx: &mut Tx, seq: u64) -> Result<Option<Sha256>, TillError> {
        if seq == 0 {
            return Ok(Some(Sha256::ZERO));
        }
        let sql = "SELECT hash FROM journal_entry WHERE epoch = $1 AND seq = $2";
        let row = tx.fetch_optional(sql, args![self.epoch.to_string(), as_int(seq)]).await?;
        row.map(|row| parsed(&row, "hash")).transpose()
    }
}

/// Notes that an epoch begins, why, and after which entry of the one before it goes on.
pub(crate) async fn begin_epoch(
    tx: &mut Tx,
    epoch: Uuid,
    cause: Option<String>,
    carried_after: u64,
) -> Result<(), TillError> {
    tx.execute(
        "INSERT INTO epoch (epoch, ordinal, cause, carried_after)
         SELECT $1, COALESCE(MAX(ordinal), 0) + 1, $2, $3 FROM epoch",
        args![epoch.to_string(), cause, as_int(carried_after)],
    )
    .await?;
    Ok(())
}

/// A text column as what it must be.
pub(crate) fn parsed<T: FromStr<Err: Display>>(row: &Row, column: &str) -> Result<T, TillError> {
    row.text(column)?.parse().map_err(|error| TillError::damaged(column, &error))
}

/// A JSON column as what it must be.
pub(crate) fn content<T: serde::de::DeserializeOwned>(row: &Row, column: &str) -> Result<T, TillError> {
    serde_json::from_str(&row.text(column)?).map_err(|error| TillError::damaged(column, &error))
}

/// A column that counts from 0 in 32 bits.
pub(crate) fn number(row: &Row, column: &str) -> Result<u32, TillError> {
    u32::try_from(row.int(column)?).map_err(|error| TillError::damaged(column, &error))
}

/// A column that counts from 0 in 64 bits.
pub(crate) fn count(row: &Row, column: &str) -> Result<u64, TillError> {
    u64::try_from(row.int(column)?).map_err(|error| TillError::damaged(column, &error))
}

/// A millisecond column as an instant.
pub(crate) fn instant(row: &Row, column: &str) -> Result<Timestamp, TillError> {
    Timestamp::from_millisecond(row.int(column)?).map_err(|error| TillError::damaged(column, &error))
}

/// A count as a column stores it. Beyond 2⁶³ nothing was ever counted.
pub(crate) fn as_int(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Plain data as JSON text.
pub(crate) fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("plain data with string keys")
}

/// To the millisecond, as everything is stored and sent.
pub(crate) fn to_millisecond(at: Timestamp) -> Timestamp {
    Timestamp::from_millisecond(at.as_millisecond()).unwrap_or(at)
}
