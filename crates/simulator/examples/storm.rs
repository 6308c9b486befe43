//! A longer run: `cargo run -p simulator --release --example storm -- --seeds 10000 --from 0`. Prints what was simulated
//! and how fast; on a failure the seed, what is wrong, and everything that happened. `--all` goes on after a failure,
//! and `--tell` prints what happened in any case.

use simulator::world::{Excused, Storm, run};
use std::{process::ExitCode, time::Instant};

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().collect();
    let number = |name: &str, usual: u64| {
        let value = arguments.iter().position(|argument| argument == name).and_then(|place| arguments.get(place + 1));
        value.map_or(Ok(usual), |value| value.parse::<u64>())
    };
    let (Ok(seeds), Ok(from)) = (number("--seeds", 1_000), number("--from", 0)) else {
        eprintln!("usage: storm [--seeds N] [--from SEED]");
        return ExitCode::FAILURE;
    };
    let asked = |name: &str| arguments.iter().any(|argument| argument == name);
    let begin = Instant::now();
    let (mut deliveries, mut settlements, mut crashes, mut unsynced, mut failed) = (0, 0, 0, 0, 0_u64);
    let mut excused = Excused::default();
    for seed in from..from + seeds {
        let outcome = run(&Storm { readable: asked("--tell"), ..Storm::of(seed) });
        deliveries += outcome.deliveries;
        settlements += outcome.settlements;
        crashes += outcome.crashes;
        unsynced += outcome.unsynced;
        excused += outcome.excused;
        print!("{}", outcome.readable.unwrap_or_default());
        if outcome.wrong.is_empty() {
            continue;
        }
        failed += 1;
        if !asked("--all") {
            let told = run(&Storm { readable: true, ..Storm::of(seed) });
            println!("{}", told.readable.unwrap_or_default());
        }
        println!("seed {seed}: {:#?}", outcome.wrong);
        if !asked("--all") {
            return ExitCode::FAILURE;
        }
    }
    let seconds = begin.elapsed().as_secs_f64();
    println!(
        "{seeds} seeds from {from}: {settlements} settlements, {deliveries} deliveries, {crashes} crashes that took"
    );
    println!("{unsynced} unsynced writes, in {seconds:.1} s");
    println!("{excused}");
    println!("{failed} seeds went wrong");
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}
