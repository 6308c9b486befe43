//! One restaurant: who it is and the masters its till sells by. Its days follow in `day`.

use crate::{kind::Kind, masters};
use jiff::civil::Date;
use protocol::masters::Masters;
use rand::{SeedableRng, rngs::ChaCha8Rng};
use sales::{DayRule, OwnCodes, ProductId};
use std::collections::BTreeMap;
use uuid::Uuid;

/// A seeded restaurant with one till.
#[derive(Clone, Debug)]
pub struct Restaurant {
    pub(crate) kind: Kind,
    pub(crate) company: u64,
    pub(crate) seed: u64,
    /// Guests in percent of a usual restaurant.
    pub(crate) size: u32,
    pub(crate) masters: Masters,
}

impl Restaurant {
    /// The restaurant of a seed in company 0.
    pub fn new(kind: Kind, seed: u64) -> Self {
        Self::in_company(0, kind, seed)
    }

    /// The restaurant of a seed in a company. Stores of one company share products, codes and their ids;
    /// two companies share nothing.
    pub fn in_company(company: u64, kind: Kind, seed: u64) -> Self {
        Self { kind, company, seed, size: 100, masters: masters::masters(company, kind, seed) }
    }

    /// The same restaurant with so many percent of its guests.
    #[must_use]
    pub fn sized(mut self, percent: u32) -> Self {
        self.size = percent;
        self
    }

    /// The same restaurant selling by other masters: what a head office keeps for it. Visits order from these
    /// products, pay by these methods and get these discounts.
    #[must_use]
    pub fn with_masters(mut self, masters: Masters) -> Self {
        self.masters = masters;
        self
    }

    /// What kind it is.
    pub fn kind(&self) -> Kind {
        self.kind
    }

    /// Its masters: menu, tax rates, payment methods, discounts, media, staff.
    pub fn masters(&self) -> &Masters {
        &self.masters
    }

    /// The chain's own codes of its products; some are blank, as in real life.
    pub fn own_codes(&self) -> BTreeMap<ProductId, OwnCodes> {
        masters::own_codes(&self.masters)
    }

    /// Its time zone and 日付切替時刻.
    pub fn day_rule(&self) -> DayRule {
        DayRule::new(&self.masters.store.zone, &self.masters.store.cut_over).expect("masters hold a valid day rule")
    }

    /// Randomness of one day for one purpose: independent of what was asked before.
    pub(crate) fn rng(&self, purpose: u8, date: Date) -> ChaCha8Rng {
        let mut seed = [0; 32];
        seed[..8].copy_from_slice(&self.seed.to_le_bytes());
        seed[8..16].copy_from_slice(&self.company.to_le_bytes());
        seed[16] = self.kind as u8;
        seed[17] = purpose;
        seed[20..22].copy_from_slice(&date.year().to_le_bytes());
        seed[22] = date.month().unsigned_abs();
        seed[23] = date.day().unsigned_abs();
        ChaCha8Rng::from_seed(seed)
    }

    /// An id of something this till makes.
    pub(crate) fn id(&self, what: &str) -> Uuid {
        Uuid::new_v5(&self.masters.register.id.0, what.as_bytes())
    }
}
