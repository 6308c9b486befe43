//! 再送: the stored bytes go again under the same id, one event, a day, a store or a range.

use db::{Tx, args};
use jiff::civil::Date;
use sales::StoreId;
use uuid::Uuid;

use crate::delivery::lane;
use crate::{Pos, PosError, Tenant, audit, linkage};

/// What goes again.
#[derive(Clone, Debug)]
pub enum What {
    /// One event.
    Event(Uuid),
    /// The standing revision of every settlement of these days, of one store or of all.
    Days {
        /// None: all stores.
        store: Option<StoreId>,
        /// The first day.
        from: Date,
        /// The last day.
        to: Date,
    },
}

const ONE: &str = "
    UPDATE outbox SET state = 'waiting', due_at = $4, attempts = 0, first_failed_at = NULL
    WHERE company_id = $1 AND generation = $2 AND event_id = $3 AND state IN ('waiting', 'attention', 'delivered')";
const DAYS: &str = "
    UPDATE outbox SET state = 'waiting', due_at = $6, attempts = 0, first_failed_at = NULL
    WHERE company_id = $1 AND generation = $2 AND business_date >= $4 AND business_date <= $5
      AND ($3 = '' OR store_id = $3) AND state IN ('waiting', 'attention', 'delivered')
      AND NOT EXISTS (SELECT 1 FROM outbox o WHERE o.company_id = outbox.company_id
                      AND o.settlement_id = outbox.settlement_id AND o.revision > outbox.revision
                      AND o.generation = outbox.generation)";
const LANES: &str = "
    UPDATE store_link SET next_due_at = $3,
           head_date = (SELECT MIN(o.business_date) FROM outbox o WHERE o.company_id = store_link.company_id
                        AND o.generation = store_link.generation AND o.store_id = store_link.store_id
                        AND o.state = 'waiting')
    WHERE company_id = $1 AND generation = $2
      AND EXISTS (SELECT 1 FROM outbox o WHERE o.company_id = store_link.company_id
                  AND o.generation = store_link.generation AND o.store_id = store_link.store_id
                  AND o.state = 'waiting' AND o.due_at <= $3)";

/// Makes it due again; says how many events go. Those of an ended linkage can't: their address is gone.
pub async fn resend(pos: &Pos, tenant: &Tenant, who: &str, what: What) -> Result<u64, PosError> {
    let (shared, tenant, who, now) = (pos.clone(), tenant.clone(), who.to_owned(), pos.now().as_millisecond());
    let again = pos
        .db
        .write(async move |tx: &mut Tx| -> Result<u64, PosError> {
            let linkage = linkage::linked(tx, &tenant).await?.ok_or(PosError::NotFound("linkage"))?;
            let (company, generation) = (tenant.as_str(), linkage.generation);
            lane::lock_all(tx, &tenant, generation).await?;
            let (sql, args, target) = match what {
                What::Event(id) => (ONE, args![company, generation, id.to_string(), now], id.to_string()),
                What::Days { store, from, to } => {
                    let store = store.map(|store| store.to_string()).unwrap_or_default();
                    let target = format!("{from} 〜 {to} {store}");
                    (DAYS, args![company, generation, store, from.to_string(), to.to_string(), now], target)
                }
            };
            let again = tx.execute(sql, args).await?;
            tx.execute(LANES, args![company, generation, now]).await?;
            let after = format!("{again}件");
            audit::note(tx, &shared, &tenant, &who, "再送", target.trim(), None, Some(&after)).await?;
            Ok(again)
        })
        .await?;
    pos.wake.notify_one();
    Ok(again)
}
