//! Masters: what a till needs to sell, built from the company's tables. Nothing is ever deleted, only retired.
//!
//! Every change bumps the company's version in its own transaction ([`bump`]), so that "not newer" is one comparison.

use db::{Row, Tx, args};
use protocol::masters::{
    CategoryMaster, DiscountMaster, Masters, MediumMaster, MethodMaster, ProductMaster, RegisterMaster, StaffMaster,
    StoreMaster, TaxRate,
};
use sales::{PaymentKind, RegisterId, StoreId, Yen};

use crate::stored::{Stored, unreadable};
use crate::{PosError, Tenant};

/// 店舗管理: what is set for a store, one kind of code each.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SettingKind {
    /// 支払種別
    Payment,
    /// 値引き別情報
    Discount,
    /// 広告媒体
    Medium,
}

impl SettingKind {
    /// All three, in the order of the menu.
    pub const ALL: [Self; 3] = [Self::Payment, Self::Discount, Self::Medium];

    /// The kind with this word.
    pub fn of(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// The word in `store_setting.kind`.
    pub fn word(self) -> &'static str {
        match self {
            Self::Payment => "payment",
            Self::Discount => "discount",
            Self::Medium => "medium",
        }
    }

    /// As the menu says it.
    pub fn label(self) -> &'static str {
        match self {
            Self::Payment => "支払種別",
            Self::Discount => "値引き別情報",
            Self::Medium => "広告媒体",
        }
    }
}

const BUMP: &str = "UPDATE company SET masters_version = masters_version + 1 WHERE company_id = $1";
const VERSION: &str = "SELECT code, name, masters_version FROM company WHERE company_id = $1";
const STORE: &str = "SELECT store_id, name, zone, cut_over, tax_mode, rounding, registration_number
                     FROM store WHERE company_id = $1 AND store_id = $2";
const REGISTER: &str = "SELECT register_id, name FROM register WHERE company_id = $1 AND register_id = $2";
const CATEGORIES: &str = "SELECT category_id, name FROM category
                          WHERE company_id = $1 AND retired_at IS NULL ORDER BY position, category_id";
const PRODUCTS: &str = "SELECT product_id, category_id, name, price, cost, eat_in, takeout FROM product
                        WHERE company_id = $1 AND retired_at IS NULL ORDER BY position, product_id";
const TAX_RATES: &str = "SELECT kind, from_date, percent FROM tax_rate WHERE company_id = $1 ORDER BY kind, from_date";
const METHODS: &str = "SELECT m.code, m.kind, m.name FROM store_setting s
                       JOIN payment_method m ON m.company_id = s.company_id AND m.code = s.code
                       WHERE s.company_id = $1 AND s.store_id = $2 AND s.kind = 'payment' AND m.retired_at IS NULL
                       ORDER BY m.kind, m.position, m.code";
const DISCOUNTS: &str = "SELECT m.code, m.name, m.percent, m.amount FROM store_setting s
                         JOIN discount m ON m.company_id = s.company_id AND m.code = s.code
                         WHERE s.company_id = $1 AND s.store_id = $2 AND s.kind = 'discount' AND m.retired_at IS NULL
                         ORDER BY m.position, m.code";
const MEDIA: &str = "SELECT m.code, m.name FROM store_setting s
                     JOIN ad_medium m ON m.company_id = s.company_id AND m.code = s.code
                     WHERE s.company_id = $1 AND s.store_id = $2 AND s.kind = 'medium' AND m.retired_at IS NULL
                     ORDER BY m.position, m.code";
const STAFF: &str = "SELECT code, name, pin_hash, manager FROM staff
                     WHERE company_id = $1 AND store_id = $2 AND retired_at IS NULL ORDER BY code";

/// Says that something a till works with has changed. In the transaction of the change.
pub async fn bump(tx: &mut Tx, tenant: &Tenant) -> Result<(), PosError> {
    tx.execute(BUMP, args![tenant.as_str()]).await?;
    Ok(())
}

/// The company's version now.
pub async fn version(tx: &mut Tx, tenant: &Tenant) -> Result<i64, PosError> {
    Ok(tx.fetch_one(VERSION, args![tenant.as_str()]).await?.int("masters_version")?)
}

/// Everything one till needs, as of one moment.
pub async fn of(tx: &mut Tx, tenant: &Tenant, store: StoreId, register: RegisterId) -> Result<Masters, PosError> {
    let (company_id, store_id) = (tenant.as_str(), store.to_string());
    let company = tx.fetch_one(VERSION, args![company_id]).await?;
    let store = tx.fetch_one(STORE, args![company_id, &store_id]).await?;
    let till = tx.fetch_one(REGISTER, args![company_id, register.to_string()]).await?;
    Ok(Masters {
        version: company.int("masters_version")?,
        company_code: company.parse("code")?,
        company_name: company.text("name")?,
        store: store_master(&store)?,
        register: RegisterMaster { id: till.parse("register_id")?, name: till.text("name")? },
        categories: each(&tx.fetch_all(CATEGORIES, args![company_id]).await?, category)?,
        products: each(&tx.fetch_all(PRODUCTS, args![company_id]).await?, product)?,
        tax_rates: each(&tx.fetch_all(TAX_RATES, args![company_id]).await?, tax_rate)?,
        payment_methods: each(&tx.fetch_all(METHODS, args![company_id, &store_id]).await?, method)?,
        discounts: each(&tx.fetch_all(DISCOUNTS, args![company_id, &store_id]).await?, discount)?,
        media: each(&tx.fetch_all(MEDIA, args![company_id, &store_id]).await?, medium)?,
        staff: each(&tx.fetch_all(STAFF, args![company_id, &store_id]).await?, member)?,
    })
}

fn each<T>(rows: &[Row], read: fn(&Row) -> Result<T, PosError>) -> Result<Vec<T>, PosError> {
    rows.iter().map(read).collect()
}

fn store_master(row: &Row) -> Result<StoreMaster, PosError> {
    Ok(StoreMaster {
        id: row.parse("store_id")?,
        name: row.text("name")?,
        zone: row.text("zone")?,
        cut_over: row.text("cut_over")?,
        tax_mode: row.word("tax_mode")?,
        rounding: row.word("rounding")?,
        registration_number: row.opt_parse("registration_number")?,
    })
}

fn category(row: &Row) -> Result<CategoryMaster, PosError> {
    Ok(CategoryMaster { id: row.parse("category_id")?, name: row.text("name")? })
}

fn product(row: &Row) -> Result<ProductMaster, PosError> {
    Ok(ProductMaster {
        id: row.parse("product_id")?,
        category_id: row.parse("category_id")?,
        name: row.text("name")?,
        price: Yen(row.int("price")?),
        cost: Yen(row.int("cost")?),
        eat_in: row.word("eat_in")?,
        takeout: row.word("takeout")?,
    })
}

fn tax_rate(row: &Row) -> Result<TaxRate, PosError> {
    Ok(TaxRate { kind: row.word("kind")?, percent: percent(row.int("percent")?)?, from: row.parse("from_date")? })
}

fn method(row: &Row) -> Result<MethodMaster, PosError> {
    let number = row.int("kind")?;
    let kind = PaymentKind::from_number(number).ok_or_else(|| unreadable("payment_method.kind", number))?;
    Ok(MethodMaster { kind, name: row.text("name")?, code: row.parse("code")? })
}

fn discount(row: &Row) -> Result<DiscountMaster, PosError> {
    Ok(DiscountMaster {
        name: row.text("name")?,
        code: row.parse("code")?,
        percent: row.opt_int("percent")?.map(percent).transpose()?,
        amount: row.opt_int("amount")?.map(Yen),
    })
}

fn medium(row: &Row) -> Result<MediumMaster, PosError> {
    Ok(MediumMaster { name: row.text("name")?, code: row.parse("code")? })
}

fn member(row: &Row) -> Result<StaffMaster, PosError> {
    Ok(StaffMaster {
        code: row.text("code")?,
        name: row.text("name")?,
        pin_hash: row.opt_text("pin_hash")?,
        manager: row.flag("manager")?,
    })
}

fn percent(number: i64) -> Result<u8, PosError> {
    u8::try_from(number).ok().filter(|percent| *percent <= 100).ok_or_else(|| unreadable("percent", number))
}
