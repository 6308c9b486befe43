//! 商品別売上 with ABC ranks: what makes 70 % of the sales is A, what makes the next 20 % is B, the rest is C.

use super::{Asked, Kind, Report, Section, by_item, shape::share};
use crate::{
    FlaroError,
    console::grid::{Cell, Grid},
    reports::{self, By, Labels, Sum},
    rollup::{Figures, Part},
};
use db::Tx;
use std::collections::BTreeMap;
use web::{
    Html,
    chart::{Chart, Drawn},
    figures::Figure,
    format,
    ui::Tone,
};

/// How many products the chart shows.
const CHARTED: usize = 20;
const A_PERCENT: i64 = 70;
const B_PERCENT: i64 = 90;

/// 売れ筋の順位.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::console) enum Rank {
    A,
    B,
    C,
}

/// Ranks amounts that are sorted, largest first: by the share that the ones before have, so the first is always A.
pub(in crate::console) fn ranks(amounts: &[i64]) -> Vec<Rank> {
    let whole: i128 = amounts.iter().filter(|amount| **amount > 0).map(|amount| i128::from(*amount)).sum();
    let mut before: i128 = 0;
    let rank = |amount: &i64| {
        let reached = before * 100;
        before += i128::from((*amount).max(0));
        match () {
            () if *amount <= 0 => Rank::C,
            () if reached < whole * i128::from(A_PERCENT) => Rank::A,
            () if reached < whole * i128::from(B_PERCENT) => Rank::B,
            () => Rank::C,
        }
    };
    amounts.iter().map(rank).collect()
}

impl Rank {
    fn cell(self) -> Cell {
        let (tone, word) = match self {
            Self::A => (Tone::Good, "A"),
            Self::B => (Tone::Key, "B"),
            Self::C => (Tone::Mute, "C"),
        };
        Cell::Shown(Html::trusted(format!(r#"<span class="chip {}">{word}</span>"#, tone.class())), word.to_owned())
    }
}

pub(super) async fn report(tx: &mut Tx, asked: &Asked) -> Result<Report, FlaroError> {
    let labels = reports::labels(tx, &asked.range.scope.company, Part::Product).await?;
    let mut sums = reports::totals(tx, &asked.range, Part::Product, By::item()).await?;
    let amount = |sum: &Sum| asked.tax.of(sum.figures.net, sum.figures.total);
    sums.sort_by_key(|sum| (std::cmp::Reverse(amount(sum)), sum.key.item.clone()));
    let ranked = ranks(&sums.iter().map(amount).collect::<Vec<_>>());
    let shown = by_item::Shown {
        part: Part::Product,
        count: "点数",
        amount: |asked, figures| asked.tax.of(figures.net, figures.total),
        counted: |figures| figures.count,
    };
    let mut sections: Vec<Section> = by_item::days(tx, asked, shown).await?.into_iter().collect();
    sections.push(
        Section::new(grid(asked, &sums, &ranked, &labels))
            .chart(chart(asked, &sums, &labels))
            .note("売上の多い順に並べ、累計が70%に達するまでの商品をA、90%に達するまでをB、残りをCとしています。"),
    );
    sections.push(Section::new(categories(asked, &sums, &labels)));
    let kpis = if sums.is_empty() { Vec::new() } else { kpis(asked, &sums, &ranked) };
    Ok(Report { kpis, sections, wide: true, ..Report::default() })
}

fn kpis(asked: &Asked, sums: &[Sum], ranked: &[Rank]) -> Vec<Figure> {
    let all = super::hours::sum(sums);
    let of = |rank: Rank| ranked.iter().filter(|ranked| **ranked == rank).count();
    let margin = all.net.saturating_sub(all.cost);
    vec![
        Figure::new(asked.tax.heading("商品売上"), format::yen(asked.tax.of(all.net, all.total))),
        Figure::new("点数", format::thousands(all.count)),
        Figure::new("粗利（税抜）", format::yen(margin))
            .note(Html::text(&format!("粗利率 {}", share(margin, all.net)))),
        Figure::new("A・B・C", format!("{}・{}・{}品", of(Rank::A), of(Rank::B), of(Rank::C))),
    ]
}

fn grid(asked: &Asked, sums: &[Sum], ranked: &[Rank], labels: &Labels) -> Grid {
    let columns = [
        ("商品".to_owned(), false),
        ("順位".to_owned(), true),
        ("ABC".to_owned(), false),
        ("カテゴリ".to_owned(), false),
        ("自社商品コード".to_owned(), false),
        ("点数".to_owned(), true),
        (asked.tax.heading("売上"), true),
        ("構成比".to_owned(), true),
        ("累計".to_owned(), true),
        ("値引".to_owned(), true),
        ("原価".to_owned(), true),
        ("原価率".to_owned(), true),
        ("粗利（税抜）".to_owned(), true),
    ];
    let mut grid = Grid::with("products", "商品別売上", columns);
    let all = super::hours::sum(sums);
    let whole = asked.tax.of(all.net, all.total);
    let mut reached: i64 = 0;
    for (place, (sum, rank)) in (1_i64..).zip(sums.iter().zip(ranked)) {
        let (label, figures) = (labels.of(&sum.key.item), &sum.figures);
        reached = reached.saturating_add(asked.tax.of(figures.net, figures.total));
        let head = [
            Cell::Link(label.name, by_item::link(asked, Kind::Products, &sum.key.item)),
            Cell::Count(place),
            rank.cell(),
            label.category.into(),
            label.own_product_code.into(),
        ];
        grid.row(head.into_iter().chain(figures_of(asked, figures, whole, Some(reached))));
    }
    let blank = std::iter::repeat_n(Cell::Blank, 4);
    grid.total(std::iter::once("合計".into()).chain(blank).chain(figures_of(asked, &all, whole, None)));
    grid
}

fn figures_of(asked: &Asked, figures: &Figures, whole: i64, reached: Option<i64>) -> [Cell; 8] {
    let amount = asked.tax.of(figures.net, figures.total);
    [
        Cell::Count(figures.count),
        Cell::Yen(amount),
        share(amount, whole).into(),
        reached.map_or(Cell::Blank, |reached| share(reached, whole).into()),
        Cell::Yen(figures.discount),
        Cell::Yen(figures.cost),
        share(figures.cost, figures.net).into(),
        Cell::Yen(figures.net.saturating_sub(figures.cost)),
    ]
}

fn categories(asked: &Asked, sums: &[Sum], labels: &Labels) -> Grid {
    let columns = [
        ("カテゴリ".to_owned(), false),
        ("点数".to_owned(), true),
        (asked.tax.heading("売上"), true),
        ("構成比".to_owned(), true),
        ("値引".to_owned(), true),
        ("原価".to_owned(), true),
        ("原価率".to_owned(), true),
        ("粗利（税抜）".to_owned(), true),
    ];
    let mut grid = Grid::with("categories", "カテゴリ別売上", columns);
    let mut by_category = BTreeMap::<(String, String), Figures>::new();
    for sum in sums {
        let label = labels.of(&sum.key.item);
        by_category.entry((label.category_id, label.category)).or_default().add(&sum.figures);
    }
    let all = super::hours::sum(sums);
    let whole = asked.tax.of(all.net, all.total);
    let mut rows: Vec<_> = by_category.into_iter().collect();
    rows.sort_by_key(|(_, figures)| std::cmp::Reverse(asked.tax.of(figures.net, figures.total)));
    let cells = |figures: &Figures| {
        figures_of(asked, figures, whole, None).into_iter().enumerate().filter(|(at, _)| *at != 3).map(|(_, cell)| cell)
    };
    for ((_, category), figures) in &rows {
        grid.row(std::iter::once(category.as_str().into()).chain(cells(figures)));
    }
    grid.total(std::iter::once("合計".into()).chain(cells(&all)));
    grid
}

fn chart(asked: &Asked, sums: &[Sum], labels: &Labels) -> Html {
    let top = &sums[..sums.len().min(CHARTED)];
    let short = |sum: &Sum| labels.name(&sum.key.item).chars().take(6).collect::<String>();
    let chart = Chart::new("products-chart", asked.tax.heading("売上の多い商品"), top.iter().map(short))
        .wide()
        .written(format::yen)
        .series("売上", Drawn::Bars, top.iter().map(|sum| Some(asked.tax.of(sum.figures.net, sum.figures.total))));
    let rest = sums.len().saturating_sub(CHARTED);
    let note = if rest > 0 {
        format!("多い順に{CHARTED}品まで（ほか{rest}品は表にあります）")
    } else {
        String::new()
    };
    if note.is_empty() {
        chart.html()
    } else {
        chart.html().then(&Html::trusted(format!(r#"<p class="note">{note}</p>"#)))
    }
}

#[cfg(test)]
mod tests {
    use super::{Rank, ranks};

    #[test]
    fn ranks_follow_the_share_that_is_reached() {
        let [a, b, c] = [Rank::A, Rank::B, Rank::C];
        assert_eq!(ranks(&[50, 20, 15, 5, 10, 0, -3]), [a, a, b, b, c, c, c]);
        assert_eq!(ranks(&[95, 5]), [a, c], "what makes everything alone is A");
        assert_eq!(ranks(&[]), []);
        assert_eq!(ranks(&[0]), [c]);
    }
}
