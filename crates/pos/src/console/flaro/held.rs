//! 保留の内訳: which days wait for the store's switch, and the decision that a day does not go.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect};
use db::Tx;
use jiff::civil::Date;
use sales::StoreId;
use web::confirm::Confirm;
use web::{Failure, Flash, Form, Notice, PageResult, filters, format, text};

use super::HERE;
use crate::accounts::Viewer;
use crate::console::shell;
use crate::queue::{candidates, discard};
use crate::{Pos, PosError, linkage, stores};

#[derive(Template)]
#[template(path = "flaro/held.html")]
struct HeldPage {
    days: Vec<(Date, i64, Confirm)>,
}

/// The days.
pub(super) async fn show(
    State(pos): State<Arc<Pos>>,
    viewer: Viewer,
    flash: Flash,
    Path(store): Path<String>,
) -> PageResult {
    viewer.must_be_head_office()?;
    let store: StoreId = store.parse().map_err(|_| Failure::not_found())?;
    let names = stores::names(&pos, &viewer.tenant).await?;
    let (_, name) = names.into_iter().find(|(id, _)| *id == store).ok_or_else(Failure::not_found)?;
    let tenant = viewer.tenant.clone();
    let days = pos.db.read(async move |tx: &mut Tx| -> Result<Vec<(Date, i64)>, PosError> {
        let Some(linkage) = linkage::linked(tx, &tenant).await? else { return Ok(Vec::new()) };
        candidates::held_days(tx, &tenant, linkage.generation, store).await
    });
    let question = |(day, count): (Date, i64)| {
        let action = format!("{HERE}/stores/{store}/held");
        let title = format!("{} の保留分を送らないことにしますか？", format::date(day));
        let question = Confirm::new(&format!("day-{day}"), title, action, "送らない")
            .says(format!("{name}の精算 {count}件 は、連携状態をオンにしてもFLAROへ送られません。"))
            .says("取り消すことはできません。後で必要になったときは、過去分連携で送れます。")
            .sends("day", format::date(day));
        (day, count, question)
    };
    let days = days.await?.into_iter().map(question).collect();
    let shell = shell(&pos, &viewer, &flash, format!("保留の内訳 {name}"), HERE).await?;
    let shell = shell.crumb("設定", None).crumb("外部連携設定", None).crumb("FLARO", Some(HERE));
    Ok(shell.crumb("保留の内訳", None).render(HeldPage { days }))
}

/// The decision.
pub(super) async fn discard_day(
    State(pos): State<Arc<Pos>>,
    viewer: Viewer,
    flash: Flash,
    Path(store): Path<String>,
    form: Form,
) -> PageResult {
    viewer.must_be_admin()?;
    let store: StoreId = store.parse().map_err(|_| Failure::not_found())?;
    let day = text::date(form.text("day")).ok_or_else(Failure::not_found)?;
    match discard(&pos, &viewer.tenant, viewer.name(), store, day).await {
        Ok(()) => flash.set(Notice::done(format!("{} の保留分は送りません。", format::date(day)))).await?,
        Err(PosError::NotFound("store")) => return Err(Failure::not_found()),
        // Ended meanwhile.
        Err(PosError::NotFound(_)) => {}
        Err(error) => return Err(error.into()),
    }
    Ok(Redirect::to(&format!("{HERE}/stores/{store}/held")).into_response())
}
