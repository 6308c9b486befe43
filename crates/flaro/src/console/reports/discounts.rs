//! 値引・割引: which discount was given how often, and what it cost.

use super::{Asked, Kind, Report, Section, by_item, payments::Named, shape::share};
use crate::{
    FlaroError,
    console::grid::{Cell, Grid},
    reports::{self, By, StoreDay},
    rollup::Part,
};
use db::Tx;
use web::{
    Html,
    chart::{Chart, Drawn},
    figures::Figure,
    format,
};

pub(super) async fn read(tx: &mut Tx, asked: &Asked) -> Result<Named, FlaroError> {
    let by = By { item: true, class: true, ..By::default() };
    let sums = reports::totals(tx, &asked.range, Part::Discount, by).await?;
    Ok((sums, reports::labels(tx, &asked.range.scope.company, Part::Discount).await?))
}

pub(super) async fn report(tx: &mut Tx, asked: &Asked) -> Result<Report, FlaroError> {
    let named = read(tx, asked).await?;
    let days = super::monthly::by_date(tx, asked, asked.period()).await?;
    let shown = by_item::Shown {
        part: Part::Discount,
        count: "回数",
        amount: |_, figures| figures.discount,
        counted: |figures| figures.count,
    };
    let mut sections: Vec<Section> = by_item::days(tx, asked, shown).await?.into_iter().collect();
    let (sums, labels) = &named;
    let chart = Chart::new("discounts-chart", "値引・割引の金額", sums.iter().map(|sum| labels.name(&sum.key.item)))
        .wide()
        .written(format::yen)
        .series("金額", Drawn::Bars, sums.iter().map(|sum| Some(sum.figures.discount)));
    sections.push(Section::new(grid(asked, &named)).chart(chart.html()));
    let (all, sold) = (super::hours::sum(sums), StoreDay::sum(days.values()));
    let kpis = if sums.is_empty() {
        Vec::new()
    } else {
        vec![
            Figure::new("値引・割引", format::yen(all.discount))
                .note(Html::text(&format!("総売上（値引前）の {}", share(all.discount, sold.gross)))),
            Figure::new("回数", format!("{}回", format::thousands(all.count))),
        ]
    };
    Ok(Report { kpis, sections, ..Report::default() })
}

pub(super) fn grid(asked: &Asked, (sums, labels): &Named) -> Grid {
    let columns =
        [("値引名称", false), ("取込コード", false), ("対象", false), ("回数", true), ("金額", true), ("構成比", true)];
    let mut grid = Grid::new("discounts", "値引・割引", &columns);
    let all = super::hours::sum(sums);
    for sum in sums {
        grid.row([
            Cell::Link(labels.name(&sum.key.item), by_item::link(asked, Kind::Discounts, &sum.key.item)),
            sum.key.item.as_str().into(),
            (if sum.key.class == "line" { "明細" } else { "会計" }).into(),
            Cell::Count(sum.figures.count),
            Cell::Yen(sum.figures.discount),
            share(sum.figures.discount, all.discount).into(),
        ]);
    }
    grid.total(["合計".into(), Cell::Blank, Cell::Blank, Cell::Count(all.count), Cell::Yen(all.discount), Cell::Blank]);
    grid
}
