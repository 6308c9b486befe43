//! A table as a file to download: CSV as UTF-8 with BOM or as Shift_JIS, lines ended by CRLF; or a workbook (XLSX).
//!
//! The name is `{対象}_{内容}_YYYYMMDDHHMM.csv` (or `.xlsx`). What can't be written says so in words for the person who asked.
//! Another format is another variant of [`Format`].

use std::fmt;

use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::{Timestamp, tz::TimeZone};

use crate::failure::Failure;
use crate::format;
pub use crate::sheet::{Cell, Sheet};

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
    /// A workbook whose codes stay text.
    Xlsx,
}

impl Format {
    /// What a person chooses from: the `format` of a query, and what the link says.
    pub const CHOICES: [(&str, &str); 3] = [("csv", "CSV"), ("sjis", "CSV（Shift_JIS）"), ("xlsx", "Excel")];

    /// Reads the `format` of a query: `csv`, `sjis` or `xlsx`.
    pub fn of(asked: &str) -> Option<Self> {
        match asked {
            "csv" => Some(Self::Csv),
            "sjis" => Some(Self::CsvShiftJis),
            "xlsx" => Some(Self::Xlsx),
            _ => None,
        }
    }

    /// The kind of file.
    fn media_type(self) -> &'static str {
        match self {
            Self::Csv => "text/csv; charset=utf-8",
            Self::CsvShiftJis => "text/csv; charset=Shift_JIS",
            Self::Xlsx => "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
        }
    }

    /// How the file's name ends.
    fn extension(self) -> &'static str {
        match self {
            Self::Csv | Self::CsvShiftJis => "csv",
            Self::Xlsx => "xlsx",
        }
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
    /// A cell of a workbook holds 32,767 characters.
    TooLongForExcel {
        /// The line of the file, the heading being line 1.
        line: usize,
        /// The heading of the column.
        column: String,
    },
    /// The workbook can't be made for another reason.
    Excel(String),
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
            Self::TooLongForExcel { line, column } => {
                write!(f, "{line}行目「{column}」はExcelのセルに入る32,767文字を超えています。CSVを選んでください。")
            }
            Self::Excel(cause) => write!(f, "Excelのファイルを作れませんでした（{cause}）。CSVを選んでください。"),
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

impl Sheet {
    /// The file as an answer, named by the minute it was made in.
    pub fn download(&self, format: Format, now: Timestamp, zone: &TimeZone) -> Result<Response, DownloadError> {
        let bytes = self.bytes(format)?;
        let stamp = zone.to_datetime(now).strftime("%Y%m%d%H%M").to_string();
        let headers = [
            (header::CONTENT_TYPE, HeaderValue::from_static(format.media_type())),
            (header::CONTENT_DISPOSITION, disposition(&self.subject, &self.content, &stamp, format.extension())),
        ];
        Ok((headers, bytes).into_response())
    }
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
