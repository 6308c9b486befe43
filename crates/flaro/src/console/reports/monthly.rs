//! 売上月報: the days of a month, whether anything was sold on them or not.

use super::{Asked, Report, Section, daily};
use crate::{
    FlaroError,
    console::grid::{Cell, Grid},
    reports::{self, Behind, StoreDay},
};
use db::Tx;
use jiff::civil::Date;
use std::collections::HashMap;
use web::{
    Html,
    chart::{Chart, Drawn},
    format,
};

pub(super) async fn report(tx: &mut Tx, asked: &Asked, behind: &Behind) -> Result<Report, FlaroError> {
    let days = by_date(tx, asked, asked.period()).await?;
    let before = by_date(tx, asked, asked.period().back(364)).await?;
    let sum = StoreDay::sum(days.values());
    let mut grid = Grid::with("days", "日別", daily::headings(asked, &["営業日"], &["集計"]));
    for date in asked.period().days() {
        let Some(day) = days.get(&date) else { continue };
        let cells = daily::figures(asked, day);
        grid.row(std::iter::once(day_cell(asked, date)).chain(cells).chain([state(behind, date)]));
    }
    grid.total(std::iter::once("合計".into()).chain(daily::figures(asked, &sum)).chain([Cell::Blank]));
    let section = Section::new(grid).chart(chart(asked, &days, &before));
    Ok(Report { kpis: daily::kpis(asked, &sum), sections: vec![section], ..Report::default() })
}

/// The figures of each date over the stores asked for.
pub(super) async fn by_date(
    tx: &mut Tx,
    asked: &Asked,
    period: reports::Period,
) -> Result<HashMap<Date, StoreDay>, FlaroError> {
    let range = asked.range.during(period);
    let days = if range.whole {
        reports::whole_days(tx, &range).await?
    } else {
        reports::store_days(tx, &range, false, true).await?
    };
    days.into_iter().map(|day| Ok((crate::storable::date(&day.date)?, day))).collect()
}

/// A date that leads down.
pub(super) fn day_cell(asked: &Asked, date: Date) -> Cell {
    Cell::Link(format::date_weekday(date), asked.day_link(date))
}

/// 集計中, where anything of the date waits.
pub(super) fn state(behind: &Behind, date: Date) -> Cell {
    if behind.waits_on(date) { Cell::Shown(super::waits(), "集計中".to_owned()) } else { Cell::Blank }
}

fn chart(asked: &Asked, days: &HashMap<Date, StoreDay>, before: &HashMap<Date, StoreDay>) -> Html {
    let dates: Vec<Date> = asked.period().days().collect();
    let amount = |day: &StoreDay| asked.tax.of(day.net, day.total);
    let earlier = |date: &Date| before.get(&date.saturating_sub(jiff::Span::new().days(364))).map(amount);
    let chart =
        Chart::new("days-chart", asked.tax.heading("日別売上"), dates.iter().map(|date| format!("{}", date.day())))
            .wide()
            .written(format::yen)
            .series("この月", Drawn::Bars, dates.iter().map(|date| days.get(date).map(amount)));
    let chart = if before.is_empty() {
        chart
    } else {
        chart.series("前年同曜日", Drawn::Dashed, dates.iter().map(earlier))
    };
    chart.html()
}
