//! 会計: one check as it was paid, opened from the stored event it came in.

use super::{
    grid::{Cell, Grid},
    in_path, shell, words,
};
use crate::{
    Flaro, FlaroError, rollup, storable,
    tenant::{Scope, Viewer, in_scope, scoped},
};
use askama::Template;
use axum::extract::{Path, State};
use db::Tx;
use jiff::{civil::Date, tz::TimeZone};
use protocol::event::Event;
use sales::{Check, CheckId, Line, TaxMode};
use std::sync::Arc;
use web::{Failure, Html, PageResult, format};

/// Where the check lies, and its reversal.
struct Found {
    frame: Vec<u8>,
    reversed_by: Option<String>,
}

#[derive(Template)]
#[template(path = "check.html")]
struct Page {
    facts: Vec<(&'static str, String)>,
    links: Vec<(&'static str, String)>,
    lines: Html,
    discounts: Option<Html>,
    rates: Html,
    payments: Html,
}

const FIND: &str = concat!(
    "SELECT r.frame FROM check_index c
     JOIN settlement s ON s.company_id = c.company_id AND s.store_id = c.store_id
       AND s.settlement_id = c.settlement_id
     JOIN settlement_revision r ON r.company_id = s.company_id AND r.store_id = s.store_id
       AND r.settlement_id = s.settlement_id AND r.revision = s.revision
     WHERE ",
    in_scope!("c"),
    " AND c.check_id = $4 ORDER BY c.business_date DESC LIMIT 1"
);
const REVERSED_BY: &str =
    concat!("SELECT c.check_id FROM check_index c WHERE ", in_scope!("c"), " AND c.reverses = $4 LIMIT 1");

pub(super) async fn show(State(flaro): State<Arc<Flaro>>, viewer: Viewer, Path(check): Path<String>) -> PageResult {
    let id: CheckId = in_path(&check)?;
    let scope = viewer.scope.clone();
    let found = flaro.db.read(async move |tx: &mut Tx| find(tx, &scope, id).await).await?;
    let found = found.ok_or_else(Failure::not_found)?;
    let event = tokio::task::spawn_blocking(move || rollup::open(&found.frame)).await??;
    // The index may be a moment older than what stands: then the check is not there any more.
    let check = event.data.checks.iter().find(|check| check.id == id).ok_or_else(Failure::not_found)?;
    let day = format!("/days/{}/{}", event.store.id, check.business_date);
    let page = page(&event, check, found.reversed_by, &viewer.zone);
    let title = if check.reverses.is_some() { "赤伝票" } else { "会計" };
    let shell = shell(&viewer, format!("{title} {}", check.slip), "/days")
        .crumb("営業日一覧", Some("/days"))
        .crumb(format!("{} {}", event.store.name, format::date(check.business_date)), Some(&day))
        .crumb("会計一覧", Some(&format!("{day}/checks")))
        .crumb(format!("伝票 {}", check.slip), None);
    Ok(shell.render(page))
}

async fn find(tx: &mut Tx, scope: &Scope, id: CheckId) -> Result<Option<Found>, FlaroError> {
    let Some(row) = tx.fetch_optional(FIND, scoped!(scope, id.to_string())).await? else { return Ok(None) };
    let by = tx.fetch_optional(REVERSED_BY, scoped!(scope, id.to_string())).await?;
    let reversed_by = by.map(|row| row.text("check_id")).transpose()?;
    Ok(Some(Found { frame: row.bytes("frame")?, reversed_by }))
}

fn page(event: &Event, check: &Check, reversed_by: Option<String>, zone: &TimeZone) -> Page {
    let mut links = Vec::new();
    if let Some(original) = check.reverses {
        links.push(("元の会計を見る", format!("/checks/{original}")));
    }
    if let Some(by) = reversed_by {
        links.push(("取り消した赤伝票を見る", format!("/checks/{by}")));
    }
    Page {
        facts: facts(event, check, zone),
        links,
        lines: lines(check).html(),
        discounts: (!check.discounts.is_empty()).then(|| discounts(check).html()),
        rates: rates(check).html(),
        payments: payments(check).html(),
    }
}

fn facts(event: &Event, check: &Check, zone: &TimeZone) -> Vec<(&'static str, String)> {
    let time = |at| format::time_of(check.business_date, at, zone);
    let guests = check.guests;
    let mode = match check.tax_mode {
        TaxMode::Included => "内税",
        TaxMode::Added => "外税",
    };
    vec![
        ("店舗", event.store.name.clone()),
        ("レジ", format!("{}（Z{}）", event.register.name, event.settlement.z_number)),
        ("営業日・時間帯", format!("{} {}", date(check.business_date), check.hour)),
        ("会計時刻", format!("{}（入店 {}）", time(check.paid_at), time(check.opened_at))),
        ("卓", check.table.clone().unwrap_or_else(|| "―".to_owned())),
        (
            "客数",
            format!(
                "{}名（男{}・女{}・不明{}）",
                guests.total().unwrap_or(0),
                guests.male,
                guests.female,
                guests.unknown
            ),
        ),
        ("担当者", storable::text(&check.staff)),
        ("広告媒体", check.ad_medium.as_ref().map_or_else(|| "フリー".to_owned(), |medium| medium.name.clone())),
        ("税の計算", mode.to_owned()),
        ("支払合計（税込）", format::yen(check.total.0)),
    ]
}

fn date(date: Date) -> String {
    format::date_weekday(date)
}

fn lines(check: &Check) -> Grid {
    let columns = [
        ("商品", false),
        ("種類", false),
        ("提供", false),
        ("税区分", false),
        ("単価", true),
        ("点数", true),
        ("明細の値引", true),
        ("会計値引の配分", true),
        ("税抜", true),
        ("消費税", true),
        ("税込", true),
    ];
    let mut grid = Grid::new("lines", "明細", &columns);
    for line in &check.lines {
        grid.row(row(line));
    }
    let sum = |figure: fn(&Line) -> sales::Yen| {
        Cell::Yen(check.lines.iter().fold(0, |sum, line| sum.saturating_add(figure(line).0)))
    };
    let blank = std::iter::repeat_n(Cell::Blank, 7);
    let figures = [sum(|line| line.net), sum(|line| line.tax), sum(|line| line.total)];
    grid.total(std::iter::once("合計".into()).chain(blank).chain(figures));
    grid
}

fn row(line: &Line) -> [Cell; 11] {
    let taken = line.discounts.iter().fold(0, |sum: i64, discount| sum.saturating_add(discount.amount.0));
    let names: Vec<&str> = line.discounts.iter().map(|discount| discount.name.as_str()).collect();
    let discount = if names.is_empty() {
        Cell::Blank
    } else {
        let text = format!("{}（{}）", format::yen(taken), names.join("・"));
        Cell::Text(text)
    };
    [
        line.product.name.as_str().into(),
        words::line_kind(line.kind).into(),
        words::service(line.service).into(),
        words::tax_class(line.tax_class).into(),
        line.unit_price.into(),
        Cell::Count(line.quantity),
        discount,
        line.check_discount.into(),
        line.net.into(),
        line.tax.into(),
        line.total.into(),
    ]
}

fn discounts(check: &Check) -> Grid {
    let columns = [("値引名称", false), ("取込コード", false), ("割合", true), ("金額", true)];
    let mut grid = Grid::new("discounts", "会計の値引・割引", &columns);
    for discount in &check.discounts {
        grid.row([
            discount.name.as_str().into(),
            discount.code.as_str().into(),
            discount.percent.map_or(Cell::Blank, |percent| format!("{percent}%").into()),
            discount.amount.into(),
        ]);
    }
    grid
}

fn rates(check: &Check) -> Grid {
    let columns = [("税区分", false), ("税抜", true), ("消費税", true), ("税込", true)];
    let mut grid = Grid::new("rates", "税率ごとの金額", &columns);
    for rate in &check.rates {
        grid.row([words::tax_class(rate.tax_class).into(), rate.net.into(), rate.tax.into(), rate.total.into()]);
    }
    grid
}

fn payments(check: &Check) -> Grid {
    let columns = [
        ("支払科目", false),
        ("支払種目", false),
        ("取込コード", false),
        ("お預り", true),
        ("お釣り", true),
        ("釣りなし余り", true),
        ("支払額", true),
    ];
    let mut grid = Grid::new("payments", "支払", &columns);
    for payment in &check.payments {
        grid.row([
            payment.method.name.as_str().into(),
            payment.method.kind.label().into(),
            payment.method.code.as_str().into(),
            payment.tendered.into(),
            payment.change.into(),
            payment.surplus.into(),
            payment.applied.into(),
        ]);
    }
    grid
}
