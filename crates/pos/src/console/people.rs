//! 設定 ＞ 担当者と権限: everybody who may sign in here, and what they may do. 企業管理者 only.

mod form;
mod invite;
mod person;

use std::sync::Arc;

use axum::extract::State;
use axum::routing::{get, post};
use web::format::ago;
use web::html::Html;
use web::ui::{self, Icon, Tone};
use web::{Flash, ListQuery, PageResult, Routes, table};

use super::grid::{Cell, Grid, stamp, text, zone};
use super::search::{Search, options};
use super::shell;
use crate::Pos;
use crate::accounts::Viewer;
use crate::people::{Person, State as Standing, list as people};
use crate::settlements::PER_PAGE;

/// Where the list is.
const HERE: &str = "/people";

/// The pages about accounts.
pub fn router() -> Routes<Arc<Pos>> {
    Routes::new()
        .route(HERE, get(list))
        .route("/people/invite", get(invite::show).post(invite::submit))
        .route("/people/{account_id}", get(person::show).post(person::submit))
        .route("/people/{account_id}/state", post(person::set_state))
        .route("/people/{account_id}/link", post(person::issue))
}

async fn list(State(pos): State<Arc<Pos>>, viewer: Viewer, flash: Flash, list: ListQuery) -> PageResult {
    viewer.must_be_admin()?;
    let mut rows = people(&pos, &viewer.tenant).await?;
    rows.retain(|person| asked_for(person, &list));
    sort(&mut rows, &list);
    let total = rows.len() as u64;
    let whole = !list.get("format").is_empty();
    let from = if whole { 0 } else { usize::try_from(table::offset(&list, total, PER_PAGE)).unwrap_or(0) };
    let most = if whole { rows.len() } else { usize::try_from(PER_PAGE).unwrap_or(usize::MAX) };
    let shown = rows.iter().skip(from).take(most);
    let columns = vec![
        text("名前").sorts("name"),
        text("ログインID").sorts("login"),
        text("権限").sorts("role"),
        text("状態").sorts("state"),
        text("最後のログイン").sorts("last"),
    ];
    let mut grid = Grid::new("people", "担当者", columns).rows(shown.map(|person| row(&pos, person, whole)));
    if let Some(file) = grid.file(&pos, &list, "全社") {
        return file;
    }
    "本部の画面にログインできる人です。レジの担当者は店舗管理で登録します。".clone_into(&mut grid.note);
    let roles =
        options([("", "すべての権限"), ("company_admin", "企業管理者"), ("head_office", "本部"), ("store", "店舗")]);
    let states = options([("", "すべての状態"), ("active", "有効"), ("invited", "招待中"), ("disabled", "停止中")]);
    grid.above = Search::of(&list)
        .select("role", "権限", roles)
        .select("state", "状態", states)
        .word("q", "名前・ログインID・店舗")
        .html();
    grid.below = table::pager(&list, total, PER_PAGE);
    grid.empty = table::nothing_found(&list);
    let add = Html::trusted(r#"<a class="btn" href="/people/invite">担当者を招待</a>"#);
    let shell = shell(&pos, &viewer, &flash, "担当者と権限", HERE).await?.actions(add);
    Ok(shell.crumb("設定", None).crumb("担当者と権限", None).wide().frame(&grid.html(&list)))
}

fn asked_for(person: &Person, list: &ListQuery) -> bool {
    let (role, state) = (list.get("role"), list.get("state"));
    let word = web::text::narrow(list.get("q")).to_lowercase();
    let found = |text: &str| web::text::narrow(text).to_lowercase().contains(&word);
    (role.is_empty() || person.role.word() == role)
        && (state.is_empty() || person.state.word() == state)
        && (found(&person.name) || found(&person.login) || person.store.as_deref().is_some_and(found))
}

fn sort(rows: &mut [Person], list: &ListQuery) {
    let Some((by, descending)) = list.sort(&["name", "login", "role", "state", "last"]) else { return };
    match by {
        "login" => rows.sort_by(|a, b| a.login.cmp(&b.login)),
        "role" => rows.sort_by_key(|person| (person.role.word(), person.store.clone())),
        "state" => rows.sort_by_key(|person| person.state),
        "last" => rows.sort_by_key(|person| person.last_login_at),
        _ => rows.sort_by(|a, b| a.name.cmp(&b.name)),
    }
    if descending {
        rows.reverse();
    }
}

fn row(pos: &Pos, person: &Person, exact: bool) -> Vec<Cell> {
    let last = match person.last_login_at {
        None => "まだありません".to_owned(),
        Some(at) if exact => stamp(at),
        Some(at) => ago(at, pos.now(), &zone()),
    };
    let (state, words) = state(person);
    vec![
        Cell::Link(person.name.clone(), format!("{HERE}/{}", person.id)),
        Cell::text(&person.login),
        Cell::text(person.role_words()),
        Cell::Shown(state, words),
        Cell::Text(last),
    ]
}

/// How the account stands; an invitation says whether its link still opens.
fn state(person: &Person) -> (Html, String) {
    match (person.state, person.link_until) {
        (Standing::Active, _) => (ui::chip(Tone::Good, "有効"), "有効".to_owned()),
        (Standing::Disabled, _) => (ui::chip_with(Tone::Mute, Icon::Pause, "停止中"), "停止中".to_owned()),
        (Standing::Invited, Some(until)) => {
            let words = format!("招待中（{}まで）", stamp(until));
            (ui::chip_with(Tone::Key, Icon::Wait, &words), words)
        }
        (Standing::Invited, None) => (ui::chip(Tone::Warn, "招待中（期限切れ）"), "招待中（期限切れ）".to_owned()),
    }
}
