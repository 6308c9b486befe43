//! A new signing secret for a linkage. FLARO makes it and goes on taking the one before for a day; from the moment it
//! is stored here, every event is signed with both until that day is over. No delivery notices.
//!
//! It is asked for by a person, and by itself where FLARO no longer takes our signatures: one of the two places was
//! restored from a backup older than the last change. An answer that was lost is asked for again, and is the same.

use db::{Row, Tx, args};
use jiff::{SignedDuration, Timestamp};
use protocol::delivery::paused_until;
use protocol::partner::SecretRotated;
use protocol::reconcile::linkage_is_unknown;
use protocol::signature::Secret;
use uuid::Uuid;

use super::{linked, vault};
use crate::partner_client::{PartnerClient, PartnerError};
use crate::stored::Stored;
use crate::{Pos, PosError, Tenant, audit};

/// How long until one that could not be had is asked for again.
const RETRY: SignedDuration = SignedDuration::from_secs(15);
/// A refused signature asks for a new secret at most this often: something else may be wrong.
const REFUSED_AGAIN: SignedDuration = SignedDuration::from_hours(1);
/// So many are asked for in one round.
const ROUND_MAX: i64 = 50;

const WANT: &str = "
    UPDATE linkage SET secret_wanted_at = $3 WHERE company_id = $1 AND generation = $2 AND state = 'linked'";
const WANT_LATER: &str = "
    UPDATE linkage SET secret_wanted_at = $2
    WHERE secret_wanted_at IS NOT NULL AND secret_wanted_at <= $1 AND state = 'linked'";
const WANT_REFUSED: &str = "
    UPDATE linkage SET secret_wanted_at = $3
    WHERE company_id = $1 AND generation = $2 AND state = 'linked' AND secret_wanted_at IS NULL
      AND COALESCE(secret_at, 0) <= $4";
const WANTED: &str = "
    SELECT company_id, generation, linkage_id FROM linkage
    WHERE secret_wanted_at IS NOT NULL AND secret_wanted_at <= $1 AND state = 'linked' AND linkage_id IS NOT NULL
    ORDER BY secret_wanted_at LIMIT $2";
const HELD: &str = "SELECT secret FROM linkage WHERE company_id = $1 AND generation = $2 AND state = 'linked'";
// Whoever was refused is tried at once with the new one.
const RENEWED: &str = "
    UPDATE linkage SET secret = $3, previous_secret = $4, previous_secret_until = $5, secret_at = $6,
           secret_wanted_at = NULL,
           paused_until = CASE WHEN paused_until IS NULL THEN NULL ELSE $6 END
    WHERE company_id = $1 AND generation = $2";
const KNOWN: &str = "
    UPDATE linkage SET secret_at = $3, secret_wanted_at = NULL WHERE company_id = $1 AND generation = $2";

/// Asks for a new secret, in somebody's name. It comes within seconds; where FLARO can't be reached, when it can.
pub async fn renew(pos: &Pos, tenant: &Tenant, who: &str) -> Result<(), PosError> {
    let (shared, tenant, who, now) = (pos.clone(), tenant.clone(), who.to_owned(), pos.now().as_millisecond());
    pos.db
        .write(async move |tx: &mut Tx| -> Result<(), PosError> {
            let linkage = linked(tx, &tenant).await?.ok_or(PosError::NotFound("linkage"))?;
            tx.execute(WANT, args![tenant.as_str(), linkage.generation, now]).await?;
            let (before, after) = (Some("これまでの鍵"), Some("新しい鍵へ切替（24時間は両方で署名）"));
            audit::note(tx, &shared, &tenant, &who, "署名の鍵を更新", "FLARO連携", before, after).await
        })
        .await?;
    pos.wake.notify_one();
    Ok(())
}

/// FLARO refused a signature: a new secret is asked for, in the transaction that records the refusal.
pub(crate) async fn refused(tx: &mut Tx, company: &str, generation: i64, now: Timestamp) -> Result<(), PosError> {
    let before = now.saturating_sub(REFUSED_AGAIN).unwrap_or(now).as_millisecond();
    tx.execute(WANT_REFUSED, args![company, generation, now.as_millisecond(), before]).await?;
    Ok(())
}

/// Fetches every secret that was asked for. One that can't be kept holds up nobody else's; where FLARO can't be reached,
/// nobody else is asked for in vain.
pub async fn fetch(pos: &Pos, client: &PartnerClient) -> Result<(), PosError> {
    let now = pos.now().as_millisecond();
    let wanted = pos.db.read(async move |tx: &mut Tx| tx.fetch_all(WANTED, args![now, ROUND_MAX]).await).await?;
    for row in wanted {
        let (tenant, generation) = (Tenant::of_row(&row)?, row.int("generation")?);
        match one(pos, client, (&tenant, generation), &row).await {
            Ok(Fetched::Answered) => {}
            Ok(Fetched::Unreachable) => return everybody_later(pos, now).await,
            Err(error) => {
                tracing::error!(%tenant, generation, %error, "a new signing secret can't be kept; it is asked for again");
                later(pos, &tenant, generation, after(pos, RETRY)).await?;
            }
        }
    }
    Ok(())
}

/// What came of asking.
enum Fetched {
    /// The secret is kept, or FLARO said why there is none.
    Answered,
    Unreachable,
}

async fn one(
    pos: &Pos,
    client: &PartnerClient,
    (tenant, generation): (&Tenant, i64),
    row: &Row,
) -> Result<Fetched, PosError> {
    let linkage: Uuid = row.parse("linkage_id")?;
    let error = match client.rotate(linkage).await.and_then(usable) {
        Ok((secret, until)) => {
            store(pos, tenant, generation, secret, until).await?;
            return Ok(Fetched::Answered);
        }
        Err(error) => error,
    };
    tracing::warn!(%tenant, generation, %error, "no new signing secret yet; it is asked for again");
    if matches!(error, PartnerError::Unreachable(_)) {
        return Ok(Fetched::Unreachable);
    }
    // A linkage that FLARO does not know won't be known within seconds.
    let unknown = error.status().is_some_and(linkage_is_unknown);
    let again = if unknown { paused_until(pos.now()) } else { after(pos, RETRY) };
    later(pos, tenant, generation, again).await?;
    Ok(Fetched::Answered)
}

fn usable(rotated: SecretRotated) -> Result<(String, Timestamp), PartnerError> {
    let _: Secret =
        rotated.signing_secret.parse().map_err(|_| PartnerError::Unreadable("signing_secret is not one".to_owned()))?;
    Ok((rotated.signing_secret, rotated.previous_until))
}

async fn store(pos: &Pos, tenant: &Tenant, generation: i64, new: String, until: Timestamp) -> Result<(), PosError> {
    let (shared, tenant, now) = (pos.clone(), tenant.clone(), pos.now().as_millisecond());
    pos.db
        .write(async move |tx: &mut Tx| -> Result<(), PosError> {
            let company = tenant.as_str();
            let Some(row) = tx.fetch_optional(HELD, args![company, generation]).await? else { return Ok(()) };
            let renewed = sealed(&shared, &tenant, generation, &row, &new)?;
            let Some((secret, previous)) = renewed else {
                tx.execute(KNOWN, args![company, generation, now]).await?;
                return Ok(());
            };
            let until = previous.is_some().then(|| until.as_millisecond());
            tx.execute(RENEWED, args![company, generation, secret, previous, until, now]).await?;
            Ok(())
        })
        .await?;
    pos.wake.notify_one();
    Ok(())
}

/// The new secret and the one before it, as they are stored. `None`: it is the one that is held already.
fn sealed(
    pos: &Pos,
    tenant: &Tenant,
    generation: i64,
    row: &Row,
    new: &str,
) -> Result<Option<(String, Option<String>)>, PosError> {
    // What can't be opened can't sign, either: the new one takes its place alone.
    let held = vault::secret(pos, tenant, generation, row, "secret").unwrap_or_else(|error| {
        tracing::error!(%tenant, generation, %error, "the secret before can't be opened; the new one is held alone");
        None
    });
    if held.as_ref().is_some_and(|held| held.expose() == new) {
        return Ok(None);
    }
    let seal = |column, text: &str| pos.keys.seal(&vault::place(tenant, generation, column), text);
    let previous = held.map(|held| seal("previous_secret", held.expose())).transpose()?;
    Ok(Some((seal("secret", new)?, previous)))
}

async fn later(pos: &Pos, tenant: &Tenant, generation: i64, again: Timestamp) -> Result<(), PosError> {
    let args = args![tenant.as_str(), generation, again.as_millisecond()];
    pos.db.write(async move |tx: &mut Tx| tx.execute(WANT, args).await).await?;
    Ok(())
}

/// FLARO can't be reached: whoever is due is asked for again together.
async fn everybody_later(pos: &Pos, due: i64) -> Result<(), PosError> {
    let args = args![due, after(pos, RETRY).as_millisecond()];
    pos.db.write(async move |tx: &mut Tx| tx.execute(WANT_LATER, args).await).await?;
    Ok(())
}

fn after(pos: &Pos, wait: SignedDuration) -> Timestamp {
    pos.now().saturating_add(wait).unwrap_or(pos.now())
}
