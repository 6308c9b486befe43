//! docs/security.md names tests: each of them is there, and every threat has one.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

fn root() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Functions that stand behind `#[test]`, `#[tokio::test…]`, or in `proptest!`.
fn tests(folder: &Path, found: &mut BTreeSet<String>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && path.file_name().is_some_and(|name| name != "target") {
            tests(&path, found);
        } else if path.extension().is_some_and(|kind| kind == "rs") {
            let text = fs::read_to_string(&path).unwrap();
            let behind = text.split("#[test]").skip(1).chain(text.split("#[tokio::test").skip(1));
            let name = |rest: &str| rest.split_once("fn ")?.1.split(['(', '<']).next().map(str::to_owned);
            found.extend(behind.filter_map(name));
        }
    }
}

#[test]
fn every_test_that_stands_against_a_threat_is_there() {
    let mut known = BTreeSet::new();
    tests(&root().join("crates"), &mut known);
    let page = fs::read_to_string(root().join("docs/security.md")).unwrap();
    let threats: Vec<&str> = page.lines().filter(|line| line.starts_with("| V")).collect();
    assert!(threats.len() > 25, "{}", threats.len());
    for threat in threats {
        let named: Vec<&str> = threat.rsplit('|').nth(1).unwrap().split('`').skip(1).step_by(2).collect();
        assert!(!named.is_empty(), "no test stands against {threat}");
        for test in named {
            assert!(known.contains(test), "{test} is named in docs/security.md and is not there");
        }
    }
}
