//! 再送 of a day, a store or a range: how many events it affects, a question, and how far the requests have come.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use jiff::civil::Date;
use sales::StoreId;
use web::confirm::Confirm;
use web::html::Html;
use web::{Flash, Form, ListQuery, Notice, PageResult, filters, format, ui};

use super::{HERE, tabs};
use crate::accounts::Viewer;
use crate::console::shell;
use crate::outbox::resend::range::{Affected, Progress, Range, affected, recent, request};
use crate::{Pos, PosError, stores};

pub(super) const PATH: &str = "/deliveries/resend";
/// Requests shown.
const REQUESTS_SHOWN: i64 = 20;

#[derive(Template)]
#[template(path = "deliveries/resend.html")]
struct ResendPage<'a> {
    form: &'a Form,
    stores: Vec<(String, String)>,
    seen: Option<(Affected, Confirm)>,
    requests: Vec<Html>,
    running: bool,
}

/// The page; once a range is chosen, with what it affects.
pub(super) async fn show(State(pos): State<Arc<Pos>>, viewer: Viewer, flash: Flash, list: ListQuery) -> PageResult {
    viewer.must_be_head_office()?;
    let mut form = list.form();
    let mut seen = None;
    if list.is_filtered()
        && let Some(range) = read(&mut form)
    {
        let subject = subject(&pos, &viewer, range.store).await?;
        match affected(&pos, &viewer.tenant, range).await {
            Ok(found) => seen = Some((found, question(range, &subject, found))),
            Err(error) => explain(&mut form, error)?,
        }
    }
    page(&pos, &viewer, &flash, &form, seen).await
}

/// The decision.
pub(super) async fn submit(State(pos): State<Arc<Pos>>, viewer: Viewer, flash: Flash, mut form: Form) -> PageResult {
    viewer.must_be_head_office()?;
    let Some(range) = read(&mut form) else { return page(&pos, &viewer, &flash, &form, None).await };
    match request(&pos, &viewer.tenant, viewer.name(), range).await {
        Ok(0) => flash.set(Notice::failed("この期間に、再送できる精算はありません。")).await?,
        Ok(total) => {
            let words = format!("{}件を再送の列に入れました。古い営業日から順に送ります。", format::thousands(total));
            flash.set(Notice::done(words)).await?;
        }
        Err(error) => {
            explain(&mut form, error)?;
            return page(&pos, &viewer, &flash, &form, None).await;
        }
    }
    Ok(Redirect::to(PATH).into_response())
}

async fn page(pos: &Pos, viewer: &Viewer, flash: &Flash, form: &Form, seen: Option<(Affected, Confirm)>) -> PageResult {
    let mut stores = vec![(String::new(), "すべての店舗".to_owned())];
    let all = stores::names(pos, &viewer.tenant).await?;
    stores.extend(all.into_iter().map(|(id, name)| (id.to_string(), name)));
    let requests = recent(pos, &viewer.tenant, REQUESTS_SHOWN).await?;
    let running = requests.iter().any(|request| request.done_at.is_none());
    let requests = requests.iter().map(progress).collect();
    let status = if form.is_ok() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let shell = shell(pos, viewer, flash, "再送", HERE).await?.crumb("連携状況", Some(HERE)).crumb("再送", None);
    Ok(shell.status(status).render(ResendPage { form, stores, seen, requests, running }))
}

fn read(form: &mut Form) -> Option<Range> {
    let store = form.optional("store", |typed| typed.parse::<StoreId>().map_err(|_| "店舗を選択してください"));
    let from = form.date("from", "始まりの営業日");
    let to = form.date("to", "終わりの営業日");
    if from.zip(to).is_some_and(|(from, to): (Date, Date)| to < from) {
        form.error("to", "終わりの営業日は、始まりの営業日以降を入力してください");
    }
    let (from, to) = from.zip(to).filter(|_| form.is_ok())?;
    Some(Range { store: store.flatten(), from, to })
}

fn explain(form: &mut Form, error: PosError) -> Result<(), PosError> {
    match error {
        PosError::NotFound("store") => {
            form.error("store", "店舗を選択してください");
            Ok(())
        }
        PosError::NotFound(_) => {
            form.error("from", "FLAROと連携していないため再送できません。先に連携を開始してください");
            Ok(())
        }
        other => Err(other),
    }
}

async fn subject(pos: &Pos, viewer: &Viewer, store: Option<StoreId>) -> Result<String, PosError> {
    let Some(store) = store else { return Ok("すべての店舗".to_owned()) };
    let names = stores::names(pos, &viewer.tenant).await?;
    let name = names.into_iter().find(|(id, _)| *id == store).map(|(_, name)| name);
    Ok(name.unwrap_or_else(|| "この会社にない店舗".to_owned()))
}

fn question(range: Range, subject: &str, found: Affected) -> Confirm {
    let (from, to) = (format::date(range.from), format::date(range.to));
    let question = Confirm::new("resend", format!("{subject}の {from}〜{to} をもう一度送りますか？"), PATH, "再送する")
        .harmless()
        .says(format!("精算 {} を送ります（いちばん新しい改訂だけ）。", count(found)))
        .says("前に送ったものと同じ内容を、同じ番号で送ります。FLAROの売上が二重になることはありません。")
        .sends("from", from)
        .sends("to", to);
    match range.store {
        Some(store) => question.sends("store", store.to_string()),
        None => question,
    }
}

fn count(found: Affected) -> String {
    let counted = format::thousands(i64::try_from(found.total.rows).unwrap_or(i64::MAX));
    format!("{counted}件{}", if found.total.more { "以上" } else { "" })
}

/// One request with its bar.
fn progress(request: &Progress) -> Html {
    let state = match request.done_at {
        Some(_) if request.queued < request.total => "終わりました。途中で改訂・連携解除されたものは除きました",
        Some(_) => "すべて列に入れました",
        None => "列に入れています",
    };
    let label = format!(
        "{} {}〜{}（{state}・{}さん）",
        request.store.as_deref().unwrap_or("すべての店舗"),
        format::date(request.from),
        format::date(request.to),
        request.requested_by
    );
    ui::progress(&label, request.queued.unsigned_abs(), request.total.unsigned_abs())
}

impl ResendPage<'_> {
    fn tabs() -> Html {
        tabs(PATH)
    }

    fn count(found: &Affected) -> String {
        count(*found)
    }
}
