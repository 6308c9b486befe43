//! What the tests share: how many cases, and generated settlements.

use jiff::Timestamp;
use proptest::prelude::*;
use sales::Settlement;

/// So many cases, unless PROPTEST_CASES says otherwise.
pub fn cases(cases: u32) -> ProptestConfig {
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    if std::env::var_os("PROPTEST_CASES").is_some() { config } else { ProptestConfig { cases, ..config } }
}

/// A moment some seconds into 2026-04-03.
pub fn at(second: i64) -> Timestamp {
    Timestamp::from_second(1_775_142_000 + second).unwrap()
}

/// A settlement of up to 12 checks: closed, revised or cancelled.
pub fn any_settlement() -> impl Strategy<Value = Settlement> {
    (0..10_000_u64, 0..=12_usize, 0..3_u8).prop_map(|(seed, checks, then)| {
        let settlement = simulator::settlement(seed, checks);
        match then {
            0 => settlement,
            1 => simulator::revise(&settlement),
            _ => settlement.cancelled(at(0), "0001", "精算やり直し"),
        }
    })
}
