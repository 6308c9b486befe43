//! The rows of a file as text, each with the line it stands on, and its columns by their headings.
//!
//! Bounded in rows, columns and text before anything is kept. What a spreadsheet has ruined (`1E+19`, a number with
//! more digits than a spreadsheet computes with) is still shown as it stands, but [`Row::whole`] refuses it by line.

use unicode_normalization::UnicodeNormalization;

use super::{Fault, Faults, text, workbook};
use crate::text::typed;

/// The most rows of a file, the heading not counted.
pub const ROWS_MAX: usize = 20_000;
/// The most columns.
const COLUMNS_MAX: usize = 200;
/// The most characters of a cell.
const CELL_CHARACTERS_MAX: usize = 2_000;
/// The most text of a file, once it is unpacked.
const TEXT_BYTES_MAX: usize = 32 << 20;

/// A file's rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grid {
    head: Line,
    lines: Vec<Line>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Line {
    number: u64,
    cells: Vec<Cell>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Cell {
    pub text: String,
    /// Digits were lost before the file got here.
    pub ruined: bool,
}

/// A column that a file may have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Column {
    name: &'static str,
    needed: bool,
}

impl Column {
    /// A column without which the file says nothing.
    pub const fn needed(name: &'static str) -> Self {
        Self { name, needed: true }
    }

    /// A column that may be left out.
    pub const fn optional(name: &'static str) -> Self {
        Self { name, needed: false }
    }
}

/// A grid whose columns have been found.
#[derive(Clone, Debug)]
pub struct Table<'a> {
    lines: &'a [Line],
    places: Vec<(&'static str, usize)>,
}

/// One row of a [`Table`].
#[derive(Clone, Copy, Debug)]
pub struct Row<'a> {
    line: &'a Line,
    places: &'a [(&'static str, usize)],
}

impl Grid {
    /// Reads a file: XLSX, or CSV in UTF-8, UTF-16 or Shift_JIS.
    pub fn read(bytes: &[u8]) -> Result<Self, Fault> {
        let rows = if bytes.starts_with(b"PK\x03\x04") { workbook::rows(bytes)? } else { text::rows(bytes)? };
        let mut lines = rows.0.into_iter();
        let head =
            lines.next().ok_or_else(|| Fault::file("表が空です。1行目に見出し、2行目から内容を入れてください。"))?;
        Ok(Self { head, lines: lines.collect() })
    }

    /// How many rows, the heading not counted.
    pub fn len(&self) -> usize {
        self.lines.len()
    }

    /// Only a heading?
    pub fn is_empty(&self) -> bool {
        self.lines.is_empty()
    }

    /// Every line as text with its number, the heading first.
    pub fn lines(&self) -> impl Iterator<Item = (u64, Vec<String>)> {
        let texts = |line: &Line| (line.number, line.cells.iter().map(|cell| cell.text.clone()).collect());
        std::iter::once(&self.head).chain(&self.lines).map(texts)
    }

    /// Finds the columns by their headings, in any order. Width and spaces of a heading don't matter.
    pub fn columns(&self, known: &[Column]) -> Result<Table<'_>, Faults> {
        let headings: Vec<String> = self.head.cells.iter().map(|cell| plain(&cell.text)).collect();
        let place = |column: &Column| headings.iter().position(|heading| *heading == plain(column.name));
        let faults: Faults = self
            .missing(known, place)
            .into_iter()
            .chain(self.strange(known, &headings))
            .chain(self.beyond(&headings))
            .collect();
        if !faults.is_empty() {
            return Err(faults);
        }
        let places = known.iter().filter_map(|column| Some((column.name, place(column)?))).collect();
        Ok(Table { lines: &self.lines, places })
    }

    fn missing(&self, known: &[Column], place: impl Fn(&Column) -> Option<usize>) -> Vec<Fault> {
        let missing = known.iter().filter(|column| column.needed && place(column).is_none());
        let says = |column: &Column| {
            Fault::cell(self.head.number, column.name, format!("見出し「{}」の列を入れてください", column.name))
        };
        missing.map(says).collect()
    }

    /// Headings that nobody knows, or that come twice.
    fn strange(&self, known: &[Column], headings: &[String]) -> Vec<Fault> {
        let names = known.iter().map(|column| column.name).collect::<Vec<_>>().join("、");
        let judge = |(at, heading): (usize, &String)| {
            let shown = self.head.cells[at].text.trim();
            if heading.is_empty() {
                None
            } else if headings[..at].contains(heading) {
                Some(format!("見出し「{shown}」が2つあります。1つにしてください"))
            } else if known.iter().any(|column| plain(column.name) == *heading) {
                None
            } else {
                Some(format!(
                    "見出し「{shown}」は使えません。列を消すか、見出しを直してください（使える見出し: {names}）"
                ))
            }
            .map(|message| Fault::cell(self.head.number, shown, message))
        };
        headings.iter().enumerate().filter_map(judge).collect()
    }

    /// Lines with something outside the columns that have a heading.
    fn beyond<'a>(&'a self, headings: &'a [String]) -> impl Iterator<Item = Fault> + 'a {
        let outside = |at: usize| headings.get(at).is_none_or(String::is_empty);
        let stray = move |line: &&Line| {
            line.cells.iter().enumerate().any(|(at, cell)| outside(at) && !cell.text.trim().is_empty())
        };
        let says = |line: &Line| {
            Fault::line(line.number, "見出しのない列に内容があります。列がずれていないか確かめてください")
        };
        self.lines.iter().filter(stray).map(says)
    }
}

impl<'a> Table<'a> {
    /// Its rows.
    pub fn rows(&'a self) -> impl Iterator<Item = Row<'a>> {
        self.lines.iter().map(|line| Row { line, places: &self.places })
    }

    /// Does the file have this column?
    pub fn has(&self, column: &str) -> bool {
        self.places.iter().any(|(name, _)| *name == column)
    }
}

impl<'a> Row<'a> {
    /// The line it stands on.
    pub fn number(&self) -> u64 {
        self.line.number
    }

    /// A cell as it is shown, trimmed; empty where there is none.
    pub fn get(&self, column: &str) -> &'a str {
        self.cell(column).map_or("", |cell| cell.text.trim())
    }

    /// A cell that must have kept every digit, as a code must.
    pub fn whole(&self, column: &str) -> Result<&'a str, Fault> {
        if !self.cell(column).is_some_and(|cell| cell.ruined) {
            return Ok(self.get(column));
        }
        let shown = self.get(column);
        Err(self.fault(
            column,
            format!("表計算ソフトで桁が失われています（いま「{shown}」）。列の書式を「文字列」にして、元の値を入れ直してください"),
        ))
    }

    /// Something wrong with a cell of this row.
    pub fn fault(&self, column: &str, message: impl Into<String>) -> Fault {
        Fault::cell(self.line.number, column, message)
    }

    fn cell(&self, column: &str) -> Option<&'a Cell> {
        let (_, at) = self.places.iter().find(|(name, _)| *name == column)?;
        self.line.cells.get(*at)
    }
}

/// A heading without its width and its spaces.
fn plain(heading: &str) -> String {
    heading.nfkc().filter(|c| !c.is_whitespace()).collect()
}

/// The lines read so far, bounded.
#[derive(Debug, Default)]
pub(super) struct Lines(Vec<Line>, usize);

impl Lines {
    /// One more line; an empty one counts for nothing.
    pub fn push(&mut self, number: u64, cells: Vec<Cell>) -> Result<(), Fault> {
        if cells.iter().all(|cell| cell.text.trim().is_empty()) {
            return Ok(());
        }
        if self.0.len() > ROWS_MAX {
            return Err(Fault::file(format!("{ROWS_MAX}行までです。ファイルを分けてください。")));
        }
        if cells.len() > COLUMNS_MAX {
            return Err(Fault::line(number, format!("{COLUMNS_MAX}列までです。余分な列を消してください。")));
        }
        self.1 += cells.iter().map(|cell| cell.text.len()).sum::<usize>();
        if self.1 > TEXT_BYTES_MAX {
            return Err(Fault::file("内容が多すぎます。ファイルを分けてください。"));
        }
        self.0.push(Line { number, cells });
        Ok(())
    }
}

impl Cell {
    /// A cell of text, unless it is longer than any we take.
    pub fn of(text: &str, number: u64) -> Result<Self, Fault> {
        if text.len() > CELL_CHARACTERS_MAX && text.chars().count() > CELL_CHARACTERS_MAX {
            return Err(Fault::line(
                number,
                format!("{CELL_CHARACTERS_MAX}文字を超えるセルがあります。短くしてください。"),
            ));
        }
        Ok(Self { text: typed(text), ruined: is_exponent(text.trim()) })
    }
}

/// `1E+19`, as spreadsheets write what they could not hold. A product may well be called `1E5`.
fn is_exponent(text: &str) -> bool {
    let plain: String = text.nfkc().collect();
    let Some((digits, power)) = plain.split_once(['E', 'e']) else { return false };
    let all = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    let whole = digits.trim_start_matches(['+', '-']);
    let (before, after) = whole.split_once('.').unwrap_or((whole, "0"));
    all(before) && all(after) && power.strip_prefix(['+', '-']).is_some_and(|power| power.len() > 1 && all(power))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_a_spreadsheet_writes_is_an_exponent() {
        for ruined in ["1E+19", "1.23457E+19", "-1e-05", "１Ｅ＋１９"] {
            assert!(is_exponent(ruined), "{ruined}");
        }
        for kept in ["", "1E5", "E+19", "12345", "1E+1x", "AE+19", "1.E+19"] {
            assert!(!is_exponent(kept), "{kept}");
        }
    }
}
