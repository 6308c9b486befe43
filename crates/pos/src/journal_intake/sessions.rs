//! Sessions as rows: opened, settled, opened again.

use std::collections::{BTreeSet, HashMap};

use db::{Sql, Tx, args};
use protocol::intake::{Read, Session};
use protocol::journal::Opened;
use sales::{Settlement, SettlementId, SettlementState, Yen};

use crate::checks::Till;
use crate::stored::{Stored, unreadable};
use crate::{PosError, Tenant};

const CLOSED_LATER: &str = "SELECT 1 AS one FROM settlement
                            WHERE company_id = $1 AND register_id = $2 AND z_number > $3 AND state = 'closed' LIMIT 1";
const SESSIONS: Sql = Sql {
    sqlite: "SELECT settlement_id, register_id, business_date, opened_at, opening_float, settled_revision
             FROM till_session WHERE company_id = $1 AND settlement_id IN (SELECT value FROM json_each($2))",
    postgres: "SELECT settlement_id, register_id, business_date, opened_at, opening_float, settled_revision
               FROM till_session
               WHERE company_id = $1 AND settlement_id IN (SELECT jsonb_array_elements_text(CAST($2 AS JSONB)))",
};
const OPEN: &str = "INSERT INTO till_session
        (company_id, settlement_id, store_id, register_id, business_date, opened_at, opening_float)
    VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (company_id, settlement_id) DO NOTHING";
// A till that was restored may send again what it has since reopened: what stands says whether the session is open.
const SETTLED: &str = "
    UPDATE till_session SET settled_revision = $4 WHERE company_id = $1 AND settlement_id = $2 AND register_id = $3
      AND NOT EXISTS (SELECT 1 FROM settlement s
                      WHERE s.company_id = $1 AND s.settlement_id = $2 AND s.revision > $5)";

/// Whether a later session of the till has closed.
pub async fn closed_later(tx: &mut Tx, tenant: &Tenant, till: Till, settlement: &Settlement) -> Result<bool, PosError> {
    let values = args![tenant.as_str(), till.register_id.to_string(), settlement.z_number];
    Ok(tx.fetch_optional(CLOSED_LATER, values).await?.is_some())
}

/// The sessions that entries are about, as far as they are known.
pub async fn known(tx: &mut Tx, tenant: &Tenant, entries: &[Read]) -> Result<HashMap<SettlementId, Session>, PosError> {
    let ids: BTreeSet<SettlementId> = entries.iter().filter_map(Read::settlement_id).collect();
    let ids = serde_json::to_string(&ids).map_err(|error| unreadable("ids", error))?;
    let rows = tx.fetch_all(SESSIONS, args![tenant.as_str(), ids]).await?;
    let session = |row: &db::Row| -> Result<(SettlementId, Session), PosError> {
        let session = Session {
            register_id: row.parse("register_id")?,
            business_date: row.parse("business_date")?,
            opened_at: row.at("opened_at")?,
            opening_float: Yen(row.int("opening_float")?),
            settled_revision: row.opt_int("settled_revision")?.and_then(|revision| u32::try_from(revision).ok()),
        };
        Ok((row.parse("settlement_id")?, session))
    };
    rows.iter().map(session).collect()
}

/// Stores sessions that opened: one or two in a batch.
pub async fn open(tx: &mut Tx, tenant: &Tenant, till: Till, opened: &[Opened]) -> Result<(), PosError> {
    for session in opened {
        let (store, register) = (till.store_id.to_string(), till.register_id.to_string());
        let (id, date) = (session.settlement_id.to_string(), session.business_date.to_string());
        let (at, float) = (session.opened_at.as_millisecond(), session.opening_float.0);
        tx.execute(OPEN, args![tenant.as_str(), id, store, register, date, at, float]).await?;
    }
    Ok(())
}

/// Closes a session, or opens it again for 精算取消, unless a later revision stands. One that was never opened is noted
/// now.
pub async fn settled(
    tx: &mut Tx,
    tenant: &Tenant,
    till: Till,
    settlement: &Settlement,
    never_opened: bool,
) -> Result<(), PosError> {
    let (id, register) = (settlement.id.to_string(), till.register_id.to_string());
    if never_opened {
        let (store, date) = (till.store_id.to_string(), settlement.business_date.to_string());
        let (at, float) = (settlement.opened_at.as_millisecond(), settlement.cash.opening_float.0);
        tx.execute(OPEN, args![tenant.as_str(), &id, store, &register, date, at, float]).await?;
    }
    let revision = Some(settlement.revision).filter(|_| settlement.state == SettlementState::Closed);
    tx.execute(SETTLED, args![tenant.as_str(), id, register, revision, settlement.revision]).await?;
    Ok(())
}
