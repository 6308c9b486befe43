//! What is wrong with a form: a message a field, in the order it was found, and the summary on top of the page.

use crate::html::{Html, escape};

/// What is wrong with which field, in the order it was found.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FieldErrors(Vec<(String, String)>);

impl FieldErrors {
    /// Adds a message; it starts with what to do. An empty field name stands for the form as a whole.
    pub fn add(&mut self, field: impl Into<String>, message: impl Into<String>) {
        self.0.push((field.into(), message.into()));
    }

    /// The first message of a field.
    pub fn of(&self, field: &str) -> Option<&str> {
        self.0.iter().find(|(name, _)| name == field).map(|(_, message)| message.as_str())
    }

    /// Field and message, in order.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(field, message)| (field.as_str(), message.as_str()))
    }

    /// Nothing wrong?
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many messages.
    pub fn len(&self) -> usize {
        self.0.len()
    }

    /// All of them with links to the fields, for the top of the page; nothing when there is none.
    pub fn summary(&self) -> Html {
        if self.is_empty() {
            return Html::default();
        }
        let items: String = self.iter().map(|(field, message)| summary_item(field, message)).collect();
        let count = self.len();
        Html::trusted(format!(
            r#"<div class="error-summary" role="alert" tabindex="-1" data-focus><h2>入力内容を確認してください（{count}件）</h2><ul>{items}</ul></div>"#
        ))
    }
}

fn summary_item(field: &str, message: &str) -> String {
    let message = escape(message);
    if field.is_empty() {
        format!("<li>{message}</li>")
    } else {
        format!(r##"<li><a href="#{}">{message}</a></li>"##, field_id(field))
    }
}

/// The id of a field's control.
pub fn field_id(name: &str) -> String {
    let plain = name.chars().map(|c| if c.is_ascii_alphanumeric() || c == '-' { c } else { '_' });
    "f-".chars().chain(plain).collect()
}
