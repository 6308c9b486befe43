//! Figures for a monitoring system, in Prometheus' text format. Written by hand: nearly all of them are read from the
//! database when somebody asks, so there is nothing that a registry of counters would hold for us.
//!
//! Labels are words of the program's own, never what somebody typed or sent: a label per company would grow without
//! end and tell whoever watches who the companies are.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// What a page of figures is served as.
pub const CONTENT_TYPE: &str = "text/plain; version=0.0.4; charset=utf-8";
/// Words of one tally; what comes beyond is counted as `other`.
const WORDS_MAX: usize = 64;

/// A page of figures.
#[derive(Debug, Default)]
pub struct Exposition(String);

/// Figures of one name.
#[derive(Debug)]
pub struct Family<'a> {
    page: &'a mut String,
    name: &'static str,
}

impl Exposition {
    /// A figure that goes up and down.
    pub fn gauge(&mut self, name: &'static str, help: &str) -> Family<'_> {
        self.family(name, help, "gauge")
    }

    /// A figure that only grows while the process runs.
    pub fn counter(&mut self, name: &'static str, help: &str) -> Family<'_> {
        self.family(name, help, "counter")
    }

    fn family(&mut self, name: &'static str, help: &str, kind: &str) -> Family<'_> {
        self.line(format_args!("# HELP {name} {help}\n# TYPE {name} {kind}\n"));
        Family { page: &mut self.0, name }
    }

    fn line(&mut self, text: std::fmt::Arguments<'_>) {
        // Writing to a string can't fail.
        self.0.write_fmt(text).unwrap_or_default();
    }

    /// The page.
    pub fn into_text(self) -> String {
        self.0
    }
}

impl Family<'_> {
    /// The figure.
    pub fn is(self, value: impl Into<i128>) {
        self.of(&[], value);
    }

    /// The figure with these labels. Call it again for others.
    #[expect(clippy::return_self_not_must_use, reason = "it has written when it returns")]
    pub fn of(self, labels: &[(&str, &str)], value: impl Into<i128>) -> Self {
        let labels: Vec<_> = labels.iter().map(|(name, text)| format!("{name}=\"{}\"", escaped(text))).collect();
        let labels = if labels.is_empty() { String::new() } else { format!("{{{}}}", labels.join(",")) };
        writeln!(self.page, "{}{labels} {}", self.name, value.into()).unwrap_or_default();
        self
    }

    /// One figure for each word of a tally.
    pub fn tally(self, label: &str, tally: &Tally) {
        tally.lock().iter().fold(self, |family, (word, count)| family.of(&[(label, word)], *count));
    }
}

fn escaped(text: &str) -> String {
    text.replace('\\', "\\\\").replace('"', "\\\"").replace('\n', "\\n")
}

/// What happened how often since the process began, by a word for it.
#[derive(Debug, Default)]
pub struct Tally(Mutex<BTreeMap<String, u64>>);

impl Tally {
    /// With these words at zero, so that the first of each is seen as a step.
    pub fn of(words: &[&str]) -> Self {
        Self(Mutex::new(words.iter().map(|word| ((*word).to_owned(), 0)).collect()))
    }

    /// It happened so often more.
    pub fn add(&self, word: &str, times: usize) {
        let mut counts = self.lock();
        let word = if counts.len() < WORDS_MAX || counts.contains_key(word) { word } else { "other" };
        let count = counts.entry(word.to_owned()).or_default();
        *count = count.saturating_add(times.try_into().unwrap_or(u64::MAX));
    }

    /// How often it happened.
    pub fn count(&self, word: &str) -> u64 {
        self.lock().get(word).copied().unwrap_or_default()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<String, u64>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_page_reads_as_prometheus_wants_it() {
        let mut page = Exposition::default();
        page.gauge("shelf_jars", "Jars on the shelf.")
            .of(&[("kind", "plum \"sour\"\\\n")], 3)
            .of(&[("kind", "fig")], 0);
        page.counter("shelf_opened_total", "Jars opened.").is(7_u64);
        let expected = "# HELP shelf_jars Jars on the shelf.\n# TYPE shelf_jars gauge\n\
            shelf_jars{kind=\"plum \\\"sour\\\"\\\\\\n\"} 3\nshelf_jars{kind=\"fig\"} 0\n\
            # HELP shelf_opened_total Jars opened.\n# TYPE shelf_opened_total counter\nshelf_opened_total 7\n";
        assert_eq!(page.into_text(), expected);
    }

    #[test]
    fn a_tally_never_grows_beyond_its_bound() {
        let tally = Tally::of(&["known"]);
        (0..1_000).for_each(|n| tally.add(&format!("word {n}"), 1));
        tally.add("known", 2);
        assert_eq!(tally.count("known"), 2);
        assert_eq!(tally.count("other"), 1_000 - (WORDS_MAX as u64 - 1));
        let mut page = Exposition::default();
        page.counter("words_total", "Words.").tally("word", &tally);
        assert_eq!(page.into_text().lines().count(), 2 + WORDS_MAX + 1);
    }
}
