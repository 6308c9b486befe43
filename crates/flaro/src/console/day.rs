//! 営業日詳細: the settlements of a day by till and revision, what is wrong with them and the way out, and the eight
//! datasets. Computed from the stored events when the page is asked for, so it is never behind.

mod history;
mod sets;

use super::{
    grid::{Grid, downloads},
    in_path, live, per_guest, shell,
};
use crate::{
    Flaro, FlaroError,
    days::{self, Day, DayState},
    rollup::{self, Built, DayKey},
    stores::{Expected, Store},
    tenant::{Scope, Viewer},
};
use askama::Template;
use axum::extract::{Path, State};
use db::Tx;
use history::{FoundRow, Revision};
use jiff::civil::Date;
use sales::StoreId;
use std::sync::Arc;
use web::{
    Failure, Html, ListQuery, PageResult,
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
    Path((store, date)): Path<(String, String)>,
    query: ListQuery,
) -> PageResult {
    let (store, date): (StoreId, Date) = (in_path(&store)?, in_path(&date)?);
    let scope = viewer.scope.clone();
    let seen = flaro.db.read(async move |tx: &mut Tx| see(tx, &scope, store, date).await).await?;
    let mut seen = seen.ok_or_else(Failure::not_found)?;
    let frames = std::mem::take(&mut seen.frames);
    let built = tokio::task::spawn_blocking(move || rollup::build(&frames)).await??;
    let grids = sets::all(&built);
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
    Ok(shell.script(live::SCRIPT.path()).render(page))
}

async fn see(tx: &mut Tx, scope: &Scope, store: StoreId, date: Date) -> Result<Option<Seen>, FlaroError> {
    let pulse = live::read(tx, scope).await?;
    let stores = days::visible_stores(tx, scope).await?;
    let Some(store) = stores.into_iter().find(|seen| seen.id == store) else { return Ok(None) };
    let key = DayKey { company: scope.company.clone(), store: store.id.to_string(), date: date.to_string() };
    let (_, frames) = rollup::standing(tx, &key).await?;
    Ok(Some(Seen {
        day: days::one(tx, scope, store.id, date).await?,
        revisions: history::revisions(tx, scope, store.id, date).await?,
        findings: history::findings(tx, scope, store.id, date).await?,
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
        let shown = grids.iter().chain([&product_hours]).filter(|grid| !grid.is_empty());
        Page {
            pulse: &self.pulse,
            chip: state.chip(),
            changed: self.day.as_ref().map_or(String::new(), |day| format::date_time(day.changed_at, &viewer.zone)),
            approval: self.approval(),
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
