//! `POST /webhook/{token}`: where signed events arrive.
//!
//! The signature is verified over the bytes as they were sent, before anything is decompressed; decompression is
//! bounded; an acknowledgement means that the event and its day's totals are durable. Nothing signed is refused for
//! what it says, unless nobody could read it, or it is another company's or of another partner's store.

mod assess;
mod channel;
mod open;

pub(crate) use assess::{Assessed, Found, Kind};
pub(crate) use channel::Channel;

use crate::{
    Flaro,
    inbox::{self, Arrival},
    partner::unavailable,
    stores::brought,
};
use axum::{
    Json,
    body::Bytes,
    extract::{Path, Request, State},
    http::{HeaderMap, StatusCode, header},
    routing::post,
};
use db::{DbError, Tx};
use protocol::{
    BODY_BYTES_MAX,
    inbox::Verdict,
    partner::EventReceipt,
    signature::{self, SignatureError},
    trace::Trace,
};
use std::sync::Arc;
use web::{ApiError, Routes};

/// How often a unit that stood in another's way is run before the sender is asked to come again.
const TRIES_MAX: u32 = 5;

/// The route, to be put behind `web::harden_api`.
pub(crate) fn router(flaro: Arc<Flaro>) -> Routes {
    Routes::new().route("/webhook/{token}", post(receive)).with_state(flaro)
}

async fn receive(
    State(flaro): State<Arc<Flaro>>,
    Path(token): Path<String>,
    request: Request,
) -> Result<Json<EventReceipt>, ApiError> {
    let receiving = flaro.receive();
    let answer = take_in(&flaro, &token, request).await;
    drop(receiving);
    let status = answer.as_ref().map_or_else(ApiError::status, |_| StatusCode::OK);
    flaro.answered.add(status.as_str(), 1);
    answer
}

async fn take_in(flaro: &Arc<Flaro>, token: &str, request: Request) -> Result<Json<EventReceipt>, ApiError> {
    let channel = Channel::find(flaro, token).await?;
    let headers = request.headers().clone();
    // A line that broke off is no reason to refuse a settlement: the sender comes again.
    let body = web::body::whole(request, BODY_BYTES_MAX).await.map_err(|why| match why.status() {
        StatusCode::PAYLOAD_TOO_LARGE => too_large(),
        _ => why,
    })?;
    let newest_secret = verify(flaro, &channel, &headers, &body)?;
    let compressed = open::encoding(&headers)?;
    let company_code = channel.company_code.clone();
    // Decompressing, parsing and auditing a whole day takes milliseconds: off the threads that serve.
    let opened = web::apart(move || {
        let opened = open::open(&body, compressed)?;
        let (settlement, store) = (opened.event.settlement.id, opened.event.store.clone());
        let meant = open::meant_for(&opened, &company_code).map(|()| assess::assess(opened));
        Ok::<_, ApiError>((settlement, store, meant))
    });
    let (settlement, store, assessed) = opened.await.map_err(ApiError::internal)??;
    // The settlement's own, whatever a header says: it is its name in everybody's log, also where it is refused.
    let trace = Trace::of(settlement);
    let refused = |why: ApiError| {
        tracing::warn!(%trace, %settlement, %why, "an event is refused");
        why
    };
    let arrival = Arrival { channel, assessed: assessed.map_err(refused)?, newest_secret, at: flaro.now() };
    let outcome = record(flaro, arrival).await.map_err(|error| refused(unavailable(error)))?;
    let outcome = outcome.ok_or_else(|| refused(brought::refusal(store.id, &store.name)))?;
    let (event, verdict) = (outcome.receipt.event_id, outcome.verdict);
    tracing::info!(%trace, %settlement, %event, ?verdict, "an event is kept");
    if outcome.verdict == Some(Verdict::Stands) {
        flaro.dirty.notify_one();
    }
    match outcome.verdict {
        Some(Verdict::Conflict) => Err(conflict(&outcome.receipt)),
        _ => Ok(Json(outcome.receipt)),
    }
}

async fn record(flaro: &Flaro, arrival: Arrival) -> Result<Option<inbox::Outcome>, DbError> {
    let arrival = Arc::new(arrival);
    let db = flaro.db.in_line_of(arrival.channel.company.as_str());
    let mut tries = 0;
    loop {
        let unit = arrival.clone();
        let done = db.write(async move |tx: &mut Tx| inbox::record(tx, &unit).await).await;
        tries += 1;
        match done {
            Err(error) if error.is_retryable() && tries < TRIES_MAX => tracing::debug!(%error, "received once more"),
            done => return done,
        }
    }
}

/// Verifies the signature; answers whether it was the newest secret's.
fn verify(flaro: &Flaro, channel: &Channel, headers: &HeaderMap, body: &Bytes) -> Result<bool, ApiError> {
    let header = |name: &'static str| {
        headers
            .get(name)
            .and_then(|value| value.to_str().ok())
            .ok_or_else(|| unsigned("signature_missing", format!("the header {name} is missing")))
    };
    let signed = signature::Headers {
        id: header("webhook-id")?,
        timestamp: header("webhook-timestamp")?,
        signature: header("webhook-signature")?,
    };
    let now = flaro.now();
    let newest = signature::verify(std::slice::from_ref(&channel.secret), signed, body, now);
    let verified = match (&newest, channel.previous(now)) {
        (Err(SignatureError::Mismatch), Some(previous)) => {
            signature::verify(std::slice::from_ref(previous), signed, body, now)
        }
        _ => newest,
    };
    verified.map_err(|why| refused_signature(why, now))?;
    Ok(newest.is_ok())
}

fn refused_signature(why: SignatureError, now: jiff::Timestamp) -> ApiError {
    match why {
        SignatureError::Skew(_) => {
            ApiError::new(StatusCode::TOO_EARLY, "clock_skew", format!("{why}; this clock says {now}"))
                .rule("webhook-timestamp is the time of sending")
                .hint("Set the clock right and send again; the event is not lost.")
        }
        SignatureError::Timestamp => unsigned("signature_timestamp", why.to_string()),
        SignatureError::Mismatch => unsigned("signature_mismatch", why.to_string()),
    }
}

fn unsigned(code: &str, message: String) -> ApiError {
    ApiError::new(StatusCode::UNAUTHORIZED, code, message)
        .rule("Standard Webhooks: webhook-id, webhook-timestamp and webhook-signature over the exact bytes as sent")
        .hint("Sign with the secret that the handshake or the last rotation gave.")
}

fn too_large() -> ApiError {
    let message = format!("the body is larger than {BODY_BYTES_MAX} bytes as sent");
    ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large", message).hint("Send it with Content-Encoding: zstd.")
}

fn conflict(receipt: &EventReceipt) -> ApiError {
    let message =
        format!("event {} is kept, but another version of the same settlement revision is here", receipt.event_id);
    ApiError::new(StatusCode::CONFLICT, "revision_conflict", message)
        .rule("a settlement revision has one content for ever; a correction is the next revision")
        .hint("A person has to look at both versions: FLARO shows them under 外部連携. Send a new revision.")
}

/// What a request says of its encoding: the header, in lower case.
fn content_encoding(headers: &HeaderMap) -> String {
    let value = headers.get(header::CONTENT_ENCODING).map(|value| String::from_utf8_lossy(value.as_bytes()));
    value.map_or_else(String::new, |value| value.trim().to_ascii_lowercase())
}
