//! 店舗管理: the stores as USENレジ keeps them here, with their dates and tills. They are changed there, not here.

use super::{
    grid::{Cell, Grid, downloads},
    shell,
};
use crate::{Flaro, days, stores::Store, tenant::Viewer};
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
    grid: Html,
    downloads: Html,
}

pub(super) async fn list(State(flaro): State<Arc<Flaro>>, viewer: Viewer, query: ListQuery) -> PageResult {
    let (scope, now) = (viewer.scope.clone(), flaro.now());
    let stores = flaro.db.read(async move |tx: &mut Tx| days::visible_stores(tx, &scope).await).await?;
    let grid = grid(&stores, now);
    if let Some(asked) = Format::of(query.get("format")) {
        return Ok(grid.sheet(&viewer.company_name).download(asked, now, &viewer.zone)?);
    }
    let page = Page {
        grid: if grid.is_empty() {
            let next = "USENレジの「設定＞外部連携設定＞FLARO」で連携開始を行うと、店舗がここに表示されます。";
            table::empty("店舗がまだありません", next, None)
        } else {
            grid.html()
        },
        downloads: downloads(&query, None),
    };
    let lead = "店舗・レジ・連携の期間は、USENレジの外部連携設定で変更します";
    Ok(shell(&viewer, "店舗管理", "/stores").lead(lead).render(page))
}

fn grid(stores: &[Store], now: Timestamp) -> Grid {
    let columns = [
        ("店舗", false),
        ("FLARO店舗コード", false),
        ("連携", false),
        ("連携開始日", false),
        ("連携終了日", false),
        ("レジ", false),
    ];
    let mut grid = Grid::new("stores", "店舗一覧", &columns);
    for store in stores {
        let (tone, icon, word) = linkage(store, now);
        let tills: Vec<&str> = store.registers.iter().map(|till| till.name.as_str()).collect();
        grid.row([
            Cell::Link(store.name.clone(), format!("/days?store={}", store.id)),
            store.flaro_store_code.as_ref().map_or(Cell::Blank, |code| code.as_str().into()),
            Cell::Shown(ui::chip_with(tone, icon, word), word.to_owned()),
            store.start.map_or(Cell::Blank, |date| format::date(date).into()),
            store.end.map_or(Cell::Blank, |date| format::date(date).into()),
            tills.join("・").into(),
        ]);
    }
    grid
}

/// 連携済 = saved and on and inside its dates.
fn linkage(store: &Store, now: Timestamp) -> (Tone, Icon, &'static str) {
    let today = store.today(now);
    if !store.listed {
        return (Tone::Bad, Icon::Alert, "未登録の店舗");
    }
    let Some(start) = store.start.filter(|_| store.flaro_store_code.is_some()) else {
        return (Tone::Mute, Icon::Ring, "未設定");
    };
    if !store.enabled {
        return (Tone::Warn, Icon::Pause, "停止中");
    }
    if today < start || store.end.is_some_and(|end| end < today) {
        return (Tone::Mute, Icon::Wait, "期間外");
    }
    (Tone::Good, Icon::Check, "連携済")
}
