//! The page around every page of the till: the bar that says how everything stands, the rail, the content.

use super::{Screen, bar::Bar, clerk::Clerk};
use askama::Template;
use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use std::sync::LazyLock;
use web::{
    Failure, Html, Notice, PageResult,
    assets::{self, Asset},
};

static CSS: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("till.css", "text/css; charset=utf-8", include_bytes!("till.css")));
static JS: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("till.js", "text/javascript; charset=utf-8", include_bytes!("till.js")));

/// What the screen brings beside the kit's own files.
pub(super) fn own_assets() -> Vec<Asset> {
    vec![CSS.clone(), JS.clone()]
}

/// A page in the making.
pub(super) struct Page<'a> {
    screen: &'a Screen,
    clerk: Option<&'a Clerk>,
    title: String,
    here: &'static str,
    kind: &'static str,
    notice: Option<Notice>,
    status: StatusCode,
}

impl Screen {
    /// A page for whoever is signed in.
    pub(super) fn page<'a>(&'a self, clerk: &'a Clerk, title: impl Into<String>, here: &'static str) -> Page<'a> {
        Page { clerk: Some(clerk), ..self.page_for_nobody(title, here) }
    }

    /// A page before anybody is signed in.
    pub(super) fn page_for_nobody(&self, title: impl Into<String>, here: &'static str) -> Page<'_> {
        let (title, status) = (title.into(), StatusCode::OK);
        Page { screen: self, clerk: None, title, here, kind: "plain", notice: None, status }
    }
}

impl Page<'_> {
    /// What just happened.
    pub fn flash(mut self, notice: Option<Notice>) -> Self {
        self.notice = notice;
        self
    }

    /// Another status than 200.
    pub fn status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// A page that draws itself to the edges and brings its own heading.
    pub fn bare(mut self) -> Self {
        self.kind = "bleed";
        self
    }

    /// Renders the content and the frame around it.
    pub async fn render(self, content: impl Template) -> PageResult {
        let content = Html::trusted(content.render().map_err(Failure::internal)?);
        let bar = Bar::read(self.screen).await?;
        let status = self.status;
        let frame = Frame {
            page: &self,
            bar: &bar,
            content,
            css: [assets::css(), CSS.path()],
            js: [assets::js(), JS.path()],
            favicon: assets::favicon(),
        };
        let html = frame.render().map_err(Failure::internal)?;
        Ok((status, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], html).into_response())
    }
}

/// A part of a page, for a script that swaps it.
pub(super) fn fragment(status: StatusCode, content: impl Template) -> PageResult {
    let html = content.render().map_err(Failure::internal)?;
    Ok((status, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], html).into_response() as Response)
}

#[derive(Template)]
#[template(path = "frame.html")]
struct Frame<'a> {
    page: &'a Page<'a>,
    bar: &'a Bar,
    content: Html,
    css: [&'static str; 2],
    js: [&'static str; 2],
    favicon: &'static str,
}

impl Frame<'_> {
    fn current(&self, href: &str) -> Html {
        Html::trusted(if href == self.page.here { r#" aria-current="page""# } else { "" })
    }

    fn prefix(&self) -> &'static str {
        if self.page.status == StatusCode::UNPROCESSABLE_ENTITY { "入力エラー：" } else { "" }
    }
}

impl Frame<'_> {
    fn person() -> Html {
        web::ui::icon(web::ui::Icon::Person)
    }
}
