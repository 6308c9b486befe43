//! 店舗・レジ: what a company has, as its people look at it and change it.

pub mod closures;
pub mod detail;
pub mod list;
pub mod registers;
pub mod save;

use db::{Row, Tx, args};
use jiff::Timestamp;
use jiff::civil::Date;
use sales::{RegisterId, Rounding, StoreId, TaxMode};

use crate::stored::Stored;
use crate::{Pos, PosError, Tenant};

/// A till with its store.
#[derive(Clone, Debug)]
pub struct Till {
    /// 店舗
    pub store_id: StoreId,
    /// 店舗名
    pub store: String,
    /// 日付切替時刻
    pub cut_over: String,
    /// 内税 or 外税
    pub tax_mode: TaxMode,
    /// 端数処理
    pub rounding: Rounding,
    /// 登録番号
    pub registration_number: Option<String>,
    /// レジ; none: the store has no till yet.
    pub register: Option<Register>,
}

/// A till.
#[derive(Clone, Debug)]
pub struct Register {
    /// レジ
    pub id: RegisterId,
    /// レジ名
    pub name: String,
    /// In service from this business date on.
    pub service_from: Date,
    /// … and until this one.
    pub service_until: Option<Date>,
    /// Since when its token is valid; none: it has none.
    pub token_since: Option<Timestamp>,
    /// When its journal or a settlement last came in.
    pub heard_at: Option<Timestamp>,
}

const NAMES: &str = "SELECT store_id, name FROM store WHERE company_id = $1 ORDER BY position, store_id LIMIT 5000";
const TILLS: &str = "SELECT s.store_id, s.name AS store, s.cut_over, s.tax_mode, s.rounding, s.registration_number,
        r.register_id, r.name AS register, r.service_from, r.service_until,
        (SELECT MAX(t.issued_at) FROM register_token t WHERE t.company_id = r.company_id
         AND t.register_id = r.register_id AND t.revoked_at IS NULL) AS token_since,
        (SELECT MAX(e.received_at) FROM journal_epoch p JOIN journal_entry e ON e.company_id = p.company_id
             AND e.register_id = p.register_id AND e.epoch = p.epoch AND e.seq = p.contiguous_seq
         WHERE p.company_id = r.company_id AND p.register_id = r.register_id) AS heard_at
    FROM store s LEFT JOIN register r ON r.company_id = s.company_id AND r.store_id = s.store_id
    WHERE s.company_id = $1 AND s.store_id = COALESCE($2, s.store_id)
    ORDER BY s.position, s.store_id, r.name, r.register_id LIMIT 20000";

/// All stores by id and name, in the company's order.
pub async fn names(pos: &Pos, tenant: &Tenant) -> Result<Vec<(StoreId, String)>, PosError> {
    let tenant = tenant.clone();
    pos.db
        .read(async move |tx: &mut Tx| -> Result<Vec<(StoreId, String)>, PosError> {
            let rows = tx.fetch_all(NAMES, args![tenant.as_str()]).await?;
            rows.iter().map(|row| Ok((row.parse("store_id")?, row.text("name")?))).collect()
        })
        .await
}

/// All stores with their tills, or one.
pub async fn tills(pos: &Pos, tenant: &Tenant, store: Option<StoreId>) -> Result<Vec<Till>, PosError> {
    let (tenant, store) = (tenant.clone(), store.map(|store| store.to_string()));
    pos.db
        .read(async move |tx: &mut Tx| -> Result<Vec<Till>, PosError> {
            tx.fetch_all(TILLS, args![tenant.as_str(), store]).await?.iter().map(till).collect()
        })
        .await
}

fn till(row: &Row) -> Result<Till, PosError> {
    let register = match row.opt_parse("register_id")? {
        None => None,
        Some(id) => Some(Register {
            id,
            name: row.text("register")?,
            service_from: row.parse("service_from")?,
            service_until: row.opt_parse("service_until")?,
            token_since: row.opt_at("token_since")?,
            heard_at: row.opt_at("heard_at")?,
        }),
    };
    Ok(Till {
        store_id: row.parse("store_id")?,
        store: row.text("store")?,
        cut_over: row.text("cut_over")?,
        tax_mode: row.word("tax_mode")?,
        rounding: row.word("rounding")?,
        registration_number: row.opt_text("registration_number")?,
        register,
    })
}
