//! A store's month of budgets: an amount spread over the days by weekday, and every day to be changed by hand.

use crate::{
    Flaro, FlaroError,
    audit::{self, Change, Stamp},
    budgets::{self, Budget, Entered, GUESTS_MAX, NET_MAX},
    console::{in_path, per_guest, shell},
    days::{self, Day},
    months::Month,
    rights::Right,
    stores::{Store, details::WEEKDAYS},
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
    figures::{Figure, strip},
    format, text,
};

#[derive(Template)]
#[template(path = "budgets/month.html")]
struct Page<'a> {
    form: &'a Form,
    may: bool,
    path: String,
    before: String,
    after: String,
    figures: Html,
    weights: Vec<(String, &'static str)>,
    days: Vec<Line>,
}

struct Line {
    date: String,
    closed: bool,
    net: (String, String),
    guests: (String, String),
    sold: Html,
    rate: String,
}

struct Seen {
    store: Store,
    budgets: BTreeMap<Date, Budget>,
    entered: Option<Entered>,
    weights: [i64; 7],
    sold: HashMap<Date, Day>,
    mark: Mark,
}

fn subject(store: StoreId, month: Month) -> String {
    format!("budget:{store}:{month}")
}

async fn see(tx: &mut Tx, viewer: &Viewer, store: StoreId, month: Month) -> Result<Option<Seen>, FlaroError> {
    let Some(store) = days::visible_store(tx, &viewer.scope, store).await? else { return Ok(None) };
    let company = &viewer.scope.company;
    let (entered, weights) = budgets::entered(tx, company, store.id, month).await?;
    let sold = days::of_store(tx, &viewer.scope, store.id, month.first(), month.last()).await?;
    Ok(Some(Seen {
        budgets: budgets::month(tx, company, store.id, month).await?,
        entered,
        weights,
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
    let form = filled(&seen);
    page(&viewer, &flash, &seen, month, &form, StatusCode::OK).await
}

fn filled(seen: &Seen) -> Form {
    let mut values = vec![("version".to_owned(), seen.mark.version.to_string())];
    let sum = budgets::total(seen.budgets.values());
    let budget = seen.entered.as_ref().map_or(sum, |entered| entered.budget);
    if !seen.budgets.is_empty() || seen.entered.is_some() {
        values.push(("month_net".to_owned(), format::thousands(budget.net)));
        values.push(("month_guests".to_owned(), budget.guests.map(format::thousands).unwrap_or_default()));
    }
    for (day, weight) in seen.weights.iter().enumerate() {
        values.push((format!("weight-{day}"), weight.to_string()));
    }
    for (date, budget) in &seen.budgets {
        values.push((format!("net-{date}"), format::thousands(budget.net)));
        values.push((format!("guests-{date}"), budget.guests.map(format::thousands).unwrap_or_default()));
    }
    Form::of(values)
}

/// 日別に配分.
pub(in crate::console) async fn spread(
    State(flaro): State<Arc<Flaro>>,
    viewer: Viewer,
    flash: Flash,
    at: At,
    mut form: Form,
) -> PageResult {
    viewer.must(Right::Budgets)?;
    let (store, month) = place(at)?;
    let seen = load(&flaro, &viewer, store, month).await?;
    let net = form.integer("month_net", "売上予算", 0..=NET_MAX);
    let guests = form.optional("month_guests", |typed| count(typed, "客数予算"));
    let mut weights = [0; 7];
    for (day, name) in WEEKDAYS.iter().enumerate() {
        weights[day] = form.integer(&format!("weight-{day}"), &format!("{name}曜の重み"), 0..=100).unwrap_or(0);
    }
    if let (Some(net), Some(guests), true) = (net, guests, form.is_ok()) {
        let entered = Entered { budget: Budget { net, guests }, weights };
        if let Ok(days) = budgets::spread(&entered, month, &seen.store.closed_days) {
            let all = days.into_iter().map(|(date, budget)| (date, Some(budget))).collect();
            let asked = Asked { store, month, days: all, entered: Some(entered) };
            return keep(&flaro, &viewer, &flash, form, &seen, asked).await;
        }
        form.error("weight-0", "営業日のある曜日のどれかに、1以上の重みを入力してください");
    }
    again(&viewer, &flash, &seen, month, form, StatusCode::UNPROCESSABLE_ENTITY).await
}

/// 日別の登録.
pub(in crate::console) async fn save(
    State(flaro): State<Arc<Flaro>>,
    viewer: Viewer,
    flash: Flash,
    at: At,
    mut form: Form,
) -> PageResult {
    viewer.must(Right::Budgets)?;
    let (store, month) = place(at)?;
    let seen = load(&flaro, &viewer, store, month).await?;
    let mut all = Vec::new();
    for date in month.days() {
        let (net_name, guests_name) = (format!("net-{date}"), format!("guests-{date}"));
        let day = format::month_day(date);
        let net = form.optional(&net_name, |typed| money(typed, &format!("{day}の売上予算")));
        let guests = form.optional(&guests_name, |typed| count(typed, &format!("{day}の客数予算")));
        match (net, guests) {
            (Some(None), Some(Some(_))) => {
                form.error(&net_name, format!("{day}の売上予算も入力してください。予算のない日は両方を空にします"));
            }
            (Some(net), Some(guests)) => all.push((date, net.map(|net| Budget { net, guests }))),
            _ => {}
        }
    }
    if !form.is_ok() {
        return again(&viewer, &flash, &seen, month, form, StatusCode::UNPROCESSABLE_ENTITY).await;
    }
    keep(&flaro, &viewer, &flash, form, &seen, Asked { store, month, days: all, entered: None }).await
}

fn money(typed: &str, label: &str) -> Result<i64, String> {
    let yen = text::integer(typed).filter(|yen| (0..=NET_MAX).contains(yen));
    yen.ok_or_else(|| format!("{label}は0以上の金額を整数で入力してください"))
}

fn count(typed: &str, label: &str) -> Result<i64, String> {
    let count = text::integer(typed).filter(|count| (0..=GUESTS_MAX).contains(count));
    count.ok_or_else(|| format!("{label}は0以上の人数を整数で入力してください"))
}

struct Asked {
    store: StoreId,
    month: Month,
    days: Vec<(Date, Option<Budget>)>,
    entered: Option<Entered>,
}

enum Kept {
    Done,
    Unchanged,
    Stale(Mark),
}

async fn keep(flaro: &Flaro, viewer: &Viewer, flash: &Flash, mut form: Form, seen: &Seen, asked: Asked) -> PageResult {
    let version = form.text("version").parse().unwrap_or(-1);
    let (store, month) = (asked.store, asked.month);
    let notice = match write(flaro, viewer, version, asked).await? {
        None => return Err(Failure::not_found()),
        Some(Kept::Done) => Notice::done(format!("{}の予算を登録しました。", month.label())),
        Some(Kept::Unchanged) => Notice::done("変更はありません。"),
        Some(Kept::Stale(mark)) => {
            let at = format::date_time(mark.at, &viewer.zone);
            form.error(
                "",
                format!("{at}に{}さんがこの月の予算を変更しました。開き直して、もう一度登録してください", mark.by),
            );
            return again(viewer, flash, seen, month, form, StatusCode::CONFLICT).await;
        }
    };
    flash.set(notice).await?;
    Ok(Redirect::to(&format!("/budgets/{store}/{month}")).into_response())
}

async fn write(flaro: &Flaro, viewer: &Viewer, version: i64, asked: Asked) -> Result<Option<Kept>, FlaroError> {
    let (stamp, now, viewer) = (Stamp::new(flaro), flaro.now(), viewer.clone());
    let unit = async move |tx: &mut Tx| -> Result<Option<Kept>, FlaroError> {
        let Asked { store, month, days, entered } = asked;
        let company = &viewer.scope.company;
        tx.lock(&format!("budget/{}/{store}", company.as_str())).await?;
        let Some(was) = see(tx, &viewer, store, month).await? else { return Ok(None) };
        if was.mark.version != version {
            return Ok(Some(Kept::Stale(was.mark)));
        }
        let changed: Vec<_> = days
            .into_iter()
            .filter(|(date, to)| was.budgets.get(date).copied() != *to)
            .map(|(date, to)| (store, date, to))
            .collect();
        if changed.is_empty() && entered.as_ref().is_none_or(|entered| was.entered.as_ref() == Some(entered)) {
            return Ok(Some(Kept::Unchanged));
        }
        if let Some(entered) = &entered {
            budgets::enter(tx, company, store, month, entered).await?;
        }
        budgets::put(tx, company, &changed).await?;
        let after = budgets::month(tx, company, store, month).await?;
        let target = format!("{} {}", was.store.name, month.label());
        let (before, after) = (words(&was.budgets), words(&after));
        let change = Change {
            who: viewer.who.name(),
            what: "予算を登録",
            target: &target,
            before: Some(&before),
            after: Some(&after),
        };
        audit::note(tx, company, stamp, change).await?;
        edits::touch(tx, company.as_str(), &subject(store, month), viewer.who.name(), now, "予算").await?;
        Ok(Some(Kept::Done))
    };
    flaro.db.write(unit).await
}

fn words(days: &BTreeMap<Date, Budget>) -> String {
    if days.is_empty() {
        return "未登録".to_owned();
    }
    let sum = budgets::total(days.values());
    let guests = sum.guests.map_or_else(String::new, |guests| format!("・客数 {}名", format::thousands(guests)));
    format!("売上 {}{guests}（{}日分）", format::yen(sum.net), days.len())
}

/// The page as it was typed: what a form didn't send stays as it is stored.
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
    let at = |month: Month| format!("/budgets/{}/{month}", store.id);
    let content = Page {
        form,
        may: viewer.may(Right::Budgets),
        path: at(month),
        before: at(month.before()),
        after: at(month.after()),
        figures: figures(seen),
        weights: WEEKDAYS.iter().enumerate().map(|(day, name)| (format!("weight-{day}"), *name)).collect(),
        days: month.days().map(|date| line(seen, date)).collect(),
    };
    let title = format!("{}の予算 {}", store.name, month.label());
    let shell = shell(viewer, title, "/budgets").status(status).flash(flash.take().await).lead("金額は税抜");
    Ok(shell.crumb("予算", Some(&format!("/budgets?month={month}"))).crumb(store.name.clone(), None).render(content))
}

fn line(seen: &Seen, date: Date) -> Line {
    let day = format::month_day(date);
    let sold = seen.sold.get(&date);
    let budget = seen.budgets.get(&date).filter(|budget| budget.net > 0);
    Line {
        date: format!("{day}（{}）", format::weekday(date.weekday())),
        closed: seen.store.closed_days.contains(&date),
        net: (format!("net-{date}"), format!("{day}の売上予算")),
        guests: (format!("guests-{date}"), format!("{day}の客数予算")),
        sold: sold.map_or_else(|| Html::text("―"), |day| format::yen_html(day.net)),
        rate: sold.zip(budget).map_or_else(|| "―".to_owned(), |(day, to)| format::percent(day.net, to.net)),
    }
}

fn figures(seen: &Seen) -> Html {
    let sum = budgets::total(seen.budgets.values());
    let sold = seen.sold.values().fold(0_i64, |sum, day| sum.saturating_add(day.net));
    let guests = sum.guests.map_or_else(|| "未登録".to_owned(), |guests| format!("{}名", format::thousands(guests)));
    let mut all = vec![
        Figure::new("日別の合計（税抜）", format::yen(sum.net)),
        Figure::new("客数予算", guests),
        Figure::new("客単価予算（税抜）", per_guest(sum.net, sum.guests.unwrap_or(0))),
        Figure::new("これまでの売上（税抜）", format::yen(sold)),
    ];
    if let Some(entered) = seen.entered.as_ref().filter(|entered| entered.budget.net != sum.net) {
        let apart = sum.net.saturating_sub(entered.budget.net);
        all.push(Figure::new("月の予算との差", format::yen(apart)).note(Html::text("日別に直したため")));
    }
    strip(&all)
}
