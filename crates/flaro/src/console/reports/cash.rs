//! 現金過不足: the drawers of settlements, and how far what was counted is off.

use super::{Asked, Report, Section};
use crate::{
    FlaroError,
    console::grid::{Cell, Grid},
    reports::{self, Drawer},
};
use db::Tx;
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
    let limit = i64::try_from(ROWS_MAX + 1).unwrap_or(i64::MAX);
    let drawers = reports::drawers(tx, &asked.range, which, limit).await?;
    let section = Section::new(grid(asked, &drawers)).chart(chart(asked, &drawers));
    let left_out = drawers.len().saturating_sub(SHOWN);
    let section = if left_out > 0 && asked.query.get("format").is_empty() {
        section.note(format!(
            "新しい順に{SHOWN}件を表示しています。ほかに{left_out}件あり、CSV・Excelにはすべて入ります。"
        ))
    } else {
        section
    };
    let which = asked.form.field("which", "精算").select(&CHOICES);
    Ok(Report { kpis: kpis(&drawers), sections: vec![section], filters: vec![which], wide: true, ..Report::default() })
}

fn over_short(drawers: &[Drawer]) -> impl Iterator<Item = i64> {
    drawers.iter().filter_map(|drawer| drawer.over_short)
}

fn kpis(drawers: &[Drawer]) -> Vec<Figure> {
    if drawers.is_empty() {
        return Vec::new();
    }
    let sum = |keep: fn(&i64) -> bool| over_short(drawers).filter(keep).fold(0, i64::saturating_add);
    let off = over_short(drawers).filter(|off| *off != 0).count();
    let uncounted = drawers.iter().filter(|drawer| drawer.counted.is_none()).count();
    vec![
        Figure::new("過不足の合計", format::yen(sum(|_| true))),
        Figure::new("過剰", format::yen(sum(|off| *off > 0))),
        Figure::new("不足", format::yen(sum(|off| *off < 0))),
        Figure::new("過不足のある精算", format!("{off}件"))
            .note(Html::text(&format!("全{}件・未計数{uncounted}件", drawers.len()))),
    ]
}

fn grid(asked: &Asked, drawers: &[Drawer]) -> Grid {
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
    let shown = if asked.query.get("format").is_empty() { SHOWN } else { usize::MAX };
    for drawer in drawers.iter().take(shown) {
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
    let sum = |figure: fn(&Drawer) -> i64| Cell::Yen(drawers.iter().map(figure).fold(0, i64::saturating_add));
    let blank = std::iter::repeat_n(Cell::Blank, 4);
    grid.total(std::iter::once("合計".into()).chain(blank).chain([
        sum(|d| d.opening_float),
        sum(|d| d.cash_in),
        sum(|d| d.cash_out),
        sum(|d| d.expected),
        sum(|d| d.counted.unwrap_or(0)),
        sum(|d| d.over_short.unwrap_or(0)),
        sum(|d| d.bank_deposit),
        sum(|d| d.carry_over),
    ]));
    grid
}

fn uncounted() -> Cell {
    Cell::Shown(ui::chip_with(Tone::Warn, Icon::Ring, "未計数"), "未計数".to_owned())
}

fn chart(asked: &Asked, drawers: &[Drawer]) -> Html {
    let dates: Vec<_> = asked.period().days().collect();
    let of = |date: &jiff::civil::Date| {
        let mut off =
            drawers.iter().filter(|drawer| drawer.date == *date).filter_map(|drawer| drawer.over_short).peekable();
        off.peek().is_some().then(|| off.fold(0, i64::saturating_add))
    };
    Chart::new("cash-chart", "日別の過不足", dates.iter().map(|date| format!("{}/{}", date.month(), date.day())))
        .wide()
        .written(format::yen)
        .series("過不足", Drawn::Bars, dates.iter().map(of))
        .html()
}
