//! 営業日詳細: the settlements of a day by till and revision, what is wrong with them and the way out, and the eight
//! datasets. Computed from the stored events when the page is asked for, so it is never behind.

mod history;
mod sets;

use super::{
    approval,
    grid::{Cell, Grid, downloads},
    in_path, live, per_guest, shell,
};
use crate::{
    Flaro, FlaroError,
    days::{
        self, Day, DayState,
        approval::{Approval, approved},
    },
    mapping,
    rollup::{self, Built, DayKey},
    stores::{Expected, Store},
    tenant::{Scope, Viewer},
};
use askama::Template;
use axum::extract::{Path, State};
use db::Tx;
use history::{FoundRow, Revision};
use jiff::civil::Date;
use sales::{Check, CheckId, StoreId};
use std::{collections::BTreeMap, sync::Arc};
use web::{
    Failure, Flash, Html, ListQuery, PageResult,
    chart::{Chart, Drawn},
    download::Format,
    figures::{Figure, kpis},
    format,
    ui::{self, Icon, Tone},
};

/// Everything stored about the day, from one snapshot.
struct Seen {
    store: Store,
    day: Option<Day>,
    revisions: Vec<Revision>,
    findings: Vec<FoundRow>,
    frames: Vec<Vec<u8>>,
    approval: Option<Approval>,
    labels: sets::Labels,
    pulse: String,
}

/// A table of the page with its downloads.
struct Section {
    key: &'static str,
    title: &'static str,
    table: Html,
    downloads: Html,
}

#[derive(Template)]
#[template(path = "day.html")]
struct Page<'a> {
    pulse: &'a str,
    chip: Html,
    changed: String,
    approval: String,
    approved: String,
    compare: Option<String>,
    buttons: Html,
    dialogs: Html,
    kpis: Html,
    findings: &'a [FoundRow],
    waiting: Vec<String>,
    history: Html,
    chart: Option<Html>,
    sections: Vec<Section>,
    checks: String,
}

pub(super) async fn show(
    State(flaro): State<Arc<Flaro>>,
    viewer: Viewer,
    flash: Flash,
    Path((store, date)): Path<(String, String)>,
    query: ListQuery,
) -> PageResult {
    let (store, date): (StoreId, Date) = (in_path(&store)?, in_path(&date)?);
    let scope = viewer.scope.clone();
    let seen = flaro.db.read(async move |tx: &mut Tx| see(tx, &scope, store, date).await).await?;
    let mut seen = seen.ok_or_else(Failure::not_found)?;
    let frames = std::mem::take(&mut seen.frames);
    let built = tokio::task::spawn_blocking(move || rollup::build(&frames)).await??;
    let grids = sets::all(&built, &seen.labels);
    let now = flaro.now();
    if let Some(asked) = Format::of(query.get("format")) {
        let wanted = query.get("table").to_owned();
        let grid = grids.into_iter().chain([sets::product_hours(&built)]).find(|grid| grid.key == wanted);
        let subject = format!("{}_{date}", seen.store.name);
        return Ok(grid.ok_or_else(Failure::not_found)?.sheet(&subject).download(asked, now, &viewer.zone)?);
    }
    let state = DayState::of(&seen.store, date, seen.day.as_ref(), now);
    let page = seen.page(state, date, &built, &grids, &query, &viewer);
    let title = format!("{} {}", seen.store.name, format::date_weekday(date));
    let code = seen.store.flaro_store_code.as_ref().map_or("未設定".to_owned(), ToString::to_string);
    let shell = shell(&viewer, title, "/days")
        .crumb("営業日一覧", Some("/days"))
        .crumb(seen.store.name.clone(), Some(&format!("/days?store={store}")))
        .crumb(format::date(date), None)
        .lead(format!("FLARO店舗コード {code}・金額は税抜・税込をそれぞれ明記"));
    Ok(shell.flash(flash.take().await).script(live::SCRIPT.path()).render(page))
}

async fn see(tx: &mut Tx, scope: &Scope, store: StoreId, date: Date) -> Result<Option<Seen>, FlaroError> {
    let pulse = live::read(tx, scope).await?;
    let stores = days::visible_stores(tx, scope).await?;
    let Some(store) = stores.into_iter().find(|seen| seen.id == store) else { return Ok(None) };
    let key = DayKey { company: scope.company.clone(), store: store.id.to_string(), date: date.to_string() };
    let (_, frames) = rollup::standing(tx, &key).await?;
    Ok(Some(Seen {
        labels: mapping::labels(tx, &scope.company).await?,
        day: days::one(tx, scope, store.id, date).await?,
        revisions: history::revisions(tx, scope, store.id, date).await?,
        findings: history::findings(tx, scope, store.id, date).await?,
        approval: approved(tx, scope, store.id, date).await?,
        store,
        frames,
        pulse,
    }))
}

impl Seen {
    fn page(
        &self,
        state: DayState,
        date: Date,
        built: &Built,
        grids: &[Grid],
        query: &ListQuery,
        viewer: &Viewer,
    ) -> Page<'_> {
        let checks = format!("/days/{}/{date}/checks", self.store.id);
        let section = |grid: &Grid| Section {
            key: grid.key,
            title: grid.title,
            table: if grid.key == "product_hourly_sales" { sets::product_matrix(built) } else { grid.html() },
            downloads: downloads(query, Some(grid.key)),
        };
        let product_hours = sets::product_hours(built);
        let (buttons, dialogs) = approval::buttons(viewer, &self.store, date, self.day.as_ref());
        let changed_later = matches!(state, DayState::ChangedAfterApproval);
        let shown = grids.iter().chain([&product_hours]).filter(|grid| !grid.is_empty());
        Page {
            pulse: &self.pulse,
            chip: state.chip(),
            changed: self.day.as_ref().map_or(String::new(), |day| format::date_time(day.changed_at, &viewer.zone)),
            approval: self.approval(),
            approved: self.approval.as_ref().map_or_else(String::new, |approval| {
                format!("承認 {} {}", approval.by, format::date_time(approval.at, &viewer.zone))
            }),
            compare: changed_later.then(|| format!("/days/{}/{date}/approval", self.store.id)),
            buttons,
            dialogs,
            kpis: figures(built, &checks),
            findings: &self.findings,
            waiting: self.waiting(date),
            history: history::grid(&self.revisions, &viewer.zone).html(),
            chart: chart(built),
            sections: shown.map(section).collect(),
            checks,
        }
    }

    /// What was approved, where it differs from what is here.
    fn approval(&self) -> String {
        let Some(day) = &self.day else { return String::new() };
        match &day.approved {
            Some((digest, net)) if *digest != day.digest => format!(
                "承認した売上（税抜）は {}、いまは {}（差 {}）です。",
                format::yen(*net),
                format::yen(day.net),
                format::yen(day.net.saturating_sub(*net))
            ),
            _ => String::new(),
        }
    }

    /// The tills that owe a settlement.
    fn waiting(&self, date: Date) -> Vec<String> {
        let came: &[String] = self.day.as_ref().map_or(&[], |day| &day.registers);
        match self.store.expected(date) {
            Expected::Registers(tills) => {
                let owed = tills.into_iter().filter(|till| !came.contains(&till.id.to_string()));
                owed.map(|till| till.name.clone()).collect()
            }
            Expected::Closed | Expected::Outside => Vec::new(),
        }
    }
}

fn figures(built: &Built, checks: &str) -> Html {
    let totals = &built.datasets.settlement;
    let guests = totals.guests.total().unwrap_or(0);
    kpis(&[
        Figure::new("純売上（税抜）", format::yen(totals.net.0)),
        Figure::new("税込", format::yen(totals.total.0))
            .note(Html::text(&format!("うち消費税 {}", format::yen(totals.tax.0)))),
        Figure::new("客数", format!("{}名", format::thousands(guests))),
        Figure::new("客単価（税抜）", per_guest(totals.net.0, guests)),
        Figure::new("会計数", format!("{}件", format::thousands(totals.checks))).link(checks),
    ])
}

fn chart(built: &Built) -> Option<Html> {
    let rows = &built.datasets.hourly_sales;
    let (first, last) = (rows.first()?.hour.get(), rows.last()?.hour.get());
    let at = |hour: u8| rows.iter().find(|row| row.hour.get() == hour).map(|row| row.net.0);
    let chart = Chart::new("hours", "時間帯別売上（税抜）", (first..=last).map(|hour| format!("{hour}時")))
        .written(format::yen)
        .series("純売上", Drawn::Bars, (first..=last).map(at));
    Some(chart.html())
}

/// The checks that are in one of two versions only, or differ.
pub(super) fn differing_checks(
    (then, now): (&str, &str),
    both: BTreeMap<CheckId, (Option<&Check>, Option<&Check>)>,
) -> Grid {
    let columns = [("伝票番号", false), (then, true), (now, true), ("違い", false)];
    let mut grid = Grid::new("checks", "会計の違い", &columns);
    let mut differ: Vec<_> = both.into_values().filter(|(a, b)| a != b).collect();
    differ.sort_by_key(|(a, b)| a.or(*b).map(|check| check.slip));
    for (a, b) in differ {
        let slip = a.or(b).map_or(0, |check| check.slip).to_string();
        let total = |check: Option<&Check>| check.map_or(Cell::Blank, |check| check.total.into());
        let word = match (a, b) {
            (Some(_), None) => format!("{now}にありません"),
            (None, Some(_)) => format!("{now}だけにあります"),
            _ => "内容が違います".to_owned(),
        };
        grid.row([slip.into(), total(a), total(b), word.into()]);
    }
    grid
}
