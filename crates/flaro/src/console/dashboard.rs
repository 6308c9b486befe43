//! ダッシュボード: the newest business day and its month of the stores in sight, against budget, the day before and last
//! year's same weekday; what needs a look; and a new settlement by itself.

use super::{live, per_guest, shell, yen_per_guest};
use crate::{
    Flaro, FlaroError,
    budgets::{self, Budget, Sum},
    days::{self, Day, DayState},
    mapping,
    months::Month,
    rights::Right,
    rollup,
    stores::Store,
    tenant::{Scope, Viewer, in_scope, scoped},
};
use askama::Template;
use axum::extract::State;
use db::Tx;
use jiff::{Span, Timestamp, civil::Date};
use sales::StoreId;
use std::{
    collections::{BTreeMap, HashMap, HashSet},
    sync::Arc,
};
use web::{
    Html, ListQuery, PageResult,
    chart::{Chart, Drawn, sparkline},
    figures::{Figure, kpis},
    format, text,
    ui::{self, Icon, Tone},
};

/// How far back the small lines and the list of things to look at reach.
const DAYS_BACK: i64 = 30;
/// 52 weeks: the same weekday a year before.
const YEAR_DAYS: i64 = 364;
const TODO_DAYS: i64 = 14;
const TODO_MAX: usize = 8;
/// Beyond so many stores the page says where the others are.
const ROWS_MAX: usize = 50;

/// Everything the page is made of, from one snapshot.
struct Seen {
    date: Date,
    stores: Vec<Store>,
    days: Vec<Day>,
    /// Stores whose figures by hour and medium of the day are 集計中.
    behind: HashSet<StoreId>,
    /// The net sales of more days than that, for the small lines of the rows: store, date.
    nets: HashMap<String, HashMap<String, i64>>,
    hours: Vec<(i64, i64, i64)>,
    hours_before: Vec<(i64, i64, i64)>,
    media: HashMap<StoreId, i64>,
    /// The day a year before on the same weekday, and the same month up to the same weekday.
    year_before: Sold,
    month_before: Sold,
    /// This month up to the day.
    month: Sold,
    budget: HashMap<StoreId, Sum>,
    month_budget: Budget,
    month_to_date: Budget,
    unmapped: i64,
    pulse: String,
    now: Timestamp,
}

/// Net, guests and checks.
#[derive(Clone, Copy, Debug, Default)]
struct Sold {
    net: i64,
    guests: i64,
    checks: i64,
}

#[derive(Template)]
#[template(path = "dashboard.html")]
struct Page {
    pulse: String,
    kpis: Html,
    month_kpis: Html,
    month: String,
    unmapped: i64,
    chart: Html,
    behind: bool,
    todo: Vec<(Html, String, String)>,
    rows: Vec<StoreRow>,
    more: usize,
    empty: Html,
}

struct StoreRow {
    name: String,
    code: String,
    href: String,
    net: Html,
    rate: String,
    guests: String,
    per_guest: String,
    media: String,
    line: Html,
    chip: Html,
}

pub(super) async fn show(State(flaro): State<Arc<Flaro>>, viewer: Viewer, query: ListQuery) -> PageResult {
    let (asked, now) = (text::date(query.get("date")), flaro.now());
    let (scope, today) = (viewer.scope.clone(), viewer.zone.to_datetime(now).date());
    let mapped = viewer.may(Right::Linkage);
    let seen = flaro.db.read(async move |tx: &mut Tx| see(tx, &scope, asked, (today, now), mapped).await).await?;
    let title = format!("{}の営業日", format::date_weekday(seen.date));
    let lead = format!("{}・全{}店舗・税抜", viewer.company_name, seen.stores.len());
    let page = seen.page();
    let shell = shell(&viewer, title, "/").lead(lead).actions(seen.picker()).script(live::SCRIPT.path());
    Ok(shell.render(page))
}

/// The budgets of several stores as one.
fn all(sums: &HashMap<StoreId, Sum>) -> Budget {
    budgets::total(sums.values().map(|sum| &sum.budget))
}

const SOLD: &str = concat!(
    "SELECT CAST(COALESCE(SUM(d.net), 0) AS BIGINT) AS net, CAST(COALESCE(SUM(d.guests), 0) AS BIGINT) AS guests,
       CAST(COALESCE(SUM(d.checks), 0) AS BIGINT) AS checks FROM business_day d WHERE ",
    in_scope!("d"),
    " AND d.business_date BETWEEN $4 AND $5"
);

/// What all stores in sight sold, from the first day to the last.
async fn sold(tx: &mut Tx, scope: &Scope, from: Date, to: Date) -> Result<Sold, FlaroError> {
    let row = tx.fetch_one(SOLD, scoped!(scope, from.to_string(), to.to_string())).await?;
    Ok(Sold { net: row.int("net")?, guests: row.int("guests")?, checks: row.int("checks")? })
}

async fn see(
    tx: &mut Tx,
    scope: &Scope,
    asked: Option<Date>,
    (today, now): (Date, Timestamp),
    mapped: bool,
) -> Result<Seen, FlaroError> {
    let pulse = live::read(tx, scope).await?;
    let date = match asked {
        Some(date) => date,
        None => days::newest(tx, scope).await?.unwrap_or(today),
    };
    let (week_before, month) = (back(date, 7), Month::of(date));
    let stores = days::visible_stores(tx, scope).await?;
    let shown = &stores[..stores.len().min(ROWS_MAX)];
    Ok(Seen {
        date,
        days: days::range(tx, scope, back(date, TODO_DAYS - 1), date).await?,
        nets: days::nets(tx, scope, shown, back(date, DAYS_BACK), date).await?,
        behind: days::behind(tx, scope, date, None).await?,
        hours: rollup::hours(tx, scope, date).await?,
        hours_before: rollup::hours(tx, scope, week_before).await?,
        media: rollup::media(tx, scope, date).await?,
        year_before: sold(tx, scope, back(date, YEAR_DAYS), back(date, YEAR_DAYS)).await?,
        month_before: sold(tx, scope, back(month.first(), YEAR_DAYS), back(date, YEAR_DAYS)).await?,
        month: sold(tx, scope, month.first(), date).await?,
        budget: budgets::sums(tx, scope, date, date).await?,
        month_budget: all(&budgets::sums(tx, scope, month.first(), month.last()).await?),
        month_to_date: all(&budgets::sums(tx, scope, month.first(), date).await?),
        unmapped: if mapped { mapping::unmapped(tx, &scope.company).await?.values().sum() } else { 0 },
        stores,
        pulse,
        now,
    })
}

fn back(date: Date, days: i64) -> Date {
    date.saturating_sub(Span::new().days(days))
}

impl Seen {
    fn page(&self) -> Page {
        let empty = web::table::empty(
            "店舗がまだありません",
            "USENレジの「設定＞外部連携設定＞FLARO」で連携開始を行うと、店舗がここに表示されます。",
            None,
        );
        Page {
            pulse: self.pulse.clone(),
            kpis: self.kpis(),
            month_kpis: self.month_kpis(),
            month: Month::of(self.date).label(),
            unmapped: self.unmapped,
            chart: self.chart(),
            behind: !self.behind.is_empty(),
            todo: self.todo(),
            rows: self.stores.iter().take(ROWS_MAX).map(|store| self.row(store)).collect(),
            more: self.stores.len().saturating_sub(ROWS_MAX),
            empty,
        }
    }

    fn on(&self, date: Date) -> impl Iterator<Item = &Day> {
        self.days.iter().filter(move |day| day.date == date)
    }

    fn sums(&self, date: Date) -> Sold {
        self.on(date).fold(Sold::default(), |sum, day| Sold {
            net: sum.net.saturating_add(day.net),
            guests: sum.guests.saturating_add(day.guests),
            checks: sum.checks.saturating_add(day.checks),
        })
    }

    fn kpis(&self) -> Html {
        let (now, yesterday, year) = (self.sums(self.date), self.sums(back(self.date, 1)), self.year_before);
        let budget = all(&self.budget);
        let came = self.on(self.date).filter(|day| !day.registers.is_empty()).count();
        let three = |of: i64, to: Option<i64>, before: i64, last_year: i64| {
            against("予算", of, to.unwrap_or(0)).then(&against("前日", of, before)).then(&against(
                "前年同曜日",
                of,
                last_year,
            ))
        };
        let single = |sold: Sold| yen_per_guest(sold.net, sold.guests).unwrap_or(0);
        let per_guest_budget = budget.guests.and_then(|guests| yen_per_guest(budget.net, guests));
        kpis(&[
            Figure::new("純売上（税抜）", format::yen(now.net)).note(three(
                now.net,
                Some(budget.net),
                yesterday.net,
                year.net,
            )),
            Figure::new("客数", format!("{}名", format::thousands(now.guests))).note(three(
                now.guests,
                budget.guests,
                yesterday.guests,
                year.guests,
            )),
            Figure::new("客単価（税抜）", per_guest(now.net, now.guests)).note(three(
                single(now),
                per_guest_budget,
                single(yesterday),
                single(year),
            )),
            Figure::new("会計数", format!("{}件", format::thousands(now.checks))).note(
                against("前日", now.checks, yesterday.checks).then(&against("前年同曜日", now.checks, year.checks)),
            ),
            Figure::new("届いた店舗", format!("{came} / {}店", self.stores.len()))
                .link(format!("/days?from={0}&to={0}", self.date)),
        ])
    }

    /// This month up to the day.
    fn month_kpis(&self) -> Html {
        let (now, year, due) = (self.month, self.month_before, self.month_to_date);
        let two = |of: i64, to: i64, last_year: i64| {
            against("同じ日までの予算", of, to).then(&against("前年", of, last_year))
        };
        let single = |sold: Sold| yen_per_guest(sold.net, sold.guests).unwrap_or(0);
        let single_due = due.guests.and_then(|guests| yen_per_guest(due.net, guests)).unwrap_or(0);
        kpis(&[
            Figure::new("月の純売上（税抜）", format::yen(now.net)).note(two(now.net, due.net, year.net)),
            Figure::new("月の客数", format!("{}名", format::thousands(now.guests))).note(two(
                now.guests,
                due.guests.unwrap_or(0),
                year.guests,
            )),
            Figure::new("月の客単価（税抜）", per_guest(now.net, now.guests)).note(two(
                single(now),
                single_due,
                single(year),
            )),
            Figure::new("月の予算（税抜）", self.month_goal())
                .note(against("達成率", now.net, self.month_budget.net))
                .link(format!("/budgets?month={}", Month::of(self.date))),
        ])
    }

    fn month_goal(&self) -> String {
        if self.month_budget.net > 0 { format::yen(self.month_budget.net) } else { "未登録".to_owned() }
    }

    fn chart(&self) -> Html {
        let mut hours = BTreeMap::<i64, (Option<i64>, Option<i64>)>::new();
        for (hour, net, _) in &self.hours {
            hours.entry(*hour).or_default().0 = Some(*net);
        }
        for (hour, net, _) in &self.hours_before {
            hours.entry(*hour).or_default().1 = Some(*net);
        }
        let (Some(first), Some(last)) = (hours.keys().next().copied(), hours.keys().next_back().copied()) else {
            return web::table::empty(
                "売上はまだ届いていません",
                "精算が届くと、時間帯ごとの売上が表示されます。",
                None,
            );
        };
        let all: Vec<i64> = (first..=last).collect();
        let at = |hour: &i64| hours.get(hour).copied().unwrap_or_default();
        Chart::new("hours", "時間帯別売上（税抜）", all.iter().map(|hour| format!("{hour}時")))
            .written(format::yen)
            .series("この日", Drawn::Bars, all.iter().map(|hour| at(hour).0))
            .series("前週同曜日", Drawn::Dashed, all.iter().map(|hour| at(hour).1))
            .html()
    }

    /// Days of the last two weeks that a person should look at.
    fn todo(&self) -> Vec<(Html, String, String)> {
        let days: HashMap<_, _> = self.days.iter().map(|day| ((day.store_id, day.date), day)).collect();
        let mut todo = Vec::new();
        for date in (0..TODO_DAYS).map(|n| back(self.date, n)) {
            for store in &self.stores {
                let state = DayState::of(store, date, days.get(&(store.id, date)).copied(), self.now);
                let says = match state {
                    DayState::Differs { .. } => "届いた内容に合わないところがあります",
                    DayState::Missing { open: false } => "精算が届いていません",
                    DayState::Partial { .. } if date < store.today(self.now) => "届いていないレジがあります",
                    DayState::ChangedAfterApproval => "承認のあとに変わりました",
                    _ => continue,
                };
                let what = format!("{} {}：{says}", store.name, format::month_day(date));
                todo.push((state.chip(), what, format!("/days/{}/{date}", store.id)));
            }
        }
        todo.truncate(TODO_MAX);
        todo
    }

    fn row(&self, store: &Store) -> StoreRow {
        let day = self.on(self.date).find(|day| day.store_id == store.id);
        let (net, guests) = day.map_or((0, 0), |day| (day.net, day.guests));
        let history = self.nets.get(&store.id.to_string());
        let net_of = |date: Date| history.and_then(|history| history.get(&date.to_string())).copied().unwrap_or(0);
        let line: Vec<i64> = (0..DAYS_BACK).rev().map(|n| net_of(back(self.date, n))).collect();
        let media = self.media.get(&store.id).copied().unwrap_or(0);
        StoreRow {
            name: store.name.clone(),
            code: store.code().map(ToString::to_string).unwrap_or_default(),
            href: format!("/days/{}/{}", store.id, self.date),
            net: format::yen_html(net),
            rate: match self.budget.get(&store.id).filter(|sum| sum.budget.net > 0) {
                Some(sum) => format::percent(net, sum.budget.net),
                None => "―".to_owned(),
            },
            guests: format::thousands(guests),
            per_guest: per_guest(net, guests),
            media: match day {
                Some(_) if self.behind.contains(&store.id) => "集計中".to_owned(),
                Some(_) => format::percent(media, net),
                None => "―".to_owned(),
            },
            line: sparkline(&line, &format!("{}の30日間の売上", store.name)),
            chip: DayState::of(store, self.date, day, self.now).chip(),
        }
    }

    /// The day before, a date to choose, the day after.
    fn picker(&self) -> Html {
        let form = web::Form::of([("date", format::date(self.date))]);
        let field = form.field("date", "営業日").label_hidden().date();
        let near = |days: i64, label: &str| {
            let date = self.date.saturating_add(Span::new().days(days));
            format!(r#"<a class="btn sub" href="/?date={date}">{label}</a>"#)
        };
        Html::trusted(format!(
            r#"<form class="actions" method="get" action="/">{}{field}<button class="btn sub">表示</button>{}</form>"#,
            near(-1, "前の日"),
            near(1, "次の日"),
        ))
    }
}

/// A figure against another: how much of it, better or worse.
fn against(name: &str, now: i64, before: i64) -> Html {
    if before <= 0 {
        return Html::trusted(format!(r#"<span class="against">{name} ―</span>"#));
    }
    let (tone, icon) = match now.cmp(&before) {
        std::cmp::Ordering::Greater => (Tone::Good, Icon::Up),
        std::cmp::Ordering::Less => (Tone::Bad, Icon::Down),
        std::cmp::Ordering::Equal => (Tone::Mute, Icon::Flat),
    };
    let trend = ui::trend(tone, icon, &format::percent(now, before));
    Html::trusted(format!(r#"<span class="against">{name} {trend}</span>"#))
}
