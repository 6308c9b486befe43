//! 承認 of one day: approve it as it is seen, take the approval back, and see both versions where a day changed later.

use super::{
    day,
    grid::{Cell, Grid},
    in_path, shell,
};
use crate::{
    Flaro, FlaroError,
    audit::Stamp,
    days::{
        self, Day,
        approval::{self, Approval, Done},
    },
    rights::Right,
    rollup::{self, Built, DayKey},
    stores::Store,
    tenant::{Scope, Viewer},
};
use askama::Template;
use axum::{
    extract::{Path, State},
    response::{IntoResponse, Redirect},
};
use db::Tx;
use jiff::civil::Date;
use sales::{Check, CheckId, StoreId};
use std::{collections::BTreeMap, sync::Arc};
use web::{Failure, Flash, Form, Html, Notice, PageResult, confirm::Confirm, format};

#[derive(Template)]
#[template(path = "approval.html")]
struct Page {
    who: String,
    day: String,
    known: bool,
    figures: Html,
    checks: Option<Html>,
}

struct Seen {
    store: Store,
    day: Day,
    approval: Approval,
    then: Vec<Vec<u8>>,
    now: Vec<Vec<u8>>,
}

/// `GET`: what was approved beside what is there now.
pub(super) async fn show(
    State(flaro): State<Arc<Flaro>>,
    viewer: Viewer,
    Path((store, date)): Path<(String, String)>,
) -> PageResult {
    let (store, date): (StoreId, Date) = (in_path(&store)?, in_path(&date)?);
    let scope = viewer.scope.clone();
    let seen = flaro.db.read(async move |tx: &mut Tx| see(tx, &scope, store, date).await).await?;
    let Seen { store, day, approval, then, now } = seen.ok_or_else(Failure::not_found)?;
    let known = !then.is_empty();
    let built = tokio::task::spawn_blocking(move || Ok::<_, FlaroError>((rollup::build(&then)?, rollup::build(&now)?)));
    let (then, now) = built.await??;
    let checks = checks(&then, &now);
    let href = format!("/days/{}/{date}", store.id);
    let page = Page {
        who: format!("{} {}", approval.by, format::date_time(approval.at, &viewer.zone)),
        day: href.clone(),
        known,
        figures: figures(&approval, &day, known.then_some((&then, &now))).html(),
        checks: (known && !checks.is_empty()).then(|| checks.html()),
    };
    let shell = shell(&viewer, format!("{} {}の承認", store.name, format::date_weekday(date)), "/days")
        .crumb("営業日一覧", Some("/days"))
        .crumb(format!("{} {}", store.name, format::date(date)), Some(&href))
        .crumb("承認", None);
    Ok(shell.render(page))
}

async fn see(tx: &mut Tx, scope: &Scope, store: StoreId, date: Date) -> Result<Option<Seen>, FlaroError> {
    let stores = days::visible_stores(tx, scope).await?;
    let Some(store) = stores.into_iter().find(|seen| seen.id == store) else { return Ok(None) };
    let Some(approval) = approval::approved(tx, scope, store.id, date).await? else { return Ok(None) };
    let Some(day) = days::one(tx, scope, store.id, date).await? else { return Ok(None) };
    let then = approval::frames(tx, scope, store.id, &approval).await?;
    let key = DayKey { company: scope.company.clone(), store: store.id.to_string(), date: date.to_string() };
    let (_, now) = rollup::standing(tx, &key).await?;
    Ok(Some(Seen { store, day, approval, then, now }))
}

/// `POST`: approves, or takes the approval back.
pub(super) async fn decide(
    State(flaro): State<Arc<Flaro>>,
    viewer: Viewer,
    flash: Flash,
    Path((store, date)): Path<(String, String)>,
    form: Form,
) -> PageResult {
    viewer.must(Right::Approve)?;
    let (id, date): (StoreId, Date) = (in_path(&store)?, in_path(&date)?);
    let (digest, withdraws) = (form.text("digest").to_owned(), form.text("action") == "withdraw");
    let (scope, who, stamp) = (viewer.scope.clone(), viewer.who.name().to_owned(), Stamp::new(&flaro));
    let unit = async move |tx: &mut Tx| -> Result<Option<Done>, FlaroError> {
        let stores = days::visible_stores(tx, &scope).await?;
        let Some(store) = stores.iter().find(|store| store.id == id) else { return Ok(None) };
        let done = if withdraws {
            approval::withdraw(tx, &scope, &who, (store, date), stamp).await?
        } else {
            approval::approve(tx, &scope, &who, (store, date), &digest, stamp).await?
        };
        Ok(Some(done))
    };
    let done = flaro.db.write(unit).await?.ok_or_else(Failure::not_found)?;
    let day = format::date(date);
    let notice = match (done, withdraws) {
        (Done::Stands, false) => Notice::done(format!("{day}を承認しました。")),
        (Done::Stands, true) => Notice::done(format!("{day}の承認を取り消しました。")),
        (Done::Changed, _) => {
            Notice::failed("この画面を開いたあとに内容が変わりました。いまの数字を確認して、もう一度承認してください。")
        }
        (Done::Nothing, false) => Notice::failed("届いた精算がないため、承認できません。"),
        (Done::Nothing, true) => Notice::failed("この営業日は承認されていません。"),
    };
    flash.set(notice).await?;
    Ok(Redirect::to(&format!("/days/{id}/{date}")).into_response())
}

/// The buttons of a day's page, with the dialogs behind them.
pub(super) fn buttons(viewer: &Viewer, store: &Store, date: Date, day: Option<&Day>) -> (Html, Html) {
    let Some(day) = day.filter(|day| viewer.may(Right::Approve) && !day.registers.is_empty()) else {
        return (Html::default(), Html::default());
    };
    let (what, path) =
        (format!("{} {}", store.name, format::date_weekday(date)), format!("/days/{}/{date}/approval", store.id));
    let approved = day.approved.as_ref().map(|(digest, _)| *digest == day.digest);
    let sum = format!(
        "売上（税抜） {}・客数 {}名・会計 {}件",
        format::yen(day.net),
        format::thousands(day.guests),
        format::thousands(day.checks)
    );
    let (mut buttons, mut dialogs) = (Html::default(), Html::default());
    if approved != Some(true) {
        let asked = Confirm::new("approve", format!("{what}を承認しますか？"), &path, "承認する")
            .harmless()
            .says(sum)
            .says(state_line(day))
            .says("承認後に訂正が届くと「承認後変更」と表示され、両方の数字を見比べられます。")
            .sends("action", "approve")
            .sends("digest", &day.digest);
        (buttons, dialogs) = (
            buttons.then(&asked.trigger(if approved.is_some() {
                "変更後の内容を承認する"
            } else {
                "承認する"
            })),
            dialogs.then(&asked.dialog()),
        );
    }
    if approved.is_some() {
        let asked = Confirm::new("withdraw", format!("{what}の承認を取り消しますか？"), &path, "承認を取り消す")
            .says("この営業日は未承認に戻ります。届いた数字は変わりません。")
            .says("だれがいつ取り消したかは変更履歴に残ります。")
            .sends("action", "withdraw");
        (buttons, dialogs) = (buttons.then(&asked.trigger("承認を取り消す")), dialogs.then(&asked.dialog()));
    }
    (buttons, dialogs)
}

fn state_line(day: &Day) -> String {
    if day.findings > 0 {
        format!("確認が必要なこと（差異）が{}件あるまま承認します。", day.findings)
    } else {
        "差異はありません。".to_owned()
    }
}

fn figures(approval: &Approval, day: &Day, built: Option<(&Built, &Built)>) -> Grid {
    let mut grid = Grid::new(
        "figures",
        "数字の違い",
        &[("項目", false), ("承認した内容", true), ("いまの内容", true), ("差", true)],
    );
    let mut row = |label: &str, money: bool, then: i64, now: i64| {
        let cell = |n: i64| if money { Cell::Yen(n) } else { Cell::Count(n) };
        grid.row([label.into(), cell(then), cell(now), cell(now.saturating_sub(then))]);
    };
    row("純売上（税抜）", true, approval.net, day.net);
    row("消費税", true, approval.tax, day.tax);
    row("税込", true, approval.net.saturating_add(approval.tax), day.net.saturating_add(day.tax));
    row("客数", false, approval.guests, day.guests);
    row("会計数", false, approval.checks, day.checks);
    if let Some((then, now)) = built {
        let (then, now) = (&then.datasets.settlement, &now.datasets.settlement);
        row("値引", true, then.discounts.0, now.discounts.0);
        row("赤伝票", false, then.voids, now.voids);
    }
    grid
}

/// The checks that are in one version only, or differ.
fn checks(then: &Built, now: &Built) -> Grid {
    let mut both = BTreeMap::<CheckId, (Option<&Check>, Option<&Check>)>::new();
    for (_, check) in then.checks() {
        both.entry(check.id).or_default().0 = Some(check);
    }
    for (_, check) in now.checks() {
        both.entry(check.id).or_default().1 = Some(check);
    }
    day::differing_checks(("承認した内容", "いまの内容"), both)
}
