//! マッピング情報: the codes a chain carries from the POS to FLARO, as rows of three tables.
//!
//! A row has one door, [`Row::parse`], whether its cells come from a CSV or a spreadsheet. What a spreadsheet has
//! ruined is refused by line number; nothing is repaired by guessing. The written form is in `mapping::csv`.

mod csv;
mod reason;
mod tables;

pub use csv::{Encoding, WriteError, read, write};
pub use reason::{LineError, Reason};
pub use tables::{DiscountRow, MediumRow, PaymentRow};

use sales::ImportCode;
use std::collections::HashMap;
use unicode_normalization::UnicodeNormalization;

/// A table that is exchanged.
pub trait Row: Sized {
    /// The header, exactly.
    const HEADER: &'static [&'static str];
    /// Its cells, in the header's order.
    fn cells(&self) -> Vec<String>;
    /// Reads the cells of one row; as many as the header has.
    fn parse(cells: &[String]) -> Result<Self, Reason>;
    /// 取込コード
    fn code(&self) -> &ImportCode;
}

/// Reads the rows of a table that was taken apart already: line number and cells, the header first.
/// All rows or every error: nothing is taken in by halves.
pub fn rows<R: Row>(lines: impl IntoIterator<Item = (u64, Vec<String>)>) -> Result<Vec<R>, Vec<LineError>> {
    let mut lines = lines.into_iter();
    let header: Vec<String> =
        lines.next().map(|(_, cells)| cells.iter().map(|cell| normal(cell)).collect()).unwrap_or_default();
    if header != R::HEADER {
        let reason = Reason::Header { expected: R::HEADER.join(","), found: header.join(",") };
        return Err(vec![LineError { line: 1, reason }]);
    }
    let (mut rows, mut errors, mut seen) = (Vec::new(), Vec::new(), HashMap::new());
    for (line, cells) in lines.filter(|(_, cells)| cells.iter().any(|cell| !cell.trim().is_empty())) {
        match row::<R>(&cells).and_then(|row| first_time(row, line, &mut seen)) {
            Ok(row) => rows.push(row),
            Err(reason) => errors.push(LineError { line, reason }),
        }
    }
    if errors.is_empty() { Ok(rows) } else { Err(errors) }
}

fn row<R: Row>(cells: &[String]) -> Result<R, Reason> {
    if cells.len() == R::HEADER.len() {
        R::parse(cells)
    } else {
        Err(Reason::Columns { expected: R::HEADER.len(), found: cells.len() })
    }
}

fn first_time<R: Row>(row: R, line: u64, seen: &mut HashMap<ImportCode, u64>) -> Result<R, Reason> {
    match seen.insert(row.code().clone(), line) {
        Some(first) => Err(Reason::Duplicate { code: row.code().clone(), first }),
        None => Ok(row),
    }
}

fn normal(cell: &str) -> String {
    cell.nfkc().collect::<String>().trim().to_owned()
}
