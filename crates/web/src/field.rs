//! One form field as markup: label above, `※必須`, hint, the control with what was typed, the error below.
//!
//! The error and the hint are tied to the control with `aria-describedby`, and a wrong control says `aria-invalid`.

use askama::Template;

use crate::field_errors::field_id;
use crate::form::Form;
use crate::html::Html;
use crate::ui::{self, Icon};

/// A field being described; one of the last methods renders it.
#[derive(Clone, Debug)]
pub struct Field<'a> {
    form: &'a Form,
    name: &'a str,
    label: &'a str,
    hint: &'a str,
    required: bool,
    label_hidden: bool,
    width: &'static str,
    autocomplete: &'a str,
    input_mode: &'static str,
    length_max: Option<usize>,
    accept: &'a str,
}

impl<'a> Field<'a> {
    pub(crate) fn new(form: &'a Form, name: &'a str, label: &'a str) -> Self {
        Self {
            form,
            name,
            label,
            hint: "",
            required: false,
            label_hidden: false,
            width: "medium",
            autocomplete: "",
            input_mode: "",
            length_max: None,
            accept: "",
        }
    }

    /// Shows `※必須`.
    #[must_use]
    pub fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// A line between label and control: what to type, with an example.
    #[must_use]
    pub fn hint(mut self, hint: &'a str) -> Self {
        self.hint = hint;
        self
    }

    /// Keeps the label for screen readers only: in a table, where the column says it.
    #[must_use]
    pub fn label_hidden(mut self) -> Self {
        self.label_hidden = true;
        self
    }

    /// Narrow: codes and dates.
    #[must_use]
    pub fn narrow(mut self) -> Self {
        self.width = "narrow";
        self
    }

    /// As wide as its place.
    #[must_use]
    pub fn wide(mut self) -> Self {
        self.width = "wide";
        self
    }

    /// The browser's autocomplete token.
    #[must_use]
    pub fn autocomplete(mut self, token: &'a str) -> Self {
        self.autocomplete = token;
        self
    }

    /// The most characters taken. What is longer is still told apart by the form's own rule.
    #[must_use]
    pub fn length_max(mut self, characters: usize) -> Self {
        self.length_max = Some(characters);
        self
    }

    /// A line of text.
    pub fn input(self) -> Html {
        self.render("text", &[])
    }

    /// Digits: a number pad on a tablet.
    pub fn digits(mut self) -> Html {
        self.input_mode = "numeric";
        self.render("text", &[])
    }

    /// A date as `YYYY/MM/DD`.
    pub fn date(mut self) -> Html {
        self.input_mode = "numeric";
        self.width = "narrow";
        self.render("text", &[])
    }

    /// A mail address.
    pub fn email(mut self) -> Html {
        self.input_mode = "email";
        self.render("email", &[])
    }

    /// A secret: never filled in again.
    pub fn password(self) -> Html {
        self.render("password", &[])
    }

    /// A file; `accept` as a browser reads it (`.csv,.xlsx`). Its form needs `enctype="multipart/form-data"` and is read
    /// by an [`Upload`](crate::Upload).
    pub fn file(mut self, accept: &'a str) -> Html {
        self.accept = accept;
        self.render("file", &[])
    }

    /// Several lines of text.
    pub fn area(self) -> Html {
        self.render("area", &[])
    }

    /// One of several, `(value, label)`.
    pub fn select<V: AsRef<str>, L: AsRef<str>>(self, options: &[(V, L)]) -> Html {
        let options = self.options(options);
        self.render("select", &options)
    }

    /// One of a few, all in sight.
    pub fn radios<V: AsRef<str>, L: AsRef<str>>(self, options: &[(V, L)]) -> Html {
        let options = self.options(options);
        self.render("radios", &options)
    }

    /// A single checkbox with the label beside it.
    pub fn checkbox(self) -> Html {
        self.render("checkbox", &[])
    }

    /// On or off; sent as `on`, absent when off.
    pub fn switch(self) -> Html {
        self.render("switch", &[])
    }

    fn options<V: AsRef<str>, L: AsRef<str>>(&self, options: &[(V, L)]) -> Vec<Choice> {
        let chosen = self.form.raw(self.name);
        let choice = |(value, label): &(V, L)| Choice {
            value: value.as_ref().to_owned(),
            label: label.as_ref().to_owned(),
            chosen: value.as_ref() == chosen,
        };
        options.iter().map(choice).collect()
    }

    fn render(self, kind: &'static str, options: &[Choice]) -> Html {
        let (id, error) = (field_id(self.name), self.form.errors().of(self.name).unwrap_or_default());
        Html::of(Markup { value: self.form.raw(self.name), error, id, kind, options, field: &self })
    }
}

#[derive(Debug)]
struct Choice {
    value: String,
    label: String,
    chosen: bool,
}

#[derive(Template)]
#[template(path = "field.html")]
struct Markup<'a> {
    field: &'a Field<'a>,
    id: String,
    kind: &'static str,
    value: &'a str,
    error: &'a str,
    options: &'a [Choice],
}

impl Markup<'_> {
    fn is_on(&self) -> bool {
        self.field.form.is_on(self.field.name)
    }

    fn alert() -> Html {
        ui::icon(Icon::Alert)
    }

    /// `aria-describedby` and `aria-invalid`, as far as there is something to say.
    fn aria(&self) -> Html {
        let mut described = Vec::new();
        if !self.field.hint.is_empty() {
            described.push(format!("{}-hint", self.id));
        }
        if !self.error.is_empty() {
            described.push(format!("{}-error", self.id));
        }
        let mut aria = String::new();
        if !described.is_empty() {
            aria = format!(r#" aria-describedby="{}""#, described.join(" "));
        }
        if !self.error.is_empty() {
            aria.push_str(r#" aria-invalid="true""#);
        }
        if self.field.required {
            aria.push_str(r#" aria-required="true""#);
        }
        Html::trusted(aria)
    }
}
