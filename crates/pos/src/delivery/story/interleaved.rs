//! Linking, unlinking, relinking and switching while tills settle and deliveries are under way, in any order, with
//! crashes and lost answers in between: a small model beside the real thing says what must hold.

mod drive;
mod model;

use std::sync::Arc;

use db::Db;
use db::testing::each_engine;
use proptest::prelude::*;
use tokio::sync::Barrier;

use super::flaro::Says;
use super::{WHO, World, corrected, day, settlement};
use crate::linkage::{end, start::start};
use drive::Drive;

/// Stores of the company; the first has two tills.
const STORES: usize = 2;
/// Days that tills settle, from 2026-11-22 on.
const DAYS: i64 = 5;

/// One step of somebody.
#[derive(Clone, Debug)]
enum Op {
    Settle { till: usize, day: i64, amount: i64 },
    Revise { which: usize, amount: i64 },
    Cancel { which: usize },
    SettleAgain { which: usize },
    Link { inherit: bool },
    Unlink,
    Switch { store: usize, on: bool },
    Dates { store: usize, from: i64, to: i64 },
    Hold(bool),
    Discard { store: usize, day: i64 },
    Past { store: usize, day: i64 },
    Resend { which: usize },
    Drain,
    Claim,
    Post { which: usize },
    Record { which: usize },
    Crash,
    Says(Says),
    Pass(i64),
}

fn op() -> impl Strategy<Value = Op> {
    let which = || 0..16_usize;
    let amount = || 1_000..9_000_i64;
    let says = prop_oneof![
        4 => Just(Says::Lost),
        3 => Just(Says::Status(503)),
        1 => Just(Says::Status(422)),
        1 => Just(Says::Status(401)),
        1 => Just(Says::NoReceipt),
    ];
    prop_oneof![
        8 => (0..=STORES, 0..DAYS, amount()).prop_map(|(till, day, amount)| Op::Settle { till, day, amount }),
        3 => (which(), amount()).prop_map(|(which, amount)| Op::Revise { which, amount }),
        1 => which().prop_map(|which| Op::Cancel { which }),
        1 => which().prop_map(|which| Op::SettleAgain { which }),
        2 => any::<bool>().prop_map(|inherit| Op::Link { inherit }),
        2 => Just(Op::Unlink),
        4 => (0..STORES, any::<bool>()).prop_map(|(store, on)| Op::Switch { store, on }),
        2 => (0..STORES, 0..DAYS, 1..DAYS).prop_map(|(store, from, to)| Op::Dates { store, from, to }),
        1 => any::<bool>().prop_map(Op::Hold),
        2 => (0..STORES, 0..DAYS).prop_map(|(store, day)| Op::Discard { store, day }),
        1 => (0..STORES, 0..DAYS).prop_map(|(store, day)| Op::Past { store, day }),
        1 => which().prop_map(|which| Op::Resend { which }),
        4 => Just(Op::Drain),
        8 => Just(Op::Claim),
        8 => which().prop_map(|which| Op::Post { which }),
        8 => which().prop_map(|which| Op::Record { which }),
        1 => Just(Op::Crash),
        2 => says.prop_map(Op::Says),
        2 => (1..90_i64).prop_map(Op::Pass),
    ]
}

/// Begins linked and on, so that most of a story is about what happens then.
fn story() -> impl Strategy<Value = Vec<Op>> {
    let on = |store| Op::Switch { store, on: true };
    prop::collection::vec(op(), 20..70).prop_map(move |mut ops| {
        ops.splice(0..0, [Op::Link { inherit: true }, on(0), on(1)]);
        ops
    })
}

async fn holds(db: Db, ops: &[Op]) {
    let mut drive = Drive::new(db).await;
    for op in ops {
        drive.step(op.clone()).await;
    }
    drive.quiet().await;
    drive.judge();
}

fn in_runtime<F: Future<Output = ()>>(story: F) {
    tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime").block_on(story);
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 40, max_shrink_iters: 400, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn nothing_is_lost_nothing_goes_to_a_stopped_linkage_nothing_goes_twice(ops in story()) {
        in_runtime(async {
            let folder = tempfile::tempdir().expect("a folder");
            let db = Db::open(&format!("sqlite:{}", folder.path().join("story.db").display())).await.expect("opens");
            holds(db.clone(), &ops).await;
            db.close().await;
        });
    }
}

#[cfg(feature = "postgres-tests")]
proptest! {
    #![proptest_config(ProptestConfig { cases: 6, max_shrink_iters: 20, failure_persistence: None, ..ProptestConfig::default() })]
    #[test]
    fn the_same_on_postgresql(ops in story()) {
        in_runtime(async {
            let db = Db::open(&db::testing::postgres_url().await).await.expect("opens");
            holds(db.clone(), &ops).await;
            db.close().await;
        });
    }
}

#[tokio::test]
async fn a_day_that_is_discarded_after_linking_again_is_not_taken_over_either() {
    each_engine(async |db| {
        let switch = |on| Op::Switch { store: 0, on };
        let ops = [
            Op::Link { inherit: true },
            switch(true),
            switch(false),
            Op::Settle { till: 0, day: 0, amount: 1_000 },
            Op::Unlink,
            Op::Link { inherit: true },
            switch(false),
            Op::Discard { store: 0, day: 0 },
        ];
        holds(db, &ops).await;
    })
    .await;
}

/// Tills settle and revise, somebody links and unlinks, and the real sender runs, all at the same time.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn everybody_at_once_loses_nothing() {
    each_engine(async |db| {
        let world = Arc::new(World::linked(db, STORES).await);
        world.flaro.book().says.extend([Says::Lost, Says::Status(503), Says::Lost, Says::NoReceipt, Says::Lost]);
        let begin = Arc::new(Barrier::new(STORES + 1));
        let till = |store: usize| {
            let (world, begin) = (world.clone(), begin.clone());
            tokio::spawn(async move {
                begin.wait().await;
                let mut newest = Vec::new();
                for n in 0..20_i64 {
                    let date = format!("2026-11-{}", 22 + n % DAYS);
                    let first = settlement(world.pos.new_id(), day(&date), 1_000 + n);
                    world.accept(store, first.clone()).await;
                    let second = corrected(&first, 2_000 + n);
                    if n % 2 == 0 {
                        world.accept(store, second.clone()).await;
                    }
                    newest.push(if n % 2 == 0 { second } else { first });
                }
                newest
            })
        };
        let tills: Vec<_> = (0..STORES).map(till).collect();
        begin.wait().await;
        for round in 0..4_u32 {
            world.pass(2);
            end::end(&world.pos, &world.tenant, WHO).await.expect("ended");
            start(&world.pos, &world.tenant, WHO, true).await.expect("linked");
            for store in 0..STORES {
                world.save(store, "2026/11/22", "2026/12/31", round % 2 == 0).await;
                world.save(store, "2026/11/22", "2026/12/31", true).await;
            }
        }
        let mut newest = Vec::new();
        for till in tills {
            newest.extend(till.await.expect("settled"));
        }
        let waits = "SELECT CASE WHEN COUNT(*) = 0 THEN 'nothing' ELSE 'something' END AS waits FROM (
                       SELECT 1 AS one FROM outbox WHERE company_id = $1 AND state IN ('waiting', 'attention')
                       UNION ALL SELECT 1 FROM queue_request WHERE company_id = $1 AND done_at IS NULL) AS left_over";
        // In steps that no attempt in flight outlasts. What failed is due again later, however late that happened.
        for _ in 0..200 {
            world.pass(10);
            tokio::time::sleep(std::time::Duration::from_millis(20)).await;
            if world.rows(waits).await.first().is_some_and(|row| row.text("waits").unwrap() == "nothing") {
                break;
            }
        }
        world.until_row(waits, "waits", "nothing").await;
        world.stop().await;
        let book = world.flaro.book();
        for settlement in newest {
            let of_it = book.events.iter().filter(|event| event.settlement.id == settlement.id);
            let highest = of_it.max_by_key(|event| event.settlement.revision).expect("none is lost");
            assert_eq!(highest.settlement.revision, settlement.revision);
        }
    })
    .await;
}
