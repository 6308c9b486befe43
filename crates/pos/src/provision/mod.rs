//! Provisioning: companies with their stores, tills, menus, codes and people, as the demo, an import and tests make
//! them. Asking again for what is there by its natural key (company code, store name, login …) gives what is there.

mod codes;
mod menu;
mod people;

use db::{Tx, args};
use jiff::civil::Date;
use sales::{CompanyCode, DayRule, RegisterId, RegistrationNumber, Rounding, StoreId, TaxMode};

pub use codes::{ad_medium, discount, payment_method, store_settings};
pub use menu::{NewProduct, category, product, tax_rate, usual_tax_rates};
pub use people::{account, staff};

use crate::stored::{Stored, word_of};
use crate::{Pos, PosError, Tenant, masters};

/// 店舗, to be made.
#[derive(Clone, Debug)]
pub struct NewStore {
    /// 店舗名, unique in the company.
    pub name: String,
    /// IANA time zone.
    pub zone: String,
    /// 日付切替時刻 `HH:MM`
    pub cut_over: String,
    /// 内税 or 外税
    pub tax_mode: TaxMode,
    /// 端数処理
    pub rounding: Rounding,
    /// 登録番号
    pub registration_number: Option<RegistrationNumber>,
}

impl NewStore {
    /// A store as most are: Asia/Tokyo, 05:00, 内税, 切捨.
    pub fn new(name: impl Into<String>) -> Self {
        Self {
            name: name.into(),
            zone: "Asia/Tokyo".to_owned(),
            cut_over: "05:00".to_owned(),
            tax_mode: TaxMode::Included,
            rounding: Rounding::Down,
            registration_number: None,
        }
    }
}

const COMPANY: &str = "INSERT INTO company (company_id, code, name, created_at) VALUES ($1, $2, $3, $4)
                       ON CONFLICT (code) DO NOTHING";
const COMPANY_ID: &str = "SELECT company_id FROM company WHERE code = $1";
const STORE_ID: &str = "SELECT store_id FROM store WHERE company_id = $1 AND name = $2";
const STORE: &str = "INSERT INTO store (company_id, store_id, name, zone, cut_over, tax_mode, rounding,
                                        registration_number, position)
                     SELECT $1, $2, $3, $4, $5, $6, $7, $8, 1 + COALESCE(MAX(position), 0)
                     FROM store WHERE company_id = $1";
const REGISTER_ID: &str = "SELECT register_id FROM register WHERE company_id = $1 AND store_id = $2 AND name = $3";
const REGISTER: &str = "INSERT INTO register (company_id, register_id, store_id, name, service_from)
                        VALUES ($1, $2, $3, $4, $5)";

/// The company with this code; made with this name if it isn't there.
pub async fn company(pos: &Pos, code: &CompanyCode, name: &str) -> Result<Tenant, PosError> {
    let (id, code, name) = (pos.new_id().to_string(), code.to_string(), name.to_owned());
    let now = pos.now().as_millisecond();
    pos.db
        .write(async move |tx: &mut Tx| -> Result<Tenant, PosError> {
            tx.execute(COMPANY, args![id, &code, name, now]).await?;
            let row = tx.fetch_one(COMPANY_ID, args![&code]).await?;
            Ok(Tenant::provisioned(row.text("company_id")?))
        })
        .await
}

/// The company's store with this name; made if it isn't there.
pub async fn store(pos: &Pos, tenant: &Tenant, new: NewStore) -> Result<StoreId, PosError> {
    DayRule::new(&new.zone, &new.cut_over).map_err(|error| PosError::Rule(error.to_string()))?;
    let (id, tenant) = (StoreId(pos.new_id()), tenant.clone());
    pos.db
        .write(async move |tx: &mut Tx| -> Result<StoreId, PosError> {
            let company = tenant.as_str();
            tx.lock(&format!("provision:{company}")).await?;
            if let Some(row) = tx.fetch_optional(STORE_ID, args![company, &new.name]).await? {
                return row.parse("store_id");
            }
            let (mode, rounding) = (word_of(new.tax_mode), word_of(new.rounding));
            let number = new.registration_number.map(String::from);
            let values = args![company, id.to_string(), new.name, new.zone, new.cut_over, mode, rounding, number];
            tx.execute(STORE, values).await?;
            Ok(id)
        })
        .await
}

/// The store's till with this name, in service from this business date; made if it isn't there.
pub async fn register(
    pos: &Pos,
    tenant: &Tenant,
    store: StoreId,
    name: &str,
    service_from: Date,
) -> Result<RegisterId, PosError> {
    let (id, tenant, name) = (RegisterId(pos.new_id()), tenant.clone(), name.to_owned());
    pos.db
        .write(async move |tx: &mut Tx| -> Result<RegisterId, PosError> {
            let (company, store) = (tenant.as_str(), store.to_string());
            tx.lock(&format!("provision:{company}")).await?;
            if let Some(row) = tx.fetch_optional(REGISTER_ID, args![company, &store, &name]).await? {
                return row.parse("register_id");
            }
            tx.execute(REGISTER, args![company, id.to_string(), store, name, service_from.to_string()]).await?;
            masters::bump(tx, &tenant).await?;
            Ok(id)
        })
        .await
}
