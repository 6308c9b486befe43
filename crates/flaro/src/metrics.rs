//! The figures that whoever keeps the back office running alarms on. No company, store or person is named in them.
//!
//! What a look costs grows with the companies and with what waits, never with what was received: every figure is read
//! from an index that leads to it.

use crate::{Flaro, schema};
use db::{DbError, Tx, args};
use web::metrics::Exposition;

// Marks that wait are counted up to here; more are as bad.
const DIRTY: &str = "SELECT COUNT(*) AS n FROM (SELECT marked_at FROM dirty_day LIMIT 100000) AS waiting";
const DIRTY_SINCE: &str = "SELECT marked_at AS at FROM dirty_day ORDER BY marked_at LIMIT 1";
// `CROSS JOIN` keeps SQLite to this order: company by company, each by its index.
const FAILED: &str = "SELECT COUNT(r.business_date) AS n FROM company c CROSS JOIN day_rollup r
    WHERE r.company_id = c.company_id AND r.error IS NOT NULL";
const CONFLICTS: &str = "SELECT COUNT(e.received_at) AS n FROM company c CROSS JOIN event_conflict e
    WHERE e.company_id = c.company_id AND e.received_at >= $1";
const LAST: &str = "SELECT MAX((SELECT MAX(i.received_at) FROM inbox i WHERE i.company_id = c.company_id)) AS at
    FROM company c";

/// How far back conflicts are counted, in milliseconds.
const DAY_MS: i64 = 24 * 60 * 60 * 1_000;

/// Writes all of them.
pub async fn write(flaro: &Flaro, page: &mut Exposition) {
    page.counter("shime_webhooks_total", "Events that came, by the status they were answered with.")
        .tally("status", &flaro.answered);
    let now = flaro.now().as_millisecond();
    let read = read(flaro, now).await;
    if let Err(error) = &read {
        tracing::error!(%error, "the figures could not be read");
    }
    page.gauge("shime_database_up", "Whether the database answered.").is(i64::from(read.is_ok()));
    if let Ok(stored) = read {
        stored.write(page, now);
    }
}

/// What is read from the database.
struct Figures {
    schema: Vec<(String, i64)>,
    dirty: i64,
    dirty_since: Option<i64>,
    failed: i64,
    conflicts: i64,
    last: Option<i64>,
}

async fn read(flaro: &Flaro, now: i64) -> Result<Figures, DbError> {
    let schema = flaro.db.schema(&schema::migrations()).await?;
    flaro
        .db
        .read(async move |tx: &mut Tx| -> Result<Figures, DbError> {
            let since = tx.fetch_optional(DIRTY_SINCE, args![]).await?;
            Ok(Figures {
                schema,
                dirty: tx.fetch_one(DIRTY, args![]).await?.int("n")?,
                dirty_since: since.map(|row| row.int("at")).transpose()?,
                failed: tx.fetch_one(FAILED, args![]).await?.int("n")?,
                conflicts: tx.fetch_one(CONFLICTS, args![now - DAY_MS]).await?.int("n")?,
                last: tx.fetch_one(LAST, args![]).await?.opt_int("at")?,
            })
        })
        .await
}

impl Figures {
    fn write(&self, page: &mut Exposition, now: i64) {
        let age = |since: Option<i64>| since.map_or(0, |since| (now - since).max(0) / 1_000);
        let versions = page.gauge("shime_schema_version", "The newest migration of each part of the schema.");
        self.schema.iter().fold(versions, |family, (part, version)| family.of(&[("part", part)], *version));
        page.gauge("shime_days_summing", "Business days whose reports wait to be summed up (集計中).").is(self.dirty);
        page.gauge("shime_day_summing_oldest_age_seconds", "Since when the oldest of them waits.")
            .is(age(self.dirty_since));
        page.gauge("shime_days_failed", "Business days that could not be summed up.").is(self.failed);
        page.gauge("shime_conflicts_last_day", "Events of the last 24 hours that contradict what is held.")
            .is(self.conflicts);
        page.gauge("shime_last_event_age_seconds", "How long ago the last event of any company came.")
            .is(age(self.last));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_figure_is_read_from_an_index() {
        db::testing::each_engine(async |db| {
            db.migrate(&schema::migrations()).await.unwrap();
            for (sql, args) in [(DIRTY_SINCE, args![]), (FAILED, args![]), (CONFLICTS, args![0]), (LAST, args![])] {
                for step in db::testing::plan(&db, sql, args).await {
                    let fine =
                        !step.starts_with("SCAN") || step.starts_with("SCAN c") || step.contains("dirty_day_by_time");
                    assert!(fine, "{step} in {sql}");
                }
            }
        })
        .await;
    }
}
