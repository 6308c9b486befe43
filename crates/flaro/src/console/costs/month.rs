//! A store's month of costs: A, R and O as amounts of the month, L day by day.

use crate::{
    Flaro, FlaroError,
    audit::{self, Change, Stamp},
    console::{in_path, shell},
    costs::{self, Fixed, Labour, Source, hours, read_cost, read_hours},
    days::{self, Day},
    months::Month,
    rights::Right,
    stores::Store,
    tenant::Viewer,
};
use askama::Template;
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect},
};
use db::Tx;
use jiff::civil::Date;
use sales::StoreId;
use std::{
    collections::{BTreeMap, HashMap},
    sync::Arc,
};
use web::{
    Failure, Flash, Form, Html, Notice, PageResult,
    edits::{self, Mark},
    format,
};

#[derive(Template)]
#[template(path = "costs/month.html")]
struct Page<'a> {
    form: &'a Form,
    may: bool,
    path: String,
    before: String,
    after: String,
    days: Vec<Line>,
    sum: String,
}

struct Line {
    date: String,
    closed: bool,
    cost: (String, String),
    hours: (String, String),
    source: &'static str,
    sold: Html,
    rate: String,
}

struct Seen {
    store: Store,
    fixed: Fixed,
    labour: BTreeMap<Date, Labour>,
    sold: HashMap<Date, Day>,
    mark: Mark,
}

fn subject(store: StoreId, month: Month) -> String {
    format!("cost:{store}:{month}")
}

async fn see(tx: &mut Tx, viewer: &Viewer, store: StoreId, month: Month) -> Result<Option<Seen>, FlaroError> {
    let Some(store) = days::visible_store(tx, &viewer.scope, store).await? else { return Ok(None) };
    let company = &viewer.scope.company;
    let sold = days::of_store(tx, &viewer.scope, store.id, month.first(), month.last()).await?;
    Ok(Some(Seen {
        fixed: costs::month(tx, company, store.id, month).await?,
        labour: costs::labour(tx, company, store.id, month).await?,
        sold: sold.into_iter().map(|day| (day.date, day)).collect(),
        mark: edits::mark(tx, company.as_str(), &subject(store.id, month)).await?,
        store,
    }))
}

async fn load(flaro: &Flaro, viewer: &Viewer, store: StoreId, month: Month) -> Result<Seen, Failure> {
    let viewer = viewer.clone();
    let found = flaro.db.read(async move |tx: &mut Tx| see(tx, &viewer, store, month).await).await?;
    found.ok_or_else(Failure::not_found)
}

type At = Path<(String, String)>;

fn place(Path((store, month)): At) -> Result<(StoreId, Month), Failure> {
    Ok((in_path(&store)?, in_path(&month)?))
}

pub(in crate::console) async fn show(
    State(flaro): State<Arc<Flaro>>,
    viewer: Viewer,
    flash: Flash,
    at: At,
) -> PageResult {
    let (store, month) = place(at)?;
    let seen = load(&flaro, &viewer, store, month).await?;
    page(&viewer, &flash, &seen, month, &filled(&seen), StatusCode::OK).await
}

fn filled(seen: &Seen) -> Form {
    let yen = |yen: Option<i64>| yen.map(format::thousands).unwrap_or_default();
    let mut values = vec![
        ("version".to_owned(), seen.mark.version.to_string()),
        ("advertising".to_owned(), yen(seen.fixed.advertising)),
        ("rent".to_owned(), yen(seen.fixed.rent)),
        ("other".to_owned(), yen(seen.fixed.other)),
    ];
    for (date, labour) in &seen.labour {
        values.push((format!("cost-{date}"), format::thousands(labour.cost)));
        values.push((format!("hours-{date}"), labour.minutes.map(hours).unwrap_or_default()));
    }
    Form::of(values)
}

/// A, R, O の登録.
pub(in crate::console) async fn save(
    State(flaro): State<Arc<Flaro>>,
    viewer: Viewer,
    flash: Flash,
    at: At,
    mut form: Form,
) -> PageResult {
    viewer.must(Right::Costs)?;
    let (store, month) = place(at)?;
    let seen = load(&flaro, &viewer, store, month).await?;
    let advertising = form.optional("advertising", |typed| read_cost(typed, "広告宣伝費"));
    let rent = form.optional("rent", |typed| read_cost(typed, "家賃"));
    let other = form.optional("other", |typed| read_cost(typed, "その他経費"));
    let (Some(advertising), Some(rent), Some(other)) = (advertising, rent, other) else {
        return again(&viewer, &flash, &seen, month, form, StatusCode::UNPROCESSABLE_ENTITY).await;
    };
    let asked = Asked::Fixed(Fixed { advertising, rent, other });
    keep(&flaro, &viewer, &flash, form, &seen, (store, month, asked)).await
}

/// 人件費の登録.
pub(in crate::console) async fn save_labour(
    State(flaro): State<Arc<Flaro>>,
    viewer: Viewer,
    flash: Flash,
    at: At,
    mut form: Form,
) -> PageResult {
    viewer.must(Right::Costs)?;
    let (store, month) = place(at)?;
    let seen = load(&flaro, &viewer, store, month).await?;
    let mut all = Vec::new();
    for date in month.days() {
        let (cost_name, hours_name) = (format!("cost-{date}"), format!("hours-{date}"));
        let day = format::month_day(date);
        let cost = form.optional(&cost_name, |typed| read_cost(typed, &format!("{day}の人件費")));
        let minutes = form.optional(&hours_name, read_hours);
        match (cost, minutes) {
            (Some(None), Some(Some(_))) => {
                form.error(&cost_name, format!("{day}の人件費も入力してください。ない日は両方を空にします"));
            }
            (Some(cost), Some(minutes)) => all.push((date, cost.map(|cost| (cost, minutes)))),
            _ => {}
        }
    }
    if !form.is_ok() {
        return again(&viewer, &flash, &seen, month, form, StatusCode::UNPROCESSABLE_ENTITY).await;
    }
    keep(&flaro, &viewer, &flash, form, &seen, (store, month, Asked::Labour(all))).await
}

enum Asked {
    Fixed(Fixed),
    Labour(Vec<Typed>),
}

enum Kept {
    Done,
    Unchanged,
    Stale(Mark),
}

async fn keep(
    flaro: &Flaro,
    viewer: &Viewer,
    flash: &Flash,
    mut form: Form,
    seen: &Seen,
    (store, month, asked): (StoreId, Month, Asked),
) -> PageResult {
    let version = form.text("version").parse().unwrap_or(-1);
    let notice = match write(flaro, viewer, version, (store, month, asked)).await? {
        None => return Err(Failure::not_found()),
        Some(Kept::Done) => Notice::done(format!("{}の経費・人件費を登録しました。", month.label())),
        Some(Kept::Unchanged) => Notice::done("変更はありません。"),
        Some(Kept::Stale(mark)) => {
            let at = format::date_time(mark.at, &viewer.zone);
            let words = format!(
                "{at}に{}さんがこの月の{}を変更しました。開き直して、もう一度登録してください",
                mark.by, mark.what
            );
            form.error("", words);
            return again(viewer, flash, seen, month, form, StatusCode::CONFLICT).await;
        }
    };
    flash.set(notice).await?;
    Ok(Redirect::to(&format!("/costs/{store}/{month}")).into_response())
}

async fn write(
    flaro: &Flaro,
    viewer: &Viewer,
    version: i64,
    (store, month, asked): (StoreId, Month, Asked),
) -> Result<Option<Kept>, FlaroError> {
    let (stamp, now, viewer) = (Stamp::new(flaro), flaro.now(), viewer.clone());
    let unit = async move |tx: &mut Tx| -> Result<Option<Kept>, FlaroError> {
        let company = &viewer.scope.company;
        tx.lock(&format!("cost/{}/{store}", company.as_str())).await?;
        let Some(was) = see(tx, &viewer, store, month).await? else { return Ok(None) };
        if was.mark.version != version {
            return Ok(Some(Kept::Stale(was.mark)));
        }
        let (what, before, after) = match asked {
            Asked::Fixed(fixed) if fixed == was.fixed => return Ok(Some(Kept::Unchanged)),
            Asked::Fixed(fixed) => {
                costs::put(tx, company, store, month, fixed).await?;
                ("経費", was.fixed.words(), fixed.words())
            }
            Asked::Labour(days) => {
                let changed = changed(&was, store, days);
                if changed.is_empty() {
                    return Ok(Some(Kept::Unchanged));
                }
                costs::put_labour(tx, company, &changed).await?;
                let after = costs::labour(tx, company, store, month).await?;
                ("人件費", words(&was.labour), words(&after))
            }
        };
        let target = format!("{} {}", was.store.name, month.label());
        let done = format!("{what}を登録");
        let change =
            Change { who: viewer.who.name(), what: &done, target: &target, before: Some(&before), after: Some(&after) };
        audit::note(tx, company, stamp, change).await?;
        edits::touch(tx, company.as_str(), &subject(store, month), viewer.who.name(), now, what).await?;
        Ok(Some(Kept::Done))
    };
    flaro.db.write(unit).await
}

type Typed = (Date, Option<(i64, Option<i64>)>);

/// Only what differs is written: a day from 勤怠 or a file that nobody touched keeps its source.
fn changed(was: &Seen, store: StoreId, days: Vec<Typed>) -> Vec<(StoreId, Date, Option<Labour>)> {
    let differs = |(date, to): &Typed| was.labour.get(date).map(|labour| (labour.cost, labour.minutes)) != *to;
    let labour = |(cost, minutes)| Labour { cost, minutes, source: Source::Hand };
    days.into_iter().filter(differs).map(|(date, to)| (store, date, to.map(labour))).collect()
}

fn words(days: &BTreeMap<Date, Labour>) -> String {
    if days.is_empty() {
        return "未登録".to_owned();
    }
    let sum = days.values().fold(0_i64, |sum, day| sum.saturating_add(day.cost));
    format!("人件費 {}（{}日分）", format::yen(sum), days.len())
}

async fn again(
    viewer: &Viewer,
    flash: &Flash,
    seen: &Seen,
    month: Month,
    mut form: Form,
    status: StatusCode,
) -> PageResult {
    for (name, value) in filled(seen).fields() {
        if !form.fields().any(|(sent, _)| sent == name) {
            form.set(name, value);
        }
    }
    page(viewer, flash, seen, month, &form, status).await
}

async fn page(
    viewer: &Viewer,
    flash: &Flash,
    seen: &Seen,
    month: Month,
    form: &Form,
    status: StatusCode,
) -> PageResult {
    let store = &seen.store;
    let at = |month: Month| format!("/costs/{}/{month}", store.id);
    let content = Page {
        form,
        may: viewer.may(Right::Costs),
        path: at(month),
        before: at(month.before()),
        after: at(month.after()),
        days: month.days().map(|date| line(seen, date)).collect(),
        sum: words(&seen.labour),
    };
    let title = format!("{}の経費・人件費 {}", store.name, month.label());
    let shell = shell(viewer, title, "/costs").status(status).flash(flash.take().await);
    let all = format!("/costs?month={month}");
    Ok(shell.crumb("経費・人件費", Some(&all)).crumb(store.name.clone(), None).render(content))
}

fn line(seen: &Seen, date: Date) -> Line {
    let day = format::month_day(date);
    let (sold, labour) = (seen.sold.get(&date), seen.labour.get(&date));
    let rate = sold.zip(labour).filter(|(day, _)| day.net > 0);
    Line {
        date: format!("{day}（{}）", format::weekday(date.weekday())),
        closed: seen.store.closed_days.contains(&date),
        cost: (format!("cost-{date}"), format!("{day}の人件費")),
        hours: (format!("hours-{date}"), format!("{day}の労働時間")),
        source: labour.map_or("", |labour| labour.source.label()),
        sold: sold.map_or_else(|| Html::text("―"), |day| format::yen_html(day.net)),
        rate: rate.map_or_else(|| "―".to_owned(), |(day, labour)| format::percent(labour.cost, day.net)),
    }
}
