//! What goes wrong on a line: dealt from a seed, each kind as often as every other, bounded in count and in time.

use std::{
    collections::{BTreeMap, VecDeque},
    time::Duration,
};

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
    /// One of this kind.
    fn of(kind: Kind, dice: &mut Dice) -> Self {
        let answers = match kind {
            Kind::Truncate => true,
            Kind::HalfClose => false,
            _ => dice.below(2) == 0,
        };
        // In the head of a message, in its body, or a few messages later. Most answers are short.
        let reach = if answers { [100, 400, 2_000] } else { [300, 4_000, 40_000] };
        let reach = reach[usize::try_from(dice.below(3)).expect("few")];
        let after = dice.below(reach);
        Self { kind, after: after.try_into().expect("few"), answers, pause: dice.ms(100, 2_500) }
    }
}

/// The faults of a line: every kind equally often, in an order of its own. One that had nothing to strike comes again.
#[derive(Debug)]
pub struct Deal {
    dice: Dice,
    /// How often each kind.
    each: u32,
    due: VecDeque<Kind>,
    struck: BTreeMap<Kind, u32>,
}

impl Deal {
    /// Nothing yet.
    pub fn new(dice: Dice) -> Self {
        Self { dice, each: 0, due: VecDeque::new(), struck: BTreeMap::new() }
    }

    /// From now on each kind so many times; 0: no more.
    pub fn fill(&mut self, each: u32) {
        self.each = each;
        self.due.clear();
        for _ in 0..each {
            let mut kinds = KINDS;
            for at in (1..kinds.len()).rev() {
                let other = self.dice.below(u32::try_from(at + 1).expect("few"));
                kinds.swap(at, usize::try_from(other).expect("few"));
            }
            self.due.extend(kinds);
        }
    }

    /// The next connection's.
    pub fn deal(&mut self) -> Option<Fault> {
        let kind = self.due.pop_front()?;
        Some(Fault::of(kind, &mut self.dice))
    }

    /// It is striking now; whether it may.
    pub fn strikes(&mut self, kind: Kind) -> bool {
        if self.each > 0 {
            *self.struck.entry(kind).or_default() += 1;
        }
        self.each > 0
    }

    /// Its connection is over, and it never struck: after all others it is another one's.
    pub fn returned(&mut self, kind: Kind) {
        if self.each > 0 {
            self.due.push_back(kind);
        }
    }

    /// What has struck, and how often.
    pub fn struck(&self) -> BTreeMap<Kind, u32> {
        self.struck.clone()
    }

    /// The kinds that have not struck as often as they must.
    pub fn owed(&self) -> Vec<Kind> {
        let struck = |kind| self.struck.get(kind).copied().unwrap_or_default();
        KINDS.iter().filter(|kind| struck(kind) < self.each).copied().collect()
    }
}
