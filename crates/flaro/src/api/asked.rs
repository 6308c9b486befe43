//! The parameters of a request, read at the edge. What can't be read names the parameter and the way to write it.

use crate::{
    FlaroError,
    api_tokens::Caller,
    days,
    partner::Refused,
    reports::{self, DAYS_MAX, Period, Range},
    stores::Store,
};
use axum::http::StatusCode;
use db::Tx;
use jiff::civil::Date;
use web::{ApiError, ListQuery, download::Format};

/// Stores and days of a request.
pub(super) struct Asked {
    pub stores: Vec<Store>,
    pub range: Range,
}

/// From and to, both required.
pub(super) fn period(query: &ListQuery) -> Result<Period, ApiError> {
    let date = |name: &str| -> Result<Date, ApiError> {
        let text = query.get(name);
        text.parse().map_err(|_| refused(name, &format!("\"{text}\" is no date"), "write dates as YYYY-MM-DD"))
    };
    let period = Period { from: date("from")?, to: date("to")? };
    if period.to < period.from {
        return Err(refused("to", "`to` is before `from`", "both days are included"));
    }
    if period.len() > DAYS_MAX {
        return Err(refused("to", "the period is too long", &format!("at most {DAYS_MAX} days")));
    }
    Ok(period)
}

/// Whether CSV was asked for.
pub(super) fn format(query: &ListQuery) -> Result<Option<Format>, ApiError> {
    match query.get("format") {
        "" | "json" => Ok(None),
        "csv" => Ok(Some(Format::Csv)),
        other => Err(refused("format", &format!("\"{other}\" is no format"), "json or csv")),
    }
}

/// A parameter that can't be read.
pub(super) fn refused(name: &str, message: &str, rule: &str) -> ApiError {
    ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "parameter_invalid", format!("{name}: {message}")).rule(rule)
}

/// The stores that are asked for (`store`, `area`, `brand`; none: all in sight) over a period.
pub(super) async fn read(tx: &mut Tx, caller: &Caller, query: &ListQuery, period: Period) -> Result<Asked, Refused> {
    let stores = days::visible_stores(tx, &caller.scope).await.map_err(broken)?;
    let groups = reports::groups(tx, &caller.scope.company).await.map_err(broken)?;
    let (store, area, brand) = (query.get("store"), query.get("area"), query.get("brand"));
    if !store.is_empty() && !stores.iter().any(|known| known.id.to_string() == store) {
        let message = format!("there is no store \"{store}\" in sight of this token");
        return Err(refused("store", &message, "an id of GET /api/v1/stores").into());
    }
    let known = |list: &[(String, String)], id: &str| id.is_empty() || list.iter().any(|(known, _)| known == id);
    if !known(&groups.areas, area) || !known(&groups.brands, brand) {
        return Err(refused("area, brand", "there is no such area or brand", "an id of GET /api/v1/stores").into());
    }
    let inside = |id: &str| {
        (store.is_empty() || id == store)
            && (area.is_empty() || groups.area_of(id).is_some_and(|of| of == area))
            && (brand.is_empty() || groups.brand_of(id).is_some_and(|of| of == brand))
    };
    let chosen = stores.iter().map(|store| store.id.to_string()).filter(|id| inside(id)).collect();
    let whole = caller.scope.all_stores && store.is_empty() && area.is_empty() && brand.is_empty();
    Ok(Asked { stores, range: Range { scope: caller.scope.clone(), stores: chosen, whole, period } })
}

/// Something broke here; it is logged and kept from the answer.
pub(super) fn broken(error: FlaroError) -> Refused {
    match error {
        FlaroError::Db(error) => error.into(),
        other => Refused(ApiError::internal(other)),
    }
}

impl Asked {
    /// What a store is called.
    pub fn store_name(&self, id: &str) -> &str {
        self.stores.iter().find(|store| store.id.to_string() == id).map_or("", |store| store.name.as_str())
    }
}
