//! A table as a file to download: CSV as UTF-8 with BOM or as Shift_JIS, lines ended by CRLF.
//!
//! Made for people: a text that begins with `= + - @`, tab or CR gets an apostrophe in front, so that a spreadsheet
//! shows it and does not run it; numbers stay numbers. [`Sheet::for_machines`] writes text exactly as it is.
//! The name is `{対象}_{内容}_YYYYMMDDHHMM.csv`. Another format is another variant of [`Format`].

use std::fmt;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::{Timestamp, tz::TimeZone};

use crate::failure::Failure;
use crate::{cp932, format};

/// More rows than any list a person asked for; beyond it the period has to be narrowed.
pub const ROWS_MAX: usize = 200_000;

/// How a sheet is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Format {
    /// CSV, UTF-8 with BOM.
    #[default]
    Csv,
    /// CSV, Shift_JIS as Windows writes it.
    CsvShiftJis,
}

impl Format {
    /// Reads the `format` of a query: `csv` or `sjis`.
    pub fn of(asked: &str) -> Option<Self> {
        match asked {
            "csv" => Some(Self::Csv),
            "sjis" => Some(Self::CsvShiftJis),
            _ => None,
        }
    }
}

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

/// Why a file can't be made, in words for the person who asked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DownloadError {
    /// Shift_JIS has no such character.
    NotInShiftJis {
        /// The character.
        character: char,
        /// The line of the file, the heading being line 1.
        line: usize,
        /// The heading of the column.
        column: String,
    },
    /// More than [`ROWS_MAX`].
    TooManyRows,
}

impl fmt::Display for DownloadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotInShiftJis { character, line, column } => write!(
                f,
                "「{character}」（U+{:04X}）はShift_JISで表せません（{line}行目「{column}」）。UTF-8のCSVを選んでください。",
                u32::from(*character)
            ),
            Self::TooManyRows => {
                let most = format::thousands(i64::try_from(ROWS_MAX).unwrap_or(i64::MAX));
                write!(f, "{most}行を超えるため書き出せません。期間や条件を絞ってください。")
            }
        }
    }
}

impl From<DownloadError> for Failure {
    fn from(error: DownloadError) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY).says(error.to_string())
    }
}

/// A table to be downloaded.
#[derive(Clone, Debug)]
pub struct Sheet {
    subject: String,
    content: String,
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

    /// The file as an answer, named by the minute it was made in.
    pub fn download(&self, format: Format, now: Timestamp, zone: &TimeZone) -> Result<Response, DownloadError> {
        let bytes = self.bytes(format)?;
        let charset = match format {
            Format::Csv => "text/csv; charset=utf-8",
            Format::CsvShiftJis => "text/csv; charset=Shift_JIS",
        };
        let stamp = zone.to_datetime(now).strftime("%Y%m%d%H%M").to_string();
        let disposition = disposition(&self.subject, &self.content, &stamp, "csv");
        Ok(([(header::CONTENT_TYPE, HeaderValue::from_static(charset)), (header::CONTENT_DISPOSITION, disposition)], bytes)
            .into_response())
    }

    /// The file's content.
    pub fn bytes(&self, format: Format) -> Result<Vec<u8>, DownloadError> {
        if self.rows.len() > ROWS_MAX {
            return Err(DownloadError::TooManyRows);
        }
        match format {
            Format::Csv => Ok(["\u{FEFF}".as_bytes(), &self.csv()].concat()),
            Format::CsvShiftJis => self.shift_jis(),
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

/// A text no spreadsheet takes for a formula. Full-width signs count: some programs narrow them first.
pub fn harmless(text: &str) -> String {
    match text.chars().next() {
        Some('=' | '+' | '-' | '@' | '\t' | '\r' | '\n' | '＝' | '＋' | '－' | '＠') => format!("'{text}"),
        _ => text.to_owned(),
    }
}

fn is_decimal(text: &str) -> bool {
    let digits = text.strip_prefix('-').unwrap_or(text);
    let plain = |part: &str| !part.is_empty() && part.bytes().all(|b| b.is_ascii_digit());
    digits.split_once('.').map_or_else(|| plain(digits), |(whole, part)| plain(whole) && plain(part))
}

/// `attachment` with a plain name for old programs and the Japanese one for all others (RFC 5987).
pub fn disposition(subject: &str, content: &str, stamp: &str, extension: &str) -> HeaderValue {
    let name = format!("{}_{}_{stamp}.{extension}", file_safe(subject), file_safe(content));
    let encoded: String = name.bytes().map(percent).collect();
    let value = format!("attachment; filename=\"export_{stamp}.{extension}\"; filename*=UTF-8''{encoded}");
    HeaderValue::from_str(&value).unwrap_or(HeaderValue::from_static("attachment"))
}

/// Without what file systems refuse.
fn file_safe(name: &str) -> String {
    name.chars().map(|c| if c.is_control() || r#"\/:*?"<>|"#.contains(c) { '_' } else { c }).take(60).collect()
}

fn percent(byte: u8) -> String {
    if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) {
        char::from(byte).to_string()
    } else {
        format!("%{byte:02X}")
    }
}
