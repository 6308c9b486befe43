//! 現金過不足: the drawers of settlements, and how far what was counted is off.

use super::{Asked, Report, Section};
use crate::{
    FlaroError,
    console::grid::{Cell, Grid},
    reports::{self, Drawer, DrawerSums},
};
use db::Tx;
use jiff::civil::Date;
use std::collections::HashMap;
use web::{
    Html,
    chart::{Chart, Drawn},
    download::ROWS_MAX,
    figures::Figure,
    format,
    ui::{self, Icon, Tone},
};

const CHOICES: [(&str, &str); 3] = [("", "すべて"), ("off", "過不足のある精算"), ("uncounted", "未計数の精算")];
/// As many lines a page shows; a file has all.
const SHOWN: usize = 500;

pub(super) async fn report(tx: &mut Tx, asked: &Asked) -> Result<Report, FlaroError> {
    let which = CHOICES.iter().find(|(key, _)| *key == asked.form.text("which")).map_or("", |(key, _)| *key);
    let most = if asked.query.get("format").is_empty() { SHOWN } else { ROWS_MAX + 1 };
    let drawers = reports::drawers(tx, &asked.range, which, i64::try_from(most).unwrap_or(i64::MAX)).await?;
    let days = reports::drawer_sums(tx, &asked.range, which).await?;
    let all = DrawerSums::sum(&days);
    let mut section = Section::new(grid(asked, &drawers, &all)).chart(chart(asked, &days));
    let left_out = all.settlements.saturating_sub(i64::try_from(drawers.len()).unwrap_or(i64::MAX));
    if left_out > 0 {
        let left_out = format::thousands(left_out);
        section = section.note(format!(
            "新しい順に{SHOWN}件を表示しています。ほかに{left_out}件あり、CSV・Excelにはすべて入ります。合計は全件のものです。"
        ));
    }
    let which = asked.form.field("which", "精算").select(&CHOICES);
    Ok(Report { kpis: kpis(&all), sections: vec![section], filters: vec![which], wide: true, ..Report::default() })
}

fn kpis(all: &DrawerSums) -> Vec<Figure> {
    if all.settlements == 0 {
        return Vec::new();
    }
    let count = format::thousands;
    vec![
        Figure::new("過不足の合計", format::yen(all.over_short())),
        Figure::new("過剰", format::yen(all.over)),
        Figure::new("不足", format::yen(all.short)),
        Figure::new("過不足のある精算", format!("{}件", count(all.off))).note(Html::text(&format!(
            "全{}件・未計数{}件",
            count(all.settlements),
            count(all.uncounted)
        ))),
    ]
}

fn grid(asked: &Asked, drawers: &[Drawer], all: &DrawerSums) -> Grid {
    let columns = [
        ("営業日", false),
        ("店舗", false),
        ("レジ", false),
        ("Z番号", true),
        ("精算時刻", false),
        ("釣銭準備金", true),
        ("入金", true),
        ("出金", true),
        ("あるべき現金", true),
        ("現金在高", true),
        ("過不足", true),
        ("銀行預入", true),
        ("繰越", true),
    ];
    let mut grid = Grid::new("drawers", "精算ごとの現金", &columns);
    for drawer in drawers {
        grid.row([
            Cell::Link(format::date_weekday(drawer.date), format!("/days/{}/{}", drawer.store, drawer.date)),
            asked.store_name(&drawer.store).into(),
            drawer.register.as_str().into(),
            drawer.z_number.to_string().into(),
            format::time_of(drawer.date, drawer.closed_at, &asked.zone).into(),
            Cell::Yen(drawer.opening_float),
            Cell::Yen(drawer.cash_in),
            Cell::Yen(drawer.cash_out),
            Cell::Yen(drawer.expected),
            drawer.counted.map_or_else(uncounted, Cell::Yen),
            drawer.over_short.map_or(Cell::Blank, Cell::Yen),
            Cell::Yen(drawer.bank_deposit),
            Cell::Yen(drawer.carry_over),
        ]);
    }
    let blank = std::iter::repeat_n(Cell::Blank, 4);
    grid.total(std::iter::once("合計".into()).chain(blank).chain([
        Cell::Yen(all.opening_float),
        Cell::Yen(all.cash_in),
        Cell::Yen(all.cash_out),
        Cell::Yen(all.expected),
        Cell::Yen(all.counted),
        Cell::Yen(all.over_short()),
        Cell::Yen(all.bank_deposit),
        Cell::Yen(all.carry_over),
    ]));
    grid
}

fn uncounted() -> Cell {
    Cell::Shown(ui::chip_with(Tone::Warn, Icon::Ring, "未計数"), "未計数".to_owned())
}

fn chart(asked: &Asked, days: &[(Date, DrawerSums)]) -> Html {
    let by_date: HashMap<Date, i64> = days.iter().map(|(date, sums)| (*date, sums.over_short())).collect();
    let dates: Vec<_> = asked.period().days().collect();
    Chart::new("cash-chart", "日別の過不足", dates.iter().map(|date| format!("{}/{}", date.month(), date.day())))
        .wide()
        .written(format::yen)
        .series("過不足", Drawn::Bars, dates.iter().map(|date| by_date.get(date).copied()))
        .html()
}
