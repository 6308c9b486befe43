//! The disk of a till before its first day: its masters on it, and a log of SQLite's so long that the day will tidy it
//! up.

use crate::deed::{BENTO, CASH, TEISHOKU, VISA};
use db::{Db, Log};
use jiff::{Timestamp, civil::date};
use protocol::masters::{
    CategoryMaster, Masters, MethodMaster, ProductMaster, RegisterMaster, StaffMaster, StoreMaster, TaxRate,
};
use register::{Deed, Till};
use sales::{CategoryId, PaymentKind, ProductId, RegisterId, Rounding, StoreId, TaxKind, TaxMode, Yen};
use std::{fs, path::Path, sync::Arc};
use uuid::Uuid;

/// Whose disk it is.
pub const REGISTER: RegisterId = RegisterId(Uuid::from_u128(0x71));
/// The one member of staff.
pub const STAFF: (&str, &str) = ("01", "1111");
/// The database.
pub const FILE: &str = "till.db";
/// SQLite's log beside it.
pub const LOG: &str = "till.db-wal";
/// SQLite tidies a short log up at 1,000 pages; a few sales are left until then.
const LOG_BYTES: u64 = 920 * (4_096 + 24);

/// Lays a disk into this folder.
pub async fn lay(folder: &Path) {
    let making = tempfile::tempdir().expect("a temporary directory");
    let till = open(making.path()).await;
    till.store_masters(masters().await).await.unwrap();
    while fs::metadata(making.path().join(LOG)).unwrap().len() < LOG_BYTES {
        let deed =
            Deed { staff: STAFF.0.to_owned(), approved_by: None, action: "点検".to_owned(), detail: String::new() };
        till.note(deed, now()).await.unwrap();
    }
    copy(making.path(), folder);
    till.db().clone().close().await;
}

/// The till of a disk.
pub async fn open(folder: &Path) -> Till {
    try_open(folder).await.unwrap()
}

/// The till of a disk that may be broken.
pub async fn try_open(folder: &Path) -> Result<Till, register::TillError> {
    let db = Db::open_with(&format!("sqlite:{}", folder.join(FILE).display()), Log::Short).await?;
    let opened = Till::open(db.clone(), REGISTER, Arc::new(id)).await;
    if opened.is_err() {
        db.close().await;
    }
    opened
}

/// What is on a disk, as a crash of the process alone leaves it.
pub fn copy(from: &Path, to: &Path) {
    for name in [FILE, LOG] {
        if from.join(name).exists() {
            fs::copy(from.join(name), to.join(name)).expect("the disk is copied");
        }
    }
}

async fn masters() -> Masters {
    let product = |id, name: &str, price| ProductMaster {
        id: ProductId(Uuid::from_u128(id)),
        category_id: CategoryId(Uuid::from_u128(0x41)),
        name: name.to_owned(),
        price: Yen(price),
        cost: Yen(price / 3),
        eat_in: TaxKind::Standard,
        takeout: TaxKind::Reduced,
    };
    let method =
        |kind, name: &str, code: &str| MethodMaster { kind, name: name.to_owned(), code: code.parse().unwrap() };
    let rate = |kind, percent| TaxRate { kind, percent, from: date(2019, 10, 1) };
    Masters {
        version: 1,
        company_code: "77".parse().unwrap(),
        company_name: "こわれる食堂".to_owned(),
        store: StoreMaster {
            id: StoreId(Uuid::from_u128(0x61)),
            name: "本店".to_owned(),
            zone: noon().to_owned(),
            cut_over: "05:00".to_owned(),
            tax_mode: TaxMode::Included,
            rounding: Rounding::Down,
            registration_number: None,
        },
        register: RegisterMaster { id: REGISTER, name: "レジ1".to_owned() },
        categories: vec![CategoryMaster { id: CategoryId(Uuid::from_u128(0x41)), name: "食事".to_owned() }],
        products: vec![product(TEISHOKU, "日替り定食", 1_100), product(BENTO, "弁当", 660)],
        tax_rates: vec![rate(TaxKind::Standard, 10), rate(TaxKind::Reduced, 8)],
        payment_methods: vec![method(PaymentKind::Cash, "現金", CASH), method(PaymentKind::CreditCard, "Visa", VISA)],
        discounts: Vec::new(),
        media: Vec::new(),
        staff: vec![StaffMaster {
            code: STAFF.0.to_owned(),
            name: "店長".to_owned(),
            pin_hash: Some(web::password::hash(STAFF.1.to_owned()).await.unwrap()),
            manager: true,
        }],
    }
}

/// A zone where it is day now, so that no cut-over comes between two deeds.
fn noon() -> &'static str {
    let hour = now().to_zoned(jiff::tz::TimeZone::UTC).hour();
    if (8..20).contains(&hour) { "Etc/UTC" } else { "Etc/GMT-12" }
}

#[expect(clippy::disallowed_methods, reason = "a test's shell: the process runs on the machine's clock")]
fn now() -> Timestamp {
    Timestamp::now()
}

#[expect(clippy::disallowed_methods, reason = "a test's shell")]
fn id() -> Uuid {
    Uuid::now_v7()
}

/// The machine's clock, as a parameter.
pub fn clock() -> register::Clock {
    Arc::new(now)
}
