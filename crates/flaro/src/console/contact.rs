//! お問い合わせフォーム: asks, keeps, says what became of it; support's list of what everybody asked.

mod one;

pub(super) use one::{set_state, show as show_one};

use super::{
    choose::{PER_PAGE, page_of},
    grid::{Cell, Grid, downloads},
    shell,
};
use crate::{
    Flaro,
    inquiries::{self, Inquiry, Mail, Of, State as Standing, Typed},
    rights::Right,
    tenant::Viewer,
};
use askama::Template;
use axum::{
    extract::State,
    http::StatusCode,
    response::{IntoResponse, Redirect},
};
use db::Tx;
use std::sync::Arc;
use web::{
    Failure, Flash, Form, Html, ListQuery, Notice, PageResult,
    download::Format,
    format,
    person::Login,
    table,
    ui::{self, Icon, Tone},
};

const HERE: &str = "/contact";
const NAME_CHARACTERS_MAX: usize = 60;
const BODY_CHARACTERS_MAX: usize = 5_000;

#[derive(Template)]
#[template(path = "contact.html")]
struct Page<'a> {
    form: &'a Form,
}

pub(super) async fn show(viewer: Viewer, flash: Flash) -> PageResult {
    let form = Form::of([("company_name", viewer.company_name.clone()), ("mail", String::new())]);
    page(&viewer, &flash, &form).await
}

async fn page(viewer: &Viewer, flash: &Flash, form: &Form) -> PageResult {
    let status = if form.is_ok() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let links = Html::trusted(r#"<a class="btn sub" href="/contact/list">送った問い合わせ</a>"#);
    let shell = shell(viewer, "お問い合わせフォーム", HERE).status(status).flash(flash.take().await);
    Ok(shell.actions(links).render(Page { form }))
}

/// 送信.
pub(super) async fn ask(State(flaro): State<Arc<Flaro>>, viewer: Viewer, flash: Flash, mut form: Form) -> PageResult {
    let Some(typed) = read(&mut form) else { return page(&viewer, &flash, &form).await };
    let number = inquiries::ask(&flaro, &viewer, typed).await?;
    let words = format!("受け付けました（受付番号 {number}）。サポート担当者が翌営業日までにメールで返信します。");
    flash.set(Notice::done(words)).await?;
    Ok(Redirect::to("/contact/list").into_response())
}

fn read(form: &mut Form) -> Option<Typed> {
    let line = |label: &'static str, needed: bool| {
        move |typed: &str| {
            let plain: String = typed.chars().filter(|c| !c.is_control()).collect();
            match plain.chars().count() {
                0 if needed => Err(format!("{label}を入力してください")),
                0..=NAME_CHARACTERS_MAX => Ok(plain),
                _ => Err(format!("{label}は{NAME_CHARACTERS_MAX}文字以内で入力してください")),
            }
        }
    };
    let company_name = form.read("company_name", line("会社名", true));
    let department = form.read("department", line("所属部門/店舗", false));
    let family_name = form.read("family_name", line("姓", true));
    let given_name = form.read("given_name", line("名", true));
    let mail = form.read("mail", str::parse::<Login>);
    let body = form.read("body", |typed| match typed.chars().count() {
        0 => Err("お問い合わせ内容を入力してください".to_owned()),
        1..=BODY_CHARACTERS_MAX => Ok(typed.replace('\0', "")),
        _ => Err(format!("お問い合わせ内容は{BODY_CHARACTERS_MAX}文字以内で入力してください")),
    });
    Some(Typed {
        company_name: company_name?,
        department: department?,
        family_name: family_name?,
        given_name: given_name?,
        mail: mail?.as_str().to_owned(),
        body: body?,
    })
}

/// Whose inquiries somebody may see beside their own.
fn of(viewer: &Viewer) -> Of {
    let company = viewer.scope.company.clone();
    if viewer.may(Right::Company) {
        Of::Company(company)
    } else {
        Of::Account(company, viewer.scope.account_id.clone())
    }
}

#[derive(Template)]
#[template(path = "contact/list.html")]
struct ListPage<'a> {
    form: &'a Form,
    action: &'static str,
    states: Vec<(&'static str, &'static str)>,
    grid: Html,
    pager: Html,
    downloads: Html,
}

/// One's own, or one's company's.
pub(super) async fn list(
    State(flaro): State<Arc<Flaro>>,
    viewer: Viewer,
    flash: Flash,
    query: ListQuery,
) -> PageResult {
    let of = of(&viewer);
    listed(&flaro, &viewer, &flash, &query, (of, "/contact/list", "送った問い合わせ", HERE)).await
}

/// サポート: everybody's.
pub(super) async fn support(
    State(flaro): State<Arc<Flaro>>,
    viewer: Viewer,
    flash: Flash,
    query: ListQuery,
) -> PageResult {
    if !viewer.support {
        return Err(Failure::forbidden());
    }
    listed(&flaro, &viewer, &flash, &query, (Of::Everybody, "/support", "サポート：すべての問い合わせ", "/support"))
        .await
}

async fn listed(
    flaro: &Flaro,
    viewer: &Viewer,
    flash: &Flash,
    query: &ListQuery,
    (of, action, title, here): (Of, &'static str, &'static str, &'static str),
) -> PageResult {
    let state = Standing::of(query.get("state")).map_or("", Standing::name).to_owned();
    let word = query.get("q").trim().to_owned();
    let rows = flaro.db.read(async move |tx: &mut Tx| inquiries::list(tx, &of, &state, &word).await).await?;
    let (rows, total) = page_of(rows, query);
    let grid = grid(&rows, viewer, action);
    if let Some(asked) = Format::of(query.get("format")) {
        return Ok(grid.sheet(&viewer.company_name).download(asked, flaro.now(), &viewer.zone)?);
    }
    let form = query.form();
    let page = ListPage {
        form: &form,
        action,
        states: [("", "すべて")].into_iter().chain(Standing::ALL.map(|s| (s.name(), s.label()))).collect(),
        grid: match (grid.is_empty(), query.is_filtered()) {
            (false, _) => grid.html(),
            (true, true) => table::nothing_found(query),
            (true, false) => {
                let next = "お問い合わせフォームから送ると、ここで状態を確かめられます。";
                table::empty("まだ問い合わせがありません", next, Some(("お問い合わせフォームへ", HERE)))
            }
        },
        pager: table::pager(query, total, PER_PAGE),
        downloads: downloads(query, None),
    };
    let shell = shell(viewer, title, here).flash(flash.take().await);
    Ok(shell.crumb("お問い合わせ", Some(HERE)).crumb(title, None).render(page))
}

fn grid(rows: &[Inquiry], viewer: &Viewer, action: &str) -> Grid {
    let base = if action == "/support" { "/support" } else { HERE };
    let columns = [
        ("受付番号", false),
        ("受付日時", false),
        ("会社名", false),
        ("お名前", false),
        ("内容", false),
        ("状態", false),
        ("メール", false),
    ];
    let mut grid = Grid::new("inquiries", "お問い合わせ", &columns);
    for row in rows {
        let (chip, word) = state_chip(row.state);
        let (mail, mail_word) = mail_chip(row);
        grid.row([
            Cell::Link(row.number.to_string(), format!("{base}/{}", row.id)),
            format::date_time(row.at, &viewer.zone).into(),
            row.typed.company_name.as_str().into(),
            format!("{} {}", row.typed.family_name, row.typed.given_name).into(),
            first_line(&row.typed.body).into(),
            Cell::Shown(chip, word.to_owned()),
            Cell::Shown(mail, mail_word.to_owned()),
        ]);
    }
    grid
}

fn first_line(body: &str) -> String {
    let line = body.lines().next().unwrap_or_default();
    let short: String = line.chars().take(40).collect();
    if short.len() < body.len() { format!("{short}…") } else { short }
}

fn state_chip(state: Standing) -> (Html, &'static str) {
    let (tone, icon) = match state {
        Standing::Received => (Tone::Key, Icon::Info),
        Standing::Working => (Tone::Warn, Icon::Wait),
        Standing::Done => (Tone::Good, Icon::Check),
    };
    (ui::chip_with(tone, icon, state.label()), state.label())
}

fn mail_chip(inquiry: &Inquiry) -> (Html, &'static str) {
    match (inquiry.mail, inquiry.mail_tries) {
        (Mail::None, _) => (ui::chip_with(Tone::Mute, Icon::Ring, "画面のみ"), "画面のみ"),
        (Mail::Sent, _) => (ui::chip(Tone::Good, "送信済み"), "送信済み"),
        (Mail::Waiting, 0) => (ui::chip_with(Tone::Mute, Icon::Wait, "送信待ち"), "送信待ち"),
        (Mail::Waiting, _) => (ui::chip_with(Tone::Warn, Icon::Retry, "再送待ち"), "再送待ち"),
    }
}
