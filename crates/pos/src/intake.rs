//! Intake: a settlement that comes in stands, is late, is a repeat or is a conflict; what stands is durable with its
//! outbox row in the same transaction. The highest revision wins, whatever order they arrive in.

mod incoming;

use db::{Tx, args};
use protocol::control::SettlementControl;
use protocol::facts::canonical;
use protocol::hash::Sha256;
use protocol::inbox::{Known, Verdict, judge};
use sales::{RegisterId, Settlement, StoreId};
use std::sync::Arc;

use crate::attention::{self, Kind, Raised};
use crate::checks::Till;
use crate::stored::{Stored, unreadable, word_of};
use crate::{Pos, PosError, Tenant, outbox};
pub use incoming::{Figures, Incoming, Written};

/// A settlement at one revision as it was accepted.
#[derive(Clone, Debug)]
pub struct AcceptedSettlement {
    /// The facts, whole.
    pub settlement: Arc<Settlement>,
    /// What they come to, where it is computed already.
    pub figures: Option<Arc<Figures>>,
    /// 店舗
    pub store_id: StoreId,
    /// レジ
    pub register_id: RegisterId,
    /// The hash of the facts: what decides sameness.
    pub facts_sha256: Sha256,
    /// Its control totals.
    pub control: SettlementControl,
}

/// How a settlement came in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    /// Assembled from, or whole in, a till's journal.
    Journal,
    /// A document of a POS without a journal.
    Document,
}

/// What became of a settlement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// Judged against what was there.
    Judged(Verdict),
    /// Another till has this settlement id: nothing is stored.
    OtherRegister,
}

const OWNER: &str = "SELECT register_id, revision FROM settlement WHERE company_id = $1 AND settlement_id = $2";
const SAME: &str = "SELECT facts_sha256 FROM settlement_revision
                    WHERE company_id = $1 AND settlement_id = $2 AND revision = $3";
const REVISION: &str = "INSERT INTO settlement_revision
        (company_id, settlement_id, revision, facts_sha256, facts, control, source, received_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8)";
const STANDS: &str = "INSERT INTO settlement
        (company_id, settlement_id, store_id, register_id, business_date, z_number, revision, state, checks, guests,
         voids, net, tax, total, over_short, facts_sha256, control, closed_at, received_at)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19)
    ON CONFLICT (company_id, settlement_id) DO UPDATE SET
        business_date = excluded.business_date, z_number = excluded.z_number, revision = excluded.revision,
        state = excluded.state, checks = excluded.checks, guests = excluded.guests, voids = excluded.voids,
        net = excluded.net, tax = excluded.tax, total = excluded.total, over_short = excluded.over_short,
        facts_sha256 = excluded.facts_sha256, control = excluded.control, closed_at = excluded.closed_at,
        received_at = excluded.received_at";

/// Computes what follows from a settlement and takes it in. The caller holds the till's lock.
pub async fn accept(
    tx: &mut Tx,
    pos: &Pos,
    tenant: &Tenant,
    till: Till,
    settlement: Settlement,
    source: Source,
) -> Result<(Outcome, Sha256), PosError> {
    let incoming = Incoming::new(settlement)?;
    let outcome = take(tx, pos, tenant, till, &incoming, source).await?;
    Ok((outcome, incoming.facts_sha256()))
}

/// Takes in a settlement whose figures are computed already. The caller holds the till's lock.
pub async fn take(
    tx: &mut Tx,
    pos: &Pos,
    tenant: &Tenant,
    till: Till,
    incoming: &Incoming,
    source: Source,
) -> Result<Outcome, PosError> {
    tx.lock(&format!("settlement:{tenant}:{}", incoming.settlement.id)).await?;
    let outcome = held(tx, tenant, till, incoming).await?;
    match outcome {
        Outcome::OtherRegister => contradiction(tx, pos, tenant, till, incoming, Kind::OtherRegister).await?,
        Outcome::Judged(Verdict::Conflict) => {
            contradiction(tx, pos, tenant, till, incoming, Kind::SettlementConflict).await?;
        }
        Outcome::Judged(Verdict::Repeated) => {}
        Outcome::Judged(Verdict::Late) => keep(tx, pos, tenant, incoming, source).await?,
        Outcome::Judged(Verdict::Stands) => {
            keep(tx, pos, tenant, incoming, source).await?;
            stand(tx, pos, tenant, till, incoming).await?;
            offer(tx, pos, tenant, till, incoming).await?;
        }
    }
    Ok(outcome)
}

async fn held(tx: &mut Tx, tenant: &Tenant, till: Till, incoming: &Incoming) -> Result<Outcome, PosError> {
    let (settlement, facts) = (&incoming.settlement, incoming.facts_sha256());
    let id = settlement.id.to_string();
    let Some(row) = tx.fetch_optional(OWNER, args![tenant.as_str(), &id]).await? else {
        return Ok(Outcome::Judged(judge(None, settlement.revision, facts)));
    };
    if row.parse::<RegisterId>("register_id")? != till.register_id {
        return Ok(Outcome::OtherRegister);
    }
    let same = tx.fetch_optional(SAME, args![tenant.as_str(), id, settlement.revision]).await?;
    let same_revision = same.map(|row| row.parse("facts_sha256")).transpose()?;
    let known = Known { revision: row.small("revision")?, same_revision };
    Ok(Outcome::Judged(judge(Some(known), settlement.revision, facts)))
}

async fn keep(tx: &mut Tx, pos: &Pos, tenant: &Tenant, incoming: &Incoming, source: Source) -> Result<(), PosError> {
    let source = match source {
        Source::Journal => "journal",
        Source::Document => "document",
    };
    let (settlement, now) = (&incoming.settlement, pos.now().as_millisecond());
    let (id, sha) = (settlement.id.to_string(), incoming.facts_sha256().to_string());
    let control = json(&incoming.stored_control())?;
    let values = args![tenant.as_str(), id, settlement.revision, sha, &incoming.frame.zstd, control, source, now];
    tx.execute(REVISION, values).await?;
    Ok(())
}

async fn stand(tx: &mut Tx, pos: &Pos, tenant: &Tenant, till: Till, incoming: &Incoming) -> Result<(), PosError> {
    let (settlement, control) = (&incoming.settlement, incoming.stored_control());
    let (voids, total) = incoming.voids_and_total();
    let values = args![
        tenant.as_str(),
        settlement.id.to_string(),
        till.store_id.to_string(),
        till.register_id.to_string(),
        settlement.business_date.to_string(),
        settlement.z_number,
        settlement.revision,
        word_of(settlement.state),
        control.checks,
        control.guests,
        voids,
        control.net.0,
        control.tax.0,
        total,
        settlement.cash.over_short.map(|over| over.0),
        control.facts_sha256.to_string(),
        json(&control)?,
        settlement.closed_at.as_millisecond(),
        pos.now().as_millisecond(),
    ];
    tx.execute(STANDS, values).await?;
    Ok(())
}

/// Hands it to the linkage, or says why it can't go.
async fn offer(tx: &mut Tx, pos: &Pos, tenant: &Tenant, till: Till, incoming: &Incoming) -> Result<(), PosError> {
    let Till { store_id, register_id } = till;
    let (settlement, facts_sha256) = (incoming.settlement.clone(), incoming.facts_sha256());
    if let Some(control) = incoming.control() {
        let figures = incoming.figures().cloned();
        let accepted = AcceptedSettlement { settlement, figures, store_id, register_id, facts_sha256, control };
        return outbox::offer(tx, pos, tenant, &accepted, incoming.prepared.as_ref()).await;
    }
    let line = format!("Z{}の改訂{}：合計が扱える範囲を超えています", settlement.z_number, settlement.revision);
    attention::raise(tx, pos, tenant, &[finding(till, incoming, Kind::NotComputable, vec![line])]).await
}

async fn contradiction(
    tx: &mut Tx,
    pos: &Pos,
    tenant: &Tenant,
    till: Till,
    incoming: &Incoming,
    kind: Kind,
) -> Result<(), PosError> {
    let settlement = &incoming.settlement;
    let line = format!("Z{}の改訂{}：別の内容が届きました", settlement.z_number, settlement.revision);
    let mut finding = finding(till, incoming, kind, vec![line]);
    finding.evidence = String::from_utf8(canonical(settlement.as_ref())).ok();
    attention::raise(tx, pos, tenant, &[finding]).await
}

/// A finding about a settlement that comes in: the same when the same facts come again.
pub(crate) fn finding(till: Till, incoming: &Incoming, kind: Kind, lines: Vec<String>) -> Raised {
    let settlement = &incoming.settlement;
    Raised {
        kind,
        store_id: till.store_id,
        register_id: till.register_id,
        settlement_id: Some(settlement.id),
        business_date: Some(settlement.business_date),
        lines,
        evidence: None,
        key: format!("{}:{}:{}", settlement.id, settlement.revision, incoming.facts_sha256()),
    }
}

fn json(control: &SettlementControl) -> Result<String, PosError> {
    serde_json::to_string(control).map_err(|error| unreadable("control", error))
}
