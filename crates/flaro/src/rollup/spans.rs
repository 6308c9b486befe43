//! Keeps the sums over many days: what a day changed is added to the store's month, the company's month and the
//! company's day, in the transaction that replaces the day. So they equal a recompute at any time.

use super::{
    DayKey,
    sums::{Figures, Part, SumKey, Sums},
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

/// The rows are read out of their JSON once, then added to each span.
macro_rules! add {
    ($rows:literal, $spans:literal) => {
        concat!(
            "WITH r AS MATERIALIZED (",
            $rows,
            "), s AS MATERIALIZED (",
            $spans,
            ")
             INSERT INTO rollup_sum (company_id, part, span, store_id, item, hour, class, ",
            columns!(""),
            ") SELECT $1, r.part, s.span, s.store, r.item, r.hour, r.class, ",
            columns!("r."),
            " FROM s CROSS JOIN r WHERE (r.part <> 'product_hour' OR s.hours = 1) ",
            added!("count", "checks", "guests", "gross", "discount", "net", "tax", "total", "cost")
        )
    };
}

/// `$2` are the rows, `$3` the spans. Product × hour is summed up for the company only.
const ADD: Sql = Sql {
    sqlite: add!(
        "SELECT value ->> 0 AS part, value ->> 1 AS item, value ->> 2 AS hour, value ->> 3 AS class,
           value ->> 4 AS days, value ->> 5 AS count, value ->> 6 AS checks, value ->> 7 AS guests, value ->> 8 AS gross,
           value ->> 9 AS discount, value ->> 10 AS net, value ->> 11 AS tax, value ->> 12 AS total, value ->> 13 AS cost
         FROM json_each($2)",
        "SELECT value ->> 0 AS span, value ->> 1 AS store, value ->> 2 AS hours FROM json_each($3)"
    ),
    postgres: add!(
        "SELECT value ->> 0 AS part, value ->> 1 AS item, CAST(value ->> 2 AS BIGINT) AS hour, value ->> 3 AS class,
           CAST(value ->> 4 AS BIGINT) AS days, CAST(value ->> 5 AS BIGINT) AS count, CAST(value ->> 6 AS BIGINT) AS checks,
           CAST(value ->> 7 AS BIGINT) AS guests, CAST(value ->> 8 AS BIGINT) AS gross,
           CAST(value ->> 9 AS BIGINT) AS discount, CAST(value ->> 10 AS BIGINT) AS net,
           CAST(value ->> 11 AS BIGINT) AS tax, CAST(value ->> 12 AS BIGINT) AS total, CAST(value ->> 13 AS BIGINT) AS cost
         FROM jsonb_array_elements(CAST($2 AS JSONB)) AS rows (value)",
        "SELECT value ->> 0 AS span, value ->> 1 AS store, CAST(value ->> 2 AS BIGINT) AS hours
         FROM jsonb_array_elements(CAST($3 AS JSONB)) AS spans (value)"
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

/// Adds what stores' days of one date changed: to each store's month, and all of it together to the company's month and
/// date.
pub(super) async fn add(tx: &mut Tx, key: &DayKey, stores: &[(&DayKey, Sums)]) -> Result<(), DbError> {
    let (company, month) = (key.company.as_str(), key.date.get(..7).unwrap_or_default());
    // Stores of a company share the company's rows.
    tx.lock(&format!("sums/{company}")).await?;
    let mut all = Sums::new();
    for (of, delta) in stores {
        change(tx, company, delta, &json!([[month, of.store, 0]])).await?;
        for (key, figures) in delta {
            all.entry(key.clone()).or_default().add(figures);
        }
    }
    all.retain(|_, figures| *figures != Figures::default());
    change(tx, company, &all, &json!([[month, "", 1], [key.date, "", 1]])).await
}

async fn change(tx: &mut Tx, company: &str, delta: &Sums, spans: &Value) -> Result<(), DbError> {
    let spans = spans.to_string();
    if !delta.is_empty() {
        tx.execute(ADD, args![company, rows(delta), &spans]).await?;
    }
    let gone: Sums = delta.iter().filter(|(_, figures)| figures.days < 0).map(|(k, f)| (k.clone(), *f)).collect();
    if !gone.is_empty() {
        tx.execute(EMPTY, args![company, rows(&gone), &spans]).await?;
    }
    Ok(())
}

/// Keeps what a day comes to now; none: it can't be computed.
pub(super) async fn keep(tx: &mut Tx, key: &DayKey, packed: Option<&[u8]>) -> Result<(), DbError> {
    let company = key.company.as_str();
    tx.execute(CLEAR, args![company, &key.store, &key.date]).await?;
    if let Some(packed) = packed {
        tx.execute(PACK, args![company, &key.store, &key.date, packed]).await?;
    }
    Ok(())
}

fn rows(sums: &Sums) -> String {
    let row = |(key, figures): (&SumKey, &Figures)| {
        let SumKey { part, item, hour, class } = key;
        let mut row = vec![json!(Part::name(*part)), json!(item), json!(hour), json!(class)];
        row.extend(figures.columns().map(Value::from));
        Value::from(row)
    };
    Value::from(sums.iter().map(row).collect::<Vec<_>>()).to_string()
}
