//! The console kit: page shell, forms and their errors, sessions, flash, tables, charts, downloads, design tokens.
//!
//! It promises pages that work without JavaScript, under a strict Content-Security-Policy, by keyboard, on a tablet
//! and in the dark; and that nobody is signed in except by [`login`]. It knows no business word: what a page is
//! about, who its users are and what they may do is said by the crate that uses it.
//!
//! One call wires a place: [`console::console`]. One page is a [`Shell`] around a template, one form is a
//! [`Form`], one export is a [`download::Sheet`].

pub mod api_error;
pub mod assets;
mod axis;
pub mod bare;
pub mod chart;
pub mod confirm;
pub mod console;
pub mod cp932;
pub mod download;
pub mod failure;
pub mod field;
pub mod figures;
pub mod filters;
pub mod flash;
pub mod form;
pub mod format;
pub mod harden;
pub mod html;
pub mod list;
pub mod login;
pub mod next;
pub mod password;
pub mod session;
pub mod sheet;
pub mod shell;
pub mod signed_in;
pub mod table;
#[cfg(any(test, feature = "testing"))]
pub mod testing;
pub mod text;
pub mod throttle;
pub mod ui;

use std::sync::Arc;

pub use api_error::ApiError;
pub use console::{Console, console};
pub use failure::{Failure, PageResult};
pub use flash::{Flash, Notice};
pub use form::{FieldErrors, Form};
pub use harden::{Settings, harden, harden_api};
pub use html::Html;
pub use list::ListQuery;
pub use login::{Account, Accounts};
pub use session::{Sessions, migrations};
pub use shell::{Menu, Shell};
pub use signed_in::{SignedIn, Tenant};

/// The time, as a parameter: nothing in this crate asks the machine for it.
pub type Clock = Arc<dyn Fn() -> jiff::Timestamp + Send + Sync>;
