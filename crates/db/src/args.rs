//! What goes into a statement: text, whole numbers, bytes, and NULLs that know their type.
//!
//! The four kinds are what both engines store alike. A flag is a number 0 or 1; dates and decimals are text.

use sqlx::Arguments;
use sqlx::error::BoxDynError;
use sqlx::postgres::PgArguments;

/// Collects the arguments of one statement, in the order of `$1`, `$2`, …
///
/// ```
/// use db::args;
/// let company = String::from("c-1");
/// assert_eq!(args![company, 5_i64, Some("x"), vec![1_u8, 2], None::<i64>, true].len(), 6);
/// ```
#[macro_export]
macro_rules! args {
    ($($value:expr),* $(,)?) => { $crate::Args::from(::std::vec![$($crate::Value::from($value)),*]) };
}

/// The arguments of one statement. Made by [`args!`].
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Args(Vec<Value>);

/// One argument.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Value {
    /// NULL of a kind: PostgreSQL wants to know which.
    Null(Kind),
    /// TEXT.
    Text(String),
    /// BIGINT.
    Int(i64),
    /// BLOB or BYTEA.
    Bytes(Vec<u8>),
}

/// The kinds of value that both engines store alike.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// TEXT.
    Text,
    /// BIGINT.
    Int,
    /// BLOB or BYTEA.
    Bytes,
}

/// A Rust type that is stored as one [`Kind`]; it makes `Option` of it an argument, too.
pub trait Kinded: Into<Value> {
    /// How it is stored.
    const KIND: Kind;
}

macro_rules! stored_as {
    ($kind:ident: $($rust:ty => |$value:ident| $stored:expr),+ $(,)?) => {$(
        impl From<$rust> for Value {
            fn from($value: $rust) -> Self {
                Value::$kind($stored)
            }
        }
        impl Kinded for $rust {
            const KIND: Kind = Kind::$kind;
        }
    )+};
}

stored_as!(Text:
    String => |text| text,
    &String => |text| text.clone(),
    &str => |text| text.to_owned(),
);
stored_as!(Int:
    i64 => |number| number,
    i32 => |number| number.into(),
    u32 => |number| number.into(),
    u16 => |number| number.into(),
    u8 => |number| number.into(),
    bool => |flag| flag.into(),
);
stored_as!(Bytes:
    Vec<u8> => |bytes| bytes,
    &Vec<u8> => |bytes| bytes.clone(),
    &[u8] => |bytes| bytes.to_vec(),
);

impl<V: Kinded> From<Option<V>> for Value {
    fn from(value: Option<V>) -> Self {
        value.map_or(Value::Null(V::KIND), Into::into)
    }
}

impl From<Vec<Value>> for Args {
    fn from(values: Vec<Value>) -> Self {
        Self(values)
    }
}

impl Args {
    /// How many there are.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// The position (from 1) of a text with a NUL character in it: SQLite would store it, PostgreSQL can't.
    pub(crate) fn text_with_nul(&self) -> Option<usize> {
        self.0.iter().position(|value| matches!(value, Value::Text(text) if text.contains('\0'))).map(|index| index + 1)
    }

    pub(crate) fn into_values(self) -> Vec<Value> {
        self.0
    }

    pub(crate) fn for_postgres(self) -> Result<PgArguments, BoxDynError> {
        let mut bound = PgArguments::default();
        for value in self.0 {
            match value {
                Value::Null(Kind::Text) => bound.add(None::<String>),
                Value::Null(Kind::Int) => bound.add(None::<i64>),
                Value::Null(Kind::Bytes) => bound.add(None::<Vec<u8>>),
                Value::Text(text) => bound.add(Some(text)),
                Value::Int(number) => bound.add(Some(number)),
                Value::Bytes(bytes) => bound.add(Some(bytes)),
            }?;
        }
        Ok(bound)
    }
}
