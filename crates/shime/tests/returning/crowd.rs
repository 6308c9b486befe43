//! The shops that come back, all in the same moment.

use crate::{
    chain::Chain,
    house::{House, TillOf},
    line::{Line, Tries},
    machines::Machines,
};
use jiff::ToSpan;
use std::time::{Duration, Instant};
use tokio::task::JoinSet;

/// What became of them.
pub struct Crowd {
    /// Settlements they brought.
    pub settlements: usize,
    /// Checks.
    pub checks: usize,
    /// What guests paid.
    pub yen: i64,
    /// How often one of them was told to come later.
    pub turned_away: u64,
    /// How often one had no answer.
    pub failed: u64,
    /// Until the last of them had its receipt.
    pub taken_in: Duration,
    /// When they came.
    pub came: Instant,
    /// Their connections: kept, as tills keep them.
    pub lines: Vec<Line>,
    _tills: Machines,
}

/// Every till of the chain comes with so many days of so many checks.
pub async fn comes_back(house: &House, days: u32, checks: u32) -> Crowd {
    let came = Instant::now();
    let (tills, mut coming) = (Machines::of_a_crowd(), JoinSet::new());
    for till in &house.chain {
        let (till, at, last) = (till.clone(), house.pos_at.clone(), house.today);
        let comes = async move {
            let (mut chain, mut yen) = (Chain::new(till.nth), 0);
            for ago in (0..days).rev() {
                chain.open(last.saturating_sub(i64::from(ago).days()));
                (0..checks).for_each(|_| chain.sell());
                yen += chain.settle();
            }
            let mut line = Line::new(&at, till.nth.into());
            let (_, tries) = line.bring(&TillOf::journal(&till), &till.token, &chain.batch()).await;
            (line, tries, yen)
        };
        coming.spawn_on(comes, tills.handle());
    }
    let mut crowd = Crowd {
        settlements: house.chain.len() * usize::try_from(days).unwrap(),
        checks: house.chain.len() * usize::try_from(days * checks).unwrap(),
        yen: 0,
        turned_away: 0,
        failed: 0,
        taken_in: Duration::ZERO,
        came,
        lines: Vec::new(),
        _tills: tills,
    };
    while let Some(back) = coming.join_next().await {
        let (line, Tries { turned_away, failed }, yen) = back.expect("a till");
        crowd.turned_away += u64::from(turned_away);
        crowd.failed += u64::from(failed);
        crowd.yen += yen;
        crowd.lines.push(line);
    }
    crowd.taken_in = came.elapsed();
    crowd
}
