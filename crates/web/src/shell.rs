//! The page around every page: side menu, top bar, breadcrumbs, heading, notice, content.
//!
//! The content comes as a template of the crate that owns the page, rendered first and framed here. The shell
//! promises `lang="ja"`, landmarks, a skip link, one `h1` and no inline style or script.

use std::borrow::Cow;

use askama::Template;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::assets;
use crate::flash::Notice;
use crate::html::Html;
use crate::signed_in::SignedIn;
use crate::ui::{self, Icon};

/// The side menu of a place; made once, once a role, or for the one who looks.
#[derive(Clone, Debug)]
pub struct Menu {
    product: String,
    home: String,
    groups: Vec<(String, Vec<(String, String)>)>,
    account: Option<String>,
    help: Option<(String, String)>,
}

impl Menu {
    /// `product` stands on top of the menu and in every title; `home` is where it leads.
    pub fn new(product: impl Into<String>, home: impl Into<String>) -> Self {
        Self { product: product.into(), home: home.into(), groups: Vec::new(), account: None, help: None }
    }

    /// A group of `(label, href)` links; an empty heading makes a group without one.
    #[must_use]
    pub fn group(mut self, heading: impl Into<String>, links: &[(&str, &str)]) -> Self {
        let links = links.iter().map(|(label, href)| ((*label).to_owned(), (*href).to_owned())).collect();
        self.groups.push((heading.into(), links));
        self
    }

    /// Where the name in the top bar leads: the page about whoever is signed in.
    #[must_use]
    pub fn account(mut self, href: impl Into<String>) -> Self {
        self.account = Some(href.into());
        self
    }

    /// A link at the foot of every page.
    #[must_use]
    pub fn help(mut self, label: impl Into<String>, href: impl Into<String>) -> Self {
        self.help = Some((label.into(), href.into()));
        self
    }

    /// The name of the place.
    pub fn product(&self) -> &str {
        &self.product
    }
}

impl From<Menu> for Cow<'_, Menu> {
    fn from(menu: Menu) -> Self {
        Cow::Owned(menu)
    }
}

impl<'a> From<&'a Menu> for Cow<'a, Menu> {
    fn from(menu: &'a Menu) -> Self {
        Cow::Borrowed(menu)
    }
}

/// A page in the making.
#[derive(Clone, Debug)]
pub struct Shell<'a> {
    menu: Cow<'a, Menu>,
    title: String,
    here: String,
    crumbs: Vec<(String, Option<String>)>,
    who: Option<String>,
    top: String,
    lead: String,
    actions: Html,
    notice: Option<Notice>,
    status: StatusCode,
    scripts: Vec<String>,
    wide: bool,
}

impl<'a> Shell<'a> {
    /// A page with this heading, which is also its title.
    pub fn new(menu: impl Into<Cow<'a, Menu>>, title: impl Into<String>) -> Self {
        Self {
            menu: menu.into(),
            title: title.into(),
            here: String::new(),
            crumbs: Vec::new(),
            who: None,
            top: String::new(),
            lead: String::new(),
            actions: Html::default(),
            notice: None,
            status: StatusCode::OK,
            scripts: Vec::new(),
            wide: false,
        }
    }

    /// The menu entry this page belongs to, by its href.
    #[must_use]
    pub fn here(mut self, href: impl Into<String>) -> Self {
        self.here = href.into();
        self
    }

    /// One breadcrumb; without a href it is plain text.
    #[must_use]
    pub fn crumb(mut self, label: impl Into<String>, href: Option<&str>) -> Self {
        self.crumbs.push((label.into(), href.map(ToOwned::to_owned)));
        self
    }

    /// Who is looking: the name in the top bar, with the log-out button.
    #[must_use]
    pub fn who(mut self, who: &SignedIn) -> Self {
        self.who = Some(who.name().to_owned());
        self
    }

    /// The text at the left of the top bar.
    #[must_use]
    pub fn top(mut self, text: impl Into<String>) -> Self {
        self.top = text.into();
        self
    }

    /// A small line above the heading: what the figures of the page stand for.
    #[must_use]
    pub fn lead(mut self, text: impl Into<String>) -> Self {
        self.lead = text.into();
        self
    }

    /// Controls at the right of the heading: segments, a download, a print button.
    #[must_use]
    pub fn actions(mut self, actions: Html) -> Self {
        self.actions = actions;
        self
    }

    /// What just happened, from [`crate::Flash::take`].
    #[must_use]
    pub fn flash(mut self, notice: Option<Notice>) -> Self {
        self.notice = notice;
        self
    }

    /// Another status than 200: 422 for a form shown again with its errors.
    #[must_use]
    pub fn status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    /// A script of the place's own, by the path its asset has.
    #[must_use]
    pub fn script(mut self, path: impl Into<String>) -> Self {
        self.scripts.push(path.into());
        self
    }

    /// Lets the content use the whole width: for wide tables and calendars.
    #[must_use]
    pub fn wide(mut self) -> Self {
        self.wide = true;
        self
    }

    /// Renders the content and the page around it.
    pub fn render(self, content: impl Template) -> Response {
        match content.render() {
            Ok(content) => self.frame(&Html::trusted(content)),
            Err(error) => crate::Failure::internal(error).into_response(),
        }
    }

    /// The page around content that is rendered already.
    pub fn frame(self, content: &Html) -> Response {
        let status = self.status;
        let page = Page { shell: &self, content, css: assets::css(), js: assets::js(), favicon: assets::favicon() };
        (status, [(header::CONTENT_TYPE, "text/html; charset=utf-8")], Html::of(page).to_string()).into_response()
    }
}

#[derive(Template)]
#[template(path = "shell.html")]
struct Page<'a> {
    shell: &'a Shell<'a>,
    content: &'a Html,
    css: &'static str,
    js: &'static str,
    favicon: &'static str,
}

impl Page<'_> {
    fn title(&self) -> String {
        let mistaken = if self.shell.status == StatusCode::UNPROCESSABLE_ENTITY { "入力エラー：" } else { "" };
        format!("{mistaken}{} ｜ {}", self.shell.title, self.shell.menu.product)
    }

    fn current(&self, href: &str) -> Html {
        Html::trusted(if href == self.shell.here { r#" aria-current="page""# } else { "" })
    }

    fn icon(icon: Icon) -> Html {
        ui::icon(icon)
    }
}
