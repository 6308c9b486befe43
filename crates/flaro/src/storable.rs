//! What comes from outside, made fit for a column: PostgreSQL takes no NUL, and a name has an end.

use jiff::{Timestamp, civil::Date};
use std::str::FromStr;

use crate::FlaroError;

const CHARACTERS_MAX: usize = 400;

/// A text that came in an event, as it is kept beside the event's own bytes (which stay exactly as they were).
pub(crate) fn text(text: &str) -> String {
    text.chars().take(CHARACTERS_MAX).map(|c| if c == '\0' { '\u{FFFD}' } else { c }).collect()
}

/// An instant out of a column.
pub(crate) fn instant(milliseconds: i64) -> Result<Timestamp, FlaroError> {
    Timestamp::from_millisecond(milliseconds).map_err(|why| FlaroError::stored("an instant", why))
}

/// A business date out of a column.
pub(crate) fn date(text: &str) -> Result<Date, FlaroError> {
    parsed("a business date", text)
}

/// Anything else out of a text column.
pub(crate) fn parsed<T: FromStr<Err: ToString>>(what: &'static str, text: &str) -> Result<T, FlaroError> {
    text.parse().map_err(|why: T::Err| FlaroError::stored(what, format!("\"{text}\": {}", why.to_string())))
}
