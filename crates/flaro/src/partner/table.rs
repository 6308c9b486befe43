//! `PUT /partner/v1/linkages/{id}/stores`: the whole store table, replaced. The first one confirms the linkage.
//!
//! An older table than the one that stands, or one of an older generation, is answered 200 and changes nothing.

use super::{Linkage, Partner, Refused, id, json, linkage};
use crate::{Flaro, audit::Stamp, stores};
use axum::{
    Json,
    body::Bytes,
    extract::{Path, State},
    http::StatusCode,
};
use db::{DbError, Tx, args};
use protocol::partner::StoreTable;
use sales::DayRule;
use serde::Serialize;
use std::{collections::HashSet, sync::Arc};
use web::ApiError;

/// The answer.
#[derive(Debug, Serialize)]
#[cfg_attr(test, derive(schemars::JsonSchema))]
pub(crate) struct Replaced {
    /// The version that stands now.
    version: i64,
    /// Whether it is the one just sent.
    applied: bool,
}

const STANDING: &str = "SELECT generation, table_version FROM linkage
    WHERE company_id = $1 AND partner = $2 AND table_version IS NOT NULL
    ORDER BY generation DESC LIMIT 1";
const CONFIRM: &str = "UPDATE linkage
    SET table_version = $3, table_at = $4, confirmed_at = COALESCE(confirmed_at, $4), token = NULL
    WHERE company_id = $1 AND linkage_id = $2";

pub(super) async fn replace(
    State(flaro): State<Arc<Flaro>>,
    partner: Partner,
    Path(linkage_id): Path<String>,
    body: Bytes,
) -> Result<Json<Replaced>, ApiError> {
    let linkage_id = id(&linkage_id)?;
    let table: StoreTable = json(&body)?;
    readable(&table)?;
    let stamp = Stamp::new(&flaro);
    let unit = async move |tx: &mut Tx| -> Result<Replaced, Refused> {
        let found = linkage(tx, &partner, linkage_id).await?.open()?;
        tx.lock(&format!("linkage/{}", found.company.as_str())).await?;
        let standing = standing(tx, &partner, &found).await?;
        let applied = standing.is_none_or(|standing| (found.generation, table.version) > standing);
        if applied {
            let confirmed = args![found.company.as_str(), linkage_id.to_string(), table.version, stamp.at];
            tx.execute(CONFIRM, confirmed).await?;
            stores::replace(tx, &found.company, partner.name(), &table, stamp).await?;
        }
        let version = if applied { table.version } else { standing.map_or(0, |(_, version)| version) };
        Ok(Replaced { version, applied })
    };
    flaro.db.write(unit).await.map(Json).map_err(|refused: Refused| refused.0)
}

/// Generation and version of the table that stands.
async fn standing(tx: &mut Tx, partner: &Partner, found: &Linkage) -> Result<Option<(i64, i64)>, DbError> {
    let row = tx.fetch_optional(STANDING, args![found.company.as_str(), partner.name()]).await?;
    row.map(|row| Ok((row.int("generation")?, row.int("table_version")?))).transpose()
}

/// Everything wrong with a table that only looking at it as a whole can tell.
fn readable(table: &StoreTable) -> Result<(), ApiError> {
    let refuse = |code: &str, message: String| ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, code, message);
    let (mut ids, mut codes) = (HashSet::new(), HashSet::new());
    for store in &table.stores {
        let named = format!("store {} (\"{}\")", store.id, store.name);
        DayRule::new(&store.zone, &store.cut_over)
            .map_err(|why| refuse("store_day_rule", format!("{named}: {why}")))?;
        if !ids.insert(store.id) {
            return Err(refuse("store_twice", format!("{named} stands in the table twice")));
        }
        if let Some(code) = &store.flaro_store_code
            && !codes.insert(code)
        {
            return Err(refuse("store_code_twice", format!("{named}: FLARO店舗コード {code} is another store's too"))
                .rule("one FLARO店舗コード belongs to at most one store of a company"));
        }
    }
    Ok(())
}
