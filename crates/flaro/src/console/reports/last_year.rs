//! 前年同曜日対比: each day beside the same weekday 364 days earlier, and each store beside itself.

use super::{
    Asked, Kind, Report, Section, daily, monthly,
    shape::{difference, share},
};
use crate::{
    FlaroError,
    console::grid::{Cell, Grid},
    reports::{self, Behind, By, StoreDay},
    rollup::{Figures, Part},
};
use db::Tx;
use jiff::civil::Date;
use std::collections::HashMap;
use web::{
    chart::{Chart, Drawn},
    format,
};

/// 52 weeks: the same weekday.
const DAYS_BACK: i64 = 364;

pub(super) async fn report(tx: &mut Tx, asked: &Asked, behind: &Behind) -> Result<Report, FlaroError> {
    let earlier = asked.period().back(DAYS_BACK);
    let (days, before) =
        (monthly::by_date(tx, asked, asked.period()).await?, monthly::by_date(tx, asked, earlier).await?);
    let mut sections = vec![Section::new(dates(asked, &days, &before, behind)).chart(chart(asked, &days, &before))];
    if asked.store.is_none() {
        let by_store = By::store();
        let now = reports::totals(tx, &asked.range, Part::Day, by_store).await?;
        let then = reports::totals(tx, &asked.range.during(earlier), Part::Day, by_store).await?;
        let of = |sums: Vec<reports::Sum>| sums.into_iter().map(|sum| (sum.key.store, sum.figures)).collect();
        sections.push(Section::new(stores(asked, &of(now), &of(then))));
    }
    let kpis = daily::kpis(asked, &StoreDay::sum(days.values()));
    Ok(Report { kpis, sections, ..Report::default() })
}

/// What is compared.
#[derive(Clone, Copy, Default)]
struct Side {
    amount: i64,
    guests: i64,
}

fn columns(asked: &Asked, first: &str, state: bool) -> Vec<(String, bool)> {
    let mut columns = vec![
        (first.to_owned(), false),
        (asked.tax.heading("売上"), true),
        ("前年同曜日".to_owned(), true),
        ("差".to_owned(), true),
        ("前年比".to_owned(), true),
        ("客数".to_owned(), true),
        ("前年の客数".to_owned(), true),
        ("客数の差".to_owned(), true),
        ("客数の前年比".to_owned(), true),
    ];
    if state {
        columns.push(("集計".to_owned(), false));
    }
    columns
}

fn compared(first: Cell, now: Option<Side>, then: Option<Side>) -> Vec<Cell> {
    let both = now.zip(then);
    let yen = |side: Option<Side>| side.map_or(Cell::Blank, |side| Cell::Yen(side.amount));
    let guests = |side: Option<Side>| side.map_or(Cell::Blank, |side| Cell::Count(side.guests));
    vec![
        first,
        yen(now),
        yen(then),
        both.map_or(Cell::Blank, |(now, then)| Cell::Yen(difference(now.amount, then.amount))),
        both.map_or(Cell::Blank, |(now, then)| share(now.amount, then.amount).into()),
        guests(now),
        guests(then),
        both.map_or(Cell::Blank, |(now, then)| Cell::Count(difference(now.guests, then.guests))),
        both.map_or(Cell::Blank, |(now, then)| share(now.guests, then.guests).into()),
    ]
}

fn back(date: Date) -> Date {
    date.saturating_sub(jiff::Span::new().days(DAYS_BACK))
}

fn dates(asked: &Asked, days: &HashMap<Date, StoreDay>, before: &HashMap<Date, StoreDay>, behind: &Behind) -> Grid {
    let mut grid = Grid::with("days", "日別", columns(asked, "営業日", true));
    let side = |day: &StoreDay| Side { amount: asked.tax.of(day.net, day.total), guests: day.guests };
    for date in asked.period().days() {
        let (now, then) = (days.get(&date).map(side), before.get(&back(date)).map(side));
        if now.is_some() || then.is_some() {
            let mut row = compared(monthly::day_cell(asked, date), now, then);
            row.push(monthly::state(behind, date));
            grid.row(row);
        }
    }
    let (now, then) = (StoreDay::sum(days.values()), StoreDay::sum(before.values()));
    let mut total = compared("合計".into(), Some(side(&now)), (!before.is_empty()).then(|| side(&then)));
    total.push(Cell::Blank);
    grid.total(total);
    grid
}

fn stores(asked: &Asked, now: &HashMap<String, Figures>, then: &HashMap<String, Figures>) -> Grid {
    let mut grid = Grid::with("stores", "店舗別", columns(asked, "店舗", false));
    let side = |figures: &Figures| Side { amount: asked.tax.of(figures.net, figures.total), guests: figures.guests };
    for store in asked.chosen() {
        let id = store.id.to_string();
        let (now, then) = (now.get(&id).map(side), then.get(&id).map(side));
        if now.is_some() || then.is_some() {
            let link = asked.link_to(Kind::LastYear, &id, asked.period());
            grid.row(compared(Cell::Link(store.name.clone(), link), now, then));
        }
    }
    grid
}

fn chart(asked: &Asked, days: &HashMap<Date, StoreDay>, before: &HashMap<Date, StoreDay>) -> web::Html {
    let dates: Vec<Date> = asked.period().days().collect();
    let amount = |day: &StoreDay| asked.tax.of(day.net, day.total);
    Chart::new(
        "days-chart",
        asked.tax.heading("前年同曜日対比"),
        dates.iter().map(|d| format!("{}/{}", d.month(), d.day())),
    )
    .wide()
    .written(format::yen)
    .series("この期間", Drawn::Line, dates.iter().map(|date| days.get(date).map(amount)))
    .series("前年同曜日", Drawn::Dashed, dates.iter().map(|date| before.get(&back(*date)).map(amount)))
    .html()
}
