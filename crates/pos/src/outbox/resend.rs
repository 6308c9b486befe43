//! 再送: the stored bytes go again under the same id. One event goes at once; a day, a store or a range goes through
//! [`range`], in bounded steps.

pub mod range;

use db::{Row, Tx, args};
use jiff::civil::Date;
use uuid::Uuid;

use crate::delivery::lane;
use crate::stored::Stored;
use crate::{Pos, PosError, Tenant, audit, linkage};

/// Which events can go again: everything that FLARO has, or should have.
macro_rules! goes_again {
    () => {
        "o.state IN ('waiting', 'attention', 'delivered')"
    };
}
pub(crate) use goes_again;

const ONE: &str = concat!(
    "UPDATE outbox AS o SET state = 'waiting', due_at = $4, attempts = 0, first_failed_at = NULL
     WHERE o.company_id = $1 AND o.generation = $2 AND o.event_id = $3 AND ",
    goes_again!(),
    " RETURNING store_id, business_date"
);
const NAMED: &str = "
    SELECT s.name AS store, r.name AS register, o.business_date, o.state FROM outbox o
    JOIN store s ON s.company_id = o.company_id AND s.store_id = o.store_id
    JOIN register r ON r.company_id = o.company_id AND r.register_id = o.register_id
    WHERE o.company_id = $1 AND o.event_id = $2";
const LANE: &str = "
    UPDATE store_link SET
      next_due_at = CASE WHEN next_due_at IS NULL OR next_due_at > $4 THEN $4 ELSE next_due_at END,
      head_date = CASE WHEN head_date IS NULL OR head_date > $5 THEN $5 ELSE head_date END
    WHERE company_id = $1 AND generation = $2 AND store_id = $3";

/// Makes one event of the company due again; says whether it can go. One of an ended linkage can't: its address is gone.
pub async fn one(pos: &Pos, tenant: &Tenant, who: &str, event: Uuid) -> Result<bool, PosError> {
    let (shared, tenant, who, now) = (pos.clone(), tenant.clone(), who.to_owned(), pos.now().as_millisecond());
    let again = pos
        .db
        .write(async move |tx: &mut Tx| -> Result<bool, PosError> {
            let named = tx.fetch_optional(NAMED, args![tenant.as_str(), event.to_string()]).await?;
            let named = named.ok_or(PosError::NotFound("event"))?;
            let Some(linkage) = linkage::linked(tx, &tenant).await? else { return Ok(false) };
            let (company, generation) = (tenant.as_str(), linkage.generation);
            lane::lock_all(tx, &tenant, generation).await?;
            let args = args![company, generation, event.to_string(), now];
            let Some(row) = tx.fetch_optional(ONE, args).await? else { return Ok(false) };
            due(tx, &tenant, generation, &row.text("store_id")?, &row.text("business_date")?, now).await?;
            let target = named_words(&named)?;
            let before = Some(state_words(&named.text("state")?));
            audit::note(tx, &shared, &tenant, &who, "再送", &target, before, Some("送信待ち")).await?;
            Ok(true)
        })
        .await?;
    pos.wake.notify_one();
    Ok(again)
}

/// Which settlement it is, in words for 変更履歴.
fn named_words(row: &Row) -> Result<String, PosError> {
    let date: Date = row.parse("business_date")?;
    Ok(format!("{} {} {}", row.text("store")?, row.text("register")?, web::format::date(date)))
}

fn state_words(state: &str) -> &'static str {
    match state {
        "delivered" => "送信済み",
        "attention" => "要対応",
        _ => "送信待ち",
    }
}

/// A store's lane has something to send now, as old as this. The caller holds the lanes.
pub(crate) async fn due(
    tx: &mut Tx,
    tenant: &Tenant,
    generation: i64,
    store: &str,
    oldest: &str,
    now: i64,
) -> Result<(), PosError> {
    tx.execute(LANE, args![tenant.as_str(), generation, store, now, oldest]).await?;
    Ok(())
}
