//! 接続キー: issued here, shown once, revocable.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::response::{IntoResponse, Redirect};
use sales::RegisterId;
use web::html::Html;
use web::{Failure, Flash, Notice, PageResult, ui};

use super::HERE;
use crate::accounts::Viewer;
use crate::console::refusal::failed;
use crate::console::shell;
use crate::stores::registers;
use crate::{Pos, Tenant, tokens};

#[derive(Template)]
#[template(path = "stores/token.html")]
struct Issued {
    register: String,
    token: String,
    url: String,
    back: String,
}

/// Shown in the answer itself and nowhere else: a reload asks for another one.
pub(super) async fn issue(
    State(pos): State<Arc<Pos>>,
    viewer: Viewer,
    flash: Flash,
    Path(id): Path<String>,
) -> PageResult {
    viewer.must_be_head_office()?;
    let id: RegisterId = id.parse().map_err(|_| Failure::not_found())?;
    let back = store_page(&pos, &viewer.tenant, id).await?;
    let token = tokens::issue(&pos, &viewer.tenant, id, viewer.name()).await.map_err(failed)?;
    let shell = shell(&pos, &viewer, &flash, "接続キーを発行しました", HERE).await?;
    let page = Issued { register: id.to_string(), token, url: pos.settings.public_url.clone(), back };
    Ok(shell.crumb("店舗・レジ", Some(HERE)).crumb("接続キー", None).render(page))
}

pub(super) async fn revoke(
    State(pos): State<Arc<Pos>>,
    viewer: Viewer,
    flash: Flash,
    Path(id): Path<String>,
) -> PageResult {
    viewer.must_be_head_office()?;
    let id: RegisterId = id.parse().map_err(|_| Failure::not_found())?;
    let back = store_page(&pos, &viewer.tenant, id).await?;
    let revoked = tokens::revoke(&pos, &viewer.tenant, id, viewer.name()).await.map_err(failed)?;
    let notice = if revoked {
        "接続キーを無効にしました。"
    } else {
        "有効な接続キーはありませんでした。"
    };
    flash.set(Notice::done(notice)).await?;
    Ok(Redirect::to(&back).into_response())
}

/// The page of the till's store.
async fn store_page(pos: &Pos, tenant: &Tenant, id: RegisterId) -> Result<String, Failure> {
    let kept = registers::one(pos, tenant, id).await?.ok_or_else(Failure::not_found)?;
    Ok(format!("/stores/{}", kept.store))
}

impl Issued {
    /// What a till's settings ask for, under the names they have there.
    fn settings(&self) -> Html {
        let fields = [
            ui::copyable("pos_url", "本部の接続先（register.pos_url）", &self.url),
            ui::copyable("register_id", "レジID（register.register_id）", &self.register),
            ui::copyable("token", "接続キー（register.token。この画面を閉じると表示されません）", &self.token),
        ];
        Html::trusted(fields.map(|field| field.to_string()).concat())
    }
}
