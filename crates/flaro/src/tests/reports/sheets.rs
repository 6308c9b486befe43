//! A report as a program that was sent its CSV reads it.

use std::collections::BTreeMap;

/// A table: what its columns are called, and its lines.
pub struct Sheet {
    heads: Vec<String>,
    lines: Vec<Vec<String>>,
}

/// Lines that must be there, with those of their columns that are looked at. Nothing else may be.
pub struct Expected {
    pub heads: Vec<String>,
    pub lines: Vec<Vec<String>>,
}

impl Sheet {
    pub fn of(text: &str) -> Self {
        let mut reader =
            csv::ReaderBuilder::new().flexible(true).from_reader(text.trim_start_matches('\u{feff}').as_bytes());
        let heads = reader.headers().unwrap().iter().map(ToOwned::to_owned).collect();
        let lines = reader.records().map(|line| line.unwrap().iter().map(ToOwned::to_owned).collect()).collect();
        Self { heads, lines }
    }

    /// In any order: exactly these lines.
    pub fn assert_has(&self, expected: &Expected, path: &str) {
        let at: Vec<usize> = expected
            .heads
            .iter()
            .map(|head| {
                let at = self.heads.iter().position(|found| found == head);
                at.unwrap_or_else(|| panic!("{path} has no column {head}: {:?}", self.heads))
            })
            .collect();
        let found = self.lines.iter().map(|line| at.iter().map(|at| line[*at].clone()).collect::<Vec<_>>());
        let (found, wanted) = (counted(found), counted(expected.lines.iter().cloned()));
        let more: Vec<_> = found.iter().filter(|(line, n)| wanted.get(*line) != Some(n)).collect();
        let less: Vec<_> = wanted.iter().filter(|(line, n)| found.get(*line) != Some(n)).collect();
        assert!(
            more.is_empty() && less.is_empty(),
            "{path}\n{:?}\nshown {more:#?}\nbut should be {less:#?}",
            expected.heads
        );
    }
}

fn counted(lines: impl Iterator<Item = Vec<String>>) -> BTreeMap<Vec<String>, usize> {
    let mut counted = BTreeMap::new();
    for line in lines {
        *counted.entry(line).or_default() += 1;
    }
    counted
}
