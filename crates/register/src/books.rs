//! What the till can be asked: settlements and their facts, assembled from the stored checks and cash and held
//! against their hash, and checks by id. Nothing here changes anything.

use crate::{
    error::TillError,
    journal::{content, parsed},
    session,
    till::Till,
};
use db::{Row, Tx, args};
use jiff::{Timestamp, civil::Date};
use protocol::{control::SettlementControl, facts::facts_sha256};
use sales::{CashMovement, Check, CheckId, Settlement, SettlementId, SettlementState, Yen};

/// A settlement as a list shows it, at its highest revision.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Filed {
    /// Which.
    pub id: SettlementId,
    /// Z番号
    pub z_number: u32,
    /// 営業日
    pub business_date: Date,
    /// The revision that stands.
    pub revision: u32,
    /// Closed, or cancelled and open again.
    pub state: SettlementState,
    /// 精算時刻
    pub closed_at: Timestamp,
    /// 過不足; none is 未計数.
    pub over_short: Option<Yen>,
    /// Its totals.
    pub control: SettlementControl,
}

const LIST: &str = "SELECT s.facts, s.control FROM till_session t
    JOIN settlement s ON s.settlement_id = t.settlement_id AND s.revision = t.revision
    ORDER BY t.ordinal DESC LIMIT $1";
const REVISION: &str = "SELECT facts, checks_through, control FROM settlement
    WHERE settlement_id = $1 AND revision = $2";
const CHECKS: &str = "SELECT ordinal, content FROM sale
    WHERE settlement_id = $1 AND revision = 0 ORDER BY ordinal";
const CHECKS_THROUGH: &str = "SELECT content FROM sale
    WHERE settlement_id = $1 AND revision = 0 AND ordinal <= $2 ORDER BY ordinal";

impl Till {
    /// The newest settlements, at most `limit`, each at its highest revision.
    pub async fn settlements(&self, limit: u32) -> Result<Vec<Filed>, TillError> {
        self.db
            .read(async move |tx: &mut Tx| -> Result<_, TillError> {
                tx.fetch_all(LIST, args![limit]).await?.iter().map(Filed::read).collect()
            })
            .await
    }

    /// The facts of a settlement at its highest revision.
    pub async fn settlement(&self, id: SettlementId) -> Result<Settlement, TillError> {
        self.db
            .read(async move |tx: &mut Tx| -> Result<_, TillError> {
                let session = session::by_id(tx, id).await?;
                standing(tx, session.id).await?.ok_or(TillError::NotSettled(id))
            })
            .await
    }

    /// The facts of a settlement at one revision.
    pub async fn settlement_at(&self, id: SettlementId, revision: u32) -> Result<Option<Settlement>, TillError> {
        self.db.read(async move |tx: &mut Tx| -> Result<_, TillError> { facts(tx, id, revision).await }).await
    }

    /// A check of this till.
    pub async fn check(&self, id: CheckId) -> Result<Option<Check>, TillError> {
        self.db
            .read(async move |tx: &mut Tx| -> Result<_, TillError> {
                Ok(kept_check(tx, id).await?.map(|(_, check)| check))
            })
            .await
    }

    /// The checks of a session in the order they were paid, 赤伝票 among them.
    pub async fn checks(&self, session: SettlementId) -> Result<Vec<Check>, TillError> {
        self.db
            .read(async move |tx: &mut Tx| -> Result<_, TillError> { Ok(session_checks(tx, session).await?.0) })
            .await
    }
}

/// The checks rung up in a session, and the ordinal of the last.
pub(crate) async fn session_checks(tx: &mut Tx, id: SettlementId) -> Result<(Vec<Check>, i64), TillError> {
    let rows = tx.fetch_all(CHECKS, args![id.to_string()]).await?;
    let through = rows.last().map_or(Ok(0), |row| row.int("ordinal"))?;
    let checks = rows.iter().map(|row| content(row, "content")).collect::<Result<_, _>>()?;
    Ok((checks, through))
}

pub(crate) async fn movements(tx: &mut Tx, id: SettlementId) -> Result<Vec<CashMovement>, TillError> {
    let sql = "SELECT content FROM cash_movement WHERE settlement_id = $1 ORDER BY ordinal";
    tx.fetch_all(sql, args![id.to_string()]).await?.iter().map(|row| content(row, "content")).collect()
}

/// A check with the session it is filed under.
pub(crate) async fn kept_check(tx: &mut Tx, id: CheckId) -> Result<Option<(SettlementId, Check)>, TillError> {
    let sql = "SELECT settlement_id, content FROM sale WHERE check_id = $1";
    let row = tx.fetch_optional(sql, args![id.to_string()]).await?;
    row.map(|row| Ok((parsed(&row, "settlement_id")?, content(&row, "content")?))).transpose()
}

/// Keeps a check behind the others of its session. `revision`: 0 when it is rung up.
pub(crate) async fn keep_check(
    tx: &mut Tx,
    session: SettlementId,
    revision: u32,
    check: &Check,
) -> Result<(), TillError> {
    let reverses = check.reverses.map(|original| original.to_string());
    tx.execute(
        "INSERT INTO sale (check_id, settlement_id, ordinal, revision, reverses, content)
         SELECT $1, $2, COALESCE(MAX(ordinal), 0) + 1, $3, $4, $5 FROM sale WHERE settlement_id = $2",
        args![check.id.to_string(), session.to_string(), revision, reverses, crate::journal::json(check)],
    )
    .await?;
    Ok(())
}

/// The 赤伝票 of a check, wherever it was made.
pub(crate) async fn reversal_of(tx: &mut Tx, id: CheckId) -> Result<Option<CheckId>, TillError> {
    let row = tx.fetch_optional("SELECT check_id FROM sale WHERE reverses = $1", args![id.to_string()]).await?;
    row.map(|row| parsed(&row, "check_id")).transpose()
}

/// The settlement at its highest revision, if it has one.
pub(crate) async fn standing(tx: &mut Tx, id: SettlementId) -> Result<Option<Settlement>, TillError> {
    let revision = session::by_id(tx, id).await?.revision;
    facts(tx, id, revision).await
}

async fn facts(tx: &mut Tx, id: SettlementId, revision: u32) -> Result<Option<Settlement>, TillError> {
    let Some(row) = tx.fetch_optional(REVISION, args![id.to_string(), revision]).await? else { return Ok(None) };
    let mut settlement: Settlement = content(&row, "facts")?;
    if let Some(through) = row.opt_int("checks_through")? {
        let rows = tx.fetch_all(CHECKS_THROUGH, args![id.to_string(), through]).await?;
        settlement.checks = rows.iter().map(|row| content(row, "content")).collect::<Result<_, _>>()?;
    }
    let control: SettlementControl = content(&row, "control")?;
    if facts_sha256(&settlement) == control.facts_sha256 {
        Ok(Some(settlement))
    } else {
        let place = format!("settlement {id} revision {revision}");
        Err(TillError::damaged(place, &"its facts are not those it was closed with"))
    }
}

impl Filed {
    fn read(row: &Row) -> Result<Self, TillError> {
        // Listed from its head; its checks stay where they are.
        let head: Settlement = content(row, "facts")?;
        Ok(Self {
            id: head.id,
            z_number: head.z_number,
            business_date: head.business_date,
            revision: head.revision,
            state: head.state,
            closed_at: head.closed_at,
            over_short: head.cash.over_short,
            control: content(row, "control")?,
        })
    }
}
