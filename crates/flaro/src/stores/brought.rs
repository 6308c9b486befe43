//! Whose a store is: the partner's that brought it to the company first, by its table or by an event. Nobody else
//! lists it, sends for it or takes it over; a company that changes its POS gets stores of the new one's beside it.

use crate::{Company, storable};
use axum::http::StatusCode;
use db::{DbError, Tx, args};
use protocol::{event::EventStore, partner::StoreTable};
use sales::StoreId;
use std::collections::HashSet;
use web::ApiError;

/// A store that is here already.
#[derive(Debug)]
pub(crate) struct Brought {
    pub partner: String,
    pub listed: bool,
    /// The tills of the store table, as they are stored.
    pub registers: String,
}

const HELD: &str = "SELECT partner, listed, registers FROM store WHERE company_id = $1 AND store_id = $2";

pub(crate) async fn held(tx: &mut Tx, company: &Company, store: StoreId) -> Result<Option<Brought>, DbError> {
    let row = tx.fetch_optional(HELD, args![company.as_str(), store.to_string()]).await?;
    row.map(|row| {
        Ok(Brought { partner: row.text("partner")?, listed: row.flag("listed")?, registers: row.text("registers")? })
    })
    .transpose()
}

// Whoever was first at the same moment has it: it is read again after this.
const UNKNOWN: &str =
    "INSERT INTO store (company_id, store_id, partner, listed, position, name, enabled, zone, cut_over,
      registers, closed_days)
    VALUES ($1, $2, $3, 0, 0, $4, 0, 'Asia/Tokyo', '05:00', '[]', '[]')
    ON CONFLICT (company_id, store_id) DO NOTHING";

/// Gives a store that an event names and no table lists a row, so that its days have a name.
pub(crate) async fn meet(tx: &mut Tx, company: &Company, partner: &str, store: &EventStore) -> Result<(), DbError> {
    let (id, name) = (store.id.to_string(), storable::text(&store.name));
    tx.execute(UNKNOWN, args![company.as_str(), id, partner, name]).await.map(drop)
}

const ANOTHERS: &str = "SELECT store_id FROM store WHERE company_id = $1 AND partner <> $2";

/// The first store of a table that another partner brought.
pub(super) async fn anothers(
    tx: &mut Tx,
    company: &Company,
    partner: &str,
    table: &StoreTable,
) -> Result<Option<ApiError>, DbError> {
    let rows = tx.fetch_all(ANOTHERS, args![company.as_str(), partner]).await?;
    let theirs = rows.iter().map(|row| row.text("store_id")).collect::<Result<HashSet<_>, _>>()?;
    let found = table.stores.iter().find(|store| theirs.contains(&store.id.to_string()));
    Ok(found.map(|store| refusal(store.id, &store.name)))
}

/// Named as the one who asks calls it.
pub(crate) fn refusal(store: StoreId, name: &str) -> ApiError {
    let message = format!("store {store} (\"{name}\") is another partner's");
    ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "store_of_another_partner", message)
        .rule("a store belongs to the partner that brought it to the company; no other lists it or sends for it")
        .hint("Nothing was stored. Give each of your stores a UUID of its own; its FLARO店舗コード may be the same.")
}
