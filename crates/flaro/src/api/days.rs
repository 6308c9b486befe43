//! `GET /api/v1/days`: the figures of each store's business day.

use super::{
    asked::{self, Asked, broken},
    reply::{self, Rows, reply},
};
use crate::{
    Flaro,
    api_tokens::Caller,
    partner::Refused,
    reports::{self, StoreDay},
};
use axum::{extract::State, response::Response};
use db::Tx;
use serde_json::{Map, Value, json};
use std::sync::Arc;
use web::{ApiError, ListQuery};

pub(crate) const COLUMNS: [&str; 15] = [
    "date",
    "store_id",
    "store",
    "net",
    "tax",
    "total",
    "guests",
    "checks",
    "voids",
    "gross",
    "discounts",
    "cost",
    "media_net",
    "media_total",
    "media_checks",
];

pub(super) async fn list(
    State(flaro): State<Arc<Flaro>>,
    caller: Caller,
    query: ListQuery,
) -> Result<Response, ApiError> {
    let period = asked::period(&query)?;
    let (of, asked_for) = (caller.clone(), query.clone());
    let unit = async move |tx: &mut Tx| -> Result<_, Refused> {
        let asked = asked::read(tx, &of, &asked_for, period).await?;
        let days = reports::store_days(tx, &asked.range, true, true).await.map_err(broken)?;
        let behind = reports::behind(tx, &asked.range).await.map_err(broken)?;
        Ok((asked, days, behind))
    };
    let (asked, days, behind) = flaro.db.read(unit).await.map_err(|refused| refused.0)?;
    let about = Map::from_iter([
        ("from".to_owned(), json!(period.from)),
        ("to".to_owned(), json!(period.to)),
        ("behind".to_owned(), reply::behind(&behind)),
    ]);
    let rows = days.iter().map(|day| row(&asked, day)).collect();
    let rows = Rows { subject: "days", columns: COLUMNS.map(ToOwned::to_owned).into(), lines: rows, about };
    reply(&flaro, &caller, &query, rows)
}

fn row(asked: &Asked, day: &StoreDay) -> Vec<Value> {
    vec![
        json!(day.date),
        json!(day.store),
        json!(asked.store_name(&day.store)),
        json!(day.net),
        json!(day.tax),
        json!(day.total),
        json!(day.guests),
        json!(day.checks),
        json!(day.voids),
        json!(day.gross),
        json!(day.discounts),
        json!(day.cost),
        json!(day.media_net),
        json!(day.media_total),
        json!(day.media_checks),
    ]
}
