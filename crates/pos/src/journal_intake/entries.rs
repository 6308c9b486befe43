//! Epochs and their entries as rows.

use std::collections::HashMap;

use db::{Sql, Tx, args};
use protocol::hash::Sha256;
use protocol::intake::Read;
use protocol::journal::EpochState;
use serde::Serialize;
use uuid::Uuid;

use crate::checks::Till;
use crate::stored::{Stored, unreadable};
use crate::{Pos, PosError, Tenant};

/// One life of a till's disk, as far as it was received.
#[derive(Clone, Copy, Debug)]
pub struct Epoch {
    /// Which.
    pub id: Uuid,
    /// From 1, in the order epochs came.
    pub ordinal: i64,
    /// How far it was received.
    pub state: EpochState,
}

const EPOCH: &str = "SELECT ordinal, contiguous_seq, head FROM journal_epoch
                     WHERE company_id = $1 AND register_id = $2 AND epoch = $3";
const NEXT_ORDINAL: &str = "SELECT CAST(1 + COALESCE(MAX(ordinal), 0) AS BIGINT) AS ordinal FROM journal_epoch
                            WHERE company_id = $1 AND register_id = $2";
const KNOWN: &str = "SELECT seq, hash FROM journal_entry
                     WHERE company_id = $1 AND register_id = $2 AND epoch = $3 AND seq >= $4 AND seq <= $5";
const ADVANCE: &str = "INSERT INTO journal_epoch (company_id, register_id, epoch, ordinal, contiguous_seq, head)
                       VALUES ($1, $2, $3, $4, $5, $6)
                       ON CONFLICT (company_id, register_id, epoch)
                       DO UPDATE SET contiguous_seq = excluded.contiguous_seq, head = excluded.head";
const FORKED: &str = "UPDATE journal_epoch SET forked_at = COALESCE(forked_at, $4)
                      WHERE company_id = $1 AND register_id = $2 AND epoch = $3";
const NEWEST: &str = "SELECT forked_at FROM journal_epoch
                      WHERE company_id = $1 AND register_id = $2 ORDER BY ordinal DESC LIMIT 1";
const HIGHEST_Z: &str =
    "SELECT COALESCE(MAX(z_number), 0) AS z FROM settlement WHERE company_id = $1 AND register_id = $2";
const INSERT: Sql = Sql {
    sqlite:
        "INSERT INTO journal_entry (company_id, register_id, epoch, seq, kind, at, hash, entry, received_at, finding)
             SELECT $1, $2, $3, value ->> 'seq', value ->> 'kind', value ->> 'at', value ->> 'hash', value ->> 'entry',
                    $4, value ->> 'finding'
             FROM json_each($5)",
    postgres:
        "INSERT INTO journal_entry (company_id, register_id, epoch, seq, kind, at, hash, entry, received_at, finding)
               SELECT $1, $2, $3, CAST(value ->> 'seq' AS BIGINT), value ->> 'kind', CAST(value ->> 'at' AS BIGINT),
                      value ->> 'hash', value ->> 'entry', $4, value ->> 'finding'
               FROM jsonb_array_elements(CAST($5 AS JSONB))",
};
/// How far an epoch was received; one that is not known yet comes after all others.
pub async fn epoch(tx: &mut Tx, tenant: &Tenant, till: Till, id: Uuid) -> Result<Epoch, PosError> {
    let (company, register) = (tenant.as_str(), till.register_id.to_string());
    if let Some(row) = tx.fetch_optional(EPOCH, args![company, &register, id.to_string()]).await? {
        let seq = row.int("contiguous_seq")?;
        let contiguous_seq = u64::try_from(seq).map_err(|error| unreadable("contiguous_seq", error))?;
        let state = EpochState { contiguous_seq, head: row.parse("head")? };
        return Ok(Epoch { id, ordinal: row.int("ordinal")?, state });
    }
    let ordinal = tx.fetch_one(NEXT_ORDINAL, args![company, register]).await?.int("ordinal")?;
    Ok(Epoch { id, ordinal, state: EpochState::NEW })
}

/// The hashes held for those entries of the batch that were received before.
pub async fn known(
    tx: &mut Tx,
    tenant: &Tenant,
    till: Till,
    epoch: &Epoch,
    batch: &[Read],
) -> Result<HashMap<u64, Sha256>, PosError> {
    let seqs = || batch.iter().map(|read| read.received.entry.seq);
    let held = |seq: &u64| *seq <= epoch.state.contiguous_seq;
    let (Some(first), Some(last)) = (seqs().next().filter(held), seqs().rfind(held)) else {
        return Ok(HashMap::new());
    };
    let number = |seq: u64| i64::try_from(seq).unwrap_or(i64::MAX);
    let (register, id) = (till.register_id.to_string(), epoch.id.to_string());
    let rows = tx.fetch_all(KNOWN, args![tenant.as_str(), register, id, number(first), number(last)]).await?;
    let entry = |row: &db::Row| -> Result<(u64, Sha256), PosError> {
        let seq = u64::try_from(row.int("seq")?).map_err(|error| unreadable("seq", error))?;
        Ok((seq, row.parse("hash")?))
    };
    rows.iter().map(entry).collect()
}

/// Stores entries to the byte, all in one statement.
pub async fn insert(
    tx: &mut Tx,
    pos: &Pos,
    tenant: &Tenant,
    till: Till,
    epoch: &Epoch,
    new: &[Read],
) -> Result<(), PosError> {
    #[derive(Serialize)]
    struct Row<'a> {
        seq: u64,
        kind: String,
        at: i64,
        hash: Sha256,
        entry: &'a str,
        finding: Option<String>,
    }
    let rows: Vec<Row<'_>> = new
        .iter()
        .map(|read| Row {
            seq: read.received.entry.seq,
            kind: shown(&read.received.entry.kind),
            at: read.received.entry.at.as_millisecond(),
            hash: read.received.hash,
            entry: read.received.bytes.get(),
            finding: read.body.as_ref().err().map(|why| shown(why)),
        })
        .collect();
    let rows = serde_json::to_string(&rows).map_err(|error| unreadable("entries", error))?;
    let (register, id) = (till.register_id.to_string(), epoch.id.to_string());
    tx.execute(INSERT, args![tenant.as_str(), register, id, pos.now().as_millisecond(), rows]).await?;
    Ok(())
}

/// Notes that all of these are held now.
pub async fn advance(tx: &mut Tx, tenant: &Tenant, till: Till, epoch: Epoch, new: &[Read]) -> Result<Epoch, PosError> {
    let Some(last) = new.last() else { return Ok(epoch) };
    let state = EpochState { contiguous_seq: last.received.entry.seq, head: last.received.hash };
    let (register, id) = (till.register_id.to_string(), epoch.id.to_string());
    let seq = i64::try_from(state.contiguous_seq).map_err(|error| unreadable("seq", error))?;
    tx.execute(ADVANCE, args![tenant.as_str(), register, id, epoch.ordinal, seq, state.head.to_string()]).await?;
    Ok(Epoch { state, ..epoch })
}

/// Notes that an epoch's chain split. An epoch that nothing is held of has nothing to mark.
pub async fn mark_forked(tx: &mut Tx, pos: &Pos, tenant: &Tenant, till: Till, epoch: &Epoch) -> Result<(), PosError> {
    let (register, id) = (till.register_id.to_string(), epoch.id.to_string());
    tx.execute(FORKED, args![tenant.as_str(), register, id, pos.now().as_millisecond()]).await?;
    Ok(())
}

/// Whether a person was told that the till's newest epoch split.
pub async fn split_is_told(tx: &mut Tx, tenant: &Tenant, till: Till) -> Result<bool, PosError> {
    let row = tx.fetch_optional(NEWEST, args![tenant.as_str(), till.register_id.to_string()]).await?;
    Ok(row.map(|row| row.opt_int("forked_at")).transpose()?.flatten().is_some())
}

/// The highest Z number received of the till.
pub async fn highest_z(tx: &mut Tx, tenant: &Tenant, till: Till) -> Result<u32, PosError> {
    tx.fetch_one(HIGHEST_Z, args![tenant.as_str(), till.register_id.to_string()]).await?.small("z")
}

/// PostgreSQL stores no NUL character; the entry itself keeps it, escaped.
fn shown(text: &str) -> String {
    text.chars().take(500).collect::<String>().replace('\0', "\u{FFFD}")
}
