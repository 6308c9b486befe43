//! 入金 and 出金: cash that goes into or out of the drawer without a sale.

use crate::{
    books,
    error::TillError,
    journal::{Journal, content, json, to_millisecond},
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
        let at = self.desk(now)?.now;
        let id = MovementId((self.random)());
        let movement = CashMovement { amount, at, id, kind, reason: reason.to_owned(), staff: staff.to_owned() };
        self.move_cash(session, movement).await
    }

    /// 入金 or 出金 under an id made by the caller: asking again moves the cash once.
    pub async fn move_cash(&self, session: SettlementId, movement: CashMovement) -> Result<CashMovement, TillError> {
        if movement.amount < Yen::ZERO {
            return Err(TillError::Negative { what: "a cash movement", amount: movement.amount });
        }
        let movement = CashMovement { at: to_millisecond(movement.at), ..movement };
        self.operate(async move |tx: &mut Tx, journal: &mut Journal| -> Result<CashMovement, TillError> {
            keep(tx, journal, session, movement).await
        })
        .await
    }

    /// 入金 and 出金 of a session, in order.
    pub async fn movements(&self, session: SettlementId) -> Result<Vec<CashMovement>, TillError> {
        self.db.read(async move |tx: &mut Tx| -> Result<_, TillError> { books::movements(tx, session).await }).await
    }
}

async fn keep(
    tx: &mut Tx,
    journal: &mut Journal,
    session: SettlementId,
    movement: CashMovement,
) -> Result<CashMovement, TillError> {
    let known = "SELECT content FROM cash_movement WHERE movement_id = $1";
    if let Some(row) = tx.fetch_optional(known, args![movement.id.to_string()]).await? {
        return content(&row, "content");
    }
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
