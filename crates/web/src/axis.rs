//! The vertical axis of a chart: round numbers, a handful of lines, zero in sight, whole numbers only.

use crate::format::thousands;

/// The vertical axis: from, to and the distance of its lines, all of them round numbers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Axis {
    low: i64,
    high: i64,
    tick: i64,
}

impl Axis {
    /// The axis for these values; zero is always in sight.
    pub(crate) fn over<'v>(values: impl Iterator<Item = &'v i64>) -> Self {
        // A tenth of the range of i64 is more than any chart shows.
        let bound = i64::MAX / 10;
        let (low, high) = values.fold((0, 0), |(low, high), v| (low.min(*v).max(-bound), high.max(*v).min(bound)));
        let tick = round_tick((high - low).max(1));
        let low = low.div_euclid(tick) * tick;
        Self { low, high: (-(-high).div_euclid(tick) * tick).max(low + tick), tick }
    }

    /// How far above the bottom a value stands when the whole axis is `height` long.
    pub(crate) fn above(&self, value: i64, height: i64) -> i64 {
        let (range, above) =
            (i128::from(self.high - self.low), i128::from(value.clamp(self.low, self.high) - self.low));
        i64::try_from(above * i128::from(height) / range).unwrap_or(0)
    }

    /// Where lines are drawn, from the lowest.
    pub(crate) fn ticks(&self) -> impl Iterator<Item = i64> {
        let (low, tick) = (self.low, self.tick);
        (0..=(self.high - self.low) / tick).map(move |n| low + n * tick)
    }
}

/// A tick of 1, 2 or 5 times a power of ten that cuts the range into three to seven.
fn round_tick(range: i64) -> i64 {
    let mut power = 1;
    while range / power / 10 >= 4 {
        power *= 10;
    }
    [1, 2, 5, 10].into_iter().map(|n| n * power).find(|tick| range / tick < 6).unwrap_or(power * 10)
}

/// A number short enough for an axis: `15万`, `1.2億`.
pub(crate) fn short(number: i64) -> String {
    let unit = |size: i64, name: &str| {
        let tenths = number / (size / 10);
        let rest = if tenths % 10 == 0 { String::new() } else { format!(".{}", (tenths % 10).abs()) };
        let sign = if number < 0 && tenths / 10 == 0 { "−" } else { "" };
        format!("{sign}{}{rest}{name}", thousands(tenths / 10))
    };
    match number.unsigned_abs() {
        100_000_000.. => unit(100_000_000, "億"),
        10_000.. => unit(10_000, "万"),
        _ => thousands(number),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ticks(values: &[i64]) -> Vec<i64> {
        Axis::over(values.iter()).ticks().collect()
    }

    #[test]
    fn lines_stand_at_round_numbers_around_the_values() {
        assert_eq!(ticks(&[42_000, 112_000]), [0, 20_000, 40_000, 60_000, 80_000, 100_000, 120_000]);
        assert_eq!(ticks(&[-300, 1_000]), [-500, 0, 500, 1_000]);
        assert_eq!(ticks(&[3]), [0, 1, 2, 3]);
        assert_eq!(ticks(&[]), [0, 1]);
        assert_eq!(ticks(&[-7]), [-8, -6, -4, -2, 0]);
    }

    #[test]
    fn no_value_is_too_large_to_draw() {
        let axis = Axis::over([i64::MIN, i64::MAX].iter());
        assert_eq!((axis.above(i64::MIN, 200), axis.above(i64::MAX, 200)), (0, 200));
        assert!(axis.ticks().count() < 12);
    }

    #[test]
    fn axis_numbers_are_short() {
        let numbers = [0, 950, 9_999, 15_000, 150_000, -5_000, -12_000, 120_000_000, 1_000_000_000_000];
        let written: Vec<String> = numbers.into_iter().map(short).collect();
        assert_eq!(written, ["0", "950", "9,999", "1.5万", "15万", "−5,000", "−1.2万", "1.2億", "10,000億"]);
    }
}
