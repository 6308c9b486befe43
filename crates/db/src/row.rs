//! What comes out of a statement: an owned row whose columns are asked for by name and by kind.
//!
//! A column of another kind is an error that names the column and the rule, never a silent conversion.

use std::sync::Arc;

use sqlx::postgres::PgRow;
use sqlx::{Column, Row as _, TypeInfo, ValueRef};

use crate::DbError;

/// One row of an answer. Owned: it outlives its transaction.
///
/// Column names are looked up as written; keep them in lower case, since PostgreSQL folds them.
#[derive(Debug, Clone)]
pub struct Row {
    columns: Arc<[String]>,
    cells: Vec<Cell>,
}

#[derive(Debug, Clone)]
pub(crate) enum Cell {
    Null,
    Text(String),
    Int(i64),
    Bytes(Vec<u8>),
    /// A type that only one engine has; kept to be named in the error.
    Foreign(String),
}

impl Row {
    /// A TEXT column. Fails where it is NULL, of another kind, or not there.
    pub fn text(&self, column: &str) -> Result<String, DbError> {
        self.opt_text(column)?.ok_or_else(|| null(column, "TEXT and not NULL"))
    }

    /// A BIGINT column (any whole number; a PostgreSQL boolean reads as 0 or 1). Fails as [`Row::text`] does.
    pub fn int(&self, column: &str) -> Result<i64, DbError> {
        self.opt_int(column)?.ok_or_else(|| null(column, "BIGINT and not NULL"))
    }

    /// A BLOB or BYTEA column. Fails as [`Row::text`] does.
    pub fn bytes(&self, column: &str) -> Result<Vec<u8>, DbError> {
        self.opt_bytes(column)?.ok_or_else(|| null(column, "BLOB/BYTEA and not NULL"))
    }

    /// A flag: a BIGINT column that is 0 or 1. Fails as [`Row::text`] does, and for any other number.
    pub fn flag(&self, column: &str) -> Result<bool, DbError> {
        match self.int(column)? {
            0 => Ok(false),
            1 => Ok(true),
            number => Err(wrong(column, "0 or 1", number.to_string())),
        }
    }

    /// A TEXT column that may be NULL.
    pub fn opt_text(&self, column: &str) -> Result<Option<String>, DbError> {
        match self.cell(column)? {
            Cell::Null => Ok(None),
            Cell::Text(text) => Ok(Some(text.clone())),
            other => Err(wrong(column, "TEXT", other.kind())),
        }
    }

    /// A BIGINT column that may be NULL.
    pub fn opt_int(&self, column: &str) -> Result<Option<i64>, DbError> {
        match self.cell(column)? {
            Cell::Null => Ok(None),
            Cell::Int(number) => Ok(Some(*number)),
            other => Err(wrong(column, "BIGINT (a sum or a quotient needs CAST(… AS BIGINT))", other.kind())),
        }
    }

    /// A BLOB or BYTEA column that may be NULL.
    pub fn opt_bytes(&self, column: &str) -> Result<Option<Vec<u8>>, DbError> {
        match self.cell(column)? {
            Cell::Null => Ok(None),
            Cell::Bytes(bytes) => Ok(Some(bytes.clone())),
            other => Err(wrong(column, "BLOB/BYTEA", other.kind())),
        }
    }

    /// A flag that may be NULL.
    pub fn opt_flag(&self, column: &str) -> Result<Option<bool>, DbError> {
        self.opt_int(column)?.map(|_| self.flag(column)).transpose()
    }

    fn cell(&self, column: &str) -> Result<&Cell, DbError> {
        let position = self.columns.iter().position(|name| name == column);
        position
            .map(|at| &self.cells[at])
            .ok_or_else(|| DbError::NoColumn { column: column.to_owned(), columns: self.columns.join(", ") })
    }

    pub(crate) fn new(columns: Arc<[String]>, cells: Vec<Cell>) -> Self {
        Self { columns, cells }
    }

    /// Takes over a server's rows.
    pub(crate) fn all(rows: Vec<PgRow>) -> Result<Vec<Self>, sqlx::Error> {
        let Some(first) = rows.first() else { return Ok(Vec::new()) };
        let columns: Arc<[String]> = first.columns().iter().map(|column| column.name().to_owned()).collect();
        rows.into_iter()
            .map(|row| {
                let cells = (0..columns.len()).map(|at| cell(&row, at)).collect::<Result<_, _>>()?;
                Ok(Self { columns: Arc::clone(&columns), cells })
            })
            .collect()
    }
}

impl Cell {
    fn kind(&self) -> String {
        match self {
            Cell::Null => "NULL".into(),
            Cell::Text(_) => "TEXT".into(),
            Cell::Int(_) => "BIGINT".into(),
            Cell::Bytes(_) => "BLOB/BYTEA".into(),
            Cell::Foreign(name) => name.clone(),
        }
    }
}

fn null(column: &str, rule: &'static str) -> DbError {
    wrong(column, rule, "NULL".into())
}

fn wrong(column: &str, rule: &'static str, found: String) -> DbError {
    DbError::Column { column: column.to_owned(), rule, found }
}

fn cell(row: &PgRow, at: usize) -> Result<Cell, sqlx::Error> {
    let raw = row.try_get_raw(at)?;
    if raw.is_null() {
        return Ok(Cell::Null);
    }
    let found = raw.type_info().name().to_owned();
    Ok(match found.as_str() {
        "TEXT" | "VARCHAR" | "CHAR" | "NAME" => Cell::Text(row.try_get_unchecked(at)?),
        "INT8" => Cell::Int(row.try_get_unchecked(at)?),
        "INT4" => Cell::Int(row.try_get_unchecked::<i32, _>(at)?.into()),
        "INT2" => Cell::Int(row.try_get_unchecked::<i16, _>(at)?.into()),
        "BOOL" => Cell::Int(row.try_get_unchecked::<bool, _>(at)?.into()),
        "BYTEA" => Cell::Bytes(row.try_get_unchecked(at)?),
        _ => Cell::Foreign(found),
    })
}
