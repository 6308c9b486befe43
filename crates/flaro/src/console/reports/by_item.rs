//! One product, payment method, medium or discount over the days asked for: from a line of a report down to its days.

use super::{Asked, Kind, Section, shape::share};
use crate::{
    FlaroError,
    console::grid::{Cell, Grid},
    reports::{self, By, Grain, Sum},
    rollup::{Figures, Part},
    storable,
};
use db::Tx;
use web::{
    chart::{Chart, Drawn},
    format,
};

/// What of an item's figures is shown.
#[derive(Clone, Copy)]
pub(super) struct Shown {
    pub part: Part,
    pub count: &'static str,
    pub amount: fn(&Asked, &Figures) -> i64,
    pub counted: fn(&Figures) -> i64,
}

/// The link of a line to its days.
pub(super) fn link(asked: &Asked, kind: Kind, item: &str) -> String {
    let item = if item.is_empty() { "free" } else { item };
    asked.link_with(kind, asked.period(), &[("item", item)])
}

/// The days of the item in the URL, if there is one.
pub(super) async fn days(tx: &mut Tx, asked: &Asked, shown: Shown) -> Result<Option<Section>, FlaroError> {
    let item = asked.query.get("item");
    if item.is_empty() {
        return Ok(None);
    }
    let item = if item == "free" { "" } else { item };
    let by = By { item: true, grain: Grain::Day, ..By::default() };
    let mut sums = reports::totals(tx, &asked.range, shown.part, by).await?;
    sums.retain(|sum| sum.key.item == item);
    let name = reports::labels(tx, &asked.range.scope.company, shown.part).await?.name(item);
    let chart = Chart::new(
        "item-chart",
        name.clone(),
        sums.iter().map(|sum| sum.key.day.get(5..).unwrap_or_default().replace('-', "/")),
    )
    .wide()
    .written(format::yen)
    .series("金額", Drawn::Bars, sums.iter().map(|sum| Some((shown.amount)(asked, &sum.figures))));
    let section = Section::new(grid(asked, &sums, shown)?).note(format!("{name}：{}", asked.period().words()));
    Ok(Some(section.chart(chart.html())))
}

fn grid(asked: &Asked, sums: &[Sum], shown: Shown) -> Result<Grid, FlaroError> {
    let columns = [("営業日", false), (shown.count, true), ("金額", true), ("構成比", true)];
    let mut grid = Grid::new("item", "日別の内訳", &columns);
    let whole: i64 = sums.iter().fold(0, |all, sum| all.saturating_add((shown.amount)(asked, &sum.figures)));
    let mut counted: i64 = 0;
    for sum in sums {
        let date = storable::date(&sum.key.day)?;
        let amount = (shown.amount)(asked, &sum.figures);
        counted = counted.saturating_add((shown.counted)(&sum.figures));
        grid.row([
            Cell::Link(format::date_weekday(date), asked.day_link(date)),
            Cell::Count((shown.counted)(&sum.figures)),
            Cell::Yen(amount),
            share(amount, whole).into(),
        ]);
    }
    grid.total(["合計".into(), Cell::Count(counted), Cell::Yen(whole), share(whole, whole).into()]);
    Ok(grid)
}
