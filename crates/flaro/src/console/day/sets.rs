//! 連携内容: the eight datasets of a day as tables with their totals. Dataset 7, the checks, has a page of its own.

mod products;

use crate::{
    console::{
        grid::{Cell, Grid},
        words,
    },
    rollup::Built,
};
use products::products;
pub(super) use products::{product_hours, product_matrix};
use protocol::event::Event;
use sales::{MovementKind, RateTotals, Yen};

/// What each mapped 取込コード is called here.
pub(super) type Labels = std::collections::HashMap<String, String>;

/// The 科目 of a code: it labels the row and changes no figure.
fn subject(labels: &Labels, code: &str) -> Cell {
    if code.is_empty() { Cell::Blank } else { labels.get(code).map_or("未割当", String::as_str).into() }
}

/// The tables, except product × hour.
pub(super) fn all(built: &Built, labels: &Labels) -> Vec<Grid> {
    vec![
        settlements(built),
        rates(built),
        non_sales(built),
        hours(built),
        products(built),
        payments(built, labels),
        media(built, labels),
        discounts(built, labels),
    ]
}

fn sum(amounts: impl Iterator<Item = Yen>) -> Cell {
    Cell::Yen(amounts.fold(0, |sum, yen| sum.saturating_add(yen.0)))
}

fn count(counts: impl Iterator<Item = i64>) -> Cell {
    Cell::Count(counts.fold(0, i64::saturating_add))
}

const SETTLEMENT_COLUMNS: [(&str, bool); 18] = [
    ("レジ", false),
    ("Z番号", true),
    ("総売上", true),
    ("値引", true),
    ("税抜", true),
    ("消費税", true),
    ("税込", true),
    ("客数", true),
    ("会計数", true),
    ("赤伝票", true),
    ("釣銭準備金", true),
    ("入金", true),
    ("出金", true),
    ("あるべき現金", true),
    ("現金在高", true),
    ("過不足", true),
    ("銀行預入", true),
    ("繰越", true),
];

/// 1 精算情報, till by till: the drawer is a till's own.
fn settlements(built: &Built) -> Grid {
    let mut grid = Grid::new("settlement", "精算情報", &SETTLEMENT_COLUMNS);
    let events = &built.events;
    for event in events {
        grid.row(settlement(event));
    }
    let totals = |figure: fn(&Event) -> Yen| sum(events.iter().map(figure));
    let whole = &built.datasets.settlement;
    grid.total([
        "合計".into(),
        Cell::Blank,
        totals(|e| e.data.settlement.gross),
        totals(|e| e.data.settlement.discounts),
        whole.net.into(),
        whole.tax.into(),
        whole.total.into(),
        Cell::Count(whole.guests.total().unwrap_or(0)),
        Cell::Count(whole.checks),
        Cell::Count(whole.voids),
        totals(|e| e.data.settlement.cash.opening_float),
        totals(|e| moved(e, MovementKind::In)),
        totals(|e| moved(e, MovementKind::Out)),
        totals(|e| e.data.settlement.cash.expected),
        totals(|e| e.data.settlement.cash.counted.as_ref().map_or(Yen::ZERO, |counted| counted.total)),
        totals(|e| e.data.settlement.cash.over_short.unwrap_or_default()),
        totals(|e| e.data.settlement.cash.bank_deposit),
        totals(|e| e.data.settlement.cash.carry_over),
    ]);
    grid
}

fn settlement(event: &Event) -> Vec<Cell> {
    let (totals, cash) = (&event.data.settlement, &event.data.settlement.cash);
    vec![
        event.register.name.as_str().into(),
        event.settlement.z_number.to_string().into(),
        totals.gross.into(),
        totals.discounts.into(),
        totals.net.into(),
        totals.tax.into(),
        totals.total.into(),
        Cell::Count(totals.guests.total().unwrap_or(0)),
        Cell::Count(totals.checks),
        Cell::Count(totals.voids),
        cash.opening_float.into(),
        moved(event, MovementKind::In).into(),
        moved(event, MovementKind::Out).into(),
        cash.expected.into(),
        cash.counted.as_ref().map_or_else(|| "未計数".into(), |counted| counted.total.into()),
        cash.over_short.map_or(Cell::Blank, Cell::from),
        cash.bank_deposit.into(),
        cash.carry_over.into(),
    ]
}

fn moved(event: &Event, kind: MovementKind) -> Yen {
    let movements = event.data.settlement.cash.movements.iter().filter(|movement| movement.kind == kind);
    movements.fold(Yen::ZERO, |sum, movement| Yen(sum.0.saturating_add(movement.amount.0)))
}

fn rates(built: &Built) -> Grid {
    let mut grid =
        Grid::new("rates", "税率別売上", &[("税区分", false), ("税抜", true), ("消費税", true), ("税込", true)]);
    let whole = &built.datasets.settlement;
    for RateTotals { tax_class, net, tax, total } in &whole.rates {
        grid.row([words::tax_class(*tax_class).into(), (*net).into(), (*tax).into(), (*total).into()]);
    }
    grid.total(["合計".into(), whole.net.into(), whole.tax.into(), whole.total.into()]);
    grid
}

fn non_sales(built: &Built) -> Grid {
    let mut grid = Grid::new("non_sales", "売上以外の入金", &[("種類", false), ("件数", true), ("金額", true)]);
    let rows = &built.datasets.settlement.non_sales;
    for row in rows {
        grid.row([words::line_kind(row.kind).into(), Cell::Count(row.count), row.amount.into()]);
    }
    grid.total(["合計".into(), count(rows.iter().map(|r| r.count)), sum(rows.iter().map(|r| r.amount))]);
    grid
}

/// 2 時間帯別売上
fn hours(built: &Built) -> Grid {
    let columns =
        [("時間帯", false), ("税抜", true), ("消費税", true), ("税込", true), ("客数", true), ("会計数", true)];
    let mut grid = Grid::new("hourly_sales", "時間帯別売上", &columns);
    let rows = &built.datasets.hourly_sales;
    for r in rows {
        let link = Cell::Link(r.hour.to_string(), format!("{}/checks?hour={}", day_path(built), r.hour.get()));
        grid.row([link, r.net.into(), r.tax.into(), r.total.into(), Cell::Count(r.guests), Cell::Count(r.checks)]);
    }
    grid.total([
        "合計".into(),
        sum(rows.iter().map(|r| r.net)),
        sum(rows.iter().map(|r| r.tax)),
        sum(rows.iter().map(|r| r.total)),
        count(rows.iter().map(|r| r.guests)),
        count(rows.iter().map(|r| r.checks)),
    ]);
    grid
}

fn day_path(built: &Built) -> String {
    built.events.first().map_or_else(String::new, |event| format!("/days/{}/{}", event.store.id, event.business_date))
}

/// 5 支払方法別売上
fn payments(built: &Built, labels: &Labels) -> Grid {
    let columns = [
        ("支払科目", false),
        ("支払種目", false),
        ("取込コード", false),
        ("FLAROの科目", false),
        ("件数", true),
        ("金額（税込）", true),
        ("うち売上以外", true),
        ("釣りなし余り", true),
        ("税率別の内訳", false),
    ];
    let mut grid = Grid::new("payment_sales", "支払方法別売上", &columns);
    let rows = &built.datasets.payment_sales;
    for r in rows {
        let rate = |rate: &sales::PaymentRate| {
            format!("{} {}", words::tax_class(rate.tax_class), web::format::yen(rate.amount.0))
        };
        grid.row([
            r.name.as_str().into(),
            r.kind.label().into(),
            r.code.as_str().into(),
            subject(labels, r.code.as_str()),
            Cell::Count(r.count),
            r.amount.into(),
            r.non_sales.into(),
            r.surplus.into(),
            r.rates.iter().map(rate).collect::<Vec<_>>().join("・").into(),
        ]);
    }
    grid.total([
        "合計".into(),
        Cell::Blank,
        Cell::Blank,
        Cell::Blank,
        count(rows.iter().map(|r| r.count)),
        sum(rows.iter().map(|r| r.amount)),
        sum(rows.iter().map(|r| r.non_sales)),
        sum(rows.iter().map(|r| r.surplus)),
        Cell::Blank,
    ]);
    grid
}

/// 6 広告媒体別売上
fn media(built: &Built, labels: &Labels) -> Grid {
    let columns = [
        ("広告媒体", false),
        ("取込コード", false),
        ("FLAROの科目", false),
        ("会計数", true),
        ("客数", true),
        ("税抜", true),
        ("消費税", true),
        ("税込", true),
    ];
    let mut grid = Grid::new("media_sales", "広告媒体別売上", &columns);
    let rows = &built.datasets.media_sales;
    for r in rows {
        grid.row([
            r.name.as_str().into(),
            r.code.as_ref().map_or(Cell::Blank, |code| code.as_str().into()),
            subject(labels, r.code.as_ref().map_or("", |code| code.as_str())),
            Cell::Count(r.checks),
            Cell::Count(r.guests),
            r.net.into(),
            r.tax.into(),
            r.total.into(),
        ]);
    }
    grid.total([
        "合計".into(),
        Cell::Blank,
        Cell::Blank,
        count(rows.iter().map(|r| r.checks)),
        count(rows.iter().map(|r| r.guests)),
        sum(rows.iter().map(|r| r.net)),
        sum(rows.iter().map(|r| r.tax)),
        sum(rows.iter().map(|r| r.total)),
    ]);
    grid
}

/// 8 値引・割引情報
fn discounts(built: &Built, labels: &Labels) -> Grid {
    let columns = [
        ("値引名称", false),
        ("取込コード", false),
        ("FLAROの科目", false),
        ("対象", false),
        ("件数", true),
        ("金額", true),
    ];
    let mut grid = Grid::new("discounts", "値引・割引情報", &columns);
    let rows = &built.datasets.discounts;
    for r in rows {
        grid.row([
            r.name.as_str().into(),
            r.code.as_str().into(),
            subject(labels, r.code.as_str()),
            words::discount_scope(r.scope).into(),
            Cell::Count(r.count),
            r.amount.into(),
        ]);
    }
    grid.total([
        "合計".into(),
        Cell::Blank,
        Cell::Blank,
        Cell::Blank,
        count(rows.iter().map(|r| r.count)),
        sum(rows.iter().map(|r| r.amount)),
    ]);
    grid
}
