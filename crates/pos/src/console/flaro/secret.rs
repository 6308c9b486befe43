//! 署名の鍵を更新: the button. The key itself is shown to nobody.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Redirect};
use web::confirm::Confirm;
use web::{Flash, Notice, PageResult};

use super::HERE;
use crate::accounts::Viewer;
use crate::linkage::secret::renew;
use crate::{Pos, PosError};

/// The question.
pub(super) fn question() -> Confirm {
    Confirm::new("secret", "署名の鍵を更新しますか？", "/settings/linkages/flaro/secret", "更新")
        .says("FLAROから新しい鍵を受け取り、これからの送信に使います。鍵は画面には表示されません。")
        .says("送信は止まりません。今の鍵も24時間は有効なため、送信中の精算もそのまま届きます。")
        .harmless()
}

/// The answer.
pub(super) async fn submit(State(pos): State<Arc<Pos>>, viewer: Viewer, flash: Flash) -> PageResult {
    viewer.must_be_admin()?;
    match renew(&pos, &viewer.tenant, viewer.name()).await {
        Ok(()) => flash.set(Notice::done("署名の鍵の更新をFLAROに依頼しました。数秒で切り替わります。")).await?,
        // Somebody ended the linkage meanwhile: there is nothing to renew.
        Err(PosError::NotFound(_)) => {}
        Err(error) => return Err(error.into()),
    }
    Ok(Redirect::to(HERE).into_response())
}
