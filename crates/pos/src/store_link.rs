//! Each store's link to FLARO: its FLARO店舗コード, 連携開始日, 連携終了日 and 連携状態.
//!
//! A value gets here through [`save::save`] only, so what is stored keeps the rules of [`rules`]. One code belongs
//! to at most one store of a company.

pub mod badge;
pub mod rules;
pub mod save;

use db::{Row, Tx, args};
use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use sales::{DayRule, FlaroStoreCode, StoreId};

use crate::stored::{Stored, unreadable};
use crate::{PosError, Tenant};

/// A store and its link.
#[derive(Clone, Debug)]
pub struct StoreLink {
    /// 店舗
    pub store_id: StoreId,
    /// 店舗名
    pub store_name: String,
    /// In which today is judged.
    pub zone: TimeZone,
    /// 日付切替時刻
    pub cut_over: String,
    /// How many tills it has.
    pub registers: i64,
    /// FLARO店舗コード
    pub code: Option<FlaroStoreCode>,
    /// 連携開始日
    pub start: Option<Date>,
    /// 連携終了日
    pub end: Option<Date>,
    /// 連携状態
    pub enabled: bool,
    /// Grows with every change; 0 when nothing was ever saved.
    pub version: i64,
    /// Who changed it last.
    pub updated_by: String,
    /// When.
    pub updated_at: Timestamp,
    /// What they changed, in words.
    pub updated_what: String,
}

const LIST: &str = "
    SELECT s.store_id, s.name, s.zone, s.cut_over, k.flaro_store_code, k.start_date, k.end_date, k.enabled, k.version,
           k.updated_by, k.updated_at, k.updated_what,
           (SELECT COUNT(*) FROM register r WHERE r.company_id = s.company_id AND r.store_id = s.store_id) AS registers
    FROM store s LEFT JOIN store_link k
      ON k.company_id = s.company_id AND k.store_id = s.store_id AND k.generation = $2
    WHERE s.company_id = $1 ORDER BY s.position, s.store_id";

/// Every store of the company with its link in this generation.
pub async fn list(tx: &mut Tx, tenant: &Tenant, generation: i64) -> Result<Vec<StoreLink>, PosError> {
    tx.fetch_all(LIST, args![tenant.as_str(), generation]).await?.iter().map(read).collect()
}

impl StoreLink {
    /// Both dates, once both are set.
    pub fn window(&self) -> Option<(Date, Date)> {
        self.start.zip(self.end)
    }

    /// Today in the store.
    pub fn today(&self, now: Timestamp) -> Date {
        self.zone.to_datetime(now).date()
    }
}

fn read(row: &Row) -> Result<StoreLink, PosError> {
    let cut_over = row.text("cut_over")?;
    let rule = DayRule::new(&row.text("zone")?, &cut_over).map_err(|error| unreadable("store.zone", error))?;
    Ok(StoreLink {
        store_id: row.parse("store_id")?,
        store_name: row.text("name")?,
        zone: rule.zone().clone(),
        cut_over,
        registers: row.int("registers")?,
        code: row.opt_parse("flaro_store_code")?,
        start: row.opt_parse("start_date")?,
        end: row.opt_parse("end_date")?,
        enabled: row.opt_flag("enabled")?.unwrap_or(false),
        version: row.opt_int("version")?.unwrap_or(0),
        updated_by: row.opt_text("updated_by")?.unwrap_or_default(),
        updated_at: row.opt_at("updated_at")?.unwrap_or(Timestamp::UNIX_EPOCH),
        updated_what: row.opt_text("updated_what")?.unwrap_or_default(),
    })
}
