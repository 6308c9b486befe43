//! A large menu: 1,000 products in 20 categories, with everything a bill can have on it.

use crate::counter::Failed;
use db::Db;
use jiff::civil::date;
use protocol::masters::{
    CategoryMaster, DiscountMaster, Masters, MediumMaster, MethodMaster, ProductMaster, RegisterMaster, StaffMaster,
    StoreMaster, TaxRate,
};
use register::{Random, Till};
use sales::{CategoryId, ImportCode, PaymentKind, ProductId, RegisterId, Rounding, StoreId, TaxKind, TaxMode, Yen};
use std::{path::Path, sync::Arc};
use uuid::Uuid;

/// Whose disk it is.
pub const REGISTER: RegisterId = RegisterId(Uuid::from_u128(0x71));
/// The one member of staff, and the PIN.
pub const STAFF: (&str, &str) = ("01", "1111");
/// How many products.
pub const PRODUCTS: u128 = 1_000;
/// In how many categories.
pub const CATEGORIES: u128 = 20;
/// 取込コード of 割引10%.
pub const TEN_PERCENT: &str = "70000000000000000001";

/// The nth product.
pub fn product(nth: u128) -> ProductId {
    ProductId(Uuid::from_u128(0x5_0000 + nth % PRODUCTS))
}

/// The nth category.
pub fn category(nth: u128) -> CategoryId {
    CategoryId(Uuid::from_u128(0x4_0000 + nth % CATEGORIES))
}

/// The till of a folder.
pub async fn till(folder: &Path) -> Result<Till, Failed> {
    let db = Db::open(&format!("sqlite:{}", folder.join("till.db").display())).await?;
    Ok(Till::open(db, REGISTER, ids()).await?)
}

/// Makes the folder a till's disk with the menu on it.
pub async fn lay(folder: &Path) -> Result<(), Failed> {
    let till = till(folder).await?;
    till.store_masters(masters().await?).await?;
    till.db().clone().close().await;
    Ok(())
}

#[allow(clippy::disallowed_methods, reason = "the bench is a shell: it draws its own ids")]
fn ids() -> Random {
    Arc::new(Uuid::now_v7)
}

async fn masters() -> Result<Masters, Failed> {
    let one = |nth: u128| -> Result<ProductMaster, Failed> {
        let price = 300 + 10 * i64::try_from(nth % 120)?;
        Ok(ProductMaster {
            id: product(nth),
            category_id: category(nth),
            name: format!("季節の料理 {nth}番"),
            price: Yen(price),
            cost: Yen(price / 3),
            eat_in: TaxKind::Standard,
            takeout: TaxKind::Reduced,
        })
    };
    let method = |kind: PaymentKind, name: &str| -> Result<MethodMaster, Failed> {
        Ok(MethodMaster { kind, name: name.to_owned(), code: ImportCode::issue(kind.number(), 1)? })
    };
    let rate = |kind, percent| TaxRate { kind, percent, from: date(2019, 10, 1) };
    let pin_hash = Some(web::password::hash(STAFF.1.to_owned()).await?);
    let names = (0..CATEGORIES).map(|nth| CategoryMaster { id: category(nth), name: format!("カテゴリ{nth}") });
    let ten =
        DiscountMaster { name: "割引10%".to_owned(), code: TEN_PERCENT.parse()?, percent: Some(10), amount: None };
    Ok(Masters {
        version: 1,
        company_code: "1001".parse()?,
        company_name: "株式会社しめ".to_owned(),
        store: StoreMaster {
            id: StoreId(Uuid::from_u128(0x61)),
            name: "大食堂".to_owned(),
            zone: "Asia/Tokyo".to_owned(),
            cut_over: "05:00".to_owned(),
            tax_mode: TaxMode::Included,
            rounding: Rounding::Down,
            registration_number: Some("T1234567890123".parse()?),
        },
        register: RegisterMaster { id: REGISTER, name: "レジ1".to_owned() },
        categories: names.collect(),
        products: (0..PRODUCTS).map(one).collect::<Result<_, _>>()?,
        tax_rates: vec![rate(TaxKind::Standard, 10), rate(TaxKind::Reduced, 8)],
        payment_methods: vec![method(PaymentKind::Cash, "現金")?, method(PaymentKind::CreditCard, "Visa")?],
        discounts: vec![ten],
        media: vec![MediumMaster { name: "ぐるめサイト".to_owned(), code: "80000000000000000001".parse()? }],
        staff: vec![StaffMaster { code: STAFF.0.to_owned(), name: "店長".to_owned(), pin_hash, manager: true }],
    })
}
