//! The page without a menu: for logging in, and for errors, where nobody may be signed in.

use askama::Template;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::assets;
use crate::html::Html;

/// A page of one card in the middle.
#[derive(Template)]
#[template(path = "bare.html")]
struct Bare<'a> {
    product: &'a str,
    title: &'a str,
    content: &'a Html,
    css: &'static str,
    js: &'static str,
    favicon: &'static str,
}

/// Frames the content with nothing but the product's name and a heading.
pub fn page(product: &str, title: &str, status: StatusCode, content: &Html) -> Response {
    let (css, js, favicon) = (assets::css(), assets::js(), assets::favicon());
    let page = Bare { product, title, content, css, js, favicon };
    (status, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], Html::of(page).to_string()).into_response()
}
