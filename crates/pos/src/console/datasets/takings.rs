//! 精算情報: tax rates, discounts, voids, non-sales and the drawer.

use sales::{Datasets, MovementKind, Settlement};

use super::super::grid::{Cell, Grid, figure, text};
use super::{line_kind, tax_class};

/// Per tax rate.
pub fn rates(computed: &Datasets) -> Grid {
    let totals = &computed.settlement;
    let columns = vec![text("税区分"), figure("税抜"), figure("消費税"), figure("税込")];
    let row = |rate: &sales::RateTotals| {
        vec![
            Cell::text(tax_class(rate.tax_class)),
            Cell::Yen(rate.net.0),
            Cell::Yen(rate.tax.0),
            Cell::Yen(rate.total.0),
        ]
    };
    let mut grid = Grid::new("rates", "精算情報（税率別）", columns).rows(totals.rates.iter().map(row));
    grid.foot = vec![Cell::text("合計"), Cell::Yen(totals.net.0), Cell::Yen(totals.tax.0), Cell::Yen(totals.total.0)];
    grid
}

/// The rest of dataset 1: discounts, voids, non-sales and the drawer.
pub fn drawer(facts: &Settlement, computed: &Datasets) -> Grid {
    let (totals, cash) = (&computed.settlement, &facts.cash);
    let mut rows = vec![
        vec![Cell::text("値引前の売上"), Cell::Yen(totals.gross.0)],
        vec![Cell::text("値引・割引"), Cell::Yen(totals.discounts.0)],
        vec![Cell::text("赤伝票（枚）"), Cell::Count(totals.voids)],
    ];
    rows.extend(
        totals.non_sales.iter().map(|row| {
            vec![Cell::text(format!("{}（{}件）", line_kind(row.kind), row.count)), Cell::Yen(row.amount.0)]
        }),
    );
    rows.push(vec![Cell::text("釣銭準備金"), Cell::Yen(cash.opening_float.0)]);
    rows.extend(cash.movements.iter().map(|movement| {
        let (word, amount) = match movement.kind {
            MovementKind::In => ("入金", movement.amount.0),
            MovementKind::Out => ("出金", movement.amount.0.saturating_neg()),
        };
        vec![Cell::text(format!("{word}：{}", movement.reason)), Cell::Yen(amount)]
    }));
    rows.push(vec![Cell::text("現金のあるべき額"), Cell::Yen(cash.expected.0)]);
    if let Some(counted) = &cash.counted {
        let pieces = counted.denominations.iter();
        rows.extend(
            pieces.map(|piece| vec![Cell::text(format!("　{}円（枚）", piece.face)), Cell::Count(piece.count)]),
        );
    }
    let counted = cash.counted.as_ref().map(|counted| counted.total.0);
    rows.push(vec![Cell::text("現金在高"), Cell::yen_or(counted, "未計数")]);
    rows.push(vec![Cell::text("過不足"), Cell::yen_or(cash.over_short.map(|over| over.0), "未計数")]);
    rows.push(vec![Cell::text("銀行預入"), Cell::Yen(cash.bank_deposit.0)]);
    rows.push(vec![Cell::text("繰越"), Cell::Yen(cash.carry_over.0)]);
    Grid::new("cash", "精算情報（値引・現金）", vec![text("項目"), figure("金額")]).rows(rows)
}
