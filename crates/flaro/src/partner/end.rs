//! `DELETE /partner/v1/linkages/{id}`: ends the channel. What came through it stays; asking again changes nothing.

use super::{Partner, Refused, id, linkage};
use crate::Flaro;
use axum::{
    extract::{Path, State},
    http::StatusCode,
};
use db::{Tx, args};
use std::sync::Arc;
use web::ApiError;

// Nothing is let in by its secrets any more: none is kept.
const END: &str = "UPDATE linkage SET ended_at = $3, token = NULL, secret = '', previous_secret = NULL
    WHERE company_id = $1 AND linkage_id = $2 AND ended_at IS NULL";

pub(super) async fn end(
    State(flaro): State<Arc<Flaro>>,
    partner: Partner,
    Path(linkage_id): Path<String>,
) -> Result<StatusCode, ApiError> {
    let (linkage_id, now) = (id(&linkage_id)?, flaro.now().as_millisecond());
    let unit = async move |tx: &mut Tx| -> Result<(), Refused> {
        let found = linkage(tx, &partner, linkage_id).await?;
        tx.execute(END, args![found.company.as_str(), linkage_id.to_string(), now]).await?;
        Ok(())
    };
    flaro.db.write(unit).await.map_err(|refused: Refused| refused.0)?;
    Ok(StatusCode::NO_CONTENT)
}
