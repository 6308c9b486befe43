//! One payment method, discount or ad medium: its code, its name, 使用終了 and 使用再開.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use axum::routing::{get, post};
use sales::ImportCode;
use web::confirm::Confirm;
use web::html::Html;
use web::{Failure, Flash, Form, Notice, PageResult, Routes, ui};

use super::{here, state};
use crate::accounts::Viewer;
use crate::coded::{Coded, change, list as all};
use crate::console::refusal::{failed, mistaken, outdated, told};
use crate::console::shell;
use crate::edits::Edited;
use crate::masters::SettingKind;
use crate::{Pos, Tenant};

/// The pages of one of a kind.
pub(super) fn pages(kind: SettingKind) -> Routes<Arc<Pos>> {
    let path = format!("{}/{{code}}", here(kind));
    Routes::new()
        .route(
            &path,
            get(move |State(pos): State<Arc<Pos>>, viewer, flash, Path(code): Path<String>| async move {
                show(&pos, viewer, flash, (kind, &code)).await
            })
            .post(
                move |State(pos): State<Arc<Pos>>, viewer, flash, Path(code): Path<String>, form| async move {
                    rename(&pos, viewer, flash, (kind, &code), form).await
                },
            ),
        )
        .route(
            &format!("{path}/retired"),
            post(move |State(pos): State<Arc<Pos>>, viewer, flash, Path(code): Path<String>, form| async move {
                set_retired(&pos, viewer, flash, (kind, &code), form).await
            }),
        )
}

#[derive(Template)]
#[template(path = "coded/edit.html")]
struct Page<'a> {
    form: &'a Form,
    coded: &'a Coded,
    here: &'static str,
    question: Confirm,
}

async fn show(pos: &Pos, viewer: Viewer, flash: Flash, of: (SettingKind, &str)) -> PageResult {
    viewer.must_be_head_office()?;
    let coded = find(pos, &viewer.tenant, of).await?;
    let form = Form::of([("version", coded.version.to_string()), ("name", coded.name.clone())]);
    page(pos, &viewer, &flash, &coded, &form).await
}

async fn rename(pos: &Pos, viewer: Viewer, flash: Flash, of: (SettingKind, &str), mut form: Form) -> PageResult {
    viewer.must_be_head_office()?;
    let coded = find(pos, &viewer.tenant, of).await?;
    let seen = version(&form)?;
    let Some(name) = form.required("name", of.0.name_label()) else {
        return page(pos, &viewer, &flash, &coded, &form).await;
    };
    let target = (of.0, coded.code.clone());
    match change::rename(pos, &viewer.tenant, viewer.name(), target, seen, &name).await.map_err(failed)? {
        Edited::Done(()) => return done(&flash, of.0, "名称を変更しました。取込コードは変わりません。").await,
        Edited::Unchanged => return done(&flash, of.0, "変更はありませんでした。").await,
        Edited::Mistakes(errors) => mistaken(&mut form, &errors),
        Edited::Stale(stale) => {
            outdated(&mut form, &stale);
            form.set("version", coded.version.to_string());
        }
    }
    page(pos, &viewer, &flash, &coded, &form).await
}

async fn set_retired(pos: &Pos, viewer: Viewer, flash: Flash, of: (SettingKind, &str), form: Form) -> PageResult {
    viewer.must_be_head_office()?;
    let coded = find(pos, &viewer.tenant, of).await?;
    let (seen, retired) = (version(&form)?, form.text("retired") == "yes");
    let target = (of.0, coded.code.clone());
    let edited = change::set_retired(pos, &viewer.tenant, viewer.name(), target, seen, retired);
    let notice = match edited.await.map_err(failed)? {
        Edited::Done(()) if retired => Notice::done(format!("「{}」の使用を終了しました。", coded.name)),
        Edited::Done(()) => Notice::done(format!("「{}」の使用を再開しました。", coded.name)),
        Edited::Unchanged => Notice::done("変更はありませんでした。"),
        Edited::Mistakes(errors) => Notice::failed(errors.iter().map(|(_, message)| message).collect::<String>()),
        Edited::Stale(stale) => {
            let words = stale.iter().map(told).collect::<String>();
            Notice::failed(format!("{words}内容を確認して、もう一度押してください。"))
        }
    };
    flash.set(notice).await?;
    Ok(Redirect::to(&format!("{}/{}", here(of.0), coded.code)).into_response())
}

fn version(form: &Form) -> Result<i64, Failure> {
    form.text("version").parse().map_err(|_| Failure::new(StatusCode::BAD_REQUEST))
}

async fn find(pos: &Pos, tenant: &Tenant, (kind, code): (SettingKind, &str)) -> Result<Coded, Failure> {
    let code: ImportCode = code.parse().map_err(|_| Failure::not_found())?;
    let present = all(pos, tenant, kind).await?;
    present.into_iter().find(|coded| coded.code == code).ok_or_else(Failure::not_found)
}

async fn done(flash: &Flash, kind: SettingKind, words: &str) -> PageResult {
    flash.set(Notice::done(words)).await?;
    Ok(Redirect::to(here(kind)).into_response())
}

async fn page(pos: &Pos, viewer: &Viewer, flash: &Flash, coded: &Coded, form: &Form) -> PageResult {
    let kind = coded.nature.kind();
    let status = if form.is_ok() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let shell = shell(pos, viewer, flash, &coded.name, here(kind)).await?.lead(kind.noun()).status(status);
    let shell = shell.crumb("店舗管理", None).crumb(kind.label(), Some(here(kind))).crumb(&coded.name, None);
    Ok(shell.render(Page { form, coded, here: here(kind), question: question(coded) }))
}

fn question(coded: &Coded) -> Confirm {
    let action = format!("{}/{}/retired", here(coded.nature.kind()), coded.code);
    let confirm = if coded.retired_at.is_none() {
        Confirm::new("retired", format!("「{}」の使用を終了しますか？", coded.name), action, "使用を終了する")
            .says(format!("いま使っている{}店舗のレジに、次の更新から出なくなります。", coded.stores))
            .says("売上の記録と取込コードは残ります。あとから使用を再開できます。")
            .sends("retired", "yes")
    } else {
        Confirm::new("retired", format!("「{}」の使用を再開しますか？", coded.name), action, "使用を再開する")
            .says(format!("設定に残っている{}店舗のレジに、次の更新からまた出ます。", coded.stores))
            .sends("retired", "no")
    };
    confirm.sends("version", coded.version.to_string())
}

impl Page<'_> {
    fn code(&self) -> Html {
        ui::copyable("code", "取込コード", self.coded.code.as_str())
    }

    fn state(&self) -> Html {
        state(self.coded).html()
    }
}
