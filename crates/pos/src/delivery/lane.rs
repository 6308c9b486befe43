//! A store's lane: when it is due next, and how old what waits in it is. Kept beside the store's link, so that looking
//! for work never scans what waits.

//!
//! Whoever changes a lane and its events locks the lane first; whoever changes the linkage, too, locks that before.

use db::{Sql, Tx, args};
use jiff::Timestamp;
use sales::StoreId;

use crate::{Pos, PosError, Tenant};

const LOCK: Sql = Sql {
    sqlite: "SELECT store_id FROM store_link WHERE company_id = $1 AND generation = $2 AND store_id = $3",
    postgres: "SELECT store_id FROM store_link WHERE company_id = $1 AND generation = $2 AND store_id = $3 FOR UPDATE",
};
const LOCK_ALL: Sql = Sql {
    sqlite: "SELECT 1 AS one FROM store_link WHERE company_id = $1 AND generation = $2 LIMIT 1",
    postgres: "SELECT store_id FROM store_link WHERE company_id = $1 AND generation = $2 ORDER BY store_id FOR UPDATE",
};
const LOCK_WAITING: Sql = Sql {
    sqlite: "SELECT 1 AS one FROM store_link WHERE $1 <> '' LIMIT 1",
    postgres: "SELECT s.store_id FROM store_link s
               JOIN linkage l ON l.company_id = s.company_id AND l.generation = s.generation
               WHERE l.state = 'linked' AND ($1 = '' OR l.endpoint = $1) AND s.next_due_at IS NOT NULL
               ORDER BY s.company_id, s.store_id FOR UPDATE OF s",
};
const NEXT: &str = "
    SELECT MIN(due_at) AS due, MIN(business_date) AS head FROM outbox
    WHERE company_id = $1 AND generation = $2 AND store_id = $3 AND state IN ('waiting', 'attention')
      AND due_at IS NOT NULL";
const SETTLE: &str = "
    UPDATE store_link SET next_due_at = $4, head_date = $5, failing = $6,
           claimed_event = CASE WHEN claimed_until = $7 THEN NULL ELSE claimed_event END,
           claimed_until = CASE WHEN claimed_until = $7 THEN NULL ELSE claimed_until END
    WHERE company_id = $1 AND generation = $2 AND store_id = $3";
const DUE_NOW: &str = "
    UPDATE outbox SET due_at = $4
    WHERE company_id = $1 AND generation = $2 AND store_id = $3 AND state = 'waiting' AND due_at > $4
      AND EXISTS (SELECT 1 FROM store_link k WHERE k.company_id = $1 AND k.generation = $2 AND k.store_id = $3
                  AND k.failing = 1)";
const RELEASE_EVENTS: &str = "
    UPDATE outbox SET due_at = $2 WHERE state = 'waiting' AND due_at > $2 AND (company_id, generation, store_id) IN (
      SELECT s.company_id, s.generation, s.store_id FROM linkage l
      JOIN store_link s ON s.company_id = l.company_id AND s.generation = l.generation
      WHERE l.state = 'linked' AND ($1 = '' OR l.endpoint = $1) AND s.next_due_at IS NOT NULL)";
const RELEASE_LANES: &str = "
    UPDATE store_link SET next_due_at = $2, failing = 0
    WHERE next_due_at > $2 AND (company_id, generation) IN (
      SELECT l.company_id, l.generation FROM linkage l WHERE l.state = 'linked' AND ($1 = '' OR l.endpoint = $1))";
const FREE: &str = "
    UPDATE store_link SET claimed_until = NULL, claimed_event = NULL WHERE claimed_until IS NOT NULL";

/// Holds a lane until the transaction ends.
pub(super) async fn lock(tx: &mut Tx, tenant: &Tenant, generation: i64, store: StoreId) -> Result<(), PosError> {
    tx.fetch_all(LOCK, args![tenant.as_str(), generation, store.to_string()]).await?;
    Ok(())
}

/// Holds all lanes of a generation.
pub(crate) async fn lock_all(tx: &mut Tx, tenant: &Tenant, generation: i64) -> Result<(), PosError> {
    tx.fetch_all(LOCK_ALL, args![tenant.as_str(), generation]).await?;
    Ok(())
}

/// Ends the claim with this lease (one that ran out may have been claimed again: that claim stays), under the lane's [`lock`]: the lane is due when the first of its events is, and while it fails not before `not_before`.
pub(super) async fn settle(
    tx: &mut Tx,
    tenant: &Tenant,
    generation: i64,
    store: StoreId,
    not_before: Option<Timestamp>,
    lease: i64,
) -> Result<(), PosError> {
    let store = store.to_string();
    let next = tx.fetch_one(NEXT, args![tenant.as_str(), generation, &store]).await?;
    let floor = not_before.map_or(i64::MIN, Timestamp::as_millisecond);
    let due = next.opt_int("due")?.map(|due| due.max(floor));
    let (head, failing) = (next.opt_text("head")?, not_before.is_some());
    tx.execute(SETTLE, args![tenant.as_str(), generation, store, due, head, failing, lease]).await?;
    Ok(())
}

/// The lane passes again: what waits in it for a later try is due now.
pub(super) async fn passes(
    tx: &mut Tx,
    tenant: &Tenant,
    generation: i64,
    store: StoreId,
    now: Timestamp,
) -> Result<(), PosError> {
    let args = args![tenant.as_str(), generation, store.to_string(), now.as_millisecond()];
    tx.execute(DUE_NOW, args).await?;
    Ok(())
}

/// An endpoint answers again (none: this place has just started): everything that waits for it is due at once.
pub async fn release(pos: &Pos, endpoint: Option<&str>) -> Result<(), PosError> {
    let (endpoint, now) = (endpoint.unwrap_or_default().to_owned(), pos.now().as_millisecond());
    pos.db
        .write(async move |tx: &mut Tx| -> Result<(), PosError> {
            tx.fetch_all(LOCK_WAITING, args![&endpoint]).await?;
            tx.execute(RELEASE_EVENTS, args![&endpoint, now]).await?;
            tx.execute(RELEASE_LANES, args![&endpoint, now]).await?;
            Ok(())
        })
        .await
}

/// Claims of a process that is gone. Only where no other process can be sending: a SQLite database has one.
pub async fn free_all(pos: &Pos) -> Result<(), PosError> {
    if pos.db.engine() == db::Engine::Sqlite {
        pos.db.write(async move |tx: &mut Tx| tx.execute(FREE, args![]).await).await?;
    }
    Ok(())
}
