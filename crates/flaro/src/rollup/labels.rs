//! What the keys of sums are called: the newest day that had one says its name and its own codes.

use super::{Built, DayKey};
use crate::storable;
use db::{DbError, Sql, Tx, args};
use serde_json::{Value, json};
use std::collections::BTreeMap;

macro_rules! note {
    ($select:literal) => {
        concat!(
            "INSERT INTO rollup_label (company_id, part, item, name, category_id, category, own_product_code,
               own_parent_category_code, own_child_category_code, seen_on) ",
            $select,
            " ON CONFLICT (company_id, part, item) DO UPDATE SET name = excluded.name,
               category_id = excluded.category_id, category = excluded.category,
               own_product_code = excluded.own_product_code,
               own_parent_category_code = excluded.own_parent_category_code,
               own_child_category_code = excluded.own_child_category_code, seen_on = excluded.seen_on
             WHERE rollup_label.seen_on <= excluded.seen_on"
        )
    };
}

const NOTE: Sql = Sql {
    sqlite: note!(
        "SELECT $1, value ->> 'part', value ->> 'item', value ->> 'name', value ->> 'category_id',
           value ->> 'category', value ->> 'own', value ->> 'parent', value ->> 'child', $2 FROM json_each($3) WHERE true"
    ),
    postgres: note!(
        "SELECT $1, value ->> 'part', value ->> 'item', value ->> 'name', value ->> 'category_id',
           value ->> 'category', value ->> 'own', value ->> 'parent', value ->> 'child', $2
         FROM jsonb_array_elements(CAST($3 AS JSONB)) AS rows (value)"
    ),
};

/// Notes what stores of a company and date call their products, methods, media and discounts.
pub(super) async fn note(tx: &mut Tx, key: &DayKey, built: &[&Built]) -> Result<(), DbError> {
    let rows = rows(built);
    if rows.is_empty() {
        return Ok(());
    }
    tx.execute(NOTE, args![key.company.as_str(), &key.date, Value::from(rows).to_string()]).await.map(drop)
}

/// One row a key, in the order of the keys: two that write never wait for each other in a ring.
fn rows(built: &[&Built]) -> Vec<Value> {
    let mut rows = BTreeMap::new();
    for built in built {
        add(&mut rows, built);
    }
    rows.into_values().collect()
}

fn add(rows: &mut BTreeMap<(&'static str, String), Value>, built: &Built) {
    let sets = &built.datasets;
    let mut plain = |part: &'static str, item: &str, name: &str| {
        let row = json!({"part": part, "item": item, "name": storable::text(name), "category_id": "", "category": ""});
        rows.insert((part, item.to_owned()), row);
    };
    for r in &sets.payment_sales {
        plain("payment", r.code.as_str(), &r.name);
    }
    for r in &sets.media_sales {
        plain("medium", r.code.as_ref().map_or("", |code| code.as_str()), &r.name);
    }
    for r in &sets.discounts {
        plain("discount", r.code.as_str(), &r.name);
    }
    for r in &sets.product_sales {
        let row = json!({
            "part": "product", "item": r.product_id, "name": storable::text(&r.name), "category_id": r.category_id,
            "category": storable::text(&r.category), "own": r.own_product_code,
            "parent": r.own_parent_category_code, "child": r.own_child_category_code,
        });
        rows.insert(("product", r.product_id.to_string()), row);
    }
}
