//! `GET /api/v1/registers/{register_id}/progress`: how far what this till closed has come, from what is stored.

use std::sync::Arc;

use axum::Json;
use axum::extract::State;
use db::{Sql, Tx, args};
use protocol::progress::RegisterProgress;
use web::ApiError;

use crate::server::api_error;
use crate::tokens::RegisterAuth;
use crate::{Pos, PosError};

// Which index SQLite takes is said: it keeps no statistics, and would read all of the company for each till that asks.
macro_rules! settlements {
    ($index:literal) => {
        concat!(
            "SELECT CAST(COUNT(*) AS BIGINT) AS settlements,
                    CAST(COALESCE(SUM(delivered), 0) AS BIGINT) AS delivered,
                    CAST(COALESCE(SUM(CASE WHEN delivered = 0 THEN attention ELSE 0 END), 0) AS BIGINT) AS attention,
                    CAST(COALESCE(SUM(CASE WHEN delivered = 0 AND attention = 0 THEN waiting ELSE 0 END), 0) AS BIGINT)
                      AS waiting
             FROM (SELECT s.settlement_id,
                          COALESCE(MAX(CASE WHEN o.state = 'delivered' THEN 1 ELSE 0 END), 0) AS delivered,
                          COALESCE(MAX(CASE WHEN o.state = 'attention' THEN 1 ELSE 0 END), 0) AS attention,
                          COALESCE(MAX(CASE WHEN o.state = 'waiting' THEN 1 ELSE 0 END), 0) AS waiting
                   FROM settlement s",
            $index,
            "      LEFT JOIN outbox o ON o.company_id = s.company_id AND o.settlement_id = s.settlement_id
                                     AND o.revision = s.revision
                   WHERE s.company_id = $1 AND s.register_id = $2
                   GROUP BY s.settlement_id) AS one"
        )
    };
}
macro_rules! days {
    ($index:literal) => {
        concat!(
            "SELECT CAST(COUNT(*) AS BIGINT) AS days,
                    CAST(COALESCE(SUM(CASE WHEN r.state = 'matched' THEN 1 ELSE 0 END), 0) AS BIGINT) AS agreed,
                    CAST(COALESCE(SUM(CASE WHEN r.state = 'differs' THEN 1 ELSE 0 END), 0) AS BIGINT) AS differing
             FROM (SELECT DISTINCT o.company_id, o.store_id, o.business_date FROM outbox o",
            $index,
            "      WHERE o.company_id = $1 AND o.store_id = $3 AND o.register_id = $2 AND o.state = 'delivered') AS d
             LEFT JOIN reconciliation r ON r.company_id = d.company_id AND r.store_id = d.store_id
                                       AND r.business_date = d.business_date"
        )
    };
}
// Each settlement by its highest revision, through whichever generation that went.
const SETTLEMENTS: Sql =
    Sql { sqlite: settlements!(" INDEXED BY settlement_by_register "), postgres: settlements!(" ") };
const DAYS: Sql = Sql { sqlite: days!(" INDEXED BY outbox_newest_of_store "), postgres: days!(" ") };

/// Answers with the till's own figures.
pub async fn get(State(pos): State<Arc<Pos>>, auth: RegisterAuth) -> Result<Json<RegisterProgress>, ApiError> {
    let read = pos
        .db
        .read(async move |tx: &mut Tx| -> Result<RegisterProgress, PosError> {
            let (company, register) = (auth.tenant.as_str(), auth.register_id.to_string());
            let settlements = tx.fetch_one(SETTLEMENTS, args![company, &register]).await?;
            let days = tx.fetch_one(DAYS, args![company, register, auth.store_id.to_string()]).await?;
            let mut progress = RegisterProgress {
                settlements: settlements.int("settlements")?,
                delivered: settlements.int("delivered")?,
                waiting: settlements.int("waiting")?,
                needs_attention: settlements.int("attention")?,
                days: days.int("days")?,
                days_agreed: days.int("agreed")?,
                days_differing: days.int("differing")?,
                not_queued: 0,
            };
            let gone = progress.delivered + progress.waiting + progress.needs_attention;
            progress.not_queued = progress.settlements - gone;
            Ok(progress)
        })
        .await;
    read.map(Json).map_err(api_error)
}
