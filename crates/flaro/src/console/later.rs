//! What is not here yet says so, and where to look meanwhile.

use super::shell;
use crate::tenant::Viewer;
use askama::Template;
use axum::extract::Path;
use web::{Failure, Html, PageResult, table};

#[derive(Template)]
#[template(ext = "html", source = "{{ empty }}")]
struct Page {
    empty: Html,
}

pub(super) async fn show(viewer: Viewer, Path(what): Path<String>) -> PageResult {
    let (title, next) = match what.as_str() {
        "attendance" => ("勤怠", "勤怠は準備中です。人件費は「経費・人件費」で日ごとに入力できます。"),
        "clock" => {
            ("タイムレコーダー", "タイムレコーダーは準備中です。人件費は「経費・人件費」で日ごとに入力できます。")
        }
        _ => return Err(Failure::not_found()),
    };
    let empty = table::empty(&format!("{title}は準備中です"), next, Some(("営業日一覧へ", "/days")));
    Ok(shell(&viewer, title, &format!("/later/{what}")).render(Page { empty }))
}
