//! The question a list answers, as it stands in the URL: search, filters, sort, page.
//!
//! Everything a person chose is in the query, so a list can be bookmarked and sent to someone; every link made here
//! keeps the rest of the choice.

use std::convert::Infallible;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;

use crate::form::Form;
use crate::text;

/// More parameters than any list of ours has.
const PARAMETERS_MAX: usize = 100;
/// A page number beyond any list.
const PAGE_MAX: u64 = 1_000_000;

/// Path and query of a list.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListQuery {
    path: String,
    pairs: Vec<(String, String)>,
}

impl ListQuery {
    /// Reads the path and the query of a URL.
    pub fn of(path: &str, query: &str) -> Self {
        let pairs = url::form_urlencoded::parse(query.as_bytes()).take(PARAMETERS_MAX);
        Self { path: path.to_owned(), pairs: pairs.map(|(n, v)| (n.into_owned(), text::typed(&v))).collect() }
    }

    /// A parameter, trimmed; empty when absent.
    pub fn get(&self, name: &str) -> &str {
        self.pairs.iter().find(|(n, _)| n == name).map_or("", |(_, v)| v.trim())
    }

    /// The page asked for, counted from 1.
    pub fn page(&self) -> u64 {
        self.get("page").parse().unwrap_or(1).clamp(1, PAGE_MAX)
    }

    /// The column to sort by, if it is one of `allowed`, and whether the largest comes first.
    pub fn sort<'a>(&self, allowed: &[&'a str]) -> Option<(&'a str, bool)> {
        let asked = self.get("sort");
        let (column, descending) = asked.strip_prefix('-').map_or((asked, false), |column| (column, true));
        allowed.iter().find(|name| **name == column).map(|name| (*name, descending))
    }

    /// This list with one parameter changed; an empty value takes it away. Back to the first page unless that is it.
    pub fn with(&self, name: &str, value: &str) -> String {
        let keeps = |n: &str| n != name && (n != "page" || name == "format");
        let kept = self.pairs.iter().filter(|(n, v)| keeps(n) && !v.is_empty()).map(|(n, v)| (n.as_str(), v.as_str()));
        let changed = (!value.is_empty()).then_some((name, value));
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(kept.chain(changed)).finish();
        if query.is_empty() { self.path.clone() } else { format!("{}?{query}", self.path) }
    }

    /// This list with several parameters changed, each as [`Self::with`] changes one.
    pub fn with_all(&self, changes: &[(&str, &str)]) -> String {
        let changed = changes.iter().fold(self.clone(), |list, (name, value)| {
            let href = list.with(name, value);
            Self::of(&self.path, href.split_once('?').map_or("", |(_, query)| query))
        });
        changed.href()
    }

    /// The address of the list as it stands.
    fn href(&self) -> String {
        let query = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(&self.pairs).finish();
        if query.is_empty() { self.path.clone() } else { format!("{}?{query}", self.path) }
    }

    /// The link that sorts by a column: the other way round if it is sorted by it already.
    pub fn sort_href(&self, column: &str) -> String {
        if self.get("sort") == column { self.with("sort", &format!("-{column}")) } else { self.with("sort", column) }
    }

    /// The filters as a form, to be shown with what was chosen.
    pub fn form(&self) -> Form {
        Form::of(self.pairs.clone())
    }

    /// Has anything been chosen that narrows the list?
    pub fn is_filtered(&self) -> bool {
        self.pairs.iter().any(|(n, v)| !v.trim().is_empty() && !matches!(n.as_str(), "page" | "sort" | "format"))
    }

    /// The list without any choice.
    pub fn path(&self) -> &str {
        &self.path
    }
}

impl<S: Sync> FromRequestParts<S> for ListQuery {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Infallible> {
        // Inside a nested router the path is cut short; links need the whole.
        let uri = parts.extensions.get::<axum::extract::OriginalUri>().map_or(&parts.uri, |original| &original.0);
        Ok(Self::of(uri.path(), uri.query().unwrap_or_default()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn list() -> ListQuery {
        ListQuery::of("/list", "q=%E6%9C%AC%E5%BA%97&state=&page=3&sort=day")
    }

    #[test]
    fn links_keep_the_choice_and_return_to_the_first_page() {
        assert_eq!(list().with("page", "4"), "/list?q=%E6%9C%AC%E5%BA%97&sort=day&page=4");
        assert_eq!(list().with("q", ""), "/list?sort=day");
        assert_eq!(list().with("format", "csv"), "/list?q=%E6%9C%AC%E5%BA%97&page=3&sort=day&format=csv");
        assert_eq!(ListQuery::of("/list", "q=x").with("q", ""), "/list");
        assert_eq!(ListQuery::of("/list", "m=a&m=b&q=x").with_all(&[("q", ""), ("to", "1")]), "/list?m=a&m=b&to=1");
    }

    #[test]
    fn only_known_columns_are_sorted_by_and_a_second_click_turns_it_round() {
        assert_eq!(list().sort(&["day", "name"]), Some(("day", false)));
        assert_eq!(list().sort(&["name"]), None);
        assert_eq!(ListQuery::of("/", "sort=-day").sort(&["day"]), Some(("day", true)));
        assert!(list().sort_href("day").ends_with("sort=-day"));
        assert!(list().sort_href("name").ends_with("sort=name"));
    }

    #[test]
    fn a_page_that_is_no_number_is_the_first() {
        assert_eq!(list().page(), 3);
        for wild in ["page=", "page=0", "page=-1", "page=x"] {
            assert_eq!(ListQuery::of("/", wild).page(), 1, "{wild}");
        }
    }
}
