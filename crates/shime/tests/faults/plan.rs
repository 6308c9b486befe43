//! What goes wrong on a line: drawn from a seed, bounded in count and in time.

use std::time::Duration;

/// A small generator: the same seed gives the same plan.
#[derive(Clone, Debug)]
pub struct Dice(u64);

impl Dice {
    /// From a seed.
    pub fn new(seed: u64) -> Self {
        let mut dice = Self(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
        dice.below(2);
        dice
    }

    /// 0 to `n` − 1.
    pub fn below(&mut self, n: u32) -> u32 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        u32::try_from((self.0 >> 33) % u64::from(n)).expect("below a u32")
    }

    /// A pause.
    pub fn ms(&mut self, from: u32, to: u32) -> Duration {
        Duration::from_millis(u64::from(from + self.below(to - from)))
    }

    /// Another generator, for something that goes its own way.
    pub fn fork(&mut self) -> Self {
        Self::new(u64::from(self.below(u32::MAX)))
    }
}

/// One of the things that a line does to a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// Nobody answers the door.
    Refused,
    /// Both ways end at once, in the middle of a message.
    Cut,
    /// Nothing passes for a while; then it goes on.
    Stall,
    /// What the caller says ends; what it hears goes on.
    HalfClose,
    /// A few bytes at a time.
    Slow,
    /// The answer ends too early, as if it were whole.
    Truncate,
    /// Every request arrives twice, at the same moment.
    Double,
    /// Every request arrives again when everything is long over.
    Replay,
}

/// All of them.
pub const KINDS: [Kind; 8] =
    [Kind::Refused, Kind::Cut, Kind::Stall, Kind::HalfClose, Kind::Slow, Kind::Truncate, Kind::Double, Kind::Replay];

/// What becomes of one connection.
#[derive(Clone, Copy, Debug)]
pub struct Fault {
    /// What.
    pub kind: Kind,
    /// After so many bytes …
    pub after: usize,
    /// … that way.
    pub answers: bool,
    /// For so long, or after so long.
    pub pause: Duration,
}

impl Fault {
    /// Draws one.
    pub fn draw(dice: &mut Dice) -> Self {
        let kind = KINDS[usize::try_from(dice.below(u32::try_from(KINDS.len()).expect("few"))).expect("few")];
        // In the head of a message, in its body, or a few messages later.
        let after = match dice.below(3) {
            0 => dice.below(300),
            1 => dice.below(4_000),
            _ => dice.below(60_000),
        };
        let answers = match kind {
            Kind::Truncate => true,
            Kind::HalfClose => false,
            _ => dice.below(2) == 0,
        };
        Self { kind, after: after.try_into().expect("few"), answers, pause: dice.ms(100, 2_500) }
    }
}
