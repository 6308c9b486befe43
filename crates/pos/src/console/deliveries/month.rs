//! 連携カレンダー, all stores: which days of a month are missing at FLARO, at a glance; a row a store, a column a day.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use jiff::civil::Date;
use jiff::{ToSpan, Zoned};
use web::format::{date_weekday, weekday};
use web::html::{Html, escape};
use web::ui::{self, Icon, Tone};
use web::{Flash, ListQuery, PageResult, download, table};

use super::{HERE, calendar, tabs};
use crate::Pos;
use crate::accounts::Viewer;
use crate::calendar::word::Word;
use crate::calendar::{Day, StoreMonth, of_stores};
use crate::console::grid::{Cell, Grid, figure, text, zone};
use crate::console::shell;

pub(super) const PATH: &str = "/deliveries/month";
const PER_PAGE: u64 = 50;

#[derive(Template)]
#[template(path = "deliveries/month.html")]
struct MonthPage {
    list: ListQuery,
    month: Date,
    days: Vec<Date>,
    stores: Vec<StoreMonth>,
    pager: Html,
}

/// The page, or every store's days as a file.
pub(super) async fn show(State(pos): State<Arc<Pos>>, viewer: Viewer, flash: Flash, list: ListQuery) -> PageResult {
    viewer.must_be_head_office()?;
    let month = month_of(&pos, &list);
    let (whole, asked) = (!list.get("format").is_empty(), list.clone());
    let all = (download::ROWS_MAX / 31) as u64;
    let page = move |n| if whole { (all, 0) } else { (PER_PAGE, table::offset(&asked, n, PER_PAGE)) };
    let (count, stores) = of_stores(&pos, &viewer.tenant, month, page).await?;
    if let Some(file) = sheet(&stores).file(&pos, &list, "全店舗") {
        return file;
    }
    let days = stores.first().map(|store| store.days.iter().map(|day| day.date).collect()).unwrap_or_default();
    let page = MonthPage { month, days, pager: table::pager(&list, count, PER_PAGE), stores, list };
    let shell = shell(&pos, &viewer, &flash, "連携カレンダー", PATH).await?;
    Ok(shell.crumb("連携状況", Some(HERE)).crumb("連携カレンダー", None).wide().render(page))
}

/// The month that is asked for as `2026-11`, or the one that runs.
pub(super) fn month_of(pos: &Pos, list: &ListQuery) -> Date {
    let asked = list.get("month").replace('/', "-");
    let asked = asked.split('-').take(2).collect::<Vec<_>>().join("-");
    let today = || Zoned::new(pos.now(), zone()).date();
    format!("{asked}-01").parse().unwrap_or_else(|_| today()).first_of_month()
}

/// `2026-11`
pub(super) fn month_word(month: Date) -> String {
    month.strftime("%Y-%m").to_string()
}

/// The month before, the month after, and the one that runs.
pub(super) fn months_around(list: &ListQuery, month: Date) -> Html {
    let link = |to: Date, rel: &str, label: &str| {
        let href = list.with("month", &month_word(to));
        format!(r#"<a class="btn sub small"{rel} href="{}">{label}</a>"#, escape(&href))
    };
    let before = link(month.saturating_sub(1.month()), r#" rel="prev""#, "前の月");
    let after = link(month.saturating_add(1.month()), r#" rel="next""#, "次の月");
    let now = format!(r#"<a class="btn sub small" href="{}">今月</a>"#, escape(&list.with("month", "")));
    Html::trusted(format!("{before}{now}{after}"))
}

/// What the words mean.
pub(super) fn legend() -> Html {
    let line = |word: Word| {
        let (tone, icon) = look(word);
        let chip = ui::chip_with(tone, icon, &format!("{} {}", word.short(), word.label()));
        format!("<dt>{}</dt><dd>{}</dd>", chip.as_str(), word.meaning())
    };
    let lines: String = Word::ALL.into_iter().filter(|word| *word != Word::Blank).map(line).collect();
    Html::trusted(format!(
        r#"<details class="card pad"><summary>印の意味</summary><dl class="pairs">{lines}</dl></details>"#
    ))
}

/// How a word looks.
pub(super) fn look(word: Word) -> (Tone, Icon) {
    match word {
        Word::Attention => (Tone::Bad, Icon::Alert),
        Word::Differs => (Tone::Bad, Icon::Warning),
        Word::Stopped | Word::Held => (Tone::Warn, Icon::Pause),
        Word::Retrying => (Tone::Warn, Icon::Retry),
        Word::Sending => (Tone::Key, Icon::Send),
        Word::Waiting => (Tone::Mute, Icon::Wait),
        Word::Unsettled => (Tone::Bad, Icon::Ring),
        Word::Partly => (Tone::Warn, Icon::Half),
        Word::Running => (Tone::Key, Icon::Dot),
        Word::Delivered => (Tone::Good, Icon::Check),
        Word::Closed | Word::Outside | Word::Discarded | Word::Ended | Word::Blank => (Tone::Mute, Icon::Flat),
    }
}

/// The days of some stores as rows of a file.
pub(super) fn sheet(stores: &[StoreMonth]) -> Grid {
    let columns = vec![
        text("店舗"),
        text("営業日"),
        text("状態"),
        figure("精算"),
        figure("届いた精算"),
        figure("受領証なし"),
        figure("まだ届いていない精算"),
        figure("レジ"),
        figure("精算したレジ"),
        figure("開いているレジ"),
    ];
    let row = |store: &StoreMonth, day: &Day| {
        let (facts, events) = (day.facts, day.facts.events);
        vec![
            Cell::text(&store.store),
            Cell::text(date_weekday(day.date)),
            Cell::text(day.word.label()),
            Cell::Count(facts.settlements),
            Cell::Count(events.delivered),
            Cell::Count(events.no_receipt),
            Cell::Count(facts.settlements - events.delivered),
            Cell::Count(facts.tills),
            Cell::Count(facts.settled_tills),
            Cell::Count(facts.open),
        ]
    };
    let rows = stores.iter().flat_map(|store| store.days.iter().map(move |day| row(store, day)));
    Grid::new("days", "連携カレンダー", columns).rows(rows)
}

impl MonthPage {
    fn tabs() -> Html {
        tabs(PATH)
    }

    fn title(&self) -> String {
        self.month.strftime("%Y年%-m月").to_string()
    }

    fn around(&self) -> Html {
        months_around(&self.list, self.month)
    }

    fn weekday(day: Date) -> &'static str {
        weekday(day.weekday())
    }

    /// One day: icon and character, the whole sentence for those who listen.
    fn cell(store: &StoreMonth, day: &Day) -> Html {
        let (tone, icon) = look(day.word);
        if day.word == Word::Blank {
            return Html::trusted(r#"<td class="dot"><span class="sr">―</span></td>"#);
        }
        let href = calendar::day_href(store, day.date);
        Html::trusted(format!(
            r#"<td class="dot {tone}"><a href="{href}" title="{store} {date} {word}">{icon}<span aria-hidden="true">{short}</span><span class="sr">{date} {word}</span></a></td>"#,
            tone = tone.class(),
            href = escape(&href),
            store = escape(&store.store),
            date = date_weekday(day.date),
            word = day.word.label(),
            icon = ui::icon(icon).as_str(),
            short = day.word.short(),
        ))
    }

    fn missing(store: &StoreMonth) -> usize {
        store.days.iter().filter(|day| day.word.is_missing()).count()
    }

    fn store_href(&self, store: &StoreMonth) -> String {
        calendar::href(&store.store_id.to_string(), self.month)
    }

    fn legend() -> Html {
        legend()
    }
}
