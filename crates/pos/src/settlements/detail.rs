//! One settlement: the revision asked for with its facts, all its revisions, and what was sent of it.

use db::{Row, Tx, args};
use jiff::Timestamp;
use protocol::event::Frame;
use sales::{Settlement, SettlementId, StoreId};
use uuid::Uuid;

use super::link::{Link, link};
use crate::attention::Kind;
use crate::outbox::standing::{lane_of_event, standing};
use crate::stored::{Stored, unreadable};
use crate::{Pos, PosError, Tenant};

/// No facts are larger when opened.
const FACTS_BYTES_MAX: usize = protocol::EVENT_BYTES_MAX;

/// One settlement with all there is to it.
#[derive(Clone, Debug)]
pub struct Detail {
    /// 店舗
    pub store_id: StoreId,
    /// 店舗名
    pub store: String,
    /// IANA time zone of the store.
    pub zone: String,
    /// レジ名
    pub register: String,
    /// The revision that stands.
    pub standing: u32,
    /// The facts of the revision that was asked for.
    pub facts: Settlement,
    /// Highest first.
    pub revisions: Vec<Revision>,
    /// Newest first.
    pub sent: Vec<Sent>,
    /// Open findings first.
    pub findings: Vec<Finding>,
}

/// One revision.
#[derive(Clone, Debug)]
pub struct Revision {
    /// From 1.
    pub revision: u32,
    /// How it came: `journal` or `document`.
    pub source: String,
    /// When.
    pub received_at: Timestamp,
    /// The hash of its facts.
    pub facts_sha256: String,
    /// 税込 is in the facts; 税抜 as its control totals have it.
    pub net: i64,
    /// 会計数
    pub checks: i64,
}

/// One event of it.
#[derive(Clone, Debug)]
pub struct Sent {
    /// Where its deliveries are looked into.
    pub event_id: Uuid,
    /// Which revision.
    pub revision: u32,
    /// Which linkage.
    pub generation: i64,
    /// Where it stands.
    pub link: Link,
    /// When it was queued.
    pub queued_at: Timestamp,
    /// When it was delivered.
    pub delivered_at: Option<Timestamp>,
    /// How often it was tried.
    pub attempts: i64,
}

/// One finding about it.
#[derive(Clone, Debug)]
pub struct Finding {
    /// What sort.
    pub kind: Option<Kind>,
    /// What exactly.
    pub detail: String,
    /// Somebody has looked at it.
    pub resolved: bool,
}

impl Finding {
    /// What happened, in a few words.
    pub fn label(&self) -> &'static str {
        self.kind.map_or("要対応", Kind::label)
    }

    /// What a person does about it.
    pub fn way_out(&self) -> &'static str {
        self.kind.map_or("", Kind::way_out)
    }
}

const HEAD: &str = "SELECT s.store_id, s.revision, st.name AS store, st.zone, r.name AS register
    FROM settlement s
    JOIN store st ON st.company_id = s.company_id AND st.store_id = s.store_id
    JOIN register r ON r.company_id = s.company_id AND r.register_id = s.register_id
    WHERE s.company_id = $1 AND s.settlement_id = $2 AND s.store_id = COALESCE($3, s.store_id)";
const FACTS: &str = "SELECT facts FROM settlement_revision
                     WHERE company_id = $1 AND settlement_id = $2 AND revision = $3";
const REVISIONS: &str = "SELECT revision, source, received_at, facts_sha256, control FROM settlement_revision
                         WHERE company_id = $1 AND settlement_id = $2 ORDER BY revision DESC LIMIT 200";
// The `+` keeps SQLite from reading a whole company in the order asked for instead of one settlement's few events.
const SENT: &str = concat!(
    "SELECT o.event_id, o.revision, o.generation, o.attempts, o.queued_at, o.delivered_at, 0 AS held, ",
    standing!("$3"),
    " AS standing FROM outbox o ",
    lane_of_event!(),
    " WHERE o.company_id = $1 AND o.settlement_id = $2 ORDER BY +o.generation DESC, o.revision DESC LIMIT 200"
);
const FINDINGS: &str = "SELECT kind, detail, CASE WHEN resolved_at IS NULL THEN 0 ELSE 1 END AS resolved FROM attention
                        WHERE company_id = $1 AND settlement_id = $2 ORDER BY resolved, raised_at DESC LIMIT 200";

/// The facts of one revision.
pub async fn facts(
    pos: &Pos,
    tenant: &Tenant,
    id: SettlementId,
    revision: u32,
) -> Result<Option<Settlement>, PosError> {
    let tenant = tenant.clone();
    pos.db
        .read(async move |tx: &mut Tx| -> Result<Option<Settlement>, PosError> {
            stored_facts(tx, &tenant, id, revision).await
        })
        .await
}

/// One settlement, by its standing revision or another one. None: there is no such, or not in this store.
pub async fn detail(
    pos: &Pos,
    tenant: &Tenant,
    only_store: Option<StoreId>,
    id: SettlementId,
    revision: Option<u32>,
) -> Result<Option<Detail>, PosError> {
    let tenant = tenant.clone();
    let (store, now) = (only_store.map(|store| store.to_string()), pos.now().as_millisecond());
    pos.db
        .read(async move |tx: &mut Tx| -> Result<Option<Detail>, PosError> {
            let (company, settlement) = (tenant.as_str(), id.to_string());
            let Some(head) = tx.fetch_optional(HEAD, args![company, &settlement, store]).await? else {
                return Ok(None);
            };
            let standing = head.small("revision")?;
            let Some(facts) = stored_facts(tx, &tenant, id, revision.unwrap_or(standing)).await? else {
                return Ok(None);
            };
            let revisions = tx.fetch_all(REVISIONS, args![company, &settlement]).await?;
            let sent = tx.fetch_all(SENT, args![company, &settlement, now]).await?;
            let findings = tx.fetch_all(FINDINGS, args![company, &settlement]).await?;
            Ok(Some(Detail {
                store_id: head.parse("store_id")?,
                store: head.text("store")?,
                zone: head.text("zone")?,
                register: head.text("register")?,
                standing,
                facts,
                revisions: revisions.iter().map(one_revision).collect::<Result<_, _>>()?,
                sent: sent.iter().map(one_sent).collect::<Result<_, _>>()?,
                findings: findings.iter().map(one_finding).collect::<Result<_, _>>()?,
            }))
        })
        .await
}

async fn stored_facts(
    tx: &mut Tx,
    tenant: &Tenant,
    id: SettlementId,
    revision: u32,
) -> Result<Option<Settlement>, PosError> {
    let row = tx.fetch_optional(FACTS, args![tenant.as_str(), id.to_string(), revision]).await?;
    let Some(row) = row else { return Ok(None) };
    let plain = Frame::unpack(&row.bytes("facts")?, FACTS_BYTES_MAX)?;
    serde_json::from_slice(&plain).map(Some).map_err(|error| unreadable("facts", error))
}

fn one_revision(row: &Row) -> Result<Revision, PosError> {
    let control: protocol::control::SettlementControl = row.json("control")?;
    Ok(Revision {
        revision: row.small("revision")?,
        source: row.text("source")?,
        received_at: row.at("received_at")?,
        facts_sha256: row.text("facts_sha256")?,
        net: control.net.0,
        checks: control.checks,
    })
}

fn one_sent(row: &Row) -> Result<Sent, PosError> {
    Ok(Sent {
        event_id: row.parse("event_id")?,
        revision: row.small("revision")?,
        generation: row.int("generation")?,
        link: link(row)?,
        queued_at: row.at("queued_at")?,
        delivered_at: row.opt_at("delivered_at")?,
        attempts: row.int("attempts")?,
    })
}

fn one_finding(row: &Row) -> Result<Finding, PosError> {
    let (kind, resolved) = (Kind::of_word(&row.text("kind")?), row.flag("resolved")?);
    Ok(Finding { kind, detail: row.text("detail")?, resolved })
}
