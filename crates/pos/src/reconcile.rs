//! 照合: what was delivered is compared with FLARO's control totals, day by day and store by store, soon after each
//! delivery and hourly. A difference is found down to the settlement. FLARO's other days are looked at, too: what was sent may be
//! forgotten here.

mod around;
pub mod days;
mod due;
mod heal;
mod unknown;

pub use around::Rounds;

use db::{Row, Tx, args};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};
use protocol::control::ControlTotals;
use protocol::delivery::paused_until;
use protocol::reconcile::{Judged, Sent, days_at_once, judge, linkage_is_unknown};
use sales::StoreId;
use uuid::Uuid;

use self::due::{Day, due};
use crate::partner_client::{PartnerClient, PartnerError};
use crate::stored::Stored;
use crate::{Pos, PosError, Tenant, audit};

/// A question that got no answer is asked again after this long.
const RETRY: SignedDuration = SignedDuration::from_secs(15);

const MARK: &str = "
    INSERT INTO reconciliation (company_id, store_id, business_date, state, dirty_at, sent_at)
    VALUES ($1, $2, $3, 'unchecked', $4, $4)
    ON CONFLICT (company_id, store_id, business_date)
    DO UPDATE SET state = 'unchecked', dirty_at = excluded.dirty_at, sent_at = excluded.sent_at, again_at = NULL";
const TILLS: &str = "SELECT COUNT(*) AS tills FROM register WHERE company_id = $1";
const SENT: &str = "
    SELECT settlement_id, revision, control, delivered_at FROM outbox
    WHERE company_id = $1 AND store_id = $2 AND business_date = $3";
// What was delivered while the question was out makes the day dirty again.
const WRITE: &str = "
    UPDATE reconciliation SET state = $4, dirty_at = NULL, checked_at = $5, digest = $6, differences = $7, again_at = $9
    WHERE company_id = $1 AND store_id = $2 AND business_date = $3 AND COALESCE(dirty_at, 0) = $8";
const POSTPONE: &str = "
    UPDATE reconciliation SET dirty_at = $4, again_at = NULL
    WHERE company_id = $1 AND store_id = $2 AND business_date = $3";
// FLARO does not know the linkage: whatever the day was, it is not compared.
const UNCHECKED: &str = "
    UPDATE reconciliation SET state = 'unchecked', dirty_at = $4, again_at = NULL
    WHERE company_id = $1 AND store_id = $2 AND business_date = $3";

/// Notes, in the transaction that records a delivery, that this day has to be compared.
pub async fn mark(tx: &mut Tx, tenant: &Tenant, store: StoreId, day: &str, now: Timestamp) -> Result<(), PosError> {
    tx.execute(MARK, args![tenant.as_str(), store.to_string(), day, now.as_millisecond()]).await?;
    Ok(())
}

const RESTORED: &str = "UPDATE reconciliation SET again_at = 0 WHERE again_at IS NOT NULL";
const COMPANIES: &str = "SELECT company_id FROM company";

/// This place was restored from a backup: every day of the last weeks is compared at once with what FLARO has, and what is
/// missing on either side follows. Nobody stays signed in, and each company's 変更履歴 tells it.
pub async fn restored(pos: &Pos) -> Result<(), PosError> {
    web::session::end_everyones(&pos.db).await?;
    let shared = pos.clone();
    pos.db
        .write(async move |tx: &mut Tx| -> Result<(), PosError> {
            tx.execute(RESTORED, args![]).await?;
            for row in tx.fetch_all(COMPANIES, args![]).await? {
                let (tenant, what) = (Tenant::of_row(&row)?, "バックアップから復元");
                let after = Some("控えの時点から再開。その後の変更はレジとFLAROから補われます");
                audit::note(tx, &shared, &tenant, "システム管理者", what, "データベース", None, after).await?;
            }
            Ok(())
        })
        .await
}

/// Compares every day that is due.
pub async fn run(pos: &Pos, client: &PartnerClient, rounds: &Rounds) -> Result<(), PosError> {
    around::look(pos, client, rounds).await?;
    let now = pos.now();
    for ((tenant, linkage), mut days) in due(pos, now).await? {
        days.sort_by_key(|day| (day.date, day.store));
        let at_once = days_of(pos, &tenant).await?;
        while let Some(first) = days.first().map(|day| day.date) {
            let until = first.saturating_add((at_once - 1).days());
            let rest = days.split_off(days.partition_point(|day| day.date <= until));
            ask(pos, client, (&tenant, linkage), first, &days).await?;
            days = rest;
        }
    }
    Ok(())
}

/// Days of a company in one question.
async fn days_of(pos: &Pos, tenant: &Tenant) -> Result<i32, PosError> {
    let company = args![tenant.as_str()];
    let row = pos.db.read(async move |tx: &mut Tx| tx.fetch_one(TILLS, company).await).await?;
    Ok(days_at_once(u64::try_from(row.int("tills")?).unwrap_or(0)))
}

/// Asks FLARO once for these days and writes down what each comes to.
async fn ask(
    pos: &Pos,
    client: &PartnerClient,
    (tenant, linkage): (&Tenant, Uuid),
    from: Date,
    days: &[Day],
) -> Result<(), PosError> {
    let to = days.last().map_or(from, |day| day.date);
    match client.control_totals(linkage, from, to).await {
        Ok(totals) => {
            unknown::known_again(pos, tenant, linkage).await?;
            for day in days {
                compare(pos, day, &totals).await?;
            }
        }
        Err(error) if is_unknown(&error) => {
            // One time for both: the days come round when the pause may end, not after it.
            let until = paused_until(pos.now());
            unknown::pause(pos, tenant, linkage, until).await?;
            postpone(pos, days, UNCHECKED, until).await?;
        }
        Err(error) => {
            tracing::warn!(%linkage, %from, %to, %error, "control totals were not answered; they are asked for again");
            postpone(pos, days, POSTPONE, pos.now().saturating_add(RETRY).unwrap_or(pos.now())).await?;
        }
    }
    Ok(())
}

fn is_unknown(error: &PartnerError) -> bool {
    error.status().is_some_and(linkage_is_unknown)
}

async fn compare(pos: &Pos, day: &Day, totals: &ControlTotals) -> Result<(), PosError> {
    let theirs = totals.days.iter().find(|theirs| theirs.store_id == day.store && theirs.business_date == day.date);
    let theirs = theirs.map(|theirs| theirs.settlements.clone()).unwrap_or_default();
    let key = [day.tenant.as_str().to_owned(), day.store.to_string(), day.date.to_string()];
    let [company, store, date] = key.clone();
    let rows = pos.db.read(async move |tx: &mut Tx| tx.fetch_all(SENT, args![company, store, date]).await).await?;
    let sent = rows.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    let Judged { digest, differences } = judge(day.store, day.date, &sent, &theirs)?;
    let state = if differences.is_empty() { "matched" } else { "differs" };
    // Not right after a delivery: a receiver that keeps nothing is told once an hour, not without end.
    if day.dirty_at.is_none() {
        heal::mend(pos, &day.tenant, (day.store, day.date), &differences).await?;
    }
    let differences = (!differences.is_empty()).then(|| serde_json::json!(differences).to_string());
    let (dirty, now) = (day.dirty_at.map_or(0, Timestamp::as_millisecond), pos.now());
    let again = day.again_at(now).map(Timestamp::as_millisecond);
    let [company, store, date] = key;
    let args = args![company, store, date, state, now.as_millisecond(), digest.to_string(), differences, dirty, again];
    pos.db.write(async move |tx: &mut Tx| tx.execute(WRITE, args).await).await?;
    Ok(())
}

async fn postpone(pos: &Pos, days: &[Day], how: &'static str, until: Timestamp) -> Result<(), PosError> {
    let (days, later) = (days.to_vec(), until.as_millisecond());
    pos.db
        .write(async move |tx: &mut Tx| -> Result<(), PosError> {
            for Day { tenant, store, date, .. } in days {
                tx.execute(how, args![tenant.as_str(), store.to_string(), date.to_string(), later]).await?;
            }
            Ok(())
        })
        .await
}

fn read(row: &Row) -> Result<Sent, PosError> {
    Ok(Sent {
        settlement_id: row.parse("settlement_id")?,
        revision: row.small("revision")?,
        control: row.json("control")?,
        delivered: row.opt_int("delivered_at")?.is_some(),
    })
}
