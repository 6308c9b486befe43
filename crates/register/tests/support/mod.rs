//! A small restaurant for the stories: its masters, a till on a fresh disk, and the words to drive it.
//! Time is spelled out and ids are counted, so two tills that do the same write the same bytes.
#![allow(dead_code, reason = "each story uses a part")]

pub mod counter;
pub mod office;

use db::Db;
use jiff::{Timestamp, civil::DateTime, tz::TimeZone};
use protocol::masters::{
    CategoryMaster, DiscountMaster, Masters, MediumMaster, MethodMaster, ProductMaster, RegisterMaster, StaffMaster,
    StoreMaster, TaxRate,
};
use register::{Head, Menu, Opening, Random, Till};
use sales::{
    CategoryId, Check, CheckId, CountedCash, Denomination, Draft, Guests, ImportCode, PaymentKind, PaymentOrder,
    ProductId, RegisterId, Rounding, Service, StoreId, TaxKind, TaxMode, Yen,
};
use std::sync::{
    Arc,
    atomic::{AtomicU64, Ordering},
};
use uuid::Uuid;

pub const TEISHOKU: ProductId = ProductId(Uuid::from_u128(0x51));
pub const BENTO: ProductId = ProductId(Uuid::from_u128(0x52));
pub const REGISTER: RegisterId = RegisterId(Uuid::from_u128(0x71));

/// Ids counted from 1 under a seed that can be changed: from there on two tills differ.
#[derive(Clone, Default)]
pub struct Seed {
    seed: Arc<AtomicU64>,
    drawn: Arc<AtomicU64>,
}

impl Seed {
    pub fn random(&self) -> Random {
        let own = self.clone();
        Arc::new(move || {
            let high = own.seed.load(Ordering::SeqCst);
            Uuid::from_u64_pair(high, own.drawn.fetch_add(1, Ordering::SeqCst) + 1)
        })
    }

    pub fn change(&self, seed: u64) {
        self.seed.store(seed, Ordering::SeqCst);
    }
}

/// `2026-11-22 21:30` in the store's time.
pub fn at(text: &str) -> Timestamp {
    let local: DateTime = text.replace(' ', "T").parse().expect("a date and a time");
    local.to_zoned(TimeZone::get("Asia/Tokyo").expect("Tokyo")).expect("a moment").timestamp()
}

pub fn date(text: &str) -> jiff::civil::Date {
    text.parse().expect("a date")
}

pub fn code(text: &str) -> ImportCode {
    text.parse().expect("an import code")
}

pub fn masters(version: i64) -> Masters {
    let product = |id, name: &str, price| ProductMaster {
        id,
        category_id: CategoryId(Uuid::from_u128(0x41)),
        name: name.to_owned(),
        price: Yen(price),
        cost: Yen(price / 3),
        eat_in: TaxKind::Standard,
        takeout: TaxKind::Reduced,
    };
    let method = |kind: PaymentKind, name: &str| MethodMaster {
        kind,
        name: name.to_owned(),
        code: ImportCode::issue(kind.number(), 1).expect("a code"),
    };
    let rate = |kind, percent| TaxRate { kind, percent, from: date("2019-10-01") };
    let member = |code: &str, manager| StaffMaster {
        code: code.to_owned(),
        name: format!("担当{code}"),
        pin_hash: None,
        manager,
    };
    Masters {
        version,
        company_code: "1001".parse().expect("a company code"),
        company_name: "株式会社しめ".to_owned(),
        store: StoreMaster {
            id: StoreId(Uuid::from_u128(0x61)),
            name: "新宿店".to_owned(),
            zone: "Asia/Tokyo".to_owned(),
            cut_over: "05:00".to_owned(),
            tax_mode: TaxMode::Included,
            rounding: Rounding::Down,
            registration_number: None,
        },
        register: RegisterMaster { id: REGISTER, name: "レジ1".to_owned() },
        categories: vec![CategoryMaster { id: CategoryId(Uuid::from_u128(0x41)), name: "食事".to_owned() }],
        products: vec![product(TEISHOKU, "日替り定食", 1_100), product(BENTO, "弁当", 648)],
        tax_rates: vec![rate(TaxKind::Standard, 10), rate(TaxKind::Reduced, 8)],
        payment_methods: vec![
            method(PaymentKind::Cash, "現金"),
            method(PaymentKind::CreditCard, "Visa"),
            method(PaymentKind::Voucher, "商品券"),
        ],
        discounts: vec![
            DiscountMaster {
                name: "割引10%".to_owned(),
                code: code("70000000000000000001"),
                percent: Some(10),
                amount: None,
            },
            DiscountMaster {
                name: "値引".to_owned(), code: code("70000000000000000002"), percent: None, amount: None
            },
        ],
        media: vec![MediumMaster { name: "ぐるめサイト".to_owned(), code: code("80000000000000000001") }],
        staff: vec![member("01", true), member("02", false)],
    }
}

/// A till with its masters, on this disk.
pub async fn till(db: Db, seed: &Seed) -> Till {
    let till = Till::open(db, REGISTER, seed.random()).await.expect("the till opens");
    till.store_masters(masters(1)).await.expect("the masters are taken");
    till
}

pub fn opening(float: i64) -> Opening {
    Opening { opening_float: Yen(float), staff: "01".to_owned(), business_date: None }
}

pub fn head(opened_at: Timestamp, guests: i64) -> Head {
    Head {
        id: None,
        opened_at,
        table: Some("A1".to_owned()),
        guests: Guests { female: 0, male: 0, unknown: guests },
        segment: None,
        staff: "02".to_owned(),
        ad_medium: None,
    }
}

/// An order of so many 定食 eaten in and 弁当 taken out.
pub fn order(till: &Till, teishoku: i64, bento: i64) -> Draft {
    let masters = till.masters().expect("masters");
    let menu = Menu::new(&masters, date("2026-11-22"));
    let mut lines = Vec::new();
    for (id, service, quantity) in [(TEISHOKU, Service::EatIn, teishoku), (BENTO, Service::Takeout, bento)] {
        if quantity > 0 {
            lines.push(menu.line(id, service, quantity).expect("on the menu"));
        }
    }
    menu.draft(lines, Vec::new())
}

pub fn payment(till: &Till, kind: PaymentKind, tendered: i64) -> PaymentOrder {
    let masters = till.masters().expect("masters");
    Menu::new(&masters, date("2026-11-22")).payment_of(kind, Yen(tendered)).expect("a method of the store")
}

pub fn cash(till: &Till, tendered: i64) -> Vec<PaymentOrder> {
    vec![payment(till, PaymentKind::Cash, tendered)]
}

/// One 定食 for ¥1,100 in cash.
pub async fn sell(till: &Till, when: &str) -> Check {
    let now = at(when);
    till.pay(order(till, 1, 0), cash(till, 1_100), head(now, 1), now).await.expect("paid")
}

pub fn identified(id: u128, opened_at: Timestamp) -> Head {
    Head { id: Some(CheckId(Uuid::from_u128(id))), ..head(opened_at, 1) }
}

#[expect(clippy::unnecessary_wraps, reason = "it is what 精算 is asked with")]
pub fn counted(total: i64) -> Option<CountedCash> {
    Some(CountedCash { denominations: Vec::new(), total: Yen(total) })
}

pub fn notes(of: &[(i64, i64)]) -> Vec<Denomination> {
    of.iter().map(|&(face, count)| Denomination { count, face: Yen(face) }).collect()
}
