//! The demo's companies: a chain with three shops of different kinds, and one with two empty stores for imports.
//! Made through the places' own provisioning; asking again gives what is there.

use anyhow::Result;
use flaro::{
    Flaro,
    provision::{AccountPlan, CompanyPlan},
};
use jiff::civil::{Date, date};
use pos::{
    Pos, Tenant,
    accounts::Role,
    masters::SettingKind,
    provision::{self, NewProduct, NewStore},
};
use sales::{CategoryId, CompanyCode, PaymentKind, RegisterId, StoreId, TaxKind};
use simulator::{Kind, Restaurant};
use std::collections::BTreeMap;

/// 企業コード of the chain.
pub const CHAIN_CODE: &str = "0012345";
/// 企業コード of the company for imports.
pub const IMPORT_CODE: &str = "0099999";
/// 企業名称 of the chain.
const CHAIN_NAME: &str = "株式会社みなと食堂";
/// The operator's own company at the back office, and who answers inquiries there.
const SUPPORT_CODE: &str = "0000001";
const SUPPORT_LOGIN: &str = "support@flaro.example";
/// The password of every account of the demo.
pub const PASSWORD: &str = "shime-demo-2026";

/// The PIN of every 店長 at the tills of the demo.
pub const MANAGER_PIN: &str = "1111";
/// And of everybody else.
pub const STAFF_PIN: &str = "2222";

/// One till of the demo.
pub struct Shop {
    /// 店舗
    pub store: StoreId,
    /// 店舗名
    pub name: &'static str,
    /// FLARO店舗コード
    pub code: &'static str,
    /// Its till.
    pub register: RegisterId,
    /// How it behaves; none: it waits for an import.
    pub restaurant: Option<Restaurant>,
}

/// A company at the head office.
pub struct Company {
    /// The tenant.
    pub tenant: Tenant,
    /// The same company at the back office.
    pub at_flaro: flaro::Company,
    /// Its shops.
    pub shops: Vec<Shop>,
    /// The till that nobody simulates: whoever watches sells at it.
    pub counter: Option<RegisterId>,
}

/// The chain.
pub async fn chain(pos: &Pos, flaro: &Flaro, since: Date, today: Date) -> Result<Company> {
    let (tenant, at_flaro) = company(pos, flaro, CHAIN_CODE, CHAIN_NAME, "owner@minato.example").await?;
    provision::usual_tax_rates(pos, &tenant).await?;
    provision::account(pos, &tenant, "honbu@minato.example", "本部 太田", Role::HeadOffice, PASSWORD).await?;
    let kinds = [
        ("みなと食堂 本店", "0000000101", "05:00", Kind::Diner, 11_u64),
        ("みなとカフェ 駅前店", "0000000102", "05:00", Kind::Cafe, 12),
        ("酒場みなと", "0000000103", "06:00", Kind::Izakaya, 13),
    ];
    let mut shops = Vec::new();
    let pins = (pin(MANAGER_PIN).await?, pin(STAFF_PIN).await?);
    for (name, code, cut_over, kind, seed) in kinds {
        let restaurant = Restaurant::in_company(1, kind, seed).sized(60);
        let new = NewStore {
            cut_over: cut_over.to_owned(),
            tax_mode: kind.tax_mode(),
            rounding: kind.rounding(),
            registration_number: restaurant.masters().store.registration_number.clone(),
            ..NewStore::new(name)
        };
        let store = provision::store(pos, &tenant, new).await?;
        let register = provision::register(pos, &tenant, store, "レジ1", since).await?;
        menu(pos, &tenant, store, &restaurant, &pins).await?;
        shops.push(Shop { store, name, code, register, restaurant: Some(restaurant) });
    }
    let first = shops[0].store;
    let counter = provision::register(pos, &tenant, first, "レジ2", today).await?;
    provision::account(pos, &tenant, "honten@minato.example", "本店 店長", Role::Store(first), PASSWORD).await?;
    staff_of_flaro(flaro, first).await?;
    Ok(Company { tenant, at_flaro, shops, counter: Some(counter) })
}

/// The company for imports. Its tax rates hold from 2000 on, so that old files can be tried too.
pub async fn imports(pos: &Pos, flaro: &Flaro) -> Result<Company> {
    let (tenant, at_flaro) = company(pos, flaro, IMPORT_CODE, "取込おためし株式会社", "owner@import.example").await?;
    let since = date(2000, 1, 1);
    provision::tax_rate(pos, &tenant, TaxKind::Standard, since, 10).await?;
    provision::tax_rate(pos, &tenant, TaxKind::Reduced, since, 8).await?;
    let cash = provision::payment_method(pos, &tenant, PaymentKind::Cash, "現金").await?;
    let card = provision::payment_method(pos, &tenant, PaymentKind::CreditCard, "クレジット").await?;
    let mut shops = Vec::new();
    for (name, code) in [("取込1号店", "0000000901"), ("取込2号店", "0000000902")] {
        let store = provision::store(pos, &tenant, NewStore::new(name)).await?;
        let register = provision::register(pos, &tenant, store, "取込レジ", since).await?;
        provision::store_settings(pos, &tenant, store, SettingKind::Payment, &[cash.clone(), card.clone()]).await?;
        shops.push(Shop { store, name, code, register, restaurant: None });
    }
    Ok(Company { tenant, at_flaro, shops, counter: None })
}

async fn company(pos: &Pos, flaro: &Flaro, code: &str, name: &str, login: &str) -> Result<(Tenant, flaro::Company)> {
    let code: CompanyCode = code.parse()?;
    let tenant = provision::company(pos, &code, name).await?;
    provision::account(pos, &tenant, login, "企業管理者", Role::CompanyAdmin, PASSWORD).await?;
    let administrator = AccountPlan {
        login: login.to_owned(),
        name: "企業管理者".to_owned(),
        password: PASSWORD.to_owned(),
        role: flaro::Role::Administrator,
        stores: None,
    };
    let plan = CompanyPlan { code, name: name.to_owned(), accounts: vec![administrator] };
    let at_flaro = flaro::provision::provision(flaro, &plan).await?;
    Ok((tenant, at_flaro))
}

/// 本部 and the 店長 of the first shop at the back office, and the operator's support.
async fn staff_of_flaro(flaro: &Flaro, first: StoreId) -> Result<()> {
    let person = |login: &str, name: &str, role: flaro::Role, stores: Option<Vec<StoreId>>| AccountPlan {
        login: login.to_owned(),
        name: name.to_owned(),
        password: PASSWORD.to_owned(),
        role,
        stores,
    };
    let accounts = vec![
        person("honbu@minato.example", "本部 太田", flaro::Role::Headquarters, None),
        person("honten@minato.example", "本店 店長", flaro::Role::Manager, Some(vec![first])),
    ];
    let plan = CompanyPlan { code: CHAIN_CODE.parse()?, name: CHAIN_NAME.to_owned(), accounts };
    flaro::provision::provision(flaro, &plan).await?;
    let accounts = vec![person(SUPPORT_LOGIN, "サポート", flaro::Role::Administrator, None)];
    let plan = CompanyPlan { code: SUPPORT_CODE.parse()?, name: "FLAROサポート".to_owned(), accounts };
    flaro::provision::provision(flaro, &plan).await?;
    Ok(flaro::provision::support(flaro, SUPPORT_LOGIN).await?)
}

/// A PIN as it is kept.
async fn pin(digits: &str) -> Result<String> {
    Ok(web::password::hash(digits.to_owned()).await?)
}

/// What a simulated restaurant sells by, as head office keeps it. `pins`: of a 店長, of everybody else.
async fn menu(
    pos: &Pos,
    tenant: &Tenant,
    store: StoreId,
    restaurant: &Restaurant,
    pins: &(String, String),
) -> Result<()> {
    let masters = restaurant.masters();
    let own_codes = restaurant.own_codes();
    let mut categories = BTreeMap::<CategoryId, CategoryId>::new();
    for category in &masters.categories {
        categories.insert(category.id, provision::category(pos, tenant, &category.name).await?);
    }
    for product in &masters.products {
        let own = own_codes.get(&product.id).cloned().unwrap_or_default();
        let new = NewProduct {
            eat_in: product.eat_in,
            takeout: product.takeout,
            own_product_code: own.product,
            own_parent_category_code: own.parent_category,
            own_child_category_code: own.child_category,
            ..NewProduct::new(categories[&product.category_id], product.name.clone(), product.price, product.cost)
        };
        provision::product(pos, tenant, new).await?;
    }
    let mut methods = Vec::new();
    for method in &masters.payment_methods {
        methods.push(provision::payment_method(pos, tenant, method.kind, &method.name).await?);
    }
    let mut discounts = Vec::new();
    for discount in &masters.discounts {
        discounts.push(provision::discount(pos, tenant, &discount.name, discount.percent, discount.amount).await?);
    }
    let mut media = Vec::new();
    for medium in &masters.media {
        media.push(provision::ad_medium(pos, tenant, &medium.name).await?);
    }
    provision::store_settings(pos, tenant, store, SettingKind::Payment, &methods).await?;
    provision::store_settings(pos, tenant, store, SettingKind::Discount, &discounts).await?;
    provision::store_settings(pos, tenant, store, SettingKind::Medium, &media).await?;
    for staff in &masters.staff {
        let pin = if staff.manager { &pins.0 } else { &pins.1 };
        provision::staff(pos, tenant, store, &staff.code, &staff.name, Some(pin.clone()), staff.manager).await?;
    }
    Ok(())
}
