//! 店舗管理 ＞ 経費・人件費: A, R, O and L of a month for all stores in sight; a store's month has its own page.

mod month;

pub(super) use month::{save, save_labour, show};

use super::{
    budgets::{asked_month, sold},
    choose::{Groups, PER_PAGE, page_of},
    grid::{Cell, Grid, downloads},
    shell,
    stores::nothing,
};
use crate::{
    Flaro, FlaroError,
    costs::{self, Fixed},
    days,
    months::Month,
    rights::Right,
    stores::Store,
    tenant::{Scope, Viewer},
};
use askama::Template;
use axum::extract::State;
use db::Tx;
use sales::StoreId;
use std::{collections::HashMap, sync::Arc};
use web::{Html, ListQuery, PageResult, download::Format, format, table};

#[derive(Template)]
#[template(path = "costs.html")]
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
    fixed: HashMap<StoreId, Fixed>,
    labour: HashMap<StoreId, (i64, i64)>,
    sold: HashMap<StoreId, (i64, i64)>,
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
        may: viewer.may(Right::Costs),
    };
    let title = format!("経費・人件費 {}", month.label());
    let shell = shell(&viewer, title, "/costs").lead("A 広告宣伝費・R 家賃・O その他経費・L 人件費");
    Ok(shell.crumb("店舗管理", Some("/stores")).crumb("経費・人件費", None).render(page))
}

async fn see(tx: &mut Tx, scope: &Scope, month: Month) -> Result<Seen, FlaroError> {
    Ok(Seen {
        stores: days::visible_stores(tx, scope).await?,
        groups: Groups::of(tx, &scope.company).await?,
        fixed: costs::months(tx, scope, month).await?,
        labour: costs::labour_sums(tx, scope, month.first(), month.last()).await?,
        sold: sold(tx, scope, month).await?,
    })
}

fn grid(stores: &[Store], seen: &Seen, month: Month, query: &ListQuery) -> Grid {
    let columns = [
        ("店舗", false),
        ("自社コード", false),
        ("A 広告宣伝費", true),
        ("R 家賃", true),
        ("O その他経費", true),
        ("L 人件費", true),
        ("人件費のある日", true),
        ("売上（税抜）", true),
        ("人件費率", true),
    ];
    let mut grid = Grid::new("costs", "経費・人件費", &columns);
    grid.sorts(query, &["name", "code"]);
    let yen = |yen: Option<i64>| yen.map_or_else(|| "未入力".into(), Cell::Yen);
    for store in stores {
        let fixed = seen.fixed.get(&store.id).copied().unwrap_or_default();
        let labour = seen.labour.get(&store.id).copied();
        let (net, _) = seen.sold.get(&store.id).copied().unwrap_or_default();
        let rate = labour.filter(|_| net > 0).map(|(cost, _)| format::percent(cost, net));
        grid.row([
            Cell::Link(store.name.clone(), format!("/costs/{}/{month}", store.id)),
            store.code().map_or(Cell::Blank, |code| code.as_str().into()),
            yen(fixed.advertising),
            yen(fixed.rent),
            yen(fixed.other),
            yen(labour.map(|(cost, _)| cost)),
            Cell::Count(labour.map_or(0, |(_, days)| days)),
            Cell::Yen(net),
            rate.map_or(Cell::Blank, Cell::from),
        ]);
    }
    grid
}
