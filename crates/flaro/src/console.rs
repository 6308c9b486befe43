//! The pages.

use crate::Flaro;
use axum::Router;
use std::sync::Arc;
use web::assets::Asset;

pub(crate) fn router(flaro: Arc<Flaro>) -> Router {
    Router::new().with_state(flaro)
}

pub(crate) fn assets() -> Vec<Asset> {
    Vec::new()
}
