//! One person: 名前 and 権限, 停止 and 再開, a new link.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use uuid::Uuid;
use web::confirm::Confirm;
use web::html::Html;
use web::{Failure, Flash, Form, Notice, PageResult};

use super::super::grid::stamp;
use super::super::shell;
use super::HERE;
use super::form::{Details, filled, read};
use super::invite::handed_over;
use crate::accounts::Viewer;
use crate::people::change::{Change, change};
use crate::people::{Person, State as Standing, link, one};
use crate::{Pos, PosError};

#[derive(Template)]
#[template(path = "people/person.html")]
struct Page<'a> {
    person: Person,
    details: Details<'a>,
    disabled: bool,
    standing: Confirm,
    link: Confirm,
}

/// The page.
pub(super) async fn show(
    State(pos): State<Arc<Pos>>,
    viewer: Viewer,
    flash: Flash,
    Path(id): Path<String>,
) -> PageResult {
    viewer.must_be_admin()?;
    let person = found(&pos, &viewer, &id).await?;
    let form = filled(&person.name, person.role);
    page(&pos, &viewer, &flash, person, &form).await
}

/// Another name or role.
pub(super) async fn submit(
    State(pos): State<Arc<Pos>>,
    viewer: Viewer,
    flash: Flash,
    Path(id): Path<String>,
    mut form: Form,
) -> PageResult {
    viewer.must_be_admin()?;
    let person = found(&pos, &viewer, &id).await?;
    let Some((name, role)) = read(&mut form) else { return page(&pos, &viewer, &flash, person, &form).await };
    match change(&pos, &viewer, person.id, Change::Details { name, role }).await {
        Ok(Ok(())) => {
            flash.set(Notice::done("登録しました。")).await?;
            return Ok(Redirect::to(&href(&person)).into_response());
        }
        Ok(Err(refused)) => form.error("role", refused.to_string()),
        Err(PosError::NotFound("store")) => form.error("store", "店舗を選択してください"),
        Err(error) => return Err(error.into()),
    }
    page(&pos, &viewer, &flash, person, &form).await
}

/// 停止 or 再開.
pub(super) async fn set_state(
    State(pos): State<Arc<Pos>>,
    viewer: Viewer,
    flash: Flash,
    Path(id): Path<String>,
    form: Form,
) -> PageResult {
    viewer.must_be_admin()?;
    let person = found(&pos, &viewer, &id).await?;
    let (change_to, words) = match form.text("to") {
        "disabled" => (Change::Disable, "停止しました。その人はすぐにログアウトされます。"),
        "enabled" => (Change::Enable, "再開しました。"),
        _ => return Err(Failure::new(StatusCode::BAD_REQUEST)),
    };
    let notice = match change(&pos, &viewer, person.id, change_to).await? {
        Ok(()) => Notice::done(words),
        Err(refused) => Notice::failed(format!("{refused}。")),
    };
    flash.set(notice).await?;
    Ok(Redirect::to(&href(&person)).into_response())
}

/// A new link, shown once.
pub(super) async fn issue(
    State(pos): State<Arc<Pos>>,
    viewer: Viewer,
    flash: Flash,
    Path(id): Path<String>,
) -> PageResult {
    viewer.must_be_admin()?;
    let person = found(&pos, &viewer, &id).await?;
    if person.state == Standing::Disabled && person.has_password {
        flash.set(Notice::failed("停止中の人にはリンクを渡せません。先に再開してください。")).await?;
        return Ok(Redirect::to(&href(&person)).into_response());
    }
    let issued = link::reissue(&pos, &viewer, person.id).await?;
    handed_over(&pos, &viewer, &flash, person.name, issued).await
}

async fn found(pos: &Pos, viewer: &Viewer, id: &str) -> Result<Person, Failure> {
    let id: Uuid = id.parse().map_err(|_| Failure::not_found())?;
    one(pos, &viewer.tenant, id).await?.ok_or_else(Failure::not_found)
}

async fn page(pos: &Pos, viewer: &Viewer, flash: &Flash, person: Person, form: &Form) -> PageResult {
    let details = Details::of(pos, &viewer.tenant, form).await?;
    let status = if form.is_ok() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let shell = shell(pos, viewer, flash, format!("{}さん", person.name), HERE).await?.status(status);
    let shell = shell.crumb("担当者と権限", Some(HERE)).crumb(person.name.clone(), None);
    let disabled = person.state == Standing::Disabled;
    let (standing, link) = (standing(&person), linking(&person));
    Ok(shell.render(Page { person, details, disabled, standing, link }))
}

fn href(person: &Person) -> String {
    format!("{HERE}/{}", person.id)
}

fn standing(person: &Person) -> Confirm {
    let (name, action) = (&person.name, format!("{}/state", href(person)));
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
    let title = format!("{}さんの{title}", person.name);
    Confirm::new("link", title, action, "発行する")
        .says(format!("リンクは次の画面で一度だけ表示します。{}日間、1回だけ使えます。", link::DAYS_VALID))
        .says(second)
}

impl Page<'_> {
    fn state(&self) -> Html {
        super::state(&self.person).0
    }

    fn last(&self) -> String {
        self.person.last_login_at.map_or_else(|| "まだありません".to_owned(), stamp)
    }

    fn created(&self) -> String {
        stamp(self.person.created_at)
    }

    fn link(&self) -> Option<String> {
        self.person.link_until.map(stamp)
    }

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
