//! テスト送信: the button, and in one sentence what came back.

use std::sync::Arc;

use axum::extract::State;
use axum::response::{IntoResponse, Redirect};
use protocol::delivery::{Meaning, meaning};
use web::{Flash, Notice, PageResult};

use super::HERE;
use crate::accounts::Viewer;
use crate::delivery::record::Outcome;
use crate::sender::trial::send;
use crate::{Pos, PosError};

/// The button.
pub(super) async fn submit(State(pos): State<Arc<Pos>>, viewer: Viewer, flash: Flash) -> PageResult {
    viewer.must_be_head_office()?;
    match send(&pos, &viewer.tenant, viewer.name()).await {
        Ok(outcome) => flash.set(notice(&outcome)).await?,
        Err(PosError::NotFound(_)) => {}
        Err(error) => return Err(error.into()),
    }
    Ok(Redirect::to(HERE).into_response())
}

fn notice(outcome: &Outcome) -> Notice {
    let took = outcome.took_ms;
    match (meaning(outcome.answer), outcome.status) {
        (Meaning::Delivered, _) if outcome.receipt.is_some() => {
            Notice::done(format!("テスト送信は成功しました。FLAROから受領証が届きました（{took}ミリ秒）。"))
        }
        (Meaning::Delivered, _) => {
            Notice::done(format!("テスト送信は届きましたが、受領証がありません（{took}ミリ秒）。"))
        }
        (_, Some(status)) => {
            Notice::failed(format!("テスト送信はFLAROに受け付けられませんでした（{status}）。{}", outcome.text))
        }
        (_, None) => Notice::failed(format!("テスト送信は届きませんでした。{}", outcome.text)),
    }
}
