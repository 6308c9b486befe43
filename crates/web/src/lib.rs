//! The console kit: page shell, forms and their errors, sessions, flash, tables, charts, downloads, design tokens.
//!
//! It promises pages that work without JavaScript, under a strict Content-Security-Policy, by keyboard, on a tablet
//! and in the dark; and that nobody is signed in except by [`login`]. It knows no business word: what a page is
//! about, who its users are and what they may do is said by the crate that uses it.
//!
//! One call wires a place: [`console::console`]. One page is a [`Shell`] around a template, one form is a
//! [`Form`], one export is a [`download::Sheet`], one file taken in is an [`Upload`]. The example `gallery` shows every piece.
//!
//! ```
//! use askama::Template;
//! use axum::http::StatusCode;
//! use axum::response::{IntoResponse, Redirect, Response};
//! use web::{Flash, Form, ListQuery, Menu, Notice, PageResult, Shell, SignedIn, filters, table};
//!
//! #[derive(Template)]
//! #[template(ext = "html", source = r#"{{ form.summary() }}
//!     <form method="post" class="card pad">
//!     {{ form.field("grams", "重さ").required().hint("例）250").digits() }}
//!     <button class="btn">登録</button></form>"#)]
//! struct Page<'a> {
//!     form: &'a Form,
//! }
//!
//! fn page(menu: &Menu, who: &SignedIn, notice: Option<Notice>, form: &Form) -> Response {
//!     let status = if form.is_ok() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
//!     Shell::new(menu, "瓶の登録").here("/jars").who(who).flash(notice).status(status).render(Page { form })
//! }
//!
//! async fn show(who: SignedIn, flash: Flash) -> Response {
//!     page(&menu(), &who, flash.take().await, &Form::default())
//! }
//!
//! async fn register(who: SignedIn, flash: Flash, mut form: Form) -> PageResult {
//!     let Some(grams) = form.integer("grams", "重さ", 1..=5_000) else {
//!         return Ok(page(&menu(), &who, None, &form));
//!     };
//!     // … store it for `who.tenant()`; an error of the database goes through `?` …
//!     flash.set(Notice::done(format!("{grams}gの瓶を登録しました。"))).await?;
//!     Ok(Redirect::to("/jars").into_response())
//! }
//!
//! async fn export(who: SignedIn, list: ListQuery) -> PageResult {
//!     use web::download::{Cell, Format, Sheet};
//!     let mut sheet = Sheet::new("瓶", "一覧", &["札", "重さ"]);
//!     sheet.row(["plum".into(), Cell::Number(250)]);
//!     let format = Format::of(list.get("format")).unwrap_or_default();
//!     let (now, zone) = (jiff::Timestamp::UNIX_EPOCH, jiff::tz::TimeZone::UTC);
//!     Ok(sheet.download(format, now, &zone)?)
//! }
//!
//! fn menu() -> Menu {
//!     Menu::new("瓶の棚", "/").group("", &[("瓶", "/jars")])
//! }
//! # use axum::routing::get;
//! # let _: web::Routes = web::Routes::new().route("/jars", get(show).post(register)).route("/jars/export", get(export));
//! ```

mod apart;
pub mod api_error;
pub mod assets;
mod axis;
pub mod bare;
pub mod body;
pub mod chart;
pub mod client;
pub mod confirm;
pub mod console;
pub mod cp932;
pub mod download;
pub mod edits;
pub mod failure;
pub mod field;
mod field_errors;
pub mod figures;
pub mod filters;
pub mod flash;
pub mod form;
pub mod format;
pub mod harden;
pub mod html;
pub mod list;
mod lobby;
pub mod login;
pub mod metrics;
pub mod next;
pub mod one_time;
pub mod password;
pub mod pending;
pub mod person;
pub mod ready;
pub mod routes;
pub mod session;
pub mod sheet;
pub mod shell;
pub mod signed_in;
mod sparkline;
pub mod table;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod text;
pub mod throttle;
pub mod ui;
pub mod upload;
mod workbook;

use std::sync::Arc;

pub use apart::apart;
pub use api_error::ApiError;
pub use client::Client;
pub use console::{Console, console};
pub use failure::{Failure, PageResult};
pub use flash::{Flash, Notice};
pub use form::{FieldErrors, Form};
pub use harden::{Settings, harden, harden_api};
pub use html::Html;
pub use list::ListQuery;
pub use lobby::{Seats, lobby, recognised};
pub use login::{Account, Accounts, Entrance};
pub use routes::Routes;
pub use session::{Sessions, migrations};
pub use shell::{Menu, Shell};
pub use signed_in::{SignedIn, Tenant};
pub use upload::Upload;

/// The time, as a parameter: nothing in this crate asks the machine for it.
pub type Clock = Arc<dyn Fn() -> jiff::Timestamp + Send + Sync>;
