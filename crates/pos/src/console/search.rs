//! The search above a list: words and choices, as they stand in the URL.

use askama::Template;
use web::html::Html;
use web::ui::{self, Icon};
use web::{Form, ListQuery};

/// Values and labels to choose from.
pub type Options = Vec<(String, String)>;

/// What a list is narrowed by.
#[derive(Template)]
#[template(path = "search.html")]
pub struct Search<'a> {
    form: Form,
    path: &'a str,
    hidden: Vec<(&'static str, String)>,
    selects: Vec<(&'static str, &'static str, Options)>,
    words: Vec<(&'static str, &'static str)>,
}

impl<'a> Search<'a> {
    /// A search of this list.
    pub fn of(list: &'a ListQuery) -> Self {
        Self { form: list.form(), path: list.path(), hidden: Vec::new(), selects: Vec::new(), words: Vec::new() }
    }

    /// A field for a word.
    #[must_use]
    pub fn word(mut self, name: &'static str, label: &'static str) -> Self {
        self.words.push((name, label));
        self
    }

    /// A choice.
    #[must_use]
    pub fn select(mut self, name: &'static str, label: &'static str, options: Options) -> Self {
        self.selects.push((name, label, options));
        self
    }

    /// A value that stays as it is.
    #[must_use]
    pub fn keeps(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.hidden.push((name, value.into()));
        self
    }

    /// As markup.
    pub fn html(self) -> Html {
        Html::of(self)
    }

    fn icon() -> Html {
        ui::icon(Icon::Search)
    }
}

/// Options out of pairs of words.
pub fn options<const N: usize>(pairs: [(&str, &str); N]) -> Options {
    pairs.map(|(value, label)| (value.to_owned(), label.to_owned())).into()
}
