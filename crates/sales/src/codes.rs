//! Codes are text, and each has one door: its `FromStr`. Full-width digits and surrounding spaces are
//! normalised there (NFKC), nowhere else; a 20-digit code never becomes a number.

use serde::{Deserialize, Serialize};
use std::{fmt, str::FromStr};
use unicode_normalization::UnicodeNormalization;

/// Why a text is not the code it should be. The message names the rule and the way out.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum CodeError {
    /// 企業コード
    #[error("企業コードは半角の数字1〜10桁で入力してください（いま「{0}」です）")]
    Company(String),
    /// FLARO店舗コード, wrong length
    #[error("数字10桁以内で入力してください（いま{0}桁です）")]
    FlaroStoreTooLong(usize),
    /// FLARO店舗コード, empty
    #[error("FLARO店舗コードを入力してください")]
    FlaroStoreEmpty,
    /// FLARO店舗コード, not digits
    #[error("FLARO店舗コードは数字だけで入力してください（「{0}」は使えません）")]
    FlaroStoreNotDigits(char),
    /// 取込コード
    #[error("取込コードは数字20桁です（いま「{0}」です）")]
    ImportShape(String),
    /// 取込コード ruined by a spreadsheet
    #[error("取込コード「{0}」は末尾が00000です。表計算ソフトで桁が失われています。元のCSVを開き直してください")]
    ImportRuined(String),
    /// 自社コード
    #[error("自社コードは20文字以内で入力してください（いま{0}文字です）")]
    OwnTooLong(usize),
    /// 自社コード with characters no code has
    #[error("自社コードに使えない文字（制御文字・空白）があります")]
    OwnCharacters,
    /// 登録番号
    #[error("登録番号はTと数字13桁で入力してください（いま「{0}」です）")]
    Registration(String),
}

fn normal(text: String) -> String {
    // What is plain already, as nearly every code that another program sends, is its own NFKC.
    if text.is_ascii() && text.trim().len() == text.len() {
        return text;
    }
    text.nfkc().collect::<String>().trim().to_owned()
}

fn digits(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_digit())
}

macro_rules! code {
    ($(#[$doc:meta])* $name:ident, $pattern:literal, $parse:expr) => {
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[cfg_attr(feature = "schema", derive(schemars::JsonSchema))]
        #[cfg_attr(feature = "schema", schemars(extend("pattern" = $pattern)))]
        #[serde(try_from = "String", into = "String")]
        pub struct $name(String);

        impl $name {
            /// The code as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = CodeError;
            fn from_str(text: &str) -> Result<Self, CodeError> {
                text.to_owned().try_into()
            }
        }

        impl TryFrom<String> for $name {
            type Error = CodeError;
            fn try_from(text: String) -> Result<Self, CodeError> {
                let parse: fn(String) -> Result<String, CodeError> = $parse;
                parse(normal(text)).map(Self)
            }
        }

        impl From<$name> for String {
            fn from(code: $name) -> Self {
                code.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

code!(
    /// 企業コード: the tenant, as both sides write it. 1 to 10 digits; leading zeros are significant.
    CompanyCode,
    "^[0-9]{1,10}$",
    |text| if (1..=10).contains(&text.len()) && digits(&text) { Ok(text) } else { Err(CodeError::Company(text)) }
);

code!(
    /// FLARO店舗コード (FLARO's 自社コード): 1 to 10 digits; leading zeros are significant.
    FlaroStoreCode,
    "^[0-9]{1,10}$",
    |text| {
        if text.is_empty() {
            return Err(CodeError::FlaroStoreEmpty);
        }
        if let Some(other) = text.chars().find(|c| !c.is_ascii_digit()) {
            return Err(CodeError::FlaroStoreNotDigits(other));
        }
        if text.len() > 10 { Err(CodeError::FlaroStoreTooLong(text.len())) } else { Ok(text) }
    }
);

code!(
    /// 取込コード: 20 digits, issued by the POS, never reused, never ending in 00000 (what a spreadsheet leaves
    /// of a 20-digit number, so that such a ruin can be told from a code).
    ImportCode,
    "^[0-9]{20}$",
    |text| {
        if text.len() != 20 || !digits(&text) {
            Err(CodeError::ImportShape(text))
        } else if text.ends_with("00000") {
            Err(CodeError::ImportRuined(text))
        } else {
            Ok(text)
        }
    }
);

code!(
    /// 自社商品コード, 自社親/子カテゴリコード: the chain's own code, 1 to 20 characters.
    OwnCode,
    "^\\S{1,20}$",
    |text| {
        let length = text.chars().count();
        if length == 0 || length > 20 {
            Err(CodeError::OwnTooLong(length))
        } else if text.chars().any(|c| c.is_control() || c.is_whitespace()) {
            Err(CodeError::OwnCharacters)
        } else {
            Ok(text)
        }
    }
);

code!(
    /// 登録番号 of a qualified invoice issuer: T and 13 digits.
    RegistrationNumber,
    "^T[0-9]{13}$",
    |text| {
        let rest = text.strip_prefix('T').unwrap_or("");
        if rest.len() == 13 && digits(rest) { Ok(text) } else { Err(CodeError::Registration(text)) }
    }
);

impl ImportCode {
    /// Issues the code number `sequence` of a `series` (for a payment method: its 支払種目).
    /// Sequences that would end in 00000 are skipped by the caller asking for the next one.
    pub fn issue(series: u8, sequence: u64) -> Result<Self, CodeError> {
        format!("{series}{sequence:019}").parse()
    }
}
