//! FLARO側の科目: the company's own short lists, to which the POS's codes are assigned.

use crate::{
    Flaro, FlaroError,
    audit::{self, Change, Stamp},
    console::{
        grid::{Cell, Grid, downloads},
        shell,
    },
    groups,
    mapping::{
        What,
        subjects::{self as master, NAME_CHARACTERS_MAX, Outcome, Subject},
    },
    rights::Right,
    tenant::Viewer,
};
use askama::Template;
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect},
};
use db::Tx;
use std::sync::Arc;
use web::{
    Failure, Flash, Form, Html, ListQuery, Notice, PageResult,
    download::Format,
    ui::{self, Icon, Tone},
};

const HERE: &str = "/mapping/subjects";

#[derive(Template)]
#[template(path = "mapping/subjects.html")]
struct Page<'a> {
    form: &'a Form,
    lists: Vec<List>,
    kinds: Vec<(&'static str, &'static str)>,
    none: bool,
    downloads: Html,
}

struct List {
    title: &'static str,
    rows: Vec<Line>,
}

struct Line {
    id: String,
    form: Form,
    name: String,
    chip: Html,
    codes: i64,
    to: &'static str,
    label: &'static str,
}

/// The page.
pub(in crate::console) async fn list(
    State(flaro): State<Arc<Flaro>>,
    viewer: Viewer,
    flash: Flash,
    query: ListQuery,
) -> PageResult {
    viewer.must(Right::Linkage)?;
    if let Some(asked) = Format::of(query.get("format")) {
        let all = read(&flaro, &viewer).await?;
        return Ok(grid(&all).sheet("FLAROの科目").download(asked, flaro.now(), &viewer.zone)?);
    }
    page(&flaro, &viewer, &flash, &Form::default()).await
}

async fn read(flaro: &Flaro, viewer: &Viewer) -> Result<Vec<Subject>, FlaroError> {
    let company = viewer.scope.company.clone();
    flaro.db.read(async move |tx: &mut Tx| master::list(tx, &company).await).await
}

fn grid(all: &[Subject]) -> Grid {
    let mut grid =
        Grid::new("subjects", "FLAROの科目", &[("種類", false), ("科目", false), ("状態", false), ("コード", true)]);
    for one in all {
        let state = if one.retired { "使用終了" } else { "使用中" };
        grid.row([one.what.label().into(), one.name.as_str().into(), state.into(), Cell::Count(one.codes)]);
    }
    grid
}

async fn page(flaro: &Flaro, viewer: &Viewer, flash: &Flash, form: &Form) -> PageResult {
    let all = read(flaro, viewer).await?;
    let of =
        |what: What| List { title: what.label(), rows: all.iter().filter(|one| one.what == what).map(line).collect() };
    let content = Page {
        form,
        lists: What::ALL.map(of).into(),
        kinds: What::ALL.map(|what| (what.name(), what.label())).into(),
        none: all.is_empty(),
        downloads: downloads(&ListQuery::of(HERE, ""), None),
    };
    let status = if form.is_ok() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let shell = shell(viewer, "FLAROの科目", "/mapping").status(status).flash(flash.take().await);
    Ok(shell.crumb("マッピング", Some("/mapping")).crumb("科目", None).render(content))
}

fn line(one: &Subject) -> Line {
    let (chip, to, label) = if one.retired {
        (ui::chip_with(Tone::Mute, Icon::Pause, "使用終了"), "used", "再開")
    } else {
        (ui::chip(Tone::Good, "使用中"), "retired", "使用を終了")
    };
    Line {
        id: one.id.clone(),
        form: Form::of([("name", one.name.clone())]),
        name: one.name.clone(),
        chip,
        codes: one.codes,
        to,
        label,
    }
}

/// 追加.
pub(in crate::console) async fn add(
    State(flaro): State<Arc<Flaro>>,
    viewer: Viewer,
    flash: Flash,
    mut form: Form,
) -> PageResult {
    viewer.must(Right::Linkage)?;
    let what = form.read("what", |typed| What::of(typed).ok_or("種類を選択してください"));
    let name = form.read("name", groups::name);
    if let (Some(what), Some(name)) = (what, name) {
        if master::add(&flaro, &viewer, what, name.clone()).await? {
            flash.set(Notice::done(format!("科目「{name}」を追加しました。"))).await?;
            return Ok(Redirect::to(HERE).into_response());
        }
        form.error("name", "ほかの名前を入力してください（同じ名前の科目がすでにあります）");
    }
    page(&flaro, &viewer, &flash, &form).await
}

/// 標準の科目を用意する.
pub(in crate::console) async fn prepare(State(flaro): State<Arc<Flaro>>, viewer: Viewer, flash: Flash) -> PageResult {
    viewer.must(Right::Linkage)?;
    let added = usual(&flaro, &viewer).await?;
    flash.set(Notice::done(format!("標準の科目を{added}件用意しました。名前はあとから変えられます。"))).await?;
    Ok(Redirect::to(HERE).into_response())
}

async fn usual(flaro: &Flaro, viewer: &Viewer) -> Result<u64, FlaroError> {
    let (stamp, viewer, random) = (Stamp::new(flaro), viewer.clone(), flaro.random.clone());
    let unit = async move |tx: &mut Tx| -> Result<u64, FlaroError> {
        let company = &viewer.scope.company;
        let added = master::usual(tx, company, random.as_ref()).await?;
        let words = format!("{added}件を追加");
        let (who, what, target) = (viewer.who.name(), "標準の科目を用意", "FLAROの科目");
        audit::note(tx, company, stamp, Change { who, what, target, before: None, after: Some(&words) }).await?;
        Ok(added)
    };
    flaro.db.write(unit).await
}

/// 名前の変更.
pub(in crate::console) async fn rename(
    State(flaro): State<Arc<Flaro>>,
    viewer: Viewer,
    flash: Flash,
    Path(id): Path<String>,
    form: Form,
) -> PageResult {
    viewer.must(Right::Linkage)?;
    let notice = match groups::name(form.text("name")) {
        Err(words) => Notice::failed(format!("{words}。")),
        Ok(name) => match master::rename(&flaro, &viewer, &id, name).await? {
            Outcome::Done => Notice::done("登録しました。"),
            Outcome::NameTaken => Notice::failed("同じ名前の科目がすでにあるため、変更していません。"),
            Outcome::InUse(_) | Outcome::Gone => return Err(Failure::not_found()),
        },
    };
    flash.set(notice).await?;
    Ok(Redirect::to(HERE).into_response())
}

/// 使用終了, 再開.
pub(in crate::console) async fn set_state(
    State(flaro): State<Arc<Flaro>>,
    viewer: Viewer,
    flash: Flash,
    Path(id): Path<String>,
    form: Form,
) -> PageResult {
    viewer.must(Right::Linkage)?;
    let notice = match master::retire(&flaro, &viewer, &id, form.text("to") == "retired").await? {
        Outcome::Done => Notice::done("登録しました。"),
        Outcome::InUse(codes) => Notice::failed(format!(
            "{codes}件のコードに割り当てられているため終了していません。先にほかの科目へ変えてください。"
        )),
        Outcome::NameTaken | Outcome::Gone => return Err(Failure::not_found()),
    };
    flash.set(notice).await?;
    Ok(Redirect::to(HERE).into_response())
}
