//! The report of an import: every row that made no line and every ticket that could not go in, as a CSV that a
//! spreadsheet opens safely, and the counts that add up to the rows of the file.

use super::rows::{LeftOut, Sheet, Why};
use anyhow::{Context, Result};
use std::path::Path;

/// A ticket that was read but could not go in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Conflict {
    /// As the file names it.
    pub ticket: String,
    /// Why, with the two sides.
    pub reason: String,
}

/// The rows of a file by what became of them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Data rows in the file.
    pub rows: usize,
    /// Lines of checks.
    pub sold: usize,
    /// Left out by a rule of the mapping.
    pub skipped: usize,
    /// Unreadable.
    pub bad: usize,
    /// Waiting for another row of their ticket to be mended.
    pub held_back: usize,
}

impl Counts {
    /// Counts a sheet.
    pub fn of(sheet: &Sheet) -> Self {
        let count = |wanted: fn(&Why) -> bool| sheet.left_out.iter().filter(|left| wanted(&left.why)).count();
        Self {
            rows: sheet.rows,
            sold: sheet.tickets.iter().map(|ticket| ticket.lines.len()).sum(),
            skipped: count(|why| matches!(why, Why::Skipped(_))),
            bad: count(|why| matches!(why, Why::Bad(_))),
            held_back: count(|why| matches!(why, Why::HeldBack(_))),
        }
    }

    /// Whether every row is accounted for.
    pub fn add_up(self) -> bool {
        self.rows == self.sold + self.skipped + self.bad + self.held_back
    }
}

/// Writes the report. An empty one has its header only, so that "nothing was left out" is on record too.
pub fn write(path: &Path, left_out: &[LeftOut], conflicts: &[Conflict]) -> Result<()> {
    let mut csv =
        csv::Writer::from_path(path).with_context(|| format!("cannot write the report {}", path.display()))?;
    csv.write_record(["line", "ticket", "what", "reason"])?;
    for left in left_out {
        let (what, reason) = match &left.why {
            Why::Skipped(reason) => ("skipped", reason.clone()),
            Why::Bad(reason) => ("bad", reason.clone()),
            Why::HeldBack(line) => ("held back", format!("line {line} of the same ticket is bad")),
        };
        csv.write_record([left.line.to_string(), harmless(&left.ticket), what.to_owned(), harmless(&reason)])?;
    }
    for conflict in conflicts {
        csv.write_record(["", &harmless(&conflict.ticket), "conflict", &harmless(&conflict.reason)])?;
    }
    csv.flush()?;
    Ok(())
}

/// A cell that a spreadsheet won't run as a formula.
fn harmless(cell: &str) -> String {
    if cell.starts_with(['=', '+', '-', '@', '\t', '\r']) { format!("'{cell}") } else { cell.to_owned() }
}
