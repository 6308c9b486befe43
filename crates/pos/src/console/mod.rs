//! The console of a chain's head office: one page a file, its template beside it, framed by the web kit's shell.

mod account;
mod attention;
mod categories;
mod check;
mod checks;
mod choice;
mod coded;
mod datasets;
pub mod deliveries;
pub mod flaro;
pub mod grid;
mod help;
mod history;
mod home;
mod imports;
mod invitation;
pub mod past;
mod people;
mod products;
mod refusal;
mod search;
mod settings;
mod settlement;
mod settlements;
mod staff;
pub mod states;
mod stores;
mod tax_rates;

use std::sync::{Arc, LazyLock};

use db::{Tx, args};
use web::{Failure, Flash, Menu, Routes, Shell};

use crate::accounts::{Role, Viewer};
use crate::{Pos, PosError};

/// What the product is called on its pages.
pub const PRODUCT: &str = "締め ｜ 本部";

static HEAD_OFFICE: LazyLock<Menu> = LazyLock::new(|| {
    Menu::new(PRODUCT, "/")
        .account(account::HERE)
        .help("ヘルプ・お問い合わせ", help::HERE)
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
        .group(
            "店舗管理",
            &[
                ("店舗・レジ", "/stores"),
                ("支払種別", "/payment-methods"),
                ("値引き別情報", "/discounts"),
                ("広告媒体", "/ad-media"),
                ("店舗別設定", "/store-settings"),
                ("担当者", "/staff"),
            ],
        )
        .group("SELF ORDER管理", &[("商品登録", "/products"), ("商品カテゴリ", "/categories"), ("税率", "/tax-rates")])
        .group("設定", &[("外部連携設定", "/settings/linkages/flaro"), ("変更履歴", "/history")])
});

/// 本部
static OFFICE: LazyLock<Menu> = LazyLock::new(|| HEAD_OFFICE.clone().group("", &[("ヘルプ", "/help")]));

/// 企業管理者 looks after the accounts, too.
static ADMIN: LazyLock<Menu> =
    LazyLock::new(|| HEAD_OFFICE.clone().group("", &[("担当者と権限", "/people"), ("ヘルプ", "/help")]));

static STORE: LazyLock<Menu> = LazyLock::new(|| {
    Menu::new(PRODUCT, "/").account(account::HERE).help("ヘルプ・お問い合わせ", help::HERE).group(
        "",
        &[("精算一覧", "/settlements"), ("会計明細", "/checks"), ("要対応", "/attention"), ("ヘルプ", "/help")],
    )
});

/// The scripts of single pages.
pub(crate) fn assets() -> Vec<web::assets::Asset> {
    vec![settings::SCRIPT.clone()]
}

/// Every page.
pub(crate) fn pages(pos: Arc<Pos>) -> Routes {
    Routes::new()
        .merge(home::router())
        .merge(settlements::router())
        .merge(checks::router())
        .merge(attention::router())
        .merge(stores::router())
        .merge(coded::router())
        .merge(settings::router())
        .merge(imports::router())
        .merge(staff::router())
        .merge(people::router())
        .merge(help::router())
        .merge(products::router())
        .merge(categories::router())
        .merge(tax_rates::router())
        .merge(history::router())
        .merge(flaro::router())
        .merge(past::router())
        .merge(deliveries::router())
        .with_state(pos.clone())
        .merge(account::router(pos.clone()))
        .merge(invitation::router(pos))
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
        Role::CompanyAdmin => &ADMIN,
        Role::HeadOffice => &OFFICE,
        Role::Store(_) => &STORE,
    };
    Ok(Shell::new(menu, title).here(here).top(top).who(&viewer.who).flash(flash.take().await))
}
