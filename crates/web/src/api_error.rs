//! What a program is told when it can't be served: the thing, the rule and the way out, in English.
//!
//! `{"error":{"code","message","rule","hint"}}`; `code` is for branching and never changes, the rest is for the
//! engineer who reads the log. All four keys are always there; `rule` and `hint` may be null.

use axum::Json;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use jiff::SignedDuration;
use serde::Serialize;

/// An error on a path that programs call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ApiError {
    status: StatusCode,
    body: Body,
    retry_after_s: Option<i64>,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Body {
    code: String,
    message: String,
    rule: Option<String>,
    hint: Option<String>,
}

#[derive(Serialize)]
struct Envelope {
    error: Body,
}

impl ApiError {
    /// `code` is a stable `snake_case` name; `message` names the thing that is wrong.
    pub fn new(status: StatusCode, code: impl Into<String>, message: impl Into<String>) -> Self {
        let body = Body { code: code.into(), message: message.into(), rule: None, hint: None };
        Self { status, body, retry_after_s: None }
    }

    /// The rule that was broken.
    #[must_use]
    pub fn rule(mut self, rule: impl Into<String>) -> Self {
        self.body.rule = Some(rule.into());
        self
    }

    /// The way out.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.body.hint = Some(hint.into());
        self
    }

    /// Not before this long (`Retry-After`, in whole seconds).
    #[must_use]
    pub fn retry_after(mut self, wait: SignedDuration) -> Self {
        self.retry_after_s = Some(i64::try_from((wait.as_millis() + 999) / 1_000).unwrap_or(i64::MAX));
        self
    }

    /// The status it is answered with.
    pub fn status(&self) -> StatusCode {
        self.status
    }

    /// The stable name of the error.
    pub fn code(&self) -> &str {
        &self.body.code
    }

    /// Something broke here, not at the caller; the cause is logged and kept from the answer.
    pub fn internal(cause: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> Self {
        let cause = cause.into();
        tracing::error!(error = %crate::failure::chain(&*cause), "a request failed");
        Self::of_status(crate::failure::status_of(&*cause))
    }

    /// The plain error of a status nobody wrote a body for.
    pub fn of_status(status: StatusCode) -> Self {
        let (code, hint) = match status {
            StatusCode::BAD_REQUEST => ("bad_request", "Check the request against the documentation."),
            StatusCode::UNAUTHORIZED => ("unauthorized", "Send a valid credential in the Authorization header."),
            StatusCode::FORBIDDEN => ("forbidden", "This credential may not do that."),
            StatusCode::NOT_FOUND => ("not_found", "Check the path and the identifier in it."),
            StatusCode::METHOD_NOT_ALLOWED => ("method_not_allowed", "The Allow header lists what this path takes."),
            StatusCode::PAYLOAD_TOO_LARGE => ("payload_too_large", "Send less in one request."),
            StatusCode::UNSUPPORTED_MEDIA_TYPE => ("unsupported_media_type", "Send Content-Type: application/json."),
            StatusCode::TOO_MANY_REQUESTS => ("too_many_requests", "Wait as long as Retry-After says."),
            StatusCode::SERVICE_UNAVAILABLE => ("unavailable", "Try again later, waiting longer each time."),
            status if status.is_server_error() => ("internal", "Try again later; nothing was accepted."),
            _ => ("refused", "Check the request against the documentation."),
        };
        Self::new(status, code, status.canonical_reason().unwrap_or("The request was refused")).hint(hint)
    }
}

impl std::fmt::Display for ApiError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{} {}: {}", self.status.as_u16(), self.body.code, self.body.message)
    }
}

impl IntoResponse for ApiError {
    fn into_response(self) -> Response {
        let mut response = (self.status, Json(Envelope { error: self.body })).into_response();
        if let Some(seconds) = self.retry_after_s {
            response.headers_mut().insert(header::RETRY_AFTER, seconds.into());
        }
        response
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn the_body_has_all_four_keys() {
        let error = ApiError::new(StatusCode::CONFLICT, "gap", "seq 7 is missing").rule("in order").into_response();
        assert_eq!(error.status(), StatusCode::CONFLICT);
        let body = axum::body::to_bytes(error.into_body(), 1000).await.unwrap();
        let expected = r#"{"error":{"code":"gap","message":"seq 7 is missing","rule":"in order","hint":null}}"#;
        assert_eq!(body, expected);
    }
}
