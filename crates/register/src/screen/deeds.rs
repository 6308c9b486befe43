//! 承認と取り消しの記録: who did what needs a name at this till, and who agreed; to be searched and taken along.

use super::{Screen, clerk::Clerk};
use crate::{AskedDeeds, Deed, masters::House, order::Order};
use askama::Template;
use axum::extract::State;
use jiff::{Timestamp, ToSpan, civil::Date, tz::TimeZone};
use std::sync::Arc;
use web::{
    Failure, Html, ListQuery, PageResult,
    download::{Format, Sheet},
    format, text,
};

/// Rows of a page.
const ROWS: usize = 50;
/// The most that one search looks through.
const LOOKED_THROUGH_MAX: u32 = 10_000;

#[derive(Template)]
#[template(path = "deeds.html")]
struct Content {
    query: ListQuery,
    actions: Vec<(String, String)>,
    rows: Vec<Row>,
    found: usize,
    page: usize,
    pages: usize,
    cut: bool,
}

/// A deed in words.
pub(super) struct Row {
    pub at: String,
    pub staff: String,
    pub approved_by: String,
    pub action: String,
    pub detail: String,
}

pub(super) async fn list(State(screen): State<Arc<Screen>>, clerk: Clerk, query: ListQuery) -> PageResult {
    let house = screen.house()?;
    let zone = house.rule.zone();
    let (from, until) = (text::date(query.get("from")), text::date(query.get("to")));
    let asked = AskedDeeds {
        action: query.get("action").to_owned(),
        from: from.map(|date| begins(date, zone)).transpose()?,
        until: until.map(|date| begins(date.saturating_add(1.day()), zone)).transpose()?,
    };
    let deeds = screen.till.deeds(asked, LOOKED_THROUGH_MAX).await?;
    let cut = deeds.len() >= LOOKED_THROUGH_MAX as usize;
    let mut rows: Vec<Row> =
        deeds.into_iter().map(|(at, deed)| row(at, deed, &house)).filter(|row| fits(row, query.get("q"))).collect();
    if let Some(("at", false)) = query.sort(&["at"]) {
        rows.reverse();
    }
    if let Some(asked) = Format::of(query.get("format")) {
        return Ok(sheet(&rows).download(asked, screen.now(), zone)?);
    }
    let found = rows.len();
    let pages = found.div_ceil(ROWS).max(1);
    let page = usize::try_from(query.page()).unwrap_or(1).min(pages);
    let rows = rows.into_iter().skip((page - 1) * ROWS).take(ROWS).collect();
    let all = [(String::new(), "すべて".to_owned())];
    let known = screen.till.deed_actions().await?.into_iter().map(|action| (action.clone(), action));
    let actions = all.into_iter().chain(known).collect();
    let content = Content { query, actions, rows, found, page, pages, cut };
    screen.page(&clerk, "承認と取り消しの記録", "/status").render(content).await
}

/// The newest ones, in words.
pub(super) async fn newest(screen: &Screen, house: &House, limit: u32) -> Result<Vec<Row>, crate::TillError> {
    let deeds = screen.till.deeds(AskedDeeds::default(), limit).await?;
    Ok(deeds.into_iter().map(|(at, deed)| row(at, deed, house)).collect())
}

fn begins(date: Date, zone: &TimeZone) -> Result<Timestamp, Failure> {
    Ok(date.to_zoned(zone.clone()).map_err(Failure::internal)?.timestamp())
}

fn row(at: Timestamp, deed: Deed, house: &House) -> Row {
    let name = |code: &str| {
        let member = house.masters.staff.iter().find(|member| member.code == code);
        member.map_or_else(|| code.to_owned(), |member| member.name.clone())
    };
    Row {
        at: format::date_time(at, house.rule.zone()),
        staff: name(&deed.staff),
        approved_by: deed.approved_by.as_deref().map(name).unwrap_or_default(),
        action: deed.action,
        detail: dropped(&deed.detail).unwrap_or(deed.detail),
    }
}

/// What was on a bill that was taken away.
fn dropped(detail: &str) -> Option<String> {
    let order: Order = serde_json::from_str(detail).ok()?;
    let items = order.items.iter().map(|item| format!("{}×{}", item.dish.product.name, item.quantity));
    Some(items.collect::<Vec<_>>().join("、"))
}

fn fits(row: &Row, asked: &str) -> bool {
    let asked = text::narrow(asked);
    asked.is_empty()
        || [&row.staff, &row.approved_by, &row.action, &row.detail].into_iter().any(|word| word.contains(&asked))
}

fn sheet(rows: &[Row]) -> Sheet {
    let mut sheet = Sheet::new("レジ", "承認と取り消し", &["日時", "担当者", "承認", "操作", "内容"]);
    for Row { at, staff, approved_by, action, detail } in rows {
        sheet.row([at, staff, approved_by, action, detail].map(|word| word.clone().into()));
    }
    sheet
}

impl Content {
    fn search(&self) -> Html {
        self.query.form().field("q", "担当者・承認・内容").input()
    }

    fn kinds(&self) -> Html {
        self.query.form().field("action", "操作").select(&self.actions)
    }

    fn day(&self, name: &str, label: &str) -> Html {
        self.query.form().field(name, label).date()
    }

    fn href(&self, page: usize) -> String {
        self.query.with("page", &page.to_string())
    }
}
