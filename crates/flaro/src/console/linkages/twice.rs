//! Business days of one FLARO店舗コード that two partners brought: a company that changes its POS has both for a while,
//! and each day must come from one of them. Nothing is refused or guessed: it is shown until one of them is empty.

use super::super::grid::{Cell, Grid};
use crate::{
    FlaroError, storable,
    tenant::{Scope, in_scope, scoped},
};
use db::{DbError, Row, Tx};
use web::{Html, format};

// A day without tills holds nothing but cancelled settlements.
const TWICE: &str = concat!(
    "SELECT t.flaro_store_code, t.store_id, t.name, t.partner, o.store_id AS other_id, o.name AS other_name,
       o.partner AS other_partner, COUNT(*) AS days, MIN(d.business_date) AS first, MAX(d.business_date) AS last
     FROM store t
     JOIN store o ON o.company_id = t.company_id AND o.flaro_store_code = t.flaro_store_code AND o.partner > t.partner
     JOIN business_day d ON d.company_id = t.company_id AND d.store_id = t.store_id AND d.registers <> '[]'
     JOIN business_day e ON e.company_id = o.company_id AND e.store_id = o.store_id
       AND e.business_date = d.business_date AND e.registers <> '[]'
     WHERE ",
    in_scope!("t"),
    " AND ",
    in_scope!("o"),
    " GROUP BY t.flaro_store_code, t.store_id, t.name, t.partner, o.store_id, o.name, o.partner
      ORDER BY t.flaro_store_code, t.store_id, o.store_id LIMIT 200"
);

pub(super) async fn see(tx: &mut Tx, scope: &Scope) -> Result<Vec<Row>, DbError> {
    tx.fetch_all(TWICE, scoped!(scope)).await
}

pub(super) fn table(rows: &[Row]) -> Result<Html, FlaroError> {
    let columns = [
        ("FLARO店舗コード", false),
        ("店舗", false),
        ("連携元", false),
        ("もう一方の店舗", false),
        ("もう一方の連携元", false),
        ("重なる日数", true),
        ("最初の営業日", false),
        ("最後の営業日", false),
    ];
    let mut grid = Grid::new("twice", "二つの連携元から届いた営業日", &columns);
    for row in rows {
        let days = |id: &str| -> Result<String, DbError> { Ok(format!("/days?store={}", row.text(id)?)) };
        grid.row([
            row.text("flaro_store_code")?.into(),
            Cell::Link(row.text("name")?, days("store_id")?),
            row.text("partner")?.into(),
            Cell::Link(row.text("other_name")?, days("other_id")?),
            row.text("other_partner")?.into(),
            Cell::Count(row.int("days")?),
            format::date(storable::date(&row.text("first")?)?).into(),
            format::date(storable::date(&row.text("last")?)?).into(),
        ]);
    }
    Ok(grid.html())
}
