//! FLARO does not know the linkage when it is asked for control totals: it was restored to before 連携開始. A delivery
//! would be told so and would pause the linkage; the question does it too, so that a company hears of it on a day on
//! which nothing is sent. The way out is the same: 連携解除 and 連携開始, and what FLARO lost goes again by itself.

use db::{Tx, args};
use jiff::Timestamp;
use uuid::Uuid;

use crate::linkage::pause::Cause;
use crate::stored::word_of;
use crate::{Pos, PosError, Tenant};

// A pause that stands already keeps its probe.
const PAUSE: &str = "
    UPDATE linkage SET paused_until = $3, pause_cause = $4, pause_status = NULL
    WHERE company_id = $1 AND linkage_id = $2 AND state = 'linked' AND paused_until IS NULL";
const IS_PAUSED: &str = "
    SELECT generation FROM linkage
    WHERE company_id = $1 AND linkage_id = $2 AND state = 'linked' AND paused_until <= $3 AND pause_cause = $4";
const UNPAUSE: &str = "
    UPDATE linkage SET paused_until = NULL, pause_cause = NULL
    WHERE company_id = $1 AND linkage_id = $2 AND state = 'linked' AND paused_until <= $3 AND pause_cause = $4";

/// Pauses the linkage with its reason until it is asked about again.
pub(super) async fn pause(pos: &Pos, tenant: &Tenant, linkage: Uuid, until: Timestamp) -> Result<(), PosError> {
    let args = args![tenant.as_str(), linkage.to_string(), until.as_millisecond(), word_of(Cause::UnknownLinkage)];
    let paused = pos.db.write(async move |tx: &mut Tx| tx.execute(PAUSE, args).await).await?;
    if paused > 0 {
        tracing::warn!(%tenant, %linkage, "FLARO does not know the linkage; it pauses until a person starts it again");
    }
    Ok(())
}

/// FLARO knows the linkage after all: a pause that was begun here ends, at its probe's time and not before.
pub(super) async fn known_again(pos: &Pos, tenant: &Tenant, linkage: Uuid) -> Result<(), PosError> {
    let key =
        || args![tenant.as_str(), linkage.to_string(), pos.now().as_millisecond(), word_of(Cause::UnknownLinkage)];
    let (seen, ended) = (key(), key());
    if pos.db.read(async move |tx: &mut Tx| tx.fetch_optional(IS_PAUSED, seen).await).await?.is_none() {
        return Ok(());
    }
    pos.db.write(async move |tx: &mut Tx| tx.execute(UNPAUSE, ended).await).await?;
    tracing::info!(%tenant, %linkage, "FLARO knows the linkage again");
    pos.wake.notify_one();
    Ok(())
}
