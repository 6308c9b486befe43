//! One check, asked for by people, with what it reverses and what reverses it.

use db::{Row, Tx, args};
use sales::{Check, CheckId, SettlementId, StoreId};

use crate::stored::Stored;
use crate::{Pos, PosError, Tenant};

/// One check.
#[derive(Clone, Debug)]
pub struct One {
    /// As the till wrote it.
    pub check: Check,
    /// Its settlement.
    pub settlement_id: SettlementId,
    /// The settlement has come in.
    pub settled: bool,
    /// 店舗
    pub store: String,
    /// レジ
    pub register: String,
    /// IANA time zone of the store.
    pub zone: String,
    /// The revision that changed it.
    pub revised_in: Option<i64>,
    /// The revision that took it out.
    pub dropped_in: Option<i64>,
    /// The check it reverses, if it is here.
    pub original: Option<(CheckId, i64)>,
    /// The 赤伝票 that reverses it.
    pub reversed_by: Option<(CheckId, i64)>,
}

const ONE: &str = "SELECT c.content, c.settlement_id, c.revised_in, c.dropped_in, st.name AS store, st.zone,
        r.name AS register,
        CASE WHEN EXISTS (SELECT 1 FROM settlement s WHERE s.company_id = c.company_id
                          AND s.settlement_id = c.settlement_id) THEN 1 ELSE 0 END AS settled
    FROM sale_check c
    JOIN store st ON st.company_id = c.company_id AND st.store_id = c.store_id
    JOIN register r ON r.company_id = c.company_id AND r.register_id = c.register_id
    WHERE c.company_id = $1 AND c.check_id = $2 AND c.store_id = COALESCE($3, c.store_id)";
const BY_ID: &str = "SELECT check_id, slip FROM sale_check
                     WHERE company_id = $1 AND check_id = $2 AND store_id = COALESCE($3, store_id)";
const REVERSAL: &str = "SELECT check_id, slip FROM sale_check WHERE company_id = $1 AND reverses = $2
                        AND store_id = COALESCE($3, store_id) AND dropped_in IS NULL ORDER BY paid_at LIMIT 1";

/// One check. None: there is no such, or not in this store.
pub async fn one(
    pos: &Pos,
    tenant: &Tenant,
    only_store: Option<StoreId>,
    id: CheckId,
) -> Result<Option<One>, PosError> {
    let (tenant, store) = (tenant.clone(), only_store.map(|store| store.to_string()));
    pos.db
        .read(async move |tx: &mut Tx| -> Result<Option<One>, PosError> {
            let (company, id) = (tenant.as_str(), id.to_string());
            let Some(row) = tx.fetch_optional(ONE, args![company, &id, store.clone()]).await? else {
                return Ok(None);
            };
            let check: Check = row.json("content")?;
            let original = match check.reverses {
                Some(of) => tx.fetch_optional(BY_ID, args![company, of.to_string(), store.clone()]).await?,
                None => None,
            };
            let reversed_by = tx.fetch_optional(REVERSAL, args![company, id, store]).await?;
            Ok(Some(One {
                settlement_id: row.parse("settlement_id")?,
                settled: row.flag("settled")?,
                store: row.text("store")?,
                register: row.text("register")?,
                zone: row.text("zone")?,
                revised_in: row.opt_int("revised_in")?,
                dropped_in: row.opt_int("dropped_in")?,
                original: original.as_ref().map(named).transpose()?,
                reversed_by: reversed_by.as_ref().map(named).transpose()?,
                check,
            }))
        })
        .await
}

fn named(row: &Row) -> Result<(CheckId, i64), PosError> {
    Ok((row.parse("check_id")?, row.int("slip")?))
}
