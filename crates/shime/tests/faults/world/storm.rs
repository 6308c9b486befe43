//! The storm: what is sold and uploaded in it, who is killed, whose disk is full, and what must have happened by its end.

use super::{Shop, World};
use crate::{
    full,
    machine::Machine,
    plan::{Dice, KINDS},
};
use std::{path::PathBuf, time::Duration};

/// Rounds, more than wanted, until every fault that is due must have struck.
const MORE_ROUNDS_MAX: u32 = 20;
/// A program is killed at work within this time, or in half of it, and half of that, if it had ended before.
const MOMENT_MS_MAX: u32 = 700;
/// Moments tried until a program was at work in one.
const MOMENTS_MAX: u32 = 12;
/// Tries to fill a disk while something is written to it.
const FULL_MAX: u32 = 3;

/// A place whose disk may be full.
#[derive(Clone, Copy, Debug)]
pub enum Place {
    /// 本部
    Head,
    /// FLARO
    Back,
}

impl World {
    /// The tills sell and upload while both lines break, every program is killed once a round at any moment, and whatever
    /// else happens in a round. It lasts so many rounds, and on until each line has given every kind of fault `each` times.
    pub async fn storm(&mut self, rounds: u32, each: u32, mut more: impl AsyncFnMut(&mut Self, &mut Dice)) {
        let (rounds, each) = (rounds * self.times, each * self.times);
        self.lines.iter().for_each(|line| line.breaks(each));
        for round in 0..rounds + MORE_ROUNDS_MAX * self.times {
            if round >= rounds && self.lines.iter().all(|line| line.owed().is_empty()) {
                break;
            }
            self.shops.iter_mut().for_each(Shop::may_sell_more);
            self.start_all();
            let mut dice = self.dice.fork();
            more(self, &mut dice).await;
            for turn in 0..4 {
                self.kill((turn + round) % 4, &mut dice).await;
                // Down for a moment, or for as long as its neighbours need to notice.
                tokio::time::sleep(dice.ms(1, 400)).await;
                self.start_all();
            }
        }
        self.happened(rounds, each);
        self.lines.iter().for_each(|line| line.breaks(0));
    }

    /// Kills a program at work, at any moment.
    async fn kill(&mut self, nth: u32, dice: &mut Dice) {
        for moment in 0..MOMENTS_MAX {
            match nth {
                0 => self.pos.start(),
                1 => self.flaro.start(),
                2 => self.shops[0].works(),
                _ => self.shops[1].works(),
            }
            tokio::time::sleep(dice.ms(1, (MOMENT_MS_MAX >> moment).max(2))).await;
            if self.program(nth).kill() {
                return;
            }
        }
    }

    pub(super) fn program(&mut self, nth: u32) -> &mut Machine {
        match nth {
            0 => &mut self.pos,
            1 => &mut self.flaro,
            2 => &mut self.shops[0].till,
            _ => &mut self.shops[1].till,
        }
    }

    /// Every place that does not run; every till that has something left to do.
    pub(super) fn start_all(&mut self) {
        self.pos.start();
        self.flaro.start();
        self.shops.iter_mut().for_each(Shop::goes_on);
    }

    /// A place's program, and the files on its disk.
    pub fn of_place(&self, place: Place) -> (Vec<u32>, Vec<PathBuf>) {
        match place {
            Place::Head => (vec![self.pos.pid()], self.databases.files("pos")),
            Place::Back => (vec![self.flaro.pid()], self.databases.files("flaro")),
        }
    }

    /// A disk is full for a while, of these programs and under these files (none: under all). Whoever has written nothing
    /// meanwhile gets more to do. How many writes were refused.
    pub async fn disk_is_full(&mut self, of: impl Fn(&Self) -> (Vec<u32>, Vec<PathBuf>), dice: &mut Dice) -> usize {
        for _ in 0..FULL_MAX {
            self.start_all();
            self.shops.iter_mut().for_each(Shop::works);
            let (pids, files) = of(self);
            let refused = full::for_a_while(&pids, &files, dice).await;
            if refused > 0 {
                return refused;
            }
            // What waits for a later try is due at once when the head office begins.
            self.pos.kill();
            self.shops.iter_mut().for_each(Shop::may_sell_more);
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        0
    }

    /// What happened, for the figures; and that it did.
    fn happened(&mut self, rounds: u32, each: u32) {
        let killed = [0, 1, 2, 3].map(|nth| self.program(nth).killed);
        let checks: usize = self.shops.iter().map(|shop| shop.file.checks()).sum();
        let days: usize = self.shops.iter().map(|shop| shop.file.totals().len()).sum();
        println!("{checks} checks, {days} settlements; killed: head office, back office, tills {killed:?}");
        for (line, between) in self.lines.iter().zip(["tills and head office", "head office and back office"]) {
            let struck = line.struck();
            println!("between {between}: {} faults {struck:?}", struck.values().sum::<u32>());
            let all = KINDS.iter().all(|kind| struck.get(kind).is_some_and(|times| *times >= each));
            assert!(all, "every kind of fault struck between {between}, {each} times: {struck:?}");
        }
        assert!(
            killed.iter().all(|times| *times >= rounds),
            "each program was killed at work once a round: {killed:?}"
        );
    }
}
