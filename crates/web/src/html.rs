//! Markup that is already safe to send: made by a template, or escaped here.
//!
//! Askama escapes every string and passes an [`Html`] through untouched, so a value of this type is a promise
//! that whatever a person typed inside it has been escaped.

use std::fmt;

use askama::filters::HtmlSafe;
use askama::{FastWritable, Template, Values};

/// A fragment of finished markup.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Html(String);

impl Html {
    /// Takes markup as it is. The caller answers for its safety.
    pub fn trusted(markup: impl Into<String>) -> Self {
        Self(markup.into())
    }

    /// Takes plain text and escapes it.
    pub fn text(text: &str) -> Self {
        Self(escape(text))
    }

    /// Renders a template into a fragment.
    ///
    /// Writing into memory fails only when a value's own `Display` fails; that is logged and leaves the fragment empty.
    pub fn of(template: impl Template) -> Self {
        match template.render() {
            Ok(markup) => Self(markup),
            Err(error) => {
                tracing::error!(%error, "a template could not be rendered");
                Self::default()
            }
        }
    }

    /// The markup.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Nothing to show?
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// This fragment followed by another.
    #[must_use]
    pub fn then(mut self, other: &Html) -> Self {
        self.0.push_str(&other.0);
        self
    }
}

impl fmt::Display for Html {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl HtmlSafe for Html {}

impl FastWritable for Html {
    fn write_into(&self, dest: &mut dyn fmt::Write, _: &dyn Values) -> askama::Result<()> {
        Ok(dest.write_str(&self.0)?)
    }
}

impl FromIterator<Html> for Html {
    fn from_iter<I: IntoIterator<Item = Html>>(fragments: I) -> Self {
        fragments.into_iter().fold(Self::default(), |all, next| all.then(&next))
    }
}

/// Text made safe inside an element or a quoted attribute.
pub fn escape(text: &str) -> String {
    let mut safe = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            c => safe.push(c),
        }
    }
    safe
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Template)]
    #[template(ext = "html", source = "{{ typed }}|{{ made }}|{{ Html::text(typed) }}")]
    struct Page<'a> {
        typed: &'a str,
        made: Html,
    }

    #[test]
    fn strings_are_escaped_and_fragments_pass_through() {
        let page = Page { typed: "<b>", made: Html::trusted("<i>x</i>") };
        assert_eq!(page.render().unwrap(), "&#60;b&#62;|<i>x</i>|&lt;b&gt;");
    }

    #[test]
    fn escape_covers_text_and_attributes() {
        assert_eq!(escape(r#"<a href="x" id='y'>&"#), "&lt;a href=&quot;x&quot; id=&#39;y&#39;&gt;&amp;");
    }
}
