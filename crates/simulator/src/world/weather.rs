//! What goes wrong in a world, drawn from its seed before it begins.

use super::{DAY, HOUR, MINUTE, Place, dice::Dice};

/// A line between two places.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Line {
    Till(usize),
    Flaro,
}

pub(super) struct Weather {
    /// Of a thousand messages.
    pub lost: u32,
    pub doubled: u32,
    pub slow: u32,
    /// Of a thousand requests FLARO answers 500 or 503.
    pub moody: u32,
    /// Of a thousand writes a crash follows.
    pub crashes: u32,
    /// Lines that are cut, from and until.
    pub cuts: Vec<(Line, i64, i64)>,
    /// When something happens that no retry heals.
    pub disasters: Vec<(i64, Disaster)>,
    /// When a place's clock is set to be so far off.
    pub clocks: Vec<(i64, Place, i64)>,
}

/// A day that people remember.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Disaster {
    /// The place is as it was so long ago.
    Restored(Place, i64),
    /// A till's disk is copied, and both sell.
    Cloned(usize),
}

impl Weather {
    /// Nothing goes wrong.
    pub fn calm() -> Self {
        let (cuts, disasters, clocks) = (Vec::new(), Vec::new(), Vec::new());
        Self { lost: 0, doubled: 0, slow: 0, moody: 0, crashes: 0, cuts, disasters, clocks }
    }

    /// A storm over so many tills, until it is quiet.
    pub fn storm(dice: &mut Dice, tills: usize, quiet: i64) -> Self {
        let rough = |dice: &mut Dice, most: i64| u32::try_from(dice.between(0, most)).unwrap_or(0);
        let mut weather = Self {
            lost: rough(dice, 120),
            doubled: rough(dice, 80),
            slow: rough(dice, 80),
            moody: rough(dice, 150),
            crashes: rough(dice, 8),
            ..Self::calm()
        };
        for _ in 0..dice.between(0, 5) {
            let line = if dice.chance(400) { Line::Flaro } else { Line::Till(dice.place(tills)) };
            let from = dice.between(0, quiet);
            let long = if dice.chance(300) { 72 * HOUR } else { dice.between(10 * MINUTE, 8 * HOUR) };
            weather.cuts.push((line, from, from + long));
        }
        for _ in 0..dice.between(0, 4) {
            let place = match dice.place(4) {
                0 => Place::Office,
                1 => Place::Back,
                _ => Place::Till(dice.place(tills)),
            };
            weather.clocks.push((dice.between(0, quiet), place, dice.between(-3 * DAY, 3 * DAY)));
        }
        weather.disasters = disasters(dice, tills, quiet);
        weather
    }

    pub fn is_cut(&self, line: Line, now: i64) -> bool {
        self.cuts.iter().any(|(cut, from, until)| *cut == line && (*from..*until).contains(&now))
    }
}

fn disasters(dice: &mut Dice, tills: usize, quiet: i64) -> Vec<(i64, Disaster)> {
    let at = dice.between(2 * DAY, quiet - DAY);
    let ago = dice.between(HOUR, DAY);
    let till = dice.place(tills);
    match dice.place(8) {
        0 => vec![(at, Disaster::Restored(Place::Office, DAY))],
        1 => vec![(at, Disaster::Restored(Place::Back, DAY))],
        2 => vec![(at, Disaster::Restored(Place::Till(till), ago))],
        3 => vec![(at, Disaster::Cloned(till))],
        4 => vec![(at, Disaster::Restored(Place::Office, DAY)), (at + DAY, Disaster::Restored(Place::Back, DAY))],
        5 => vec![(at, Disaster::Cloned(till)), (at + HOUR, Disaster::Cloned(dice.place(tills)))],
        _ => Vec::new(),
    }
}
