//! ダッシュボード: the newest business day of the stores in sight, what needs a look, and a new settlement by itself.

use super::{live, per_guest, shell};
use crate::{
    Flaro, FlaroError,
    days::{self, Day, DayState},
    rollup,
    stores::Store,
    tenant::{Scope, Viewer},
};
use askama::Template;
use axum::extract::State;
use db::Tx;
use jiff::{Span, Timestamp, civil::Date};
use sales::StoreId;
use std::{
    collections::{BTreeMap, HashMap},
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
const TODO_DAYS: i64 = 14;
const TODO_MAX: usize = 8;

/// Everything the page is made of, from one snapshot.
struct Seen {
    date: Date,
    stores: Vec<Store>,
    days: Vec<Day>,
    /// The net sales of more days than that, for the small lines: store, date.
    nets: HashMap<String, HashMap<String, i64>>,
    hours: Vec<(i64, i64, i64)>,
    hours_before: Vec<(i64, i64, i64)>,
    media: HashMap<StoreId, i64>,
    pulse: String,
    now: Timestamp,
}

#[derive(Template)]
#[template(path = "dashboard.html")]
struct Page {
    pulse: String,
    kpis: Html,
    chart: Html,
    behind: bool,
    todo: Vec<(Html, String, String)>,
    rows: Vec<StoreRow>,
    empty: Html,
}

struct StoreRow {
    name: String,
    code: String,
    href: String,
    net: Html,
    guests: String,
    per_guest: String,
    media: String,
    line: Html,
    chip: Html,
}

pub(super) async fn show(State(flaro): State<Arc<Flaro>>, viewer: Viewer, query: ListQuery) -> PageResult {
    let (asked, now) = (text::date(query.get("date")), flaro.now());
    let (scope, today) = (viewer.scope.clone(), viewer.zone.to_datetime(now).date());
    let seen = flaro.db.read(async move |tx: &mut Tx| see(tx, &scope, asked, today, now).await).await?;
    let title = format!("{}の営業日", format::date_weekday(seen.date));
    let lead = format!("{}・全{}店舗・税抜", viewer.company_name, seen.stores.len());
    let page = seen.page();
    let shell = shell(&viewer, title, "/").lead(lead).actions(seen.picker()).script(live::SCRIPT.path());
    Ok(shell.render(page))
}

async fn see(tx: &mut Tx, scope: &Scope, asked: Option<Date>, today: Date, now: Timestamp) -> Result<Seen, FlaroError> {
    let pulse = live::read(tx, scope).await?;
    let date = match asked {
        Some(date) => date,
        None => days::newest(tx, scope).await?.unwrap_or(today),
    };
    let week_before = back(date, 7);
    Ok(Seen {
        date,
        stores: days::visible_stores(tx, scope).await?,
        days: days::range(tx, scope, back(date, TODO_DAYS - 1), date).await?,
        nets: days::nets(tx, scope, back(date, DAYS_BACK), date).await?,
        hours: rollup::hours(tx, scope, date).await?,
        hours_before: rollup::hours(tx, scope, week_before).await?,
        media: rollup::media(tx, scope, date).await?,
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
            chart: self.chart(),
            behind: self.on(self.date).any(|day| !day.rolled_up),
            todo: self.todo(),
            rows: self.stores.iter().map(|store| self.row(store)).collect(),
            empty,
        }
    }

    fn on(&self, date: Date) -> impl Iterator<Item = &Day> {
        self.days.iter().filter(move |day| day.date == date)
    }

    fn sums(&self, date: Date) -> (i64, i64, i64) {
        self.on(date).fold((0, 0, 0), |(net, guests, checks), day| {
            (net.saturating_add(day.net), guests.saturating_add(day.guests), checks.saturating_add(day.checks))
        })
    }

    fn kpis(&self) -> Html {
        let (net, guests, checks) = self.sums(self.date);
        let (net_before, guests_before, checks_before) = self.sums(back(self.date, 7));
        let came = self.on(self.date).filter(|day| !day.registers.is_empty()).count();
        kpis(&[
            Figure::new("純売上（税抜）", format::yen(net)).note(compared(net, net_before)),
            Figure::new("客数", format!("{}名", format::thousands(guests))).note(compared(guests, guests_before)),
            Figure::new("客単価（税抜）", per_guest(net, guests)).note(Html::text("純売上 ÷ 客数")),
            Figure::new("会計数", format!("{}件", format::thousands(checks))).note(compared(checks, checks_before)),
            Figure::new("届いた店舗", format!("{came} / {}店", self.stores.len()))
                .link(format!("/days?from={0}&to={0}", self.date)),
        ])
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
            code: store.flaro_store_code.as_ref().map(ToString::to_string).unwrap_or_default(),
            href: format!("/days/{}/{}", store.id, self.date),
            net: format::yen_html(net),
            guests: format::thousands(guests),
            per_guest: per_guest(net, guests),
            media: match day {
                Some(day) if day.rolled_up => format::percent(media, net),
                Some(_) => "集計中".to_owned(),
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

/// What a figure is compared with: the same weekday of the week before.
fn compared(now: i64, before: i64) -> Html {
    if before == 0 {
        return Html::text("前週同曜日 ―");
    }
    let (tone, icon) = match now.cmp(&before) {
        std::cmp::Ordering::Greater => (Tone::Good, Icon::Up),
        std::cmp::Ordering::Less => (Tone::Bad, Icon::Down),
        std::cmp::Ordering::Equal => (Tone::Mute, Icon::Flat),
    };
    Html::text("前週同曜日 ").then(&ui::trend(tone, icon, &format::percent(now, before)))
}
