//! 変更履歴: who changed which setting when, from what to what.

use std::sync::Arc;

use axum::extract::State;
use axum::routing::get;
use web::format::date_time;
use web::html::Html;
use web::{Flash, ListQuery, PageResult, Routes, table};

use super::choice::Choice;
use super::grid::{Cell, Grid, text, zone};
use super::shell;
use crate::Pos;
use crate::accounts::Viewer;
use crate::audit::{Entry, Filter, Period, choices, list as entries};
use crate::settlements::{PER_PAGE, Window};

/// The page.
pub fn router() -> Routes<Arc<Pos>> {
    Routes::new().route("/history", get(list))
}

async fn list(State(pos): State<Arc<Pos>>, viewer: Viewer, flash: Flash, list: ListQuery) -> PageResult {
    viewer.must_be_head_office()?;
    let choice = Choice::of(&pos, &viewer, &list).await?;
    let window = if list.get("format").is_empty() { Window::Page(list.clone()) } else { Window::File };
    let [who, what, word] = ["who", "what", "q"].map(|name| list.get(name).to_owned());
    let filter = Filter { period: Period::of(choice.from, choice.to, &zone()), who, what, word };
    let (total, rows) = entries(&pos, &viewer.tenant, filter, window).await?;
    let (people, kinds) = choices(&pos, &viewer.tenant).await?;
    let columns = vec![text("日時"), text("だれが"), text("何を"), text("対象"), text("変更前"), text("変更後")];
    let mut grid = Grid::new("history", "変更", columns).rows(rows.iter().map(row));
    if let Some(file) = grid.file(&pos, &list, "全店舗") {
        return file;
    }
    grid.above = Html::of(Filters {
        choice: &choice,
        people: any_of("すべての人", people),
        kinds: any_of("すべての内容", kinds),
    });
    grid.below = table::pager_of(&list, total, PER_PAGE);
    grid.empty = if list.is_filtered() {
        table::nothing_found(&list)
    } else {
        table::empty("まだ変更がありません", "設定を変えると、だれがいつ何をしたかがここに残ります。", None)
    };
    Ok(shell(&pos, &viewer, &flash, "変更履歴", "/history").await?.wide().frame(&grid.html(&list)))
}

fn row(entry: &Entry) -> Vec<Cell> {
    let or_dash = |text: &Option<String>| Cell::text(text.as_deref().unwrap_or("―"));
    vec![
        Cell::text(date_time(entry.at, &zone())),
        Cell::text(&entry.who),
        Cell::text(&entry.what),
        Cell::text(&entry.target),
        or_dash(&entry.before),
        or_dash(&entry.after),
    ]
}

#[derive(askama::Template)]
#[template(path = "history.html")]
struct Filters<'a> {
    choice: &'a Choice,
    people: Vec<(String, String)>,
    kinds: Vec<(String, String)>,
}

/// Words to choose from; the first choice is all of them.
fn any_of(all: &str, words: Vec<String>) -> Vec<(String, String)> {
    let first = (String::new(), all.to_owned());
    std::iter::once(first).chain(words.into_iter().map(|word| (word.clone(), word))).collect()
}

impl Filters<'_> {
    fn icon() -> Html {
        web::ui::icon(web::ui::Icon::Search)
    }
}
