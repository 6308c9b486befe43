//! 店舗・レジ: which tills there are, and their 接続キー: issued here, shown once, revocable.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect};
use axum::routing::{get, post};
use sales::{RegisterId, Rounding, TaxMode};
use web::confirm::Confirm;
use web::format::{ago, date, date_time};
use web::html::{Html, escape};
use web::ui::{self, Icon, Tone};
use web::{Failure, Flash, ListQuery, Notice, PageResult, Routes, table};

use super::grid::{Cell, Grid, text, zone};
use super::shell;
use crate::accounts::Viewer;
use crate::stores::{Register, Till, tills};
use crate::{Pos, PosError, tokens};

/// The pages about stores and tills.
pub fn router() -> Routes<Arc<Pos>> {
    Routes::new()
        .route("/stores", get(list))
        .route("/stores/registers/{register_id}/token", post(issue))
        .route("/stores/registers/{register_id}/token/revoke", post(revoke))
}

async fn list(State(pos): State<Arc<Pos>>, viewer: Viewer, flash: Flash, list: ListQuery) -> PageResult {
    viewer.must_be_head_office()?;
    let tills = tills(&pos, &viewer.tenant).await?;
    let grid = columns().rows(tills.iter().map(|till| row(&pos, till)));
    if let Some(file) = grid.file(&pos, &list, "全店舗") {
        return file;
    }
    let dialogs = tills.iter().filter_map(|till| till.register.as_ref().map(|register| dialogs(till, register)));
    let content = grid.html(&list).then(&dialogs.collect::<Html>());
    Ok(shell(&pos, &viewer, &flash, "店舗・レジ", "/stores").await?.wide().frame(&content))
}

fn columns() -> Grid {
    let columns = vec![
        text("店舗"),
        text("日付切替"),
        text("税・端数"),
        text("登録番号"),
        text("レジ"),
        text("使用開始"),
        text("最後の受信"),
        text("接続キー"),
        text("操作"),
    ];
    let mut grid = Grid::new("stores", "店舗とレジ", columns);
    "レジが本部とつながるには接続キーが要ります。発行したキーはその場で一度だけ表示します。".clone_into(&mut grid.note);
    let next = "店舗とレジは導入時に登録します。サポートにご連絡ください。";
    grid.empty = table::empty("まだ店舗がありません", next, None);
    grid
}

fn row(pos: &Pos, till: &Till) -> Vec<Cell> {
    let mut cells = vec![
        Cell::text(&till.store),
        Cell::text(&till.cut_over),
        Cell::text(tax(till)),
        Cell::text(till.registration_number.as_deref().unwrap_or("―")),
    ];
    let Some(register) = &till.register else {
        cells.extend(["（レジなし）", "", "", "", ""].map(Cell::text));
        return cells;
    };
    let heard = register.heard_at.map_or_else(|| "まだありません".to_owned(), |at| ago(at, pos.now(), &zone()));
    cells.extend([Cell::text(&register.name), Cell::text(date(register.service_from)), Cell::Text(heard)]);
    cells.extend([token(register), actions(till, register)]);
    cells
}

fn tax(till: &Till) -> String {
    let mode = match till.tax_mode {
        TaxMode::Included => "内税",
        TaxMode::Added => "外税",
    };
    let rounding = match till.rounding {
        Rounding::Down => "切捨",
        Rounding::HalfUp => "四捨五入",
        Rounding::Up => "切上",
    };
    format!("{mode}・{rounding}")
}

fn token(register: &Register) -> Cell {
    let Some(since) = register.token_since else {
        return Cell::Shown(ui::chip_with(Tone::Warn, Icon::Alert, "なし"), "なし".to_owned());
    };
    let word = format!("有効（{}から）", date_time(since, &zone()));
    Cell::Shown(ui::chip(Tone::Good, &word), word)
}

fn actions(till: &Till, register: &Register) -> Cell {
    let mut html = issuing(till, register).trigger("キーを発行…");
    if register.token_since.is_some() {
        html = html.then(&revoking(till, register).trigger("無効にする…"));
    }
    Cell::Shown(Html::trusted(format!(r#"<div class="actions">{html}</div>"#)), String::new())
}

fn dialogs(till: &Till, register: &Register) -> Html {
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

#[derive(Template)]
#[template(path = "token.html")]
struct Issued {
    token: String,
    url: String,
}

/// Shown in the answer itself and nowhere else: a reload asks for another one.
async fn issue(State(pos): State<Arc<Pos>>, viewer: Viewer, flash: Flash, Path(id): Path<String>) -> PageResult {
    viewer.must_be_head_office()?;
    let id: RegisterId = id.parse().map_err(|_| Failure::not_found())?;
    let token = tokens::issue(&pos, &viewer.tenant, id, viewer.name()).await.map_err(failed)?;
    let shell = shell(&pos, &viewer, &flash, "接続キーを発行しました", "/stores").await?;
    let page = Issued { token, url: pos.settings.public_url.clone() };
    Ok(shell.crumb("店舗・レジ", Some("/stores")).crumb("接続キー", None).render(page))
}

async fn revoke(State(pos): State<Arc<Pos>>, viewer: Viewer, flash: Flash, Path(id): Path<String>) -> PageResult {
    viewer.must_be_head_office()?;
    let id: RegisterId = id.parse().map_err(|_| Failure::not_found())?;
    let revoked = tokens::revoke(&pos, &viewer.tenant, id, viewer.name()).await.map_err(failed)?;
    let notice = if revoked {
        "接続キーを無効にしました。"
    } else {
        "有効な接続キーはありませんでした。"
    };
    flash.set(Notice::done(notice)).await?;
    Ok(Redirect::to("/stores").into_response())
}

fn failed(error: PosError) -> Failure {
    match error {
        PosError::NotFound(_) => Failure::not_found(),
        error => Failure::internal(error),
    }
}

impl Issued {
    fn copyable(&self) -> Html {
        ui::copyable("token", "接続キー（この画面を閉じると表示されません）", &self.token)
    }

    fn address(&self) -> Html {
        Html::trusted(format!("<b>{}</b>", escape(&self.url)))
    }
}
