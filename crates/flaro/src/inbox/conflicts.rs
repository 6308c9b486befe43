//! The same settlement and revision with other facts, or the same event id with other bytes: both versions are kept,
//! the sender is told, the day is marked. A higher revision of the settlement settles it.

use super::{Arrival, revisions};
use crate::webhook::{Found, Kind};
use db::{DbError, Tx, args};

const KEEP: &str = "INSERT INTO event_conflict
    (company_id, event_id, body_sha256, linkage_id, store_id, settlement_id, revision, business_date, facts_sha256,
     received_at, times, frame)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 1, $11)
    ON CONFLICT (company_id, event_id, body_sha256) DO UPDATE SET times = event_conflict.times + 1";

pub(super) async fn keep(tx: &mut Tx, arrival: &Arrival) -> Result<(), DbError> {
    let (assessed, event) = (&arrival.assessed, &arrival.assessed.event);
    tx.execute(
        KEEP,
        args![
            arrival.company().as_str(),
            event.event_id.to_string(),
            arrival.body(),
            &arrival.channel.linkage_id,
            arrival.store(),
            arrival.settlement(),
            event.settlement.revision,
            arrival.date(),
            assessed.facts_sha256.to_string(),
            arrival.at.as_millisecond(),
            &assessed.frame.zstd,
        ],
    )
    .await?;
    let found = Found::new(Kind::Conflict, event.event_id.to_string());
    revisions::find(tx, arrival, &format!("conflict {}", arrival.body()), &found).await
}
