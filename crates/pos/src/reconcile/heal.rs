//! Differences that mend themselves. What FLARO answered for and does not have any more (it was restored from a backup)
//! goes again: the stored bytes where their linkage still lives, else through the one that is linked now. What FLARO
//! has and nobody here remembers sending (this place was restored) was sent: what stands of it follows.

use db::{Tx, args};
use jiff::civil::Date;
use protocol::reconcile::{Found, follows};
use sales::StoreId;

use crate::delivery::lane;
use crate::outbox::{self, resend};
use crate::queue::{self, Kind, candidates, drain};
use crate::{Pos, PosError, Tenant, audit, linkage};

/// In whose name it is done.
const WHO: &str = "自動照合";

const AGAIN: &str = "
    UPDATE outbox SET state = 'waiting', due_at = $5, attempts = 0, first_failed_at = NULL, delivered_at = NULL
    WHERE company_id = $1 AND generation = $2 AND settlement_id = $3 AND revision = $4 AND state = 'delivered'";
// Its address is gone: as if it had ended unsent, it is taken over. Whatever became of it after the answer: 再送 may
// have made it wait again when its linkage ended.
const ANEW: &str = "
    UPDATE outbox SET state = 'ended', delivered_at = NULL
    WHERE company_id = $1 AND generation < $2 AND settlement_id = $3 AND revision = $4 AND delivered_at IS NOT NULL";

const STANDING: &str = "
    SELECT business_date, settlement_id, revision, register_id FROM settlement
    WHERE company_id = $1 AND store_id = $2 AND settlement_id = $3";

/// Does what can be done about a day that differs.
pub(super) async fn mend(pos: &Pos, tenant: &Tenant, day: (StoreId, Date), found: &[Found]) -> Result<(), PosError> {
    send_again(pos, tenant, day, found).await?;
    follow(pos, tenant, day, found).await
}

/// Makes what was lost due again. Without a linkage nothing goes, and the day keeps saying so.
async fn send_again(
    pos: &Pos,
    tenant: &Tenant,
    (store, date): (StoreId, Date),
    found: &[Found],
) -> Result<(), PosError> {
    let lost: Vec<_> = found.iter().filter_map(Found::lost).collect();
    if lost.is_empty() {
        return Ok(());
    }
    let (shared, tenant, now) = (pos.clone(), tenant.clone(), pos.now().as_millisecond());
    pos.db
        .write(async move |tx: &mut Tx| -> Result<(), PosError> {
            let Some(linkage) = linkage::linked(tx, &tenant).await? else { return Ok(()) };
            let (company, generation) = (tenant.as_str(), linkage.generation);
            lane::lock_all(tx, &tenant, generation).await?;
            let (mut again, mut anew) = (0, 0);
            for settlement in &lost {
                let (id, revision) = (settlement.settlement_id.to_string(), settlement.revision);
                again += tx.execute(AGAIN, args![company, generation, &id, revision, now]).await?;
                anew += tx.execute(ANEW, args![company, generation, id, revision]).await?;
            }
            if again > 0 {
                resend::due(tx, &tenant, generation, &store.to_string(), &date.to_string(), now).await?;
            }
            if anew > 0 {
                let always = (Date::constant(1, 1, 1), Date::constant(9999, 12, 31));
                queue::request(tx, &shared, &tenant, WHO, generation, store, Kind::Inherit, always).await?;
            }
            if again + anew == 0 {
                return Ok(());
            }
            let (target, after) = (store.to_string(), format!("{}件", again + anew));
            audit::note(tx, &shared, &tenant, WHO, "FLAROに無い精算を再送", &target, None, Some(&after)).await
        })
        .await?;
    pos.wake.notify_one();
    Ok(())
}

/// Queues what stands of what FLARO has and nobody here remembers sending. A store that is off, or a company that is not
/// linked, sends nothing: the day keeps saying so, and is looked at again.
async fn follow(pos: &Pos, tenant: &Tenant, (store, date): (StoreId, Date), found: &[Found]) -> Result<(), PosError> {
    let forgotten: Vec<_> = found.iter().filter_map(Found::forgotten).collect();
    if forgotten.is_empty() {
        return Ok(());
    }
    let (shared, tenant) = (pos.clone(), tenant.clone());
    pos.db
        .write(async move |tx: &mut Tx| -> Result<(), PosError> {
            let mut queued = 0;
            for theirs in &forgotten {
                let args = args![tenant.as_str(), store.to_string(), theirs.settlement_id.to_string()];
                let Some(row) = tx.fetch_optional(STANDING, args).await? else { continue };
                let standing = candidates::read(&row)?;
                let accepted = drain::accepted(tx, &tenant, store, &standing).await?;
                if follows(theirs, standing.revision, accepted.facts_sha256) {
                    queued += u32::from(outbox::follow(tx, &shared, &tenant, &accepted).await?);
                }
            }
            if queued == 0 {
                return Ok(());
            }
            let (target, after) = (format!("{store} {date}"), format!("{queued}件"));
            audit::note(tx, &shared, &tenant, WHO, "FLAROだけにある精算を送信", &target, None, Some(&after)).await
        })
        .await?;
    pos.wake.notify_one();
    Ok(())
}
