//! A chain in a database: stores, and for each of their days the rollups that a day of a busy restaurant leaves.

use super::Failed;
use db::{Db, DbError, Tx, args};
use jiff::{ToSpan, civil::Date};
use protocol::event::Frame;
use serde_json::{Value, json};

/// The last day that is rolled up.
const LAST: Date = jiff::civil::date(2026, 11, 21);
const HOURS: std::ops::Range<i64> = 11..25;
const PRODUCTS: i64 = 100;

/// A store's id.
pub fn store_id(n: i64) -> String {
    format!("57000000-0000-4000-8000-{n:012}")
}

fn product_id(n: i64) -> String {
    format!("90000000-0000-4000-8000-{n:012}")
}

const HOW_MANY: &str = "SELECT COUNT(*) AS n FROM store WHERE company_id = $1";
const STORE: &str =
    "INSERT INTO store (company_id, store_id, partner, listed, position, name, flaro_store_code, start_date,
      enabled, zone, cut_over, registers, closed_days)
    VALUES ($1, $2, 'bench', 1, $3, $4, $5, '2020-01-01', 1, 'Asia/Tokyo', '05:00', '[]', '[]')";
const LABEL: &str = "INSERT INTO rollup_label (company_id, part, item, name, category_id, category, seen_on)
    SELECT $1, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 3, '2026-11-21' FROM json_each($2)";

// `$1` company, `$2` store, `$3` days, `$4` items.
const OF_A_STORE: [&str; 8] = [
    "INSERT INTO business_day (company_id, store_id, business_date, settlements, checks, guests, net, tax, discounts,
       payments, digest, registers, changed_at)
     SELECT $1, $2, d.value, 1, 100, 200, 280000, 28000, 1000, 308000, 'x', '[\"t\"]', 1 FROM json_each($3) d",
    "INSERT INTO day_rollup (company_id, store_id, business_date, digest, built_at, gross, discounts, net, tax, total,
       guests, checks, voids, rates, non_sales, closed, cost, media_checks, media_guests, media_net, media_tax, media_total)
     SELECT $1, $2, d.value, 'x', unixepoch(d.value), 309000, 1000, 280000, 28000, 308000, 200, 100, 1, '[]', '[]', 1, 84000, 20, 40, 56000,
       5600, 61600 FROM json_each($3) d",
    "INSERT INTO rollup_hourly (company_id, store_id, business_date, hour, net, tax, total, guests, checks, rates)
     SELECT $1, $2, d.value, i.value ->> 3, 20000, 2000, 22000, 14, 7, '[]' FROM json_each($3) d, json_each($4) i
     WHERE i.value ->> 0 = 'hour'",
    "INSERT INTO rollup_payment (company_id, store_id, business_date, kind, code, name, count, amount, surplus, non_sales,
       rates)
     SELECT $1, $2, d.value, 1, i.value ->> 1, i.value ->> 2, 16, 51333, 0, 0, '[]' FROM json_each($3) d, json_each($4) i
     WHERE i.value ->> 0 = 'payment'",
    "INSERT INTO rollup_media (company_id, store_id, business_date, code, name, checks, guests, net, tax, total, rates)
     SELECT $1, $2, d.value, i.value ->> 1, i.value ->> 2, 25, 50, 70000, 7000, 77000, '[]'
     FROM json_each($3) d, json_each($4) i WHERE i.value ->> 0 = 'medium'",
    "INSERT INTO rollup_discount (company_id, store_id, business_date, code, scope, name, count, amount)
     SELECT $1, $2, d.value, i.value ->> 1, 'check', i.value ->> 2, 2, 250 FROM json_each($3) d, json_each($4) i
     WHERE i.value ->> 0 = 'discount'",
    "INSERT INTO rollup_cash (company_id, store_id, business_date, settlement_id, register_id, register_name, z_number,
       closed_at, opening_float, cash_in, cash_out, expected, counted, over_short, bank_deposit, carry_over)
     SELECT $1, $2, d.value, $2 || d.value, 't', 'レジ1', 1, 1, 50000, 0, 0, 150000, 150000, 0, 100000, 50000
     FROM json_each($3) d, json_each($4) i WHERE i.key = 0",
    "INSERT INTO check_index (company_id, store_id, business_date, check_id, settlement_id, register_id, slip, hour,
       paid_at, guests, net, tax, total, table_name, staff)
     SELECT $1, $2, d.value, $2 || d.value || i.key, 's', 't', i.key, 12, i.key, 2, 2800, 280, 3080, '1', '0001'
     FROM json_each($3) d, json_each($4) i WHERE i.key < 2",
];
// The same for days that have them.
const DETAIL: &str = "INSERT INTO rollup_product (company_id, store_id, business_date, product_id, tax_class, service, name,
      category_id, category, code_source, quantity, gross, discount, net, tax, total, cost)
    SELECT $1, $2, d.value, i.value ->> 1, 'standard 10', 'eat_in', i.value ->> 2, 'c', '料理', 'pos', 4, 3090, 10, 2800, 280,
      3080, 840 FROM json_each($3) d, json_each($4) i WHERE i.value ->> 0 = 'product'";
const PACKED: &str = "INSERT INTO day_packed (company_id, store_id, business_date, sums)
    SELECT $1, $2, d.value, $4 FROM json_each($3) d";
// `$2` store or nothing, `$3` spans as `[span, days]`, `$4` items.
const SUMS: &str =
    "INSERT INTO rollup_sum (company_id, part, span, store_id, item, hour, class, days, count, checks, guests,
      gross, discount, net, tax, total, cost)
    SELECT $1, i.value ->> 0, d.value ->> 0, $2, i.value ->> 1, i.value ->> 3, i.value ->> 4, n, 4 * n, 7 * n, 14 * n,
      3090 * n, 10 * n, 2800 * n, 280 * n, 3080 * n, 840 * n
    FROM (SELECT value, value ->> 1 AS n FROM json_each($3)) d, json_each($4) i
    WHERE i.value ->> 0 <> 'product_hour' OR $2 = ''";

/// Fills a database that has no stores yet.
pub async fn chain(db: &Db, company: &str, stores: i64, days: i64, detailed: i64) -> Result<(), Failed> {
    let of = company.to_owned();
    let there = db.read(async move |tx: &mut Tx| tx.fetch_one(HOW_MANY, args![of]).await).await?;
    if there.int("n")? > 0 {
        return Ok(());
    }
    let dates: Vec<Date> = (0..days).rev().map(|n| LAST.saturating_sub(n.days())).collect();
    let all = Value::from(dates.iter().map(ToString::to_string).collect::<Vec<_>>()).to_string();
    let last = dates.len().saturating_sub(usize::try_from(detailed)?);
    let detail = Value::from(dates[last..].iter().map(ToString::to_string).collect::<Vec<_>>()).to_string();
    let items = Value::from(items()).to_string();
    let (months, packed) = (months(&dates), packed()?);
    let (of, labels) = (company.to_owned(), items.clone());
    db.write(async move |tx: &mut Tx| tx.execute(LABEL, args![of, labelled(&labels)]).await).await?;
    for n in 0..stores {
        let (company, store, months) = (company.to_owned(), store_id(n), months.clone());
        let (all, detail, items, packed) = (all.clone(), detail.clone(), items.clone(), packed.clone());
        let unit = async move |tx: &mut Tx| -> Result<(), DbError> {
            let made = args![&company, &store, n, format!("{:04}号店", n + 1), format!("{:05}", n + 1)];
            tx.execute(STORE, made).await?;
            tx.execute(OF_A_STORE[0], args![&company, &store, &all]).await?;
            tx.execute(OF_A_STORE[1], args![&company, &store, &all]).await?;
            for sql in &OF_A_STORE[2..] {
                tx.execute(*sql, args![&company, &store, &all, &items]).await?;
            }
            tx.execute(DETAIL, args![&company, &store, &detail, &items]).await?;
            tx.execute(PACKED, args![&company, &store, &detail, packed]).await?;
            tx.execute(SUMS, args![&company, &store, months, &items]).await.map(drop)
        };
        db.write(unit).await?;
    }
    let of_days =
        Value::from(dates.iter().map(|date| json!([date.to_string(), stores])).collect::<Vec<_>>()).to_string();
    for spans in [of_days, months] {
        let (company, items) = (company.to_owned(), items.clone());
        db.write(async move |tx: &mut Tx| tx.execute(SUMS, args![company, "", spans, items]).await).await?;
    }
    Ok(())
}

/// What a day has, as `[part, item, name, hour, class]`.
fn items() -> Vec<Value> {
    let mut items = vec![json!(["day", "", "", -1, ""])];
    items.extend(HOURS.map(|hour| json!(["hour", "", "", hour, ""])));
    items.extend((0..6).map(|n| json!(["payment", format!("1{n:019}"), format!("カード{n}"), -1, "1"])));
    items.extend((0..4).map(|n| {
        json!(["medium", if n == 0 { String::new() } else { format!("2{n:019}") }, format!("媒体{n}"), -1, ""])
    }));
    items.extend((0..4).map(|n| json!(["discount", format!("3{n:019}"), format!("クーポン{n}"), -1, "check"])));
    items
        .extend((0..PRODUCTS).map(|n| json!(["product", product_id(n), format!("料理{n}"), -1, "standard 10 eat_in"])));
    let cell = |n: i64, hour: i64| json!(["product_hour", product_id(n), "", hour, ""]);
    items.extend((0..PRODUCTS).flat_map(|n| HOURS.map(move |hour| cell(n, hour))));
    items
}

fn labelled(items: &str) -> String {
    let all: Vec<Value> = serde_json::from_str(items).unwrap_or_default();
    let named = all.into_iter().filter(|item| item[2] != "");
    let row = |item: Value| json!([item[0], item[1], item[2], if item[0] == "product" { "料理" } else { "" }]);
    Value::from(named.map(row).collect::<Vec<_>>()).to_string()
}

/// Whole months with how many of the days are in them.
fn months(dates: &[Date]) -> String {
    let mut months = std::collections::BTreeMap::<String, i64>::new();
    for date in dates {
        *months.entry(date.strftime("%Y-%m").to_string()).or_default() += 1;
    }
    Value::from(months.into_iter().map(|(month, n)| json!([month, n])).collect::<Vec<_>>()).to_string()
}

/// What is kept beside a day: a third of the cells of product × hour, as a real day has.
fn packed() -> Result<Vec<u8>, Failed> {
    let key = |part: &str, n: i64, hour: i64| json!({"part": part, "item": product_id(n), "hour": hour, "class": ""});
    let cells = (0..PRODUCTS).flat_map(|n| HOURS.map(move |hour| (n, hour))).filter(|(n, hour)| (n + hour) % 3 == 0);
    let row = |(n, hour): (i64, i64)| {
        json!([key("product_hour", n, hour), [1, n % 7 + 1, 0, 0, 0, 0, 700 + n, 70, 770 + n, 0]])
    };
    Ok(Frame::pack(&serde_json::to_vec(&cells.map(row).collect::<Vec<_>>())?)?.zstd)
}
