//! Chance: ChaCha from a seed, so that a seed means the same storm after an upgrade of `rand` too.

use rand::{Rng, RngExt, SeedableRng, rngs::ChaCha8Rng};
use uuid::Uuid;

/// The only source of chance in a world.
pub(super) struct Dice(ChaCha8Rng);

impl Dice {
    pub fn new(seed: u64) -> Self {
        Self(ChaCha8Rng::seed_from_u64(seed))
    }

    /// From `least` to `most`, both included.
    pub fn between(&mut self, least: i64, most: i64) -> i64 {
        self.0.random_range(least..=most)
    }

    /// A place in a list of so many.
    pub fn place(&mut self, len: usize) -> usize {
        self.0.random_range(0..len.max(1))
    }

    /// So many times in a thousand.
    pub fn chance(&mut self, per_mille: u32) -> bool {
        per_mille > 0 && self.0.random_range(0..1_000_u32) < per_mille
    }

    /// What the policies call a draw: 0 to 1,000,000.
    pub fn draw(&mut self) -> u32 {
        self.0.random_range(0..=1_000_000)
    }

    pub fn id(&mut self) -> Uuid {
        let (high, low) = (u128::from(self.0.next_u64()), u128::from(self.0.next_u64()));
        Uuid::from_u128(high << 64 | low)
    }
}
