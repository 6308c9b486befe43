//! How durations are spread: median and 99th percentile, by the nearest rank.

use serde::Serialize;
use std::time::Duration;

/// The spread of some durations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Serialize)]
pub struct Spread {
    /// Half took at most this many milliseconds.
    pub p50_ms: f64,
    /// 99 of 100 took at most this many milliseconds.
    pub p99_ms: f64,
}

impl Spread {
    /// Of these durations; zeros of none.
    pub fn of(mut durations: Vec<Duration>) -> Self {
        durations.sort_unstable();
        Self { p50_ms: rank(&durations, 50), p99_ms: rank(&durations, 99) }
    }
}

fn rank(sorted: &[Duration], percent: usize) -> f64 {
    let nth = (sorted.len() * percent).div_ceil(100).max(1);
    sorted.get(nth - 1).map_or(0.0, |duration| duration.as_secs_f64() * 1_000.0)
}

/// How many a second.
pub fn rate(count: usize, took: Duration) -> f64 {
    let count = u32::try_from(count).unwrap_or(u32::MAX);
    f64::from(count) / took.as_secs_f64().max(1e-9)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ranks_are_the_nearest_and_never_past_the_last() {
        let hundred = (1..=100).rev().map(Duration::from_millis).collect();
        assert_eq!(Spread::of(hundred), Spread { p50_ms: 50.0, p99_ms: 99.0 });
        assert_eq!(Spread::of(vec![Duration::from_millis(7)]), Spread { p50_ms: 7.0, p99_ms: 7.0 });
        let three = [1, 2, 30].map(Duration::from_millis).to_vec();
        assert_eq!(Spread::of(three), Spread { p50_ms: 2.0, p99_ms: 30.0 });
        assert_eq!(Spread::of(Vec::new()), Spread::default());
    }

    #[test]
    fn a_rate_is_per_second() {
        assert!((rate(500, Duration::from_millis(250)) - 2_000.0).abs() < 1e-6);
    }
}
