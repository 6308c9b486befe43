//! マイページ: who is signed in, what they may do and see.

use super::shell;
use crate::{Flaro, days, rights::Right, tenant::Viewer};
use askama::Template;
use axum::extract::State;
use db::Tx;
use std::sync::Arc;
use web::PageResult;

#[derive(Template)]
#[template(path = "mypage.html")]
struct Page {
    facts: Vec<(&'static str, String)>,
    stores: Vec<String>,
}

pub(super) async fn show(State(flaro): State<Arc<Flaro>>, viewer: Viewer) -> PageResult {
    let scope = viewer.scope.clone();
    let stores = flaro.db.read(async move |tx: &mut Tx| days::visible_stores(tx, &scope).await).await?;
    let range = if viewer.scope.all_stores { "全店舗".to_owned() } else { format!("{}店舗", stores.len()) };
    let page = Page {
        facts: vec![
            ("名前", viewer.who.name().to_owned()),
            ("企業", viewer.company_name.clone()),
            ("権限", viewer.role.label().to_owned()),
            ("閲覧範囲", range),
            ("機能権限", functions(&viewer.rights)),
        ],
        stores: stores.into_iter().map(|store| store.name).collect(),
    };
    Ok(shell(&viewer, "マイページ", "/mypage").render(page))
}

fn functions(rights: &[Right]) -> String {
    if rights.is_empty() {
        return "閲覧のみ".to_owned();
    }
    rights.iter().map(|right| right.label()).collect::<Vec<_>>().join("、")
}
