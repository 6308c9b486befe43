//! The masters of a restaurant: its menu, how it may be paid, what may come off, where guests come from.
//! Ids and codes follow from the company, so that its stores share them.

use crate::{
    kind::Kind,
    menu::{Dish, menu},
};
use jiff::civil::date;
use protocol::masters::{
    CategoryMaster, DiscountMaster, Masters, MediumMaster, MethodMaster, ProductMaster, RegisterMaster, StaffMaster,
    StoreMaster, TaxRate,
};
use sales::{CategoryId, ImportCode, OwnCodes, PaymentKind, ProductId, RegisterId, StoreId, TaxKind, Yen};
use std::collections::BTreeMap;
use uuid::Uuid;

/// 値引 and 割引 share no first digit with a 支払種目, so codes stay unique in the company.
const DISCOUNT_SERIES: u8 = 6;
/// Nor do 広告媒体.
const MEDIA_SERIES: u8 = 7;

pub(crate) fn masters(company: u64, kind: Kind, seed: u64) -> Masters {
    let store = id(company, &format!("store/{kind:?}/{seed}"));
    Masters {
        version: 1,
        company_code: format!("{:010}", 1_000_200_000 + company).parse().expect("ten digits"),
        company_name: format!("株式会社シメフーズ{}", if company == 0 { String::new() } else { company.to_string() }),
        store: StoreMaster {
            id: StoreId(store),
            name: kind.name(seed),
            zone: "Asia/Tokyo".to_owned(),
            cut_over: "05:00".to_owned(),
            tax_mode: kind.tax_mode(),
            rounding: kind.rounding(),
            registration_number: format!("T{:013}", 1_010_001_000_000 + seed % 1_000_000).parse().ok(),
        },
        register: RegisterMaster { id: RegisterId(Uuid::new_v5(&store, b"register/1")), name: "レジ1".to_owned() },
        categories: categories(company, kind),
        products: menu(kind).iter().map(|dish| product(company, dish)).collect(),
        tax_rates: tax_rates(),
        payment_methods: methods(),
        discounts: discounts(),
        media: media(),
        staff: staff(),
    }
}

pub(crate) fn id(company: u64, what: &str) -> Uuid {
    Uuid::new_v5(&Uuid::NAMESPACE_URL, format!("shime:company/{company}/{what}").as_bytes())
}

fn category_id(company: u64, name: &str) -> CategoryId {
    CategoryId(id(company, &format!("category/{name}")))
}

fn categories(company: u64, kind: Kind) -> Vec<CategoryMaster> {
    let mut names: Vec<&str> = menu(kind).iter().map(|dish| dish.category).collect();
    names.dedup();
    names.iter().map(|name| CategoryMaster { id: category_id(company, name), name: (*name).to_owned() }).collect()
}

fn product(company: u64, dish: &Dish) -> ProductMaster {
    ProductMaster {
        id: ProductId(id(company, &format!("product/{}/{}/{}", dish.category, dish.name, dish.price))),
        category_id: category_id(company, dish.category),
        name: dish.name.to_owned(),
        price: Yen(dish.price),
        cost: Yen(dish.cost),
        eat_in: TaxKind::Standard,
        takeout: dish.takeout(),
    }
}

fn tax_rates() -> Vec<TaxRate> {
    vec![
        TaxRate { kind: TaxKind::Standard, percent: 8, from: date(2014, 4, 1) },
        TaxRate { kind: TaxKind::Standard, percent: 10, from: date(2019, 10, 1) },
        TaxRate { kind: TaxKind::Reduced, percent: 8, from: date(2019, 10, 1) },
    ]
}

fn code(series: u8, sequence: u64) -> ImportCode {
    ImportCode::issue(series, sequence).expect("small sequences never end in 00000")
}

fn methods() -> Vec<MethodMaster> {
    let names: [(PaymentKind, &[&str]); 7] = [
        (PaymentKind::Cash, &["現金"]),
        (PaymentKind::CreditCard, &["Visa", "Mastercard", "JCB", "American Express", "Diners Club", "Discover"]),
        (PaymentKind::ElectronicMoney, &["交通系IC", "iD", "QUICPay", "コード決済"]),
        (PaymentKind::Voucher, &["商品券", "お食事券"]),
        (PaymentKind::Points, &["ポイント利用"]),
        (PaymentKind::OnAccount, &["掛売"]),
        (PaymentKind::Other, &["デリバリー精算"]),
    ];
    let methods = names.iter().flat_map(|(kind, names)| names.iter().zip(1..).map(|(name, n)| (*kind, *name, n)));
    methods.map(|(kind, name, n)| MethodMaster { kind, name: name.to_owned(), code: code(kind.number(), n) }).collect()
}

fn discounts() -> Vec<DiscountMaster> {
    let rows: [(&str, Option<u8>, Option<i64>); 6] = [
        ("クーポン300円引", None, Some(300)),
        ("ドリンク50円引", None, Some(50)),
        ("会員5%割引", Some(5), None),
        ("本日のおすすめ10%割引", Some(10), None),
        ("従業員割引", Some(30), None),
        ("端数値引", None, None),
    ];
    let rows = rows.into_iter().zip(1..);
    rows.map(|((name, percent, amount), n)| DiscountMaster {
        name: name.to_owned(),
        code: code(DISCOUNT_SERIES, n),
        percent,
        amount: amount.map(Yen),
    })
    .collect()
}

fn media() -> Vec<MediumMaster> {
    let names = ["グルメ予約サイト", "駅前チラシ", "SNS広告", "地域情報誌"].into_iter().zip(1..);
    names.map(|(name, n)| MediumMaster { name: name.to_owned(), code: code(MEDIA_SERIES, n) }).collect()
}

fn staff() -> Vec<StaffMaster> {
    let people = [("0001", "佐藤 店長", true), ("0012", "鈴木 花", false), ("0027", "高橋 蓮", false)];
    let person = |(code, name, manager): (&str, &str, bool)| StaffMaster {
        code: code.to_owned(),
        name: name.to_owned(),
        pin_hash: None,
        manager,
    };
    people.into_iter().map(person).collect()
}

pub(crate) fn own_codes(masters: &Masters) -> BTreeMap<ProductId, OwnCodes> {
    let category = |id| masters.categories.iter().position(|category| category.id == id).unwrap_or(0);
    let row = |(product, n): (&ProductMaster, usize)| {
        let codes = OwnCodes {
            product: format!("P{:05}", n * 10).parse().ok().filter(|_| n % 7 != 0),
            parent_category: "FOOD-DRINK".parse().ok(),
            child_category: format!("C{:03}", category(product.category_id)).parse().ok(),
        };
        (product.id, codes)
    };
    masters.products.iter().zip(1..).map(row).collect()
}
