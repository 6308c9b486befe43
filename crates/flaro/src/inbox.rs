//! What a verified event becomes, in one transaction: inbox row, stored bytes, revision with its totals, the day's
//! totals, the dirty-day mark, the watermark. Order of arrival never matters; every event id is kept for ever.

mod conflicts;
mod revisions;
mod sequences;

use crate::{
    Company, days,
    stores::brought::{self, Brought},
    webhook::{Assessed, Channel, Found, Kind},
};
use db::{DbError, Tx, args};
use jiff::Timestamp;
use protocol::{
    event::EventType,
    inbox::{Verdict, again, judge},
    partner::EventReceipt,
};

/// The most missing sequences that a receipt lists.
const MISSING_LISTED_MAX: usize = 100;

/// A verified, assessed event.
#[derive(Debug)]
pub(crate) struct Arrival {
    pub channel: Channel,
    pub assessed: Assessed,
    /// It was signed with the newest secret: the partner has it.
    pub newest_secret: bool,
    pub at: Timestamp,
}

/// What became of it. A test has no verdict.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub verdict: Option<Verdict>,
    pub receipt: EventReceipt,
}

impl Arrival {
    pub fn company(&self) -> &Company {
        &self.channel.company
    }

    fn store(&self) -> String {
        self.assessed.event.store.id.to_string()
    }

    fn settlement(&self) -> String {
        self.assessed.event.settlement.id.to_string()
    }

    fn is_test(&self) -> bool {
        self.assessed.event.event_type == EventType::Test
    }

    fn date(&self) -> String {
        self.assessed.event.business_date.to_string()
    }

    fn body(&self) -> String {
        self.assessed.frame.body_sha256.to_string()
    }
}

const SECRET_USED: &str = "UPDATE linkage SET secret_used_at = $3
    WHERE company_id = $1 AND linkage_id = $2 AND secret_used_at IS NULL AND secret = $4";

/// Records an arrival. The caller acknowledges it once this has committed. Nothing of it is kept, and there is no
/// outcome, where its store is another partner's.
pub(crate) async fn record(tx: &mut Tx, arrival: &Arrival) -> Result<Option<Outcome>, DbError> {
    tx.lock(&format!("store/{}/{}", arrival.company().as_str(), arrival.store())).await?;
    if arrival.newest_secret && !arrival.channel.secret_used {
        let (company, id) = (arrival.company().as_str(), &arrival.channel.linkage_id);
        let used = args![company, id, arrival.at.as_millisecond(), &arrival.channel.stored_secret];
        tx.execute(SECRET_USED, used).await?;
    }
    let store = store(tx, arrival).await?;
    if store.as_ref().is_some_and(|store| store.partner != arrival.channel.partner) {
        return Ok(None);
    }
    if let Some(outcome) = seen_before(tx, arrival).await? {
        return Ok(Some(outcome));
    }
    if arrival.is_test() {
        enter(tx, arrival, "test").await?;
        let seen = sequences::read(tx, arrival).await?;
        return Ok(Some(Outcome { verdict: None, receipt: receipt(arrival, &seen, arrival.at) }));
    }
    let known = revisions::known(tx, arrival).await?;
    let verdict = judge(known.revisions, arrival.assessed.event.settlement.revision, arrival.assessed.facts_sha256);
    enter(tx, arrival, verdict_name(verdict)).await?;
    match verdict {
        Verdict::Stands => {
            keep(tx, arrival, store.as_ref()).await?;
            revisions::stand(tx, arrival).await?;
            days::settle(tx, arrival.company(), &arrival.store(), &arrival.date(), arrival.at).await?;
            if let Some(left) = known.date.filter(|left| *left != arrival.date()) {
                days::settle(tx, arrival.company(), &arrival.store(), &left, arrival.at).await?;
            }
        }
        Verdict::Late => keep(tx, arrival, store.as_ref()).await?,
        Verdict::Repeated => {}
        Verdict::Conflict => conflicts::keep(tx, arrival).await?,
    }
    let seen = sequences::note(tx, arrival).await?;
    Ok(Some(Outcome { verdict: Some(verdict), receipt: receipt(arrival, &seen, arrival.at) }))
}

/// The store that an arrival names, which nothing was heard of before if a test alone names it.
async fn store(tx: &mut Tx, arrival: &Arrival) -> Result<Option<Brought>, DbError> {
    let (company, named) = (arrival.company(), &arrival.assessed.event.store);
    let held = brought::held(tx, company, named.id).await?;
    if held.is_some() || arrival.is_test() {
        return Ok(held);
    }
    brought::meet(tx, company, &arrival.channel.partner, named).await?;
    brought::held(tx, company, named.id).await
}

const SEEN: &str =
    "SELECT body_sha256, store_id, verdict, received_at FROM inbox WHERE company_id = $1 AND event_id = $2";
const AGAIN: &str = "UPDATE inbox SET times = times + 1, last_at = $3 WHERE company_id = $1 AND event_id = $2";

/// An event id that was here before: the same bytes are the same event. Of other bytes the facts decide: a sender that was
/// restored from a backup makes its events anew.
async fn seen_before(tx: &mut Tx, arrival: &Arrival) -> Result<Option<Outcome>, DbError> {
    let (company, event_id) = (arrival.company().as_str(), arrival.assessed.event.event_id.to_string());
    let Some(row) = tx.fetch_optional(SEEN, args![company, &event_id]).await? else { return Ok(None) };
    let first = row.text("verdict")?;
    let same_bytes = row.text("body_sha256")? == arrival.body();
    // Made anew it may have a number of its own, which came with it.
    let seen = if same_bytes || arrival.is_test() {
        sequences::read(tx, arrival).await?
    } else {
        sequences::note(tx, arrival).await?
    };
    let known = revisions::known(tx, arrival).await?;
    let judged = judge(known.revisions, arrival.assessed.event.settlement.revision, arrival.assessed.facts_sha256);
    let before = if first == "conflict" { Verdict::Conflict } else { Verdict::Stands };
    // An event of another store is another event, whatever stands there; that store may be another partner's.
    let elsewhere = row.text("store_id")? != arrival.store();
    let verdict = if elsewhere { Verdict::Conflict } else { again(before, same_bytes, judged) };
    if verdict == Verdict::Conflict && !same_bytes {
        conflicts::keep(tx, arrival).await?;
        let receipt = receipt(arrival, &seen, arrival.at);
        return Ok(Some(Outcome { verdict: Some(verdict), receipt }));
    }
    tx.execute(AGAIN, args![company, &event_id, arrival.at.as_millisecond()]).await?;
    let verdict = (first != "test").then_some(verdict);
    let first = Timestamp::from_millisecond(row.int("received_at")?).unwrap_or(arrival.at);
    Ok(Some(Outcome { verdict, receipt: receipt(arrival, &seen, first) }))
}

const ENTER: &str = "INSERT INTO inbox
    (company_id, event_id, linkage_id, generation, sequence, event_type, store_id, settlement_id, revision,
     business_date, verdict, body_sha256, body_bytes, received_at, times, last_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, 1, $14)";

async fn enter(tx: &mut Tx, arrival: &Arrival, verdict: &'static str) -> Result<(), DbError> {
    let event = &arrival.assessed.event;
    tx.execute(
        ENTER,
        args![
            arrival.company().as_str(),
            event.event_id.to_string(),
            &arrival.channel.linkage_id,
            arrival.channel.generation,
            sequences::column(event.sequence),
            type_name(event.event_type),
            arrival.store(),
            arrival.settlement(),
            event.settlement.revision,
            arrival.date(),
            verdict,
            arrival.body(),
            i64::try_from(arrival.assessed.body_bytes).unwrap_or(i64::MAX),
            arrival.at.as_millisecond(),
        ],
    )
    .await
    .map(drop)
}

/// Keeps a revision with everything found wrong with it, whether it stands or not.
async fn keep(tx: &mut Tx, arrival: &Arrival, store: Option<&Brought>) -> Result<(), DbError> {
    revisions::keep(tx, arrival).await?;
    let mut findings = arrival.assessed.findings.clone();
    findings.extend(strange(tx, arrival, store).await?);
    for (number, found) in findings.iter().enumerate() {
        revisions::find(tx, arrival, &number.to_string(), found).await?;
    }
    Ok(())
}

const ELSEWHERE: &str = "SELECT store_id FROM settlement
    WHERE company_id = $1 AND settlement_id = $2 AND store_id <> $3 LIMIT 1";

/// A store or till that no table lists, a settlement that is another store's.
async fn strange(tx: &mut Tx, arrival: &Arrival, store: Option<&Brought>) -> Result<Vec<Found>, DbError> {
    let (company, event) = (arrival.company(), &arrival.assessed.event);
    let mut found = Vec::new();
    let register = event.register.id.to_string();
    match store.filter(|store| store.listed) {
        None => {
            found.push(Found::new(Kind::UnknownStore, arrival.store()));
            found.push(Found::new(Kind::UnknownRegister, register));
        }
        Some(store) if !store.registers.contains(&register) => found.push(Found::new(Kind::UnknownRegister, register)),
        Some(_) => {}
    }
    let elsewhere = args![company.as_str(), arrival.settlement(), arrival.store()];
    if let Some(row) = tx.fetch_optional(ELSEWHERE, elsewhere).await? {
        found.push(Found::new(Kind::Contradicts, row.text("store_id")?));
    }
    Ok(found)
}

fn receipt(arrival: &Arrival, seen: &protocol::inbox::Watermark, received_at: Timestamp) -> EventReceipt {
    EventReceipt {
        event_id: arrival.assessed.event.event_id,
        body_sha256: arrival.assessed.frame.body_sha256,
        highest_sequence: seen.highest,
        missing: seen.missing.iter().copied().take(MISSING_LISTED_MAX).collect(),
        received_at,
    }
}

fn verdict_name(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Stands => "stands",
        Verdict::Late => "late",
        Verdict::Repeated => "repeated",
        Verdict::Conflict => "conflict",
    }
}

fn type_name(event: EventType) -> &'static str {
    match event {
        EventType::Closed => "settlement.closed",
        EventType::Revised => "settlement.revised",
        EventType::Cancelled => "settlement.cancelled",
        EventType::Test => "linkage.test",
    }
}
