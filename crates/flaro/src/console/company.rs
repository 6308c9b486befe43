//! 設定 ＞ 企業設定: the company's name and the time zone its pages are written in.

use super::shell;
use crate::{
    Flaro, FlaroError,
    audit::{self, Change, Stamp},
    rights::Right,
    tenant::Viewer,
};
use askama::Template;
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect},
};
use db::{Tx, args};
use std::sync::Arc;
use web::{Flash, Form, Html, Notice, PageResult, edits};

const HERE: &str = "/company";
const NAME_CHARACTERS_MAX: usize = 60;
const SUBJECT: &str = "company";

const FIND: &str = "SELECT code, name, zone FROM company WHERE company_id = $1";
const SAVE: &str = "UPDATE company SET name = $2, zone = $3 WHERE company_id = $1";

#[derive(Template)]
#[template(path = "company.html")]
struct Page<'a> {
    form: &'a Form,
    facts: Vec<(&'static str, Html)>,
}

struct Seen {
    code: String,
    name: String,
    zone: String,
    version: i64,
}

async fn see(tx: &mut Tx, viewer: &Viewer) -> Result<Seen, FlaroError> {
    let company = viewer.scope.company.as_str();
    let row = tx.fetch_one(FIND, args![company]).await?;
    let version = edits::mark(tx, company, SUBJECT).await?.version;
    Ok(Seen { code: row.text("code")?, name: row.text("name")?, zone: row.text("zone")?, version })
}

async fn load(flaro: &Flaro, viewer: &Viewer) -> Result<Seen, FlaroError> {
    let viewer = viewer.clone();
    flaro.db.read(async move |tx: &mut Tx| see(tx, &viewer).await).await
}

pub(super) async fn show(State(flaro): State<Arc<Flaro>>, viewer: Viewer, flash: Flash) -> PageResult {
    viewer.must(Right::Company)?;
    let seen = load(&flaro, &viewer).await?;
    let form =
        Form::of([("name", seen.name.clone()), ("zone", seen.zone.clone()), ("version", seen.version.to_string())]);
    page(&viewer, &flash, &seen, &form, StatusCode::OK).await
}

pub(super) async fn save(State(flaro): State<Arc<Flaro>>, viewer: Viewer, flash: Flash, mut form: Form) -> PageResult {
    viewer.must(Right::Company)?;
    let name = form.read("name", |typed| {
        let plain: String = typed.chars().filter(|c| !c.is_control()).collect();
        let fits = (1..=NAME_CHARACTERS_MAX).contains(&plain.chars().count());
        if fits {
            Ok(plain)
        } else {
            Err(format!("企業名称は1〜{NAME_CHARACTERS_MAX}文字で入力してください"))
        }
    });
    let zone = form.read("zone", |typed| match jiff::tz::TimeZone::get(typed) {
        Ok(_) => Ok(typed.to_owned()),
        Err(_) => Err("タイムゾーンは Asia/Tokyo のように入力してください"),
    });
    let (Some(name), Some(zone)) = (name, zone) else {
        let seen = load(&flaro, &viewer).await?;
        return page(&viewer, &flash, &seen, &form, StatusCode::UNPROCESSABLE_ENTITY).await;
    };
    let version = form.text("version").parse().unwrap_or(-1);
    if !write(&flaro, &viewer, version, name, zone).await? {
        let seen = load(&flaro, &viewer).await?;
        form.error("", "ほかの人が先に企業設定を変更しました。いまの内容を確かめて、もう一度登録してください");
        form.set("version", seen.version.to_string());
        return page(&viewer, &flash, &seen, &form, StatusCode::CONFLICT).await;
    }
    flash.set(Notice::done("登録しました。")).await?;
    Ok(Redirect::to(HERE).into_response())
}

async fn write(flaro: &Flaro, viewer: &Viewer, version: i64, name: String, zone: String) -> Result<bool, FlaroError> {
    let (stamp, now, viewer) = (Stamp::new(flaro), flaro.now(), viewer.clone());
    let unit = async move |tx: &mut Tx| -> Result<bool, FlaroError> {
        let company = &viewer.scope.company;
        tx.lock(&format!("company/{}", company.as_str())).await?;
        let was = see(tx, &viewer).await?;
        if was.version != version {
            return Ok(false);
        }
        if (&was.name, &was.zone) == (&name, &zone) {
            return Ok(true);
        }
        tx.execute(SAVE, args![company.as_str(), &name, &zone]).await?;
        let words = |name: &str, zone: &str| format!("{name}（{zone}）");
        let (before, after) = (words(&was.name, &was.zone), words(&name, &zone));
        let change = Change {
            who: viewer.who.name(),
            what: "企業設定を変更",
            target: &was.name,
            before: Some(&before),
            after: Some(&after),
        };
        audit::note(tx, company, stamp, change).await?;
        edits::touch(tx, company.as_str(), SUBJECT, viewer.who.name(), now, "企業設定").await?;
        Ok(true)
    };
    flaro.db.write(unit).await
}

async fn page(viewer: &Viewer, flash: &Flash, seen: &Seen, form: &Form, status: StatusCode) -> PageResult {
    let content = Page { form, facts: vec![("企業コード", Html::text(&seen.code))] };
    let shell = shell(viewer, "企業設定", HERE).status(status).flash(flash.take().await);
    Ok(shell.crumb("設定", None).crumb("企業設定", None).render(content))
}
