//! What a person is told when a page can't be shown: what happened, and a way out.
//!
//! A handler answers with a [`Failure`] (or any error through `?`, which becomes a logged 500). [`pages`] turns it,
//! and every bare error status of the layers below, into a page in Japanese, or on `/api` and `/partner` paths into
//! an [`ApiError`]. What already carries a page or JSON passes through.

use std::error::Error;
use std::fmt::Write as _;
use std::sync::Arc;

use askama::Template;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use tower_http::csrf::ProtectionError;

use crate::api_error::ApiError;
use crate::harden::Settings;
use crate::html::Html;

/// What a page's handler answers.
pub type PageResult = Result<Response, Failure>;

/// Why a page can't be shown.
#[derive(Clone, Debug)]
pub struct Failure {
    status: StatusCode,
    message: Option<String>,
}

impl Failure {
    /// A failure with the page's usual words.
    pub fn new(status: StatusCode) -> Self {
        Self { status, message: None }
    }

    /// There is no such thing (or it belongs to someone else, which nobody is told).
    pub fn not_found() -> Self {
        Self::new(StatusCode::NOT_FOUND)
    }

    /// This person may not do that.
    pub fn forbidden() -> Self {
        Self::new(StatusCode::FORBIDDEN)
    }

    /// Something broke; the cause is logged and kept from the page.
    pub fn internal(cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        let cause = cause.into();
        tracing::error!(error = %chain(&*cause), "a page failed");
        Self::new(status_of(&*cause))
    }

    /// Says it in words of its own, in Japanese.
    #[must_use]
    pub fn says(mut self, message: impl Into<String>) -> Self {
        self.message = Some(message.into());
        self
    }

    /// The status it is answered with.
    pub fn status(&self) -> StatusCode {
        self.status
    }
}

impl<E: Error + Send + Sync + 'static> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::internal(error)
    }
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(self);
        response
    }
}

/// A store in trouble is worth another try; anything else is our own mistake.
pub(crate) fn status_of(cause: &(dyn Error + 'static)) -> StatusCode {
    match cause.downcast_ref::<db::DbError>() {
        Some(error) if error.is_unavailable() => StatusCode::SERVICE_UNAVAILABLE,
        _ => StatusCode::INTERNAL_SERVER_ERROR,
    }
}

/// An error with all its causes, for the log.
pub fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(inner) = cause {
        let _ = write!(text, ": {inner}");
        cause = inner.source();
    }
    text
}

/// Is this a path that programs call?
pub fn for_programs(path: &str) -> bool {
    ["/api", "/partner", "/webhook"]
        .iter()
        .any(|p| path.strip_prefix(p).is_some_and(|rest| rest.is_empty() || rest.starts_with('/')))
}

/// The layer that gives bare errors a body.
pub async fn pages(State(settings): State<Arc<Settings>>, request: Request, next: Next) -> Response {
    let programs = for_programs(request.uri().path());
    let response = next.run(request).await;
    if !is_bare_error(&response) {
        return response;
    }
    let (mut parts, _) = response.into_parts();
    let mut page = if programs {
        ApiError::of_status(parts.status).into_response()
    } else {
        let failure = parts.extensions.remove::<Failure>().unwrap_or_else(|| Failure::new(parts.status));
        let crossed = parts.extensions.get::<ProtectionError>().is_some();
        page_of(&settings, &failure, crossed)
    };
    keep_headers(&parts.headers, page.headers_mut());
    page
}

fn is_bare_error(response: &Response) -> bool {
    let kind = response.headers().get(header::CONTENT_TYPE).map(HeaderValue::as_bytes);
    let error = response.status().is_client_error() || response.status().is_server_error();
    error && kind.is_none_or(|k| k.starts_with(b"text/plain"))
}

fn keep_headers(from: &HeaderMap, to: &mut HeaderMap) {
    for (name, value) in from {
        if !matches!(*name, header::CONTENT_TYPE | header::CONTENT_LENGTH) {
            to.append(name, value.clone());
        }
    }
}

#[derive(Template)]
#[template(path = "failure.html")]
struct Page<'a> {
    message: &'a str,
    home: &'a str,
    status: u16,
}

fn page_of(settings: &Settings, failure: &Failure, crossed: bool) -> Response {
    let (title, usual) = if crossed {
        (
            "この画面からは受け付けられません",
            "ほかのサイトから送られた操作のため、止めました。画面を開き直して、もう一度操作してください。",
        )
    } else {
        words(failure.status)
    };
    let message = failure.message.as_deref().unwrap_or(usual);
    let content = Html::of(Page { message, home: &settings.home, status: failure.status.as_u16() });
    crate::bare::page(&settings.product, title, failure.status, &content)
}

fn words(status: StatusCode) -> (&'static str, &'static str) {
    match status {
        StatusCode::NOT_FOUND => {
            ("ページが見つかりません", "アドレスが変わったか、削除された可能性があります。メニューから探してください。")
        }
        StatusCode::FORBIDDEN => {
            ("この操作はできません", "お使いのアカウントには権限がありません。必要なときは管理者に依頼してください。")
        }
        StatusCode::UNAUTHORIZED => ("ログインが必要です", "もう一度ログインしてください。"),
        StatusCode::METHOD_NOT_ALLOWED => ("この開き方はできません", "画面のボタンやリンクから操作してください。"),
        StatusCode::PAYLOAD_TOO_LARGE => {
            ("送られた内容が大きすぎます", "ファイルを分けるか、入力を減らして、もう一度送ってください。")
        }
        StatusCode::TOO_MANY_REQUESTS => {
            ("少し待ってください", "操作が続いたため、受け付けを止めています。しばらくしてからもう一度お試しください。")
        }
        StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT => {
            ("混み合っています", "時間がかかりすぎたため、中断しました。しばらくしてからもう一度お試しください。")
        }
        status if status.is_server_error() => (
            "表示できませんでした",
            "こちら側で問題が起きました。入力した内容は登録されていない可能性があります。しばらくしてからもう一度お試しください。",
        ),
        _ => (
            "受け付けられませんでした",
            "送られた内容を読み取れませんでした。画面を開き直して、もう一度操作してください。",
        ),
    }
}
