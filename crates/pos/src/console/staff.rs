//! 店舗管理 ＞ 担当者: who works at which store's tills.

mod member;
mod new;

use std::sync::Arc;

use axum::extract::State;
use axum::routing::{get, post};
use web::html::Html;
use web::ui::{self, Icon, Tone};
use web::{Flash, ListQuery, PageResult, Routes, table};

use super::grid::{Cell, Grid, text};
use super::search::{Options, Search, options};
use super::shell;
use crate::accounts::Viewer;
use crate::settlements::{PER_PAGE, Window};
use crate::staff::{Filter, Member, list as members};
use crate::{Pos, PosError, Tenant, stores};

/// Where the list is.
const HERE: &str = "/staff";

/// The pages about staff.
pub fn router() -> Routes<Arc<Pos>> {
    Routes::new()
        .route(HERE, get(list))
        .route("/staff/new", get(new::show).post(new::submit))
        .route("/staff/{store_id}/{code}", get(member::show).post(member::submit))
        .route("/staff/{store_id}/{code}/retired", post(member::set_retired))
}

async fn list(State(pos): State<Arc<Pos>>, viewer: Viewer, flash: Flash, list: ListQuery) -> PageResult {
    viewer.must_be_head_office()?;
    let store = Some(list.get("store").to_owned()).filter(|store| !store.is_empty());
    let filter =
        Filter { store: store.clone(), word: list.get("q").to_owned(), retired: matches!(list.get("state"), "all") };
    let window = if list.get("format").is_empty() { Window::Page(list.clone()) } else { Window::File };
    let (total, rows) = members(&pos, &viewer.tenant, filter, window).await?;
    let columns = vec![text("店舗"), text("コード"), text("名前"), text("責任者"), text("PIN"), text("状態")];
    let mut grid = Grid::new("staff", "担当者", columns).rows(rows.iter().map(row));
    let stores = store_options(&pos, &viewer.tenant, "すべての店舗").await?;
    let chosen = stores.iter().find(|(id, _)| Some(id) == store.as_ref()).map(|(_, name)| name.as_str());
    if let Some(file) = grid.file(&pos, &list, chosen.unwrap_or("全店舗")) {
        return file;
    }
    "レジにログインする人です。PINを設定した人は、レジでPINを入力します。".clone_into(&mut grid.note);
    let states = options([("", "使用中だけ"), ("all", "使用終了も")]);
    grid.above = Search::of(&list)
        .select("store", "店舗", stores)
        .word("q", "名前・コード")
        .select("state", "状態", states)
        .html();
    grid.below = table::pager(&list, total.unsigned_abs(), PER_PAGE);
    let new = new_href(store.as_deref());
    grid.empty = if list.is_filtered() && store.is_none() {
        table::nothing_found(&list)
    } else {
        let next = "担当者を追加すると、次の更新からその店舗のレジで選べます。";
        table::empty("担当者がいません", next, Some(("担当者を追加", &new)))
    };
    let add = Html::trusted(format!(r#"<a class="btn" href="{}">担当者を追加</a>"#, web::html::escape(&new)));
    let shell = shell(&pos, &viewer, &flash, "担当者", HERE).await?.actions(add);
    Ok(shell.crumb("店舗管理", None).crumb("担当者", None).wide().frame(&grid.html(&list)))
}

fn new_href(store: Option<&str>) -> String {
    let query =
        url::form_urlencoded::Serializer::new(String::new()).extend_pairs(store.map(|id| ("store", id))).finish();
    format!("/staff/new?{query}")
}

/// The stores to choose from; the first choice is none.
async fn store_options(pos: &Pos, tenant: &Tenant, none: &str) -> Result<Options, PosError> {
    let mut choices = vec![(String::new(), none.to_owned())];
    choices.extend(stores::names(pos, tenant).await?.into_iter().map(|(id, name)| (id.to_string(), name)));
    Ok(choices)
}

fn row(member: &Member) -> Vec<Cell> {
    let pin = if member.has_pin { ui::chip(Tone::Good, "あり") } else { ui::chip(Tone::Mute, "なし") };
    vec![
        Cell::text(&member.store_name),
        Cell::text(&member.code),
        Cell::Link(member.name.clone(), href(member)),
        Cell::text(if member.manager { "責任者" } else { "―" }),
        Cell::Shown(pin, if member.has_pin { "あり" } else { "なし" }.to_owned()),
        state(member),
    ]
}

fn href(member: &Member) -> String {
    format!("/staff/{}/{}", member.store, member.code)
}

fn state(member: &Member) -> Cell {
    match member.retired_at {
        None => Cell::Shown(ui::chip(Tone::Good, "使用中"), "使用中".to_owned()),
        Some(_) => Cell::Shown(ui::chip_with(Tone::Mute, Icon::Pause, "使用終了"), "使用終了".to_owned()),
    }
}
