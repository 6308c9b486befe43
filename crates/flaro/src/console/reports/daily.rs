//! 売上日報: a day of each store, and how it fell out over the hours, the payments and the discounts.

use super::{Asked, Kind, Report, Section, hours, payments};
use crate::{
    FlaroError,
    console::{
        grid::{Cell, Grid},
        per_guest, yen_per_guest,
    },
    days::{self, DayState},
    reports::{self, Behind, By, StoreDay},
    rollup::Part,
};
use db::Tx;
use std::collections::HashMap;
use web::{Html, figures::Figure, format};

pub(super) async fn report(tx: &mut Tx, asked: &Asked, behind: &Behind) -> Result<Report, FlaroError> {
    let date = asked.period().from;
    let days = reports::store_days(tx, &asked.range, true, false).await?;
    let states = days::range(tx, &asked.range.scope, date, date).await?;
    let states: HashMap<String, DayState> = asked
        .chosen()
        .map(|store| {
            let day = states.iter().find(|day| day.store_id == store.id);
            (store.id.to_string(), DayState::of(store, date, day, asked.now))
        })
        .collect();
    let hourly = reports::totals(tx, &asked.range, Part::Hour, By::hour()).await?;
    let week_before = asked.range.during(asked.period().back(7));
    let hourly_before = reports::totals(tx, &week_before, Part::Hour, By::hour()).await?;
    let mut sections = vec![Section::new(stores(asked, &days, &states, behind))];
    sections.push(Section::new(hours::grid(asked, &hourly)).chart(hours::chart(
        asked,
        &hourly,
        Some(("前週同曜日", &hourly_before)),
    )));
    sections.push(Section::new(payments::grid(asked, &payments::read(tx, asked).await?)));
    sections.push(Section::new(super::discounts::grid(asked, &super::discounts::read(tx, asked).await?)));
    Ok(Report { kpis: kpis(asked, &StoreDay::sum(&days)), sections, ..Report::default() })
}

/// The figures on top of a report over days.
pub(super) fn kpis(asked: &Asked, sum: &StoreDay) -> Vec<Figure> {
    let tax = asked.tax;
    let other = match tax {
        super::Tax::Excluded => format!("税込 {}・うち消費税 {}", format::yen(sum.total), format::yen(sum.tax)),
        super::Tax::Included => format!("税抜 {}・うち消費税 {}", format::yen(sum.net), format::yen(sum.tax)),
    };
    let amount = tax.of(sum.net, sum.total);
    vec![
        Figure::new(tax.heading("売上"), format::yen(amount)).note(Html::text(&other)),
        Figure::new("客数", format!("{}名", format::thousands(sum.guests))),
        Figure::new(tax.heading("客単価"), per_guest(amount, sum.guests)),
        Figure::new("会計数", format!("{}件", format::thousands(sum.checks)))
            .note(Html::text(&format!("うち赤伝票 {}件", format::thousands(sum.voids))))
            .link(asked.link(Kind::Checks, asked.period())),
    ]
}

/// The columns that tell about a day, whatever stands before them.
pub(super) const FIGURES: [(&str, bool); 8] = [
    ("税抜", true),
    ("消費税", true),
    ("税込", true),
    ("客数", true),
    ("客単価", true),
    ("会計数", true),
    ("値引", true),
    ("赤伝票", true),
];

/// The cells below [`FIGURES`].
pub(super) fn figures(asked: &Asked, day: &StoreDay) -> [Cell; 8] {
    [
        Cell::Yen(day.net),
        Cell::Yen(day.tax),
        Cell::Yen(day.total),
        Cell::Count(day.guests),
        yen_per_guest(asked.tax.of(day.net, day.total), day.guests).map_or(Cell::Blank, Cell::Yen),
        Cell::Count(day.checks),
        Cell::Yen(day.discounts),
        Cell::Count(day.voids),
    ]
}

/// The headings, with 税抜 or 税込 where it isn't said.
pub(super) fn headings(asked: &Asked, before: &[&str], after: &[&str]) -> Vec<(String, bool)> {
    let text = |label: &&str| ((*label).to_owned(), false);
    let figure = |(label, numeric): &(&str, bool)| match *label {
        "客単価" => (asked.tax.heading(label), *numeric),
        label => (label.to_owned(), *numeric),
    };
    before.iter().map(text).chain(FIGURES.iter().map(figure)).chain(after.iter().map(text)).collect()
}

fn stores(asked: &Asked, days: &[StoreDay], states: &HashMap<String, DayState>, behind: &Behind) -> Grid {
    let date = asked.period().from;
    let mut grid = Grid::with("stores", "店舗別", headings(asked, &["店舗"], &["営業日の状態"]));
    let by_store: HashMap<&str, &StoreDay> = days.iter().map(|day| (day.store.as_str(), day)).collect();
    for store in asked.chosen() {
        let id = store.id.to_string();
        let state = states.get(&id).copied().unwrap_or(DayState::Outside);
        let day = by_store.get(id.as_str()).copied();
        if day.is_none() && state == DayState::Outside {
            continue;
        }
        let name = Cell::Link(store.name.clone(), format!("/days/{id}/{date}"));
        let cells = day.map_or_else(|| std::array::from_fn(|_| Cell::Blank), |day| figures(asked, day));
        let state = if behind.waits(&id, date) {
            Cell::Shown(
                state.chip().then(&Html::text(" ")).then(&super::waits()),
                format!("{}（集計中）", state.word()),
            )
        } else {
            Cell::Shown(state.chip(), state.word())
        };
        grid.row(std::iter::once(name).chain(cells).chain([state]));
    }
    let sum = StoreDay::sum(days);
    grid.total(std::iter::once("合計".into()).chain(figures(asked, &sum)).chain([Cell::Blank]));
    grid
}
