//! 商品時間帯別売上: products by hours, the more the darker. The same figures stand in the cells, so nothing hangs on
//! the colour.

use super::{Asked, Kind, Report, Section, by_item};
use crate::{
    FlaroError,
    console::grid::{Cell, Grid},
    reports::{self, By, Labels, Sum},
    rollup::{Figures, Part},
};
use db::Tx;
use std::collections::{BTreeMap, BTreeSet};

/// How many products the picture shows; a file has all of them.
const SHOWN: usize = 200;
/// Steps of the colour, beside none at all.
const STEPS: i64 = 6;

const MEASURES: [(&str, &str); 2] = [("count", "点数"), ("amount", "売上")];

pub(super) async fn report(tx: &mut Tx, asked: &Asked) -> Result<Report, FlaroError> {
    let by = By { item: true, hour: true, ..By::default() };
    let sums = reports::totals(tx, &asked.range, Part::ProductHour, by).await?;
    let labels = reports::labels(tx, &asked.range.scope.company, Part::Product).await?;
    let money = asked.form.text("measure") == "amount";
    let (grid, left_out) = grid(asked, &sums, &labels, money);
    let mut section = Section::new(grid);
    if left_out > 0 {
        section = section.note(format!(
            "多い順に{SHOWN}品を表示しています。ほかに{left_out}品あります。期間や店舗を絞ると見られます。"
        ));
    }
    let measure = asked.form.field("measure", "表示する数字").select(&MEASURES);
    Ok(Report { sections: vec![section], filters: vec![measure], wide: true, ..Report::default() })
}

fn figure(asked: &Asked, figures: &Figures, money: bool) -> i64 {
    if money { asked.tax.of(figures.net, figures.total) } else { figures.count }
}

fn grid(asked: &Asked, sums: &[Sum], labels: &Labels, money: bool) -> (Grid, usize) {
    let hours: BTreeSet<i64> = sums.iter().map(|sum| sum.key.hour).collect();
    let mut products = BTreeMap::<&str, BTreeMap<i64, i64>>::new();
    for sum in sums {
        let cell = products.entry(&sum.key.item).or_default().entry(sum.key.hour).or_default();
        *cell = cell.saturating_add(figure(asked, &sum.figures, money));
    }
    let mut rows: Vec<_> =
        products.into_iter().map(|(item, cells)| (cells.values().sum::<i64>(), item, cells)).collect();
    rows.sort_by_key(|(sum, item, _)| (std::cmp::Reverse(*sum), *item));
    let what = if money { asked.tax.heading("売上") } else { "点数".to_owned() };
    let columns = std::iter::once((format!("商品（{what}）"), false))
        .chain(hours.iter().map(|hour| (format!("{hour}時"), true)))
        .chain([("合計".to_owned(), true)]);
    let mut grid = Grid::with("product_hours", "商品時間帯別売上", columns);
    let left_out = rows.len().saturating_sub(SHOWN);
    let most = rows.iter().flat_map(|(_, _, cells)| cells.values()).copied().max().unwrap_or(0);
    let plain = |n: i64| if money { Cell::Yen(n) } else { Cell::Count(n) };
    let mut totals = BTreeMap::<i64, i64>::new();
    for (at, (sum, item, cells)) in rows.iter().enumerate() {
        for (hour, n) in cells {
            *totals.entry(*hour).or_default() += n;
        }
        if at >= SHOWN && asked.query.get("format").is_empty() {
            continue;
        }
        let cell =
            |hour: &i64| cells.get(hour).map_or(Cell::Blank, |n| Cell::Heat(level(*n, most), Box::new(plain(*n))));
        let name = Cell::Link(labels.name(item), by_item::link(asked, Kind::Products, item));
        grid.row(std::iter::once(name).chain(hours.iter().map(cell)).chain([plain(*sum)]));
    }
    let all: i64 = totals.values().sum();
    let total = hours.iter().map(|hour| plain(totals.get(hour).copied().unwrap_or(0)));
    grid.total(std::iter::once("合計".into()).chain(total).chain([plain(all)]));
    (grid, left_out)
}

/// How dark a cell is, 0 to [`STEPS`]: by the square root, so that the many small ones are told apart, too.
fn level(n: i64, most: i64) -> u8 {
    if n <= 0 || most <= 0 {
        return 0;
    }
    let reaches = |step: i64| i128::from(n) * i128::from(STEPS * STEPS) <= i128::from(most) * i128::from(step * step);
    (1..=STEPS).find(|step| reaches(*step)).and_then(|step| u8::try_from(step).ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::level;

    #[test]
    fn the_most_is_darkest_and_nothing_is_plain() {
        assert_eq!([0, -3, 1, 25, 36, 100].map(|n| level(n, 100)), [0, 0, 1, 3, 4, 6]);
        assert_eq!(level(i64::MAX, i64::MAX), 6);
        assert_eq!(level(5, 0), 0);
    }
}
