//! 支払方法別売上: how guests paid, non-sales included, as the money came in.

use super::{Asked, Kind, Report, Section, by_item, shape::share};
use crate::{
    FlaroError,
    console::grid::{Cell, Grid},
    reports::{self, By, Labels, Sum},
    rollup::{Figures, Part},
};
use db::Tx;
use sales::PaymentKind;
use web::{
    chart::{Chart, Drawn},
    figures::Figure,
    format,
};

/// The sums with what they are called.
pub(super) type Named = (Vec<Sum>, Labels);

pub(super) async fn read(tx: &mut Tx, asked: &Asked) -> Result<Named, FlaroError> {
    let by = By { item: true, class: true, ..By::default() };
    let mut sums = reports::totals(tx, &asked.range, Part::Payment, by).await?;
    sums.sort_by(|a, b| (&a.key.class, &a.key.item).cmp(&(&b.key.class, &b.key.item)));
    Ok((sums, reports::labels(tx, &asked.range.scope.company, Part::Payment).await?))
}

pub(super) async fn report(tx: &mut Tx, asked: &Asked) -> Result<Report, FlaroError> {
    let named = read(tx, asked).await?;
    let shown = by_item::Shown {
        part: Part::Payment,
        count: "件数",
        amount: |_, figures| figures.total,
        counted: |figures| figures.count,
    };
    let mut sections: Vec<Section> = by_item::days(tx, asked, shown).await?.into_iter().collect();
    let (sums, labels) = &named;
    let chart = Chart::new("payments-chart", "支払方法別（税込）", sums.iter().map(|sum| labels.name(&sum.key.item)))
        .wide()
        .written(format::yen)
        .series("金額", Drawn::Bars, sums.iter().map(|sum| Some(sum.figures.total)));
    sections.push(Section::new(grid(asked, &named)).chart(chart.html()));
    sections.push(Section::new(kinds(sums)));
    let all = super::hours::sum(sums);
    let kpis = if sums.is_empty() {
        Vec::new()
    } else {
        vec![
            Figure::new("支払合計（税込）", format::yen(all.total)),
            Figure::new("うち売上以外", format::yen(all.gross)).note(web::Html::text("商品券販売・預り金・掛売回収")),
            Figure::new("件数", format!("{}件", format::thousands(all.count))),
        ]
    };
    Ok(Report { kpis, sections, ..Report::default() })
}

/// 支払種目 in words.
pub(super) fn kind(class: &str) -> &'static str {
    class.parse().ok().and_then(PaymentKind::from_number).map_or("不明", PaymentKind::label)
}

pub(super) fn grid(asked: &Asked, (sums, labels): &Named) -> Grid {
    let columns = [
        ("支払科目", false),
        ("支払種目", false),
        ("取込コード", false),
        ("件数", true),
        ("金額（税込）", true),
        ("構成比", true),
        ("うち売上以外", true),
        ("釣りなし余り", true),
    ];
    let mut grid = Grid::new("payments", "支払方法別売上", &columns);
    let all = super::hours::sum(sums);
    for sum in sums {
        let head = [
            Cell::Link(labels.name(&sum.key.item), by_item::link(asked, Kind::Payments, &sum.key.item)),
            kind(&sum.key.class).into(),
            sum.key.item.as_str().into(),
        ];
        grid.row(head.into_iter().chain(figures(&sum.figures, all.total)));
    }
    grid.total(["合計".into(), Cell::Blank, Cell::Blank].into_iter().chain(figures(&all, all.total)));
    grid
}

fn figures(figures: &Figures, whole: i64) -> [Cell; 5] {
    [
        Cell::Count(figures.count),
        Cell::Yen(figures.total),
        share(figures.total, whole).into(),
        Cell::Yen(figures.gross),
        Cell::Yen(figures.discount),
    ]
}

fn kinds(sums: &[Sum]) -> Grid {
    let columns = [
        ("支払種目", false),
        ("件数", true),
        ("金額（税込）", true),
        ("構成比", true),
        ("うち売上以外", true),
        ("釣りなし余り", true),
    ];
    let mut grid = Grid::new("kinds", "支払種目別", &columns);
    let all = super::hours::sum(sums);
    let mut classes: Vec<&str> = sums.iter().map(|sum| sum.key.class.as_str()).collect();
    classes.dedup();
    for class in classes {
        let of: Vec<Sum> = sums.iter().filter(|sum| sum.key.class == class).cloned().collect();
        grid.row(std::iter::once(kind(class).into()).chain(figures(&super::hours::sum(&of), all.total)));
    }
    grid.total(std::iter::once("合計".into()).chain(figures(&all, all.total)));
    grid
}
