//! Facts are written in canonical form (RFC 8785), held against a canonicaliser of its own.

use crate::kit::{any_settlement, cases};
use proptest::prelude::*;
use protocol::{
    facts::{WrittenChecks, canonical, canonical_with, facts_sha256},
    hash::Sha256,
};
use sales::Settlement;
use serde_json::Value;
use std::fmt::Write;

/// RFC 8785 for what facts are made of: objects, arrays, strings, integers within 2^53, booleans.
fn rfc_8785(value: &Value, out: &mut String) {
    match value {
        Value::Object(fields) => {
            let mut fields: Vec<_> = fields.iter().collect();
            fields.sort_by_key(|(key, _)| key.encode_utf16().collect::<Vec<_>>());
            wrap(out, '{', '}', fields, |(key, value), out| {
                string(key, out);
                out.push(':');
                rfc_8785(value, out);
            });
        }
        Value::Array(items) => wrap(out, '[', ']', items, rfc_8785),
        Value::String(text) => string(text, out),
        Value::Number(n) => write!(out, "{}", n.as_i64().expect("money is integers")).unwrap(),
        Value::Bool(b) => write!(out, "{b}").unwrap(),
        Value::Null => panic!("what is absent is not written"),
    }
}

fn wrap<T>(
    out: &mut String,
    open: char,
    close: char,
    items: impl IntoIterator<Item = T>,
    one: impl Fn(T, &mut String),
) {
    out.push(open);
    for (i, item) in items.into_iter().enumerate() {
        if i > 0 {
            out.push(',');
        }
        one(item, out);
    }
    out.push(close);
}

fn string(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\u{8}' => out.push_str("\\b"),
            '\t' => out.push_str("\\t"),
            '\n' => out.push_str("\\n"),
            '\u{c}' => out.push_str("\\f"),
            '\r' => out.push_str("\\r"),
            c if u32::from(c) < 0x20 => write!(out, "\\u{:04x}", u32::from(c)).unwrap(),
            c => out.push(c),
        }
    }
    out.push('"');
}

fn canonicalised(settlement: &Settlement) -> String {
    let mut out = String::new();
    rfc_8785(&serde_json::from_slice(&canonical(settlement)).unwrap(), &mut out);
    out
}

/// Facts once published, to the byte: their hash decides sameness for ever, so their form can't change.
const PUBLISHED: &str = r#"{"business_date":"2026-04-03","cash":{"bank_deposit":0,"carry_over":0,"expected":0,"opening_float":0},"checks":[],"closed_at":"2026-04-03T15:00:00Z","id":"00000000-0000-0000-0000-000000000005","opened_at":"2026-04-03T00:00:00Z","reason":"精算やり直し","revised_by":"0001","revision":2,"state":"cancelled","supersedes":1,"z_number":41}"#;

#[test]
fn published_facts_keep_their_form_and_their_hash() {
    let settlement: Settlement = serde_json::from_str(PUBLISHED).unwrap();
    assert_eq!(String::from_utf8(canonical(&settlement)).unwrap(), PUBLISHED);
    let hash = facts_sha256(&settlement).to_string();
    assert_eq!(hash, "c3b25066ad98e52f1c5806d48ca459c092cff009f155bd75c6b7bd750bd25667");
}

#[test]
fn a_hash_has_one_written_form() {
    let empty = Sha256::of(b"");
    assert_eq!(empty.to_string(), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_eq!(empty.to_string().parse(), Ok(empty));
    assert_eq!(format!("{empty:?}"), format!("Sha256({empty})"), "in a log, too");
    assert!(empty.to_string().to_uppercase().parse::<Sha256>().is_err());
    assert!("e3b0".parse::<Sha256>().is_err() && "".parse::<Sha256>().is_err());
}

proptest! {
    #![proptest_config(cases(150))]

    #[test]
    fn facts_are_written_in_canonical_form(settlement in any_settlement(), odd in "\\PC{0,12}|.{0,12}|[\u{0}-\u{1f}\"\\\\]{1,8}") {
        let mut settlement = settlement;
        settlement.reason = Some(odd.clone());
        settlement.revised_by = Some(format!("{odd}\u{2028}😀\u{7f}"));
        settlement.cash.movements.iter_mut().for_each(|movement| movement.reason = "\"checks\":[]".to_owned());
        if let Some(check) = settlement.checks.first_mut() {
            check.staff.clone_from(&odd);
            check.segment = Some(odd);
        }
        prop_assert_eq!(String::from_utf8(canonical(&settlement)).unwrap(), canonicalised(&settlement));
        let checks = WrittenChecks::of(&settlement.checks);
        prop_assert_eq!(canonical_with(&settlement, &checks), canonical(&settlement));
    }

    #[test]
    fn the_hash_survives_reading_and_writing_and_sees_every_fact(settlement in any_settlement()) {
        let hash = facts_sha256(&settlement);
        let read: Settlement = serde_json::from_slice(&canonical(&settlement)).unwrap();
        prop_assert_eq!((facts_sha256(&read), &read), (hash, &settlement));
        let mut other = vec![settlement.clone(), settlement.clone(), settlement.clone()];
        other[0].revision += 1;
        other[1].cash.opening_float.0 += 1;
        other[2].reason = Some("別の理由".to_owned());
        other.extend((!settlement.checks.is_empty()).then(|| {
            let mut fewer = settlement.clone();
            fewer.checks.pop();
            fewer
        }));
        prop_assert!(other.iter().all(|other| facts_sha256(other) != hash));
    }
}
