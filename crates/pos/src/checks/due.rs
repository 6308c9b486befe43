//! 会計明細 of whole documents: a document is durable with its facts, and its checks become rows right after, apart from
//! the answer to its till. What waits is on record, so that nothing is forgotten and the page can say it.

use std::sync::Arc;
use std::time::{Duration, Instant};

use db::{Row, Tx, args};
use jiff::{SignedDuration, Timestamp};
use protocol::EVENT_BYTES_MAX;
use protocol::event::Frame;
use sales::{Settlement, SettlementId};
use tokio::sync::{Notify, watch};

use super::{Place, Rows, Till, restate_rows};
use crate::stored::{Stored, unreadable};
use crate::{Pos, PosError, Tenant, attention, journal_intake};

/// How often what waits is looked at without being rung.
const LOOK: Duration = Duration::from_secs(1);
/// While tills or receivers wait, this many times as long is rested as was worked: they go first.
const REST_TIMES: u32 = 4;
/// Somebody sent something so recently: more may follow.
const BUSY: SignedDuration = SignedDuration::from_secs(1);

const MARK: &str = "INSERT INTO check_due (company_id, settlement_id, due_since) VALUES ($1, $2, $3)
                    ON CONFLICT (company_id, settlement_id) DO NOTHING";
const OLDEST: &str = "
    SELECT d.company_id, d.settlement_id, s.store_id, s.register_id, s.revision, r.facts,
           (SELECT MAX(n.due_since) FROM check_due n) AS newest,
           CAST((SELECT COUNT(*) FROM store_link k WHERE k.enabled = 1 AND k.next_due_at <= $1) AS BIGINT) AS lanes
    FROM check_due d
    JOIN settlement s ON s.company_id = d.company_id AND s.settlement_id = d.settlement_id
    JOIN settlement_revision r ON r.company_id = s.company_id AND r.settlement_id = s.settlement_id
                              AND r.revision = s.revision
    ORDER BY d.due_since, d.settlement_id LIMIT 1";
const STANDS: &str = "SELECT revision FROM settlement WHERE company_id = $1 AND settlement_id = $2";
const DONE: &str = "DELETE FROM check_due WHERE company_id = $1 AND settlement_id = $2";
const LATER: &str = "UPDATE check_due SET due_since = $3 WHERE company_id = $1 AND settlement_id = $2";
const WAITING: &str = "SELECT CAST(COUNT(*) AS BIGINT) AS n FROM check_due WHERE company_id = $1";

/// Notes, in the transaction that takes a document, that its checks are to become rows.
pub async fn mark(tx: &mut Tx, tenant: &Tenant, settlement: SettlementId, now: Timestamp) -> Result<(), PosError> {
    tx.execute(MARK, args![tenant.as_str(), settlement.to_string(), now.as_millisecond()]).await?;
    Ok(())
}

/// How many settlements of a company are still without rows.
pub async fn waiting(pos: &Pos, tenant: &Tenant) -> Result<i64, PosError> {
    let company = tenant.as_str().to_owned();
    let row = pos.db.read(async move |tx: &mut Tx| tx.fetch_one(WAITING, args![company]).await).await?;
    Ok(row.int("n")?)
}

/// Turns what waits into rows until `shutdown`, whenever rung and by itself.
pub async fn run(pos: &Pos, bell: Arc<Notify>, mut shutdown: watch::Receiver<bool>) {
    while !*shutdown.borrow() {
        let began = Instant::now();
        let rest = match next(pos).await {
            Ok(Some(Pace::Free)) => continue,
            Ok(Some(Pace::Yielding)) => began.elapsed() * REST_TIMES,
            Ok(None) => LOOK,
            Err(error) => {
                tracing::error!(%error, "checks could not be stored as rows; it is tried again");
                LOOK
            }
        };
        tokio::select! {
            // What is rung for waits behind what is older: only an idle loop is woken.
            () = bell.notified(), if rest == LOOK => {}
            () = tokio::time::sleep(rest) => {}
            gone = shutdown.changed() => if gone.is_err() { return },
        }
    }
}

/// Turns everything that waits into rows.
pub async fn work(pos: &Pos) -> Result<(), PosError> {
    while next(pos).await?.is_some() {}
    Ok(())
}

/// How soon the next one may follow.
enum Pace {
    Free,
    Yielding,
}

/// A settlement whose checks wait.
#[derive(Clone)]
struct Due {
    tenant: Tenant,
    id: SettlementId,
    till: Till,
    revision: i64,
    facts: Vec<u8>,
}

/// The one that waits longest; none when nothing does.
async fn next(pos: &Pos) -> Result<Option<Pace>, PosError> {
    let now = pos.now();
    let at = now.as_millisecond();
    let row = pos.db.read(async move |tx: &mut Tx| tx.fetch_optional(OLDEST, args![at]).await).await?;
    let Some(row) = row else { return Ok(None) };
    let due = Due::read(&row)?;
    let busy = row.at("newest")?.saturating_add(BUSY).is_ok_and(|until| until > now) || row.int("lanes")? > 0;
    if let Err(error) = store(pos, due.clone()).await {
        // One that can't be stored must not keep the others.
        tracing::error!(tenant = %due.tenant, settlement = %due.id, %error, "its checks are not in 会計明細 yet");
        let (company, id) = (due.tenant.as_str().to_owned(), due.id.to_string());
        pos.db.write(async move |tx: &mut Tx| tx.execute(LATER, args![company, id, at]).await).await?;
        return Ok(None);
    }
    Ok(Some(if busy { Pace::Yielding } else { Pace::Free }))
}

async fn store(pos: &Pos, due: Due) -> Result<(), PosError> {
    let Due { tenant, id, till, revision, facts } = due;
    let opened = tokio::task::spawn_blocking(move || opened(&facts)).await;
    let (settlement, rows) = opened.map_err(|error| unreadable("settlement_revision.facts", error))??;
    let shared = pos.clone();
    pos.db
        .write(async move |tx: &mut Tx| -> Result<(), PosError> {
            tx.lock(&format!("register:{tenant}:{}", till.register_id)).await?;
            let stands = tx.fetch_one(STANDS, args![tenant.as_str(), id.to_string()]).await?.int("revision")?;
            if stands != revision {
                // A later revision came meanwhile: its checks are the ones to store.
                return Ok(());
            }
            let conflicts = restate_rows(tx, &tenant, till, &settlement, &rows).await?;
            attention::raise(tx, &shared, &tenant, &journal_intake::conflicting(till, conflicts)).await?;
            tx.execute(DONE, args![tenant.as_str(), id.to_string()]).await?;
            Ok(())
        })
        .await
}

fn opened(facts: &[u8]) -> Result<(Settlement, Rows), PosError> {
    let plain = Frame::unpack(facts, EVENT_BYTES_MAX)?;
    let settlement: Settlement =
        serde_json::from_slice(&plain).map_err(|error| unreadable("settlement_revision.facts", error))?;
    let rows = Rows::of(&settlement, Place::default())?;
    Ok((settlement, rows))
}

impl Due {
    fn read(row: &Row) -> Result<Self, PosError> {
        Ok(Self {
            tenant: Tenant::of_row(row)?,
            id: row.parse("settlement_id")?,
            till: Till { store_id: row.parse("store_id")?, register_id: row.parse("register_id")? },
            revision: row.int("revision")?,
            facts: row.bytes("facts")?,
        })
    }
}
