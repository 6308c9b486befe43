//! Saving a question under a name, and deleting one's own.

use crate::{Flaro, audit::Stamp, bi::views, tenant::Viewer};
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect},
};
use db::{DbError, Tx};
use std::sync::Arc;
use web::{Failure, Flash, Form, ListQuery, Notice, PageResult};

const NAME_CHARACTERS_MAX: usize = 60;
const QUERY_CHARACTERS_MAX: usize = 2_000;

/// `POST /bi/views`
pub(in crate::console) async fn save(
    State(flaro): State<Arc<Flaro>>,
    viewer: Viewer,
    flash: Flash,
    mut form: Form,
) -> PageResult {
    let query: String = form.raw("query").chars().take(QUERY_CHARACTERS_MAX).collect();
    let back = if query.is_empty() { "/bi".to_owned() } else { format!("/bi?{query}") };
    // Only what a question is made of is kept, whatever was posted.
    let query = ListQuery::of("/bi", &query)
        .with("format", "")
        .strip_prefix("/bi")
        .unwrap_or_default()
        .trim_start_matches('?')
        .to_owned();
    let name = form.required("name", "名前").filter(|name| name.chars().count() <= NAME_CHARACTERS_MAX);
    let Some(name) = name else {
        let message = format!("保存する名前を{NAME_CHARACTERS_MAX}文字までで入力してください。");
        flash.set(Notice::failed(message)).await?;
        return Ok(Redirect::to(&back).into_response());
    };
    let (scope, who, stamp) = (viewer.scope.clone(), viewer.who.name().to_owned(), Stamp::new(&flaro));
    let (shared, kept) = (form.is_on("shared"), name.clone());
    let unit = async move |tx: &mut Tx| -> Result<bool, DbError> {
        views::save(tx, &scope, &who, (&kept, &query, shared), stamp).await
    };
    let notice = if flaro.db.write(unit).await? {
        Notice::done(format!("「{name}」を保存しました。"))
    } else {
        Notice::failed(format!("保存できるのは{}件までです。使わないものを削除してください。", views::VIEWS_MAX))
    };
    flash.set(notice).await?;
    Ok(Redirect::to(&back).into_response())
}

/// `POST /bi/views/{view}/delete`
pub(in crate::console) async fn delete(
    State(flaro): State<Arc<Flaro>>,
    viewer: Viewer,
    flash: Flash,
    Path(view): Path<String>,
) -> PageResult {
    let (scope, who, stamp) = (viewer.scope.clone(), viewer.who.name().to_owned(), Stamp::new(&flaro));
    let unit =
        async move |tx: &mut Tx| -> Result<bool, DbError> { views::delete(tx, &scope, &who, &view, stamp).await };
    if !flaro.db.write(unit).await? {
        return Err(Failure::not_found());
    }
    flash.set(Notice::done("保存した集計を削除しました。")).await?;
    Ok(Redirect::to("/bi").into_response())
}
