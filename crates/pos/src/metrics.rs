//! The figures that whoever keeps the head office running alarms on. No company, store or person is named in them.
//!
//! What a look costs grows with the companies and with what waits, never with what was delivered: every figure is read
//! from an index that leads to it.

use db::{Row, Tx, args};
use web::metrics::Exposition;

use crate::{Pos, PosError, schema};

// `CROSS JOIN` keeps SQLite to this order: company by company, each by its index.
const IN_STATE: &str = "
    SELECT COUNT(o.event_id) AS n, MIN(o.queued_at) AS oldest FROM company c CROSS JOIN outbox o
    WHERE o.company_id = c.company_id AND o.state = $1";
// As the sender looks: what stands still by somebody's wish is not late. `>= 0` leads SQLite to the index of what is due.
const LANES: &str = "
    SELECT COUNT(*) AS n, MIN(s.next_due_at) AS oldest FROM store_link s CROSS JOIN linkage l
    WHERE s.next_due_at >= 0 AND s.enabled = 1 AND l.company_id = s.company_id AND l.generation = s.generation
      AND l.state = 'linked' AND l.held_by_person = 0";
const COMPARED: &str = "
    SELECT COUNT(r.store_id) AS n FROM company c CROSS JOIN reconciliation r
    WHERE r.company_id = c.company_id AND r.state = $1";
// Since it was delivered: asking again in vain makes it no younger.
const UNCOMPARED_SINCE: &str = "
    SELECT MIN(r.sent_at) AS oldest FROM company c CROSS JOIN linkage l CROSS JOIN reconciliation r
    WHERE l.company_id = c.company_id AND l.state = 'linked' AND r.company_id = c.company_id AND r.state = 'unchecked'";
const FINDINGS: &str = "
    SELECT COUNT(a.raised_at) AS n, MIN(a.raised_at) AS oldest FROM company c CROSS JOIN attention a
    WHERE a.company_id = c.company_id AND a.resolved_at IS NULL";
const LINKAGES: &str = "
    SELECT COUNT(*) AS n, COUNT(paused_until) AS paused, COUNT(table_error) AS table_errors,
           CAST(COALESCE(SUM(held_by_person), 0) AS BIGINT) AS held
    FROM linkage WHERE state = 'linked'";
const REQUESTS: &str = "
    SELECT COUNT(*) AS n, MIN(requested_at) AS oldest FROM queue_request WHERE done_at IS NULL";

/// Writes all of them.
pub async fn write(pos: &Pos, page: &mut Exposition) {
    counters(pos, page);
    let read = read(pos).await;
    if let Err(error) = &read {
        tracing::error!(%error, "the figures could not be read");
    }
    page.gauge("shime_database_up", "Whether the database answered.").is(i64::from(read.is_ok()));
    if let Ok(stored) = read {
        stored.write(page, pos.now().as_millisecond());
    }
}

fn counters(pos: &Pos, page: &mut Exposition) {
    let meters = &pos.meters;
    let (down, named) = meters.down();
    page.counter("shime_journal_batches_total", "Batches of journals, by what became of them.")
        .tally("verdict", &meters.batches);
    page.counter("shime_received_total", "What tills sent, as it came.").tally("what", &meters.received);
    page.counter("shime_delivery_attempts_total", "Attempts to deliver, by what the answer meant.")
        .tally("answer", &meters.attempts);
    page.gauge("shime_endpoints_down", "Receivers whose breaker is open.").is(i128::try_from(down).unwrap_or_default());
    let family = page.gauge("shime_endpoint_down", "Receivers whose breaker is open, the first 20 of them.");
    named.iter().fold(family, |family, name| family.of(&[("endpoint", name)], 1));
}

/// What is read from the database.
struct Figures {
    schema: Vec<(String, i64)>,
    waiting: Pile,
    attention: Pile,
    lanes: Pile,
    differs: i64,
    unchecked: i64,
    uncompared: Option<i64>,
    findings: Pile,
    linkages: Row,
    requests: Pile,
}

/// How many, and since when the oldest.
struct Pile {
    count: i64,
    oldest: Option<i64>,
}

async fn read(pos: &Pos) -> Result<Figures, PosError> {
    let schema = pos.db.schema(&schema::migrations()).await?;
    pos.db
        .read(async move |tx: &mut Tx| -> Result<Figures, PosError> {
            let compared = async |tx: &mut Tx, state: &str| tx.fetch_one(COMPARED, args![state]).await?.int("n");
            Ok(Figures {
                schema,
                waiting: pile(&tx.fetch_one(IN_STATE, args!["waiting"]).await?)?,
                attention: pile(&tx.fetch_one(IN_STATE, args!["attention"]).await?)?,
                lanes: pile(&tx.fetch_one(LANES, args![]).await?)?,
                differs: compared(tx, "differs").await?,
                unchecked: compared(tx, "unchecked").await?,
                uncompared: tx.fetch_one(UNCOMPARED_SINCE, args![]).await?.opt_int("oldest")?,
                findings: pile(&tx.fetch_one(FINDINGS, args![]).await?)?,
                linkages: tx.fetch_one(LINKAGES, args![]).await?,
                requests: pile(&tx.fetch_one(REQUESTS, args![]).await?)?,
            })
        })
        .await
}

fn pile(row: &Row) -> Result<Pile, PosError> {
    Ok(Pile { count: row.int("n")?, oldest: row.opt_int("oldest")? })
}

impl Figures {
    fn write(&self, page: &mut Exposition, now: i64) {
        let age = |since: Option<i64>| since.map_or(0, |since| (now - since).max(0) / 1_000);
        let versions = page.gauge("shime_schema_version", "The newest migration of each part of the schema.");
        self.schema.iter().fold(versions, |family, (part, version)| family.of(&[("part", part)], *version));
        page.gauge("shime_settlements", "Settlements that FLARO does not have yet, by state.")
            .of(&[("state", "waiting")], self.waiting.count)
            .of(&[("state", "attention")], self.attention.count);
        page.gauge("shime_settlement_oldest_age_seconds", "Since when the oldest of them stands there.")
            .of(&[("state", "waiting")], age(self.waiting.oldest))
            .of(&[("state", "attention")], age(self.attention.oldest));
        page.gauge("shime_stores_waiting", "Stores that have something to deliver and may.").is(self.lanes.count);
        page.gauge("shime_delivery_overdue_seconds", "How long the most overdue store waits for its turn.")
            .is(age(self.lanes.oldest));
        page.gauge("shime_days_differing", "Business days on which FLARO has something else (差異あり).")
            .is(self.differs);
        page.gauge("shime_days_unchecked", "Business days not compared since their last delivery (未照合).")
            .is(self.unchecked);
        page.gauge("shime_comparison_age_seconds", "How long the oldest of them waits for its comparison.")
            .is(age(self.uncompared));
        page.gauge("shime_findings_open", "What a person has to look at (要対応).").is(self.findings.count);
        page.gauge("shime_finding_oldest_age_seconds", "Since when the oldest of it is there.")
            .is(age(self.findings.oldest));
        page.gauge("shime_requests_open", "過去分連携 and 再送 that are under way.").is(self.requests.count);
        page.gauge("shime_request_oldest_age_seconds", "Since when the oldest of them is.")
            .is(age(self.requests.oldest));
        let of = |column: &str| self.linkages.int(column).unwrap_or_default();
        page.gauge("shime_linkages", "Linkages, and those of them that stand still.")
            .of(&[("state", "linked")], of("n"))
            .of(&[("state", "paused")], of("paused"))
            .of(&[("state", "held")], of("held"))
            .of(&[("state", "store_table_unsent")], of("table_errors"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn every_figure_is_read_from_an_index() {
        db::testing::each_engine(async |db| {
            db.migrate(&schema::migrations()).await.unwrap();
            for (sql, args) in [
                (IN_STATE, args!["waiting"]),
                (LANES, args![]),
                (COMPARED, args!["waiting"]),
                (UNCOMPARED_SINCE, args![]),
                (FINDINGS, args![]),
                (LINKAGES, args![]),
                (REQUESTS, args![]),
            ] {
                for step in db::testing::plan(&db, sql, args).await {
                    assert!(step.starts_with("SEARCH") || step.starts_with("SCAN c "), "{step} in {sql}");
                }
            }
        })
        .await;
    }
}
