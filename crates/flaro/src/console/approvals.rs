//! まとめて承認: the days of a month that are complete and without findings, chosen, shown once more, and approved.

use super::{
    reports::{next_month, previous_month},
    shell,
};
use crate::{
    Flaro, FlaroError,
    audit::Stamp,
    days::{
        self, Day, DayState,
        approval::{self, Done},
    },
    reports::Period,
    rights::Right,
    stores::Store,
    tenant::{Scope, Viewer},
};
use askama::Template;
use axum::{
    extract::State,
    response::{IntoResponse, Redirect},
};
use db::Tx;
use jiff::civil::Date;
use std::{collections::HashMap, sync::Arc};
use web::{
    Flash, Form, Html, ListQuery, Notice, PageResult, format, table,
    ui::{self, Icon},
};

/// The most days that are approved at once.
const AT_ONCE_MAX: usize = 1_000;

/// A day that may be approved with others.
struct Row {
    value: String,
    href: String,
    date: String,
    store: String,
    chip: Html,
    net: Html,
    guests: String,
    open: bool,
}

#[derive(Template)]
#[template(path = "approvals.html")]
struct Page<'a> {
    form: &'a Form,
    stores: Vec<(String, String)>,
    rows: Vec<Row>,
    open: usize,
    empty: Html,
    before: String,
    after: String,
    note: String,
}

#[derive(Template)]
#[template(path = "approvals_confirm.html")]
struct Asking {
    values: Vec<String>,
    lines: Vec<String>,
    back: String,
}

pub(super) async fn show(
    State(flaro): State<Arc<Flaro>>,
    viewer: Viewer,
    flash: Flash,
    query: ListQuery,
) -> PageResult {
    viewer.must(Right::Approve)?;
    let (scope, now) = (viewer.scope.clone(), flaro.now());
    let today = viewer.zone.to_datetime(now).date();
    let period = Period::of_month(query.get("month")).unwrap_or_else(|| Period::month(today));
    let (stores, days) = flaro.db.read(async move |tx: &mut Tx| see(tx, &scope, period).await).await?;
    let mut form = query.form();
    form.set("month", format!("{:04}/{:02}", period.from.year(), period.from.month()));
    let mut rows =
        rows(&stores, &days, query.get("store"), period, |store, date, day| DayState::of(store, date, day, now));
    let left_out = rows.len().saturating_sub(AT_ONCE_MAX);
    rows.truncate(AT_ONCE_MAX);
    let open = rows.iter().filter(|row| row.open).count();
    let page = Page {
        form: &form,
        stores: [(String::new(), "すべて".to_owned())]
            .into_iter()
            .chain(stores.iter().map(|store| (store.id.to_string(), store.name.clone())))
            .collect(),
        open,
        empty: table::empty(
            "この月に届いた営業日はありません",
            "月や店舗を変えてください。",
            Some(("営業日一覧へ", "/days")),
        ),
        before: query.with("month", &previous_month(period)),
        after: query.with("month", &next_month(period)),
        note: if left_out > 0 {
            format!("ほかに{left_out}日あります。店舗を選ぶと表示されます。")
        } else {
            String::new()
        },
        rows,
    };
    let lead = format!("{}・金額は税抜", period.words());
    let shell = shell(&viewer, "まとめて承認", "/days")
        .crumb("営業日一覧", Some("/days"))
        .crumb("まとめて承認", None)
        .lead(lead)
        .flash(flash.take().await);
    Ok(shell.render(page))
}

async fn see(tx: &mut Tx, scope: &Scope, period: Period) -> Result<(Vec<Store>, Vec<Day>), FlaroError> {
    Ok((days::visible_stores(tx, scope).await?, days::range(tx, scope, period.from, period.to).await?))
}

fn rows(
    stores: &[Store],
    days: &[Day],
    chosen: &str,
    period: Period,
    state: impl Fn(&Store, Date, Option<&Day>) -> DayState,
) -> Vec<Row> {
    let by_key: HashMap<_, &Day> = days.iter().map(|day| ((day.store_id, day.date), day)).collect();
    let mut rows = Vec::new();
    for date in period.days() {
        for store in stores.iter().filter(|store| chosen.is_empty() || store.id.to_string() == chosen) {
            let Some(day) = by_key.get(&(store.id, date)).copied() else { continue };
            let state = state(store, date, Some(day));
            rows.push(Row {
                value: format!("{}/{date}/{}", store.id, day.digest),
                href: format!("/days/{}/{date}", store.id),
                date: format::date_weekday(date),
                store: store.name.clone(),
                chip: state.chip(),
                net: format::yen_html(day.net),
                guests: format::thousands(day.guests),
                open: matches!(state, DayState::Received | DayState::ChangedAfterApproval),
            });
        }
    }
    rows
}

/// What was chosen: store, date and the digest that was seen.
fn chosen(form: &Form) -> Vec<(String, Date, String)> {
    let parse = |value: &str| {
        let mut parts = value.splitn(3, '/');
        let (store, date, digest) = (parts.next()?, parts.next()?, parts.next()?);
        Some((store.to_owned(), date.parse().ok()?, digest.to_owned()))
    };
    form.all("day").filter_map(parse).take(AT_ONCE_MAX).collect()
}

pub(super) async fn decide(State(flaro): State<Arc<Flaro>>, viewer: Viewer, flash: Flash, form: Form) -> PageResult {
    viewer.must(Right::Approve)?;
    let (chosen, back) = (chosen(&form), back(&form));
    if chosen.is_empty() {
        flash.set(Notice::failed("承認する営業日を選んでください。")).await?;
        return Ok(Redirect::to(&back).into_response());
    }
    if !form.is_on("confirmed") {
        return asking(&flaro, &viewer, &form, chosen, back).await;
    }
    let (scope, who, stamp) = (viewer.scope.clone(), viewer.who.name().to_owned(), Stamp::new(&flaro));
    let unit = async move |tx: &mut Tx| -> Result<(usize, Vec<String>), FlaroError> {
        let stores = days::visible_stores(tx, &scope).await?;
        let (mut done, mut left) = (0, Vec::new());
        for (id, date, digest) in &chosen {
            let Some(store) = stores.iter().find(|store| store.id.to_string() == *id) else { continue };
            let stamp = stamp.of(&format!("{id}/{date}"));
            match approval::approve(tx, &scope, &who, (store, *date), digest, stamp).await? {
                Done::Stands => done += 1,
                Done::Changed | Done::Nothing => left.push(format!("{} {}", store.name, format::date(*date))),
            }
        }
        Ok((done, left))
    };
    let (done, left) = flaro.db.write(unit).await?;
    let notice = if left.is_empty() {
        Notice::done(format!("{done}日分を承認しました。"))
    } else {
        Notice::failed(format!(
            "{done}日分を承認しました。次の日は、画面を開いたあとに内容が変わったため承認していません：{}",
            left.join("、")
        ))
    };
    flash.set(notice).await?;
    Ok(Redirect::to(&back).into_response())
}

fn back(form: &Form) -> String {
    ListQuery::of("/days/approvals", "").with("month", form.text("month"))
}

/// What is about to be approved, once more.
async fn asking(
    flaro: &Flaro,
    viewer: &Viewer,
    form: &Form,
    chosen: Vec<(String, Date, String)>,
    back: String,
) -> PageResult {
    let scope = viewer.scope.clone();
    let (first, last) = chosen.iter().fold((Date::MAX, Date::MIN), |(a, b), (_, date, _)| (a.min(*date), b.max(*date)));
    let period = Period { from: first, to: last };
    let (_, days) = flaro.db.read(async move |tx: &mut Tx| see(tx, &scope, period).await).await?;
    let is_chosen =
        |day: &&Day| chosen.iter().any(|(id, date, _)| *id == day.store_id.to_string() && *date == day.date);
    let of: Vec<&Day> = days.iter().filter(is_chosen).collect();
    let net = of.iter().fold(0_i64, |sum, day| sum.saturating_add(day.net));
    let asking = Asking {
        values: form.all("day").map(ToOwned::to_owned).collect(),
        lines: vec![
            format!("{}日分（{}）を承認します。", of.len(), period.words()),
            format!("売上（税抜）の合計 {}", format::yen(net)),
            "承認後に訂正が届いた日は「承認後変更」と表示されます。承認は1日ずつ取り消せます。".to_owned(),
        ],
        back,
    };
    let shell = super::shell(viewer, "まとめて承認しますか？", "/days")
        .crumb("営業日一覧", Some("/days"))
        .crumb("まとめて承認", Some(&asking.back));
    Ok(shell.render(&asking))
}
