//! Keeps the sums over many days: what a day changed is added to the store's month, the company's month and the
//! company's day, in the transaction that replaces the day. So they equal a recompute at any time.

use super::{
    DayKey,
    sums::{Part, SumKey, Sums},
};
use db::{DbError, Sql, Tx, args};
use serde_json::{Value, json};

/// The figures in the order of `Figures::columns`.
macro_rules! columns {
    ($before:literal) => {
        concat!(
            $before,
            "days, ",
            $before,
            "count, ",
            $before,
            "checks, ",
            $before,
            "guests, ",
            $before,
            "gross, ",
            $before,
            "discount, ",
            $before,
            "net, ",
            $before,
            "tax, ",
            $before,
            "total, ",
            $before,
            "cost"
        )
    };
}

macro_rules! added {
    ($($column:literal),+) => {
        concat!("ON CONFLICT (company_id, part, span, store_id, item, hour, class) DO UPDATE SET days = rollup_sum.days + excluded.days"
            $(, ", ", $column, " = rollup_sum.", $column, " + excluded.", $column)+)
    };
}

macro_rules! add {
    ($select:literal, $from:literal) => {
        concat!(
            "INSERT INTO rollup_sum (company_id, part, span, store_id, item, hour, class, ",
            columns!(""),
            ") SELECT $1, ",
            $select,
            " FROM ",
            $from,
            " ",
            added!("count", "checks", "guests", "gross", "discount", "net", "tax", "total", "cost")
        )
    };
}

/// `$2` are the rows, `$3` the spans; product × hour of a single store is kept with its days only.
const ADD: Sql = Sql {
    sqlite: add!(
        "r.value ->> 0, s.value ->> 0, s.value ->> 1, r.value ->> 1, r.value ->> 2, r.value ->> 3, r.value ->> 4,
         r.value ->> 5, r.value ->> 6, r.value ->> 7, r.value ->> 8, r.value ->> 9, r.value ->> 10, r.value ->> 11,
         r.value ->> 12, r.value ->> 13",
        "json_each($3) s, json_each($2) r WHERE (s.value ->> 1 = '' OR r.value ->> 0 <> 'product_hour')"
    ),
    postgres: add!(
        "r.value ->> 0, s.value ->> 0, s.value ->> 1, r.value ->> 1, CAST(r.value ->> 2 AS BIGINT), r.value ->> 3,
         CAST(r.value ->> 4 AS BIGINT), CAST(r.value ->> 5 AS BIGINT), CAST(r.value ->> 6 AS BIGINT),
         CAST(r.value ->> 7 AS BIGINT), CAST(r.value ->> 8 AS BIGINT), CAST(r.value ->> 9 AS BIGINT),
         CAST(r.value ->> 10 AS BIGINT), CAST(r.value ->> 11 AS BIGINT), CAST(r.value ->> 12 AS BIGINT),
         CAST(r.value ->> 13 AS BIGINT)",
        "jsonb_array_elements(CAST($3 AS JSONB)) AS s (value), jsonb_array_elements(CAST($2 AS JSONB)) AS r (value)
         WHERE (s.value ->> 1 = '' OR r.value ->> 0 <> 'product_hour')"
    ),
};
const EMPTY: Sql = Sql {
    sqlite: "DELETE FROM rollup_sum WHERE company_id = $1 AND days = 0
        AND (part, span, store_id, item, hour, class) IN (
          SELECT r.value ->> 0, s.value ->> 0, s.value ->> 1, r.value ->> 1, r.value ->> 2, r.value ->> 3
          FROM json_each($3) s, json_each($2) r)",
    postgres: "DELETE FROM rollup_sum WHERE company_id = $1 AND days = 0
        AND (part, span, store_id, item, hour, class) IN (
          SELECT r.value ->> 0, s.value ->> 0, s.value ->> 1, r.value ->> 1, CAST(r.value ->> 2 AS BIGINT),
            r.value ->> 3
          FROM jsonb_array_elements(CAST($3 AS JSONB)) AS s (value),
            jsonb_array_elements(CAST($2 AS JSONB)) AS r (value))",
};
const CLEAR: &str = "DELETE FROM day_packed WHERE company_id = $1 AND store_id = $2 AND business_date = $3";
const PACK: &str = "INSERT INTO day_packed (company_id, store_id, business_date, sums) VALUES ($1, $2, $3, $4)";

/// Adds what a day changed, and keeps what it comes to now.
pub(super) async fn add(tx: &mut Tx, key: &DayKey, delta: &Sums, packed: Option<&[u8]>) -> Result<(), DbError> {
    let (company, month) = (key.company.as_str(), key.date.get(..7).unwrap_or_default());
    // Stores of a company share the company's rows.
    tx.lock(&format!("sums/{company}")).await?;
    let spans = json!([[month, key.store], [month, ""], [key.date, ""]]).to_string();
    if !delta.is_empty() {
        tx.execute(ADD, args![company, rows(delta), &spans]).await?;
    }
    let gone: Sums = delta.iter().filter(|(_, figures)| figures.days < 0).map(|(k, f)| (k.clone(), *f)).collect();
    if !gone.is_empty() {
        tx.execute(EMPTY, args![company, rows(&gone), &spans]).await?;
    }
    tx.execute(CLEAR, args![company, &key.store, &key.date]).await?;
    if let Some(packed) = packed {
        tx.execute(PACK, args![company, &key.store, &key.date, packed]).await?;
    }
    Ok(())
}

fn rows(sums: &Sums) -> String {
    let row = |(key, figures): (&SumKey, &super::sums::Figures)| {
        let SumKey { part, item, hour, class } = key;
        let mut row = vec![json!(Part::name(*part)), json!(item), json!(hour), json!(class)];
        row.extend(figures.columns().map(Value::from));
        Value::from(row)
    };
    Value::from(sums.iter().map(row).collect::<Vec<_>>()).to_string()
}
