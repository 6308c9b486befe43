//! The text of a statement: one for both engines wherever they allow it, two side by side where they don't.

use crate::Engine;

/// A statement for both engines. A plain `&'static str` becomes one that both understand.
///
/// Parameters are written `$1`, `$2`, … on both. Bulk rows go in as one JSON array:
///
/// ```
/// # use db::Sql;
/// const INSERT_MANY: Sql = Sql {
///     sqlite: "INSERT INTO jars (label, grams)
///              SELECT value ->> 'label', value ->> 'grams' FROM json_each($1)",
///     postgres: "INSERT INTO jars (label, grams)
///                SELECT value ->> 'label', CAST(value ->> 'grams' AS BIGINT)
///                FROM jsonb_array_elements(CAST($1 AS JSONB))",
/// };
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sql {
    /// What SQLite runs.
    pub sqlite: &'static str,
    /// What PostgreSQL runs.
    pub postgres: &'static str,
}

impl Sql {
    /// The text that `engine` runs.
    pub fn on(self, engine: Engine) -> &'static str {
        match engine {
            Engine::Sqlite => self.sqlite,
            Engine::Postgres => self.postgres,
        }
    }
}

impl From<&'static str> for Sql {
    fn from(both: &'static str) -> Self {
        Self { sqlite: both, postgres: both }
    }
}

/// The highest `$n` that a statement asks for, text in quotes left out.
///
/// SQLite takes a missing argument for NULL and ignores one too many; PostgreSQL refuses both. Counting here makes the
/// engines agree.
pub(crate) fn arguments_asked(sql: &str) -> usize {
    let mut highest = 0;
    let mut quoted = false;
    let mut bytes = sql.bytes().peekable();
    while let Some(byte) = bytes.next() {
        match byte {
            b'\'' => quoted = !quoted,
            b'$' if !quoted => {
                let mut number = 0_usize;
                while let Some(digit) = bytes.next_if(u8::is_ascii_digit) {
                    number = number.saturating_mul(10).saturating_add(usize::from(digit - b'0'));
                }
                highest = highest.max(number);
            }
            _ => {}
        }
    }
    highest
}

#[cfg(test)]
mod tests {
    use super::arguments_asked;

    #[test]
    fn counts_parameters_and_leaves_quoted_text_alone() {
        assert_eq!(arguments_asked("SELECT 1"), 0);
        assert_eq!(arguments_asked("SELECT $2, $1, $2"), 2);
        assert_eq!(arguments_asked("SELECT '$9', $1, json_extract($2, '$.a')"), 2);
        assert_eq!(arguments_asked("SELECT 'it''s $7', $12"), 12);
    }
}
