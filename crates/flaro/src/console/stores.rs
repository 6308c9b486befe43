//! 店舗管理 ＞ 店舗一覧: the stores in sight with what this back office and USENレジ know of them.

mod one;

pub(super) use one::{save, show};

use super::{
    choose::{Groups, PER_PAGE, page_of},
    grid::{Cell, Grid, downloads},
    shell,
};
use crate::{Flaro, FlaroError, days, rights::Right, stores::Store, tenant::Viewer};
use askama::Template;
use axum::extract::State;
use db::Tx;
use jiff::Timestamp;
use std::sync::Arc;
use web::{
    Html, ListQuery, PageResult,
    download::Format,
    format, table,
    ui::{self, Icon, Tone},
};

#[derive(Template)]
#[template(path = "stores.html")]
struct Page {
    filters: Html,
    grid: Html,
    pager: Html,
    downloads: Html,
    may: bool,
}

pub(super) async fn list(State(flaro): State<Arc<Flaro>>, viewer: Viewer, query: ListQuery) -> PageResult {
    let (scope, now) = (viewer.scope.clone(), flaro.now());
    let unit = async move |tx: &mut Tx| -> Result<(Vec<Store>, Groups), FlaroError> {
        Ok((days::visible_stores(tx, &scope).await?, Groups::of(tx, &scope.company).await?))
    };
    let (stores, groups) = flaro.db.read(unit).await?;
    let any = !stores.is_empty();
    let (stores, total) = page_of(groups.chosen(stores, &query), &query);
    let grid = grid(&stores, &groups, now, &query);
    if let Some(asked) = Format::of(query.get("format")) {
        return Ok(grid.sheet(&viewer.company_name).download(asked, now, &viewer.zone)?);
    }
    let page = Page {
        filters: groups.filters(&query, &query.form(), false),
        grid: match (grid.is_empty(), any) {
            (false, _) => grid.html(),
            (true, true) => table::nothing_found(&query),
            (true, false) => nothing(),
        },
        pager: table::pager(&query, total, PER_PAGE),
        downloads: downloads(&query, None),
        may: viewer.may(Right::Stores),
    };
    let lead = "店舗名・レジ・連携の期間はUSENレジで、自社コード・エリア・ブランド・営業時間はここで変更します";
    Ok(shell(&viewer, "店舗一覧", "/stores").lead(lead).crumb("店舗管理", None).crumb("店舗一覧", None).render(page))
}

/// Before any store was linked.
pub(super) fn nothing() -> Html {
    let next = "USENレジの「設定＞外部連携設定＞FLARO」で連携開始を行うと、店舗がここに表示されます。";
    table::empty("店舗がまだありません", next, None)
}

fn grid(stores: &[Store], groups: &Groups, now: Timestamp, query: &ListQuery) -> Grid {
    let columns = [
        ("店舗", false),
        ("自社コード", false),
        ("エリア", false),
        ("ブランド", false),
        ("連携", false),
        ("USENレジのコード", false),
        ("連携開始日", false),
        ("連携終了日", false),
        ("レジ", false),
    ];
    let mut grid = Grid::new("stores", "店舗一覧", &columns);
    grid.sorts(query, &["name", "code", "area", "brand"]);
    for store in stores {
        let (tone, icon, word) = linkage(store, now);
        let tills: Vec<&str> = store.registers.iter().map(|till| till.name.as_str()).collect();
        grid.row([
            Cell::Link(store.name.clone(), format!("/stores/{}", store.id)),
            store.code().map_or(Cell::Blank, |code| code.as_str().into()),
            groups.name(store.area_id.as_deref()).into(),
            groups.name(store.brand_id.as_deref()).into(),
            Cell::Shown(ui::chip_with(tone, icon, word), word.to_owned()),
            store.flaro_store_code.as_ref().map_or(Cell::Blank, |code| code.as_str().into()),
            store.start.map_or(Cell::Blank, |date| format::date(date).into()),
            store.end.map_or(Cell::Blank, |date| format::date(date).into()),
            tills.join("・").into(),
        ]);
    }
    grid
}

/// 連携済 = saved and on and inside its dates; and the code that USENレジ has is the one given here.
fn linkage(store: &Store, now: Timestamp) -> (Tone, Icon, &'static str) {
    let today = store.today(now);
    if !store.listed {
        return (Tone::Bad, Icon::Alert, "未登録の店舗");
    }
    let Some(start) = store.start.filter(|_| store.flaro_store_code.is_some()) else {
        return (Tone::Mute, Icon::Ring, "未設定");
    };
    if store.own_code.is_some() && store.own_code != store.flaro_store_code {
        return (Tone::Bad, Icon::Alert, "コード不一致");
    }
    if !store.enabled {
        return (Tone::Warn, Icon::Pause, "停止中");
    }
    if today < start || store.end.is_some_and(|end| end < today) {
        return (Tone::Mute, Icon::Wait, "期間外");
    }
    (Tone::Good, Icon::Check, "連携済")
}
