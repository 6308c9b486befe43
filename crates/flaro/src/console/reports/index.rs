//! 帳票一覧: what each report answers.

use super::Kind;
use crate::{console::shell, tenant::Viewer};
use askama::Template;
use web::PageResult;

#[derive(Template)]
#[template(path = "reports/index.html")]
struct Page {
    kinds: [Kind; 13],
}

pub(super) async fn show(viewer: Viewer) -> PageResult {
    let lead = "金額は届いた精算から計算しています。CSV・Excelでの保存とA4での印刷ができます";
    Ok(shell(&viewer, "帳票", "/reports").lead(lead).render(Page { kinds: Kind::ALL }))
}
