//! Pages that keep themselves fresh: a small script asks once a second whether anything new came, and only then
//! fetches the page's live part again. Without JavaScript the page is simply as old as it is.

use crate::{
    Flaro, FlaroError,
    tenant::{Scope, Viewer, in_scope, scoped},
};
use axum::extract::State;
use db::Tx;
use std::sync::{Arc, LazyLock};
use web::{Failure, assets::Asset};

pub(super) static SCRIPT: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("live.js", "text/javascript; charset=utf-8", include_bytes!("live.js")));

const RECEIVED: &str = concat!(
    "SELECT i.last_at AS at, i.event_id AS what FROM inbox i WHERE ",
    in_scope!("i"),
    " ORDER BY i.received_at DESC, i.event_id DESC LIMIT 1"
);
const BUILT: &str = concat!(
    "SELECT r.built_at AS at, r.digest AS what FROM day_rollup r WHERE ",
    in_scope!("r"),
    " ORDER BY r.built_at DESC, r.digest LIMIT 1"
);

/// `GET /pulse`: a text that changes when something new came for this person to see.
pub(super) async fn pulse(State(flaro): State<Arc<Flaro>>, viewer: Viewer) -> Result<String, Failure> {
    let unit = async move |tx: &mut Tx| read(tx, &viewer.scope).await;
    Ok(flaro.db.read(unit).await?)
}

/// The same text, for a page to start from. Read in the page's own snapshot, so nothing falls in between.
pub(super) async fn read(tx: &mut Tx, scope: &Scope) -> Result<String, FlaroError> {
    let mut pulse = String::new();
    for sql in [RECEIVED, BUILT] {
        if let Some(row) = tx.fetch_optional(sql, scoped!(scope)).await? {
            let (at, what) = (row.int("at")?, row.text("what")?);
            pulse = format!("{pulse}{at}.{what};");
        }
    }
    Ok(pulse)
}
