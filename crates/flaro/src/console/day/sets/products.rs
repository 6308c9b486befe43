//! 商品別売上 and 商品時間帯別売上: one table for the page, one for a file.

use super::{count, sum};
use crate::{
    console::{
        grid::{Cell, Grid},
        words,
    },
    rollup::Built,
};
use sales::{ProductHourlySales, ProductSales};
use std::collections::{BTreeMap, BTreeSet};
use web::Html;

const PRODUCT_COLUMNS: [(&str, bool); 13] = [
    ("商品", false),
    ("カテゴリ", false),
    ("自社商品コード", false),
    ("コードの種類", false),
    ("税区分", false),
    ("提供", false),
    ("点数", true),
    ("総売上", true),
    ("値引", true),
    ("税抜", true),
    ("消費税", true),
    ("税込", true),
    ("原価", true),
];

/// 3 商品別売上
pub(super) fn products(built: &Built) -> Grid {
    let mut grid = Grid::new("product_sales", "商品別売上", &PRODUCT_COLUMNS);
    let rows = &built.datasets.product_sales;
    for row in rows {
        grid.row(product(row));
    }
    let blank = || std::iter::repeat_n(Cell::Blank, 5);
    let figures = [
        count(rows.iter().map(|r| r.quantity)),
        sum(rows.iter().map(|r| r.gross)),
        sum(rows.iter().map(|r| r.discount)),
        sum(rows.iter().map(|r| r.net)),
        sum(rows.iter().map(|r| r.tax)),
        sum(rows.iter().map(|r| r.total)),
        sum(rows.iter().map(|r| r.cost)),
    ];
    grid.total(std::iter::once("合計".into()).chain(blank()).chain(figures));
    grid
}

/// 4 商品時間帯別売上, row by row: for a file.
pub(in crate::console::day) fn product_hours(built: &Built) -> Grid {
    let columns = [
        ("商品", false),
        ("税区分", false),
        ("提供", false),
        ("時間帯", false),
        ("点数", true),
        ("税抜", true),
        ("消費税", true),
        ("税込", true),
    ];
    let mut grid = Grid::new("product_hourly_sales", "商品時間帯別売上", &columns);
    let names = names(built);
    let rows = &built.datasets.product_hourly_sales;
    for r in rows {
        grid.row([
            names.get(&r.product_id).copied().unwrap_or_default().into(),
            words::tax_class(r.tax_class).into(),
            words::service(r.service).into(),
            r.hour.to_string().into(),
            Cell::Count(r.quantity),
            r.net.into(),
            r.tax.into(),
            r.total.into(),
        ]);
    }
    let figures = [
        count(rows.iter().map(|r| r.quantity)),
        sum(rows.iter().map(|r| r.net)),
        sum(rows.iter().map(|r| r.tax)),
        sum(rows.iter().map(|r| r.total)),
    ];
    grid.total(std::iter::once("合計".into()).chain(std::iter::repeat_n(Cell::Blank, 3)).chain(figures));
    grid
}

fn names(built: &Built) -> BTreeMap<sales::ProductId, &str> {
    built.datasets.product_sales.iter().map(|row| (row.product_id, row.name.as_str())).collect()
}

/// 4 商品時間帯別売上 on the page: a product a row, an hour a column, 点数 in the cells.
pub(in crate::console::day) fn product_matrix(built: &Built) -> Html {
    let rows = &built.datasets.product_hourly_sales;
    let hours: BTreeSet<u8> = rows.iter().map(|row| row.hour.get()).collect();
    let headings: Vec<String> = hours.iter().map(|hour| format!("{hour}時")).collect();
    let columns: Vec<(&str, bool)> = [("商品（点数）", false)]
        .into_iter()
        .chain(headings.iter().map(|heading| (heading.as_str(), true)))
        .chain([("合計", true), ("税抜", true)])
        .collect();
    let mut grid = Grid::new("product_hourly_sales", "商品時間帯別売上", &columns);
    let mut products = BTreeMap::<sales::ProductId, Vec<&ProductHourlySales>>::new();
    for row in rows {
        products.entry(row.product_id).or_default().push(row);
    }
    let line = |name: &str, of: &[&ProductHourlySales]| -> Vec<Cell> {
        let at = |hour: u8| of.iter().filter(move |row| row.hour.get() == hour);
        let cell = |hour: &u8| match at(*hour).next() {
            Some(_) => count(at(*hour).map(|row| row.quantity)),
            None => Cell::Blank,
        };
        let sums = [count(of.iter().map(|row| row.quantity)), sum(of.iter().map(|row| row.net))];
        std::iter::once(name.into()).chain(hours.iter().map(cell)).chain(sums).collect()
    };
    let names = names(built);
    for (product, of) in &products {
        grid.row(line(names.get(product).copied().unwrap_or_default(), of));
    }
    grid.total(line("合計", &rows.iter().collect::<Vec<_>>()));
    grid.html()
}

fn product(r: &ProductSales) -> [Cell; 13] {
    [
        r.name.as_str().into(),
        r.category.as_str().into(),
        r.own_product_code.as_ref().map_or(Cell::Blank, |code| code.as_str().into()),
        words::code_source(r.code_source).into(),
        words::tax_class(r.tax_class).into(),
        words::service(r.service).into(),
        Cell::Count(r.quantity),
        r.gross.into(),
        r.discount.into(),
        r.net.into(),
        r.tax.into(),
        r.total.into(),
        r.cost.into(),
    ]
}
