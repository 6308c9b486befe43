//! 連携カレンダー of one store: a month, each day with its word, what it is made of, and 再送.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Redirect};
use jiff::civil::{Date, Weekday};
use sales::StoreId;
use web::format::date;
use web::html::Html;
use web::ui;
use web::{Failure, Flash, ListQuery, PageResult};

use super::month::{legend, look, month_of, month_word, months_around, sheet};
use super::{HERE, month, resend_href, tabs};
use crate::accounts::Viewer;
use crate::calendar::word::Word;
use crate::calendar::{Day, StoreMonth, of_store};
use crate::console::shell;
use crate::{Pos, stores};

pub(super) const PATH: &str = "/deliveries/calendar";

#[derive(Template)]
#[template(path = "deliveries/calendar.html")]
struct CalendarPage {
    list: ListQuery,
    form: web::Form,
    stores: Vec<(String, String)>,
    month: Date,
    store: StoreMonth,
    /// From Monday to Sunday; none: a day of another month.
    weeks: Vec<Vec<Option<Day>>>,
    table: Html,
}

/// The page, or its days as a file. Without a store it is the overview of all.
pub(super) async fn show(State(pos): State<Arc<Pos>>, viewer: Viewer, flash: Flash, list: ListQuery) -> PageResult {
    viewer.must_be_head_office()?;
    if list.get("store").is_empty() {
        return Ok(Redirect::to(month::PATH).into_response());
    }
    let store: StoreId = list.get("store").parse().map_err(|_| Failure::not_found())?;
    let month = month_of(&pos, &list);
    let store = of_store(&pos, &viewer.tenant, store, month).await?.ok_or_else(Failure::not_found)?;
    let mut grid = sheet(std::slice::from_ref(&store));
    if let Some(file) = grid.file(&pos, &list, &store.store) {
        return file;
    }
    "一覧".clone_into(&mut grid.title);
    let names = stores::names(&pos, &viewer.tenant).await?;
    let mut form = list.form();
    form.set("month", month_word(month));
    let title = format!("連携カレンダー {}", store.store);
    let page = CalendarPage {
        weeks: weeks(&store.days),
        stores: names.into_iter().map(|(id, name)| (id.to_string(), name)).collect(),
        table: grid.html(&list),
        form,
        month,
        store,
        list,
    };
    let shell = shell(&pos, &viewer, &flash, title, month::PATH).await?;
    let shell = shell.crumb("連携状況", Some(HERE)).crumb("連携カレンダー", Some(month::PATH));
    Ok(shell.crumb(page.store.store.clone(), None).wide().render(page))
}

/// A store's month.
pub(super) fn href(store: &str, month: Date) -> String {
    format!("{PATH}?store={store}&month={}", month_word(month))
}

/// A store's day in the list of deliveries.
pub(super) fn day_href(store: &StoreMonth, day: Date) -> String {
    format!("{HERE}?store={}&from={day}&to={day}", store.store_id, day = date(day))
}

fn weeks(days: &[Day]) -> Vec<Vec<Option<Day>>> {
    let before = days.first().map_or(0, |day| day.date.weekday().to_monday_zero_offset());
    let mut cells: Vec<Option<Day>> = (0..before).map(|_| None).collect();
    cells.extend(days.iter().copied().map(Some));
    cells.resize(cells.len().next_multiple_of(7), None);
    cells.chunks(7).map(<[_]>::to_vec).collect()
}

impl CalendarPage {
    fn tabs() -> Html {
        tabs(month::PATH)
    }

    fn title(&self) -> String {
        self.month.strftime("%Y年%-m月").to_string()
    }

    fn around(&self) -> Html {
        months_around(&self.list, self.month)
    }

    fn legend() -> Html {
        legend()
    }

    fn class(&self, day: &Day) -> String {
        let (tone, _) = look(day.word);
        let today = if day.date == self.store.today { " today" } else { "" };
        format!("{}{today}", tone.class())
    }

    fn chip(day: &Day) -> Html {
        let (tone, icon) = look(day.word);
        ui::chip_with(tone, icon, day.word.label())
    }

    /// What the day is made of, in a few words.
    fn note(day: &Day) -> String {
        let (facts, events) = (day.facts, day.facts.events);
        let mut parts = Vec::new();
        if facts.settlements > 0 {
            parts.push(format!("精算{}件", facts.settlements));
        }
        if facts.settled_tills < facts.tills && matches!(day.word, Word::Partly | Word::Unsettled | Word::Running) {
            parts.push(format!("レジ{}台中{}台", facts.tills, facts.settled_tills));
        }
        if facts.open > 0 {
            parts.push(format!("開設中{}台", facts.open));
        }
        if events.no_receipt > 0 {
            parts.push(format!("受領証なし{}件", events.no_receipt));
        }
        parts.join("・")
    }

    fn deliveries(&self, day: &Day) -> String {
        day_href(&self.store, day.date)
    }

    fn settlements(&self, day: &Day) -> String {
        format!("/settlements?store={}&from={day}&to={day}", self.store.store_id, day = date(day.date))
    }

    /// 再送 of a day that has something to send again.
    fn again(&self, day: &Day) -> Option<String> {
        let events = day.facts.events;
        let sendable = events.delivered + events.waiting + events.retrying + events.attention + events.stopped > 0;
        sendable.then(|| resend_href(&self.store.store_id.to_string(), &date(day.date), &date(day.date)))
    }

    /// 再送 of the whole month.
    fn again_month(&self) -> String {
        let (first, last) = (self.month.first_of_month(), self.month.last_of_month());
        resend_href(&self.store.store_id.to_string(), &date(first), &date(last))
    }

    fn heads() -> impl Iterator<Item = &'static str> {
        (0..7).map(|n| web::format::weekday(Weekday::Monday.wrapping_add(n)))
    }

    /// What is missing first.
    fn missing(&self) -> Vec<&Day> {
        self.store.days.iter().filter(|day| day.word.is_missing()).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::calendar::word::Facts;

    #[test]
    fn a_month_stands_in_whole_weeks_from_monday() {
        let day = |n: i8| Day { date: Date::constant(2026, 11, n), word: Word::Blank, facts: Facts::default() };
        let days: Vec<Day> = (1..=30).map(day).collect();
        let weeks = weeks(&days);
        assert_eq!(weeks.len(), 6);
        assert!(weeks.iter().all(|week| week.len() == 7));
        assert_eq!(weeks[0].iter().position(Option::is_some), Some(6), "2026-11-01 is a Sunday");
        assert_eq!(weeks[5][0].unwrap().date.day(), 30);
    }
}
