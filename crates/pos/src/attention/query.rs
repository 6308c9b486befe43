//! 要対応, asked for by people.

use db::{Row, Tx, args};
use jiff::Timestamp;
use jiff::civil::Date;
use sales::{SettlementId, StoreId};
use uuid::Uuid;

use super::Kind;
use super::kind::Place;
use crate::settlements::Window;
use crate::stored::{Stored, unreadable};
use crate::{Pos, PosError, Tenant};

/// A finding.
#[derive(Clone, Debug)]
pub struct Listed {
    /// Which.
    pub id: Uuid,
    /// What sort.
    pub kind: Kind,
    /// 店舗, by its id.
    pub store_id: StoreId,
    /// 店舗
    pub store: String,
    /// レジ
    pub register: String,
    /// The settlement it is about.
    pub settlement_id: Option<SettlementId>,
    /// That settlement has come in.
    pub settled: bool,
    /// 営業日
    pub business_date: Option<Date>,
    /// What exactly.
    pub detail: String,
    /// What came in, as it came in.
    pub evidence: Option<String>,
    /// When.
    pub raised_at: Timestamp,
    /// When a person closed it, who, and their note.
    pub resolved: Option<(Timestamp, String, String)>,
}

const OPEN: &str = "SELECT COUNT(*) AS n FROM attention WHERE company_id = $1 AND resolved_at IS NULL
                    AND store_id = COALESCE($2, store_id)";
const COUNT: &str = "SELECT COUNT(*) AS n FROM attention a WHERE a.company_id = $1
    AND (CASE WHEN a.resolved_at IS NULL THEN 0 ELSE 1 END) = $3 AND a.store_id = COALESCE($2, a.store_id)";
const LIST: &str =
    "SELECT a.attention_id, a.store_id, a.kind, a.settlement_id, a.business_date, a.detail, NULL AS evidence, a.raised_at,
        a.resolved_at, a.resolved_by, a.resolution, st.name AS store, r.name AS register,
        CASE WHEN EXISTS (SELECT 1 FROM settlement s WHERE s.company_id = a.company_id
                          AND s.settlement_id = a.settlement_id) THEN 1 ELSE 0 END AS settled
    FROM attention a
    JOIN store st ON st.company_id = a.company_id AND st.store_id = a.store_id
    JOIN register r ON r.company_id = a.company_id AND r.register_id = a.register_id
    WHERE a.company_id = $1 AND (CASE WHEN a.resolved_at IS NULL THEN 0 ELSE 1 END) = $3
      AND a.store_id = COALESCE($2, a.store_id)
    ORDER BY a.raised_at DESC, a.attention_id LIMIT $4 OFFSET $5";
const ONE: &str =
    "SELECT a.attention_id, a.store_id, a.kind, a.settlement_id, a.business_date, a.detail, a.evidence, a.raised_at,
        a.resolved_at, a.resolved_by, a.resolution, st.name AS store, r.name AS register,
        CASE WHEN EXISTS (SELECT 1 FROM settlement s WHERE s.company_id = a.company_id
                          AND s.settlement_id = a.settlement_id) THEN 1 ELSE 0 END AS settled
    FROM attention a
    JOIN store st ON st.company_id = a.company_id AND st.store_id = a.store_id
    JOIN register r ON r.company_id = a.company_id AND r.register_id = a.register_id
    WHERE a.company_id = $1 AND a.attention_id = $2 AND a.store_id = COALESCE($3, a.store_id)";

/// How many are open.
pub async fn open(pos: &Pos, tenant: &Tenant, store: Option<String>) -> Result<i64, PosError> {
    let tenant = tenant.clone();
    pos.db
        .read(async move |tx: &mut Tx| -> Result<i64, PosError> {
            Ok(tx.fetch_one(OPEN, args![tenant.as_str(), store]).await?.int("n")?)
        })
        .await
}

/// One page of those that are open, or of those that are closed, newest first; and how many there are.
pub async fn list(
    pos: &Pos,
    tenant: &Tenant,
    store: Option<String>,
    resolved: bool,
    window: Window,
) -> Result<(i64, Vec<Listed>), PosError> {
    let tenant = tenant.clone();
    pos.db
        .read(async move |tx: &mut Tx| -> Result<(i64, Vec<Listed>), PosError> {
            let company = tenant.as_str();
            let total = tx.fetch_one(COUNT, args![company, store.clone(), resolved]).await?.int("n")?;
            let (limit, offset) = window.limit_offset(total);
            let rows = tx.fetch_all(LIST, args![company, store, resolved, limit, offset]).await?;
            Ok((total, rows.iter().map(listed).collect::<Result<_, _>>()?))
        })
        .await
}

/// One finding with its evidence. None: there is no such, or not in this store.
pub async fn one(
    pos: &Pos,
    tenant: &Tenant,
    only_store: Option<StoreId>,
    id: Uuid,
) -> Result<Option<Listed>, PosError> {
    let (tenant, store) = (tenant.clone(), only_store.map(|store| store.to_string()));
    pos.db
        .read(async move |tx: &mut Tx| -> Result<Option<Listed>, PosError> {
            let row = tx.fetch_optional(ONE, args![tenant.as_str(), id.to_string(), store]).await?;
            row.as_ref().map(listed).transpose()
        })
        .await
}

impl Listed {
    /// Where a person goes from here, as `(label, address)`: a page that exists for whoever may see the finding.
    pub fn way(&self, head_office: bool) -> (&'static str, String) {
        let date = self.business_date.map(web::format::date).unwrap_or_default();
        let day = format!("store={}&from={date}&to={date}", self.store_id);
        match (self.kind.place(), self.settlement_id.filter(|_| self.settled)) {
            (Place::Till, _) if head_office => ("店舗・レジを開く", "/stores".to_owned()),
            (Place::Settlement, Some(id)) => ("この精算を開く", format!("/settlements/{id}")),
            (Place::Checks, _) => ("この日の会計を開く", format!("/checks?{day}")),
            (Place::Till | Place::Settlement, _) => ("この日の精算を開く", format!("/settlements?{day}")),
        }
    }
}

fn listed(row: &Row) -> Result<Listed, PosError> {
    let word = row.text("kind")?;
    let resolved = match row.opt_at("resolved_at")? {
        None => None,
        Some(at) => Some((at, row.text("resolved_by")?, row.text("resolution")?)),
    };
    Ok(Listed {
        id: row.parse("attention_id")?,
        kind: Kind::of_word(&word).ok_or_else(|| unreadable("attention.kind", word))?,
        store_id: row.parse("store_id")?,
        store: row.text("store")?,
        register: row.text("register")?,
        settlement_id: row.opt_parse("settlement_id")?,
        settled: row.flag("settled")?,
        business_date: row.opt_parse("business_date")?,
        detail: row.text("detail")?,
        evidence: row.opt_text("evidence")?,
        raised_at: row.at("raised_at")?,
        resolved,
    })
}
