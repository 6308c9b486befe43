//! `GET /partner/v1/linkages/{id}/control-totals?from&to`: what is held here, day by day, for the partner to compare.
//! It spans generations and is served for ended linkages too.

use super::{Partner, Refused, id, linkage};
use crate::{Flaro, control_totals};
use axum::{
    Json,
    extract::{Path, Query, State},
    http::StatusCode,
};
use db::Tx;
use jiff::civil::Date;
use protocol::control::ControlTotals;
use std::{collections::HashMap, sync::Arc};
use web::ApiError;

/// The most days one request may ask for.
const DAYS_MAX: i64 = 92;

pub(super) async fn serve(
    State(flaro): State<Arc<Flaro>>,
    partner: Partner,
    Path(linkage_id): Path<String>,
    Query(query): Query<HashMap<String, String>>,
) -> Result<Json<ControlTotals>, ApiError> {
    let linkage_id = id(&linkage_id)?;
    let (from, to) = range(&query)?;
    let unit = async move |tx: &mut Tx| -> Result<_, Refused> {
        let found = linkage(tx, &partner, linkage_id).await?;
        Ok(control_totals::settlements(tx, &found.company, partner.name(), from, to).await?)
    };
    let settlements = flaro.db.read(unit).await.map_err(|refused: Refused| refused.0)?;
    control_totals::days(settlements).map(Json).map_err(ApiError::internal)
}

fn range(query: &HashMap<String, String>) -> Result<(Date, Date), ApiError> {
    let refuse = |message: String| {
        ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "range", message)
            .rule("from and to are business dates YYYY-MM-DD, from is not after to")
            .hint(format!("Ask for at most {DAYS_MAX} days at a time."))
    };
    let date = |name: &str| {
        let text = query.get(name).map_or("", String::as_str);
        text.parse::<Date>().map_err(|why| refuse(format!("{name} \"{text}\" is no date: {why}")))
    };
    let (from, to) = (date("from")?, date("to")?);
    let days = to.duration_since(from).as_hours() / 24 + 1;
    if (1..=DAYS_MAX).contains(&days) { Ok((from, to)) } else { Err(refuse(format!("{from} to {to} is {days} days"))) }
}
