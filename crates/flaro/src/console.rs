//! The pages, one a file with its template beside it. Every one needs a log-in; what it shows is inside the
//! viewer's 閲覧範囲, in the query itself.

mod approval;
mod approvals;
mod bi;
mod check;
mod checks;
mod conflict;
mod dashboard;
mod day;
mod days;
mod event;
mod events;
mod grid;
mod later;
mod linkages;
mod live;
mod mypage;
mod reports;
mod stores;
mod tokens;
mod words;

use crate::{Flaro, rights::Right, tenant::Viewer};
use axum::routing::{get, post};
use std::sync::Arc;
use web::{Failure, Menu, Routes, Shell, assets::Asset};

/// All pages.
pub(crate) fn router(flaro: Arc<Flaro>) -> Routes {
    Routes::new()
        .route("/", get(dashboard::show))
        .route("/pulse", get(live::pulse))
        .route("/stores", get(stores::list))
        .route("/days", get(days::list))
        .route("/days/approvals", get(approvals::show).post(approvals::decide))
        .route("/days/{store}/{date}", get(day::show))
        .route("/days/{store}/{date}/approval", get(approval::show).post(approval::decide))
        .route("/days/{store}/{date}/checks", get(checks::list))
        .route("/checks/{check}", get(check::show))
        .route("/linkages", get(linkages::list))
        .route("/linkages/events", get(events::list))
        .route("/linkages/events/{event}", get(event::show))
        .route("/linkages/events/{event}/body", get(event::body))
        .route("/linkages/conflicts/{event}/{body}", get(conflict::show))
        .route("/mypage", get(mypage::show))
        .route("/later/{what}", get(later::show))
        .route("/bi", get(bi::show))
        .route("/bi/views", post(bi::save))
        .route("/bi/views/{view}/delete", post(bi::delete))
        .route("/settings/tokens", get(tokens::show).post(tokens::issue))
        .route("/settings/tokens/{token}/revoke", post(tokens::revoke))
        .merge(reports::router())
        .with_state(flaro)
}

/// What the pages bring beside the kit's own files.
pub(crate) fn assets() -> Vec<Asset> {
    vec![live::SCRIPT.clone()]
}

#[cfg(test)]
pub(crate) fn report_paths() -> Vec<&'static str> {
    reports::Kind::ALL.into_iter().map(reports::Kind::path).collect()
}

/// The side menu: what somebody may not open is not in it.
fn menu(viewer: &Viewer) -> Menu {
    let mut work = vec![
        ("ダッシュボード", "/"),
        ("営業日", "/days"),
        ("帳票", "/reports"),
        ("BI", "/bi"),
        ("店舗管理", "/stores"),
    ];
    if viewer.may(Right::Linkage) {
        work.push(("外部連携", "/linkages"));
    }
    if viewer.may(Right::Company) {
        work.push(("APIトークン", "/settings/tokens"));
    }
    let later = [("勤怠", "/later/attendance"), ("設定", "/later/settings"), ("お問い合わせ", "/later/contact")];
    Menu::new("FLARO", "/")
        .account("/mypage")
        .group("", &work)
        .group("準備中", &later)
        .group("", &[("マイページ", "/mypage")])
}

/// A page in this place's frame.
fn shell<'a>(viewer: &Viewer, title: impl Into<String>, here: &str) -> Shell<'a> {
    Shell::new(menu(viewer), title).here(here).who(&viewer.who).top(viewer.company_name.clone())
}

/// Something in a path that must be an id or a date of ours; anything else is a page that isn't there.
fn in_path<T: std::str::FromStr>(text: &str) -> Result<T, Failure> {
    text.parse().map_err(|_| Failure::not_found())
}

/// 客単価 in yen: net sales per guest, rounded half up; none of nobody.
pub(crate) fn yen_per_guest(net: i64, guests: i64) -> Option<i64> {
    let (net, guests) = (i128::from(net), i128::from(guests));
    (guests > 0).then(|| i64::try_from((2 * net + guests).div_euclid(2 * guests)).unwrap_or(i64::MAX))
}

/// 客単価 as it is shown.
fn per_guest(net: i64, guests: i64) -> String {
    yen_per_guest(net, guests).map_or_else(|| "―".to_owned(), web::format::yen)
}
