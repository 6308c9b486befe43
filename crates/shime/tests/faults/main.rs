//! Three real programs, two shops, and everything between them broken: a proxy of ours that cuts, stalls, closes by
//! halves, slows, truncates and doubles what passes, programs killed at any moment, a database server that is torn down,
//! a disk that is full. In the end what each till kept, what its file came to, and what the back office shows are the same
//! to the yen, for each store and business date, and nothing is there twice.
//!
//! `FAULTS=10` makes every storm ten times as long; `FAULTS_SEED=7` makes others.

mod full;
mod machine;
mod plan;
#[cfg(feature = "postgres-tests")]
mod postgres;
mod proxy;
#[expect(dead_code, reason = "the journey asks more of its file")]
#[path = "../journey/sales_file.rs"]
mod sales_file;
#[path = "../journey/shell.rs"]
mod shell;
mod twin;
mod way;
mod world;

use plan::Dice;
use tokio::sync::Mutex;
use world::{Databases, Place, World};

/// One storm at a time: the machine is as busy as it should be.
static ALONE: Mutex<()> = Mutex::const_new(());

/// How much longer than usual.
fn times() -> u32 {
    number("FAULTS", 1)
}

fn number(name: &str, usual: u32) -> u32 {
    std::env::var(name).map_or(usual, |text| text.parse().unwrap_or_else(|_| panic!("{name} is a whole number")))
}

fn dice(nth: u64) -> Dice {
    Dice::new(u64::from(number("FAULTS_SEED", 1)) * 1_000 + nth)
}

#[tokio::test(flavor = "multi_thread")]
async fn through_broken_lines_and_kills_every_yen_arrives_once() {
    let _alone = ALONE.lock().await;
    let mut world = World::new(Databases::sqlite(), dice(1), times()).await;
    world.storm(6, 2, async |_, _| {}).await;
    world.comes_to_rest().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn through_disks_that_are_full_every_yen_arrives_once() {
    let _alone = ALONE.lock().await;
    let mut world = World::new(Databases::sqlite(), dice(2), times()).await;
    let mut refused = [0; 2];
    let full = async |world: &mut World, dice: &mut Dice| {
        // Head office's disk, then the back office's; nobody is killed while it is full.
        for (nth, place) in [Place::Head, Place::Back].into_iter().enumerate() {
            refused[nth] += world.disk_is_full(|world| world.of_place(place), dice).await;
        }
    };
    world.storm(3, 1, full).await;
    println!("writes refused with ENOSPC: head office {}, back office {}", refused[0], refused[1]);
    assert!(refused.iter().all(|count| *count > 0), "a full disk was met at both places: {refused:?}");
    world.comes_to_rest().await;
}

#[cfg(feature = "postgres-tests")]
#[tokio::test(flavor = "multi_thread")]
async fn through_a_postgresql_that_is_torn_down_every_yen_arrives_once() {
    let _alone = ALONE.lock().await;
    let server = postgres::Server::start();
    let mut world = World::new(Databases::postgres(&server), dice(3), times()).await;
    let (mut restarts, mut served, mut full, mut refused) = (0, 0, 0, 0);
    let torn_down_or_full = async |world: &mut World, dice: &mut Dice| {
        // One round it is torn down; in the next its disk is full, and it refuses a statement, or panics and recovers.
        if restarts == full {
            served += server.restart();
            restarts += 1;
        } else {
            refused += world.disk_is_full(|_| (server.processes(), Vec::new()), dice).await;
            full += 1;
        }
    };
    world.storm(6, 1, torn_down_or_full).await;
    println!("PostgreSQL was torn down {restarts} times under {served} connections;");
    println!("{full} times its disk was full, and {refused} writes were refused");
    assert!(restarts > 0 && served > 0, "it was torn down while it served: {restarts} times, {served} connections");
    assert!(refused > 0, "a full disk was met: {full} times there was one");
    world.comes_to_rest().await;
}
