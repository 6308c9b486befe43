//! Replaces a day's rollups, whole, one statement a table.

use super::{Built, DayKey, sums};
use crate::storable;
use db::{Args, DbError, Sql, Tx, args};
use sales::{MovementKind, Service, TaxClass};
use serde_json::{Value, json};

const CLEAR: [&str; 8] = [
    "DELETE FROM day_rollup WHERE company_id = $1 AND store_id = $2 AND business_date = $3",
    "DELETE FROM rollup_hourly WHERE company_id = $1 AND store_id = $2 AND business_date = $3",
    "DELETE FROM rollup_product WHERE company_id = $1 AND store_id = $2 AND business_date = $3",
    "DELETE FROM rollup_payment WHERE company_id = $1 AND store_id = $2 AND business_date = $3",
    "DELETE FROM rollup_media WHERE company_id = $1 AND store_id = $2 AND business_date = $3",
    "DELETE FROM rollup_discount WHERE company_id = $1 AND store_id = $2 AND business_date = $3",
    "DELETE FROM check_index WHERE company_id = $1 AND store_id = $2 AND business_date = $3",
    "DELETE FROM rollup_cash WHERE company_id = $1 AND store_id = $2 AND business_date = $3",
];
const DONE: &str = "DELETE FROM dirty_day WHERE company_id = $1 AND store_id = $2 AND business_date = $3";
const DAY: &str = "INSERT INTO day_rollup
    (company_id, store_id, business_date, digest, built_at, error, gross, discounts, net, tax, total, guests, checks,
     voids, rates, non_sales, closed, cost, media_checks, media_guests, media_net, media_tax,
     media_total)
    VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21, $22,
      $23)";

/// Writes one JSON array of rows into a table, on either engine.
macro_rules! insert_rows {
    ($table:literal, $($column:literal $kind:literal),+) => {
        Sql {
            sqlite: concat!(
                "INSERT INTO ", $table, " (company_id, store_id, business_date", $(", ", $column,)+ ") ",
                "SELECT $1, $2, $3", $(", value ->> '", $column, "'",)+ " FROM json_each($4)"
            ),
            postgres: concat!(
                "INSERT INTO ", $table, " (company_id, store_id, business_date", $(", ", $column,)+ ") ",
                "SELECT $1, $2, $3", $(", CAST(value ->> '", $column, "' AS ", $kind, ")",)+
                " FROM jsonb_array_elements(CAST($4 AS JSONB)) AS rows (value)"
            ),
        }
    };
}

const HOURLY: Sql = insert_rows!(
    "rollup_hourly", "hour" "BIGINT", "net" "BIGINT", "tax" "BIGINT", "total" "BIGINT", "guests" "BIGINT",
    "checks" "BIGINT", "rates" "TEXT"
);
const PRODUCT: Sql = insert_rows!(
    "rollup_product", "product_id" "TEXT", "tax_class" "TEXT", "service" "TEXT", "name" "TEXT", "category_id" "TEXT",
    "category" "TEXT", "own_product_code" "TEXT", "own_parent_category_code" "TEXT",
    "own_child_category_code" "TEXT", "code_source" "TEXT", "quantity" "BIGINT", "gross" "BIGINT",
    "discount" "BIGINT", "net" "BIGINT", "tax" "BIGINT", "total" "BIGINT", "cost" "BIGINT"
);
const PAYMENT: Sql = insert_rows!(
    "rollup_payment", "kind" "BIGINT", "code" "TEXT", "name" "TEXT", "count" "BIGINT", "amount" "BIGINT",
    "surplus" "BIGINT", "non_sales" "BIGINT", "rates" "TEXT"
);
const MEDIA: Sql = insert_rows!(
    "rollup_media", "code" "TEXT", "name" "TEXT", "checks" "BIGINT", "guests" "BIGINT", "net" "BIGINT",
    "tax" "BIGINT", "total" "BIGINT", "rates" "TEXT"
);
const DISCOUNT: Sql = insert_rows!(
    "rollup_discount", "code" "TEXT", "scope" "TEXT", "name" "TEXT", "count" "BIGINT", "amount" "BIGINT"
);
const CHECK: Sql = insert_rows!(
    "check_index", "check_id" "TEXT", "settlement_id" "TEXT", "register_id" "TEXT", "slip" "BIGINT", "hour" "BIGINT",
    "paid_at" "BIGINT", "guests" "BIGINT", "net" "BIGINT", "tax" "BIGINT", "total" "BIGINT", "table_name" "TEXT",
    "staff" "TEXT", "medium" "TEXT", "reverses" "TEXT"
);

const CASH: Sql = insert_rows!(
    "rollup_cash", "settlement_id" "TEXT", "register_id" "TEXT", "register_name" "TEXT", "z_number" "BIGINT",
    "closed_at" "BIGINT", "opening_float" "BIGINT", "cash_in" "BIGINT", "cash_out" "BIGINT", "expected" "BIGINT",
    "counted" "BIGINT", "over_short" "BIGINT", "bank_deposit" "BIGINT", "carry_over" "BIGINT"
);

/// Replaces the rollups of a day and takes it off the queue. What can't be built is written down as such.
pub(super) async fn replace(
    tx: &mut Tx,
    key: &DayKey,
    digest: &str,
    built: Result<&Built, &String>,
    at: i64,
) -> Result<(), DbError> {
    for clear in CLEAR {
        tx.execute(clear, of(key)).await?;
    }
    tx.execute(DONE, of(key)).await?;
    day(tx, key, digest, built, at).await?;
    let Ok(built) = built else { return Ok(()) };
    insert(tx, HOURLY, key, hourly(built)).await?;
    insert(tx, PRODUCT, key, products(built)).await?;
    insert(tx, PAYMENT, key, payments(built)).await?;
    insert(tx, MEDIA, key, media(built)).await?;
    insert(tx, DISCOUNT, key, discounts(built)).await?;
    insert(tx, CHECK, key, checks(built)).await?;
    insert(tx, CASH, key, drawers(built)).await
}

fn of(key: &DayKey) -> Args {
    args![key.company.as_str(), &key.store, &key.date]
}

async fn insert(tx: &mut Tx, sql: Sql, key: &DayKey, rows: Vec<Value>) -> Result<(), DbError> {
    if rows.is_empty() {
        return Ok(());
    }
    let rows = Value::from(rows).to_string();
    tx.execute(sql, args![key.company.as_str(), &key.store, &key.date, rows]).await.map(drop)
}

async fn day(tx: &mut Tx, key: &DayKey, digest: &str, built: Result<&Built, &String>, at: i64) -> Result<(), DbError> {
    let totals = built.ok().map(|built| &built.datasets.settlement);
    let yen = |figure: fn(&sales::SettlementTotals) -> sales::Yen| totals.map_or(0, |totals| figure(totals).0);
    tx.execute(
        DAY,
        args![
            key.company.as_str(),
            &key.store,
            &key.date,
            digest,
            at,
            built.err().map(|error| storable::text(error)),
            yen(|t| t.gross),
            yen(|t| t.discounts),
            yen(|t| t.net),
            yen(|t| t.tax),
            yen(|t| t.total),
            totals.map_or(0, |t| t.guests.total().unwrap_or(0)),
            totals.map_or(0, |t| t.checks),
            totals.map_or(0, |t| t.voids),
            packed(&totals.map_or(&[][..], |t| &t.rates)),
            packed(&totals.map_or(&[][..], |t| &t.non_sales)),
            built.map_or(0, |built| i64::try_from(built.closed()).unwrap_or(i64::MAX)),
            built.map_or(0, |built| sum(built.datasets.product_sales.iter().map(|row| row.cost.0))),
            by_media(built, |row| row.checks),
            by_media(built, |row| row.guests),
            by_media(built, |row| row.net.0),
            by_media(built, |row| row.tax.0),
            by_media(built, |row| row.total.0),
        ],
    )
    .await
    .map(drop)
}

/// What came by an ad medium (広告).
fn by_media(built: Result<&Built, &String>, figure: fn(&sales::MediaSales) -> i64) -> i64 {
    built.map_or(0, |built| sum(built.datasets.media_sales.iter().filter(|row| row.code.is_some()).map(figure)))
}

fn sum(figures: impl Iterator<Item = i64>) -> i64 {
    figures.fold(0, i64::saturating_add)
}

/// What is read as a whole or not at all, as JSON in a text column.
fn packed(rows: &impl serde::Serialize) -> String {
    serde_json::to_string(rows).unwrap_or_else(|_| "[]".to_owned())
}

/// A tax class as a key: `standard 10`.
pub(super) fn tax_class(class: TaxClass) -> String {
    let kind = match class.kind {
        sales::TaxKind::Standard => "standard",
        sales::TaxKind::Reduced => "reduced",
        sales::TaxKind::Exempt => "exempt",
        sales::TaxKind::OutOfScope => "out_of_scope",
    };
    format!("{kind} {}", class.percent)
}

pub(super) fn service(service: Service) -> &'static str {
    match service {
        Service::EatIn => "eat_in",
        Service::Takeout => "takeout",
    }
}

fn hourly(built: &Built) -> Vec<Value> {
    let row = |r: &sales::HourlySales| {
        json!({
            "hour": r.hour, "net": r.net, "tax": r.tax, "total": r.total, "guests": r.guests, "checks": r.checks,
            "rates": packed(&r.rates),
        })
    };
    built.datasets.hourly_sales.iter().map(row).collect()
}

fn products(built: &Built) -> Vec<Value> {
    let row = |r: &sales::ProductSales| {
        json!({
            "product_id": r.product_id, "tax_class": tax_class(r.tax_class), "service": service(r.service),
            "name": storable::text(&r.name), "category_id": r.category_id, "category": storable::text(&r.category),
            "own_product_code": r.own_product_code, "own_parent_category_code": r.own_parent_category_code,
            "own_child_category_code": r.own_child_category_code, "code_source": r.code_source,
            "quantity": r.quantity, "gross": r.gross, "discount": r.discount, "net": r.net, "tax": r.tax,
            "total": r.total, "cost": r.cost,
        })
    };
    built.datasets.product_sales.iter().map(row).collect()
}

fn payments(built: &Built) -> Vec<Value> {
    let row = |r: &sales::PaymentSales| {
        json!({
            "kind": r.kind.number(), "code": r.code, "name": storable::text(&r.name), "count": r.count,
            "amount": r.amount, "surplus": r.surplus, "non_sales": r.non_sales, "rates": packed(&r.rates),
        })
    };
    built.datasets.payment_sales.iter().map(row).collect()
}

fn media(built: &Built) -> Vec<Value> {
    let row = |r: &sales::MediaSales| {
        let code = r.code.as_ref().map_or("", |code| code.as_str());
        json!({
            "code": code, "name": storable::text(&r.name), "checks": r.checks, "guests": r.guests, "net": r.net,
            "tax": r.tax, "total": r.total, "rates": packed(&r.rates),
        })
    };
    built.datasets.media_sales.iter().map(row).collect()
}

fn discounts(built: &Built) -> Vec<Value> {
    let row = |r: &sales::DiscountSales| {
        json!({
            "code": r.code, "scope": sums::scope(r.scope), "name": storable::text(&r.name), "count": r.count,
            "amount": r.amount,
        })
    };
    built.datasets.discounts.iter().map(row).collect()
}

fn checks(built: &Built) -> Vec<Value> {
    let mut seen = std::collections::HashSet::new();
    let row = |(event, check): (&protocol::event::Event, &sales::Check)| {
        let sales = check.sales().unwrap_or_default();
        json!({
            "check_id": check.id, "settlement_id": event.settlement.id, "register_id": event.register.id,
            "slip": check.slip, "hour": check.hour, "paid_at": check.paid_at.as_millisecond(),
            "guests": check.guests.total().unwrap_or(0), "net": sales.net, "tax": sales.tax, "total": check.total,
            "table_name": check.table.as_deref().map(storable::text), "staff": storable::text(&check.staff),
            "medium": check.ad_medium.as_ref().map(|medium| storable::text(&medium.name)),
            "reverses": check.reverses,
        })
    };
    // One id twice in a settlement is a finding of its own; the index has one row for it.
    built.checks().filter(|(event, check)| seen.insert((event.settlement.id, check.id))).map(row).collect()
}

/// The drawer of each settlement; a cancelled one has none.
fn drawers(built: &Built) -> Vec<Value> {
    let row = |event: &protocol::event::Event| {
        let cash = &event.data.settlement.cash;
        let moved = |kind: MovementKind| sum(cash.movements.iter().filter(|m| m.kind == kind).map(|m| m.amount.0));
        json!({
            "settlement_id": event.settlement.id, "register_id": event.register.id,
            "register_name": storable::text(&event.register.name), "z_number": event.settlement.z_number,
            "closed_at": event.settlement.closed_at.as_millisecond(), "opening_float": cash.opening_float,
            "cash_in": moved(MovementKind::In), "cash_out": moved(MovementKind::Out), "expected": cash.expected,
            "counted": cash.counted.as_ref().map(|counted| counted.total), "over_short": cash.over_short,
            "bank_deposit": cash.bank_deposit, "carry_over": cash.carry_over,
        })
    };
    let closed = built.events.iter().filter(|event| event.event_type != protocol::event::EventType::Cancelled);
    closed.map(row).collect()
}
