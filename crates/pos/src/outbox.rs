//! The outbox: what was committed here reaches FLARO at least once, in order per store.
//!
//! An event's bytes are made for the transaction that queues it, mostly just before, and never change again. A later
//! revision takes the place of what still waits of the same settlement. Nothing expires.

pub mod list;
pub mod log;
pub mod making;
mod prepared;
pub mod resend;
pub mod standing;

use db::{Sql, Tx, args};
use jiff::Timestamp;
use protocol::linkage::{Decision, Situation, decide};
pub use protocol::outbox::State;
use sales::{Settlement, SettlementId, StoreId};

use crate::intake::AcceptedSettlement;
use crate::stored::Stored;
use crate::{Pos, PosError, Tenant};
use making::{Channel, Made};
pub use prepared::{Outlook, Prepared, outlook};

// On PostgreSQL the linkage's row is shared by intakes and kept from 連携解除; the store's row is one intake's.
const LINKED: Sql = Sql {
    sqlite: "SELECT generation, own_product_codes, own_category_codes FROM linkage
             WHERE company_id = $1 AND state = 'linked'",
    postgres: "SELECT generation, own_product_codes, own_category_codes FROM linkage
               WHERE company_id = $1 AND state = 'linked' FOR SHARE",
};
const STORE: Sql = Sql {
    sqlite: "SELECT enabled, start_date, end_date FROM store_link
             WHERE company_id = $1 AND generation = $2 AND store_id = $3",
    postgres: "SELECT enabled, start_date, end_date FROM store_link
               WHERE company_id = $1 AND generation = $2 AND store_id = $3 FOR UPDATE",
};
const KNOWN: &str = "
    SELECT CAST((SELECT COUNT(*) FROM outbox o WHERE o.company_id = $1 AND o.settlement_id = $4
                 AND (o.state NOT IN ('ended', 'discarded') OR o.delivered_at IS NOT NULL)) AS BIGINT) AS sent,
           CAST((SELECT COUNT(*) FROM outbox o WHERE o.company_id = $1 AND o.settlement_id = $4
                 AND o.revision >= $5 AND o.generation = $2) AS BIGINT) AS queued,
           CAST((SELECT COUNT(*) FROM queue_request q WHERE q.company_id = $1 AND q.generation = $2 AND q.store_id = $3
                 AND q.kind = 'past' AND q.from_date <= $6 AND q.to_date >= $6) AS BIGINT) AS past,
           CAST((SELECT COUNT(*) FROM discarded_day d WHERE d.company_id = $1 AND d.generation = $2
                 AND d.store_id = $3 AND d.business_date = $6) AS BIGINT) AS discarded";
const ADVANCE: &str = "
    UPDATE store_link SET last_sequence = last_sequence + $4,
           next_due_at = CASE WHEN next_due_at IS NULL OR next_due_at > $5 THEN $5 ELSE next_due_at END,
           head_date = CASE WHEN head_date IS NULL OR head_date > $6 THEN $6 ELSE head_date END
    WHERE company_id = $1 AND generation = $2 AND store_id = $3
    RETURNING last_sequence";
const INSERT: &str = "
    INSERT INTO outbox (company_id, event_id, generation, store_id, register_id, settlement_id, revision, business_date,
                        sequence, event_type, state, due_at, body_bytes, body_sha256, facts_sha256, control, queued_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, 'waiting', $11, $12, $13, $14, $15, $11)";
const KEEP_FRAME: &str = "INSERT INTO event_frame (company_id, event_id, frame) VALUES ($1, $2, $3)";
const SUPERSEDE: &str = "
    UPDATE outbox SET state = 'superseded', due_at = NULL
    WHERE company_id = $1 AND settlement_id = $2 AND revision < $3 AND state IN ('waiting', 'attention', 'ended')";
// The same revision, left unsent by an earlier generation, goes through this one now.
const TAKE_OVER: &str = "
    UPDATE outbox SET state = 'superseded', due_at = NULL
    WHERE company_id = $1 AND settlement_id = $2 AND revision = $3 AND generation < $4 AND state = 'ended'";

/// Offers a settlement that was just accepted to the company's linkage, in the transaction that accepts it.
/// After the commit, ring `pos.wake`.
///
/// `prepared`: its event as it was made before the transaction. It is taken if nothing changed since.
pub async fn offer(
    tx: &mut Tx,
    pos: &Pos,
    tenant: &Tenant,
    accepted: &AcceptedSettlement,
    prepared: Option<&Prepared>,
) -> Result<(), PosError> {
    queue_if(tx, pos, tenant, accepted, prepared, false).await?;
    Ok(())
}

/// Offers what stands of a settlement that FLARO has, whoever remembers sending it: like a revision of anything sent it
/// goes, whatever the window says. Whether it is queued.
pub(crate) async fn follow(
    tx: &mut Tx,
    pos: &Pos,
    tenant: &Tenant,
    accepted: &AcceptedSettlement,
) -> Result<bool, PosError> {
    queue_if(tx, pos, tenant, accepted, None, true).await
}

async fn queue_if(
    tx: &mut Tx,
    pos: &Pos,
    tenant: &Tenant,
    accepted: &AcceptedSettlement,
    prepared: Option<&Prepared>,
    flaro_has_it: bool,
) -> Result<bool, PosError> {
    let Some(row) = tx.fetch_optional(LINKED, args![tenant.as_str()]).await? else { return Ok(false) };
    let channel = Channel::read(&row)?;
    let queued = decision(tx, tenant, channel.generation, accepted, flaro_has_it).await? == Decision::Queue;
    if queued {
        queue_now(tx, tenant, channel, accepted, prepared, pos.now()).await?;
    }
    Ok(queued)
}

/// What becomes of it. A revision that is queued already, or below one that is, stays where it is.
async fn decision(
    tx: &mut Tx,
    tenant: &Tenant,
    generation: i64,
    accepted: &AcceptedSettlement,
    flaro_has_it: bool,
) -> Result<Decision, PosError> {
    let (store, settlement) = (accepted.store_id.to_string(), &accepted.settlement);
    let Some(link) = tx.fetch_optional(STORE, args![tenant.as_str(), generation, &store]).await? else {
        return Ok(Decision::Outside);
    };
    let (id, date) = (settlement.id.to_string(), settlement.business_date.to_string());
    let args = args![tenant.as_str(), generation, store, id, settlement.revision, date];
    let known = tx.fetch_one(KNOWN, args).await?;
    if known.int("queued")? > 0 {
        return Ok(Decision::Outside);
    }
    let day = settlement.business_date;
    let past_ranges: &[_] = if known.int("past")? > 0 { &[(day, day)] } else { &[] };
    Ok(decide(&Situation {
        linked: true,
        enabled: link.flag("enabled")?,
        window: link.opt_parse("start_date")?.zip(link.opt_parse("end_date")?),
        business_date: day,
        already_sent: flaro_has_it || known.int("sent")? > 0,
        past_ranges,
        discarded: known.int("discarded")? > 0,
    }))
}

async fn queue_now(
    tx: &mut Tx,
    tenant: &Tenant,
    channel: Channel,
    accepted: &AcceptedSettlement,
    prepared: Option<&Prepared>,
    now: Timestamp,
) -> Result<(), PosError> {
    let (store, settlement) = (accepted.store_id, &accepted.settlement);
    let names = making::names(tx, tenant, channel.generation, store, accepted.register_id).await?;
    let codes = making::own_codes(tx, tenant, channel, settlement).await?;
    let sequence = advance(tx, tenant, channel.generation, store, 1, settlement, now).await?;
    let made = if let Some(prepared) = prepared.filter(|prepared| prepared.is(channel, sequence, &names, &codes)) {
        prepared.made.clone()
    } else {
        let event_id = making::event_id(tenant, channel.generation, settlement);
        making::make(event_id, channel, sequence, names, accepted, &codes)?
    };
    insert(tx, tenant, channel.generation, accepted, made, now).await
}

/// Takes the next `count` sequences of a store and makes its lane due; gives the last one taken.
pub(crate) async fn advance(
    tx: &mut Tx,
    tenant: &Tenant,
    generation: i64,
    store: StoreId,
    count: i64,
    oldest: &Settlement,
    now: Timestamp,
) -> Result<i64, PosError> {
    let date = oldest.business_date.to_string();
    let args = args![tenant.as_str(), generation, store.to_string(), count, now.as_millisecond(), date];
    Ok(tx.fetch_one(ADVANCE, args).await?.int("last_sequence")?)
}

/// Stores an event, and takes the place of what still waits of the same settlement.
pub(crate) async fn insert(
    tx: &mut Tx,
    tenant: &Tenant,
    generation: i64,
    accepted: &AcceptedSettlement,
    made: Made,
    now: Timestamp,
) -> Result<(), PosError> {
    let (settlement, event_id) = (&accepted.settlement, made.event_id.to_string());
    let args = args![
        tenant.as_str(),
        &event_id,
        generation,
        accepted.store_id.to_string(),
        accepted.register_id.to_string(),
        settlement.id.to_string(),
        settlement.revision,
        settlement.business_date.to_string(),
        made.sequence,
        made.event_type,
        now.as_millisecond(),
        made.body_bytes,
        made.frame.body_sha256.to_string(),
        made.facts_sha256.to_string(),
        made.control,
    ];
    tx.execute(INSERT, args).await?;
    tx.execute(KEEP_FRAME, args![tenant.as_str(), event_id, made.frame.zstd]).await?;
    supersede(tx, tenant, generation, settlement.id, settlement.revision).await
}

async fn supersede(
    tx: &mut Tx,
    tenant: &Tenant,
    generation: i64,
    settlement: SettlementId,
    revision: u32,
) -> Result<(), PosError> {
    let id = settlement.to_string();
    if revision > 1 {
        tx.execute(SUPERSEDE, args![tenant.as_str(), &id, revision]).await?;
    }
    if generation > 1 {
        tx.execute(TAKE_OVER, args![tenant.as_str(), id, revision, generation]).await?;
    }
    Ok(())
}
