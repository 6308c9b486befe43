//! Who goes next: a store is a lane with at most one event in flight, and a lane is claimed by one sender in one
//! statement. Lanes are admitted fairly between companies, within a company by the oldest business date.

use db::{Row, Sql, Tx, args};
use jiff::{SignedDuration, Timestamp};
use protocol::hash::Sha256;
use protocol::signature::Secret;
use sales::{SettlementId, StoreId};
use uuid::Uuid;

use super::lane;
use crate::linkage::vault;
use crate::stored::{Stored, unreadable};
use crate::{Pos, PosError, Tenant};

/// A claim ends by itself after this long: longer than an attempt can take.
const LEASE: SignedDuration = SignedDuration::from_secs(60);

/// `$1` endpoint, `$2` now, `$3` due until then, `$4` how many, `$5` the store that is not wanted again, `$6` the lease.
macro_rules! ready {
    ($columns:literal) => {
        concat!(
            "SELECT ",
            $columns,
            " FROM (
           SELECT s.company_id, s.generation, s.store_id, s.head_date, l.paused_until,
                  ROW_NUMBER() OVER (PARTITION BY s.company_id ORDER BY s.head_date, s.next_due_at, s.store_id) AS turn,
                  COALESCE(b.busy, 0) AS busy
           FROM linkage l JOIN store_link s ON s.company_id = l.company_id AND s.generation = l.generation
           LEFT JOIN (SELECT company_id, generation, COUNT(*) AS busy FROM store_link WHERE claimed_until > $2
                      GROUP BY company_id, generation) b ON b.company_id = l.company_id AND b.generation = l.generation
           WHERE l.state = 'linked' AND l.endpoint = $1 AND l.held_by_person = 0
             AND (l.paused_until IS NULL OR l.paused_until <= $2)
             AND s.enabled = 1 AND s.next_due_at <= $3 AND (s.claimed_until IS NULL OR s.claimed_until <= $2)
         ) AS ready
         WHERE paused_until IS NULL OR (turn = 1 AND busy = 0)
         ORDER BY CASE WHEN store_id = $5 THEN 1 ELSE 0 END, turn + busy, head_date, store_id LIMIT $4"
        )
    };
}

const CLAIM: Sql = Sql {
    sqlite: concat!(
        "UPDATE store_link SET claimed_until = $6 WHERE (company_id, generation, store_id) IN (",
        ready!("company_id, generation, store_id"),
        ") RETURNING company_id, generation, store_id"
    ),
    postgres: concat!(
        "WITH ready AS (",
        ready!("company_id, generation, store_id"),
        "), free AS (
           SELECT t.company_id, t.generation, t.store_id FROM store_link t
           JOIN ready r ON r.company_id = t.company_id AND r.generation = t.generation AND r.store_id = t.store_id
           WHERE t.claimed_until IS NULL OR t.claimed_until <= $2 FOR UPDATE OF t SKIP LOCKED)
         UPDATE store_link SET claimed_until = $6 FROM free f
         WHERE store_link.company_id = f.company_id AND store_link.generation = f.generation
           AND store_link.store_id = f.store_id
         RETURNING store_link.company_id, store_link.generation, store_link.store_id"
    ),
};
/// `$1` company, `$2` generation, `$3` store, `$4` now, `$5` the lease. A linkage that is paused is tried by [`claim`] alone.
macro_rules! still_ready {
    ($prefix:literal) => {
        concat!(
            $prefix,
            "company_id = $1 AND ",
            $prefix,
            "generation = $2 AND ",
            $prefix,
            "store_id = $3 AND ",
            $prefix,
            "enabled = 1 AND ",
            $prefix,
            "next_due_at <= $4 AND (",
            $prefix,
            "claimed_until IS NULL OR ",
            $prefix,
            "claimed_until <= $4)
            AND EXISTS (SELECT 1 FROM linkage l WHERE l.company_id = $1 AND l.generation = $2 AND l.state = 'linked'
                        AND l.held_by_person = 0 AND l.paused_until IS NULL)"
        )
    };
}

const READY: &str = ready!("company_id, generation, store_id, paused_until");
const CLAIM_LANE: Sql = Sql {
    sqlite: concat!("UPDATE store_link SET claimed_until = $5 WHERE ", still_ready!("")),
    postgres: concat!(
        "WITH free AS (SELECT t.company_id, t.generation, t.store_id FROM store_link t WHERE ",
        still_ready!("t."),
        " FOR UPDATE OF t SKIP LOCKED)
         UPDATE store_link SET claimed_until = $5 FROM free f
         WHERE store_link.company_id = f.company_id AND store_link.generation = f.generation
           AND store_link.store_id = f.store_id"
    ),
};
const HEAD: &str = "
    SELECT o.event_id, o.settlement_id, f.frame, o.body_sha256, o.attempts, o.first_failed_at, o.business_date,
           l.webhook_url, l.secret, l.previous_secret, l.previous_secret_until, l.zstd
    FROM outbox o JOIN linkage l ON l.company_id = o.company_id AND l.generation = o.generation
    LEFT JOIN event_frame f ON f.company_id = o.company_id AND f.event_id = o.event_id
    WHERE o.company_id = $1 AND o.generation = $2 AND o.store_id = $3 AND o.state IN ('waiting', 'attention')
      AND o.due_at <= $4
    ORDER BY CASE o.state WHEN 'waiting' THEN 0 ELSE 1 END, o.business_date, o.sequence LIMIT 1";
const IN_FLIGHT: &str = "
    UPDATE store_link SET claimed_event = $4 WHERE company_id = $1 AND generation = $2 AND store_id = $3";

/// What a sender wants of an endpoint.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// The endpoint.
    pub endpoint: String,
    /// At most so many lanes.
    pub most: usize,
    /// The endpoint is down: its oldest waiting, due or not, and rather not of this store.
    pub probe: Option<String>,
}

/// A store's lane, by its linkage.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lane {
    tenant: Tenant,
    generation: i64,
    store_id: StoreId,
}

/// An event whose attempt begins with its claim.
#[derive(Debug)]
pub struct Claimed {
    /// Whose.
    pub tenant: Tenant,
    /// The generation.
    pub generation: i64,
    /// The lane.
    pub store_id: StoreId,
    /// When the claim ends by itself, in epoch milliseconds: what tells it from the lane's next one.
    pub lease: i64,
    /// Which.
    pub event_id: Uuid,
    /// What it is about.
    pub settlement_id: SettlementId,
    /// 営業日, as stored.
    pub business_date: String,
    /// The stored bytes.
    pub frame: Vec<u8>,
    /// Of the plain bytes.
    pub body_sha256: Sha256,
    /// Attempts before this one.
    pub attempts: u32,
    /// The first failure since it was queued or sent again.
    pub first_failed_at: Option<Timestamp>,
    /// Webhook連携先URL
    pub webhook_url: String,
    /// Current, and previous while it rotates.
    pub secrets: Vec<Secret>,
    /// Whether the receiver takes zstd.
    pub zstd: bool,
}

/// Claims lanes and takes the head of each. Which are ready is asked beside those who write: with ten thousand lanes that
/// takes longer than claiming them.
pub async fn claim(pos: &Pos, wanted: &Wanted) -> Result<Vec<Claimed>, PosError> {
    if wanted.probe.is_some() {
        return claim_judged(pos, wanted).await;
    }
    let rows = ready_rows(pos, &wanted.endpoint, wanted.most).await?;
    for row in &rows {
        if row.opt_int("paused_until")?.is_some() {
            return claim_judged(pos, wanted).await;
        }
    }
    let lanes = rows.iter().map(Lane::read).collect::<Result<Vec<_>, _>>()?;
    if lanes.is_empty() {
        return Ok(Vec::new());
    }
    let (shared, now) = (pos.clone(), pos.now());
    pos.db
        .write(async move |tx: &mut Tx| -> Result<Vec<Claimed>, PosError> {
            let mut claimed = Vec::with_capacity(lanes.len());
            for lane in &lanes {
                claimed.extend(claim_one(tx, &shared, std::slice::from_ref(lane), now).await?);
            }
            Ok(claimed)
        })
        .await
}

/// Judges in the statement that claims whose turn it is: where a linkage is paused, or an endpoint is down, one goes ahead
/// to try, and no second.
async fn claim_judged(pos: &Pos, wanted: &Wanted) -> Result<Vec<Claimed>, PosError> {
    let (wanted, now) = (wanted.clone(), pos.now());
    let shared = pos.clone();
    pos.db
        .write(async move |tx: &mut Tx| -> Result<Vec<Claimed>, PosError> {
            let (at, lease) = (now.as_millisecond(), now.saturating_add(LEASE).unwrap_or(now).as_millisecond());
            let due_until = if wanted.probe.is_some() { i64::MAX } else { at };
            let most = i64::try_from(wanted.most).unwrap_or(i64::MAX);
            let not_again = wanted.probe.unwrap_or_default();
            let lanes = tx.fetch_all(CLAIM, args![wanted.endpoint, at, due_until, most, not_again, lease]).await?;
            let mut claimed = Vec::with_capacity(lanes.len());
            for row in lanes {
                claimed.extend(head(tx, &shared, &Lane::read(&row)?, due_until, now, lease).await?);
            }
            Ok(claimed)
        })
        .await
}

/// Lanes that are ready now, in the order in which [`claim`] would take them.
pub async fn ready(pos: &Pos, endpoint: &str, most: usize) -> Result<Vec<Lane>, PosError> {
    ready_rows(pos, endpoint, most).await?.iter().map(Lane::read).collect()
}

async fn ready_rows(pos: &Pos, endpoint: &str, most: usize) -> Result<Vec<Row>, PosError> {
    let most = i64::try_from(most).unwrap_or(i64::MAX);
    let (endpoint, at) = (endpoint.to_owned(), pos.now().as_millisecond());
    Ok(pos.db.read(async move |tx: &mut Tx| tx.fetch_all(READY, args![endpoint, at, at, most, ""]).await).await?)
}

/// Claims the first of these lanes that is still ready and takes its head: in a transaction that ends another claim, so
/// that the next attempt waits for no commit of its own.
pub(super) async fn claim_one(
    tx: &mut Tx,
    pos: &Pos,
    lanes: &[Lane],
    now: Timestamp,
) -> Result<Option<Claimed>, PosError> {
    let (at, lease) = (now.as_millisecond(), now.saturating_add(LEASE).unwrap_or(now).as_millisecond());
    for lane in lanes {
        let args = args![lane.tenant.as_str(), lane.generation, lane.store_id.to_string(), at, lease];
        if tx.execute(CLAIM_LANE, args).await? > 0
            && let Some(claimed) = head(tx, pos, lane, at, now, lease).await?
        {
            return Ok(Some(claimed));
        }
    }
    Ok(None)
}

/// Claims this lane if it is ready, and takes its head.
pub async fn claim_lane(pos: &Pos, lane: Lane) -> Result<Option<Claimed>, PosError> {
    let (shared, now) = (pos.clone(), pos.now());
    pos.db
        .in_line_of(lane.tenant.as_str())
        .write(async move |tx: &mut Tx| claim_one(tx, &shared, std::slice::from_ref(&lane), now).await)
        .await
}

/// The head of a lane that was just claimed; one without any is let go of.
async fn head(
    tx: &mut Tx,
    pos: &Pos,
    lane: &Lane,
    due_until: i64,
    now: Timestamp,
    lease: i64,
) -> Result<Option<Claimed>, PosError> {
    let (company, store) = (lane.tenant.as_str(), lane.store_id.to_string());
    let Some(head) = tx.fetch_optional(HEAD, args![company, lane.generation, &store, due_until]).await? else {
        lane::settle(tx, &lane.tenant, lane.generation, lane.store_id, None, lease).await?;
        return Ok(None);
    };
    match read(pos, &head, (lane.tenant.clone(), lane.generation, lane.store_id), now, lease) {
        Ok(claimed) => {
            tx.execute(IN_FLIGHT, args![company, lane.generation, store, claimed.event_id.to_string()]).await?;
            Ok(Some(claimed))
        }
        // What can't be opened or read stops its own lane, which is looked at again when the claim ends.
        Err(error) => {
            tracing::error!(tenant = %lane.tenant, generation = lane.generation, %store, %error, "a store's event can't be sent");
            Ok(None)
        }
    }
}

impl Lane {
    /// A store's, by the company's linkage.
    pub fn new(tenant: &Tenant, generation: i64, store_id: StoreId) -> Self {
        Self { tenant: tenant.clone(), generation, store_id }
    }

    /// The lane that this was claimed of.
    pub fn of(claimed: &Claimed) -> Self {
        let Claimed { tenant, generation, store_id, .. } = claimed;
        Self { tenant: tenant.clone(), generation: *generation, store_id: *store_id }
    }

    /// Whether this was claimed of it.
    pub fn is_of(&self, claimed: &Claimed) -> bool {
        *self == Self::of(claimed)
    }

    fn read(row: &Row) -> Result<Self, PosError> {
        Ok(Self { tenant: Tenant::of_row(row)?, generation: row.int("generation")?, store_id: row.parse("store_id")? })
    }
}

fn read(
    pos: &Pos,
    row: &Row,
    (tenant, generation, store_id): (Tenant, i64, StoreId),
    now: Timestamp,
    lease: i64,
) -> Result<Claimed, PosError> {
    let secret = |column| vault::secret(pos, &tenant, generation, row, column);
    let mut secrets = vec![secret("secret")?.ok_or_else(|| unreadable("linkage.secret", "there is none"))?];
    if row.opt_at("previous_secret_until")?.is_some_and(|until| until > now) {
        secrets.extend(secret("previous_secret")?);
    }
    let webhook_url = vault::webhook_url(pos, &tenant, generation, row)?;
    Ok(Claimed {
        tenant,
        generation,
        store_id,
        lease,
        event_id: row.parse("event_id")?,
        settlement_id: row.parse("settlement_id")?,
        business_date: row.text("business_date")?,
        frame: row.bytes("frame")?,
        body_sha256: row.parse("body_sha256")?,
        attempts: row.small("attempts")?,
        first_failed_at: row.opt_at("first_failed_at")?,
        webhook_url,
        secrets,
        zstd: row.flag("zstd")?,
    })
}
