//! 時間帯別売上: which hours sell, on average a day, too.

use super::{Asked, Kind, Report, Section, daily, monthly, shape::share};
use crate::{
    FlaroError,
    console::{
        grid::{Cell, Grid},
        yen_per_guest,
    },
    reports::{self, By, StoreDay, Sum},
    rollup::{Figures, Part},
};
use db::Tx;
use std::collections::BTreeMap;
use web::{
    Html,
    chart::{Chart, Drawn},
    format,
};

pub(super) async fn report(tx: &mut Tx, asked: &Asked) -> Result<Report, FlaroError> {
    let sums = reports::totals(tx, &asked.range, Part::Hour, By::hour()).await?;
    let days = monthly::by_date(tx, asked, asked.period()).await?;
    let section = Section::new(grid(asked, &sums)).chart(chart(asked, &sums, None));
    let kpis = daily::kpis(asked, &StoreDay::sum(days.values()));
    Ok(Report { kpis, sections: vec![section], ..Report::default() })
}

/// All of them together.
pub(super) fn sum(sums: &[Sum]) -> Figures {
    sums.iter().fold(Figures::default(), |mut all, sum| {
        all.add(&sum.figures);
        all
    })
}

pub(super) fn grid(asked: &Asked, sums: &[Sum]) -> Grid {
    let columns = [
        ("時間帯".to_owned(), false),
        (asked.tax.heading("売上"), true),
        ("構成比".to_owned(), true),
        ("消費税".to_owned(), true),
        ("客数".to_owned(), true),
        (asked.tax.heading("客単価"), true),
        ("会計数".to_owned(), true),
    ];
    let mut grid = Grid::with("hours", "時間帯別売上", columns);
    let all = sum(sums);
    let whole = asked.tax.of(all.net, all.total);
    for sum in sums {
        let hour = sum.key.hour;
        grid.row(row(asked, Cell::Link(format!("{hour}時"), checks(asked, hour)), &sum.figures, whole));
    }
    grid.total(row(asked, "合計".into(), &all, whole));
    grid
}

fn row(asked: &Asked, first: Cell, figures: &Figures, whole: i64) -> [Cell; 7] {
    let amount = asked.tax.of(figures.net, figures.total);
    [
        first,
        Cell::Yen(amount),
        share(amount, whole).into(),
        Cell::Yen(figures.tax),
        Cell::Count(figures.guests),
        yen_per_guest(amount, figures.guests).map_or(Cell::Blank, Cell::Yen),
        Cell::Count(figures.checks),
    ]
}

/// The checks of an hour.
fn checks(asked: &Asked, hour: i64) -> String {
    match &asked.store {
        Some(store) if asked.period().is_day() => {
            format!("/days/{}/{}/checks?hour={hour}", store.id, asked.period().from)
        }
        _ => asked.link_with(Kind::Checks, asked.period(), &[("hour", &hour.to_string())]),
    }
}

/// Bars over the hours, and what they are compared with.
pub(super) fn chart(asked: &Asked, sums: &[Sum], compared: Option<(&str, &[Sum])>) -> Html {
    let amounts = |sums: &[Sum]| -> BTreeMap<i64, i64> {
        sums.iter().map(|sum| (sum.key.hour, asked.tax.of(sum.figures.net, sum.figures.total))).collect()
    };
    let (now, before) = (amounts(sums), compared.map(|(name, sums)| (name, amounts(sums))));
    let all: Vec<i64> = now.keys().chain(before.iter().flat_map(|(_, sums)| sums.keys())).copied().collect();
    let (first, last) = (all.iter().min().copied().unwrap_or(0), all.iter().max().copied().unwrap_or(0));
    let chart =
        Chart::new("hours-chart", asked.tax.heading("時間帯別売上"), (first..=last).map(|hour| format!("{hour}時")))
            .wide()
            .written(format::yen)
            .series("売上", Drawn::Bars, (first..=last).map(|hour| now.get(&hour).copied()));
    let chart = match before.filter(|(_, sums)| !sums.is_empty()) {
        Some((name, sums)) => chart.series(name, Drawn::Dashed, (first..=last).map(|hour| sums.get(&hour).copied())),
        None => chart,
    };
    chart.html()
}
