//! 広告媒体別売上: where guests came from, and what フリー brings beside it.

use super::{Asked, Kind, Report, Section, by_item, shape::share};
use crate::{
    FlaroError,
    console::{
        grid::{Cell, Grid},
        yen_per_guest,
    },
    reports::{self, By, Labels, Sum},
    rollup::{Figures, Part},
};
use db::Tx;
use web::{
    Html,
    chart::{Chart, Drawn},
    figures::Figure,
    format,
};

pub(super) async fn report(tx: &mut Tx, asked: &Asked) -> Result<Report, FlaroError> {
    let sums = reports::totals(tx, &asked.range, Part::Medium, By::item()).await?;
    let labels = reports::labels(tx, &asked.range.scope.company, Part::Medium).await?;
    let shown = by_item::Shown {
        part: Part::Medium,
        count: "会計数",
        amount: |asked, figures| asked.tax.of(figures.net, figures.total),
        counted: |figures| figures.checks,
    };
    let mut sections: Vec<Section> = by_item::days(tx, asked, shown).await?.into_iter().collect();
    let amount = |sum: &Sum| asked.tax.of(sum.figures.net, sum.figures.total);
    let chart =
        Chart::new("media-chart", asked.tax.heading("広告媒体別売上"), sums.iter().map(|sum| name(&labels, sum)))
            .wide()
            .written(format::yen)
            .series("売上", Drawn::Bars, sums.iter().map(|sum| Some(amount(sum))));
    sections.push(Section::new(grid(asked, &sums, &labels)).chart(chart.html()));
    let all = super::hours::sum(&sums);
    let whole = asked.tax.of(all.net, all.total);
    let by_media =
        sums.iter().filter(|sum| !sum.key.item.is_empty()).fold(0, |all: i64, sum| all.saturating_add(amount(sum)));
    let kpi = |label: &str, part: i64| {
        Figure::new(asked.tax.heading(label), format::yen(part))
            .note(Html::text(&format!("構成比 {}", share(part, whole))))
    };
    let kpis = if sums.is_empty() {
        Vec::new()
    } else {
        vec![kpi("広告", by_media), kpi("フリー", whole.saturating_sub(by_media))]
    };
    Ok(Report { kpis, sections, ..Report::default() })
}

fn name(labels: &Labels, sum: &Sum) -> String {
    if sum.key.item.is_empty() { "フリー".to_owned() } else { labels.name(&sum.key.item) }
}

fn grid(asked: &Asked, sums: &[Sum], labels: &Labels) -> Grid {
    let columns = [
        ("広告媒体".to_owned(), false),
        ("取込コード".to_owned(), false),
        (asked.tax.heading("売上"), true),
        ("構成比".to_owned(), true),
        ("消費税".to_owned(), true),
        ("会計数".to_owned(), true),
        ("客数".to_owned(), true),
        (asked.tax.heading("客単価"), true),
        ("会計".to_owned(), false),
    ];
    let mut grid = Grid::with("media", "広告媒体別売上", columns);
    let all = super::hours::sum(sums);
    let whole = asked.tax.of(all.net, all.total);
    for sum in sums {
        let name = name(labels, sum);
        let checks = match sum.key.item.as_str() {
            "" => Cell::Blank,
            _ => Cell::Link("探す".into(), asked.link_with(Kind::Checks, asked.period(), &[("q", &name)])),
        };
        let head = [Cell::Link(name, by_item::link(asked, Kind::Media, &sum.key.item)), sum.key.item.as_str().into()];
        grid.row(head.into_iter().chain(figures(asked, &sum.figures, whole)).chain([checks]));
    }
    grid.total(["合計".into(), Cell::Blank].into_iter().chain(figures(asked, &all, whole)).chain([Cell::Blank]));
    grid
}

fn figures(asked: &Asked, figures: &Figures, whole: i64) -> [Cell; 6] {
    let amount = asked.tax.of(figures.net, figures.total);
    [
        Cell::Yen(amount),
        share(amount, whole).into(),
        Cell::Yen(figures.tax),
        Cell::Count(figures.checks),
        Cell::Count(figures.guests),
        yen_per_guest(amount, figures.guests).map_or(Cell::Blank, Cell::Yen),
    ]
}
