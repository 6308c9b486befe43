//! The published contracts as JSON Schema, generated from the types that are parsed: what is written down is what
//! is read. A test holds the files in `docs/contract/schema` against this.

use crate::{
    control::ControlTotals,
    document::{SettlementDocument, SettlementReceipt},
    event::Event,
    hash::Sha256,
    journal::{Body, JournalAnswer},
    masters::Masters,
    partner::{EventReceipt, LinkageGranted, LinkageRequest, StoreTable},
    refusal::Refusal,
};
use jiff::Timestamp;
use schemars::{JsonSchema, Schema, schema_for};
use uuid::Uuid;

/// A batch of journal entries as a till sends it.
#[derive(JsonSchema)]
#[schemars(rename = "JournalBatch", title = "JournalBatch")]
struct Batch {
    /// Contiguous entries of one epoch. An entry's hash is over its exact bytes: a receiver keeps them as they came.
    #[expect(dead_code, reason = "only its schema is of use")]
    entries: Vec<BatchEntry>,
}

/// One entry of a till's journal: what the chain needs, and a body by its kind.
#[derive(JsonSchema)]
#[schemars(rename = "JournalEntry")]
#[expect(dead_code, reason = "only its schema is of use")]
struct BatchEntry {
    /// The till's clock.
    at: Timestamp,
    /// Random; a new one after a restore.
    epoch: Uuid,
    /// SHA-256 of the entry before it, byte by byte; all zeros for the first of an epoch.
    prev: Sha256,
    /// From 1, contiguous in an epoch.
    #[schemars(range(min = 1))]
    seq: u64,
    /// What the till did.
    #[schemars(flatten)]
    body: Body,
}

/// Every document of the contracts: the name of its file, and its schema.
pub fn schemas() -> Vec<(&'static str, Schema)> {
    vec![
        ("journal-batch", schema_for!(Batch)),
        ("journal-answer", schema_for!(JournalAnswer)),
        ("masters", schema_for!(Masters)),
        ("settlement-document", schema_for!(SettlementDocument)),
        ("settlement-receipt", schema_for!(SettlementReceipt)),
        ("event", schema_for!(Event)),
        ("event-receipt", schema_for!(EventReceipt)),
        ("linkage-request", schema_for!(LinkageRequest)),
        ("linkage-granted", schema_for!(LinkageGranted)),
        ("store-table", schema_for!(StoreTable)),
        ("control-totals", schema_for!(ControlTotals)),
        ("refusal", schema_for!(Refusal)),
    ]
}
