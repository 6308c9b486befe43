//! The claim of the audit: of a valid settlement it finds nothing, and no single figure can be changed without
//! its finding it. Figures are found by walking the JSON, so a field that is added later is covered too.

use crate::{
    days::any_settlement,
    kit::{any_check, cases},
};
use proptest::{prelude::*, sample::Index};
use sales::{Check, Settlement, audit_check, audit_settlement};
use serde_json::{Value, json};

/// Numbers that nothing else in the facts determines: what they are is for the till to say.
const GIVEN: &[&str] = &["guests", "slip", "hour", "z_number", "revision", "supersedes", "cost"];

/// The paths of all figures that follow from others.
fn figures(value: &Value) -> Vec<String> {
    let mut paths = Vec::new();
    walk(value, "", &mut paths);
    paths
}

fn walk(value: &Value, path: &str, paths: &mut Vec<String>) {
    match value {
        Value::Number(_) => paths.push(path.to_owned()),
        Value::Object(fields) => {
            for (key, child) in fields.iter().filter(|(key, _)| !is_given(key, value)) {
                walk(child, &format!("{path}/{key}"), paths);
            }
        }
        Value::Array(items) => items.iter().enumerate().for_each(|(i, item)| walk(item, &format!("{path}/{i}"), paths)),
        Value::String(_) | Value::Bool(_) | Value::Null => {}
    }
}

/// Given, or the percentage of a 割引 (two may round to the same yen), or how many were given away for nothing.
fn is_given(key: &str, of: &Value) -> bool {
    let discount = of.get("amount").is_some() && key == "percent";
    let free = key == "quantity" && of.get("unit_price") == Some(&json!(0));
    GIVEN.contains(&key) || discount || free
}

/// Another number near or far, that still fits the place's type.
fn changed(old: i64, how: u8, by: i64, path: &str) -> Option<i64> {
    let new = match how {
        0 => old.checked_add(1)?,
        1 => old.checked_sub(1)?,
        2 => old.checked_neg()?,
        3 => 0,
        4 => i64::MAX,
        5 => i64::MIN,
        _ => old.checked_add(by)?,
    };
    let fits = !path.ends_with("/no") || u32::try_from(new).is_ok();
    let fits = fits && (!path.ends_with("/percent") || u8::try_from(new).is_ok());
    (new != old && fits).then_some(new)
}

proptest! {
    #![proptest_config(cases(150))]

    #[test]
    fn a_valid_settlement_has_no_violations(settlement in any_settlement()) {
        prop_assert_eq!(audit_settlement(&settlement), []);
    }

    #[test]
    fn no_figure_of_a_check_changes_unnoticed((_, _, check) in any_check(), voided: bool, by in -9_999..9_999_i64) {
        let check = if voided { crate::days::reverse(&check, &[], None) } else { check };
        prop_assert_eq!(audit_check(&check), []);
        let facts = serde_json::to_value(&check).unwrap();
        for path in figures(&facts) {
            for how in 0..7 {
                let mut facts = facts.clone();
                let place = facts.pointer_mut(&path).unwrap();
                let Some(new) = changed(place.as_i64().unwrap(), how, by, &path) else { continue };
                *place = json!(new);
                let check: Check = serde_json::from_value(facts).unwrap();
                prop_assert!(!audit_check(&check).is_empty(), "{path} became {new} and nobody noticed");
            }
        }
    }

    #[test]
    fn no_figure_of_a_settlement_changes_unnoticed(
        settlement in any_settlement(), index: Index, by in -9_999..9_999_i64,
    ) {
        let facts = serde_json::to_value(&settlement).unwrap();
        let paths = figures(&facts);
        let of_cash = paths.iter().filter(|path| path.starts_with("/cash"));
        for path in of_cash.chain([&paths[index.index(paths.len())]]) {
            for how in 0..7 {
                let mut facts = facts.clone();
                let place = facts.pointer_mut(path).unwrap();
                let Some(new) = changed(place.as_i64().unwrap(), how, by, path) else { continue };
                *place = json!(new);
                let changed: Settlement = serde_json::from_value(facts).unwrap();
                prop_assert!(!audit_settlement(&changed).is_empty(), "{path} became {new} and nobody noticed");
            }
        }
    }

    #[test]
    fn no_row_that_carries_money_disappears_unnoticed(settlement in any_settlement(), index: Index) {
        let facts = serde_json::to_value(&settlement).unwrap();
        for rows in ["lines", "payments", "rates"] {
            let Some(i) = (!settlement.checks.is_empty()).then(|| index.index(settlement.checks.len())) else { break };
            let mut facts = facts.clone();
            let Some(Value::Array(rows)) = facts.pointer_mut(&format!("/checks/{i}/{rows}")) else { continue };
            let Some(row) = rows.pop() else { continue };
            let worth = ["total", "applied"].iter().any(|key| row.get(key).is_some_and(|worth| worth != &json!(0)));
            let changed: Settlement = serde_json::from_value(facts).unwrap();
            prop_assert!(!worth || !audit_settlement(&changed).is_empty());
        }
    }
}

#[test]
fn a_check_without_lines_is_found() {
    let order = crate::kit::draft(
        sales::TaxMode::Added,
        sales::Rounding::Down,
        vec![crate::kit::line(0, sales::TaxClass::EXEMPT, 0, 1)],
    );
    let mut check = sales::close_check(crate::kit::head(1), &order, &[]).unwrap();
    assert_eq!(audit_check(&check), []);
    check.lines.clear();
    check.rates.clear();
    assert!(!audit_check(&check).is_empty());
}
