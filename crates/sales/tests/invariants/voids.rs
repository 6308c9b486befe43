//! Invariant 8: a reversal mirrors its original row by row: within a day, or over two.

use crate::{
    days::reverse,
    kit::{TODAY, any_check, cases, close},
};
use proptest::{collection::vec, prelude::*};
use sales::{Cash, Check, Settlement, audit_settlement, datasets};
use serde_json::Value;
use std::collections::BTreeMap;

fn settled(checks: Vec<Check>) -> Settlement {
    let cash = Cash::close(sales::Yen::ZERO, vec![], &checks, None, sales::Yen::ZERO).unwrap();
    close(checks, cash)
}

/// Every figure of every dataset, named by its row's keys: rows with the same keys add up.
fn figures(settlement: &Settlement, with_hours: bool) -> BTreeMap<String, i64> {
    let mut sums = BTreeMap::new();
    let Value::Object(data) = serde_json::to_value(datasets(settlement).unwrap()).unwrap() else { unreachable!() };
    for (name, rows) in data {
        let rows = if let Value::Array(rows) = rows { rows } else { vec![rows] };
        for row in rows {
            let hour = if with_hours { row["hour"].to_string() } else { String::new() };
            let keys = ["product_id", "service", "tax_class", "kind", "code", "scope"].map(|key| row[key].to_string());
            collect(&row, &format!("{name} {hour} {}", keys.join(" ")), &mut sums);
        }
    }
    sums
}

fn collect(value: &Value, path: &str, sums: &mut BTreeMap<String, i64>) {
    match value {
        Value::Number(n) => *sums.entry(path.to_owned()).or_default() += n.as_i64().unwrap(),
        Value::Object(fields) => {
            let rate = fields.get("tax_class").map_or_else(String::new, ToString::to_string);
            let fields = fields.iter().filter(|(key, _)| !matches!(key.as_str(), "tax_class" | "hour" | "voids"));
            fields.for_each(|(key, value)| collect(value, &format!("{path} {rate} {key}"), sums));
        }
        Value::Array(rows) => rows.iter().for_each(|row| collect(row, path, sums)),
        Value::String(_) | Value::Bool(_) | Value::Null => {}
    }
}

fn numbered(checks: Vec<Check>) -> Vec<Check> {
    let number =
        |(check, n): (Check, u32)| Check { id: sales::CheckId(uuid::Uuid::from_u128(n.into())), slip: n, ..check };
    checks.into_iter().zip(1..).map(number).collect()
}

#[test]
fn a_void_has_a_slip_and_a_moment_of_its_own() {
    let check = crate::findings::sold(1);
    let at = check.paid_at + jiff::SignedDuration::from_mins(5);
    let void = check.reversal(sales::CheckId(uuid::Uuid::nil()), 9, at, None).unwrap();
    assert_eq!((void.id, void.slip, void.paid_at), (sales::CheckId(uuid::Uuid::nil()), 9, at));
    assert_eq!((void.opened_at, &void.staff), (check.opened_at, &check.staff));
}

proptest! {
    #![proptest_config(cases(300))]

    #[test]
    fn before_the_close_every_dataset_nets_to_zero(made in vec(any_check(), 1..5)) {
        let mut checks = numbered(made.into_iter().map(|(_, _, check)| check).collect());
        for check in checks.clone() {
            checks.push(reverse(&check, &checks, None));
        }
        let settlement = settled(checks);
        prop_assert_eq!(audit_settlement(&settlement), []);
        let left: Vec<_> = figures(&settlement, true).into_iter().filter(|(_, figure)| *figure != 0).collect();
        prop_assert_eq!(left, []);
    }

    #[test]
    fn after_the_close_it_counts_today_and_nets_over_both_days(made in vec(any_check(), 1..5), hour in 0..30_i64) {
        let mut sold = numbered(made.into_iter().map(|(_, _, check)| check).collect());
        for check in &mut sold {
            check.business_date = crate::kit::YESTERDAY;
        }
        let voids: Vec<Check> = sold.iter().map(|check| reverse(check, &sold, Some(hour))).collect();
        prop_assert!(voids.iter().all(|void| void.business_date == TODAY && i64::from(void.hour.get()) == hour));
        let voids = voids.into_iter().zip(100..).map(|(void, n)| Check {
            id: sales::CheckId(uuid::Uuid::from_u128(n)), ..void
        }).collect();
        let (day, next) = (settled(sold), settled(voids));
        prop_assert_eq!(audit_settlement(&next), [], "a day of nothing but voids is valid");
        let mut both = figures(&day, false);
        for (name, figure) in figures(&next, false) {
            *both.entry(name).or_default() += figure;
        }
        let left: Vec<_> = both.into_iter().filter(|(_, figure)| *figure != 0).collect();
        prop_assert_eq!(left, []);
    }

    #[test]
    fn a_mirror_is_its_own_inverse_and_a_reversal_names_its_original((_, _, check) in any_check()) {
        prop_assert_eq!(&check.mirrored().unwrap().mirrored().unwrap(), &check);
        let void = reverse(&check, &[], None);
        prop_assert_eq!((void.reverses, void.hour, void.business_date), (Some(check.id), check.hour, check.business_date));
        prop_assert_eq!((void.total.0, void.count()), (-check.total.0, -1));
        prop_assert_ne!(void.id, check.id);
    }
}
