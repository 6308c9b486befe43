//! `GET /api/v1/checks`: the checks of a period, page by page, newest first.

use super::{
    asked::{self, Asked, broken},
    reply::{Rows, reply},
};
use crate::{
    Flaro,
    api_tokens::Caller,
    partner::Refused,
    reports::{self, Found, Search},
};
use axum::{extract::State, response::Response};
use db::Tx;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use web::{ApiError, ListQuery};

const PER_PAGE: i64 = 1_000;
/// Pages after this one are asked for by a shorter period.
const PAGE_MAX: i64 = 1_000;

pub(crate) const COLUMNS: [&str; 15] = [
    "check_id", "store_id", "store", "date", "slip", "hour", "paid_at", "guests", "net", "tax", "total", "table",
    "staff", "medium", "void",
];

pub(super) async fn list(
    State(flaro): State<Arc<Flaro>>,
    caller: Caller,
    query: ListQuery,
) -> Result<Response, ApiError> {
    let period = asked::period(&query)?;
    let page = i64::try_from(query.page()).unwrap_or(PAGE_MAX).min(PAGE_MAX);
    let (of, asked_for) = (caller.clone(), query.clone());
    let unit = async move |tx: &mut Tx| -> Result<_, Refused> {
        let asked = asked::read(tx, &of, &asked_for, period).await?;
        let search = Search { hour: -1, least: i64::MIN, most: i64::MAX, ..Search::default() };
        // One more than a page tells whether there is another.
        let found = reports::search(tx, &asked.range, &search, PER_PAGE + 1, (page - 1) * PER_PAGE);
        let (found, _, _) = found.await.map_err(broken)?;
        Ok((asked, found))
    };
    let (asked, mut found) = flaro.db.read(unit).await.map_err(|refused| refused.0)?;
    let more = i64::try_from(found.len()).unwrap_or(i64::MAX) > PER_PAGE;
    found.truncate(usize::try_from(PER_PAGE).unwrap_or(1_000));
    let about = Map::from_iter([
        ("from".to_owned(), json!(period.from)),
        ("to".to_owned(), json!(period.to)),
        ("page".to_owned(), json!(page)),
        ("more".to_owned(), json!(more)),
    ]);
    let rows = found.iter().map(|check| row(&asked, check)).collect();
    let rows = Rows { subject: "checks", columns: COLUMNS.map(ToOwned::to_owned).into(), lines: rows, about };
    reply(&flaro, &caller, &query, rows)
}

fn row(asked: &Asked, check: &Found) -> Vec<Value> {
    vec![
        json!(check.id),
        json!(check.store),
        json!(asked.store_name(&check.store)),
        json!(check.date),
        json!(check.slip),
        json!(check.hour),
        json!(check.paid_at),
        json!(check.guests),
        json!(check.net),
        json!(check.tax),
        json!(check.total),
        json!(check.table),
        json!(check.staff),
        json!(check.medium),
        json!(check.reverses),
    ]
}
