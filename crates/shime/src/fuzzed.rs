//! The operator's own files, bent: settings, mappings of imports and what is imported. What is refused names the file
//! or the key, and what is read holds every rule that the reader promises. `FUZZ_RUNS` throws more.

use std::path::PathBuf;

use fuzz::{Target, throw};

use crate::import::mapping::{Mapping, READY};
use crate::import::rows;
use crate::settings;

fn target<'a>(name: &'a str, more: Vec<Vec<u8>>, words: &'a [&'a str], runs: u32) -> Target<'a> {
    let corpus = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/corpus");
    Target { name, corpus, more, words, runs }
}

fn kind(message: &str) -> String {
    let plain: String = message.chars().filter(|c| c.is_ascii_alphabetic() || *c == ' ').collect();
    plain.split(' ').rev().take(6).collect::<Vec<_>>().join(" ")
}

#[test]
fn a_file_of_settings() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("bent.toml");
    let defaults = include_bytes!("../shime.default.toml").to_vec();
    let words = ["[pos]", "[flaro]", "listen = ", "port = 70000", "secure_cookies = \"no\"", "[[smtp]]", "= {"];
    throw(&target("settings", vec![defaults], &words, 400), |input| {
        std::fs::write(&file, input).unwrap();
        match settings::load(Some(&file), [], vec![]) {
            Ok(settings) => format!("ok {}", settings.pos.secure_cookies),
            Err(error) => {
                let message = format!("{error:#}");
                assert!(message.contains("bent.toml") || message.starts_with("settings: "), "{message}");
                kind(&message)
            }
        }
    });
}

#[test]
fn a_mapping_of_an_import() {
    let ready = READY.iter().map(|(_, text)| text.as_bytes().to_vec()).collect();
    let words =
        ["[columns]", "[[skip]]", "decimals = 7", "delimiter = \"あ\"", "encoding = \"utf-16\"", "quantity = 1"];
    throw(&target("mapping", ready, &words, 1_500), |input| match Mapping::parse(&String::from_utf8_lossy(input)) {
        Ok(mapping) => {
            assert!(mapping.format.decimals <= 6 && mapping.file.delimiter.is_ascii());
            assert!(mapping.columns.quantity.is_some() || mapping.defaults.quantity.is_some());
            "ok".to_owned()
        }
        Err(error) => {
            let message = format!("{error:#}");
            assert!(!message.is_empty());
            kind(&message)
        }
    });
}

#[test]
fn a_file_of_sold_lines() {
    let mappings: Vec<Mapping> = READY.iter().map(|(_, text)| Mapping::parse(text).unwrap()).collect();
    let words = ["31/12/17 25:61", "2016-02-30", "-1", "1e9", "999999999999.99", "\"", "\r", "\u{feff}", "１", "NONE"];
    throw(&target("rows", Vec::new(), &words, 3_000), |input| {
        let said = mappings.iter().map(|mapping| match rows::read(input, mapping) {
            Ok(sheet) => {
                let lines: usize = sheet.tickets.iter().map(|ticket| ticket.lines.len()).sum();
                assert_eq!(lines + sheet.left_out.len(), sheet.rows, "every row became a line or has its reason");
                for line in sheet.tickets.iter().flat_map(|ticket| &ticket.lines) {
                    assert!((1..=1_000_000).contains(&line.quantity) && line.unit_price.0 >= 0, "{line:?}");
                }
                let reasons = sheet.left_out.iter().map(|left| kind(&format!("{:?}", left.why)));
                let reasons: std::collections::BTreeSet<String> = reasons.collect();
                format!("ok {reasons:?}")
            }
            Err(error) => kind(&format!("{error:#}")),
        });
        said.collect::<Vec<_>>().join("; ")
    });
}
