//! A dangerous action asks first: a dialog that names the thing, the number affected and the consequence.
//!
//! The trigger is a link to the dialog's place on the page. With JavaScript the dialog opens as a modal; without it
//! the browser's `:target` shows the same dialog, so nothing dangerous is ever one stray tap away.

use askama::Template;

use crate::html::{Html, escape};

/// A question before an action that can't be taken back.
#[derive(Clone, Debug, Template)]
#[template(path = "confirm.html")]
pub struct Confirm {
    id: String,
    title: String,
    action: String,
    submit: String,
    lines: Vec<String>,
    hidden: Vec<(String, String)>,
    harmless: bool,
}

impl Confirm {
    /// `id` is unique on the page; `title` names the thing; `action` is where the form is posted; `submit` is a verb.
    pub fn new(id: &str, title: impl Into<String>, action: impl Into<String>, submit: impl Into<String>) -> Self {
        Self {
            id: id.to_owned(),
            title: title.into(),
            action: action.into(),
            submit: submit.into(),
            lines: Vec::new(),
            hidden: Vec::new(),
            harmless: false,
        }
    }

    /// One line of what will happen: how many are affected, what stays, what can't be undone.
    #[must_use]
    pub fn says(mut self, line: impl Into<String>) -> Self {
        self.lines.push(line.into());
        self
    }

    /// A value sent along.
    #[must_use]
    pub fn sends(mut self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.hidden.push((name.into(), value.into()));
        self
    }

    /// Asked so that nobody does it by accident, but nothing is lost by it: not in red.
    #[must_use]
    pub fn harmless(mut self) -> Self {
        self.harmless = true;
        self
    }

    /// The link that opens the dialog.
    pub fn trigger(&self, label: &str) -> Html {
        let id = escape(&self.id);
        let look = if self.harmless { "sub" } else { "danger" };
        Html::trusted(format!(
            r##"<a class="btn {look}" href="#{id}" data-dialog="{id}" aria-haspopup="dialog">{}</a>"##,
            escape(label)
        ))
    }

    /// The dialog itself: put it at the end of the page's content.
    pub fn dialog(&self) -> Html {
        Html::of(self)
    }
}
