//! One person: name, role, range and rights, 停止 and 再開, a new link.

use super::{
    HERE,
    form::{Choices, filled},
    invite::handed_over,
    state,
};
use crate::{
    Flaro,
    console::shell,
    people::{
        self, Person, State as Standing,
        change::{Change, Refused, change},
        link,
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
use web::{Failure, Flash, Form, Html, Notice, PageResult, confirm::Confirm, format, one_time::DAYS_VALID};

#[derive(Template)]
#[template(path = "people/person.html")]
struct Page<'a> {
    form: &'a Form,
    person: Person,
    fields: Html,
    facts: Vec<(&'static str, Html)>,
    disabled: bool,
    standing: Confirm,
    link: Confirm,
}

/// The page.
pub(super) async fn show(
    State(flaro): State<Arc<Flaro>>,
    viewer: Viewer,
    flash: Flash,
    Path(id): Path<String>,
) -> PageResult {
    viewer.must(Right::People)?;
    let person = found(&flaro, &viewer, &id).await?;
    let form = filled(&person.grant);
    page(&flaro, &viewer, &flash, person, &form).await
}

/// Another name, role, range or rights.
pub(super) async fn submit(
    State(flaro): State<Arc<Flaro>>,
    viewer: Viewer,
    flash: Flash,
    Path(id): Path<String>,
    mut form: Form,
) -> PageResult {
    viewer.must(Right::People)?;
    let person = found(&flaro, &viewer, &id).await?;
    let choices = Choices::of(&flaro, &viewer).await?;
    if let Some(grant) = choices.read(&mut form) {
        match change(&flaro, &viewer, &person.id, Change::Grant(grant)).await? {
            Ok(()) => {
                flash.set(Notice::done("登録しました。")).await?;
                return Ok(Redirect::to(&href(&person)).into_response());
            }
            Err(Refused::Gone) => return Err(Failure::not_found()),
            Err(refused) => form.error("role", refused.to_string()),
        }
    }
    page(&flaro, &viewer, &flash, person, &form).await
}

/// 停止 or 再開.
pub(super) async fn set_state(
    State(flaro): State<Arc<Flaro>>,
    viewer: Viewer,
    flash: Flash,
    Path(id): Path<String>,
    form: Form,
) -> PageResult {
    viewer.must(Right::People)?;
    let person = found(&flaro, &viewer, &id).await?;
    let (change_to, words) = match form.text("to") {
        "disabled" => (Change::Disable, "停止しました。その人はすぐにログアウトされます。"),
        "enabled" => (Change::Enable, "再開しました。"),
        _ => return Err(Failure::new(StatusCode::BAD_REQUEST)),
    };
    let notice = match change(&flaro, &viewer, &person.id, change_to).await? {
        Ok(()) => Notice::done(words),
        Err(refused) => Notice::failed(format!("{refused}。")),
    };
    flash.set(notice).await?;
    Ok(Redirect::to(&href(&person)).into_response())
}

/// A new link, shown once.
pub(super) async fn issue(
    State(flaro): State<Arc<Flaro>>,
    viewer: Viewer,
    flash: Flash,
    Path(id): Path<String>,
) -> PageResult {
    viewer.must(Right::People)?;
    let person = found(&flaro, &viewer, &id).await?;
    if let Some(issued) = link::reissue(&flaro, &viewer, &person.id).await? {
        return Ok(handed_over(&flaro, &viewer, person.grant.name, &issued));
    }
    let words = "リンクを発行していません。停止中の人は先に再開してください。企業管理者のリンクは、企業管理者だけが発行できます。";
    flash.set(Notice::failed(words)).await?;
    Ok(Redirect::to(&href(&person)).into_response())
}

async fn found(flaro: &Flaro, viewer: &Viewer, id: &str) -> Result<Person, Failure> {
    let (company, id, now) = (viewer.scope.company.clone(), id.to_owned(), flaro.now());
    let found = flaro.db.read(async move |tx: &mut Tx| people::find(tx, &company, &id, now).await).await?;
    found.ok_or_else(Failure::not_found)
}

async fn page(flaro: &Flaro, viewer: &Viewer, flash: &Flash, person: Person, form: &Form) -> PageResult {
    let choices = Choices::of(flaro, viewer).await?;
    let status = if form.is_ok() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let name = person.grant.name.clone();
    let at = |at: jiff::Timestamp| format::date_time(at, &viewer.zone);
    let last = person.last_login_at.map_or_else(|| "まだありません".to_owned(), at);
    let mut facts = vec![
        ("ログインID", Html::text(&person.login)),
        ("状態", state(&person, viewer).0),
        ("最後のログイン", Html::text(&last)),
        ("登録", Html::text(&at(person.created_at))),
    ];
    if let Some(until) = person.link_until {
        facts.push(("いまのリンク", Html::text(&format!("{} まで", at(until)))));
    }
    let content = Page {
        form,
        fields: choices.fields(form),
        facts,
        disabled: person.state == Standing::Disabled,
        standing: standing(&person),
        link: linking(&person),
        person,
    };
    let shell = shell(viewer, format!("{name}さん"), HERE).status(status).flash(flash.take().await);
    Ok(shell.crumb("担当者と権限", Some(HERE)).crumb(name, None).render(content))
}

fn href(person: &Person) -> String {
    format!("{HERE}/{}", person.id)
}

fn standing(person: &Person) -> Confirm {
    let (name, action) = (&person.grant.name, format!("{}/state", href(person)));
    match (person.state, person.has_password) {
        (Standing::Disabled, _) => Confirm::new("state", format!("{name}さんを再開しますか？"), action, "再開する")
            .says("もう一度ログインできるようになります。権限は前のままです。")
            .sends("to", "enabled"),
        (_, true) => Confirm::new("state", format!("{name}さんを停止しますか？"), action, "停止する")
            .says("いまログインしている画面は、すぐに使えなくなります。")
            .says("この人がした変更の履歴は残ります。いつでも再開できます。")
            .sends("to", "disabled"),
        (_, false) => Confirm::new("state", format!("{name}さんの招待を取り消しますか？"), action, "招待を取り消す")
            .says("渡したリンクは、すぐに使えなくなります。")
            .says("もう一度招待するときは、新しいリンクを発行します。")
            .sends("to", "disabled"),
    }
}

fn linking(person: &Person) -> Confirm {
    let action = format!("{}/link", href(person));
    let (title, second) = if person.has_password {
        ("パスワード再設定リンクを発行しますか？", "新しいパスワードが決まるまで、いまのパスワードも使えます。")
    } else {
        ("招待リンクをもう一度発行しますか？", "前に渡したリンクは使えなくなります。")
    };
    Confirm::new("link", format!("{}さんの{title}", person.grant.name), action, "発行する")
        .says(format!("リンクは次の画面で一度だけ表示します。{DAYS_VALID}日間、1回だけ使えます。"))
        .says(second)
}

impl Page<'_> {
    fn link_label(&self) -> &'static str {
        if self.person.has_password { "再設定リンクを発行…" } else { "招待リンクを発行…" }
    }

    fn standing_label(&self) -> &'static str {
        match (self.disabled, self.person.has_password) {
            (true, _) => "再開…",
            (false, true) => "停止…",
            (false, false) => "招待を取り消す…",
        }
    }
}
