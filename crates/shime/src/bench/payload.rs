//! Settlements as simulated restaurants close them, of about a given size. The same seed gives the same bytes.

use anyhow::{Context, Result};
use axum::body::Bytes;
use jiff::{
    ToSpan,
    civil::{Date, date},
};
use protocol::document::SettlementDocument;
use sales::{RegisterId, Settlement};
use simulator::{Kind, Restaurant};
use std::thread;
use uuid::Uuid;

/// The first business date of every store.
pub const FIRST_DAY: Date = date(2026, 1, 1);
/// Days before a store has to close twice on one: all of them lie before the day this was written.
const DAYS: usize = 300;
/// Checks by which the size of one is found.
const PROBED: usize = 60;

/// `count` settlements of about `kilobytes` each as documents: store after store, day after day.
pub fn settlements(seed: u64, stores: usize, count: usize, kilobytes: u32) -> Result<Vec<Settlement>> {
    let workers = thread::available_parallelism().map_or(1, usize::from);
    let share = count.div_ceil(workers).max(1);
    let parts = thread::scope(|scope| {
        let started: Vec<_> = (0..count)
            .step_by(share)
            .map(|from| scope.spawn(move || part(seed, stores, from..(from + share).min(count), kilobytes)))
            .collect();
        started.into_iter().map(|part| part.join().ok()).collect::<Option<Vec<_>>>()
    });
    Ok(parts.context("making settlements broke down")?.concat())
}

fn part(seed: u64, stores: usize, numbers: std::ops::Range<usize>, kilobytes: u32) -> Vec<Settlement> {
    let made = |number: usize| {
        let (store, turn) = (number % stores, number / stores);
        let kind = Kind::ALL[store % Kind::ALL.len()];
        let restaurant = Restaurant::in_company(seed, kind, seed.wrapping_mul(10_007).wrapping_add(store as u64));
        let day = FIRST_DAY.saturating_add(i64::try_from(turn % DAYS).unwrap_or(0).days());
        let z_number = u32::try_from(turn + 1).unwrap_or(u32::MAX);
        restaurant.settlement_of(day, checks(kind, kilobytes), z_number)
    };
    numbers.map(made).collect()
}

/// How many checks of a kind of restaurant make a document of this size.
fn checks(kind: Kind, kilobytes: u32) -> usize {
    let probe = Restaurant::in_company(0, kind, 0).settlement_of(FIRST_DAY, PROBED, 1);
    let bytes = protocol::facts::canonical(&probe).len();
    let wanted = usize::try_from(kilobytes).unwrap_or(1) * 1_000;
    (wanted * PROBED / bytes).max(1)
}

/// The document that a till sends.
pub fn document(register: RegisterId, settlement: Settlement) -> Result<Bytes> {
    let document = SettlementDocument { register_id: register, settlement };
    Ok(serde_json::to_vec(&document).context("writing a document")?.into())
}

/// A till for the limit, which needs none.
pub fn no_till() -> RegisterId {
    RegisterId(Uuid::nil())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_seed_gives_the_same_sound_settlements() {
        let once = settlements(7, 3, 7, 5).unwrap();
        assert_eq!(once, settlements(7, 3, 7, 5).unwrap());
        assert_ne!(once, settlements(8, 3, 7, 5).unwrap());
        let ids: std::collections::HashSet<_> = once.iter().map(|settlement| settlement.id).collect();
        assert_eq!(ids.len(), 7, "every settlement is another one");
        for settlement in &once {
            assert_eq!(sales::audit_settlement(settlement), []);
        }
        assert_eq!(once[0].business_date, once[2].business_date, "three stores close the same day");
        assert_eq!(once[3].business_date, FIRST_DAY.tomorrow().unwrap());
    }

    #[test]
    fn documents_have_about_the_size_asked_for() {
        for settlement in settlements(1, 3, 6, 50).unwrap() {
            let bytes = document(no_till(), settlement).unwrap().len();
            assert!((35_000..65_000).contains(&bytes), "{bytes} bytes");
        }
    }
}
