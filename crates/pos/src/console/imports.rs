//! 取込 of masters and of 店舗別設定: a file is chosen, what it would change is shown with every error by line and
//! column, and it is applied as a whole.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use axum::routing::get;
use uuid::Uuid;
use web::html::Html;
use web::upload::{Faults, TABLES};
use web::{Failure, Flash, Form, Notice, PageResult, Routes, Upload};

use super::coded;
use super::settings;
use super::shell;
use crate::Pos;
use crate::accounts::Viewer;
use crate::imports::{self, Rows, Target, masters, settings as assignments};
use crate::masters::SettingKind;

/// Changes shown one by one; more are counted.
const SHOWN_MAX: usize = 200;

/// Where a target's file is sent to.
pub fn path(target: Target) -> String {
    match target {
        Target::Masters(kind) => format!("{}/import", coded::here(kind)),
        Target::Settings(kind) => format!("{}/import/{}", settings::HERE, kind.word()),
    }
}

/// The pages of every target.
pub fn router() -> Routes<Arc<Pos>> {
    Target::ALL.into_iter().fold(Routes::new(), |routes, target| routes.merge(pages(target)))
}

fn pages(target: Target) -> Routes<Arc<Pos>> {
    let path = path(target);
    Routes::new()
        .route(
            &path,
            get(move |State(pos): State<Arc<Pos>>, viewer, flash| async move {
                choose(&pos, viewer, flash, target).await
            })
            .post(move |State(pos): State<Arc<Pos>>, viewer, flash, upload| async move {
                take_in(&pos, viewer, flash, target, upload).await
            }),
        )
        .route(
            &format!("{path}/{{import_id}}"),
            get(move |State(pos): State<Arc<Pos>>, viewer, flash, Path(id): Path<String>| async move {
                show(&pos, viewer, flash, target, &id).await
            })
            .post(move |State(pos): State<Arc<Pos>>, viewer, flash, Path(id): Path<String>, form| async move {
                apply(&pos, viewer, flash, (target, &id), form).await
            }),
        )
}

#[derive(Template)]
#[template(path = "imports/choose.html")]
struct ChoosePage<'a> {
    form: &'a Form,
    faults: Html,
    target: Target,
    path: String,
    back: String,
}

/// What a file would change, in the words of its page.
struct Preview {
    file: String,
    sums: Vec<(&'static str, usize)>,
    heads: [&'static str; 3],
    changes: Vec<[String; 3]>,
    digest: String,
}

#[derive(Template)]
#[template(path = "imports/preview.html")]
struct PreviewPage<'a> {
    form: &'a Form,
    preview: &'a Preview,
    shown: &'a [[String; 3]],
    path: String,
    action: String,
    back: String,
}

async fn choose(pos: &Pos, viewer: Viewer, flash: Flash, target: Target) -> PageResult {
    viewer.must_be_head_office()?;
    chooser(pos, &viewer, &flash, target, &Form::default(), &Faults::default()).await
}

async fn take_in(pos: &Pos, viewer: Viewer, flash: Flash, target: Target, mut upload: Upload) -> PageResult {
    viewer.must_be_head_office()?;
    let Some(file) = upload.file("file", "ファイル") else {
        return chooser(pos, &viewer, &flash, target, &upload.form, &Faults::default()).await;
    };
    let rows = match file.grid().await {
        Err(fault) => Err(fault.into()),
        Ok(grid) => match target {
            Target::Masters(kind) => masters::read(&grid, kind).map(Rows::Masters),
            Target::Settings(_) => assignments::read(&grid).map(Rows::Settings),
        },
    };
    let rows = match rows {
        Ok(rows) => rows,
        Err(faults) => return chooser(pos, &viewer, &flash, target, &upload.form, &faults).await,
    };
    if let Err(faults) = judge(pos, &viewer, target, &file.name, rows.clone()).await? {
        return chooser(pos, &viewer, &flash, target, &upload.form, &faults).await;
    }
    let id = imports::keep(pos, &viewer.tenant, viewer.who.user_id(), target, &file.name, &rows).await?;
    Ok(Redirect::to(&format!("{}/{id}", path(target))).into_response())
}

async fn show(pos: &Pos, viewer: Viewer, flash: Flash, target: Target, id: &str) -> PageResult {
    viewer.must_be_head_office()?;
    let id: Uuid = id.parse().map_err(|_| Failure::not_found())?;
    previewed(pos, &viewer, &flash, target, id, Form::default()).await
}

async fn apply(pos: &Pos, viewer: Viewer, flash: Flash, (target, id): (Target, &str), form: Form) -> PageResult {
    viewer.must_be_head_office()?;
    let id: Uuid = id.parse().map_err(|_| Failure::not_found())?;
    let pending = imports::find(pos, &viewer.tenant, viewer.who.user_id(), target, id).await?;
    let pending = pending.ok_or_else(gone)?;
    let (tenant, who, shown) = (&viewer.tenant, viewer.name(), form.text("digest"));
    let done = match (target, pending.rows) {
        (Target::Masters(kind), Rows::Masters(lines)) => {
            match masters::apply(pos, tenant, who, (kind, id), lines, shown).await? {
                masters::Applied::Done(plan) => Some(plan.steps.len()),
                masters::Applied::Moved => None,
            }
        }
        (Target::Settings(kind), Rows::Settings(lines)) => {
            match assignments::apply(pos, tenant, who, (kind, id), lines, shown).await? {
                assignments::Applied::Done(effect) => Some(effect.on + effect.off),
                assignments::Applied::Moved => None,
            }
        }
        _ => return Err(Failure::not_found()),
    };
    if let Some(count) = done {
        let words =
            format!("「{}」を取り込みました（変更{count}件）。レジには次の更新から反映されます。", pending.file);
        flash.set(Notice::done(words)).await?;
        return Ok(Redirect::to(&back(target)).into_response());
    }
    let mut form = Form::default();
    form.error("", "変わる内容を確認し直してください（確認のあとに、ほかの人が設定を変更しました）");
    previewed(pos, &viewer, &flash, target, id, form).await
}

fn gone() -> Failure {
    Failure::new(StatusCode::NOT_FOUND)
        .says("このファイルはすでに取り込んだか、選んでから1日以上たっています。もう一度ファイルを選んでください。")
}

/// What the file would change now; every error, where there is one.
async fn judge(
    pos: &Pos,
    viewer: &Viewer,
    target: Target,
    file: &str,
    rows: Rows,
) -> Result<Result<Preview, Faults>, Failure> {
    let (tenant, file) = (&viewer.tenant, file.to_owned());
    match (target, rows) {
        (Target::Masters(kind), Rows::Masters(lines)) => {
            let plan = masters::preview(pos, tenant, kind, lines).await?;
            Ok(plan.map(|plan| masters_preview(file, &plan)))
        }
        (Target::Settings(kind), Rows::Settings(lines)) => {
            let plan = assignments::preview(pos, tenant, kind, lines).await?;
            Ok(plan.map(|plan| settings_preview(file, kind, plan)))
        }
        _ => Err(Failure::not_found()),
    }
}

fn masters_preview(file: String, plan: &masters::Plan) -> Preview {
    let adds = plan.steps.iter().filter(|step| matches!(step, masters::Step::Add(..))).count();
    Preview {
        file,
        sums: vec![("追加", adds), ("名称の変更", plan.steps.len() - adds), ("変わらない行", plan.unchanged)],
        heads: ["すること", "内容", "取込コード"],
        changes: plan.steps.iter().map(masters::Step::words).collect(),
        digest: plan.digest(),
    }
}

fn settings_preview(file: String, kind: SettingKind, plan: assignments::Plan) -> Preview {
    let effect = crate::store_settings::Effect::of(&plan.changes);
    let digest = plan.digest();
    Preview {
        file,
        sums: vec![("変わる店舗", effect.stores), ("新しく使う", effect.on), ("使わなくする", effect.off)],
        heads: ["店舗", kind.noun(), "変更後"],
        changes: plan.words,
        digest,
    }
}

async fn previewed(pos: &Pos, viewer: &Viewer, flash: &Flash, target: Target, id: Uuid, form: Form) -> PageResult {
    let pending = imports::find(pos, &viewer.tenant, viewer.who.user_id(), target, id).await?.ok_or_else(gone)?;
    let preview = match judge(pos, viewer, target, &pending.file, pending.rows).await? {
        Ok(preview) => preview,
        Err(faults) => return chooser(pos, viewer, flash, target, &form, &faults).await,
    };
    let shown = &preview.changes[..preview.changes.len().min(SHOWN_MAX)];
    let path = path(target);
    let action = format!("{path}/{id}");
    let page = PreviewPage { form: &form, preview: &preview, shown, path, action, back: back(target) };
    let status = if form.is_ok() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok(framed(pos, viewer, flash, target, "取込の確認").await?.status(status).render(page))
}

async fn chooser(
    pos: &Pos,
    viewer: &Viewer,
    flash: &Flash,
    target: Target,
    form: &Form,
    faults: &Faults,
) -> PageResult {
    let good = form.is_ok() && faults.is_empty();
    let status = if good { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = ChoosePage { form, faults: faults.html(), target, path: path(target), back: back(target) };
    Ok(framed(pos, viewer, flash, target, "ファイルから取込").await?.status(status).render(page))
}

async fn framed(
    pos: &Pos,
    viewer: &Viewer,
    flash: &Flash,
    target: Target,
    title: &str,
) -> Result<web::Shell<'static>, Failure> {
    let (here, label, lead) = match target {
        Target::Masters(kind) => (coded::here(kind), kind.label(), kind.label().to_owned()),
        Target::Settings(kind) => (settings::HERE, "店舗別設定", format!("店舗別設定 {}", kind.label())),
    };
    let shell = shell(pos, viewer, flash, title, here).await?.lead(lead);
    Ok(shell.crumb("店舗管理", None).crumb(label, Some(&back(target))).crumb(title, None))
}

/// The list the file is about.
fn back(target: Target) -> String {
    match target {
        Target::Masters(kind) => coded::here(kind).to_owned(),
        Target::Settings(kind) => format!("{}?kind={}", settings::HERE, kind.word()),
    }
}
