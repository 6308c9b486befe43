//! What a test's shell hands to a place that it works with as a library: the machine's clock, ids and secrets; and the
//! shops that it makes at a head office.

use db::Db;
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use pos::{
    Clock, Pos, Settings, Tenant,
    linkage::start::start,
    provision::{self, NewStore},
    store_link::{
        rules::Typed,
        save::{Saved, save},
    },
    tokens,
};
use sales::{RegisterId, StoreId};
use std::sync::Arc;
use uuid::Uuid;

/// 企業管理者, as what is written down names them.
const WHO: &str = "企業管理者";
/// Rows of one 登録.
const ROWS_MAX: usize = 500;

/// A shop of one till.
#[derive(Clone, Debug)]
pub struct Shop {
    /// 店舗
    pub store: StoreId,
    /// Its till.
    pub register: RegisterId,
    /// The till's token.
    pub token: String,
}

/// What time it is.
#[expect(clippy::disallowed_methods, reason = "a test's shell: the processes run on the machine's clock")]
pub fn now() -> Timestamp {
    Timestamp::now()
}

/// A fresh id.
#[expect(clippy::disallowed_methods, reason = "a test's shell")]
pub fn id() -> Uuid {
    Uuid::now_v7()
}

/// Bytes that nobody guesses in a test.
pub fn bytes() -> [u8; 32] {
    let mut bytes = [0; 32];
    bytes[..16].copy_from_slice(id().as_bytes());
    bytes[16..].copy_from_slice(id().as_bytes());
    bytes
}

/// The head office over a database that no process has now; close `db` before one gets it.
pub async fn head_office(database: &str, settings: Settings, clock: Clock) -> Pos {
    let db = Db::open(database).await.unwrap();
    db.migrate(&pos::schema::migrations()).await.unwrap();
    Pos::new(db, Settings { allow_private_networks: true, ..settings }, clock, Arc::new(id), Arc::new(bytes))
}

/// The date in Tokyo, by the head office's clock.
pub fn today(pos: &Pos) -> Date {
    pos.now().to_zoned(TimeZone::get("Asia/Tokyo").unwrap()).date()
}

/// A new shop; its till is in service since then.
pub async fn shop(pos: &Pos, tenant: &Tenant, new: NewStore, since: Date) -> Shop {
    let store = provision::store(pos, tenant, new).await.unwrap();
    let register = provision::register(pos, tenant, store, "レジ1", since).await.unwrap();
    let token = tokens::issue(pos, tenant, register, "test").await.unwrap();
    Shop { store, register, token }
}

/// 連携開始, and these stores on from today under their FLARO店舗コード.
pub async fn link(pos: &Pos, tenant: &Tenant, stores: &[(StoreId, String)]) {
    start(pos, tenant, WHO, false).await.unwrap();
    let today = today(pos).to_string();
    for some in stores.chunks(ROWS_MAX) {
        let rows = some.iter().map(|(store, code)| Typed {
            store_id: *store,
            version: None,
            code: code.clone(),
            start: today.clone(),
            end: "2099-12-31".to_owned(),
            enabled: true,
        });
        let saved = save(pos, tenant, WHO, None, rows.collect()).await.unwrap();
        assert!(matches!(saved, Saved::Done(count) if count == some.len()), "{saved:?}");
    }
}
