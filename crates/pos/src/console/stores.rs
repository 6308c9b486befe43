//! 店舗管理 ＞ 店舗・レジ: the stores of the company, and the way to each.

mod closures;
mod details;
mod new;
mod one;
mod registers;
mod service;
mod tokens;

use std::sync::Arc;

use axum::extract::State;
use axum::routing::{get, post};
use web::html::{Html, escape};
use web::ui::{self, Icon, Segment, Tone};
use web::{Flash, ListQuery, PageResult, Routes, table};

use super::grid::{Cell, Grid, figure, text, zone};
use super::search::Search;
use super::shell;
use crate::Pos;
use crate::accounts::Viewer;
use crate::settlements::{PER_PAGE, Window};
use crate::stores::detail::{rounding, tax_mode};
use crate::stores::list::{Listed, SORTED_BY, list as stores};

/// Where the list is.
pub const HERE: &str = "/stores";

/// The pages about stores and tills.
pub fn router() -> Routes<Arc<Pos>> {
    Routes::new()
        .route(HERE, get(list))
        .route("/stores/new", get(new::show).post(new::submit))
        .route("/stores/{store_id}", get(one::show).post(one::submit))
        .route("/stores/{store_id}/closures", get(closures::show).post(closures::submit))
        .route("/stores/{store_id}/registers/new", get(service::show_new).post(service::add))
        .route("/stores/registers", get(registers::list))
        .route("/stores/registers/{register_id}", get(service::show).post(service::save))
        .route("/stores/registers/{register_id}/token", post(tokens::issue))
        .route("/stores/registers/{register_id}/token/revoke", post(tokens::revoke))
}

async fn list(State(pos): State<Arc<Pos>>, viewer: Viewer, flash: Flash, list: ListQuery) -> PageResult {
    viewer.must_be_head_office()?;
    let window = if list.get("format").is_empty() { Window::Page(list.clone()) } else { Window::File };
    let today = zone().to_datetime(pos.now()).date();
    let (total, rows) = stores(&pos, &viewer.tenant, list.get("q"), today, list.sort(&SORTED_BY), window).await?;
    let mut grid = columns().rows(rows.iter().map(row));
    if let Some(file) = grid.file(&pos, &list, "全店舗") {
        return file;
    }
    grid.above = Search::of(&list).word("q", "店舗名").html();
    grid.below = table::pager(&list, total.unsigned_abs(), PER_PAGE);
    grid.empty = if list.is_filtered() {
        table::nothing_found(&list)
    } else {
        let next = "店舗を追加すると、レジの接続キーを発行して売上を受け取れるようになります。";
        table::empty("まだ店舗がありません", next, Some(("店舗を追加", "/stores/new")))
    };
    let shell = shell(&pos, &viewer, &flash, "店舗・レジ", HERE).await?.wide().actions(actions(HERE));
    Ok(shell.frame(&grid.html(&list)))
}

/// The two views and the button, at the right of the heading.
fn actions(here: &str) -> Html {
    let views = [("店舗", HERE), ("レジ", "/stores/registers")].map(|(label, href)| Segment {
        label: label.to_owned(),
        href: href.to_owned(),
        current: href == here,
    });
    let add = Html::trusted(r#"<a class="btn" href="/stores/new">店舗を追加</a>"#);
    ui::segments("表示", &views).then(&add)
}

fn columns() -> Grid {
    let columns = vec![
        figure("表示順").sorts("position"),
        text("店舗").sorts("name"),
        figure("レジ").sorts("registers"),
        text("日付切替"),
        text("税・端数"),
        text("登録番号"),
        figure("支払科目"),
        figure("値引き"),
        figure("広告媒体"),
        figure("担当者"),
    ];
    let mut grid = Grid::new("stores", "店舗", columns);
    "店舗名を選ぶと、店舗の設定とレジ、接続キーを変更できます。".clone_into(&mut grid.note);
    grid
}

fn row(store: &Listed) -> Vec<Cell> {
    let [payments, discounts, media] = store.settings;
    vec![
        Cell::Count(store.position),
        Cell::Link(store.name.clone(), format!("/stores/{}", store.id)),
        tills(store),
        Cell::text(&store.cut_over),
        Cell::text(format!("{}・{}", tax_mode(store.tax_mode), rounding(store.rounding))),
        number(store.registration_number.as_deref().unwrap_or("―")),
        unset(payments),
        Cell::Count(discounts),
        Cell::Count(media),
        Cell::Count(store.staff),
    ]
}

/// 登録番号, in one piece.
fn number(text: &str) -> Cell {
    Cell::Shown(Html::trusted(format!(r#"<span class="nowrap">{}</span>"#, escape(text))), text.to_owned())
}

fn tills(store: &Listed) -> Cell {
    let count = store.registers.to_string();
    match (store.registers, store.keyless) {
        (0, _) => Cell::Shown(ui::chip_with(Tone::Warn, Icon::Alert, "レジなし"), count),
        (_, 0) => Cell::Count(store.registers),
        (_, keyless) => {
            let chip = ui::chip_with(Tone::Warn, Icon::Alert, &format!("キーなし{keyless}台"));
            Cell::Shown(Html::trusted(format!("{} ", escape(&count))).then(&chip), count)
        }
    }
}

/// A store that takes no payment at all can't sell.
fn unset(count: i64) -> Cell {
    match count {
        0 => Cell::Shown(ui::chip_with(Tone::Warn, Icon::Alert, "未設定"), "0".to_owned()),
        count => Cell::Count(count),
    }
}
