//! ヘルプ: whom to ask and what to have ready, how the linkage works in plain words, what each state means, and the
//! manual's steps with a link to each screen. The contacts come from the settings.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::routing::get;
use web::html::Html;
use web::ui::{Icon, Tone, chip_with};
use web::{Flash, PageResult, Routes};

use super::shell;
use crate::accounts::Viewer;
use crate::{Pos, Support};

/// Where it is.
pub const HERE: &str = "/help";

/// The page.
pub fn router() -> Routes<Arc<Pos>> {
    Routes::new().route(HERE, get(show))
}

#[derive(Template)]
#[template(path = "help.html")]
struct Page<'a> {
    support: &'a Support,
    head_office: bool,
    states: [(Html, &'static str); 8],
}

async fn show(State(pos): State<Arc<Pos>>, viewer: Viewer, flash: Flash) -> PageResult {
    let page = Page { support: &pos.settings.support, head_office: viewer.store().is_none(), states: states() };
    Ok(shell(&pos, &viewer, &flash, "ヘルプ・お問い合わせ", HERE).await?.render(page))
}

/// Every word of 連携状況 with what it means and what to do.
fn states() -> [(Html, &'static str); 8] {
    [
        (chip_with(Tone::Mute, Icon::Wait, "送信待ち"), "まもなく自動で送ります。何もする必要はありません。"),
        (chip_with(Tone::Key, Icon::Send, "送信中"), "いま送っています。"),
        (chip_with(Tone::Warn, Icon::Retry, "再送待ち"), "一度届かなかったため、時間をおいて自動で送り直します。"),
        (chip_with(Tone::Good, Icon::Check, "送信済み"), "FLAROに届きました。"),
        (
            chip_with(Tone::Bad, Icon::Alert, "要対応"),
            "FLAROが受け付けませんでした。理由を見て、直してから再送してください。",
        ),
        (
            chip_with(Tone::Mute, Icon::Pause, "停止中"),
            "連携状態がオフか、送信を一時停止しています。再開すると続きから送ります。",
        ),
        (chip_with(Tone::Warn, Icon::Pause, "保留"), "連携状態がオフの間の精算です。オンにすると送ります。"),
        (chip_with(Tone::Mute, Icon::Flat, "連携外"), "連携期間の外の営業日です。必要なときは過去分連携で送れます。"),
    ]
}
