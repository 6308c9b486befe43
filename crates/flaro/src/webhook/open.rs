//! From the bytes of a verified request to an event and the frame that is stored: bounded, typed, nothing lost.
//! What came compressed is stored as it came.

use super::content_encoding;
use axum::{
    body::Bytes,
    http::{HeaderMap, StatusCode},
};
use protocol::{
    EVENT_BYTES_MAX,
    event::{Event, Frame, FrameError},
    hash::Sha256,
};
use sales::CompanyCode;
use web::ApiError;

/// An event with its bytes.
#[derive(Debug)]
pub(crate) struct Opened {
    pub event: Box<Event>,
    pub frame: Frame,
    pub body_bytes: usize,
}

/// Whether the body is compressed; an encoding nobody agreed on is refused.
pub(super) fn encoding(headers: &HeaderMap) -> Result<bool, ApiError> {
    match content_encoding(headers).as_str() {
        "" | "identity" => Ok(false),
        "zstd" => Ok(true),
        other => {
            let message = format!("Content-Encoding \"{other}\" is not understood");
            Err(ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "encoding_unknown", message).rule("zstd, or none"))
        }
    }
}

pub(super) fn open(body: &Bytes, compressed: bool) -> Result<Opened, ApiError> {
    let (plain, frame) = if compressed {
        let plain = Frame::unpack(body, EVENT_BYTES_MAX).map_err(|why| unpackable(&why))?;
        let frame = Frame { zstd: body.to_vec(), body_sha256: Sha256::of(&plain) };
        (Bytes::from(plain), frame)
    } else {
        (body.clone(), Frame::pack(body).map_err(ApiError::internal)?)
    };
    let event = serde_json::from_slice::<Event>(&plain).map_err(|why| unreadable(&why))?;
    Ok(Opened { event: Box::new(event), frame, body_bytes: plain.len() })
}

fn unpackable(why: &FrameError) -> ApiError {
    let (status, code) = match why {
        FrameError::TooLarge(_) => (StatusCode::PAYLOAD_TOO_LARGE, "event_too_large"),
        FrameError::Zstd(_) => (StatusCode::BAD_REQUEST, "body_not_zstd"),
    };
    ApiError::new(status, code, why.to_string()).rule("Content-Encoding: zstd is one whole frame")
}

fn unreadable(why: &serde_json::Error) -> ApiError {
    let message = format!("the event can't be read at line {} column {}: {why}", why.line(), why.column());
    ApiError::new(StatusCode::BAD_REQUEST, "event_unreadable", message)
        .rule("the event's JSON Schema")
        .hint("Nothing was stored. Correct the sender and send the event again.")
}

/// An event of another company than the linkage's was never meant for this address.
pub(super) fn meant_for(opened: &Opened, company: &CompanyCode) -> Result<(), ApiError> {
    let named = &opened.event.company_code;
    if named == company {
        return Ok(());
    }
    let message = format!("the event is of company \"{named}\", the linkage is not");
    Err(ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "company_differs", message)
        .rule("company_code is that of the linkage")
        .hint("Nothing was stored. Check which company's webhook address is used."))
}
