//! 休業日 of a store: dates, or a weekly closing day over a period, closed and opened again.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use db::Tx;
use jiff::civil::{Date, Weekday};
use sales::StoreId;
use web::{Failure, Flash, Form, ListQuery, Notice, PageResult, format, table, text};

use super::HERE;
use crate::accounts::Viewer;
use crate::console::grid::{Cell, Grid, text as column, zone};
use crate::console::refusal::failed;
use crate::console::shell;
use crate::settlements::PER_PAGE;
use crate::stores::{closures, detail};
use crate::{Pos, PosError};
use web::html::Html;

const WEEKDAYS: [(&str, Weekday); 7] = [
    ("月", Weekday::Monday),
    ("火", Weekday::Tuesday),
    ("水", Weekday::Wednesday),
    ("木", Weekday::Thursday),
    ("金", Weekday::Friday),
    ("土", Weekday::Saturday),
    ("日", Weekday::Sunday),
];

#[derive(Template)]
#[template(path = "stores/closures.html")]
struct Page<'a> {
    id: StoreId,
    form: &'a Form,
    weekdays: Vec<(&'static str, bool)>,
    listed: Html,
}

/// What the form asks for.
struct Asked {
    dates: Vec<Date>,
    closed: bool,
}

pub(super) async fn show(
    State(pos): State<Arc<Pos>>,
    viewer: Viewer,
    flash: Flash,
    list: ListQuery,
    Path(id): Path<String>,
) -> PageResult {
    viewer.must_be_head_office()?;
    let id: StoreId = id.parse().map_err(|_| Failure::not_found())?;
    page(&pos, &viewer, &flash, id, &list, &Form::of([("closed", "yes")])).await
}

pub(super) async fn submit(
    State(pos): State<Arc<Pos>>,
    viewer: Viewer,
    flash: Flash,
    Path(id): Path<String>,
    mut form: Form,
) -> PageResult {
    viewer.must_be_head_office()?;
    let id: StoreId = id.parse().map_err(|_| Failure::not_found())?;
    let here = format!("/stores/{id}/closures");
    let Some(asked) = read(&mut form) else {
        return page(&pos, &viewer, &flash, id, &ListQuery::of(&here, ""), &form).await;
    };
    let changed =
        closures::set(&pos, &viewer.tenant, viewer.name(), id, asked.dates, asked.closed).await.map_err(failed)?;
    let words = match (changed, asked.closed) {
        (0, _) => "変更はありませんでした。".to_owned(),
        (days, true) => format!("休業日を追加しました（{days}日）。"),
        (days, false) => format!("休業日を削除しました（{days}日）。"),
    };
    flash.set(Notice::done(words)).await?;
    Ok(Redirect::to(&here).into_response())
}

fn read(form: &mut Form) -> Option<Asked> {
    let from = form.date("from", "始まりの日");
    let to = form.optional("to", |typed| {
        text::date(typed).ok_or("終わりの日は 2026/11/01 のように、ある日付を入力してください")
    });
    let (from, to) = (from?, to?);
    let to = to.unwrap_or(from);
    if let Err(message) = closures::period(from, to) {
        form.error("to", message);
        return None;
    }
    let on: Vec<Weekday> =
        WEEKDAYS.iter().filter(|(word, _)| form.all("weekday").any(|on| on == *word)).map(|(_, day)| *day).collect();
    let dates = closures::days(from, to, &on);
    if dates.is_empty() {
        form.error("to", "期間を広げるか、曜日を選び直してください（この期間に選んだ曜日がありません）");
        return None;
    }
    Some(Asked { dates, closed: form.text("closed") != "no" })
}

async fn page(pos: &Pos, viewer: &Viewer, flash: &Flash, id: StoreId, list: &ListQuery, form: &Form) -> PageResult {
    let tenant = viewer.tenant.clone();
    let named = async move |tx: &mut Tx| -> Result<_, PosError> { detail::read(tx, &tenant, id).await };
    let name = pos.db.read(named).await?.ok_or_else(Failure::not_found)?.name;
    let today = zone().to_datetime(pos.now()).date();
    let past = list.get("past") == "yes";
    let dates = closures::of(pos, &viewer.tenant, id).await?;
    let dates: Vec<Date> = dates.into_iter().filter(|date| past || *date >= today).collect();
    let row = |date: &Date| vec![Cell::text(format::date_weekday(*date))];
    let columns = || vec![column("休業日")];
    if let Some(file) = Grid::new("closures", "休業日", columns()).rows(dates.iter().map(row)).file(pos, list, &name)
    {
        return file;
    }
    let total = dates.len() as u64;
    let from = usize::try_from(table::offset(list, total, PER_PAGE)).unwrap_or_default();
    let shown = dates.iter().skip(from).take(usize::try_from(PER_PAGE).unwrap_or(usize::MAX)).map(row);
    let title = if past { "休業日" } else { "これからの休業日" };
    let mut grid = Grid::new("closures", title, columns()).rows(shown);
    let other = if past { list.with("past", "") } else { list.with("past", "yes") };
    let words = if past { "これからの休業日だけを見る" } else { "過ぎた休業日も見る" };
    let link = Html::trusted(format!(r#"<div class="bar"><a href="{}">{words}</a></div>"#, web::html::escape(&other)));
    grid.below = table::pager(list, total, PER_PAGE).then(&link);
    let next = "定休日や臨時休業を追加すると、その日は精算を待たない日になります。";
    grid.empty = table::empty("休業日はありません", next, None).then(&link);
    let weekdays = WEEKDAYS.iter().map(|(word, _)| (*word, form.all("weekday").any(|on| on == *word))).collect();
    let status = if form.is_ok() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let back = format!("/stores/{id}");
    let shell = shell(pos, viewer, flash, "休業日", HERE).await?.lead(&name).status(status);
    let shell = shell.crumb("店舗管理", None).crumb("店舗・レジ", Some(HERE)).crumb(name, Some(&back));
    Ok(shell.crumb("休業日", None).render(Page { id, form, weekdays, listed: grid.html(list) }))
}
