//! A shop whose line is gone for 72 hours, and for 30 days: in virtual time a till sells every day of a simulated
//! restaurant, tries its line and closes, with nobody to hear it. Then the head office answers, and has every sale
//! and every 精算 to the byte, in order, by itself. What is sent at a time is bounded however much has waited.

mod gate;
#[expect(dead_code, reason = "its clock is another, and its shop is linked to nobody")]
#[path = "../journey/shell.rs"]
mod shell;
mod shop;

use gate::Gate;
use register::{Line, Step};
use shop::{Books, Shop};
use std::time::Instant;

/// The most entries of a batch, by the till's own rule.
const BATCH_ENTRIES_MAX: usize = 500;
/// The most bytes of its entries.
const BATCH_BYTES_MAX: usize = 4 << 20;

#[tokio::test(flavor = "multi_thread")]
async fn after_72_hours_without_a_line_everything_is_at_the_head_office() {
    offline_for(3).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn after_30_days_without_a_line_everything_is_at_the_head_office() {
    offline_for(30).await;
}

async fn offline_for(days: i64) {
    let gate = Gate::closed().await;
    let shop = Shop::new(&gate).await;
    let first = jiff::civil::date(2026, 9, 28);
    for nth in 0..days {
        let date = first.saturating_add(jiff::Span::new().days(nth));
        shop.one_day(date).await;
        // The line is tried, and is not there; the till says since when, and goes on.
        let tried = shop.line.step().await.unwrap();
        assert!(matches!(tried, Step::Failed { .. }), "{date}: {tried:?}");
    }
    let waiting = shop.line.status().await.unwrap();
    assert!(matches!(waiting.line, Line::Offline { .. }), "{waiting:?}");
    assert_eq!((waiting.receipt, waiting.waiting_since), (None, Some(shop.opened_first())));
    let own = shop.books().await;
    assert_eq!(own.settlements.len(), usize::try_from(days).unwrap());
    assert_eq!(gate.books().await, Books::default(), "nobody heard anything");

    gate.open().await;
    let began = Instant::now();
    let mut batches = 0;
    // By itself: what the program's own loop does step by step.
    while shop.line.step().await.unwrap() == Step::Sent {
        batches += 1;
    }
    let took = began.elapsed();
    let done = shop.line.status().await.unwrap();
    assert_eq!((done.line, done.waiting, done.waiting_since), (Line::Online, 0, None));
    let arrived = gate.books().await;
    assert_eq!(
        arrived.settlements, own.settlements,
        "every 精算, its facts to the byte, in the order of its Z numbers"
    );
    assert_eq!(arrived.checks, own.checks, "every check once, in the order it was paid");
    assert_eq!(arrived.attention, Vec::<String>::new(), "nothing that a person must look at");
    shop.till.verify().await.unwrap();

    // Bounded by how it is read: no batch is longer than the rule, whatever has waited.
    let sent = gate.sent();
    assert!(sent.iter().all(|(entries, bytes)| *entries <= BATCH_ENTRIES_MAX && *bytes <= BATCH_BYTES_MAX + 4_096));
    assert_eq!(sent.len(), batches);
    assert_eq!(sent.iter().map(|(entries, _)| entries).sum::<usize>() as u64, waiting.waiting, "each entry went once");
    let checks = own.checks.len();
    println!(
        "{days} days offline: {checks} checks and {} entries in {batches} batches of at most {} bytes; caught up in \
         {:.1} s, {:.0} checks/s; peak memory of till, head office and test together {}",
        waiting.waiting,
        sent.iter().map(|(_, bytes)| bytes).max().unwrap(),
        took.as_secs_f64(),
        f64::from(u32::try_from(checks).unwrap()) / took.as_secs_f64(),
        peak_memory(),
    );
}

/// As the system counts it; a figure, never a condition.
fn peak_memory() -> String {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let peak = status.lines().find_map(|line| line.strip_prefix("VmHWM:"));
    peak.map_or_else(|| "unknown".to_owned(), |kilobytes| kilobytes.trim().to_owned())
}
