//! 精算取消: the next revision of a settlement, which empties it and opens its session again. Not once a later
//! session of the till has closed, nor after a correction by revision.

use crate::{books, error::TillError, journal::Journal, revise::named, session, settle, till::Till};
use db::{Tx, args};
use jiff::Timestamp;
use protocol::{
    control::SettlementControl,
    journal::{Body, WholeSettlement},
};
use sales::{Settlement, SettlementId};

impl Till {
    /// 精算取消. Answers the revision that empties the settlement; its session is open again.
    pub async fn cancel_settlement(
        &self,
        id: SettlementId,
        by: &str,
        reason: &str,
        now: Timestamp,
    ) -> Result<Settlement, TillError> {
        let (by, reason) = named(by, reason)?;
        let now = self.desk(now)?.now;
        self.operate(async move |tx: &mut Tx, journal: &mut Journal| -> Result<Settlement, TillError> {
            let cancelled = reopenable(tx, id).await?.cancelled(now, &by, &reason);
            settle::file(tx, &cancelled, None, SettlementControl::of(&cancelled)?).await?;
            let entry = WholeSettlement { settlement: cancelled };
            journal.append(tx, now, &Body::SettlementCancelled(entry.clone())).await?;
            Ok(entry.settlement)
        })
        .await
    }
}

const LATER_CLOSED: &str = "SELECT 1 AS found FROM till_session WHERE ordinal > $1 AND revision > 0 LIMIT 1";
const REVISED: &str = "SELECT 1 AS found FROM sale WHERE settlement_id = $1 AND revision > 0
    UNION ALL SELECT 1 FROM settlement WHERE settlement_id = $1 AND revision = $2 AND checks_through IS NULL LIMIT 1";

async fn reopenable(tx: &mut Tx, id: SettlementId) -> Result<Settlement, TillError> {
    let session = session::by_id(tx, id).await?;
    if session.open {
        return Err(TillError::NotSettled(id));
    }
    let ordinal = crate::journal::as_int(session.ordinal);
    if tx.fetch_optional(LATER_CLOSED, args![ordinal]).await?.is_some() {
        return Err(TillError::LaterClosed(id));
    }
    if tx.fetch_optional(REVISED, args![id.to_string(), session.revision]).await?.is_some() {
        return Err(TillError::Revised(id));
    }
    books::standing(tx, id).await?.ok_or(TillError::NotSettled(id))
}
