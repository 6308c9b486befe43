//! 外部連携 ＞ 日別の受信: which of the eight datasets came for which store on a day, and the day's control totals.

use super::{
    choose::{Groups, PER_PAGE, page_of},
    grid::{Cell, Grid, downloads},
    shell,
    stores::nothing,
};
use crate::{
    Flaro, FlaroError, days,
    rights::Right,
    storable,
    stores::Store,
    tenant::{Scope, Viewer, in_scope, scoped},
};
use askama::Template;
use axum::extract::State;
use db::{Row, Tx};
use jiff::civil::Date;
use sales::StoreId;
use std::{collections::HashMap, sync::Arc};
use web::{
    Form, Html, ListQuery, PageResult,
    download::Format,
    format, table, text,
    ui::{self, Icon, Tone},
};

#[derive(Template)]
#[template(path = "receipts.html")]
struct Page<'a> {
    form: &'a Form,
    areas: Vec<(String, String)>,
    received: Html,
    totals: Html,
    received_files: Html,
    totals_files: Html,
    pager: Html,
}

struct Seen {
    date: Date,
    stores: Vec<Store>,
    groups: Groups,
    days: HashMap<StoreId, Received>,
}

/// What came of a store's day.
#[derive(Clone, Debug)]
struct Received {
    settlements: i64,
    counts: [i64; 6],
    digest: String,
    rolled_up: bool,
    last_at: Option<i64>,
    sums: [i64; 6],
}

macro_rules! rows_of {
    ($table:literal) => {
        concat!(
            "(SELECT COUNT(*) FROM ",
            $table,
            " x WHERE x.company_id = d.company_id AND x.store_id = d.store_id
               AND x.business_date = d.business_date)"
        )
    };
}

const DAYS: &str = concat!(
    "SELECT d.store_id, d.settlements, d.checks, d.guests, d.net, d.tax, d.discounts, d.payments, d.digest,
       r.digest AS rollup_digest, (SELECT MAX(i.last_at) FROM inbox i WHERE i.company_id = d.company_id
         AND i.store_id = d.store_id AND i.business_date = d.business_date) AS last_at, ",
    rows_of!("rollup_hourly"),
    " AS hours, ",
    rows_of!("rollup_product"),
    " AS products, ",
    rows_of!("rollup_payment"),
    " AS payment_rows, ",
    rows_of!("rollup_media"),
    " AS media, ",
    rows_of!("check_index"),
    " AS check_rows, ",
    rows_of!("rollup_discount"),
    " AS discount_rows
     FROM business_day d LEFT JOIN day_rollup r ON r.company_id = d.company_id AND r.store_id = d.store_id
       AND r.business_date = d.business_date WHERE ",
    in_scope!("d"),
    " AND d.business_date = $4"
);

pub(super) async fn list(State(flaro): State<Arc<Flaro>>, viewer: Viewer, query: ListQuery) -> PageResult {
    viewer.must(Right::Linkage)?;
    let today = viewer.zone.to_datetime(flaro.now()).date();
    let (scope, asked) = (viewer.scope.clone(), text::date(query.get("date")));
    let mut seen = flaro.db.read(async move |tx: &mut Tx| see(tx, &scope, asked, today).await).await?;
    let any = !seen.stores.is_empty();
    let stores = seen.groups.chosen(std::mem::take(&mut seen.stores), &query);
    let (stores, total) = page_of(stores, &query);
    let (received, totals) = (received(&stores, &seen, &viewer)?, totals(&stores, &seen));
    if let Some(asked) = Format::of(query.get("format")) {
        let grid = if query.get("table") == "totals" { totals } else { received };
        let subject = format!("{}_{}", viewer.company_name, seen.date);
        return Ok(grid.sheet(&subject).download(asked, flaro.now(), &viewer.zone)?);
    }
    let mut form = query.form();
    form.set("date", format::date(seen.date));
    let empty = || if any { table::nothing_found(&query) } else { nothing() };
    let page = Page {
        form: &form,
        areas: seen.groups.options(crate::groups::Kind::Area, "すべて", None),
        received_files: downloads(&query, Some("received")),
        totals_files: downloads(&query, Some("totals")),
        received: if received.is_empty() { empty() } else { received.html() },
        totals: if totals.is_empty() { empty() } else { totals.html() },
        pager: table::pager(&query, total, PER_PAGE),
    };
    let shell = shell(&viewer, format!("日別の受信 {}", format::date_weekday(seen.date)), "/receipts").wide();
    Ok(shell.crumb("外部連携", Some("/linkages")).crumb("日別の受信", None).render(page))
}

async fn see(tx: &mut Tx, scope: &Scope, asked: Option<Date>, today: Date) -> Result<Seen, FlaroError> {
    let date = match asked {
        Some(date) => date,
        None => days::newest(tx, scope).await?.unwrap_or(today),
    };
    let rows = tx.fetch_all(DAYS, scoped!(scope, date.to_string())).await?;
    Ok(Seen {
        date,
        stores: days::visible_stores(tx, scope).await?,
        groups: Groups::of(tx, &scope.company).await?,
        days: rows.iter().map(read).collect::<Result<_, _>>()?,
    })
}

fn read(row: &Row) -> Result<(StoreId, Received), FlaroError> {
    let int = |column: &str| row.int(column);
    let digest = row.text("digest")?;
    let received = Received {
        settlements: int("settlements")?,
        counts: [
            int("hours")?,
            int("products")?,
            int("payment_rows")?,
            int("media")?,
            int("check_rows")?,
            int("discount_rows")?,
        ],
        rolled_up: row.opt_text("rollup_digest")?.as_deref() == Some(digest.as_str()),
        last_at: row.opt_int("last_at")?,
        sums: [int("checks")?, int("guests")?, int("net")?, int("tax")?, int("discounts")?, int("payments")?],
        digest,
    };
    Ok((storable::parsed("a store id", &row.text("store_id")?)?, received))
}

fn received(stores: &[Store], seen: &Seen, viewer: &Viewer) -> Result<Grid, FlaroError> {
    let columns = [
        ("店舗", false),
        ("精算情報", true),
        ("時間帯別", true),
        ("商品別", true),
        ("商品時間帯別", false),
        ("支払方法別", true),
        ("広告媒体別", true),
        ("会計情報", true),
        ("値引・割引", true),
        ("最終受信", false),
    ];
    let mut grid = Grid::new("received", "受信した連携内容", &columns);
    for store in stores {
        let name = Cell::Link(store.name.clone(), format!("/days/{}/{}", store.id, seen.date));
        let Some(day) = seen.days.get(&store.id) else {
            let chip = Cell::Shown(ui::chip_with(Tone::Mute, Icon::Ring, "未着"), "未着".to_owned());
            grid.row([name, chip].into_iter().chain((0..8).map(|_| Cell::Blank)));
            continue;
        };
        let count = |at: usize| if day.rolled_up { Cell::Count(day.counts[at]) } else { "集計中".into() };
        // It stands in the same event as the products it is the hours of.
        let together = if day.rolled_up { "受信済" } else { "集計中" };
        let last = day.last_at.map(storable::instant).transpose()?;
        grid.row([
            name,
            Cell::Count(day.settlements),
            count(0),
            count(1),
            together.into(),
            count(2),
            count(3),
            count(4),
            count(5),
            last.map_or(Cell::Blank, |at| format::date_time(at, &viewer.zone).into()),
        ]);
    }
    Ok(grid)
}

fn totals(stores: &[Store], seen: &Seen) -> Grid {
    let columns = [
        ("店舗", false),
        ("精算", true),
        ("会計数", true),
        ("客数", true),
        ("売上（税抜）", true),
        ("消費税", true),
        ("値引", true),
        ("支払合計", true),
        ("照合番号", false),
    ];
    let mut grid = Grid::new("totals", "照合の合計", &columns);
    for (store, day) in stores.iter().filter_map(|store| Some((store, seen.days.get(&store.id)?))) {
        let [checks, guests, net, tax, discounts, payments] = day.sums;
        grid.row([
            store.name.as_str().into(),
            Cell::Count(day.settlements),
            Cell::Count(checks),
            Cell::Count(guests),
            Cell::Yen(net),
            Cell::Yen(tax),
            Cell::Yen(discounts),
            Cell::Yen(payments),
            day.digest.chars().take(12).collect::<String>().into(),
        ]);
    }
    grid
}
