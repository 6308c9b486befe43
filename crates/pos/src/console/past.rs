//! 過去分連携: a store and a range of days before 連携開始日; what would go, a warning, and how far it has come.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use axum::routing::get;
use jiff::civil::Date;
use sales::StoreId;
use web::confirm::Confirm;
use web::html::{Html, escape};
use web::ui;
use web::{Flash, Form, ListQuery, Notice, PageResult, Routes, filters, format};

use super::{flaro, shell};
use crate::accounts::Viewer;
use crate::linkage::overview::overview;
use crate::queue::candidates::Preview;
use crate::queue::past::{preview, request_past};
use crate::queue::{Kind, Progress};
use crate::{Pos, PosError, stores};

const HERE: &str = "/settings/linkages/flaro/past";

/// The page.
pub fn router() -> Routes<Arc<Pos>> {
    Routes::new().route(HERE, get(show).post(submit))
}

#[derive(Template)]
#[template(path = "past.html")]
struct Page<'a> {
    form: &'a Form,
    stores: Vec<(String, String)>,
    preview: Option<(Preview, Confirm)>,
    requests: Vec<Html>,
}

/// What was chosen, once all of it is there.
struct Chosen {
    store: StoreId,
    range: (Date, Date),
}

async fn show(State(pos): State<Arc<Pos>>, viewer: Viewer, flash: Flash, list: ListQuery) -> PageResult {
    viewer.must_be_admin()?;
    let mut form = list.form();
    let mut seen = None;
    if list.is_filtered()
        && let Some(chosen) = read(&mut form)
    {
        match preview(&pos, &viewer.tenant, chosen.store, chosen.range).await {
            Ok(found) => seen = Some((found, question(&chosen, found))),
            Err(error) => explain(&mut form, error)?,
        }
    }
    page(&pos, &viewer, &flash, &form, seen).await
}

async fn submit(State(pos): State<Arc<Pos>>, viewer: Viewer, flash: Flash, mut form: Form) -> PageResult {
    viewer.must_be_admin()?;
    let Some(chosen) = read(&mut form) else { return page(&pos, &viewer, &flash, &form, None).await };
    match request_past(&pos, &viewer.tenant, viewer.name(), chosen.store, chosen.range).await {
        Ok(requested) => {
            let words = format!("過去分連携を受け付けました（{}件）。古い営業日から順に送ります。", requested.total);
            flash.set(Notice::done(words)).await?;
            Ok(Redirect::to(HERE).into_response())
        }
        Err(error) => {
            explain(&mut form, error)?;
            page(&pos, &viewer, &flash, &form, None).await
        }
    }
}

async fn page(
    pos: &Pos,
    viewer: &Viewer,
    flash: &Flash,
    form: &Form,
    preview: Option<(Preview, Confirm)>,
) -> PageResult {
    let all = stores::names(pos, &viewer.tenant).await?;
    let mut choices = vec![(String::new(), "選択してください".to_owned())];
    choices.extend(all.into_iter().map(|(id, name)| (id.to_string(), name)));
    let requests = overview(pos, &viewer.tenant).await?.map(|overview| overview.requests).unwrap_or_default();
    let requests = requests.iter().filter(|request| request.kind == Kind::Past).map(progress).collect();
    let status = if form.is_ok() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let shell = shell(pos, viewer, flash, "過去分連携", flaro::HERE).await?;
    let shell = shell.crumb("設定", None).crumb("外部連携設定", None).crumb("FLARO", Some(flaro::HERE));
    Ok(shell.crumb("過去分連携", None).status(status).render(Page { form, stores: choices, preview, requests }))
}

fn read(form: &mut Form) -> Option<Chosen> {
    let store = form.read("store", |typed| typed.parse::<StoreId>().map_err(|_| "店舗を選択してください"));
    let from = form.date("from", "始まりの営業日");
    let to = form.date("to", "終わりの営業日");
    Some(Chosen { store: store?, range: (from?, to?) })
}

fn explain(form: &mut Form, error: PosError) -> Result<(), PosError> {
    match error {
        PosError::Rule(words) => {
            form.error("to", words);
            Ok(())
        }
        PosError::NotFound(_) => {
            form.error("store", "店舗を選択してください");
            Ok(())
        }
        other => Err(other),
    }
}

fn question(chosen: &Chosen, found: Preview) -> Confirm {
    let (from, to) = (format::date(chosen.range.0), format::date(chosen.range.1));
    Confirm::new("past", "過去分をFLAROへ送りますか？", HERE, "過去分を送る")
        .says(format!(
            "{from}〜{to} の {}日分・精算 {}件・{}（税込）を送ります。",
            found.days,
            found.settlements,
            format::yen(found.total)
        ))
        .says("FLAROに手入力した日があると、売上が二重に計上されます。先にFLAROで確認してください。")
        .says("この期間に後から届いた精算も送ります。送った後で取り消すことはできません。")
        .sends("store", chosen.store.to_string())
        .sends("from", from)
        .sends("to", to)
}

/// One request with its bar.
pub(super) fn progress(request: &Progress) -> Html {
    let what = match request.kind {
        Kind::Held => "保留分".to_owned(),
        Kind::Inherit => "前回の未送信分".to_owned(),
        Kind::Past => format!("{}〜{}", format::date(request.from), format::date(request.to)),
    };
    let state = if request.done_at.is_some() { "準備済み" } else { "準備中" };
    let label = format!("{} {what}（{state}・{}さん）", request.store_name, request.requested_by);
    if request.total == 0 {
        // A bar of nothing would stand at 0% for ever.
        let said = format!("{label}：受け付けたときは0件。後から届いた精算は、届いたときに送ります。");
        return Html::trusted(format!("<p>{}</p>", escape(&said)));
    }
    ui::progress(&label, request.queued.unsigned_abs(), request.total.unsigned_abs())
}
