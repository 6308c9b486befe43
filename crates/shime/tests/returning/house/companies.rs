//! The companies and their shops: made at the head office, each with one till, linked since days.

use jiff::tz::TimeZone;
use pos::{
    Pos, Tenant, linkage, provision, store_link,
    store_link::{rules::Typed, save::Saved},
};
use sales::{RegisterId, StoreId};
use std::sync::Arc;
use tokio::task::JoinSet;

/// Shops that are made at the same time.
const AT_ONCE: usize = 16;
/// Rows of one 登録.
const ROWS: usize = 500;

/// A till.
#[derive(Clone, Debug)]
pub struct TillOf {
    /// Its number here.
    pub nth: u32,
    /// Its store.
    pub store: StoreId,
    /// Its id.
    pub register: RegisterId,
    /// Its token.
    pub token: String,
}

impl TillOf {
    /// Where its journal goes.
    pub fn journal(&self) -> String {
        format!("/api/v1/registers/{}/journal", self.register)
    }
}

/// A company with so many shops of one till each, linked.
pub(super) async fn company(pos: &Arc<Pos>, code: &str, name: &str, first: u32, stores: u32) -> Vec<TillOf> {
    let tenant = provision::company(pos, &code.parse().unwrap(), name).await.unwrap();
    provision::usual_tax_rates(pos, &tenant).await.unwrap();
    let (mut making, mut tills) = (JoinSet::new(), Vec::new());
    for nth in first..first + stores {
        while making.len() >= AT_ONCE {
            tills.push(making.join_next().await.expect("some shop").expect("a shop"));
        }
        making.spawn(shop(Arc::clone(pos), tenant.clone(), nth));
    }
    while let Some(made) = making.join_next().await {
        tills.push(made.expect("a shop"));
    }
    linkage::start::start(pos, &tenant, "企業管理者", false).await.unwrap();
    let today = pos.now().to_zoned(TimeZone::get("Asia/Tokyo").unwrap()).date();
    for some in tills.chunks(ROWS) {
        let rows = some.iter().map(|till| Typed {
            store_id: till.store,
            version: None,
            code: format!("{}", 10 + till.nth),
            start: today.to_string(),
            end: "2099-12-31".to_owned(),
            enabled: true,
        });
        let saved = store_link::save::save(pos, &tenant, "企業管理者", None, rows.collect()).await.unwrap();
        assert!(matches!(saved, Saved::Done(_)), "{saved:?}");
    }
    tills
}

async fn shop(pos: Arc<Pos>, tenant: Tenant, nth: u32) -> TillOf {
    let new = provision::NewStore::new(format!("{nth}号店"));
    let store = provision::store(&pos, &tenant, new).await.unwrap();
    let since = jiff::civil::date(2026, 1, 1);
    let register = provision::register(&pos, &tenant, store, "レジ1", since).await.unwrap();
    let token = pos::tokens::issue(&pos, &tenant, register, "test").await.unwrap();
    TillOf { nth, store, register, token }
}
