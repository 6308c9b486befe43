//! 精算一覧: every settlement by its standing revision, narrowed by store, period and 要対応.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::routing::get;
use web::format::date_weekday;
use web::html::Html;
use web::ui::{self, Icon};
use web::{Flash, ListQuery, PageResult, Routes, table};

use super::choice::Choice;
use super::grid::{Cell, Grid, figure, text};
use super::{settlement, shell, states};
use crate::Pos;
use crate::accounts::Viewer;
use crate::settlements::{self, Filter, Listed, PER_PAGE, SORTED_BY, SORTED_MAX, Sums, Window};

/// The pages about settlements.
pub fn router() -> Routes<Arc<Pos>> {
    Routes::new().route("/settlements", get(list)).route("/settlements/{settlement_id}", get(settlement::show))
}

async fn list(State(pos): State<Arc<Pos>>, viewer: Viewer, flash: Flash, list: ListQuery) -> PageResult {
    let choice = Choice::of(&pos, &viewer, &list).await?;
    let attention = list.get("state") == "attention";
    let filter = Filter { store: choice.store.clone(), from: choice.from, to: choice.to, attention };
    let window = if list.get("format").is_empty() { Window::Page(list.clone()) } else { Window::File };
    let (sums, rows) = settlements::list(&pos, &viewer.tenant, &filter, list.sort(&SORTED_BY), window).await?;
    let mut grid = columns().rows(rows.iter().map(row));
    if let Some(file) = grid.file(&pos, &list, &choice.subject()) {
        return file;
    }
    if sums.more {
        "件数が多いため、合計は出していません。期間か店舗を絞ると、合計が出ます。".clone_into(&mut grid.note);
    } else {
        grid.foot = foot(sums);
    }
    if sums.count > SORTED_MAX && list.sort(&SORTED_BY).is_some() {
        grid.note.push_str("件数が多いため、営業日の新しい順です。期間か店舗を絞ると、並べ替えられます。");
    }
    grid.above = Html::of(Filters { choice: &choice });
    grid.below = table::pager_of(&list, table::Total { rows: sums.count.unsigned_abs(), more: sums.more }, PER_PAGE);
    grid.empty = if list.is_filtered() {
        table::nothing_found(&list)
    } else {
        let next = "レジで精算すると、ここに出ます。レジの接続キーは「店舗・レジ」で発行します。";
        table::empty(
            "まだ精算がありません",
            next,
            Some(("店舗・レジへ", "/stores")).filter(|_| viewer.store().is_none()),
        )
    };
    Ok(shell(&pos, &viewer, &flash, "精算一覧", "/settlements").await?.wide().frame(&grid.html(&list)))
}

fn columns() -> Grid {
    Grid::new(
        "settlements",
        "精算",
        vec![
            text("営業日").sorts("date"),
            text("店舗"),
            text("レジ"),
            figure("Z"),
            figure("改訂"),
            figure("会計数").sorts("checks"),
            figure("客数"),
            figure("税抜"),
            figure("消費税"),
            figure("税込").sorts("total"),
            figure("過不足").sorts("over_short"),
            text("状態"),
            text("連携の状態"),
        ],
    )
}

fn row(row: &Listed) -> Vec<Cell> {
    vec![
        Cell::Link(date_weekday(row.business_date), format!("/settlements/{}", row.id)),
        Cell::text(&row.store),
        Cell::text(&row.register),
        Cell::Count(row.z_number),
        Cell::Count(row.revision),
        Cell::Count(row.checks),
        Cell::Count(row.guests),
        Cell::Yen(row.net),
        Cell::Yen(row.tax),
        Cell::Yen(row.total),
        Cell::yen_or(row.over_short, "未計数"),
        states::settlement(row.state, row.findings),
        states::link(row.link),
    ]
}

fn foot(sums: Sums) -> Vec<Cell> {
    let blank = || Cell::text("");
    vec![
        Cell::text("合計"),
        blank(),
        blank(),
        blank(),
        blank(),
        Cell::Count(sums.checks),
        Cell::Count(sums.guests),
        Cell::Yen(sums.net),
        Cell::Yen(sums.tax),
        Cell::Yen(sums.total),
        Cell::Yen(sums.over_short),
        blank(),
        blank(),
    ]
}

#[derive(Template)]
#[template(path = "settlements.html")]
struct Filters<'a> {
    choice: &'a Choice,
}

impl Filters<'_> {
    fn icon() -> Html {
        ui::icon(Icon::Search)
    }
}
