//! 連携解除: one commit after which no attempt starts. It never waits for FLARO: telling it is retried in the
//! background until it has heard.

use db::{Tx, args};
use jiff::SignedDuration;
use uuid::Uuid;

use super::linked;
use crate::delivery::lane;
use crate::partner_client::PartnerClient;
use crate::stored::Stored;
use crate::{Pos, PosError, Tenant, audit, queue};

/// How long until FLARO is told again.
const RETRY: SignedDuration = SignedDuration::from_secs(15);
/// So many are told in one round.
const ROUND_MAX: i64 = 50;

// What was signed with its secrets was; nothing of it is sent any more, and none is kept.
const END: &str = "
    UPDATE linkage SET state = 'ended', ended_at = $3, partner_retry_at = 0, paused_until = NULL, pause_cause = NULL,
           pause_status = NULL, webhook_url = NULL, secret = NULL, previous_secret = NULL, previous_secret_until = NULL,
           secret_wanted_at = NULL
    WHERE company_id = $1 AND generation = $2 AND state = 'linked'";
const END_WAITING: &str = "
    UPDATE outbox SET state = 'ended', due_at = NULL
    WHERE company_id = $1 AND generation = $2 AND state IN ('waiting', 'attention')";
const END_LANES: &str = "
    UPDATE store_link SET enabled = 0, next_due_at = NULL, head_date = NULL WHERE company_id = $1 AND generation = $2";
const END_REQUESTS: &str = "
    UPDATE queue_request SET done_at = $3 WHERE company_id = $1 AND generation = $2 AND done_at IS NULL";
const UNTOLD: &str = "
    SELECT company_id, generation, linkage_id FROM linkage
    WHERE state = 'ended' AND end_confirmed_at IS NULL AND linkage_id IS NOT NULL AND partner_retry_at <= $1
    ORDER BY partner_retry_at LIMIT $2";
const TOLD: &str = "UPDATE linkage SET end_confirmed_at = $3 WHERE company_id = $1 AND generation = $2";
const UNTOLD_STILL: &str = "UPDATE linkage SET partner_retry_at = $3 WHERE company_id = $1 AND generation = $2";

/// Ends the company's linkage. Says how many settlements it leaves unsent.
pub async fn end(pos: &Pos, tenant: &Tenant, who: &str) -> Result<i64, PosError> {
    let (shared, tenant, who, now) = (pos.clone(), tenant.clone(), who.to_owned(), pos.now().as_millisecond());
    let left = pos
        .db
        .write(async move |tx: &mut Tx| -> Result<i64, PosError> {
            let linkage = linked(tx, &tenant).await?.ok_or(PosError::NotFound("linkage"))?;
            let (company, generation) = (tenant.as_str(), linkage.generation);
            if tx.execute(END, args![company, generation, now]).await? == 0 {
                return Err(PosError::NotFound("linkage"));
            }
            tx.execute(END_REQUESTS, args![company, generation, now]).await?;
            lane::lock_all(tx, &tenant, generation).await?;
            tx.execute(END_LANES, args![company, generation]).await?;
            tx.execute(END_WAITING, args![company, generation]).await?;
            let left = queue::unsent(tx, &tenant, generation).await?;
            let after = format!("未連携（未送信 {left}件）");
            audit::note(tx, &shared, &tenant, &who, "連携解除", "FLARO連携", Some("連携中"), Some(&after)).await?;
            Ok(left)
        })
        .await?;
    pos.wake.notify_one();
    Ok(left)
}

/// Tells FLARO of every ended linkage it has not heard of yet.
pub async fn tell(pos: &Pos, client: &PartnerClient) -> Result<(), PosError> {
    let now = pos.now();
    let at = now.as_millisecond();
    let untold = pos.db.read(async move |tx: &mut Tx| tx.fetch_all(UNTOLD, args![at, ROUND_MAX]).await).await?;
    for row in untold {
        let (tenant, generation) = (Tenant::of_row(&row)?, row.int("generation")?);
        let linkage: Uuid = row.parse("linkage_id")?;
        let (sql, at) = match client.end(linkage).await {
            Ok(()) => (TOLD, at),
            Err(error) => {
                tracing::warn!(%tenant, generation, %error, "FLARO was not told of an ended linkage; it will be again");
                (UNTOLD_STILL, now.saturating_add(RETRY).unwrap_or(now).as_millisecond())
            }
        };
        let company = tenant.as_str().to_owned();
        pos.db.write(async move |tx: &mut Tx| tx.execute(sql, args![company, generation, at]).await).await?;
    }
    Ok(())
}
