//! 会計明細: every check as its till wrote it, found by store, period and slip number.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::routing::get;
use jiff::tz::TimeZone;
use jiff::{ToSpan, civil::Date};
use web::format::{date, date_weekday, thousands, time_of};
use web::html::Html;
use web::ui::{self, Icon};
use web::{Failure, Flash, ListQuery, PageResult, Routes, table, text};

use super::choice::Choice;
use super::grid::{Cell, Grid, figure, text as words};
use super::{check, shell, states};
use crate::Pos;
use crate::accounts::Viewer;
use crate::checks::due;
use crate::checks::query::{self, Filter, Listed, Sums};
use crate::settlements::{PER_PAGE, Window};

/// How far back a slip is looked for when no period is chosen.
const SLIP_DAYS: i32 = 31;

/// The pages about checks.
pub fn router() -> Routes<Arc<Pos>> {
    Routes::new().route("/checks", get(list)).route("/checks/{check_id}", get(check::show))
}

async fn list(State(pos): State<Arc<Pos>>, viewer: Viewer, flash: Flash, list: ListQuery) -> PageResult {
    let mut choice = Choice::of(&pos, &viewer, &list).await?;
    let filter = filter(&pos, &viewer, &mut choice).await?;
    let window = if list.get("format").is_empty() { Window::Page(list.clone()) } else { Window::File };
    let (sums, rows) = query::list(&pos, &viewer.tenant, &filter, window).await?;
    let mut grid = columns().rows(rows.iter().map(row));
    if let Some(file) = grid.file(&pos, &list, &choice.subject()) {
        return file;
    }
    if sums.more {
        "件数が多いため、合計は出していません。期間か店舗を絞ると、合計が出ます。".clone_into(&mut grid.note);
    } else {
        grid.foot = foot(sums);
    }
    let waiting = due::waiting(&pos, &viewer.tenant).await?;
    if waiting > 0 {
        let sentence =
            format!("{}件の精算の会計を、一覧に加えています。少し待って開き直すと、そろいます。", thousands(waiting));
        grid.note = [grid.note.as_str(), &sentence].concat();
    }
    grid.above = Html::of(Filters { choice: &choice });
    grid.below = table::pager_of(&list, table::Total { rows: sums.count.unsigned_abs(), more: sums.more }, PER_PAGE);
    grid.empty = if list.is_filtered() {
        table::nothing_found(&list)
    } else {
        table::empty("まだ会計がありません", "レジで会計すると、通信がつながりしだい、ここに出ます。", None)
    };
    Ok(shell(&pos, &viewer, &flash, "会計明細", "/checks").await?.wide().frame(&grid.html(&list)))
}

/// What was chosen. Without a period it is the latest business date, or for a slip the month before it.
async fn filter(pos: &Pos, viewer: &Viewer, choice: &mut Choice) -> Result<Filter, Failure> {
    let slip = choice.form.optional("slip", |typed| {
        text::integer(typed).filter(|slip| *slip > 0).ok_or("伝票番号は数字で入力してください")
    });
    let slip = slip.flatten();
    let (mut from, mut to) = (choice.from, choice.to);
    if from.is_none() && to.is_none() {
        let latest = query::latest(pos, &viewer.tenant, choice.store.clone()).await?;
        let first = |last: Date| if slip.is_some() { last.saturating_sub(SLIP_DAYS.days()) } else { last };
        (from, to) = (latest.map(first), latest);
        for (name, day) in [("from", from), ("to", to)] {
            choice.form.set(name, day.map(date).unwrap_or_default());
        }
    }
    Ok(Filter { store: choice.store.clone(), from, to, slip })
}

fn columns() -> Grid {
    Grid::new(
        "checks",
        "会計",
        vec![
            words("営業日"),
            words("店舗"),
            words("レジ"),
            words("伝票"),
            words("会計時刻"),
            words("種類"),
            figure("客数"),
            figure("税抜"),
            figure("消費税"),
            figure("支払合計"),
            words("広告媒体"),
            words("担当"),
        ],
    )
}

fn row(row: &Listed) -> Vec<Cell> {
    let zone = TimeZone::get(&row.zone).unwrap_or(TimeZone::UTC);
    vec![
        Cell::text(date_weekday(row.business_date)),
        Cell::text(&row.store),
        Cell::text(&row.register),
        Cell::Link(row.slip.to_string(), format!("/checks/{}", row.id)),
        Cell::text(time_of(row.business_date, row.paid_at, &zone)),
        states::check(row.reversal, row.reversed),
        Cell::Count(row.guests),
        Cell::Yen(row.net),
        Cell::Yen(row.tax),
        Cell::Yen(row.total),
        Cell::text(row.medium.as_deref().unwrap_or("フリー")),
        Cell::text(&row.staff),
    ]
}

fn foot(sums: Sums) -> Vec<Cell> {
    let blank = || Cell::text("");
    let mut foot = vec![Cell::text("合計"), blank(), blank(), blank(), blank(), blank()];
    foot.extend([Cell::Count(sums.guests), Cell::Yen(sums.net), Cell::Yen(sums.tax), Cell::Yen(sums.total)]);
    foot.extend([blank(), blank()]);
    foot
}

#[derive(Template)]
#[template(path = "checks.html")]
struct Filters<'a> {
    choice: &'a Choice,
}

impl Filters<'_> {
    fn icon() -> Html {
        ui::icon(Icon::Search)
    }
}
