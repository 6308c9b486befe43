//! A program's request body, read whole. A line that breaks in the middle is the line's fault and never the message's: the
//! caller is told to send the same bytes again, not that they are wrong.

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::StatusCode;

use crate::ApiError;

/// Reads it, up to so many bytes; the wall around the handler bounds what is held until then.
///
/// Fails with 413 where it is longer, and with 408 where it broke off.
pub async fn whole(request: Request, bytes_max: usize) -> Result<Bytes, ApiError> {
    let too_long = || ApiError::of_status(StatusCode::PAYLOAD_TOO_LARGE);
    let body = Bytes::from_request(request, &()).await.map_err(|rejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => too_long(),
        _ => ApiError::new(StatusCode::REQUEST_TIMEOUT, "body.broken_off", "the body broke off before its end")
            .rule("A request is taken in whole or not at all")
            .hint("Send the same bytes again; nothing of this request was stored"),
    })?;
    if body.len() > bytes_max { Err(too_long()) } else { Ok(body) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::body::Body;
    use axum::routing::post;
    use axum::{Router, extract::DefaultBodyLimit};
    use tower::ServiceExt;
    use tower_http::limit::RequestBodyLimitLayer;

    async fn status(body: Body) -> StatusCode {
        let read = async |request: Request| whole(request, 950).await.map(|bytes| bytes.len().to_string());
        let router = Router::new()
            .route("/", post(read))
            .layer(DefaultBodyLimit::disable())
            .layer(RequestBodyLimitLayer::new(1_000));
        router.oneshot(Request::post("/").body(body).unwrap()).await.unwrap().status()
    }

    #[tokio::test]
    async fn a_body_that_breaks_off_is_not_a_wrong_one() {
        let pieces = |last| Body::from_stream(futures::stream::iter([Ok(vec![b'a'; 600]), last]));
        assert_eq!(status(pieces(Ok(vec![b'b'; 300]))).await, StatusCode::OK);
        assert_eq!(status(pieces(Ok(vec![b'b'; 380]))).await, StatusCode::PAYLOAD_TOO_LARGE, "its own bound");
        assert_eq!(status(pieces(Ok(vec![b'b'; 500]))).await, StatusCode::PAYLOAD_TOO_LARGE, "the wall's");
        let broken = std::io::Error::from(std::io::ErrorKind::ConnectionReset);
        assert_eq!(status(pieces(Err(broken))).await, StatusCode::REQUEST_TIMEOUT);
    }
}
