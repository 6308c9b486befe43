//! Why a table is not taken in: of every row that can't be, its line and what is wrong with it.

use sales::{CodeError, ImportCode};

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
