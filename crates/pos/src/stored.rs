//! Rows are parsed, too: a column becomes the type it stands for, or an error that names it.

use std::fmt::Display;
use std::str::FromStr;

use db::Row;
use jiff::Timestamp;
use serde::de::DeserializeOwned;

use crate::PosError;

/// Reading typed values out of a row.
pub trait Stored {
    /// A text column as the type it stands for.
    fn parse<T: FromStr<Err: Display>>(&self, column: &str) -> Result<T, PosError>;
    /// The same for a column that may be empty.
    fn opt_parse<T: FromStr<Err: Display>>(&self, column: &str) -> Result<Option<T>, PosError>;
    /// An instant stored as epoch milliseconds.
    fn at(&self, column: &str) -> Result<Timestamp, PosError>;
    /// The same for a column that may be empty.
    fn opt_at(&self, column: &str) -> Result<Option<Timestamp>, PosError>;
    /// A number that is never negative and small.
    fn small(&self, column: &str) -> Result<u32, PosError>;
    /// A word that serde writes (`snake_case` enums).
    fn word<T: DeserializeOwned>(&self, column: &str) -> Result<T, PosError>;
    /// A JSON document.
    fn json<T: DeserializeOwned>(&self, column: &str) -> Result<T, PosError>;
}

/// What is wrong with a stored value.
pub fn unreadable(what: &str, why: impl Display) -> PosError {
    PosError::Stored { what: what.to_owned(), why: why.to_string() }
}

/// The word serde writes for a plain enum, as it is stored.
pub fn word_of<T: serde::Serialize>(value: T) -> String {
    match serde_json::to_value(value) {
        Ok(serde_json::Value::String(word)) => word,
        _ => String::new(),
    }
}

fn instant(column: &str, ms: i64) -> Result<Timestamp, PosError> {
    Timestamp::from_millisecond(ms).map_err(|error| unreadable(column, error))
}

impl Stored for Row {
    fn parse<T: FromStr<Err: Display>>(&self, column: &str) -> Result<T, PosError> {
        self.text(column)?.parse().map_err(|error| unreadable(column, error))
    }

    fn opt_parse<T: FromStr<Err: Display>>(&self, column: &str) -> Result<Option<T>, PosError> {
        self.opt_text(column)?.map(|text| text.parse().map_err(|error| unreadable(column, error))).transpose()
    }

    fn at(&self, column: &str) -> Result<Timestamp, PosError> {
        instant(column, self.int(column)?)
    }

    fn opt_at(&self, column: &str) -> Result<Option<Timestamp>, PosError> {
        self.opt_int(column)?.map(|ms| instant(column, ms)).transpose()
    }

    fn small(&self, column: &str) -> Result<u32, PosError> {
        u32::try_from(self.int(column)?).map_err(|error| unreadable(column, error))
    }

    fn word<T: DeserializeOwned>(&self, column: &str) -> Result<T, PosError> {
        let word = serde_json::Value::String(self.text(column)?);
        serde_json::from_value(word).map_err(|error| unreadable(column, error))
    }

    fn json<T: DeserializeOwned>(&self, column: &str) -> Result<T, PosError> {
        serde_json::from_str(&self.text(column)?).map_err(|error| unreadable(column, error))
    }
}
