//! A table on its way out: cells, rows, and the bytes of the file.
//!
//! Made for people: a text that begins with `= + - @`, tab or CR gets an apostrophe in front, so that a spreadsheet
//! shows it and does not run it; numbers stay numbers. [`Sheet::for_machines`] writes text exactly as it is. In a
//! workbook no apostrophe is needed: a cell of text is never a formula there. [`unguarded`] takes the guard off again.

use crate::cp932;
use crate::download::{DownloadError, Format, ROWS_MAX};
use crate::workbook;

/// One cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Cell {
    /// Text, codes included.
    Text(String),
    /// A whole number.
    Number(i64),
    /// A number that is written already, like `12.5`; digits, one point and a leading minus only, text otherwise.
    Decimal(String),
    /// Nothing.
    Blank,
}

impl From<&str> for Cell {
    fn from(text: &str) -> Self {
        Self::Text(text.to_owned())
    }
}

impl From<String> for Cell {
    fn from(text: String) -> Self {
        Self::Text(text)
    }
}

impl From<i64> for Cell {
    fn from(number: i64) -> Self {
        Self::Number(number)
    }
}

impl<T: Into<Cell>> From<Option<T>> for Cell {
    fn from(cell: Option<T>) -> Self {
        cell.map_or(Self::Blank, Into::into)
    }
}

/// A table to be downloaded.
#[derive(Clone, Debug)]
pub struct Sheet {
    pub(crate) subject: String,
    pub(crate) content: String,
    head: Vec<String>,
    rows: Vec<Vec<Cell>>,
    guarded: bool,
}

impl Sheet {
    /// `subject` and `content` name the file (`{対象}_{内容}`); `head` is the first line.
    pub fn new(subject: impl Into<String>, content: impl Into<String>, head: &[&str]) -> Self {
        let head = head.iter().map(|name| (*name).to_owned()).collect();
        Self { subject: subject.into(), content: content.into(), head, rows: Vec::new(), guarded: true }
    }

    /// Writes text exactly as it is: for files that a program reads.
    #[must_use]
    pub fn for_machines(mut self) -> Self {
        self.guarded = false;
        self
    }

    /// Adds a row.
    pub fn row(&mut self, cells: impl IntoIterator<Item = Cell>) {
        self.rows.push(cells.into_iter().collect());
    }

    /// How many rows, the heading not counted.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Only a heading?
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The file's content.
    pub fn bytes(&self, format: Format) -> Result<Vec<u8>, DownloadError> {
        if self.rows.len() > ROWS_MAX {
            return Err(DownloadError::TooManyRows);
        }
        match format {
            Format::Csv => Ok(["\u{FEFF}".as_bytes(), &self.csv()].concat()),
            Format::CsvShiftJis => self.shift_jis(),
            Format::Xlsx => workbook::write(&self.content, &self.head, &self.rows),
        }
    }

    fn csv(&self) -> Vec<u8> {
        let mut writer = csv::WriterBuilder::new()
            .terminator(csv::Terminator::CRLF)
            .flexible(true)
            .from_writer(Vec::with_capacity(self.rows.len() * 64));
        // Writing into memory can't fail, and rows of any length are allowed.
        let _ = writer.write_record(&self.head);
        for row in &self.rows {
            let _ = writer.write_record(row.iter().map(|cell| self.written(cell)));
        }
        writer.into_inner().unwrap_or_default()
    }

    fn shift_jis(&self) -> Result<Vec<u8>, DownloadError> {
        let utf8 = String::from_utf8(self.csv()).unwrap_or_default();
        cp932::encode(&utf8).map_err(|character| self.locate(character))
    }

    /// The first cell with the character: only looked for when encoding failed.
    fn locate(&self, character: char) -> DownloadError {
        let found = |text: &str| text.contains(character);
        let in_head = self.head.iter().position(|name| found(name)).map(|column| (1, column));
        let in_rows = || {
            let place = |(line, row): (usize, &Vec<Cell>)| {
                let column = row.iter().position(|cell| found(&self.written(cell)))?;
                Some((line + 2, column))
            };
            self.rows.iter().enumerate().find_map(place)
        };
        let (line, column) = in_head.or_else(in_rows).unwrap_or_default();
        DownloadError::NotInShiftJis { character, line, column: self.head.get(column).cloned().unwrap_or_default() }
    }

    fn written(&self, cell: &Cell) -> String {
        match cell {
            Cell::Number(number) => number.to_string(),
            Cell::Decimal(number) if is_decimal(number) => number.clone(),
            Cell::Text(text) | Cell::Decimal(text) if self.guarded => harmless(text),
            Cell::Text(text) | Cell::Decimal(text) => text.clone(),
            Cell::Blank => String::new(),
        }
    }
}

/// A text no spreadsheet takes for a formula. Full-width signs count: some programs narrow them first. What looks
/// guarded already is guarded once more, so that [`unguarded`] gives back every text as it was.
pub fn harmless(text: &str) -> String {
    if runs(text.trim_start_matches('\'')) { format!("'{text}") } else { text.to_owned() }
}

/// The text that [`harmless`] was given.
pub fn unguarded(text: &str) -> &str {
    text.strip_prefix('\'').filter(|rest| runs(rest.trim_start_matches('\''))).unwrap_or(text)
}

/// Would a spreadsheet take it for a formula?
fn runs(text: &str) -> bool {
    matches!(text.chars().next(), Some('=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠'))
}

pub(crate) fn is_decimal(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    digits.split_once('.').map_or_else(|| plain(digits), |(whole, part)| plain(whole) && plain(part))
}
