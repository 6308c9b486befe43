//! 入金 and 出金: cash that goes into or out of the drawer without a sale.

use crate::{
    error::TillError,
    journal::{Journal, json},
    session,
    till::Till,
};
use db::{Tx, args};
use jiff::Timestamp;
use protocol::journal::{Body, CashEntry};
use sales::{CashMovement, MovementId, MovementKind, SettlementId, Yen};

impl Till {
    /// 入金 or 出金 in the session that payments go to.
    pub async fn cash_movement(
        &self,
        kind: MovementKind,
        amount: Yen,
        reason: &str,
        staff: &str,
        now: Timestamp,
    ) -> Result<CashMovement, TillError> {
        let current = self.session().await?.ok_or(TillError::NoSession)?;
        self.cash_movement_in(current.id, kind, amount, reason, staff, now).await
    }

    /// 入金 or 出金 in this open session: one that was forgotten before a 精算取消, say.
    pub async fn cash_movement_in(
        &self,
        session: SettlementId,
        kind: MovementKind,
        amount: Yen,
        reason: &str,
        staff: &str,
        now: Timestamp,
    ) -> Result<CashMovement, TillError> {
        if amount < Yen::ZERO {
            return Err(TillError::Negative { what: "a cash movement", amount });
        }
        let at = self.desk(now)?.now;
        let id = MovementId((self.random)());
        let movement = CashMovement { amount, at, id, kind, reason: reason.to_owned(), staff: staff.to_owned() };
        let kept = self
            .db
            .write(async move |tx: &mut Tx| -> Result<CashMovement, TillError> { keep(tx, session, movement).await })
            .await?;
        self.rang();
        Ok(kept)
    }
}

async fn keep(tx: &mut Tx, session: SettlementId, movement: CashMovement) -> Result<CashMovement, TillError> {
    let mut journal = Journal::take(tx).await?;
    if !session::by_id(tx, session).await?.open {
        return Err(TillError::NotOpen(session));
    }
    tx.execute(
        "INSERT INTO cash_movement (movement_id, settlement_id, ordinal, content)
         SELECT $1, $2, COALESCE(MAX(ordinal), 0) + 1, $3 FROM cash_movement WHERE settlement_id = $2",
        args![movement.id.to_string(), session.to_string(), json(&movement)],
    )
    .await?;
    let entry = CashEntry { settlement_id: session, movement };
    journal.append(tx, entry.movement.at, &Body::Cash(entry.clone())).await?;
    Ok(entry.movement)
}
