//! Files taken in: chosen, shown as what would change, written when confirmed. One manner for every kind of file.

mod template;

use super::{
    grid::{Cell, Grid},
    shell,
};
use crate::{
    Flaro,
    imports::{self, Confirmed, Kind, Pending, Plan, ROWS_MAX},
    tenant::Viewer,
};
use askama::Template;
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect},
};
use std::sync::Arc;
use web::{
    Failure, Flash, Form, Html, ListQuery, Notice, PageResult, Upload,
    download::Format,
    figures::{Figure, strip},
    format,
    ui::{self, Icon},
    upload::{Fault, Faults, TABLES},
};

/// Beyond so many rows a preview only says how many more there are; its file has them all.
const SHOWN_MAX: usize = 200;

#[derive(Template)]
#[template(path = "imports/choose.html")]
struct ChoosePage<'a> {
    kind: Kind,
    form: &'a Form,
    faults: Html,
    downloads: Vec<(String, &'static str)>,
    hint: String,
}

fn kind(word: &str, viewer: &Viewer) -> Result<Kind, Failure> {
    let kind = Kind::of(word).ok_or_else(Failure::not_found)?;
    viewer.must(kind.right())?;
    Ok(kind)
}

/// The page; with `format` the file to fill in, holding what is there.
pub(super) async fn start(
    State(flaro): State<Arc<Flaro>>,
    viewer: Viewer,
    flash: Flash,
    Path(word): Path<String>,
    query: ListQuery,
) -> PageResult {
    let kind = kind(&word, &viewer)?;
    if let Some(asked) = Format::of(query.get("format")) {
        let sheet = template::sheet(&flaro, &viewer, kind, &query).await?;
        return Ok(sheet.download(asked, flaro.now(), &viewer.zone)?);
    }
    choose(&viewer, &flash, kind, &query, &Form::default(), &Faults::default()).await
}

async fn choose(
    viewer: &Viewer,
    flash: &Flash,
    kind: Kind,
    query: &ListQuery,
    form: &Form,
    faults: &Faults,
) -> PageResult {
    let good = form.is_ok() && faults.is_empty();
    let status = if good { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let content = ChoosePage {
        kind,
        form,
        faults: faults.html(),
        downloads: Format::CHOICES.iter().map(|(format, label)| (query.with("format", format), *label)).collect(),
        hint: format!("Excel（.xlsx）またはCSV（UTF-8、Shift_JIS）。8MB、{}行まで", format::thousands(20_000)),
    };
    let (here, back, home) = kind.home();
    let shell = shell(viewer, format!("{}をファイルで登録", kind.label()), here).status(status);
    let shell = shell.flash(flash.take().await).crumb(home, Some(&back)).crumb("ファイルで登録", None);
    Ok(shell.render(content))
}

pub(super) async fn send(
    State(flaro): State<Arc<Flaro>>,
    viewer: Viewer,
    flash: Flash,
    Path(word): Path<String>,
    mut upload: Upload,
) -> PageResult {
    let kind = kind(&word, &viewer)?;
    let query = ListQuery::of(&format!("/imports/{word}"), "");
    let Some(file) = upload.file("file", "ファイル") else {
        return choose(&viewer, &flash, kind, &query, &upload.form, &Faults::default()).await;
    };
    let read = async {
        let grid = file.grid().await?;
        if grid.len() > ROWS_MAX {
            return Err(Fault::file(format!("一度に{ROWS_MAX}行までです。ファイルを分けてください。")).into());
        }
        imports::read(kind, &grid)
    };
    match read.await {
        Err(faults) => choose(&viewer, &flash, kind, &query, &upload.form, &faults).await,
        Ok(lines) => {
            let id = imports::keep(&flaro, &viewer, kind, &file.name, &lines).await?;
            Ok(Redirect::to(&format!("/imports/{word}/{id}")).into_response())
        }
    }
}

#[derive(Template)]
#[template(path = "imports/preview.html")]
struct PreviewPage {
    pending: Pending,
    action: String,
    start: String,
    figures: Html,
    faults: Html,
    table: Html,
    fingerprint: String,
    new: usize,
}

/// What the file would do, also as a file.
pub(super) async fn preview(
    State(flaro): State<Arc<Flaro>>,
    viewer: Viewer,
    flash: Flash,
    Path((word, id)): Path<(String, String)>,
    query: ListQuery,
) -> PageResult {
    let kind = kind(&word, &viewer)?;
    let pending = imports::pending(&flaro, &viewer, kind, &id).await?.ok_or_else(gone)?;
    if let Some(asked) = Format::of(query.get("format")) {
        let faults = query.get("table") == "faults";
        let changes = || changes(&pending.plan, usize::MAX).sheet(kind.label());
        let sheet = if faults { pending.plan.faults.sheet(kind.label()) } else { changes() };
        return Ok(sheet.download(asked, flaro.now(), &viewer.zone)?);
    }
    let bad = !pending.plan.faults.is_empty();
    let content = PreviewPage {
        action: format!("/imports/{word}/{id}"),
        start: format!("/imports/{word}"),
        figures: figures(&pending.plan),
        faults: pending.plan.faults.html(),
        table: if bad { Html::default() } else { changes(&pending.plan, SHOWN_MAX).html() },
        fingerprint: pending.plan.fingerprint(),
        new: pending.plan.new_rows(),
        pending,
    };
    let (here, back, home) = kind.home();
    let status = if bad { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let shell = shell(&viewer, "取り込む内容の確認", here).status(status).flash(flash.take().await).wide();
    let shell = shell.crumb(home, Some(&back)).crumb("ファイルで登録", Some(&format!("/imports/{word}")));
    Ok(shell.crumb("確認", None).render(content))
}

pub(super) async fn confirm(
    State(flaro): State<Arc<Flaro>>,
    viewer: Viewer,
    flash: Flash,
    Path((word, id)): Path<(String, String)>,
    form: Form,
) -> PageResult {
    let kind = kind(&word, &viewer)?;
    let (notice, to) = match imports::confirm(&flaro, &viewer, kind, &id, form.text("shown")).await? {
        Confirmed::Done(new, changed) => {
            let words = format!("{}を登録しました（新規{new}件、変更{changed}件）。", kind.label());
            (Notice::done(words), kind.home().1)
        }
        Confirmed::Changed => {
            let words = "確認のあとに内容が変更されたため、まだ何も保存していません。いまの内容を確かめて、もう一度「取り込む」を押してください。";
            (Notice::failed(words), format!("/imports/{word}/{id}"))
        }
        Confirmed::Gone => return Err(gone()),
    };
    flash.set(notice).await?;
    Ok(Redirect::to(&to).into_response())
}

/// Confirmed already, replaced by another file, or too old.
fn gone() -> Failure {
    Failure::not_found()
        .says("この取り込みは終わったか、期限（24時間）が過ぎました。もう一度ファイルを選んでください。")
}

fn changes(plan: &Plan, most: usize) -> Grid {
    let columns = [("行", true), ("内容", false), ("対象", false), ("変更前", false), ("変更後", false)];
    let mut grid = Grid::new("changes", "変わる内容", &columns);
    for change in plan.changes.iter().take(most) {
        grid.row([
            Cell::Count(i64::try_from(change.line).unwrap_or(i64::MAX)),
            if change.new { "新規" } else { "変更" }.into(),
            change.target.as_str().into(),
            change.before.as_str().into(),
            change.after.as_str().into(),
        ]);
    }
    grid
}

fn figures(plan: &Plan) -> Html {
    let count = |count: usize| format!("{}件", format::thousands(i64::try_from(count).unwrap_or(i64::MAX)));
    strip(&[
        Figure::new("新規", count(plan.new_rows())),
        Figure::new("変更", count(plan.changes.len() - plan.new_rows())),
        Figure::new("変更なし", count(plan.same)),
        Figure::new("直すところ", count(plan.faults.len())),
    ])
}

impl PreviewPage {
    fn rest(&self) -> usize {
        self.pending.plan.changes.len().saturating_sub(SHOWN_MAX)
    }

    fn changed(&self) -> usize {
        self.pending.plan.changes.len() - self.new
    }
}
