//! 店舗管理 ＞ 支払種別, 値引き別情報, 広告媒体: the company's lists of what carries a 取込コード.

mod edit;
mod new;

use std::sync::Arc;

use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use axum::routing::{get, post};
use sales::{ImportCode, PaymentKind};
use web::html::{Html, escape};
use web::ui::{self, Icon, Tone};
use web::{Failure, Flash, Form, ListQuery, Notice, PageResult, Routes, table};

use super::grid::{Cell, Grid, figure, text};
use super::refusal::failed;
use super::search::{Options, Search, options};
use super::shell;
use crate::Pos;
use crate::accounts::Viewer;
use crate::coded::{Coded, Nature, Rate, change, list as all};
use crate::masters::SettingKind;
use crate::settlements::PER_PAGE;

/// Where a kind's list is.
pub fn here(kind: SettingKind) -> &'static str {
    match kind {
        SettingKind::Payment => "/payment-methods",
        SettingKind::Discount => "/discounts",
        SettingKind::Medium => "/ad-media",
    }
}

/// The pages of all three kinds.
pub fn router() -> Routes<Arc<Pos>> {
    SettingKind::ALL.into_iter().fold(Routes::new(), |router, kind| router.merge(pages(kind)))
}

fn pages(kind: SettingKind) -> Routes<Arc<Pos>> {
    let at = |rest: &str| format!("{}{rest}", here(kind));
    Routes::new()
        .route(
            here(kind),
            get(move |State(pos): State<Arc<Pos>>, viewer, flash, query| async move {
                list(&pos, viewer, flash, query, kind).await
            }),
        )
        .route(
            &at("/new"),
            get(move |State(pos): State<Arc<Pos>>, viewer, flash| async move {
                new::show(&pos, viewer, flash, kind).await
            })
            .post(move |State(pos): State<Arc<Pos>>, viewer, flash, form| async move {
                new::submit(&pos, viewer, flash, form, kind).await
            }),
        )
        .route(
            &at("/order"),
            post(move |State(pos): State<Arc<Pos>>, viewer, flash, form| async move {
                order(&pos, viewer, flash, form, kind).await
            }),
        )
        .merge(edit::pages(kind))
}

async fn list(pos: &Pos, viewer: Viewer, flash: Flash, query: ListQuery, kind: SettingKind) -> PageResult {
    viewer.must_be_head_office()?;
    let present = all(pos, &viewer.tenant, kind).await?;
    let found = found(&present, &query);
    let neighbours = query.get("sort").is_empty() && !query.is_filtered();
    let row = |coded: &&Coded| row(coded, &present, neighbours, query.page());
    if let Some(file) = columns(kind).rows(found.iter().map(row)).file(pos, &query, "全店舗") {
        return file;
    }
    let total = found.len() as u64;
    let from = usize::try_from(table::offset(&query, total, PER_PAGE)).unwrap_or_default();
    let shown = found.iter().skip(from).take(usize::try_from(PER_PAGE).unwrap_or(usize::MAX));
    let mut grid = columns(kind).rows(shown.map(row));
    grid.above = search(&query, kind);
    grid.below = table::pager(&query, total, PER_PAGE);
    grid.empty = if query.is_filtered() {
        table::nothing_found(&query)
    } else {
        let (noun, new) = (kind.noun(), format!("{}/new", here(kind)));
        let next = "追加すると取込コードが自動で付きます。追加したあと、使う店舗を「店舗別設定」で選びます。";
        table::empty(&format!("まだ{noun}がありません"), next, Some((&format!("{noun}を追加"), &new)))
    };
    let shell = shell(pos, &viewer, &flash, kind.label(), here(kind)).await?.wide().actions(actions(kind));
    Ok(shell.crumb("店舗管理", None).crumb(kind.label(), None).frame(&grid.html(&query)))
}

fn actions(kind: SettingKind) -> Html {
    let (here, noun, word) = (here(kind), kind.noun(), kind.word());
    Html::trusted(format!(
        r#"<a class="btn sub" href="/store-settings?kind={word}">店舗別設定</a><a class="btn sub" href="{here}/import">ファイルから取込</a><a class="btn" href="{here}/new">{noun}を追加</a>"#
    ))
}

/// What fits the search, sorted as asked for.
fn found<'a>(present: &'a [Coded], query: &ListQuery) -> Vec<&'a Coded> {
    let (word, kind) = (web::text::narrow(query.get("q")), query.get("pay"));
    let fits = |coded: &&Coded| {
        let state = match query.get("state") {
            "used" => coded.retired_at.is_none(),
            "retired" => coded.retired_at.is_some(),
            _ => true,
        };
        let of_kind = match coded.nature {
            Nature::Payment(own) => kind.is_empty() || own.number().to_string() == kind,
            Nature::Discount(_) | Nature::Medium => true,
        };
        state && of_kind && (coded.name.contains(&word) || coded.code.as_str().contains(&word))
    };
    let mut found: Vec<&Coded> = present.iter().filter(fits).collect();
    match query.sort(&["name", "stores"]) {
        Some(("name", _)) => found.sort_by(|a, b| a.name.cmp(&b.name)),
        Some(_) => found.sort_by_key(|coded| coded.stores),
        None => {}
    }
    if query.sort(&["name", "stores"]).is_some_and(|(_, descending)| descending) {
        found.reverse();
    }
    found
}

fn search(query: &ListQuery, kind: SettingKind) -> Html {
    let search = Search::of(query).word("q", "名称・取込コード");
    let search =
        if kind == SettingKind::Payment { search.select("pay", "支払種目", payment_kinds()) } else { search };
    let states = options([("", "すべて"), ("used", "使用中"), ("retired", "使用終了")]);
    search.select("state", "状態", states).html()
}

/// 支払種目 to choose from, all first.
pub(super) fn payment_kinds() -> Options {
    let mut kinds = options([("", "すべて")]);
    kinds.extend(PaymentKind::ALL.map(|kind| (kind.number().to_string(), Nature::Payment(kind).words())));
    kinds
}

fn columns(kind: SettingKind) -> Grid {
    let mut columns = vec![text("並び順")];
    match kind {
        SettingKind::Payment => columns.push(text("支払種目")),
        SettingKind::Discount => columns.push(text("値引区分")),
        SettingKind::Medium => {}
    }
    columns.push(text(kind.name_label()).sorts("name"));
    if kind == SettingKind::Discount {
        columns.push(text("額・率"));
    }
    columns.extend([text("取込コード"), text("状態"), figure("使う店舗").sorts("stores")]);
    let mut grid = Grid::new("list", kind.label(), columns);
    "取込コードは追加したときに付き、変わることも、ほかのものに使われることもありません。".clone_into(&mut grid.note);
    grid
}

fn row(coded: &Coded, present: &[Coded], neighbours: bool, page: u64) -> Vec<Cell> {
    let kind = coded.nature.kind();
    let mut cells = vec![place(coded, present, neighbours, page)];
    let amount = match coded.nature {
        Nature::Payment(payment) => {
            let shown = Html::text(&coded.nature.words());
            cells.push(Cell::Shown(shown, payment.number().to_string()));
            None
        }
        Nature::Discount(rate) => {
            cells.push(Cell::text(rate.label()));
            Some(Cell::Shown(Html::text(&rate.words()), rate_in_file(rate)))
        }
        Nature::Medium => None,
    };
    cells.push(Cell::Link(coded.name.clone(), format!("{}/{}", here(kind), coded.code)));
    cells.extend(amount);
    cells.extend([Cell::text(coded.code.as_str()), state(coded), Cell::Count(coded.stores)]);
    cells
}

/// 額・率 as the import reads it.
pub(super) fn rate_in_file(rate: Rate) -> String {
    match rate {
        Rate::Yen(amount) => amount.to_string(),
        Rate::Percent(_) | Rate::Entered => rate.words(),
    }
}

/// 使用中 or 使用終了
pub(super) fn state(coded: &Coded) -> Cell {
    let (html, word) = match coded.retired_at {
        None => (ui::chip(Tone::Good, "使用中"), "使用中"),
        Some(_) => (ui::chip_with(Tone::Mute, Icon::Pause, "使用終了"), "使用終了"),
    };
    Cell::Shown(html, word.to_owned())
}

/// The place in the order, with the buttons that change it while the list stands in that order.
fn place(coded: &Coded, present: &[Coded], neighbours: bool, page: u64) -> Cell {
    let at = present.iter().position(|other| other.code == coded.code).unwrap_or_default();
    let number = (at + 1).to_string();
    if !neighbours {
        return Cell::Shown(Html::text(&number), number);
    }
    let beside = |at: Option<usize>| {
        let other = present.get(at?)?;
        (other.nature.series() == coded.nature.series()).then_some(other)
    };
    let button = |other: Option<&Coded>, icon: Icon, word: &str| {
        let Some(other) = other else { return String::new() };
        let (here, name) = (here(coded.nature.kind()), escape(&coded.name));
        format!(
            r#"<form method="post" action="{here}/order"><input type="hidden" name="code" value="{}"><input type="hidden" name="neighbour" value="{}"><input type="hidden" name="page" value="{page}"><button class="btn square" aria-label="「{name}」を{word}">{}</button></form>"#,
            coded.code,
            other.code,
            ui::icon(icon)
        )
    };
    let up = button(beside(at.checked_sub(1)), Icon::Up, "1つ上へ");
    let down = button(beside(Some(at + 1)), Icon::Down, "1つ下へ");
    let html = format!(r#"<div class="order"><span>{number}</span>{up}{down}</div>"#);
    Cell::Shown(Html::trusted(html), number)
}

async fn order(pos: &Pos, viewer: Viewer, flash: Flash, form: Form, kind: SettingKind) -> PageResult {
    viewer.must_be_head_office()?;
    let code = |name: &str| form.text(name).parse::<ImportCode>().map_err(|_| Failure::new(StatusCode::BAD_REQUEST));
    let (code, neighbour) = (code("code")?, code("neighbour")?);
    if !change::swap(pos, &viewer.tenant, viewer.name(), kind, code, neighbour).await.map_err(failed)? {
        let words = "並び順はほかの人が変更していました。いまの並び順を確認して、もう一度押してください。";
        flash.set(Notice::failed(words)).await?;
    }
    let page = form.text("page").parse::<u64>().unwrap_or(1);
    let to = if page > 1 { format!("{}?page={page}", here(kind)) } else { here(kind).to_owned() };
    Ok(Redirect::to(&to).into_response())
}
