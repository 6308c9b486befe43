//! `GET /api/v1/stores`: the stores in sight of the token, with their areas and brands.

use super::{
    asked::broken,
    reply::{Rows, reply},
};
use crate::{Flaro, api_tokens::Caller, days, partner::Refused, reports};
use axum::{extract::State, response::Response};
use db::Tx;
use serde_json::{Map, json};
use std::sync::Arc;
use web::{ApiError, ListQuery};

pub(crate) const COLUMNS: [&str; 9] =
    ["store_id", "name", "flaro_store_code", "area_id", "area", "brand_id", "brand", "start", "end"];

pub(super) async fn list(
    State(flaro): State<Arc<Flaro>>,
    caller: Caller,
    query: ListQuery,
) -> Result<Response, ApiError> {
    let scope = caller.scope.clone();
    let unit = async move |tx: &mut Tx| -> Result<_, Refused> {
        let stores = days::visible_stores(tx, &scope).await.map_err(broken)?;
        Ok((stores, reports::groups(tx, &scope.company).await.map_err(broken)?))
    };
    let (stores, groups) = flaro.db.read(unit).await.map_err(|refused| refused.0)?;
    let name = |list: &[(String, String)], id: Option<&String>| {
        id.and_then(|id| list.iter().find(|(known, _)| known == id)).map(|(_, name)| name.clone())
    };
    let rows = stores.iter().map(|store| {
        let id = store.id.to_string();
        let (area, brand) = (groups.area_of(&id), groups.brand_of(&id));
        vec![
            json!(id),
            json!(store.name),
            json!(store.flaro_store_code),
            json!(area),
            json!(name(&groups.areas, area)),
            json!(brand),
            json!(name(&groups.brands, brand)),
            json!(store.start),
            json!(store.end),
        ]
    });
    let rows = Rows {
        subject: "stores",
        columns: COLUMNS.map(ToOwned::to_owned).into(),
        lines: rows.collect(),
        about: Map::new(),
    };
    reply(&flaro, &caller, &query, rows)
}
