//! Everything the network may ask of the head office: the console behind its log-in, and the tills' API behind
//! their tokens. The two are hardened apart, because a till's request carries no cookie.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::routing::{get, post};
use axum::{Extension, Router};
use db::{DbError, Tx, args};
use web::{ApiError, Console, Routes, Settings, console, harden_api};

use crate::accounts::AccountBook;
use crate::admission::Door;
use crate::console::{PRODUCT, assets, pages};
use crate::{Pos, PosError, document_intake, journal_intake, masters_api, queue, schema};

/// The session cookie; another one in every place, because cookies don't tell ports apart.
const COOKIE: &str = "shime_pos";

/// Tills whose tokens are looked up at a time: together more than the database has readers.
const LOBBY_SEATS: web::Seats = web::Seats { strangers: 48, regulars: 16 };

/// The whole head office as one service.
pub fn router(pos: Arc<Pos>) -> Router {
    routes(pos).into_router()
}

/// The same, with the list of its paths.
pub fn routes(pos: Arc<Pos>) -> Routes {
    let settings = settings(&pos);
    let api = Settings { body_bytes_max: protocol::BODY_BYTES_MAX, ..settings.clone() };
    let tills = web::lobby(harden_api(tills(pos.clone()), &api), LOBBY_SEATS);
    console(pages(pos.clone()), book(&pos, settings)).merge(tills).merge(harden_api(programs(pos), &api))
}

/// The console's sessions: to end those of an account, and to sweep now and then.
pub fn sessions(pos: &Pos) -> web::Sessions {
    book(pos, settings(pos)).sessions()
}

fn settings(pos: &Pos) -> Settings {
    let mut settings = Settings::new(PRODUCT);
    settings.https = pos.settings.secure_cookies;
    settings.behind_proxy = pos.settings.behind_proxy;
    settings
}

fn book(pos: &Pos, settings: Settings) -> Console<AccountBook> {
    let accounts = AccountBook::new(pos.db.clone(), pos.clock.clone());
    Console { assets: assets(), ..Console::new(settings, pos.db.clone(), pos.clock.clone(), accounts, COOKIE) }
}

/// What tills ask for; a chain of them may come in one moment.
fn tills(pos: Arc<Pos>) -> Routes {
    let door = Extension(Door::of(&pos));
    Routes::new()
        .route("/api/v1/registers/{register_id}/journal", post(journal_intake::post).layer(door.clone()))
        .route("/api/v1/registers/{register_id}/masters", get(masters_api::get))
        .route("/api/v1/registers/{register_id}/progress", get(crate::progress_api::get))
        .route("/api/v1/settlements", post(document_intake::post).layer(door))
        .with_state(pos)
}

fn programs(pos: Arc<Pos>) -> Routes {
    Routes::new()
        .route("/healthz", get(healthz))
        .with_state(pos.clone())
        .merge(web::ready::routes(pos.db.clone(), schema::migrations()))
        .merge(queue::api::router(pos))
}

/// 200 when the database answers.
async fn healthz(axum::extract::State(pos): axum::extract::State<Arc<Pos>>) -> StatusCode {
    let answer = pos
        .db
        .read(async |tx: &mut Tx| -> Result<(), DbError> { tx.fetch_one("SELECT 1 AS one", args![]).await.map(drop) });
    match answer.await {
        Ok(()) => StatusCode::OK,
        Err(error) => {
            tracing::error!(%error, "the database does not answer");
            StatusCode::SERVICE_UNAVAILABLE
        }
    }
}

/// What a till is told when its request could not be served here.
pub(crate) fn api_error(error: PosError) -> ApiError {
    match error {
        PosError::Db(error) if error.is_unavailable() => {
            tracing::error!(%error, "the database is not available");
            ApiError::of_status(StatusCode::SERVICE_UNAVAILABLE)
        }
        error => ApiError::internal(error),
    }
}
