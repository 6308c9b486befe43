//! マッピング情報: the codes a chain carries from the POS to FLARO, as rows of three tables.
//!
//! A row has one door, [`Row::parse`], whether its cells come from a CSV or a spreadsheet. What a spreadsheet has
//! ruined is refused by line number; nothing is repaired by guessing. The written form is in `mapping::csv`.

mod csv;
mod tables;

pub use csv::{Encoding, WriteError, read, write};
pub use tables::{DiscountRow, MediumRow, PaymentRow};

use sales::{CodeError, ImportCode};
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

/// A row that can't be taken in: where, and why.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{line}行目: {reason}")]
pub struct LineError {
    /// From 1; the header is line 1.
    pub line: u64,
    /// Why.
    pub reason: Reason,
}

/// Why a row can't be taken in. The message names the rule and the way out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// Neither UTF-8 nor Shift_JIS.
    #[error("文字コードがUTF-8でもShift_JISでもありません。CSVをどちらかで保存し直してください")]
    Encoding,
    /// Another header.
    #[error("見出しが「{expected}」ではありません（いま「{found}」です）")]
    Header {
        /// What it must be.
        expected: String,
        /// What it is.
        found: String,
    },
    /// Another number of columns.
    #[error("列が{expected}個ではありません（いま{found}個です）")]
    Columns {
        /// As the header.
        expected: usize,
        /// In this row.
        found: usize,
    },
    /// No such 支払種目.
    #[error("支払種目は0〜5または9で入力してください（いま「{0}」です）")]
    Kind(String),
    /// No such 値引区分.
    #[error("値引区分は「値引」か「割引」で入力してください（いま「{0}」です）")]
    DiscountKind(String),
    /// No name.
    #[error("名称が空です")]
    Name,
    /// `1E+19`
    #[error("取込コード「{0}」は指数表記です。表計算ソフトで桁が失われています。元のCSVを開き直してください")]
    Exponent(String),
    /// A leading zero (or more) went missing.
    #[error("取込コード「{0}」は20桁に足りません。表計算ソフトで先頭の0が失われています。元のCSVを開き直してください")]
    LostDigits(String),
    /// Ends in 00000, or is none at all.
    #[error(transparent)]
    Code(#[from] CodeError),
    /// A payment method whose code is of another 支払種目.
    #[error("取込コード「{code}」の先頭は支払種目「{kind}」ではありません")]
    FirstDigit {
        /// 取込コード
        code: ImportCode,
        /// 支払種目
        kind: u8,
    },
    /// The same code twice.
    #[error("取込コード「{code}」は{first}行目と重複しています")]
    Duplicate {
        /// 取込コード
        code: ImportCode,
        /// Where it was first.
        first: u64,
    },
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
