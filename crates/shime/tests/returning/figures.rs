//! The table for docs/faults.md.

use crate::{crowd::Crowd, house::House, usual::Done};

/// Prints what was measured.
pub fn print(house: &House, crowd: &Crowd, usual: &Done, memory: [u64; 2]) {
    let rate = |count: usize, seconds: f64| f64::from(u32::try_from(count).unwrap_or(u32::MAX)) / seconds.max(0.001);
    let (taken, delivered) = (crowd.taken_in.as_secs_f64(), house.delivered_after.as_secs_f64());
    println!(
        "{} shops came back at once, {} settlements, {} checks",
        house.chain.len(),
        crowd.settlements,
        crowd.checks
    );
    println!("| what | figure |\n|---|---|");
    println!(
        "| taken in by the head office | {taken:.1} s, {:.0} shops/s, {:.0} checks/s |",
        rate(house.chain.len(), taken),
        rate(crowd.checks, taken)
    );
    println!(
        "| delivered to FLARO | {delivered:.1} s after they came, {:.0} settlements/s |",
        rate(crowd.settlements, delivered)
    );
    println!("| compared, 照合済 | {:.1} s after they came |", house.compared_after.as_secs_f64());
    println!("| told to come later | {} times; without an answer {} |", crowd.turned_away, crowd.failed);
    println!("| peak memory | head office {} MiB, FLARO {} MiB |", memory[0] >> 10, memory[1] >> 10);
    for (what, alone, meanwhile) in [
        ("a check of the other company", &usual.alone().checks, &usual.meanwhile().checks),
        ("a day of the other company, until FLARO has it", &usual.alone().days, &usual.meanwhile().days),
    ] {
        println!("| {what} | alone {}; meanwhile {} |", spread(alone), spread(meanwhile));
    }
}

fn spread(times: &[f64]) -> String {
    let mut sorted = times.to_vec();
    sorted.sort_by(f64::total_cmp);
    let at = |percent: usize| {
        sorted.get((sorted.len() * percent / 100).min(sorted.len().saturating_sub(1))).copied().unwrap_or(0.0)
    };
    format!("{} times, p50 {:.0} ms, p99 {:.0} ms, most {:.0} ms", sorted.len(), at(50), at(99), at(100))
}
