//! The published contract: schemas and example payloads in `docs/contract` are what the types say.
//! To write them anew: `UPDATE_CONTRACT=1 cargo test -p protocol`.

use crate::examples::{batch, examples, refusal, settlement};
use protocol::schema::schemas;
use sales::audit_settlement;
use std::{fs, path::PathBuf};

fn file(folder: &str, name: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join(format!("../../docs/contract/{folder}/{name}.json"))
}

/// Compares a generated document with its file, or writes it where that was asked for.
pub fn hold(folder: &str, name: &str, text: &str) {
    let path = file(folder, name);
    if std::env::var_os("UPDATE_CONTRACT").is_some() {
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, text).unwrap();
    }
    let held = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        held == text,
        "docs/contract/{folder}/{name}.json is not what the types say. \
         If the contract was meant to change: UPDATE_CONTRACT=1 cargo test -p protocol"
    );
}

#[test]
fn the_schemas_are_those_of_the_types() {
    for (name, schema) in schemas() {
        hold("schema", name, &(serde_json::to_string_pretty(&schema).unwrap() + "\n"));
    }
}

#[test]
fn every_schema_has_an_example_that_fits_it() {
    let examples = examples();
    assert_eq!(examples.len(), schemas().len());
    for (name, schema) in schemas() {
        let (_, value) = examples.iter().find(|(example, _)| *example == name).expect(name);
        let root = schema.as_value();
        let problems = crate::fits::problems(root, root, value, "");
        assert_eq!(problems, Vec::<String>::new(), "{name}");
    }
}

#[test]
fn the_examples_prove_what_they_are_examples_of() {
    assert_eq!(audit_settlement(&settlement()), []);
    assert!(!refusal().error.violations.is_empty());
    let entries = protocol::journal::read(batch()).unwrap();
    assert!(entries.iter().all(|received| received.entry.body().is_ok()));
    assert_eq!(entries.len(), 9, "one of each kind");
}

#[test]
fn codes_are_text_with_a_pattern_and_money_is_whole() {
    let event = schemas().into_iter().find(|(name, _)| *name == "event").unwrap().1;
    let masters = schemas().into_iter().find(|(name, _)| *name == "masters").unwrap().1;
    let defined = |name: &str| {
        let find = |schema: &schemars::Schema| schema.as_value()["$defs"].get(name).cloned();
        find(&event).or_else(|| find(&masters)).unwrap_or_else(|| panic!("{name} is defined"))
    };
    for code in ["ImportCode", "FlaroStoreCode", "CompanyCode", "OwnCode", "RegistrationNumber", "Sha256"] {
        let schema = defined(code);
        assert_eq!(schema["type"], "string", "{code}");
        assert!(schema["pattern"].is_string(), "{code}: {schema}");
    }
    assert_eq!((&defined("Yen")["type"], &defined("Yen")["format"]), (&"integer".into(), &"int64".into()));
    assert_eq!((&defined("BusinessHour")["minimum"], &defined("BusinessHour")["maximum"]), (&0.into(), &47.into()));
    let text = serde_json::to_string(&event).unwrap();
    assert!(!text.contains("\"number\""), "nothing in an event is a float");
}
