//! 営業日一覧: store × date with its state. Days on which nothing came are listed, too: they are what is looked for.

use super::{
    grid::{Cell, Grid, downloads},
    live, shell, yen_per_guest,
};
use crate::{
    Flaro, FlaroError,
    days::{self, Day, DayState},
    rights::Right,
    stores::Store,
    tenant::{Scope, Viewer},
};
use askama::Template;
use axum::extract::State;
use db::Tx;
use jiff::{Span, Timestamp, civil::Date};
use std::{cmp::Ordering, collections::HashMap, sync::Arc};
use web::{
    Form, Html, ListQuery, PageResult,
    download::Format,
    format, table, text,
    ui::{self, Icon},
};

const PER_PAGE: u64 = 50;
/// The longest range one list shows.
const RANGE_DAYS_MAX: i64 = 62;
const RANGE_DAYS_USUAL: i64 = 7;

/// The columns a list may be ordered by, from the left.
const SORTS: [&str; 9] = ["date", "store", "state", "net", "tax", "total", "guests", "average", "checks"];

struct Seen {
    stores: Vec<Store>,
    days: Vec<Day>,
    from: Date,
    to: Date,
    pulse: String,
}

#[derive(Template)]
#[template(path = "days.html")]
struct Page<'a> {
    approves: bool,
    pulse: String,
    form: &'a Form,
    stores: Vec<(String, String)>,
    states: Vec<(&'static str, &'static str)>,
    grid: Html,
    pager: Html,
    downloads: Html,
    note: &'static str,
}

pub(super) async fn list(State(flaro): State<Arc<Flaro>>, viewer: Viewer, query: ListQuery) -> PageResult {
    let (from, to, now) = (text::date(query.get("from")), text::date(query.get("to")), flaro.now());
    let (scope, today) = (viewer.scope.clone(), viewer.zone.to_datetime(now).date());
    let seen = flaro.db.read(async move |tx: &mut Tx| see(tx, &scope, from, to, today).await).await?;
    let rows = seen.rows(&query, now);
    if let Some(asked) = Format::of(query.get("format")) {
        let sheet = grid(&rows, &query).sheet(&viewer.company_name);
        return Ok(sheet.download(asked, now, &viewer.zone)?);
    }
    let total = u64::try_from(rows.len()).unwrap_or(u64::MAX);
    let offset = usize::try_from(table::offset(&query, total, PER_PAGE)).unwrap_or(0);
    let shown: Vec<_> = rows.into_iter().skip(offset).take(usize::try_from(PER_PAGE).unwrap_or(50)).collect();
    let mut form = query.form();
    form.set("from", format::date(seen.from));
    form.set("to", format::date(seen.to));
    let page = Page {
        approves: viewer.may(Right::Approve),
        pulse: seen.pulse.clone(),
        form: &form,
        stores: seen.store_options(),
        states: [("", "すべて")].into_iter().chain(DayState::FILTERS).collect(),
        grid: if shown.is_empty() { seen.empty(&query) } else { grid(&shown, &query).html() },
        pager: table::pager(&query, total, PER_PAGE),
        downloads: downloads(&query, None),
        note: if seen.cut_short(from) {
            "期間が長いため、終わりの日から62日分を表示しています。"
        } else {
            ""
        },
    };
    Ok(shell(&viewer, "営業日一覧", "/days").lead("金額は税抜").script(live::SCRIPT.path()).render(page))
}

async fn see(
    tx: &mut Tx,
    scope: &Scope,
    from: Option<Date>,
    to: Option<Date>,
    today: Date,
) -> Result<Seen, FlaroError> {
    let pulse = live::read(tx, scope).await?;
    let to = match to {
        Some(to) => to,
        None => days::newest(tx, scope).await?.unwrap_or(today).max(today),
    };
    let back = |days: i64| to.saturating_sub(Span::new().days(days - 1));
    let from = from.unwrap_or_else(|| back(RANGE_DAYS_USUAL)).clamp(back(RANGE_DAYS_MAX), to);
    let stores = days::visible_stores(tx, scope).await?;
    Ok(Seen { stores, days: days::range(tx, scope, from, to).await?, from, to, pulse })
}

/// A store's date with what came and its state.
type Row<'a> = (Date, &'a Store, Option<&'a Day>, DayState);

impl Seen {
    /// Every store × date of the range that the filters leave, newest first unless another order is asked for.
    fn rows(&self, query: &ListQuery, now: Timestamp) -> Vec<Row<'_>> {
        let days: HashMap<_, _> = self.days.iter().map(|day| ((day.store_id, day.date), day)).collect();
        let (store, state) = (query.get("store").to_owned(), query.get("state").to_owned());
        let mut rows = Vec::new();
        let mut date = self.to;
        while date >= self.from {
            for shop in self.stores.iter().filter(|shop| store.is_empty() || shop.id.to_string() == store) {
                let day = days.get(&(shop.id, date)).copied();
                let is = DayState::of(shop, date, day, now);
                let wanted = if state.is_empty() { is != DayState::Outside } else { is.name() == state };
                if wanted {
                    rows.push((date, shop, day, is));
                }
            }
            match date.yesterday() {
                Ok(yesterday) => date = yesterday,
                Err(_) => break,
            }
        }
        if let Some((by, descending)) = query.sort(&SORTS) {
            order(&mut rows, by, descending);
        }
        rows
    }

    fn store_options(&self) -> Vec<(String, String)> {
        let all = [(String::new(), "すべて".to_owned())];
        all.into_iter().chain(self.stores.iter().map(|store| (store.id.to_string(), store.name.clone()))).collect()
    }

    fn cut_short(&self, asked: Option<Date>) -> bool {
        asked.is_some_and(|from| from < self.from)
    }

    fn empty(&self, query: &ListQuery) -> Html {
        if self.stores.is_empty() {
            let next = "USENレジの「設定＞外部連携設定＞FLARO」で連携開始を行うと、店舗と営業日がここに表示されます。";
            return table::empty("店舗がまだありません", next, None);
        }
        if query.is_filtered() {
            return table::nothing_found(query);
        }
        let next = "連携開始日より前の日は表示されません。期間を変えるか、USENレジで店舗の連携状態を確認してください。";
        table::empty("この期間に対象の営業日はありません", next, None)
    }
}

/// Days on which nothing came stand last whichever way figures are ordered.
fn order(rows: &mut [Row<'_>], by: &str, descending: bool) {
    let turned = |order: Ordering| if descending { order.reverse() } else { order };
    let figure = |day: &Day| match by {
        "net" => day.net,
        "tax" => day.tax,
        "total" => day.net.saturating_add(day.tax),
        "guests" => day.guests,
        "average" => yen_per_guest(day.net, day.guests).unwrap_or(0),
        _ => day.checks,
    };
    rows.sort_by(|(date, store, day, state), (other_date, other_store, other_day, other_state)| match by {
        "date" => turned(date.cmp(other_date)),
        "store" => turned(store.name.cmp(&other_store.name)),
        "state" => turned(state.name().cmp(other_state.name())),
        _ => match (day, other_day) {
            (Some(day), Some(other)) => turned(figure(day).cmp(&figure(other))),
            (day, other) => other.is_some().cmp(&day.is_some()),
        },
    });
}

fn grid(rows: &[Row<'_>], query: &ListQuery) -> Grid {
    let columns = [
        ("営業日", false),
        ("店舗", false),
        ("状態", false),
        ("純売上（税抜）", true),
        ("消費税", true),
        ("税込", true),
        ("客数", true),
        ("客単価（税抜）", true),
        ("会計数", true),
        ("FLARO店舗コード", false),
    ];
    let mut grid = Grid::new("days", "営業日一覧", &columns);
    grid.sorts(query, &SORTS);
    for (date, store, day, state) in rows {
        let figure = |figure: fn(&Day) -> i64| day.map_or(Cell::Blank, |day| Cell::Count(figure(day)));
        let yen = |figure: fn(&Day) -> i64| day.map_or(Cell::Blank, |day| Cell::Yen(figure(day)));
        grid.row([
            Cell::Link(format::date_weekday(*date), format!("/days/{}/{date}", store.id)),
            store.name.as_str().into(),
            Cell::Shown(state.chip(), state.word()),
            yen(|day| day.net),
            yen(|day| day.tax),
            yen(|day| day.net.saturating_add(day.tax)),
            figure(|day| day.guests),
            day.and_then(|day| yen_per_guest(day.net, day.guests)).map_or(Cell::Blank, Cell::Yen),
            figure(|day| day.checks),
            store.flaro_store_code.as_ref().map_or(Cell::Blank, |code| code.as_str().into()),
        ]);
    }
    grid
}
