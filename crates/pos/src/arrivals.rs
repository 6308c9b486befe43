//! Which stores have something new to deliver, told by whoever took it in to whoever sends. A hint: what is not told, or
//! told in vain, the sender's looks find in the database.

use std::collections::HashSet;
use std::sync::{Mutex, PoisonError};

use sales::StoreId;
use tokio::sync::Notify;

use crate::Tenant;

/// So many are remembered; beyond them the sender has enough to do, and looks.
const ARRIVALS_MAX: usize = 1_000;

/// A store of which something was just taken in.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct Arrival {
    /// Its company.
    pub tenant: Tenant,
    /// 店舗
    pub store_id: StoreId,
}

/// What was told and not yet heard.
#[derive(Debug, Default)]
pub struct Arrivals {
    told: Mutex<HashSet<Arrival>>,
    bell: Notify,
}

impl Arrivals {
    /// Something of this store was taken in: after the commit.
    pub fn tell(&self, tenant: &Tenant, store_id: StoreId) {
        let mut told = self.told.lock().unwrap_or_else(PoisonError::into_inner);
        if told.len() < ARRIVALS_MAX {
            told.insert(Arrival { tenant: tenant.clone(), store_id });
            self.bell.notify_one();
        }
    }

    /// Waits until something was told, and takes it all.
    pub async fn next(&self) -> HashSet<Arrival> {
        loop {
            let told = std::mem::take(&mut *self.told.lock().unwrap_or_else(PoisonError::into_inner));
            if !told.is_empty() {
                return told;
            }
            self.bell.notified().await;
        }
    }
}
