//! 店舗管理 ＞ 店舗別設定: which payment methods, discounts and ad media each store uses.

mod bulk;
mod matrix;

use std::sync::{Arc, LazyLock};

use axum::routing::get;
use web::Routes;
use web::assets::Asset;
use web::html::Html;
use web::ui::{self, Segment};

use crate::Pos;
use crate::masters::SettingKind;

/// Where the matrix is.
pub const HERE: &str = "/store-settings";
/// Where many stores are changed at once.
pub const BULK: &str = "/store-settings/bulk";

/// Rows and columns switched at once, the arrow keys, and what has changed so far. Everything works without it.
pub static SCRIPT: LazyLock<Asset> =
    LazyLock::new(|| Asset::new("matrix.js", "text/javascript; charset=utf-8", include_bytes!("settings/matrix.js")));

/// The pages.
pub fn router() -> Routes<Arc<Pos>> {
    Routes::new().route(HERE, get(matrix::show).post(matrix::submit)).route(BULK, get(bulk::show).post(bulk::submit))
}

/// The three kinds side by side, each a link.
fn kinds(path: &str, current: SettingKind) -> Html {
    let segment = |kind: SettingKind| Segment {
        label: kind.label().to_owned(),
        href: format!("{path}?kind={}", kind.word()),
        current: kind == current,
    };
    ui::segments("設定するもの", &SettingKind::ALL.map(segment))
}

/// The kind in the query or the form; 支払種別 where none is said.
fn kind_of(word: &str) -> SettingKind {
    SettingKind::of(word).unwrap_or(SettingKind::Payment)
}
