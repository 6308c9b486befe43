//! 店舗管理 ＞ 予算: a month of all stores in sight, budget beside what was sold; a store's month has its own page.

mod month;

pub(super) use month::{save, show, spread};

use super::{
    choose::{Groups, PER_PAGE, page_of},
    grid::{Cell, Grid, downloads},
    shell,
    stores::nothing,
    yen_per_guest,
};
use crate::{
    Flaro, FlaroError,
    budgets::{self, Sum},
    days,
    months::Month,
    rights::Right,
    stores::Store,
    tenant::{Scope, Viewer, in_scope, scoped},
};
use askama::Template;
use axum::extract::State;
use db::Tx;
use sales::StoreId;
use std::{collections::HashMap, sync::Arc};
use web::{Html, ListQuery, PageResult, download::Format, format, table};

#[derive(Template)]
#[template(path = "budgets.html")]
struct Page {
    filters: Html,
    grid: Html,
    pager: Html,
    downloads: Html,
    month: Month,
    may: bool,
}

struct Seen {
    stores: Vec<Store>,
    groups: Groups,
    budgets: HashMap<StoreId, Sum>,
    sold: HashMap<StoreId, (i64, i64)>,
}

/// The month that a list asks for; this month where it asks for none.
pub(super) fn asked_month(query: &ListQuery, flaro: &Flaro, viewer: &Viewer) -> Month {
    let today = viewer.zone.to_datetime(flaro.now()).date();
    query.get("month").parse().unwrap_or_else(|_| Month::of(today))
}

pub(super) async fn list(State(flaro): State<Arc<Flaro>>, viewer: Viewer, query: ListQuery) -> PageResult {
    let month = asked_month(&query, &flaro, &viewer);
    let scope = viewer.scope.clone();
    let mut seen = flaro.db.read(async move |tx: &mut Tx| see(tx, &scope, month).await).await?;
    let any = !seen.stores.is_empty();
    let stores = seen.groups.chosen(std::mem::take(&mut seen.stores), &query);
    let (stores, total) = page_of(stores, &query);
    let grid = grid(&stores, &seen, month, &query);
    if let Some(asked) = Format::of(query.get("format")) {
        return Ok(grid.sheet(&viewer.company_name).download(asked, flaro.now(), &viewer.zone)?);
    }
    let mut form = query.form();
    form.set("month", month.to_string().replace('-', "/"));
    let page = Page {
        filters: seen.groups.filters(&query, &form, true),
        grid: match (grid.is_empty(), any) {
            (false, _) => grid.html(),
            (true, true) => table::nothing_found(&query),
            (true, false) => nothing(),
        },
        pager: table::pager(&query, total, PER_PAGE),
        downloads: downloads(&query, None),
        month,
        may: viewer.may(Right::Budgets),
    };
    let shell = shell(&viewer, format!("予算 {}", month.label()), "/budgets").lead("金額は税抜");
    Ok(shell.crumb("店舗管理", Some("/stores")).crumb("予算", None).render(page))
}

async fn see(tx: &mut Tx, scope: &Scope, month: Month) -> Result<Seen, FlaroError> {
    Ok(Seen {
        stores: days::visible_stores(tx, scope).await?,
        groups: Groups::of(tx, &scope.company).await?,
        budgets: budgets::sums(tx, scope, month.first(), month.last()).await?,
        sold: sold(tx, scope, month).await?,
    })
}

const SOLD: &str = concat!(
    "SELECT d.store_id, CAST(SUM(d.net) AS BIGINT) AS net, CAST(SUM(d.guests) AS BIGINT) AS guests
     FROM business_day d WHERE ",
    in_scope!("d"),
    " AND d.business_date BETWEEN $4 AND $5 GROUP BY d.store_id"
);

/// What the stores in sight sold in a month: net and guests.
pub(super) async fn sold(tx: &mut Tx, scope: &Scope, month: Month) -> Result<HashMap<StoreId, (i64, i64)>, FlaroError> {
    let rows = tx.fetch_all(SOLD, scoped!(scope, month.first().to_string(), month.last().to_string())).await?;
    let one = |row: &db::Row| {
        let store = crate::storable::parsed("a store id", &row.text("store_id")?)?;
        Ok((store, (row.int("net")?, row.int("guests")?)))
    };
    rows.iter().map(one).collect()
}

fn grid(stores: &[Store], seen: &Seen, month: Month, query: &ListQuery) -> Grid {
    let columns = [
        ("店舗", false),
        ("自社コード", false),
        ("売上予算（税抜）", true),
        ("客数予算", true),
        ("客単価予算（税抜）", true),
        ("登録した日数", true),
        ("売上（税抜）", true),
        ("達成率", true),
    ];
    let mut grid = Grid::new("budgets", "予算", &columns);
    grid.sorts(query, &["name", "code"]);
    let (mut budget_all, mut sold_all) = (0_i64, 0_i64);
    for store in stores {
        let sum = seen.budgets.get(&store.id).copied().unwrap_or_default();
        let (net, _) = seen.sold.get(&store.id).copied().unwrap_or_default();
        let known = sum.days > 0;
        budget_all = budget_all.saturating_add(sum.budget.net);
        sold_all = sold_all.saturating_add(net);
        let guests = sum.budget.guests;
        grid.row([
            Cell::Link(store.name.clone(), format!("/budgets/{}/{month}", store.id)),
            store.code().map_or(Cell::Blank, |code| code.as_str().into()),
            if known { Cell::Yen(sum.budget.net) } else { "未登録".into() },
            guests.map_or(Cell::Blank, Cell::Count),
            guests.and_then(|guests| yen_per_guest(sum.budget.net, guests)).map_or(Cell::Blank, Cell::Yen),
            Cell::Count(sum.days),
            Cell::Yen(net),
            if sum.budget.net > 0 { format::percent(net, sum.budget.net).into() } else { Cell::Blank },
        ]);
    }
    if !stores.is_empty() {
        let rate = if budget_all > 0 { format::percent(sold_all, budget_all).into() } else { Cell::Blank };
        let blank = || Cell::Blank;
        let sums = [Cell::Yen(budget_all), blank(), blank(), blank(), Cell::Yen(sold_all), rate];
        grid.total(["表示中の合計".into(), blank()].into_iter().chain(sums));
    }
    grid
}
