//! Products from a file: chosen, shown as what would change, saved when confirmed.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use axum::routing::get;
use uuid::Uuid;
use web::download::Format;
use web::html::Html;
use web::ui::{self, Icon};
use web::upload::{Fault, Faults, TABLES};
use web::{Failure, Flash, Form, ListQuery, Notice, PageResult, Routes, Upload, format};

use super::{HERE, failed};
use crate::Pos;
use crate::accounts::Viewer;
use crate::console::grid::{Cell, Grid, figure, text, zone};
use crate::console::shell;
use crate::products::import::{self as products, Confirmed, HEADS, Pending, Plan, ROWS_MAX};

/// Beyond so many rows a preview only says how many more there are; its file has them all.
const SHOWN_MAX: usize = 200;
const IMPORT: &str = "/products/import";

/// The pages.
pub(super) fn router() -> Routes<Arc<Pos>> {
    Routes::new().route(IMPORT, get(start).post(send)).route("/products/import/{import_id}", get(preview).post(confirm))
}

#[derive(Template)]
#[template(path = "products/import.html")]
struct StartPage {
    form: Form,
    faults: Html,
}

/// The page, or the template to fill in (`format` in the query).
async fn start(State(pos): State<Arc<Pos>>, viewer: Viewer, flash: Flash, list: ListQuery) -> PageResult {
    viewer.must_be_head_office()?;
    if let Some(asked) = Format::of(list.get("format")) {
        return Ok(products::sheet(&[]).download(asked, pos.now(), &zone())?);
    }
    start_page(&pos, &viewer, &flash, Form::default(), &Faults::default()).await
}

async fn start_page(pos: &Pos, viewer: &Viewer, flash: &Flash, form: Form, faults: &Faults) -> PageResult {
    let good = form.is_ok() && faults.is_empty();
    let status = if good { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let shell = shell(pos, viewer, flash, "商品の取り込み", HERE).await?;
    let shell = shell.crumb("SELF ORDER管理", None).crumb("商品登録", Some(HERE)).crumb("取り込み", None);
    Ok(shell.status(status).render(StartPage { form, faults: faults.html() }))
}

async fn send(State(pos): State<Arc<Pos>>, viewer: Viewer, flash: Flash, mut upload: Upload) -> PageResult {
    viewer.must_be_head_office()?;
    let Some(file) = upload.file("file", "商品のファイル") else {
        return start_page(&pos, &viewer, &flash, upload.form, &Faults::default()).await;
    };
    let read = async {
        let grid = file.grid().await?;
        if grid.is_empty() {
            return Err(Fault::file("商品の行がありません。2行目から商品を入れてください。").into());
        }
        if grid.len() > ROWS_MAX {
            return Err(Fault::file(format!("一度に{ROWS_MAX}行までです。ファイルを分けてください。")).into());
        }
        Ok::<_, Faults>(products::typed(&grid.columns(&products::columns())?))
    };
    match read.await {
        Err(faults) => start_page(&pos, &viewer, &flash, upload.form, &faults).await,
        Ok(rows) => {
            let id = products::keep(&pos, &viewer.tenant, viewer.who.user_id(), &file.name, &rows).await?;
            Ok(Redirect::to(&format!("{IMPORT}/{id}")).into_response())
        }
    }
}

#[derive(Template)]
#[template(path = "products/preview.html")]
struct PreviewPage {
    id: Uuid,
    pending: Pending,
    table: Html,
    faults: Html,
    fingerprint: String,
}

/// What the file would do, also as a file.
async fn preview(
    State(pos): State<Arc<Pos>>,
    viewer: Viewer,
    flash: Flash,
    list: ListQuery,
    Path(id): Path<String>,
) -> PageResult {
    viewer.must_be_head_office()?;
    let id: Uuid = id.parse().map_err(|_| gone())?;
    let user = viewer.who.user_id();
    let pending = products::pending(&pos, &viewer.tenant, user, id).await.map_err(|error| match error {
        crate::PosError::NotFound(_) => gone(),
        error => failed(error),
    })?;
    if let Some(asked) = Format::of(list.get("format")).filter(|_| list.get("table") == "faults") {
        return Ok(pending.plan.faults.sheet("商品").download(asked, pos.now(), &zone())?);
    }
    let mut grid = changes(&pending.plan);
    if let Some(file) = grid.file(&pos, &list, "商品") {
        return file;
    }
    if grid.rows.len() > SHOWN_MAX {
        let rest = grid.rows.split_off(SHOWN_MAX).len();
        let words = format!("ほかに{rest}行あります。すべての行はダウンロードで確かめられます。");
        grid.below = Html::trusted(format!(r#"<div class="body"><p class="hint">{words}</p></div>"#));
    }
    let bad = !pending.plan.faults.is_empty();
    let status = if bad { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
    let shell = shell(&pos, &viewer, &flash, "取り込む内容の確認", HERE).await?;
    let shell = shell.crumb("SELF ORDER管理", None).crumb("商品登録", Some(HERE)).crumb("取り込み", Some(IMPORT));
    let content = PreviewPage {
        id,
        table: if bad || pending.plan.is_idle() { Html::default() } else { grid.html(&list) },
        faults: pending.plan.faults.html(),
        fingerprint: pending.plan.fingerprint(),
        pending,
    };
    Ok(shell.crumb("確認", None).status(status).wide().render(content))
}

async fn confirm(
    State(pos): State<Arc<Pos>>,
    viewer: Viewer,
    flash: Flash,
    Path(id): Path<String>,
    form: Form,
) -> PageResult {
    viewer.must_be_head_office()?;
    let parsed: Uuid = id.parse().map_err(|_| gone())?;
    let person = (viewer.who.user_id(), viewer.name());
    let done = products::confirm(&pos, &viewer.tenant, person, parsed, form.text("shown")).await;
    let (notice, to) = match done {
        Ok(Confirmed::Done(new, changed)) => {
            let words =
                format!("商品を取り込みました（新規{new}件、変更{changed}件）。レジには次の通信で反映されます。");
            (Notice::done(words), HERE.to_owned())
        }
        Ok(Confirmed::Changed) => {
            let words = "確認のあとに商品が変更されたため、まだ何も保存していません。いまの内容を確かめて、もう一度「取り込む」を押してください。";
            (Notice::failed(words), format!("{IMPORT}/{id}"))
        }
        Err(crate::PosError::NotFound(_)) => return Err(gone()),
        Err(error) => return Err(failed(error)),
    };
    flash.set(notice).await?;
    Ok(Redirect::to(&to).into_response())
}

/// Confirmed already, replaced by another file, or too old.
fn gone() -> Failure {
    Failure::not_found()
        .says("この取り込みは終わったか、期限（24時間）が過ぎました。もう一度ファイルを選んでください。")
}

fn changes(plan: &Plan) -> Grid {
    let columns = vec![figure("行"), text("内容"), text("商品名"), text("変更前"), text("変更後")];
    let number = |line: u64| Cell::Count(i64::try_from(line).unwrap_or(i64::MAX));
    let mut rows: Vec<(u64, Vec<Cell>)> = Vec::new();
    for (line, new) in &plan.new {
        let cells =
            vec![number(*line), Cell::text("新規"), Cell::text(&new.name), Cell::text("―"), Cell::text(new.words())];
        rows.push((*line, cells));
    }
    for (line, from, _, difference) in &plan.changed {
        let cells = vec![
            number(*line),
            Cell::text("変更"),
            Cell::text(&from.values.name),
            Cell::text(&difference.before),
            Cell::text(&difference.after),
        ];
        rows.push((*line, cells));
    }
    rows.sort_by_key(|(line, _)| *line);
    Grid::new("changes", "変わる商品", columns).rows(rows.into_iter().map(|(_, cells)| cells))
}

impl StartPage {
    fn icon() -> Html {
        ui::icon(Icon::Download)
    }
}

impl PreviewPage {
    fn figures(&self) -> Html {
        use web::figures::{Figure, strip};
        let count = |count: usize| format!("{}件", format::thousands(i64::try_from(count).unwrap_or(i64::MAX)));
        let plan = &self.pending.plan;
        strip(&[
            Figure::new("新規", count(plan.new.len())),
            Figure::new("変更", count(plan.changed.len())),
            Figure::new("変更なし", count(plan.unchanged)),
            Figure::new("直すところ", count(plan.faults.len())),
        ])
    }

    /// Own codes that several products have, in words; nothing when there is none.
    fn shared(&self) -> String {
        let shared = &self.pending.plan.shared;
        let mut words: Vec<String> =
            shared.iter().take(10).map(|(code, count)| format!("{code}（{count}点）")).collect();
        if shared.len() > words.len() {
            words.push(format!("ほか{}コード", shared.len() - words.len()));
        }
        words.join("、")
    }

    fn icon(warn: bool) -> Html {
        ui::icon(if warn { Icon::Warning } else { Icon::Download })
    }
}
