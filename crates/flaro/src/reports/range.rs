//! Which stores and which days a report is over, and the condition that keeps its queries inside both.

use super::Period;
use crate::tenant::Scope;
use serde_json::Value;

/// Stores and days. `whole` is the company with all its stores: then its own sums answer.
#[derive(Clone, Debug)]
pub(crate) struct Range {
    pub scope: Scope,
    pub stores: Vec<String>,
    pub whole: bool,
    pub period: Period,
}

impl Range {
    /// The same stores over other days.
    pub fn during(&self, period: Period) -> Self {
        Self { period, ..self.clone() }
    }

    /// The stores as an argument.
    pub fn store_list(&self) -> String {
        Value::from(self.stores.clone()).to_string()
    }
}

/// A query over the stores of `$4` (a JSON list), inside the viewer's 閲覧範囲, as a text for each engine.
macro_rules! over {
    ($select:expr, $table:literal, $rest:expr) => {
        db::Sql {
            sqlite: concat!(
                $select,
                " WHERE ",
                crate::tenant::in_scope!($table),
                " AND ",
                $table,
                ".store_id IN (SELECT value FROM json_each($4)) ",
                $rest
            ),
            postgres: concat!(
                $select,
                " WHERE ",
                crate::tenant::in_scope!($table),
                " AND ",
                $table,
                ".store_id IN (SELECT jsonb_array_elements_text(CAST($4 AS JSONB))) ",
                $rest
            ),
        }
    };
}
pub(crate) use over;
