//! `shime bench sink`: a receiver that takes part in the handshake, answers every event with 200 (or what it was told
//! to) and keeps only which events came in which order. What a sender costs is seen with next to nothing behind it.

use crate::{places, shell};
use anyhow::{Context, Result};
use axum::{
    Json, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, Path, State},
    http::{HeaderMap, StatusCode},
    routing::{delete, get, post, put},
};
use protocol::{BODY_BYTES_MAX, partner::LinkageGranted, signature::Secret};
use std::sync::{
    Arc, Mutex, PoisonError,
    atomic::{AtomicU16, Ordering},
};
use tokio::sync::watch;
use uuid::Uuid;

struct Sink {
    address: String,
    answer: AtomicU16,
    arrived: Mutex<Vec<Uuid>>,
}

/// Serves until it is time to stop.
pub async fn run(listen: &str, stop: watch::Receiver<bool>) -> Result<()> {
    let listener = places::listen(listen).await?;
    let address = format!("http://{}", listener.local_addr()?);
    let sink = Arc::new(Sink { address, answer: AtomicU16::new(200), arrived: Mutex::default() });
    axum::serve(listener, router(sink)).with_graceful_shutdown(shell::stopped(stop)).await.context("the sink")
}

fn router(sink: Arc<Sink>) -> Router {
    Router::new()
        .route("/healthz", get(async || StatusCode::OK))
        .route("/partner/v1/linkages", post(grant))
        .route("/partner/v1/linkages/{id}", delete(async || StatusCode::NO_CONTENT))
        .route("/partner/v1/linkages/{id}/stores", put(async || Json(serde_json::json!({}))))
        .route("/partner/v1/linkages/{id}/control-totals", get(async || Json(serde_json::json!({ "days": [] }))))
        .route("/events", post(receive))
        .route("/arrived", get(arrived))
        .route("/answer/{status}", post(answer))
        .layer(DefaultBodyLimit::max(BODY_BYTES_MAX))
        .with_state(sink)
}

async fn grant(State(sink): State<Arc<Sink>>) -> Json<LinkageGranted> {
    Json(LinkageGranted {
        linkage_id: Uuid::nil(),
        webhook_url: format!("{}/events", sink.address),
        signing_secret: Secret::from_random([7; 32]).expose().to_owned(),
        zstd: true,
    })
}

/// The whole body was read when this is called.
async fn receive(State(sink): State<Arc<Sink>>, headers: HeaderMap, _body: Bytes) -> StatusCode {
    let answer = StatusCode::from_u16(sink.answer.load(Ordering::Relaxed)).unwrap_or(StatusCode::OK);
    if !answer.is_success() {
        return answer;
    }
    let id = headers.get("webhook-id").and_then(|id| id.to_str().ok()?.parse().ok());
    let Some(id) = id else { return StatusCode::BAD_REQUEST };
    sink.arrived.lock().unwrap_or_else(PoisonError::into_inner).push(id);
    answer
}

async fn arrived(State(sink): State<Arc<Sink>>) -> Json<Vec<Uuid>> {
    Json(sink.arrived.lock().unwrap_or_else(PoisonError::into_inner).clone())
}

async fn answer(State(sink): State<Arc<Sink>>, Path(status): Path<u16>) -> StatusCode {
    sink.answer.store(status, Ordering::Relaxed);
    StatusCode::OK
}
