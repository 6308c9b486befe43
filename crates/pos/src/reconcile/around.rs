//! What FLARO has of days on which nobody here remembers sending anything. Head office was restored from a backup, and
//! what it sent since is there and not here. Asked once after every start and every 連携開始, and daily.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

use db::{Row, Tx, args};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp, ToSpan};
use protocol::control::ControlTotals;
use protocol::delivery::paused_until;
use sales::StoreId;
use uuid::Uuid;

use super::due::AGAIN_DAYS;
use super::{days_of, is_unknown, unknown};
use crate::partner_client::PartnerClient;
use crate::stored::Stored;
use crate::{Pos, PosError, Tenant};

/// Looked at again after this long …
const AGAIN: SignedDuration = SignedDuration::from_hours(24);
/// … and none before this long after a question without an answer.
const RETRY: SignedDuration = SignedDuration::from_mins(5);
/// Linkages looked at in one round: days that were just delivered are compared in between.
const ROUND_MAX: usize = 20;

const LINKED: &str = "SELECT company_id, linkage_id FROM linkage WHERE state = 'linked' AND linkage_id IS NOT NULL";
const KNOWN: &str = "
    SELECT store_id, business_date FROM reconciliation
    WHERE company_id = $1 AND business_date >= $2 AND business_date <= $3";
const FOUND: &str = "
    INSERT INTO reconciliation (company_id, store_id, business_date, state, dirty_at)
    SELECT s.company_id, s.store_id, $3, 'unchecked', $4 FROM store s WHERE s.company_id = $1 AND s.store_id = $2
    ON CONFLICT (company_id, store_id, business_date) DO NOTHING";

/// What was looked at since the program started.
#[derive(Debug, Default)]
pub struct Rounds(Mutex<Looked>);

#[derive(Debug, Default)]
struct Looked {
    /// When each is looked at again; one that is not here, now.
    again: BTreeMap<Uuid, Timestamp>,
    /// FLARO does not answer: nothing before then.
    not_before: Option<Timestamp>,
}

impl Rounds {
    fn looked(&self) -> MutexGuard<'_, Looked> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Looks at every linkage that is due; days that come up are compared like those that were sent.
pub(super) async fn look(pos: &Pos, client: &PartnerClient, rounds: &Rounds) -> Result<(), PosError> {
    let now = pos.now();
    if rounds.looked().not_before.is_some_and(|then| now < then) {
        return Ok(());
    }
    let mut due = Vec::new();
    for row in pos.db.read(async move |tx: &mut Tx| tx.fetch_all(LINKED, args![]).await).await? {
        let (tenant, linkage) = (Tenant::of_row(&row)?, row.parse("linkage_id")?);
        if rounds.looked().again.get(&linkage).is_none_or(|then| *then <= now) {
            due.push((tenant, linkage));
        }
    }
    for (tenant, linkage) in due.into_iter().take(ROUND_MAX) {
        let again = match look_at(pos, client, &tenant, linkage).await? {
            Answered::Yes => now.saturating_add(AGAIN).unwrap_or(now),
            // One company's linkage is gone; the others are looked at all the same.
            Answered::Unknown(until) => until,
            Answered::No => {
                rounds.looked().not_before = now.saturating_add(RETRY).ok();
                break;
            }
        };
        rounds.looked().again.insert(linkage, again);
    }
    Ok(())
}

/// What came of a question.
enum Answered {
    Yes,
    /// FLARO does not know the linkage; asked again then.
    Unknown(Timestamp),
    No,
}

/// Asks for the days of the last weeks.
async fn look_at(pos: &Pos, client: &PartnerClient, tenant: &Tenant, linkage: Uuid) -> Result<Answered, PosError> {
    let last = jiff::tz::TimeZone::UTC.to_datetime(pos.now()).date().saturating_add(1.day());
    let at_once = days_of(pos, tenant).await?;
    let mut from = last.saturating_sub(AGAIN_DAYS.days());
    while from <= last {
        let to = from.saturating_add((at_once - 1).days()).min(last);
        match client.control_totals(linkage, from, to).await {
            Ok(totals) => mark_unknown(pos, tenant, (from, to), &totals).await?,
            Err(error) if is_unknown(&error) => {
                // One time for both: it is asked about again when the pause may end, not before.
                let until = paused_until(pos.now());
                unknown::pause(pos, tenant, linkage, until).await?;
                return Ok(Answered::Unknown(until));
            }
            Err(error) => {
                tracing::warn!(%linkage, %from, %to, %error, "control totals were not answered; they are asked for again");
                return Ok(Answered::No);
            }
        }
        from = to.saturating_add(1.day());
    }
    unknown::known_again(pos, tenant, linkage).await?;
    Ok(Answered::Yes)
}

async fn mark_unknown(
    pos: &Pos,
    tenant: &Tenant,
    (from, to): (Date, Date),
    totals: &ControlTotals,
) -> Result<(), PosError> {
    let theirs: BTreeSet<(StoreId, Date)> = totals.days.iter().map(|day| (day.store_id, day.business_date)).collect();
    let (tenant, now) = (tenant.clone(), pos.now().as_millisecond());
    let known = args![tenant.as_str(), from.to_string(), to.to_string()];
    let rows = pos.db.read(async move |tx: &mut Tx| tx.fetch_all(KNOWN, known).await).await?;
    let known = rows.iter().map(read).collect::<Result<BTreeSet<_>, _>>()?;
    let unknown: Vec<_> = theirs.difference(&known).copied().collect();
    if unknown.is_empty() {
        return Ok(());
    }
    tracing::warn!(%tenant, days = unknown.len(), "FLARO has days on which nothing was sent as far as is known here");
    pos.db
        .write(async move |tx: &mut Tx| -> Result<(), PosError> {
            for (store, date) in unknown {
                tx.execute(FOUND, args![tenant.as_str(), store.to_string(), date.to_string(), now]).await?;
            }
            Ok(())
        })
        .await
}

fn read(row: &Row) -> Result<(StoreId, Date), PosError> {
    Ok((row.parse("store_id")?, row.parse("business_date")?))
}
