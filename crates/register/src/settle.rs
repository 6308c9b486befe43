//! 精算: closes a session into its settlement, numbered (Z番号). The checks went before it; the entry carries
//! the drawer and the till's own totals. Closed again after a 精算取消 it is the next revision, same id and Z.

use crate::{
    books,
    drawer::drawer,
    error::TillError,
    journal::{Journal, json},
    session::{self, Session},
    till::Till,
};
use db::{Tx, args};
use jiff::Timestamp;
use protocol::{
    control::SettlementControl,
    journal::{Body, Settled},
};
use sales::{CountedCash, Settlement, SettlementId, SettlementState, Yen};

/// How a session is closed.
#[derive(Clone, Debug)]
pub(crate) struct Closing {
    pub counted: Option<CountedCash>,
    pub bank_deposit: Yen,
    pub now: Timestamp,
}

impl Closing {
    pub fn uncounted(now: Timestamp) -> Self {
        Self { counted: None, bank_deposit: Yen::ZERO, now }
    }
}

impl Till {
    /// 精算 of the open session. `counted`: none is 未計数. Where two are open ([`Till::open_sessions`]) it asks
    /// which one: [`Till::settle_session`].
    pub async fn settle(
        &self,
        counted: Option<CountedCash>,
        bank_deposit: Yen,
        now: Timestamp,
    ) -> Result<Settlement, TillError> {
        self.settle_one(None, counted, bank_deposit, now).await
    }

    /// 精算 of this one of the open sessions.
    pub async fn settle_session(
        &self,
        id: SettlementId,
        counted: Option<CountedCash>,
        bank_deposit: Yen,
        now: Timestamp,
    ) -> Result<Settlement, TillError> {
        self.settle_one(Some(id), counted, bank_deposit, now).await
    }

    async fn settle_one(
        &self,
        id: Option<SettlementId>,
        counted: Option<CountedCash>,
        bank_deposit: Yen,
        now: Timestamp,
    ) -> Result<Settlement, TillError> {
        let closing = Closing { counted, bank_deposit, now: self.desk(now)?.now };
        self.operate(async move |tx: &mut Tx, journal: &mut Journal| -> Result<Settlement, TillError> {
            let session = the_session(tx, id).await?;
            close(tx, journal, session, closing).await
        })
        .await
    }
}

async fn the_session(tx: &mut Tx, id: Option<SettlementId>) -> Result<Session, TillError> {
    if let Some(id) = id {
        let session = session::by_id(tx, id).await?;
        return if session.open { Ok(session) } else { Err(TillError::NotOpen(id)) };
    }
    let mut open = session::all_open(tx).await?;
    let current = open.pop().ok_or(TillError::NoSession)?;
    match open.first() {
        None => Ok(current),
        Some(reopened) => Err(TillError::TwoOpen { reopened: reopened.id, current: current.id }),
    }
}

/// Closes `session` at its next revision.
pub(crate) async fn close(
    tx: &mut Tx,
    journal: &mut Journal,
    session: Session,
    closing: Closing,
) -> Result<Settlement, TillError> {
    let z_number = match session.z_number {
        Some(z_number) => z_number,
        None => journal.next_z()?,
    };
    let (settlement, through) = so_far(tx, &session, z_number, closing).await?;
    let totals = SettlementControl::of(&settlement)?;
    let settled = Settled {
        settlement_id: settlement.id,
        z_number,
        revision: settlement.revision,
        supersedes: settlement.supersedes,
        reason: settlement.reason.clone(),
        revised_by: settlement.revised_by.clone(),
        business_date: settlement.business_date,
        opened_at: settlement.opened_at,
        closed_at: settlement.closed_at,
        cash: settlement.cash.clone(),
        totals,
    };
    file(tx, &settlement, Some(through), totals).await?;
    journal.append(tx, settlement.closed_at, &Body::Settled(settled)).await?;
    Ok(settlement)
}

/// The settlement a till session comes to when it is closed so, and the ordinal of its last check.
pub(crate) async fn so_far(
    tx: &mut Tx,
    session: &Session,
    z_number: u32,
    closing: Closing,
) -> Result<(Settlement, i64), TillError> {
    let Closing { counted, bank_deposit, now } = closing;
    let (checks, through) = books::session_checks(tx, session.id).await?;
    let movements = books::movements(tx, session.id).await?;
    let cash = drawer(session.opening_float, movements, &checks, counted, bank_deposit)?;
    // Why it was opened again is why it is closed again.
    let cancelled = books::standing(tx, session.id).await?;
    let settlement = Settlement {
        business_date: session.business_date,
        cash,
        checks,
        closed_at: now,
        id: session.id,
        opened_at: session.opened_at,
        reason: cancelled.as_ref().and_then(|before| before.reason.clone()),
        revision: session.revision + 1,
        revised_by: cancelled.as_ref().and_then(|before| before.revised_by.clone()),
        state: SettlementState::Closed,
        supersedes: (session.revision > 0).then_some(session.revision),
        z_number,
    };
    Ok((settlement, through))
}

/// Files a revision of a settlement. `through`: its checks are the session's up to there; none: it is whole.
pub(crate) async fn file(
    tx: &mut Tx,
    settlement: &Settlement,
    through: Option<i64>,
    control: SettlementControl,
) -> Result<(), TillError> {
    let id = settlement.id.to_string();
    let facts = match through {
        Some(_) => json(&Settlement { checks: Vec::new(), ..settlement.clone() }),
        None => json(settlement),
    };
    tx.execute(
        "INSERT INTO settlement (settlement_id, revision, facts, checks_through, control)
         VALUES ($1, $2, $3, $4, $5)",
        args![&id, settlement.revision, facts, through, json(&control)],
    )
    .await?;
    let is_open = settlement.state == SettlementState::Cancelled;
    let sql = "UPDATE till_session SET is_open = $1, z_number = $2, revision = $3 WHERE settlement_id = $4";
    tx.execute(sql, args![is_open, settlement.z_number, settlement.revision, id]).await?;
    Ok(())
}
