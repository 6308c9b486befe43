//! Rows as they are sent: JSON with what the figures are of, or CSV for a program (UTF-8 with BOM, text as it is).

use super::asked;
use crate::{Flaro, api_tokens::Caller, reports::Behind};
use axum::{
    Json,
    response::{IntoResponse, Response},
};
use jiff::civil::Date;
use serde_json::{Map, Value, json};
use web::{
    ApiError, ListQuery,
    download::{Cell, Sheet},
};

/// Rows with the names of their columns.
pub(super) struct Rows {
    pub subject: &'static str,
    pub columns: Vec<String>,
    pub lines: Vec<Vec<Value>>,
    /// What stands beside the rows in JSON.
    pub about: Map<String, Value>,
}

/// The answer in the format that was asked for.
pub(super) fn reply(flaro: &Flaro, caller: &Caller, query: &ListQuery, rows: Rows) -> Result<Response, ApiError> {
    let Rows { subject, columns, lines, mut about } = rows;
    if let Some(format) = asked::format(query)? {
        let heads: Vec<&str> = columns.iter().map(String::as_str).collect();
        let mut sheet = Sheet::new("flaro", subject, &heads).for_machines();
        for row in &lines {
            sheet.row(row.iter().map(cell));
        }
        return sheet
            .download(format, flaro.now(), &caller.zone)
            .map_err(|why| asked::refused("format", &why.to_string(), "fewer rows"));
    }
    let named = |row: Vec<Value>| columns.iter().cloned().zip(row).collect::<Map<_, _>>();
    about.insert(
        "rows".to_owned(),
        Value::from(lines.into_iter().map(|row| Value::from(named(row))).collect::<Vec<_>>()),
    );
    Ok(Json(Value::from(about)).into_response())
}

fn cell(value: &Value) -> Cell {
    match value {
        Value::Number(number) => number.as_i64().map_or(Cell::Blank, Cell::Number),
        Value::String(text) => text.as_str().into(),
        Value::Bool(flag) => flag.to_string().into(),
        _ => Cell::Blank,
    }
}

/// Days whose figures are not those of what was received yet.
pub(super) fn behind(behind: &Behind) -> Value {
    let days = |list: &[(String, Date)]| {
        list.iter().map(|(store, date)| json!({"store_id": store, "date": date})).collect::<Vec<_>>()
    };
    json!({"waiting": days(&behind.waiting), "failed": days(&behind.failed)})
}
