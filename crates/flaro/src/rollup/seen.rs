//! What was ever sold and paid with: the product categories and the POS's codes, kept as days are rolled up, so that
//! a master of them never has to read the sales. A row only ever widens; the newest day says the name.

use super::{Built, DayKey};
use crate::storable;
use db::{DbError, Sql, Tx, args};
use serde_json::{Value, json};
use std::collections::BTreeMap;

macro_rules! widened {
    ($table:literal) => {
        concat!(
            "name = CASE WHEN excluded.seen_to >= ",
            $table,
            ".seen_to THEN excluded.name ELSE ",
            $table,
            ".name END,
             seen_from = CASE WHEN excluded.seen_from < ",
            $table,
            ".seen_from THEN excluded.seen_from
               ELSE ",
            $table,
            ".seen_from END,
             seen_to = CASE WHEN excluded.seen_to > ",
            $table,
            ".seen_to THEN excluded.seen_to
               ELSE ",
            $table,
            ".seen_to END
             WHERE excluded.seen_from < ",
            $table,
            ".seen_from OR excluded.seen_to > ",
            $table,
            ".seen_to
               OR (excluded.seen_to = ",
            $table,
            ".seen_to AND excluded.name <> ",
            $table,
            ".name)"
        )
    };
}

/// Writes names that were seen on a day into a table keyed by company and `$keys`.
macro_rules! widen {
    ($table:literal, $keys:literal, $values:literal) => {
        Sql {
            sqlite: concat!(
                "INSERT INTO ",
                $table,
                " (company_id, ",
                $keys,
                ", name, seen_from, seen_to) SELECT $1, ",
                $values,
                ", value ->> 'name', $2, $2 FROM json_each($3) WHERE true ON CONFLICT (company_id, ",
                $keys,
                ") DO UPDATE SET ",
                widened!($table)
            ),
            postgres: concat!(
                "INSERT INTO ",
                $table,
                " (company_id, ",
                $keys,
                ", name, seen_from, seen_to) SELECT $1, ",
                $values,
                ", value ->> 'name', $2, $2 FROM jsonb_array_elements(CAST($3 AS JSONB)) AS rows (value)
                 ON CONFLICT (company_id, ",
                $keys,
                ") DO UPDATE SET ",
                widened!($table)
            ),
        }
    };
}

const CATEGORIES: Sql = widen!("category", "category_id", "value ->> 'id'");
const CODES: Sql = widen!("code_seen", "what, code", "value ->> 'what', value ->> 'code'");

/// Notes what stores of a company and date brought.
pub(super) async fn note(tx: &mut Tx, key: &DayKey, built: &[&Built]) -> Result<(), DbError> {
    let (company, date) = (key.company.as_str(), &key.date);
    let categories = categories(built);
    if !categories.is_empty() {
        tx.execute(CATEGORIES, args![company, date, Value::from(categories).to_string()]).await?;
    }
    let codes = codes(built);
    if !codes.is_empty() {
        tx.execute(CODES, args![company, date, Value::from(codes).to_string()]).await?;
    }
    Ok(())
}

/// In the order of their keys, so that two that write never wait for each other in a ring.
fn categories(built: &[&Built]) -> Vec<Value> {
    let sold = built.iter().flat_map(|built| &built.datasets.product_sales);
    let named: BTreeMap<String, &str> = sold.map(|row| (row.category_id.to_string(), row.category.as_str())).collect();
    named.into_iter().map(|(id, name)| json!({"id": id, "name": storable::text(name)})).collect()
}

fn codes(built: &[&Built]) -> Vec<Value> {
    let mut named = BTreeMap::<(&str, &str), &str>::new();
    for sets in built.iter().map(|built| &built.datasets) {
        let payments = sets.payment_sales.iter().map(|row| ("payment", row.code.as_str(), row.name.as_str()));
        let discounts = sets.discounts.iter().map(|row| ("discount", row.code.as_str(), row.name.as_str()));
        let media = sets.media_sales.iter();
        let media = media.filter_map(|row| Some(("media", row.code.as_ref()?.as_str(), row.name.as_str())));
        named.extend(payments.chain(discounts).chain(media).map(|(what, code, name)| ((what, code), name)));
    }
    let row =
        |((what, code), name): ((&str, &str), &str)| json!({"what": what, "code": code, "name": storable::text(name)});
    named.into_iter().map(row).collect()
}
