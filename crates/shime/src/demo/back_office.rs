//! What the demo's chain has at its back office beside its sales: areas, budgets, costs, categories and mapping.
//! Given once, as soon as the first sales are there; what somebody changes afterwards stays.

use super::company::Company;
use crate::shell;
use anyhow::Result;
use flaro::{
    Flaro,
    provision::{self, Beginnings, StoreBeginning},
};
use jiff::{ToSpan, civil::Date};
use std::{sync::Arc, time::Duration};
use tokio::sync::watch;

/// How often the first sales are looked for.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Area, brand, a month's budget of sales and guests, weights from Monday on, and A, R and O of a month.
type Shape = (&'static str, &'static str, (i64, i64), [i64; 7], (i64, i64, i64));

/// What the chain begins with.
pub fn plan(chain: &Company, since: Date, today: Date) -> Beginnings {
    let shops: [Shape; 3] = [
        ("港エリア", "みなと食堂", (5_200_000, 3_600), [2, 2, 2, 2, 3, 4, 4], (90_000, 380_000, 210_000)),
        ("駅前エリア", "みなとカフェ", (3_900_000, 4_400), [3, 3, 3, 3, 3, 4, 4], (60_000, 450_000, 160_000)),
        ("駅前エリア", "酒場みなと", (6_800_000, 2_100), [2, 2, 2, 3, 5, 5, 2], (150_000, 420_000, 240_000)),
    ];
    let store = |(shop, shape): (&super::Shop, Shape)| {
        let (area, brand, budget, weights, fixed) = shape;
        StoreBeginning { store: shop.store, area: area.to_owned(), brand: brand.to_owned(), budget, weights, fixed }
    };
    Beginnings {
        stores: chain.shops.iter().zip(shops).map(store).collect(),
        from: since,
        until: today.saturating_add(1.month()),
        labour_until: today.saturating_sub(1.day()),
        drinks: ["ドリンク", "飲", "酒", "ビール", "コーヒー", "ワイン", "サワー"].map(str::to_owned).into(),
    }
}

/// Waits for the first sales, then gives it; for ever, until the demo stops.
pub async fn begin(
    flaro: Arc<Flaro>,
    company: flaro::Company,
    plan: Beginnings,
    stop: watch::Receiver<bool>,
) -> Result<()> {
    let given = async {
        while !provision::begin(&flaro, &company, &plan).await? {
            tokio::time::sleep(LOOK_EVERY).await;
        }
        Ok::<(), anyhow::Error>(())
    };
    tokio::select! {
        given = given => given?,
        () = shell::stopped(stop.clone()) => return Ok(()),
    }
    Ok(())
}
