//! 連携内容: the eight datasets of a settlement as tables, in the order and by the names FLARO gets them.

mod takings;

use jiff::tz::TimeZone;
use sales::{
    Check, Datasets, DiscountScope, LineKind, ProductHourlySales, ProductSales, Service, Settlement, TaxClass, TaxKind,
};
use web::format::time_of;

use super::grid::{Cell, Grid, figure, text};
use super::states;

/// All eight.
pub fn grids(facts: &Settlement, computed: &Datasets, zone: &TimeZone) -> Vec<Grid> {
    vec![
        takings::rates(computed),
        takings::drawer(facts, computed),
        hours(computed),
        products(computed),
        product_hours(computed),
        payments(computed),
        media(computed),
        checks(facts, zone),
        discounts(computed),
    ]
}

/// `標準10%`, `軽減8%`, `非課税`, `不課税`
pub fn tax_class(class: TaxClass) -> String {
    match class.kind {
        TaxKind::Standard => format!("標準{}%", class.percent),
        TaxKind::Reduced => format!("軽減{}%", class.percent),
        TaxKind::Exempt => "非課税".to_owned(),
        TaxKind::OutOfScope => "不課税".to_owned(),
    }
}

/// 店内 or 持ち帰り
pub fn service(service: Service) -> &'static str {
    match service {
        Service::EatIn => "イートイン",
        Service::Takeout => "テイクアウト",
    }
}

/// What a line is when it is no sale.
pub fn line_kind(kind: LineKind) -> &'static str {
    match kind {
        LineKind::Sale => "売上",
        LineKind::GiftCard => "商品券販売",
        LineKind::Deposit => "預り金",
        LineKind::CreditCollection => "掛売回収",
    }
}

fn hours(computed: &Datasets) -> Grid {
    let columns =
        vec![text("時間帯"), figure("税抜"), figure("消費税"), figure("税込"), figure("客数"), figure("会計数")];
    let row = |row: &sales::HourlySales| {
        vec![
            Cell::text(row.hour.to_string()),
            Cell::Yen(row.net.0),
            Cell::Yen(row.tax.0),
            Cell::Yen(row.total.0),
            Cell::Count(row.guests),
            Cell::Count(row.checks),
        ]
    };
    Grid::new("hourly_sales", "時間帯別売上", columns).rows(computed.hourly_sales.iter().map(row))
}

fn products(computed: &Datasets) -> Grid {
    let columns = vec![
        text("商品"),
        text("カテゴリ"),
        text("税区分"),
        text("提供"),
        figure("点数"),
        figure("値引前"),
        figure("値引・割引"),
        figure("税抜"),
        figure("消費税"),
        figure("税込"),
        figure("原価"),
    ];
    let row = |row: &ProductSales| {
        vec![
            Cell::text(&row.name),
            Cell::text(&row.category),
            Cell::text(tax_class(row.tax_class)),
            Cell::text(service(row.service)),
            Cell::Count(row.quantity),
            Cell::Yen(row.gross.0),
            Cell::Yen(row.discount.0),
            Cell::Yen(row.net.0),
            Cell::Yen(row.tax.0),
            Cell::Yen(row.total.0),
            Cell::Yen(row.cost.0),
        ]
    };
    Grid::new("product_sales", "商品別売上", columns).rows(computed.product_sales.iter().map(row))
}

fn product_hours(computed: &Datasets) -> Grid {
    let name = |row: &ProductHourlySales| {
        let named = computed.product_sales.iter().find(|product| product.product_id == row.product_id);
        named.map_or_else(|| row.product_id.to_string(), |product| product.name.clone())
    };
    let columns = vec![
        text("商品"),
        text("税区分"),
        text("提供"),
        text("時間帯"),
        figure("点数"),
        figure("税抜"),
        figure("消費税"),
        figure("税込"),
    ];
    let row = |row: &ProductHourlySales| {
        vec![
            Cell::text(name(row)),
            Cell::text(tax_class(row.tax_class)),
            Cell::text(service(row.service)),
            Cell::text(row.hour.to_string()),
            Cell::Count(row.quantity),
            Cell::Yen(row.net.0),
            Cell::Yen(row.tax.0),
            Cell::Yen(row.total.0),
        ]
    };
    Grid::new("product_hourly_sales", "商品時間帯別売上", columns).rows(computed.product_hourly_sales.iter().map(row))
}

fn payments(computed: &Datasets) -> Grid {
    let columns = vec![
        text("支払種目"),
        text("支払科目"),
        text("取込コード"),
        text("税区分"),
        figure("件数"),
        figure("金額（税込）"),
        figure("お釣りの出ない余り"),
    ];
    let mut rows = Vec::new();
    for method in &computed.payment_sales {
        let line = |part: String, count: i64, amount: i64, surplus: Cell| {
            let (kind, name, code) = (method.kind.label(), &method.name, method.code.as_str());
            let head = [Cell::text(kind), Cell::text(name), Cell::text(code), Cell::Text(part)];
            head.into_iter().chain([Cell::Count(count), Cell::Yen(amount), surplus]).collect::<Vec<_>>()
        };
        rows.push(line("計".to_owned(), method.count, method.amount.0, Cell::Yen(method.surplus.0)));
        for rate in &method.rates {
            rows.push(line(tax_class(rate.tax_class), rate.count, rate.amount.0, Cell::text("")));
        }
    }
    let mut grid = Grid::new("payment_sales", "支払方法別売上", columns).rows(rows);
    "件数は、税率ごとに足しても計と一致しないことがあります（1件の支払が複数の税率にまたがるため）。"
        .clone_into(&mut grid.note);
    grid
}

fn media(computed: &Datasets) -> Grid {
    let columns = vec![
        text("広告媒体"),
        text("取込コード"),
        figure("会計数"),
        figure("客数"),
        figure("税抜"),
        figure("消費税"),
        figure("税込"),
    ];
    let row = |row: &sales::MediaSales| {
        vec![
            Cell::text(&row.name),
            Cell::text(row.code.as_ref().map_or("", |code| code.as_str())),
            Cell::Count(row.checks),
            Cell::Count(row.guests),
            Cell::Yen(row.net.0),
            Cell::Yen(row.tax.0),
            Cell::Yen(row.total.0),
        ]
    };
    Grid::new("media_sales", "広告媒体別売上", columns).rows(computed.media_sales.iter().map(row))
}

fn checks(facts: &Settlement, zone: &TimeZone) -> Grid {
    let columns = vec![
        text("伝票"),
        text("会計時刻"),
        text("種類"),
        figure("客数"),
        figure("税抜"),
        figure("消費税"),
        figure("支払合計"),
        text("支払"),
        text("担当"),
    ];
    let row = |check: &Check| {
        let sales = check.sales().unwrap_or_default();
        let paid: Vec<&str> = check.payments.iter().map(|payment| payment.method.name.as_str()).collect();
        let reversed = facts.checks.iter().any(|other| other.reverses == Some(check.id));
        vec![
            Cell::Link(check.slip.to_string(), format!("/checks/{}", check.id)),
            Cell::text(time_of(check.business_date, check.paid_at, zone)),
            states::check(check.reverses.is_some(), reversed),
            Cell::Count(check.guests.total().unwrap_or_default()),
            Cell::Yen(sales.net.0),
            Cell::Yen(sales.tax.0),
            Cell::Yen(check.total.0),
            Cell::text(paid.join("・")),
            Cell::text(&check.staff),
        ]
    };
    Grid::new("checks", "会計情報", columns).rows(facts.checks.iter().map(row))
}

fn discounts(computed: &Datasets) -> Grid {
    let columns = vec![text("値引名称"), text("取込コード"), text("対象"), figure("回数"), figure("金額")];
    let row = |row: &sales::DiscountSales| {
        let scope = match row.scope {
            DiscountScope::Line => "明細",
            DiscountScope::Check => "会計",
        };
        let (name, code) = (Cell::text(&row.name), Cell::text(row.code.as_str()));
        vec![name, code, Cell::text(scope), Cell::Count(row.count), Cell::Yen(row.amount.0)]
    };
    Grid::new("discounts", "値引・割引情報", columns).rows(computed.discounts.iter().map(row))
}
