//! 連携開始: 企業コード and 企業名称 to be checked, one button; afterwards the Webhook連携先URL, this once.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use db::{Tx, args};
use web::html::Html;
use web::{Failure, Flash, Form, PageResult, ui};

use super::HERE;
use crate::accounts::{Role, Viewer};
use crate::console::shell;
use crate::linkage::LinkageState;
use crate::linkage::start::{StartError, Started, start};
use crate::{Pos, PosError, linkage, queue};

const COMPANY: &str = "SELECT code, name FROM company WHERE company_id = $1";

#[derive(Template)]
#[template(path = "flaro/start.html")]
struct StartPage<'a> {
    form: &'a Form,
    code: String,
    name: String,
    /// How many settlements the last linkage left unsent.
    unsent: i64,
    again: bool,
    may_start: bool,
}

impl StartPage<'_> {
    fn inherit_label(&self) -> String {
        format!("前回の未送信 {} 件を引き継ぐ", self.unsent)
    }
}

#[derive(Template)]
#[template(path = "flaro/started.html")]
struct StartedPage {
    url: Html,
    inherited: i64,
}

/// The page before the linkage.
pub(super) async fn page(pos: &Pos, viewer: &Viewer, flash: &Flash, form: &Form) -> PageResult {
    let tenant = viewer.tenant.clone();
    let (code, name, again, unsent) = pos
        .db
        .read(async move |tx: &mut Tx| -> Result<_, PosError> {
            let company = tx.fetch_one(COMPANY, args![tenant.as_str()]).await?;
            let last = linkage::latest(tx, &tenant).await?;
            let ended = last.filter(|last| last.state == LinkageState::Ended || last.generation > 1);
            let unsent = match &ended {
                Some(last) if last.state == LinkageState::Ended => queue::unsent(tx, &tenant, last.generation).await?,
                Some(last) => queue::unsent(tx, &tenant, last.generation - 1).await?,
                None => 0,
            };
            Ok((company.text("code")?, company.text("name")?, ended.is_some(), unsent))
        })
        .await?;
    let status = if form.is_ok() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = StartPage { form, code, name, unsent, again, may_start: viewer.role == Role::CompanyAdmin };
    let shell = shell(pos, viewer, flash, "FLARO連携", HERE).await?;
    Ok(shell.crumb("設定", None).crumb("外部連携設定", None).crumb("FLARO", None).status(status).render(page))
}

/// The button.
pub(super) async fn submit(State(pos): State<Arc<Pos>>, viewer: Viewer, flash: Flash, mut form: Form) -> PageResult {
    viewer.must_be_admin()?;
    let inherit = form.is_on("inherit");
    match start(&pos, &viewer.tenant, viewer.name(), inherit).await {
        Ok(started) => show_once(&pos, &viewer, &flash, &started).await,
        Err(StartError::AlreadyLinked) => Ok(Redirect::to(HERE).into_response()),
        Err(StartError::Pos(error)) => Err(Failure::internal(error)),
        Err(error) => {
            form.error("", error.to_string());
            page(&pos, &viewer, &flash, &form).await
        }
    }
}

/// The answer to the button itself, so that it can't be come back to.
async fn show_once(pos: &Pos, viewer: &Viewer, flash: &Flash, started: &Started) -> PageResult {
    let label = "Webhook連携先URL（この画面を閉じると表示されません。変更はできません）";
    let url = ui::copyable("webhook-url", label, &started.webhook_url);
    let shell = shell(pos, viewer, flash, "FLAROとの連携を開始しました", HERE).await?;
    let shell = shell.crumb("設定", None).crumb("外部連携設定", None).crumb("FLARO", Some(HERE));
    Ok(shell.render(StartedPage { url, inherited: started.inherited }))
}
