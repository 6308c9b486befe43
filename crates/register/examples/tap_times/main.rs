//! How long a tap takes: a till with 1,000 products rings up a day of 500 checks through its screen's router, over a
//! file with `synchronous=FULL`, and prints median, p99 and slowest of every sort of tap. Then a process of its own
//! starts on that disk, signs in with a PIN and sells once.
//!
//! `cargo run --release -p register --example tap_times [-- FOLDER]` (a folder on the disk to be measured; without one,
//! a temporary one).

mod counter;
mod menu;

use counter::{Counter, Failed};
use std::{
    path::{Path, PathBuf},
    process::Command,
    time::Instant,
};

/// Checks of the day.
const CHECKS: u128 = 500;
/// Starts that are measured.
const STARTS: usize = 10;
/// What a tap may take.
const TAP_MS: f64 = 50.0;

#[tokio::main]
async fn main() -> Result<(), Failed> {
    drop(rustls::crypto::ring::default_provider().install_default());
    let args: Vec<String> = std::env::args().skip(1).collect();
    match &args[..] {
        [word, folder, nth] if word == "first-sale" => return first_sale(Path::new(folder), nth.parse()?).await,
        [folder] => measure(&PathBuf::from(folder)).await,
        _ => measure(tempfile::tempdir()?.path()).await,
    }
}

async fn measure(folder: &Path) -> Result<(), Failed> {
    menu::lay(folder).await?;
    let mut counter = Counter::open(folder).await?;
    counter.sign_in().await?;
    counter.post("open", "/open", &[("float", "30000")]).await?;
    let begun = Instant::now();
    for nth in 0..CHECKS {
        counter.ring_up(nth).await?;
    }
    counter.look_around().await?;
    let session = counter.session().await?;
    counter.close(&session).await?;
    println!("{CHECKS} checks of 1,000 products in {:.0} s\n", begun.elapsed().as_secs_f64());
    let slow = counter.report(TAP_MS);
    counter.let_go().await;
    let mut starts = Vec::new();
    for nth in 0..STARTS {
        let begun = Instant::now();
        let started =
            Command::new(std::env::current_exe()?).arg("first-sale").arg(folder).arg(nth.to_string()).status()?;
        starts.push(begun.elapsed().as_secs_f64() * 1_000.0);
        if !started.success() {
            return Err("the first sale went wrong".into());
        }
    }
    starts.sort_by(f64::total_cmp);
    println!(
        "\nfrom the start of the process to the first sale: median {:.0} ms, slowest {:.0} ms of {STARTS}",
        starts[STARTS / 2],
        starts[STARTS - 1]
    );
    println!("sorts of taps with a p99 over {TAP_MS} ms: {slow}");
    Ok(())
}

/// Opens the disk, signs in with a PIN and sells once.
async fn first_sale(folder: &Path, nth: u128) -> Result<(), Failed> {
    let mut counter = Counter::open(folder).await?;
    counter.sign_in().await?;
    if nth == 0 {
        counter.post("open", "/open", &[("float", "30000")]).await?;
    }
    counter.ring_up(10_000 + nth).await?;
    counter.let_go().await;
    Ok(())
}
