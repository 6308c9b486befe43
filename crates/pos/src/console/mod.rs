//! The console of a chain's head office: one page a file, its template beside it, framed by the web kit's shell.

mod attention;
mod check;
mod checks;
mod choice;
mod datasets;
pub mod deliveries;
pub mod flaro;
pub mod grid;
mod history;
mod home;
pub mod past;
mod settlement;
mod settlements;
pub mod states;
mod stores;

use std::sync::{Arc, LazyLock};

use db::{Tx, args};
use web::{Failure, Flash, Menu, Routes, Shell};

use crate::accounts::{Role, Viewer};
use crate::{Pos, PosError};

/// What the product is called on its pages.
pub const PRODUCT: &str = "締め ｜ 本部";

static HEAD_OFFICE: LazyLock<Menu> = LazyLock::new(|| {
    Menu::new(PRODUCT, "/")
        .group(
            "",
            &[
                ("精算一覧", "/settlements"),
                ("会計明細", "/checks"),
                ("要対応", "/attention"),
                ("連携状況", "/deliveries"),
                ("連携カレンダー", "/deliveries/month"),
            ],
        )
        .group("店舗管理", &[("店舗・レジ", "/stores")])
        .group("設定", &[("外部連携設定", "/settings/linkages/flaro"), ("変更履歴", "/history")])
});

static STORE: LazyLock<Menu> = LazyLock::new(|| {
    Menu::new(PRODUCT, "/")
        .group("", &[("精算一覧", "/settlements"), ("会計明細", "/checks"), ("要対応", "/attention")])
});

/// Every page.
pub(crate) fn pages(pos: Arc<Pos>) -> Routes {
    Routes::new()
        .merge(home::router())
        .merge(settlements::router())
        .merge(checks::router())
        .merge(attention::router())
        .merge(stores::router())
        .merge(history::router())
        .merge(flaro::router())
        .merge(past::router())
        .merge(deliveries::router())
        .with_state(pos)
}

const COMPANY: &str = "SELECT code, name FROM company WHERE company_id = $1";

/// The shell of a page for this viewer: their menu, their company in the top bar, what just happened.
/// `here` is the menu entry the page belongs to.
pub async fn shell(
    pos: &Pos,
    viewer: &Viewer,
    flash: &Flash,
    title: impl Into<String>,
    here: &str,
) -> Result<Shell<'static>, Failure> {
    let tenant = viewer.tenant.clone();
    let top = pos
        .db
        .read(async move |tx: &mut Tx| -> Result<String, PosError> {
            let row = tx.fetch_one(COMPANY, args![tenant.as_str()]).await?;
            Ok(format!("企業コード {}　{}", row.text("code")?, row.text("name")?))
        })
        .await?;
    let menu: &'static Menu = match viewer.role {
        Role::CompanyAdmin | Role::HeadOffice => &HEAD_OFFICE,
        Role::Store(_) => &STORE,
    };
    Ok(Shell::new(menu, title).here(here).top(top).who(&viewer.who).flash(flash.take().await))
}
