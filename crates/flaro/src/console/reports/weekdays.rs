//! 曜日別売上: what a weekday brings, in all and on average.

use super::{Asked, Report, Section, daily, monthly, shape::share};
use crate::{
    FlaroError,
    console::{
        grid::{Cell, Grid},
        yen_per_guest,
    },
    reports::StoreDay,
};
use db::Tx;
use web::{
    chart::{Chart, Drawn},
    format,
};

pub(super) async fn report(tx: &mut Tx, asked: &Asked) -> Result<Report, FlaroError> {
    let days = monthly::by_date(tx, asked, asked.period()).await?;
    let mut weekdays: [(i64, StoreDay); 7] = std::array::from_fn(|_| (0, StoreDay::default()));
    for (date, day) in &days {
        let (dates, sum) = &mut weekdays[usize::from(date.weekday().to_monday_zero_offset().unsigned_abs())];
        *dates += 1;
        sum.add(day);
    }
    let all = StoreDay::sum(days.values());
    let kpis = daily::kpis(asked, &all);
    let section = if days.is_empty() {
        Section::new(grid(asked, &[], &all, 0))
    } else {
        let average = |(dates, sum): &(i64, StoreDay)| per(asked.tax.of(sum.net, sum.total), *dates);
        let chart = Chart::new("weekdays-chart", asked.tax.heading("曜日別の1日平均売上"), NAMES)
            .written(format::yen)
            .series("1日平均", Drawn::Bars, weekdays.iter().map(average));
        let dates = i64::try_from(days.len()).unwrap_or(i64::MAX);
        Section::new(grid(asked, &weekdays, &all, dates)).chart(chart.html())
    };
    Ok(Report { kpis, sections: vec![section], ..Report::default() })
}

const NAMES: [&str; 7] = ["月", "火", "水", "木", "金", "土", "日"];

/// An average in yen or heads, rounded half up; none of no days.
pub(super) fn per(sum: i64, dates: i64) -> Option<i64> {
    yen_per_guest(sum, dates)
}

fn grid(asked: &Asked, weekdays: &[(i64, StoreDay)], all: &StoreDay, dates: i64) -> Grid {
    let columns = [
        ("曜日".to_owned(), false),
        ("日数".to_owned(), true),
        (asked.tax.heading("売上"), true),
        ("構成比".to_owned(), true),
        (asked.tax.heading("1日平均"), true),
        ("客数".to_owned(), true),
        ("1日平均客数".to_owned(), true),
        (asked.tax.heading("客単価"), true),
        ("会計数".to_owned(), true),
    ];
    let mut grid = Grid::with("weekdays", "曜日別売上", columns);
    let whole = asked.tax.of(all.net, all.total);
    for (name, (dates, sum)) in NAMES.iter().zip(weekdays) {
        grid.row(row(asked, format!("{name}曜日").into(), *dates, sum, whole));
    }
    grid.total(row(asked, "合計".into(), dates, all, whole));
    grid
}

fn row(asked: &Asked, first: Cell, dates: i64, sum: &StoreDay, whole: i64) -> [Cell; 9] {
    let amount = asked.tax.of(sum.net, sum.total);
    let average = |sum: i64| per(sum, dates);
    [
        first,
        Cell::Count(dates),
        Cell::Yen(amount),
        share(amount, whole).into(),
        average(amount).map_or(Cell::Blank, Cell::Yen),
        Cell::Count(sum.guests),
        average(sum.guests).map_or(Cell::Blank, Cell::Count),
        yen_per_guest(amount, sum.guests).map_or(Cell::Blank, Cell::Yen),
        Cell::Count(sum.checks),
    ]
}
