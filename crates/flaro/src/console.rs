//! The pages, one a file with its template beside it. Every one needs a log-in; what it shows is inside the
//! viewer's 閲覧範囲, in the query itself.

mod approval;
mod approvals;
mod bi;
mod budgets;
mod categories;
mod check;
mod checks;
mod choose;
mod company;
mod conflict;
mod contact;
mod costs;
mod dashboard;
mod day;
mod days;
mod event;
mod events;
mod grid;
mod groups;
mod history;
mod imports;
mod invitation;
mod later;
mod linkages;
mod live;
mod mapping;
mod mypage;
mod people;
mod receipts;
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
        .merge(management())
        .merge(mapped())
        .route("/days", get(days::list))
        .route("/days/approvals", get(approvals::show).post(approvals::decide))
        .route("/days/{store}/{date}", get(day::show))
        .route("/days/{store}/{date}/approval", get(approval::show).post(approval::decide))
        .route("/days/{store}/{date}/checks", get(checks::list))
        .route("/checks/{check}", get(check::show))
        .route("/linkages", get(linkages::list))
        .route("/receipts", get(receipts::list))
        .route("/linkages/events", get(events::list))
        .route("/linkages/events/{event}", get(event::show))
        .route("/linkages/events/{event}/body", get(event::body))
        .route("/linkages/conflicts/{event}/{body}", get(conflict::show))
        .route("/mypage", get(mypage::show).post(mypage::submit))
        .merge(settings())
        .route("/later/{what}", get(later::show))
        .route("/bi", get(bi::show))
        .route("/bi/views", post(bi::save))
        .route("/bi/views/{view}/delete", post(bi::delete))
        .route("/settings/tokens", get(tokens::show).post(tokens::issue))
        .route("/settings/tokens/{token}/revoke", post(tokens::revoke))
        .merge(reports::router())
        .with_state(flaro.clone())
        .merge(invitation::router(flaro))
}

/// 店舗管理.
fn management() -> Routes<Arc<Flaro>> {
    Routes::new()
        .route("/stores", get(stores::list))
        .route("/stores/{store}", get(stores::show).post(stores::save))
        .merge(groups::router())
        .route("/categories", get(categories::list).post(categories::save))
        .route("/budgets", get(budgets::list))
        .route("/budgets/{store}/{month}", get(budgets::show).post(budgets::save))
        .route("/budgets/{store}/{month}/spread", post(budgets::spread))
        .route("/costs", get(costs::list))
        .route("/costs/{store}/{month}", get(costs::show).post(costs::save))
        .route("/costs/{store}/{month}/labour", post(costs::save_labour))
        .route("/imports/{kind}", get(imports::start).post(imports::send))
        .route("/imports/{kind}/{id}", get(imports::preview).post(imports::confirm))
}

/// 設定 and お問い合わせ.
fn settings() -> Routes<Arc<Flaro>> {
    people::router()
        .route("/history", get(history::list))
        .route("/company", get(company::show).post(company::save))
        .route("/contact", get(contact::show).post(contact::ask))
        .route("/contact/list", get(contact::list))
        .route("/contact/{inquiry}", get(contact::show_one))
        .route("/support", get(contact::support))
        .route("/support/{inquiry}", get(contact::show_one))
        .route("/support/{inquiry}/state", post(contact::set_state))
}

/// 外部連携 ＞ マッピング.
fn mapped() -> Routes<Arc<Flaro>> {
    Routes::new()
        .route("/mapping", get(mapping::list).post(mapping::assign))
        .route("/mapping/subjects", get(mapping::subjects).post(mapping::add_subject))
        .route("/mapping/subjects/usual", post(mapping::prepare))
        .route("/mapping/subjects/{subject}", post(mapping::rename))
        .route("/mapping/subjects/{subject}/state", post(mapping::set_state))
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
    let work = [("ダッシュボード", "/"), ("営業日", "/days"), ("帳票", "/reports"), ("BI", "/bi")];
    let mut menu = Menu::new("FLARO", "/").account("/mypage").group("", &work);
    menu = menu.group("店舗管理", &management_links(viewer));
    if viewer.may(Right::Linkage) {
        menu = menu
            .group("外部連携", &[("連携状況", "/linkages"), ("日別の受信", "/receipts"), ("マッピング", "/mapping")]);
    }
    let setup = [
        ("担当者と権限", "/people", Right::People),
        ("変更履歴", "/history", Right::History),
        ("企業設定", "/company", Right::Company),
        ("APIトークン", "/settings/tokens", Right::Company),
    ];
    let setup: Vec<_> =
        setup.iter().filter(|(.., right)| viewer.may(*right)).map(|(name, at, _)| (*name, *at)).collect();
    if !setup.is_empty() {
        menu = menu.group("設定", &setup);
    }
    let later = [("勤怠", "/later/attendance"), ("タイムレコーダー", "/later/clock")];
    let mut own = vec![("マイページ", "/mypage"), ("お問い合わせ", "/contact")];
    if viewer.support {
        own.push(("サポート", "/support"));
    }
    menu.group("準備中", &later).group("", &own)
}

fn management_links(viewer: &Viewer) -> Vec<(&'static str, &'static str)> {
    let mut links = vec![("店舗一覧", "/stores"), ("予算", "/budgets"), ("経費・人件費", "/costs")];
    if viewer.may(Right::Stores) {
        links.extend([("商品カテゴリ", "/categories"), ("エリア", "/areas"), ("ブランド", "/brands")]);
    }
    links
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
