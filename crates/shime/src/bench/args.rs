//! `shime bench`: its command line.

use clap::{Args, Subcommand, ValueEnum};
use serde::Serialize;
use std::{fmt, path::PathBuf};

/// `shime bench`
#[derive(Clone, Debug, Args)]
#[command(
    args_conflicts_with_subcommands = true,
    after_help = "The places run as processes of this program, on databases made for the run and deleted after it. \
                  docs/bench.md says what each figure means."
)]
pub struct BenchArgs {
    /// What to measure [default: everything]
    #[arg(value_enum)]
    pub what: Vec<What>,
    /// Small counts: minutes become seconds, figures become coarse
    #[arg(long)]
    pub quick: bool,
    /// Which settlements: the same seed gives the same bytes
    #[arg(long, default_value_t = 1, value_name = "NUMBER")]
    pub seed: u64,
    /// Only these sizes of a settlement's document, in KB [default: each measurement's own]
    #[arg(long, value_name = "KB", value_delimiter = ',', value_parser = clap::value_parser!(u32).range(1..=2_000))]
    pub sizes: Vec<u32>,
    /// Settlements in a measurement [default: each measurement's own]
    #[arg(long, value_name = "NUMBER", value_parser = clap::value_parser!(u32).range(1..=100_000))]
    pub count: Option<u32>,
    /// Where the run keeps its databases: the disk that is measured
    #[arg(long, default_value = "shime-bench", value_name = "DIR")]
    pub data: PathBuf,
    /// Measure on PostgreSQL too: postgres://… where this user may make schemas
    #[arg(long, env = "DATABASE", value_name = "URL")]
    pub postgres: Option<String>,
    /// Leave SQLite out
    #[arg(long, requires = "postgres")]
    pub no_sqlite: bool,
    /// Write the figures as JSON
    #[arg(long, value_name = "FILE")]
    pub json: Option<PathBuf>,
    /// Draw how the figures grow with size and callers: one SVG per measurement
    #[arg(long, value_name = "DIR")]
    pub plot: Option<PathBuf>,
    /// Fail when a ratio to the machine's limit is below its floor in this file (TOML)
    #[arg(long, value_name = "FILE")]
    pub check: Option<PathBuf>,
    /// A part of a measurement, run by the measurement itself
    #[command(subcommand)]
    pub part: Option<Part>,
}

/// What runs beside the places.
#[derive(Clone, Debug, Subcommand)]
pub enum Part {
    /// A receiver that answers 200 and keeps only the order of what came
    #[command(hide = true)]
    Sink {
        /// Socket address to listen on
        #[arg(long, value_name = "ADDRESS:PORT")]
        listen: String,
    },
}

/// What can be measured.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, ValueEnum)]
#[serde(rename_all = "snake_case")]
pub enum What {
    /// The eight datasets of a settlement, and its event, in memory
    Datasets,
    /// Settlements made durable at the head office, with their events
    Intake,
    /// From the head office's intake to a receiver that answers 200
    Delivery,
    /// From the head office's intake to the back office's database
    Committed,
    /// A backlog of many stores after the receiver was away
    Backlog,
    /// Memory and CPU of idle places, and memory under large uploads
    Idle,
    /// From a settlement's upload to the back office's page, on an idle system
    Visible,
}

impl fmt::Display for What {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let value = self.to_possible_value();
        f.write_str(value.as_ref().map_or("", |value| value.get_name()))
    }
}
