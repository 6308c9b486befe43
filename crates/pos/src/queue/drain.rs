//! The worker of the requests: a bounded batch of settlements at a time, their bytes made outside the transaction that
//! stores them. A batch is stored only if nothing else took a sequence of the store meanwhile; else it is made again.

use std::sync::Arc;

use db::{Row, Sql, Tx, args};
use jiff::civil::Date;
use protocol::EVENT_BYTES_MAX;
use protocol::control::SettlementControl;
use protocol::event::Frame;
use protocol::hash::Sha256;
use sales::{Settlement, SettlementId, StoreId};
use uuid::Uuid;

use super::Kind;
use super::candidates::{self, Candidate};
use crate::intake::AcceptedSettlement;
use crate::outbox;
use crate::outbox::making::{self, Channel, Made, Names};
use crate::stored::{Stored, unreadable};
use crate::{Pos, PosError, Tenant};

/// Settlements per transaction.
const BATCH: i64 = 50;
/// Requests looked at in one round.
const REQUESTS_MAX: i64 = 200;

// A request of a store that is off waits for its switch.
const OPEN: &str = "
    SELECT q.company_id, q.request_id, q.generation, q.store_id, q.kind, q.from_date, q.to_date
    FROM queue_request q
    JOIN linkage l ON l.company_id = q.company_id AND l.generation = q.generation AND l.state = 'linked'
    JOIN store_link k ON k.company_id = q.company_id AND k.generation = q.generation AND k.store_id = q.store_id
                     AND k.enabled = 1
    WHERE q.done_at IS NULL AND q.kind <> 'resend' ORDER BY q.requested_at, q.request_id LIMIT $1";
const CHANNEL: &str = "
    SELECT l.own_product_codes, l.own_category_codes, k.last_sequence FROM linkage l
    JOIN store_link k ON k.company_id = l.company_id AND k.generation = l.generation AND k.store_id = $3
    WHERE l.company_id = $1 AND l.generation = $2 AND l.state = 'linked' AND k.enabled = 1";
const FACTS: &str = "
    SELECT facts, facts_sha256, control FROM settlement_revision
    WHERE company_id = $1 AND settlement_id = $2 AND revision = $3";
const LOCK_LINKAGE: Sql = Sql {
    sqlite: "SELECT generation FROM linkage WHERE company_id = $1 AND generation = $2 AND state = 'linked'",
    postgres: "SELECT generation FROM linkage WHERE company_id = $1 AND generation = $2 AND state = 'linked' FOR SHARE",
};
const LOCK_STORE: Sql = Sql {
    sqlite: "SELECT last_sequence FROM store_link
             WHERE company_id = $1 AND generation = $2 AND store_id = $3 AND enabled = 1",
    postgres: "SELECT last_sequence FROM store_link
               WHERE company_id = $1 AND generation = $2 AND store_id = $3 AND enabled = 1 FOR UPDATE",
};
const ADVANCED: &str = "UPDATE queue_request SET queued = queued + $3 WHERE company_id = $1 AND request_id = $2";
const DONE: &str = "
    UPDATE queue_request SET done_at = $3, queued = total - $4 WHERE company_id = $1 AND request_id = $2";

/// An open request.
#[derive(Clone, Debug)]
struct Request {
    tenant: Tenant,
    id: String,
    generation: i64,
    store: StoreId,
    kind: Kind,
    range: (Date, Date),
}

/// A batch as it was read: what to make, and on which sequence it stands.
struct Batch {
    channel: Channel,
    last_sequence: i64,
    items: Vec<Item>,
    last: Option<(Date, SettlementId)>,
}

struct Item {
    accepted: AcceptedSettlement,
    names: Names,
    codes: std::collections::BTreeMap<sales::ProductId, sales::OwnCodes>,
}

/// Drains every open request that can be drained now. `on_batch` is told after each stored batch.
pub async fn drain(pos: &Pos, on_batch: impl Fn()) -> Result<(), PosError> {
    let open = pos.db.read(async move |tx: &mut Tx| tx.fetch_all(OPEN, args![REQUESTS_MAX]).await).await?;
    for row in open {
        let request = Request::read(&row)?;
        if let Err(error) = drain_one(pos, &request, &on_batch).await {
            tracing::error!(tenant = %request.tenant, request = request.id, %error, "a request stands still");
        }
    }
    Ok(())
}

async fn drain_one(pos: &Pos, request: &Request, on_batch: &impl Fn()) -> Result<(), PosError> {
    let mut after = None;
    loop {
        let Some(batch) = read(pos, request, after).await? else { return Ok(()) };
        let last = batch.last;
        if last.is_none() {
            return done(pos, request).await;
        }
        let stored = make_and_store(pos, request, batch).await?;
        if stored {
            after = last;
            on_batch();
        }
    }
}

/// The next batch; none when the store was switched off or the linkage ended.
async fn read(pos: &Pos, request: &Request, after: Option<(Date, SettlementId)>) -> Result<Option<Batch>, PosError> {
    let request = request.clone();
    pos.db
        .read(async move |tx: &mut Tx| -> Result<Option<Batch>, PosError> {
            let Request { tenant, generation, store, kind, range, .. } = &request;
            let args = args![tenant.as_str(), *generation, store.to_string()];
            let Some(row) = tx.fetch_optional(CHANNEL, args).await? else { return Ok(None) };
            let channel = Channel {
                generation: *generation,
                own_product_codes: row.flag("own_product_codes")?,
                own_category_codes: row.flag("own_category_codes")?,
            };
            let found = candidates::next(tx, tenant, *generation, *store, *kind, *range, after, BATCH).await?;
            let mut items = Vec::with_capacity(found.len());
            for candidate in &found {
                match item(tx, tenant, channel, *store, candidate).await {
                    Err(PosError::Db(error)) => return Err(error.into()),
                    // One that can't be read must not keep the others; it stays a candidate, in plain sight.
                    Err(error) => tracing::error!(%tenant, settlement = %candidate.settlement_id, %error, "not queued"),
                    Ok(item) => items.push(item),
                }
            }
            let last = found.last().map(|candidate| (candidate.business_date, candidate.settlement_id));
            Ok(Some(Batch { channel, last_sequence: row.int("last_sequence")?, items, last }))
        })
        .await
}

async fn item(
    tx: &mut Tx,
    tenant: &Tenant,
    channel: Channel,
    store: StoreId,
    candidate: &Candidate,
) -> Result<Item, PosError> {
    let accepted = accepted(tx, tenant, store, candidate).await?;
    let names = making::names(tx, tenant, channel.generation, store, candidate.register_id).await?;
    let codes = making::own_codes(tx, tenant, channel, &accepted.settlement).await?;
    Ok(Item { accepted, names, codes })
}

/// A settlement as intake accepted it.
pub(crate) async fn accepted(
    tx: &mut Tx,
    tenant: &Tenant,
    store: StoreId,
    candidate: &Candidate,
) -> Result<AcceptedSettlement, PosError> {
    let args = args![tenant.as_str(), candidate.settlement_id.to_string(), candidate.revision];
    let row = tx.fetch_one(FACTS, args).await?;
    Ok(AcceptedSettlement {
        settlement: Arc::new(facts(&row)?),
        figures: None,
        store_id: store,
        register_id: candidate.register_id,
        facts_sha256: row.parse::<Sha256>("facts_sha256")?,
        control: row.json::<SettlementControl>("control")?,
    })
}

/// Facts as intake stored them.
fn facts(row: &Row) -> Result<Settlement, PosError> {
    let plain = Frame::unpack(&row.bytes("facts")?, EVENT_BYTES_MAX)?;
    serde_json::from_slice(&plain).map_err(|error| unreadable("settlement_revision.facts", error))
}

/// Makes the batch's bytes on a thread of their own, then stores them. False: a sequence was taken meanwhile.
async fn make_and_store(pos: &Pos, request: &Request, batch: Batch) -> Result<bool, PosError> {
    let Batch { channel, last_sequence, items, .. } = batch;
    let tenant = request.tenant.clone();
    let making = tokio::task::spawn_blocking(move || make(&tenant, channel, last_sequence, items));
    let made = making.await.map_err(|error| unreadable("event", error))?;
    let (request, now) = (request.clone(), pos.now());
    pos.db
        .write(async move |tx: &mut Tx| -> Result<bool, PosError> {
            let Request { tenant, id, generation, store, .. } = &request;
            let Some(((oldest, _), count)) = made.first().zip(i64::try_from(made.len()).ok()) else { return Ok(true) };
            if tx.fetch_optional(LOCK_LINKAGE, args![tenant.as_str(), *generation]).await?.is_none() {
                return Ok(false);
            }
            let args = args![tenant.as_str(), *generation, store.to_string()];
            let as_read = tx.fetch_optional(LOCK_STORE, args).await?.map(|row| row.int("last_sequence")).transpose()?;
            if as_read != Some(last_sequence) {
                return Ok(false);
            }
            outbox::advance(tx, tenant, *generation, *store, count, &oldest.settlement, now).await?;
            for (accepted, made) in made {
                outbox::insert(tx, tenant, *generation, &accepted, made, now).await?;
            }
            tx.execute(ADVANCED, args![tenant.as_str(), id, count]).await?;
            Ok(true)
        })
        .await
}

fn make(tenant: &Tenant, channel: Channel, last_sequence: i64, items: Vec<Item>) -> Vec<(AcceptedSettlement, Made)> {
    let mut made = Vec::with_capacity(items.len());
    let mut sequence = last_sequence;
    for Item { accepted, names, codes } in items {
        let id: Uuid = making::event_id(tenant, channel.generation, &accepted.settlement);
        match making::make(id, channel, sequence + 1, names, &accepted, &codes) {
            // One that can't be made must not keep the others; it stays a candidate, in plain sight.
            Err(error) => tracing::error!(%tenant, settlement = %accepted.settlement.id, %error, "not queued"),
            Ok(event) => {
                sequence += 1;
                made.push((accepted, event));
            }
        }
    }
    made
}

/// Nothing is left that can be queued. Another request may have queued some of it: what counts is what is left.
async fn done(pos: &Pos, request: &Request) -> Result<(), PosError> {
    let (request, now) = (request.clone(), pos.now().as_millisecond());
    pos.db
        .write(async move |tx: &mut Tx| -> Result<(), PosError> {
            let Request { tenant, id, generation, store, kind, range } = &request;
            let left = candidates::count(tx, tenant, *generation, *store, *kind, *range).await?;
            tx.execute(DONE, args![tenant.as_str(), id, now, left]).await?;
            Ok(())
        })
        .await
}

impl Request {
    fn read(row: &Row) -> Result<Self, PosError> {
        Ok(Self {
            tenant: Tenant::of_row(row)?,
            id: row.text("request_id")?,
            generation: row.int("generation")?,
            store: row.parse("store_id")?,
            kind: row.word("kind")?,
            range: (row.parse("from_date")?, row.parse("to_date")?),
        })
    }
}
