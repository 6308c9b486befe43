//! The line of a whole chain was cut for 72 hours. Every one of its shops has closed its days and comes back in the same
//! moment; meanwhile another company's shops go on at their usual pace. Everything arrives at the back office, the head
//! office turns nobody of the other company away, and neither program grows beyond its bound.
//!
//! `RETURNING_STORES=10000 cargo test --release -p shime --features fault-tests --test returning -- --nocapture` prints the table
//! of docs/faults.md.

mod chain;
mod crowd;
mod figures;
mod house;
mod line;
mod machines;
#[path = "../journey/shell.rs"]
mod shell;
mod usual;

use house::House;
use std::time::Duration;

/// Shops of the chain in every test run.
const STORES: u32 = 120;
/// Business dates each of them closed while nobody heard it.
const DAYS: u32 = 3;
/// Checks of each of these days.
const CHECKS: u32 = 4;
/// Neither program may ever have held more.
const MEMORY_MAX_KIB: u64 = 512 << 10;

fn number(name: &str, usual: u32) -> u32 {
    std::env::var(name).map_or(usual, |text| text.parse().unwrap_or_else(|_| panic!("{name} is a whole number")))
}

#[tokio::test(flavor = "multi_thread")]
async fn a_chain_that_comes_back_at_once_is_taken_in_whole_and_nobody_else_waits() {
    for engine in house::engines() {
        let stores = number("RETURNING_STORES", STORES);
        let alone = Duration::from_secs(number("RETURNING_ALONE_S", 5).into());
        let mut house = House::new(engine, stores).await;
        house.start().await;
        let usual = usual::Usual::begin(&house);
        tokio::time::sleep(alone).await;
        usual.turn_the_page();
        let crowd = crowd::comes_back(&house, DAYS, number("RETURNING_CHECKS", CHECKS)).await;
        house.delivered(&crowd).await;
        let usual = usual.end().await;
        house.compared(&crowd).await;
        let memory = house.peak_memory();
        figures::print(&house, &crowd, &usual, memory);

        house.expect_complete(&crowd, &usual).await;
        assert_eq!(usual.turned_away(), 0, "nobody of the other company is turned away");
        assert!(usual.counted() > 0, "and it went on meanwhile");
        let [pos, flaro] = memory;
        assert!(pos < MEMORY_MAX_KIB && flaro < MEMORY_MAX_KIB, "head office {pos} KiB, back office {flaro} KiB");
    }
}
