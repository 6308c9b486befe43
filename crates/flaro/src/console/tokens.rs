//! APIトークン: issue one (its text is shown once, here), see which are in use, revoke them.

use super::{
    grid::{Cell, Grid},
    shell,
};
use crate::{
    Flaro, FlaroError,
    api_tokens::{self, TOKENS_MAX, Token},
    audit::Stamp,
    rights::Right,
    tenant::Viewer,
};
use askama::Template;
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect, Response},
};
use db::{DbError, Tx};
use jiff::tz::TimeZone;
use std::sync::Arc;
use web::{
    Failure, Flash, Form, Html, Notice, PageResult,
    confirm::Confirm,
    format, table,
    ui::{self, Icon, Tone},
};

const NAME_CHARACTERS_MAX: usize = 60;

#[derive(Template)]
#[template(path = "tokens.html")]
struct Page<'a> {
    form: &'a Form,
    issued: Option<Html>,
    grid: Html,
    dialogs: Html,
    who: String,
}

pub(super) async fn show(State(flaro): State<Arc<Flaro>>, viewer: Viewer, flash: Flash) -> PageResult {
    viewer.must(Right::Company)?;
    page(&flaro, &viewer, flash.take().await, &Form::default(), None).await
}

pub(super) async fn issue(State(flaro): State<Arc<Flaro>>, viewer: Viewer, mut form: Form) -> PageResult {
    viewer.must(Right::Company)?;
    let name = form.required("name", "用途");
    if name.as_ref().is_some_and(|name| name.chars().count() > NAME_CHARACTERS_MAX) {
        form.error("name", format!("用途は{NAME_CHARACTERS_MAX}文字までにしてください"));
    }
    let Some(name) = name.filter(|_| form.is_ok()) else { return page(&flaro, &viewer, None, &form, None).await };
    let text = api_tokens::text((flaro.random_bytes)());
    let (scope, who, stamp) = (viewer.scope.clone(), viewer.who.name().to_owned(), Stamp::new(&flaro));
    let (kept, secret) = (name.clone(), text.clone());
    let unit = async move |tx: &mut Tx| -> Result<bool, DbError> {
        api_tokens::issue(tx, &scope, &who, (&kept, &secret), stamp).await
    };
    if !flaro.db.write(unit).await? {
        form.error("name", format!("有効なトークンは{TOKENS_MAX}個までです。使わないものを無効にしてください"));
        return page(&flaro, &viewer, None, &form, None).await;
    }
    let notice = Notice::done(format!("「{name}」のトークンを発行しました。表示されるのは今だけです。"));
    page(&flaro, &viewer, Some(notice), &Form::default(), Some(text)).await
}

pub(super) async fn revoke(
    State(flaro): State<Arc<Flaro>>,
    viewer: Viewer,
    flash: Flash,
    Path(token): Path<String>,
) -> PageResult {
    viewer.must(Right::Company)?;
    let (company, who, stamp) = (viewer.scope.company.clone(), viewer.who.name().to_owned(), Stamp::new(&flaro));
    let unit = async move |tx: &mut Tx| -> Result<Option<String>, DbError> {
        api_tokens::revoke(tx, &company, &who, &token, stamp).await
    };
    let name = flaro.db.write(unit).await?.ok_or_else(Failure::not_found)?;
    flash.set(Notice::done(format!("「{name}」のトークンを無効にしました。"))).await?;
    Ok(Redirect::to("/settings/tokens").into_response())
}

async fn page(
    flaro: &Flaro,
    viewer: &Viewer,
    notice: Option<Notice>,
    form: &Form,
    issued: Option<String>,
) -> Result<Response, Failure> {
    let company = viewer.scope.company.clone();
    let unit = async move |tx: &mut Tx| -> Result<Vec<Token>, FlaroError> { api_tokens::list(tx, &company).await };
    let tokens = flaro.db.read(unit).await?;
    let (grid, dialogs) = grid(&tokens, &viewer.zone);
    let page = Page {
        form,
        issued: issued.map(|text| ui::copyable("token", "APIトークン（表示されるのは今だけです）", &text)),
        grid: if grid.is_empty() {
            table::empty(
                "APIトークンはまだありません",
                "ほかのシステムから数字を読むときに、用途ごとに発行してください。",
                None,
            )
        } else {
            grid.html()
        },
        dialogs,
        who: viewer.who.name().to_owned(),
    };
    let status = if form.is_ok() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok(shell(viewer, "APIトークン", "/settings/tokens").flash(notice).status(status).render(page))
}

fn grid(tokens: &[Token], zone: &TimeZone) -> (Grid, Html) {
    let columns = [
        ("用途", false),
        ("状態", false),
        ("見える範囲", false),
        ("発行", false),
        ("最後に使われた時刻", false),
        ("操作", false),
    ];
    let mut grid = Grid::new("tokens", "APIトークン", &columns);
    let mut dialogs = Html::default();
    for (n, token) in tokens.iter().enumerate() {
        let (state, action) = if let Some(at) = token.revoked_at {
            let by = token.revoked_by.as_deref().unwrap_or_default();
            let word = format!("無効（{} {by}）", format::date_time(at, zone));
            (Cell::Shown(ui::chip_with(Tone::Mute, Icon::Ring, &word), word), Cell::Blank)
        } else {
            let asked = Confirm::new(
                &format!("revoke-{n}"),
                format!("「{}」のトークンを無効にしますか？", token.name),
                format!("/settings/tokens/{}/revoke", token.id),
                "無効にする",
            )
            .says("このトークンを使うシステムは、すぐに数字を読めなくなります。元に戻せません。");
            dialogs = dialogs.then(&asked.dialog());
            let chip = Cell::Shown(ui::chip_with(Tone::Good, Icon::Check, "有効"), "有効".into());
            (chip, Cell::Shown(asked.trigger("無効にする"), String::new()))
        };
        grid.row([
            token.name.as_str().into(),
            state,
            format!("{}さんの閲覧範囲", token.owner).into(),
            format!("{} {}", format::date_time(token.issued_at, zone), token.issued_by).into(),
            token.used_at.map_or_else(|| "まだ使われていません".into(), |at| format::date_time(at, zone).into()),
            action,
        ]);
    }
    (grid, dialogs)
}
