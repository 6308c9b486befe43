//! 設定 ＞ 担当者と権限: everybody who may sign in here, what they may do, and which stores they see.

mod form;
mod invite;
mod person;

use super::{
    choose::{PER_PAGE, page_of},
    grid::{Cell, Grid, downloads},
    shell,
};
use crate::{
    Flaro, Role,
    people::{self, Names, Person, State as Standing},
    rights::Right,
    tenant::Viewer,
};
use askama::Template;
use axum::{
    extract::State,
    routing::{get, post},
};
use jiff::Timestamp;
use std::sync::Arc;
use web::{
    Flash, Form, Html, ListQuery, PageResult, Routes,
    download::Format,
    format, table, text,
    ui::{self, Icon, Tone},
};

/// Where the list is.
const HERE: &str = "/people";

/// The pages about accounts.
pub(super) fn router() -> Routes<Arc<Flaro>> {
    Routes::new()
        .route(HERE, get(list))
        .route("/people/invite", get(invite::show).post(invite::submit))
        .route("/people/{account_id}", get(person::show).post(person::submit))
        .route("/people/{account_id}/state", post(person::set_state))
        .route("/people/{account_id}/link", post(person::issue))
}

#[derive(Template)]
#[template(path = "people.html")]
struct Page<'a> {
    form: &'a Form,
    roles: Vec<(&'static str, &'static str)>,
    states: Vec<(&'static str, &'static str)>,
    grid: Html,
    pager: Html,
    downloads: Html,
}

async fn list(State(flaro): State<Arc<Flaro>>, viewer: Viewer, flash: Flash, query: ListQuery) -> PageResult {
    viewer.must(Right::People)?;
    let (mut rows, names) = people::list(&flaro, &viewer.scope.company).await?;
    rows.retain(|person| asked_for(person, &names, &query));
    sort(&mut rows, &query);
    let (rows, total) = page_of(rows, &query);
    let grid = grid(&rows, &names, &viewer, flaro.now(), &query);
    if let Some(asked) = Format::of(query.get("format")) {
        return Ok(grid.sheet(&viewer.company_name).download(asked, flaro.now(), &viewer.zone)?);
    }
    let form = query.form();
    let page = Page {
        form: &form,
        roles: [("", "すべて")].into_iter().chain(Role::ALL.map(|role| (role.name(), role.label()))).collect(),
        states: vec![("", "すべて"), ("active", "有効"), ("invited", "招待中"), ("disabled", "停止中")],
        grid: if grid.is_empty() { table::nothing_found(&query) } else { grid.html() },
        pager: table::pager(&query, total, PER_PAGE),
        downloads: downloads(&query, None),
    };
    let add = Html::trusted(r#"<a class="btn" href="/people/invite">担当者を招待</a>"#);
    let shell = shell(&viewer, "担当者と権限", HERE).flash(flash.take().await).actions(add);
    Ok(shell.crumb("設定", None).crumb("担当者と権限", None).render(page))
}

fn asked_for(person: &Person, names: &Names, query: &ListQuery) -> bool {
    let (role, state) = (query.get("role"), query.get("state"));
    let word = text::narrow(query.get("q")).to_lowercase();
    let found = |text: &str| text::narrow(text).to_lowercase().contains(&word);
    (role.is_empty() || person.grant.role.name() == role)
        && (state.is_empty() || person.state.word() == state)
        && (found(&person.grant.name) || found(&person.login) || found(&person.grant.range_words(names)))
}

fn sort(rows: &mut [Person], query: &ListQuery) {
    let Some((by, descending)) = query.sort(&["name", "login", "role", "range", "state", "last"]) else { return };
    match by {
        "login" => rows.sort_by(|a, b| a.login.cmp(&b.login)),
        "role" => rows.sort_by_key(|person| person.grant.role.name()),
        "state" => rows.sort_by_key(|person| person.state),
        "last" => rows.sort_by_key(|person| person.last_login_at),
        _ => rows.sort_by(|a, b| a.grant.name.cmp(&b.grant.name)),
    }
    if descending {
        rows.reverse();
    }
}

fn grid(rows: &[Person], names: &Names, viewer: &Viewer, now: Timestamp, query: &ListQuery) -> Grid {
    let columns = [
        ("名前", false),
        ("ログインID", false),
        ("権限", false),
        ("状態", false),
        ("最後のログイン", false),
        ("閲覧範囲", false),
    ];
    let mut grid = Grid::new("people", "担当者", &columns);
    grid.sorts(query, &["name", "login", "role", "state", "last"]);
    for person in rows {
        let (chip, words) = state(person, viewer);
        let last = person.last_login_at;
        grid.row([
            Cell::Link(person.grant.name.clone(), format!("{HERE}/{}", person.id)),
            person.login.as_str().into(),
            person.grant.role.label().into(),
            Cell::Shown(chip, words),
            last.map_or_else(|| "まだありません".to_owned(), |at| format::ago(at, now, &viewer.zone)).into(),
            person.grant.range_words(names).into(),
        ]);
    }
    grid
}

/// How the account stands; an invitation says whether its link still opens.
fn state(person: &Person, viewer: &Viewer) -> (Html, String) {
    match (person.state, person.link_until) {
        (Standing::Active, _) => (ui::chip(Tone::Good, "有効"), "有効".to_owned()),
        (Standing::Disabled, _) => (ui::chip_with(Tone::Mute, Icon::Pause, "停止中"), "停止中".to_owned()),
        (Standing::Invited, Some(until)) => {
            let words = format!("招待中（{}まで）", format::date_time(until, &viewer.zone));
            (ui::chip_with(Tone::Key, Icon::Wait, &words), words)
        }
        (Standing::Invited, None) => (ui::chip(Tone::Warn, "招待中（期限切れ）"), "招待中（期限切れ）".to_owned()),
    }
}
