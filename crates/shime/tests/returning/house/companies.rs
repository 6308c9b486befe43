//! The companies and their shops: made at the head office, each with one till, linked since days.

use crate::shell::{self, Shop};
use jiff::civil::date;
use pos::{
    Pos, Tenant,
    provision::{self, NewStore},
};
use sales::{RegisterId, StoreId};
use std::sync::Arc;
use tokio::task::JoinSet;

/// Shops that are made at the same time.
const AT_ONCE: usize = 16;

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
    let coded = tills.iter().map(|till| (till.store, format!("{}", 10 + till.nth)));
    shell::link(pos, &tenant, &coded.collect::<Vec<_>>()).await;
    tills
}

async fn shop(pos: Arc<Pos>, tenant: Tenant, nth: u32) -> TillOf {
    let new = NewStore::new(format!("{nth}号店"));
    let Shop { store, register, token } = shell::shop(&pos, &tenant, new, date(2026, 1, 1)).await;
    TillOf { nth, store, register, token }
}
