//! 連携解除: asked once more, with how many settlements still wait; then the start page again.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Redirect};
use web::confirm::Confirm;
use web::{Flash, Notice, PageResult};

use super::HERE;
use crate::accounts::Viewer;
use crate::linkage::end::end;
use crate::linkage::overview::Overview;
use crate::{Pos, PosError};

/// The question.
pub(super) fn question(overview: &Overview) -> Confirm {
    let unsent = overview.waiting + overview.attention + overview.held.values().sum::<i64>();
    let lost = match unsent {
        0 => "未送信の精算はありません。".to_owned(),
        _ => format!("未送信の精算が {unsent}件 あります。解除すると送られません。"),
    };
    Confirm::new("end", "FLAROとの連携を解除しますか？", "/settings/linkages/flaro/end", "連携解除")
        .says(lost)
        .says("解除した後の精算は送られず、連携開始の画面に戻ります。これまでの履歴は残ります。")
        .says("もう一度連携すると、Webhook連携先URLは新しくなります。未送信の分は、そのときに引き継げます。")
}

/// The answer.
pub(super) async fn submit(State(pos): State<Arc<Pos>>, viewer: Viewer, flash: Flash) -> PageResult {
    viewer.must_be_admin()?;
    match end(&pos, &viewer.tenant, viewer.name()).await {
        Ok(left) => flash.set(Notice::done(format!("連携を解除しました（未送信 {left}件）。"))).await?,
        // Somebody else was quicker: it has ended.
        Err(PosError::NotFound(_)) => {}
        Err(error) => return Err(error.into()),
    }
    Ok(Redirect::to(HERE).into_response())
}
