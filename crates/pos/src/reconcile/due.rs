//! Which days are compared next: those of which something was just delivered, and for some weeks each hour again, because a
//! back office may be restored. A day is due for one of the two at most, and both are read from an index of what is due:
//! years of days that rest cost nothing.

use std::collections::BTreeMap;

use db::{Row, Tx, args};
use jiff::civil::Date;
use jiff::{SignedDuration, Timestamp};
use sales::StoreId;
use uuid::Uuid;

use crate::stored::Stored;
use crate::{Pos, PosError, Tenant};

/// A day that was just delivered is compared after this long, so that one question serves many deliveries.
const SETTLES: SignedDuration = SignedDuration::from_secs(2);
/// A day is compared again after this long …
const AGAIN: SignedDuration = SignedDuration::from_hours(1);
/// … if it is not older than this, or something of it was sent since: a back office may be restored.
pub(super) const AGAIN_DAYS: i32 = 35;
/// Days looked at in one round.
const ROUND_MAX: i64 = 500;

// `CROSS JOIN` keeps SQLite to this order: what is due first, then its linkage.
const DIRTY: &str = "
    SELECT r.company_id, r.store_id, r.business_date, r.dirty_at, r.sent_at, l.linkage_id
    FROM reconciliation r CROSS JOIN linkage l
    WHERE r.dirty_at <= $1 AND l.company_id = r.company_id AND l.state = 'linked' AND l.linkage_id IS NOT NULL
    ORDER BY r.dirty_at LIMIT $2";
const AGAIN_DUE: &str = "
    SELECT r.company_id, r.store_id, r.business_date, r.dirty_at, r.sent_at, l.linkage_id
    FROM reconciliation r CROSS JOIN linkage l
    WHERE r.again_at <= $1 AND l.company_id = r.company_id AND l.state = 'linked' AND l.linkage_id IS NOT NULL
    ORDER BY r.again_at LIMIT $2";

/// A store's day to be compared.
#[derive(Clone, Debug)]
pub(super) struct Day {
    pub tenant: Tenant,
    pub store: StoreId,
    pub date: Date,
    pub dirty_at: Option<Timestamp>,
    /// When something of it was delivered last.
    pub sent_at: Option<Timestamp>,
}

impl Day {
    /// When it is compared again after it was compared now; none: it rests until something of it is sent.
    pub fn again_at(&self, now: Timestamp) -> Option<Timestamp> {
        let days = SignedDuration::from_hours(24 * i64::from(AGAIN_DAYS));
        let since = now.saturating_sub(days).unwrap_or(now);
        let recent = self.date >= jiff::tz::TimeZone::UTC.to_datetime(since).date();
        let sent_of_late = self.sent_at.is_some_and(|at| at >= since);
        (recent || sent_of_late).then(|| now.saturating_add(AGAIN).unwrap_or(now))
    }
}

/// The days that are due, by linkage.
pub(super) async fn due(pos: &Pos, now: Timestamp) -> Result<BTreeMap<(Tenant, Uuid), Vec<Day>>, PosError> {
    let settled = now.saturating_sub(SETTLES).unwrap_or(now).as_millisecond();
    let rows = pos
        .db
        .read(async move |tx: &mut Tx| -> Result<Vec<Row>, PosError> {
            let mut rows = tx.fetch_all(DIRTY, args![settled, ROUND_MAX]).await?;
            rows.extend(tx.fetch_all(AGAIN_DUE, args![now.as_millisecond(), ROUND_MAX]).await?);
            Ok(rows)
        })
        .await?;
    let mut by_linkage = BTreeMap::<(Tenant, Uuid), Vec<Day>>::new();
    for row in rows {
        let day = Day {
            tenant: Tenant::of_row(&row)?,
            store: row.parse("store_id")?,
            date: row.parse("business_date")?,
            dirty_at: row.opt_at("dirty_at")?,
            sent_at: row.opt_at("sent_at")?,
        };
        by_linkage.entry((day.tenant.clone(), row.parse("linkage_id")?)).or_default().push(day);
    }
    Ok(by_linkage)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn days_that_rest_are_not_read() {
        db::testing::each_engine(async |db| {
            db.migrate(&crate::schema::migrations()).await.unwrap();
            for (sql, index) in [(DIRTY, "reconciliation_dirty"), (AGAIN_DUE, "reconciliation_again")] {
                let steps = db::testing::plan(&db, sql, args![0_i64, ROUND_MAX]).await;
                assert!(steps.iter().all(|step| step.starts_with("SEARCH")), "{steps:?}");
                assert!(steps.first().is_none_or(|first| first.contains(index)), "{steps:?}");
            }
        })
        .await;
    }

    #[test]
    fn a_day_is_looked_at_for_five_weeks_after_it_and_after_what_was_sent_of_it() {
        let now: Timestamp = "2026-11-22T03:00:00Z".parse().unwrap();
        let again = |date: &str, sent_at: &str| {
            let (date, sent_at) = (date.parse().unwrap(), sent_at.parse().ok());
            let (tenant, store) = (Tenant::provisioned("one".to_owned()), StoreId(Uuid::nil()));
            Day { tenant, store, date, dirty_at: None, sent_at }.again_at(now)
        };
        let in_an_hour = Some("2026-11-22T04:00:00Z".parse().unwrap());
        assert_eq!(again("2026-11-22", ""), in_an_hour);
        assert_eq!(again("2026-10-18", "2026-10-18T12:00:00Z"), in_an_hour);
        assert_eq!(again("2026-10-17", "2026-10-18T02:59:59Z"), None);
        assert_eq!(again("2024-01-01", "2026-10-18T03:00:00Z"), in_an_hour, "sent of late");
        assert_eq!(again("2024-01-01", ""), None);
    }
}
