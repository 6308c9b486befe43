//! Revisions of settlements: each is kept for ever with its bytes, the highest one stands.

use super::Arrival;
use crate::{storable, webhook::Found};
use db::{DbError, Tx, args};
use protocol::{event::EventType, hash::Sha256, inbox::Known};

/// What is here of an arrival's settlement.
pub(super) struct Held {
    pub revisions: Option<Known>,
    /// The business date of the revision that stands.
    pub date: Option<String>,
}

const KNOWN: &str = "SELECT
      (SELECT MAX(r.revision) FROM settlement_revision r
       WHERE r.company_id = $1 AND r.store_id = $2 AND r.settlement_id = $3) AS highest,
      (SELECT r.facts_sha256 FROM settlement_revision r
       WHERE r.company_id = $1 AND r.store_id = $2 AND r.settlement_id = $3 AND r.revision = $4) AS same,
      (SELECT s.business_date FROM settlement s
       WHERE s.company_id = $1 AND s.store_id = $2 AND s.settlement_id = $3) AS standing";

pub(super) async fn known(tx: &mut Tx, arrival: &Arrival) -> Result<Held, DbError> {
    let revision = arrival.assessed.event.settlement.revision;
    let asked = args![arrival.company().as_str(), arrival.store(), arrival.settlement(), revision];
    let row = tx.fetch_one(KNOWN, asked).await?;
    let damaged = |found: String| DbError::Column { column: "facts_sha256".into(), rule: "a SHA-256", found };
    let same = row.opt_text("same")?.map(|hash| hash.parse::<Sha256>().map_err(|_| damaged(hash))).transpose()?;
    let highest = row.opt_int("highest")?.map(|highest| u32::try_from(highest).unwrap_or(u32::MAX));
    let revisions = highest.map(|revision| Known { revision, same_revision: same });
    Ok(Held { revisions, date: row.opt_text("standing")? })
}

const KEEP: &str = "INSERT INTO settlement_revision
    (company_id, store_id, settlement_id, revision, event_id, business_date, register_id, register_name, z_number,
     state, reason, revised_by, closed_at, received_at, checks, guests, net, tax, discounts, payments,
     facts_sha256, body_sha256, frame)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22, $23)";

pub(super) async fn keep(tx: &mut Tx, arrival: &Arrival) -> Result<(), DbError> {
    let (assessed, event) = (&arrival.assessed, &arrival.assessed.event);
    let control = &assessed.control;
    tx.execute(
        KEEP,
        args![
            arrival.company().as_str(),
            arrival.store(),
            arrival.settlement(),
            event.settlement.revision,
            event.event_id.to_string(),
            arrival.date(),
            event.register.id.to_string(),
            storable::text(&event.register.name),
            event.settlement.z_number,
            state(event.event_type),
            event.settlement.reason.as_deref().map(storable::text),
            event.settlement.revised_by.as_deref().map(storable::text),
            event.settlement.closed_at.as_millisecond(),
            arrival.at.as_millisecond(),
            control.checks,
            control.guests,
            control.net.0,
            control.tax.0,
            control.discounts.0,
            control.payments.0,
            assessed.facts_sha256.to_string(),
            arrival.body(),
            &assessed.frame.zstd,
        ],
    )
    .await
    .map(drop)
}

fn state(event: EventType) -> &'static str {
    if event == EventType::Cancelled { "cancelled" } else { "closed" }
}

// The row is the revision's own, so the two can't differ.
const STAND: &str = "INSERT INTO settlement
    (company_id, store_id, settlement_id, revision, business_date, register_id, register_name, z_number, state,
     closed_at, checks, guests, net, tax, discounts, payments, facts_sha256)
    SELECT company_id, store_id, settlement_id, revision, business_date, register_id, register_name, z_number, state,
      closed_at, checks, guests, net, tax, discounts, payments, facts_sha256
    FROM settlement_revision
    WHERE company_id = $1 AND store_id = $2 AND settlement_id = $3 AND revision = $4
    ON CONFLICT (company_id, store_id, settlement_id) DO UPDATE SET
      revision = excluded.revision, business_date = excluded.business_date, register_id = excluded.register_id,
      register_name = excluded.register_name, z_number = excluded.z_number, state = excluded.state,
      closed_at = excluded.closed_at, checks = excluded.checks, guests = excluded.guests, net = excluded.net,
      tax = excluded.tax, discounts = excluded.discounts, payments = excluded.payments,
      facts_sha256 = excluded.facts_sha256";

/// Makes the revision just kept the one that stands.
pub(super) async fn stand(tx: &mut Tx, arrival: &Arrival) -> Result<(), DbError> {
    let revision = arrival.assessed.event.settlement.revision;
    let stands = args![arrival.company().as_str(), arrival.store(), arrival.settlement(), revision];
    tx.execute(STAND, stands).await.map(drop)
}

const FIND: &str = "INSERT INTO finding
    (company_id, store_id, settlement_id, revision, finding_id, business_date, register_id, kind, what, stated,
     computed, found_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
    ON CONFLICT (company_id, store_id, settlement_id, revision, finding_id) DO NOTHING";

/// Writes down one thing that is wrong with an arrival's revision.
pub(super) async fn find(tx: &mut Tx, arrival: &Arrival, id: &str, found: &Found) -> Result<(), DbError> {
    let event = &arrival.assessed.event;
    tx.execute(
        FIND,
        args![
            arrival.company().as_str(),
            arrival.store(),
            arrival.settlement(),
            event.settlement.revision,
            id,
            arrival.date(),
            event.register.id.to_string(),
            found.kind.name(),
            storable::text(&found.what),
            found.stated,
            found.computed,
            arrival.at.as_millisecond(),
        ],
    )
    .await
    .map(drop)
}
