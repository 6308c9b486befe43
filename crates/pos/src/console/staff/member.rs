//! One 担当者: name, manager flag, PIN set anew or taken away, 使用終了.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Redirect};
use sales::StoreId;
use web::confirm::Confirm;
use web::{Failure, Flash, Form, Notice, PageResult, password};

use super::{HERE, href};
use crate::accounts::Viewer;
use crate::coded::rules;
use crate::console::refusal::{failed, mistaken, outdated, told};
use crate::console::shell;
use crate::edits::Edited;
use crate::staff::{self, Member, Pin};
use crate::{Pos, Tenant};

#[derive(Template)]
#[template(path = "staff/member.html")]
struct Page<'a> {
    form: &'a Form,
    member: &'a Member,
    href: String,
    question: Confirm,
}

type Place = Path<(String, String)>;

pub(super) async fn show(State(pos): State<Arc<Pos>>, viewer: Viewer, flash: Flash, place: Place) -> PageResult {
    viewer.must_be_head_office()?;
    let member = find(&pos, &viewer.tenant, place).await?;
    let mut values = vec![("version", member.version.to_string()), ("name", member.name.clone())];
    if member.manager {
        values.push(("manager", "on".to_owned()));
    }
    page(&pos, &viewer, &flash, &member, &Form::of(values)).await
}

pub(super) async fn submit(
    State(pos): State<Arc<Pos>>,
    viewer: Viewer,
    flash: Flash,
    place: Place,
    mut form: Form,
) -> PageResult {
    viewer.must_be_head_office()?;
    let member = find(&pos, &viewer.tenant, place).await?;
    let seen = version(&form)?;
    let name = form.read("name", |typed| rules::name(typed, "名前"));
    let typed = form.optional("pin", staff::pin);
    if form.is_on("no_pin") && !form.text("pin").is_empty() {
        form.error("pin", "新しいPINか「PINをなくす」の、どちらか一方にしてください");
    }
    let Some((name, typed)) = name.zip(typed).filter(|_| form.is_ok()) else {
        return page(&pos, &viewer, &flash, &member, &form).await;
    };
    let pin = match typed {
        Some(typed) => Pin::Set(password::hash(typed).await?),
        None if form.is_on("no_pin") => Pin::Clear,
        None => Pin::Keep,
    };
    let (whom, values) = ((member.store, member.code.clone()), (name, form.is_on("manager")));
    match staff::save(&pos, &viewer.tenant, viewer.name(), whom, seen, values, pin).await.map_err(failed)? {
        Edited::Done(()) => return done(&flash, &member, "登録しました。レジには次の更新から反映されます。").await,
        Edited::Unchanged => return done(&flash, &member, "変更はありませんでした。").await,
        Edited::Mistakes(errors) => mistaken(&mut form, &errors),
        Edited::Stale(stale) => {
            outdated(&mut form, &stale);
            form.set("version", member.version.to_string());
        }
    }
    page(&pos, &viewer, &flash, &member, &form).await
}

pub(super) async fn set_retired(
    State(pos): State<Arc<Pos>>,
    viewer: Viewer,
    flash: Flash,
    place: Place,
    form: Form,
) -> PageResult {
    viewer.must_be_head_office()?;
    let member = find(&pos, &viewer.tenant, place).await?;
    let (seen, retired) = (version(&form)?, form.text("retired") == "yes");
    let whom = (member.store, member.code.clone());
    let edited = staff::set_retired(&pos, &viewer.tenant, viewer.name(), whom, seen, retired);
    let notice = match edited.await.map_err(failed)? {
        Edited::Done(()) if retired => Notice::done(format!("「{}」の使用を終了しました。", member.name)),
        Edited::Done(()) => Notice::done(format!("「{}」の使用を再開しました。", member.name)),
        Edited::Unchanged => Notice::done("変更はありませんでした。"),
        Edited::Mistakes(errors) => Notice::failed(errors.iter().map(|(_, message)| message).collect::<String>()),
        Edited::Stale(stale) => {
            let words = stale.iter().map(told).collect::<String>();
            Notice::failed(format!("{words}内容を確認して、もう一度押してください。"))
        }
    };
    flash.set(notice).await?;
    Ok(Redirect::to(&href(&member)).into_response())
}

async fn find(pos: &Pos, tenant: &Tenant, Path((store, code)): Place) -> Result<Member, Failure> {
    let store: StoreId = store.parse().map_err(|_| Failure::not_found())?;
    staff::one(pos, tenant, store, &code).await?.ok_or_else(Failure::not_found)
}

fn version(form: &Form) -> Result<i64, Failure> {
    form.text("version").parse().map_err(|_| Failure::new(StatusCode::BAD_REQUEST))
}

async fn done(flash: &Flash, member: &Member, words: &str) -> PageResult {
    flash.set(Notice::done(words)).await?;
    Ok(Redirect::to(&format!("{HERE}?store={}", member.store)).into_response())
}

async fn page(pos: &Pos, viewer: &Viewer, flash: &Flash, member: &Member, form: &Form) -> PageResult {
    let status = if form.is_ok() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let lead = format!("{} 担当者コード {}", member.store_name, member.code);
    let shell = shell(pos, viewer, flash, &member.name, HERE).await?.lead(lead).status(status);
    let shell = shell.crumb("店舗管理", None).crumb("担当者", Some(HERE)).crumb(&member.name, None);
    Ok(shell.render(Page { form, member, href: href(member), question: question(member) }))
}

fn question(member: &Member) -> Confirm {
    let action = format!("{}/retired", href(member));
    let confirm = if member.retired_at.is_none() {
        Confirm::new("retired", format!("「{}」の使用を終了しますか？", member.name), action, "使用を終了する")
            .says(format!("{}のレジで、次の更新から選べなくなります。", member.store_name))
            .says("これまでの会計に残っている担当者コードは変わりません。あとから再開できます。")
            .sends("retired", "yes")
    } else {
        Confirm::new("retired", format!("「{}」の使用を再開しますか？", member.name), action, "使用を再開する")
            .says(format!("{}のレジで、次の更新からまた選べます。", member.store_name))
            .sends("retired", "no")
    };
    confirm.sends("version", member.version.to_string())
}
