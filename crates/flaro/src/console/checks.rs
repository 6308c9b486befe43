//! 会計一覧: the checks of a day, from the index that the rollups keep. While the index is behind, the page says so.

use super::{
    grid::{Cell, Grid, downloads},
    in_path, shell,
};
use crate::{
    Flaro, FlaroError, days, storable,
    stores::Store,
    tenant::{Scope, Viewer, in_scope, scoped},
};
use askama::Template;
use axum::extract::{Path, State};
use db::{Row, Tx};
use jiff::{Timestamp, civil::Date, tz::TimeZone};
use sales::StoreId;
use std::sync::Arc;
use web::{
    Failure, Form, Html, ListQuery, PageResult,
    download::Format,
    format, table, text,
    ui::{self, Icon, Tone},
};

const PER_PAGE: u64 = 100;

struct Seen {
    store: Store,
    behind: bool,
    rows: Vec<Indexed>,
    total: u64,
}

/// A check as the index has it.
struct Indexed {
    id: String,
    register_id: String,
    slip: i64,
    hour: i64,
    paid_at: Timestamp,
    guests: i64,
    net: i64,
    tax: i64,
    total: i64,
    table: String,
    staff: String,
    medium: String,
    reverses: bool,
}

#[derive(Template)]
#[template(path = "checks.html")]
struct Page<'a> {
    form: &'a Form,
    path: &'a str,
    hours: Vec<(String, String)>,
    behind: bool,
    grid: Html,
    pager: Html,
    downloads: Html,
}

/// What a list is narrowed to.
struct Filter {
    words: String,
    hour: i64,
    offset: i64,
    limit: i64,
}

macro_rules! of_day {
    ($select:literal, $rest:literal) => {
        concat!(
            $select,
            " FROM check_index c WHERE ",
            in_scope!("c"),
            " AND c.store_id = $4 AND c.business_date = $5 AND ($6 < 0 OR c.hour = $6)
              AND ($7 = '' OR CAST(c.slip AS TEXT) = $7 OR c.staff = $7 OR c.table_name = $7 OR c.medium = $7)",
            $rest
        )
    };
}

const COUNT: &str = of_day!("SELECT COUNT(*) AS total", "");
const ROWS: &str = of_day!(
    "SELECT c.check_id, c.register_id, c.slip, c.hour, c.paid_at, c.guests, c.net, c.tax, c.total, c.table_name,
       c.staff, c.medium, c.reverses",
    " ORDER BY c.paid_at, c.check_id LIMIT $8 OFFSET $9"
);

pub(super) async fn list(
    State(flaro): State<Arc<Flaro>>,
    viewer: Viewer,
    Path((store, date)): Path<(String, String)>,
    query: ListQuery,
) -> PageResult {
    let (store, date): (StoreId, Date) = (in_path(&store)?, in_path(&date)?);
    let (scope, asked) = (viewer.scope.clone(), query.clone());
    let seen = flaro.db.read(async move |tx: &mut Tx| see(tx, &scope, store, date, &asked).await).await?;
    let seen = seen.ok_or_else(Failure::not_found)?;
    let grid = grid(&seen, date, &viewer.zone);
    if let Some(asked) = Format::of(query.get("format")) {
        let subject = format!("{}_{date}", seen.store.name);
        return Ok(grid.sheet(&subject).download(asked, flaro.now(), &viewer.zone)?);
    }
    let day = format!("/days/{store}/{date}");
    let page = Page {
        form: &query.form(),
        path: query.path(),
        hours: hours(),
        behind: seen.behind,
        grid: match (grid.is_empty(), query.is_filtered()) {
            (false, _) => grid.html(),
            (true, true) => table::nothing_found(&query),
            (true, false) => {
                table::empty("会計はまだ届いていません", "精算が届くと、この日の会計が表示されます。", None)
            }
        },
        pager: table::pager(&query, seen.total, PER_PAGE),
        downloads: downloads(&query, None),
    };
    let title = format!("{} {}の会計", seen.store.name, format::date_weekday(date));
    let shell = shell(&viewer, title, "/days")
        .crumb("営業日一覧", Some("/days"))
        .crumb(format!("{} {}", seen.store.name, format::date(date)), Some(&day))
        .crumb("会計一覧", None);
    Ok(shell.render(page))
}

async fn see(
    tx: &mut Tx,
    scope: &Scope,
    store: StoreId,
    date: Date,
    query: &ListQuery,
) -> Result<Option<Seen>, FlaroError> {
    let stores = days::visible_stores(tx, scope).await?;
    let Some(store) = stores.into_iter().find(|seen| seen.id == store) else { return Ok(None) };
    let (words, hour) = (text::narrow(query.get("q")), query.get("hour").parse().unwrap_or(-1));
    let (id, day) = (store.id.to_string(), date.to_string());
    let counted = tx.fetch_one(COUNT, scoped!(scope, &id, &day, hour, &words)).await?.int("total")?;
    let total = u64::try_from(counted).unwrap_or(0);
    let filter = if Format::of(query.get("format")).is_some() {
        Filter { words, hour, offset: 0, limit: counted }
    } else {
        let offset = i64::try_from(table::offset(query, total, PER_PAGE)).unwrap_or(0);
        Filter { words, hour, offset, limit: i64::try_from(PER_PAGE).unwrap_or(100) }
    };
    let Filter { words, hour, offset, limit } = filter;
    let rows = tx.fetch_all(ROWS, scoped!(scope, id, day, hour, words, limit, offset)).await?;
    let rows = rows.iter().map(Indexed::read).collect::<Result<_, _>>()?;
    let behind = !days::behind(tx, scope, date, Some(store.id)).await?.is_empty();
    Ok(Some(Seen { store, behind, rows, total }))
}

impl Indexed {
    fn read(row: &Row) -> Result<Self, FlaroError> {
        Ok(Self {
            id: row.text("check_id")?,
            register_id: row.text("register_id")?,
            slip: row.int("slip")?,
            hour: row.int("hour")?,
            paid_at: storable::instant(row.int("paid_at")?)?,
            guests: row.int("guests")?,
            net: row.int("net")?,
            tax: row.int("tax")?,
            total: row.int("total")?,
            table: row.opt_text("table_name")?.unwrap_or_default(),
            staff: row.text("staff")?,
            medium: row.opt_text("medium")?.unwrap_or_default(),
            reverses: row.opt_text("reverses")?.is_some(),
        })
    }
}

fn hours() -> Vec<(String, String)> {
    let hours = (0..48).map(|hour| (hour.to_string(), format!("{hour}時")));
    [(String::new(), "すべて".to_owned())].into_iter().chain(hours).collect()
}

fn grid(seen: &Seen, date: Date, zone: &TimeZone) -> Grid {
    let columns = [
        ("伝票番号", false),
        ("会計時刻", false),
        ("時間帯", false),
        ("レジ", false),
        ("卓", false),
        ("担当者", false),
        ("広告媒体", false),
        ("客数", true),
        ("税抜", true),
        ("消費税", true),
        ("支払合計（税込）", true),
        ("種類", false),
    ];
    let mut grid = Grid::new("checks", "会計一覧", &columns);
    for row in &seen.rows {
        let till = seen.store.register_name(&row.register_id).unwrap_or("未登録のレジ");
        grid.row([
            Cell::Link(row.slip.to_string(), format!("/checks/{}", row.id)),
            format::time_of(date, row.paid_at, zone).into(),
            format!("{}時", row.hour).into(),
            till.into(),
            row.table.as_str().into(),
            row.staff.as_str().into(),
            row.medium.as_str().into(),
            Cell::Count(row.guests),
            Cell::Yen(row.net),
            Cell::Yen(row.tax),
            Cell::Yen(row.total),
            if row.reverses { "赤伝票".into() } else { "売上".into() },
        ]);
    }
    grid
}
