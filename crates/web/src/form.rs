//! A submitted form: what was typed, read into typed values, with every mistake collected.
//!
//! Reading never stops at the first mistake and never loses what was typed: the same [`Form`] renders the page
//! again, each error under its field and all of them in a summary on top that links to the fields.

use std::ops::RangeInclusive;

use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::{StatusCode, header};
use jiff::civil::Date;

use crate::failure::Failure;
use crate::field::Field;
pub use crate::field_errors::FieldErrors;
use crate::html::Html;
use crate::{format, text};

/// More fields than any form of ours has.
const FIELDS_MAX: usize = 5_000;

/// The values of a form and what is wrong with them.
#[derive(Clone, Debug, Default)]
pub struct Form {
    values: Vec<(String, String)>,
    errors: FieldErrors,
}

impl Form {
    /// A form as it is first shown: field name and value.
    pub fn of<N: Into<String>, V: Into<String>>(values: impl IntoIterator<Item = (N, V)>) -> Self {
        let values = values.into_iter().map(|(n, v)| (n.into(), v.into())).collect();
        Self { values, errors: FieldErrors::default() }
    }

    /// Reads an urlencoded body.
    pub fn parse(body: &[u8]) -> Result<Self, Failure> {
        let typed = url::form_urlencoded::parse(body).map(|(name, value)| (name, text::typed(&value)));
        let form = Self::of(typed.take(FIELDS_MAX + 1));
        if form.values.len() > FIELDS_MAX {
            return Err(Failure::new(StatusCode::PAYLOAD_TOO_LARGE));
        }
        Ok(form)
    }

    /// Exactly what was typed; empty when the field is absent.
    pub fn raw(&self, name: &str) -> &str {
        self.values.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v.as_str())
    }

    /// What was typed, without the spaces around it.
    pub fn text(&self, name: &str) -> &str {
        self.raw(name).trim()
    }

    /// Every value of a field that may come more than once.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.values.iter().filter(move |(n, _)| n == name).map(|(_, v)| v.as_str())
    }

    /// Every field with what was typed, in the order it came.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.values.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Is a checkbox or a switch on? (An absent one is off.)
    pub fn is_on(&self, name: &str) -> bool {
        self.values.iter().any(|(n, _)| n == name)
    }

    /// Sets a field's value.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        let value = value.into();
        match self.values.iter_mut().find(|(n, _)| n == name) {
            Some((_, old)) => *old = value,
            None => self.values.push((name.to_owned(), value)),
        }
    }

    /// Text that must not be blank.
    pub fn required(&mut self, name: &str, label: &str) -> Option<String> {
        let typed = self.text(name).to_owned();
        if typed.is_empty() {
            self.error(name, format!("{label}を入力してください"));
            return None;
        }
        Some(typed)
    }

    /// Parses what was typed (trimmed); the parser's message becomes the field's error.
    pub fn read<T, E: ToString>(&mut self, name: &str, parse: impl FnOnce(&str) -> Result<T, E>) -> Option<T> {
        match parse(self.text(name)) {
            Ok(value) => Some(value),
            Err(message) => {
                self.error(name, message.to_string());
                None
            }
        }
    }

    /// Like [`Form::read`], but a blank field is `Some(None)`.
    pub fn optional<T, E: ToString>(
        &mut self,
        name: &str,
        parse: impl FnOnce(&str) -> Result<T, E>,
    ) -> Option<Option<T>> {
        if self.text(name).is_empty() { Some(None) } else { self.read(name, parse).map(Some) }
    }

    /// A date that must be there.
    pub fn date(&mut self, name: &str, label: &str) -> Option<Date> {
        let typed = self.required(name, label)?;
        let date = text::date(&typed);
        if date.is_none() {
            self.error(name, format!("{label}は 2026/11/01 のように、ある日付を入力してください"));
        }
        date
    }

    /// A whole number within a range.
    pub fn integer(&mut self, name: &str, label: &str, range: RangeInclusive<i64>) -> Option<i64> {
        let typed = self.required(name, label)?;
        let number = text::integer(&typed).filter(|n| range.contains(n));
        if number.is_none() {
            let (from, to) = (format::thousands(*range.start()), format::thousands(*range.end()));
            self.error(name, format!("{label}は {from} から {to} までの整数で入力してください"));
        }
        number
    }

    /// Adds an error found elsewhere: by a rule over several fields, or by the database.
    pub fn error(&mut self, name: &str, message: impl Into<String>) {
        self.errors.add(name, message);
    }

    /// What is wrong so far.
    pub fn errors(&self) -> &FieldErrors {
        &self.errors
    }

    /// Nothing wrong so far?
    pub fn is_ok(&self) -> bool {
        self.errors.is_empty()
    }

    /// Starts rendering one field with its label.
    pub fn field<'a>(&'a self, name: &'a str, label: &'a str) -> Field<'a> {
        Field::new(self, name, label)
    }

    /// The summary for the top of the page: nothing when there is no error.
    pub fn summary(&self) -> Html {
        self.errors.summary()
    }
}

impl<S: Send + Sync> FromRequest<S> for Form {
    type Rejection = Failure;

    async fn from_request(request: Request, state: &S) -> Result<Self, Failure> {
        let kind = request.headers().get(header::CONTENT_TYPE).and_then(|k| k.to_str().ok()).unwrap_or_default();
        if !kind.starts_with("application/x-www-form-urlencoded") {
            return Err(Failure::new(StatusCode::UNSUPPORTED_MEDIA_TYPE));
        }
        let body = Bytes::from_request(request, state).await.map_err(|e| Failure::new(e.status()))?;
        Self::parse(&body)
    }
}
