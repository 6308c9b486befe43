//! 会計分割: some of a table's items go to a bill of their own. The guests stay with the first, so that they count
//! once.
#![expect(clippy::trivially_copy_pass_by_ref, reason = "templates hand their fields over by reference")]

use super::{Screen, clerk::Clerk, panel, sell};
use crate::{OpenCheck, Tap};
use askama::Template;
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect},
};
use sales::CheckId;
use std::{collections::BTreeMap, sync::Arc};
use web::{Failure, Flash, Form, Notice, PageResult};

#[derive(Template)]
#[template(path = "split.html")]
struct Content<'a> {
    open: &'a OpenCheck,
    part: CheckId,
    form: &'a Form,
}

pub(super) async fn show(State(screen): State<Arc<Screen>>, clerk: Clerk, Path(id): Path<String>) -> PageResult {
    let id = id.parse().map_err(|_| Failure::not_found())?;
    let part = CheckId((screen.till.random)());
    page(&screen, &clerk, id, part, &Form::default(), StatusCode::OK).await
}

pub(super) async fn split(
    State(screen): State<Arc<Screen>>,
    clerk: Clerk,
    flash: Flash,
    Path(id): Path<String>,
    mut form: Form,
) -> PageResult {
    let id: CheckId = id.parse().map_err(|_| Failure::not_found())?;
    let part: CheckId = form.text("part").parse().map_err(|_| Failure::new(StatusCode::BAD_REQUEST))?;
    let Some(open) = screen.till.open_check(id).await? else {
        return Ok(Redirect::to(&sell::address(id, "")).into_response());
    };
    let takes = takes(&open, &mut form);
    if !form.is_ok() {
        return page(&screen, &clerk, id, part, &form, StatusCode::UNPROCESSABLE_ENTITY).await;
    }
    let tap = Tap { staff: clerk.code.clone(), key: format!("split-{part}") };
    match screen.till.split_check(id, part, takes, tap, screen.now()).await {
        Ok((_, part)) => {
            flash.set(Notice::done("伝票を分けました。分けたほうの伝票を表示しています。")).await?;
            Ok(Redirect::to(&sell::address(part.id, "")).into_response())
        }
        Err(error) => {
            let told = screen.told(&error);
            form.error("", told.text);
            page(&screen, &clerk, id, part, &form, told.status).await
        }
    }
}

fn takes(open: &OpenCheck, form: &mut Form) -> BTreeMap<u32, i64> {
    let mut takes = BTreeMap::new();
    for item in &open.order.items {
        let name = format!("take-{}", item.no);
        if form.text(&name).is_empty() {
            continue;
        }
        let quantity = form.integer(&name, &item.dish.product.name, 0..=item.quantity);
        takes.extend(quantity.map(|quantity| (item.no, quantity)));
    }
    takes
}

async fn page(
    screen: &Screen,
    clerk: &Clerk,
    id: CheckId,
    part: CheckId,
    form: &Form,
    status: StatusCode,
) -> PageResult {
    let Some(open) = screen.till.open_check(id).await? else {
        return Ok(Redirect::to(&sell::address(id, "")).into_response());
    };
    let title = format!("会計分割　{}", panel::name(&open));
    screen.page(clerk, title, "/").status(status).render(Content { open: &open, part, form }).await
}

impl Content<'_> {
    fn value(&self, no: &u32) -> String {
        let typed = self.form.raw(&format!("take-{no}"));
        if typed.is_empty() { "0".to_owned() } else { typed.to_owned() }
    }

    fn error(&self, no: &u32) -> Option<&str> {
        self.form.errors().of(&format!("take-{no}"))
    }
}
