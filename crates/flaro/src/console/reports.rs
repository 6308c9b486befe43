//! 帳票: one page a report. What is asked stands in the URL (stores, days, 税抜 or 税込), what is shown can be taken home
//! as a file and printed on A4, and every figure leads down to the days and checks it is made of.

mod asked;
mod by_item;
mod cash;
mod checks;
mod closing;
mod daily;
mod discounts;
mod heat;
mod hours;
mod index;
mod kind;
mod last_year;
mod media;
mod monthly;
mod payments;
mod products;
mod shape;
mod weekdays;

pub(super) use asked::{Asked, Tax};
pub(super) use kind::Kind;
pub(super) use shape::{Report, Section};

use super::{grid::downloads, shell};
use crate::{
    Flaro, FlaroError,
    reports::{self, Behind},
    tenant::Viewer,
};
use askama::Template;
use axum::{extract::State, http::StatusCode, routing::get};
use db::Tx;
use std::sync::Arc;
use web::{
    Failure, Form, Html, ListQuery, PageResult, Routes,
    download::Format,
    figures::kpis,
    format,
    ui::{self, Icon, Tone},
};

/// The routes of all reports.
pub(super) fn router() -> Routes<Arc<Flaro>> {
    Kind::ALL.into_iter().fold(Routes::new().route("/reports", get(index::show)), |routes, kind| {
        routes.route(kind.path(), get(move |flaro, viewer, query| show(kind, flaro, viewer, query)))
    })
}

#[derive(Template)]
#[template(path = "reports/page.html")]
struct Page<'a> {
    form: &'a Form,
    asked: &'a Asked,
    kind: Kind,
    report: &'a Report,
    presets: Html,
    switch: Html,
    kpis: Html,
    waiting: String,
    failed: Vec<(String, String)>,
    printed: String,
}

struct Done {
    asked: Asked,
    report: Report,
    behind: Behind,
}

async fn show(kind: Kind, State(flaro): State<Arc<Flaro>>, viewer: Viewer, query: ListQuery) -> PageResult {
    let (now, of, asked_for) = (flaro.now(), viewer.clone(), query.clone());
    let unit = async move |tx: &mut Tx| -> Result<Done, FlaroError> {
        let asked = Asked::read(tx, &of, asked_for, kind, now).await?;
        let behind = reports::behind(tx, &asked.range).await?;
        let report = kind.report(tx, &asked, &behind).await?;
        Ok(Done { asked, report, behind })
    };
    let Done { asked, report, behind } = flaro.db.read(unit).await?;
    if let Some(format) = Format::of(query.get("format")).filter(|_| asked.form.is_ok()) {
        let key = query.get("table");
        let section = report.sections.iter().find(|section| section.grid.key == key || key.is_empty());
        let sheet = section.ok_or_else(Failure::not_found)?.grid.sheet(&asked.subject());
        return Ok(sheet.download(format, now, &viewer.zone)?);
    }
    let status = if asked.form.is_ok() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = Page {
        form: &asked.form,
        kind,
        presets: asked.presets(kind),
        switch: asked.switch(kind),
        kpis: if report.kpis.is_empty() { Html::default() } else { kpis(&report.kpis) },
        waiting: waiting(&behind),
        failed: failed(&asked, &behind),
        printed: format!("{}　印刷 {}", viewer.who.name(), format::date_time(now, &viewer.zone)),
        asked: &asked,
        report: &report,
    };
    let lead = format!("{}・{}", viewer.company_name, asked.words());
    let shell = shell(&viewer, kind.title(), "/reports")
        .crumb("帳票", Some("/reports"))
        .crumb(kind.title(), None)
        .lead(lead)
        .status(status);
    Ok(if report.wide { shell.wide() } else { shell }.render(page))
}

/// The month before, as a URL has it.
pub(super) fn previous_month(period: reports::Period) -> String {
    period.from.yesterday().map_or_else(|_| String::new(), asked::month)
}

/// The month after.
pub(super) fn next_month(period: reports::Period) -> String {
    period.to.tomorrow().map_or_else(|_| String::new(), asked::month)
}

/// How many days wait for their sums.
fn waiting(behind: &Behind) -> String {
    match behind.waiting.len() {
        0 => String::new(),
        n => format!("届いたばかりの営業日{n}日分を集計しています。数秒後に開き直すと最新になります。"),
    }
}

/// Days that can't be summed up, with a link to each.
fn failed(asked: &Asked, behind: &Behind) -> Vec<(String, String)> {
    let day = |(store, date): &(String, jiff::civil::Date)| {
        let what = format!(
            "{} {}：集計できない会計があり、この帳票に含まれていません",
            asked.store_name(store),
            format::date(*date)
        );
        (what, format!("/days/{store}/{date}"))
    };
    behind.failed.iter().map(day).collect()
}

/// 集計中
fn waits() -> Html {
    ui::chip_with(Tone::Mute, Icon::Wait, "集計中")
}

impl Page<'_> {
    fn place_fields(&self) -> Html {
        self.asked.place_fields()
    }

    fn period_fields(&self) -> Html {
        self.asked.period_fields(self.kind)
    }

    fn nothing(&self) -> Html {
        self.asked.nothing(self.kind)
    }

    fn downloads(&self, section: &Section) -> Html {
        downloads(&self.asked.query, Some(section.grid.key))
    }
}
