//! The tills: in service, heard from, with a valid 接続キー or not. As a list of the company's, and on a store's page.

use std::sync::Arc;

use axum::extract::State;
use web::confirm::Confirm;
use web::format::{ago, date, date_time};
use web::html::{Html, escape};
use web::ui::{self, Icon, Tone};
use web::{Flash, ListQuery, PageResult, table};

use super::{HERE, actions};
use crate::Pos;
use crate::accounts::Viewer;
use crate::console::grid::{Cell, Grid, text, zone};
use crate::console::search::Search;
use crate::console::shell;
use crate::settlements::PER_PAGE;
use crate::stores::{Register, Till, tills};

/// Every till of the company.
pub(super) async fn list(State(pos): State<Arc<Pos>>, viewer: Viewer, flash: Flash, list: ListQuery) -> PageResult {
    viewer.must_be_head_office()?;
    let word = list.get("q");
    let fits = |till: &Till| till.store.contains(word) || till.register.as_ref().is_some_and(|r| r.name.contains(word));
    let all: Vec<Till> = tills(&pos, &viewer.tenant, None).await?.into_iter().filter(fits).collect();
    if let Some(file) = grid(&pos, &all).file(&pos, &list, "全店舗") {
        return file;
    }
    let total = all.len() as u64;
    let from = usize::try_from(table::offset(&list, total, PER_PAGE)).unwrap_or_default();
    let shown: Vec<Till> = all.into_iter().skip(from).take(usize::try_from(PER_PAGE).unwrap_or(usize::MAX)).collect();
    let mut grid = grid(&pos, &shown);
    grid.above = Search::of(&list).word("q", "店舗名・レジ名").html();
    grid.below = table::pager(&list, total, PER_PAGE);
    if list.is_filtered() {
        grid.empty = table::nothing_found(&list);
    }
    let content = grid.html(&list).then(&shown.iter().map(dialogs).collect::<Html>());
    let shell = shell(&pos, &viewer, &flash, "店舗・レジ", HERE).await?.wide();
    Ok(shell.actions(actions("/stores/registers")).frame(&content))
}

/// The table.
pub(super) fn grid(pos: &Pos, tills: &[Till]) -> Grid {
    let columns = vec![
        text("店舗"),
        text("レジ"),
        text("使用開始"),
        text("使用終了"),
        text("最後の受信"),
        text("接続キー"),
        text("操作"),
    ];
    let mut grid = Grid::new("registers", "レジ", columns).rows(tills.iter().filter_map(|till| row(pos, till)));
    "レジが本部とつながるには接続キーが要ります。発行したキーはその場で一度だけ表示します。".clone_into(&mut grid.note);
    let next = "店舗のページでレジを追加し、接続キーを発行してください。";
    grid.empty = table::empty("まだレジがありません", next, None);
    grid
}

fn row(pos: &Pos, till: &Till) -> Option<Vec<Cell>> {
    let register = till.register.as_ref()?;
    let heard = register.heard_at.map_or_else(|| "まだありません".to_owned(), |at| ago(at, pos.now(), &zone()));
    Some(vec![
        Cell::Link(till.store.clone(), format!("/stores/{}", till.store_id)),
        Cell::Link(register.name.clone(), format!("/stores/registers/{}", register.id)),
        Cell::text(date(register.service_from)),
        Cell::text(register.service_until.map_or_else(|| "―".to_owned(), date)),
        Cell::Text(heard),
        token(register),
        buttons(till, register),
    ])
}

fn token(register: &Register) -> Cell {
    let Some(since) = register.token_since else {
        return Cell::Shown(ui::chip_with(Tone::Warn, Icon::Alert, "なし"), "なし".to_owned());
    };
    let word = format!("有効（{}から）", date_time(since, &zone()));
    Cell::Shown(ui::chip(Tone::Good, &word), word)
}

fn buttons(till: &Till, register: &Register) -> Cell {
    let named = escape(&format!("{} {}", till.store, register.name));
    let edit = format!(
        r#"<a class="btn sub small" href="/stores/registers/{}">変更<span class="sr">（{named}）</span></a>"#,
        register.id
    );
    let mut html = Html::trusted(edit).then(&issuing(till, register).trigger("キーを発行…"));
    if register.token_since.is_some() {
        html = html.then(&revoking(till, register).trigger("無効にする…"));
    }
    Cell::Shown(Html::trusted(format!(r#"<div class="actions">{html}</div>"#)), String::new())
}

/// The questions behind the buttons, for the end of the page.
pub(super) fn dialogs(till: &Till) -> Html {
    let Some(register) = &till.register else { return Html::default() };
    let issue = issuing(till, register).dialog();
    if register.token_since.is_some() { issue.then(&revoking(till, register).dialog()) } else { issue }
}

fn issuing(till: &Till, register: &Register) -> Confirm {
    let title = format!("「{} {}」の接続キーを発行しますか？", till.store, register.name);
    let action = format!("/stores/registers/{}/token", register.id);
    let confirm = Confirm::new(&format!("issue-{}", register.id), title, action, "発行する");
    let confirm = confirm.says("キーは次の画面で一度だけ表示します。控えてからレジに入力してください。");
    if register.token_since.is_none() {
        return confirm;
    }
    confirm.says("いまのキーはすぐに使えなくなります。新しいキーを入力するまで、レジの記録は届きません（レジの中には残ります）。")
}

fn revoking(till: &Till, register: &Register) -> Confirm {
    let title = format!("「{} {}」の接続キーを無効にしますか？", till.store, register.name);
    let action = format!("/stores/registers/{}/token/revoke", register.id);
    Confirm::new(&format!("revoke-{}", register.id), title, action, "無効にする")
        .says("このレジからの記録はすぐに受け取れなくなります。届いた精算は残ります。")
        .says("レジの記録はレジの中に残り、新しいキーを入力すると続きから届きます。")
}
