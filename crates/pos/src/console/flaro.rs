//! 設定 ＞ 外部連携設定 ＞ FLARO: the start page before the linkage, the linkage's page after.

mod end;
mod held;
mod linked;
mod mapping;
mod secret;
mod start;
mod trial;

use std::sync::Arc;

use axum::extract::State;
use axum::routing::{get, post};
use web::{Flash, Form, PageResult, Routes};

use crate::Pos;
use crate::accounts::Viewer;
use crate::linkage::LinkageState;
use crate::linkage::overview::overview;

/// Where it is.
pub const HERE: &str = "/settings/linkages/flaro";

/// The pages of the linkage.
pub fn router() -> Routes<Arc<Pos>> {
    Routes::new()
        .route(HERE, get(show))
        .route("/settings/linkages/flaro/start", post(start::submit))
        .route("/settings/linkages/flaro/stores", post(linked::save_stores))
        .route("/settings/linkages/flaro/common", post(linked::save_common))
        .route("/settings/linkages/flaro/held", post(linked::set_held))
        .route("/settings/linkages/flaro/test", post(trial::submit))
        .route("/settings/linkages/flaro/secret", post(secret::submit))
        .route("/settings/linkages/flaro/end", post(end::submit))
        .route("/settings/linkages/flaro/stores/{store_id}/held", get(held::show).post(held::discard_day))
        .route("/settings/linkages/flaro/stores/{store_id}/mapping", get(mapping::show))
}

async fn show(State(pos): State<Arc<Pos>>, viewer: Viewer, flash: Flash) -> PageResult {
    viewer.must_be_head_office()?;
    match overview(&pos, &viewer.tenant).await? {
        Some(overview) if overview.linkage.state == LinkageState::Linked => {
            let form = linked::first_form(&overview);
            linked::page(&pos, &viewer, &flash, &overview, &form).await
        }
        _ => start::page(&pos, &viewer, &flash, &Form::of([("inherit", "on")])).await,
    }
}
