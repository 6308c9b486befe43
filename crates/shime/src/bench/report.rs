//! Figures as people and programs read them: a table, a line each while it runs, and JSON.

use super::{args::What, engine::Engine, process::Used, spread::Spread};
use anyhow::{Context, Result};
use serde::Serialize;
use std::{collections::BTreeMap, fmt, thread};

/// One measurement.
#[derive(Clone, Debug, Serialize)]
pub struct Figure {
    /// What was measured.
    pub what: What,
    /// On what.
    pub engine: String,
    /// The size of a settlement's document in KB; 0 where it has none.
    pub kilobytes: u32,
    /// How many sent at once; 0 where nobody did.
    pub callers: usize,
    /// Which part, where a measurement has more than one.
    #[serde(skip_serializing_if = "String::is_empty")]
    pub part: String,
    /// How many settlements.
    pub count: usize,
    /// Of them, a second.
    pub per_second: f64,
    /// How long one took.
    #[serde(flatten)]
    pub spread: Spread,
    /// CPU seconds per 1,000, all processes together.
    pub cpu_s_per_1000: f64,
    /// The most memory that each process had at once.
    pub peak_mib: BTreeMap<String, f64>,
    /// What this machine could do at best, a second; none where there is no such thing.
    pub limit_per_second: Option<f64>,
    /// The rate as a part of that.
    pub ratio: Option<f64>,
    /// What else was seen.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub notes: Vec<String>,
}

impl Figure {
    /// A figure with nothing in it yet.
    pub fn new(what: What, engine: &Engine, kilobytes: u32, callers: usize, count: usize) -> Self {
        Self {
            what,
            engine: engine.to_string(),
            kilobytes,
            callers,
            part: String::new(),
            count,
            per_second: 0.0,
            spread: Spread::default(),
            cpu_s_per_1000: 0.0,
            peak_mib: BTreeMap::new(),
            limit_per_second: None,
            ratio: None,
            notes: Vec::new(),
        }
    }

    /// How fast, beside how fast it could be.
    #[must_use]
    pub fn against(mut self, per_second: f64, limit_per_second: f64) -> Self {
        self.per_second = per_second;
        self.limit_per_second = Some(limit_per_second);
        self.ratio = Some(per_second / limit_per_second.max(1e-9));
        self
    }

    /// What the processes used.
    #[must_use]
    pub fn used(mut self, cpu_s: f64, used: &BTreeMap<&'static str, Used>) -> Self {
        let thousands = f64::from(u32::try_from(self.count).unwrap_or(u32::MAX)) / 1_000.0;
        self.cpu_s_per_1000 = cpu_s / thousands.max(1e-9);
        self.peak_mib = used.iter().map(|(name, used)| ((*name).to_owned(), used.peak_mib)).collect();
        self
    }

    /// How it is told apart from others: by floors and in the table.
    pub fn name(&self) -> String {
        let part = if self.part.is_empty() { String::new() } else { format!("/{}", self.part) };
        let callers = if self.callers == 0 { String::new() } else { format!("/{}", self.callers) };
        let size = if self.kilobytes == 0 { String::new() } else { format!("/{}KB", self.kilobytes) };
        format!("{}/{}{part}{size}{callers}", self.what, self.engine)
    }

    fn cells(&self) -> Vec<String> {
        let peak = self.peak_mib.iter().filter(|(name, _)| *name != "callers");
        let peak: Vec<String> = peak.map(|(name, mib)| format!("{name} {mib:.0}")).collect();
        vec![
            self.name(),
            self.count.to_string(),
            format!("{:.1}", self.per_second),
            format!("{:.1}", self.spread.p50_ms),
            format!("{:.1}", self.spread.p99_ms),
            format!("{:.2}", self.cpu_s_per_1000),
            if peak.is_empty() { "-".to_owned() } else { peak.join(", ") },
            self.limit_per_second.map_or("-".to_owned(), |limit| format!("{limit:.0}")),
            self.ratio.map_or("-".to_owned(), |ratio| format!("{:.0} %", ratio * 100.0)),
        ]
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let cells = self.cells();
        write!(
            f,
            "{}: {}/s, p50 {} ms, p99 {} ms, {} CPU s/1000, limit {}/s, {} of it",
            cells[0], cells[2], cells[3], cells[4], cells[5], cells[7], cells[8]
        )?;
        self.notes.iter().try_for_each(|note| write!(f, "\n  {note}"))
    }
}

/// On what the figures were measured.
#[derive(Clone, Debug, Serialize)]
pub struct Machine {
    cores: usize,
    /// Processes that wanted to run in the minute before: what else the machine had to do.
    load_before: f64,
    seed: u64,
    quick: bool,
    /// A debug build says nothing about speed.
    optimized: bool,
}

impl Machine {
    /// Looks at the machine as it is now.
    pub fn look(seed: u64, quick: bool) -> Result<Self> {
        let load = std::fs::read_to_string("/proc/loadavg").context("reading the machine's load")?;
        let load_before = load.split(' ').next().and_then(|load| load.parse().ok()).unwrap_or(0.0);
        let cores = thread::available_parallelism().map_or(1, usize::from);
        Ok(Self { cores, load_before, seed, quick, optimized: !cfg!(debug_assertions) })
    }
}

impl fmt::Display for Machine {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { cores, load_before, seed, .. } = self;
        write!(f, "{cores} cores, a load of {load_before} before the run, seed {seed}")?;
        if !self.optimized {
            f.write_str("; this is a debug build, whose figures mean nothing")?;
        }
        Ok(())
    }
}

/// All figures of a run.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// On what.
    pub machine: Machine,
    /// In the order they were measured.
    pub figures: Vec<Figure>,
}

const HEADS: [&str; 9] =
    ["measurement", "count", "per s", "p50 ms", "p99 ms", "CPU s/1000", "peak MiB", "limit per s", "of limit"];

impl Report {
    /// As Markdown, which a terminal shows in columns all the same.
    pub fn table(&self) -> String {
        let mut rows = vec![HEADS.map(str::to_owned).to_vec()];
        rows.extend(self.figures.iter().map(Figure::cells));
        let width = |column: usize| rows.iter().map(|row| row[column].chars().count()).max().unwrap_or(0);
        let widths: Vec<usize> = (0..HEADS.len()).map(width).collect();
        let line = |row: &Vec<String>| {
            let cells = row.iter().zip(&widths).enumerate();
            let cells: Vec<String> = cells
                .map(
                    |(column, (cell, width))| {
                        if column == 0 { format!("{cell:<width$}") } else { format!("{cell:>width$}") }
                    },
                )
                .collect();
            format!("| {} |", cells.join(" | "))
        };
        let mut lines: Vec<String> = rows.iter().map(line).collect();
        let rule = |(column, width): (usize, &usize)| {
            format!("{}{}", "-".repeat(width + 1), if column == 0 { "-" } else { ":" })
        };
        lines.insert(1, format!("|{}|", widths.iter().enumerate().map(rule).collect::<Vec<_>>().join("|")));
        lines.join("\n")
    }

    /// As JSON.
    pub fn json(&self) -> Result<String> {
        serde_json::to_string_pretty(self).context("writing the figures")
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::engine;

    /// A figure of a ratio, for tests.
    pub fn figure(what: What, kilobytes: u32, ratio: f64) -> Figure {
        let engine = &engine::asked(None, false).unwrap()[0];
        Figure::new(what, engine, kilobytes, 8, 500).against(ratio * 1_000.0, 1_000.0)
    }

    fn report() -> Report {
        let machine = Machine { cores: 2, load_before: 0.5, seed: 1, quick: true, optimized: true };
        let used = BTreeMap::from([("pos", Used { cpu_s: 9.0, resident_mib: 1.0, peak_mib: 40.4 })]);
        Report {
            machine,
            figures: vec![figure(What::Intake, 50, 0.7).used(1.0, &used), figure(What::Delivery, 200, 0.5)],
        }
    }

    #[test]
    fn the_table_has_a_line_per_figure_and_columns_that_stand_below_each_other() {
        let table = report().table();
        let lines: Vec<&str> = table.lines().collect();
        assert_eq!(lines.len(), 4);
        assert!(lines.iter().all(|line| line.chars().count() == lines[0].chars().count()), "{table}");
        assert!(lines[2].contains("intake/sqlite/50KB/8") && lines[2].contains("70 %"), "{table}");
        assert!(lines[2].contains("2.00") && lines[2].contains("pos 40"), "1 s for 500 is 2 s for 1,000: {table}");
    }

    #[test]
    fn the_json_has_every_figure_by_its_own_name() {
        let json: serde_json::Value = serde_json::from_str(&report().json().unwrap()).unwrap();
        assert_eq!(json["machine"]["cores"], 2);
        assert_eq!(json["figures"][1]["what"], "delivery");
        assert_eq!(json["figures"][1]["ratio"], 0.5);
        assert_eq!(json["figures"][0]["p99_ms"], 0.0);
    }
}
