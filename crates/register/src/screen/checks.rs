//! 伝票: the checks of a session, newest first: look one up, print it again, void it.

use super::{Screen, approve::Ask, clerk::Clerk};
use crate::session::Session;
use askama::Template;
use axum::{
    extract::{Path, State},
    http::StatusCode,
    response::{IntoResponse, Redirect},
};
use sales::{Check, CheckId, SettlementId};
use std::{collections::HashSet, sync::Arc};
use web::{
    Failure, Flash, Form, Html, ListQuery, Notice, PageResult,
    download::{Format, Sheet},
    format::{self, yen},
    ui::{self, Icon, Tone},
};

/// Rows of a page.
const ROWS: usize = 50;

#[derive(Template)]
#[template(path = "checks.html")]
struct Content {
    query: ListQuery,
    rows: Vec<Row>,
    total: usize,
    found: usize,
    page: usize,
    pages: usize,
    ask: Html,
}

struct Row {
    id: CheckId,
    slip: u32,
    time: String,
    table: String,
    guests: i64,
    methods: String,
    staff: String,
    total: Html,
    state: Html,
    word: &'static str,
    yen: i64,
}

pub(super) async fn list(
    State(screen): State<Arc<Screen>>,
    clerk: Clerk,
    flash: Flash,
    query: ListQuery,
) -> PageResult {
    let rows = rows(&screen, &query).await?;
    if let Some(asked) = Format::of(query.get("format")) {
        let zone = screen.house()?.rule.zone().clone();
        return Ok(sheet(&rows.1).download(asked, screen.now(), &zone)?);
    }
    page(&screen, &clerk, query, rows, Html::default(), StatusCode::OK, flash.take().await).await
}

/// 赤伝票.
pub(super) async fn void(
    State(screen): State<Arc<Screen>>,
    clerk: Clerk,
    flash: Flash,
    Path(id): Path<String>,
    form: Form,
) -> PageResult {
    let id: CheckId = id.parse().map_err(|_| Failure::not_found())?;
    let Some(check) = screen.till.check(id).await? else { return Err(Failure::not_found()) };
    let what = format!("会計 No.{}（{} 税込）の赤伝票を作ります。", check.slip, yen(check.total.0));
    let (action, back) = (format!("/checks/{id}/void"), format!("/receipts/{id}"));
    let by = match screen.approved(&clerk, &form, &Ask { what: &what, action: &action, back: &back }).await {
        Ok(by) => by,
        Err(dialog) => {
            let query = ListQuery::of("/checks", "");
            let rows = rows(&screen, &query).await?;
            return page(&screen, &clerk, query, rows, dialog, StatusCode::UNPROCESSABLE_ENTITY, None).await;
        }
    };
    match screen.till.void(id, &clerk.code, screen.now()).await {
        Ok(reversal) => {
            let detail = format!("No.{} → 赤伝票 No.{}", check.slip, reversal.slip);
            screen.write_down(&clerk, &by, "赤伝票", detail).await?;
            let text =
                format!("会計 No.{} を取り消しました（赤伝票 No.{}、承認 {}）。", check.slip, reversal.slip, by.name);
            flash.set(Notice::done(text)).await?;
            Ok(Redirect::to(&format!("/receipts/{}", reversal.id)).into_response())
        }
        Err(error) => {
            flash.set(Notice::failed(screen.told(&error).text)).await?;
            Ok(Redirect::to(&back).into_response())
        }
    }
}

async fn page(
    screen: &Screen,
    clerk: &Clerk,
    query: ListQuery,
    (total, all): (usize, Vec<Row>),
    ask: Html,
    status: StatusCode,
    notice: Option<Notice>,
) -> PageResult {
    let found = all.len();
    let pages = found.div_ceil(ROWS).max(1);
    let page = usize::try_from(query.page()).unwrap_or(1).min(pages);
    let rows = all.into_iter().skip((page - 1) * ROWS).take(ROWS).collect();
    let content = Content { query, rows, total, found, page, pages, ask };
    screen.page(clerk, "伝票", "/checks").status(status).flash(notice).render(content).await
}

/// How many there are, and those that were asked for.
async fn rows(screen: &Screen, query: &ListQuery) -> Result<(usize, Vec<Row>), Failure> {
    let Some(session) = asked_session(screen, query).await? else { return Ok((0, Vec::new())) };
    let checks = screen.till.checks(session).await?;
    let reversed: HashSet<CheckId> = checks.iter().filter_map(|check| check.reverses).collect();
    let house = screen.house()?;
    let zone = house.rule.zone();
    let staff = |code: &str| {
        let member = house.masters.staff.iter().find(|member| member.code == code);
        member.map_or_else(|| code.to_owned(), |member| member.name.clone())
    };
    let row = |check: &Check| {
        let (tone, icon, word) = state(check, &reversed);
        Row {
            id: check.id,
            slip: check.slip,
            time: format::time_of(check.business_date, check.paid_at, zone),
            table: check.table.clone().unwrap_or_default(),
            guests: check.guests.total().unwrap_or_default(),
            methods: check.payments.iter().map(|p| p.method.name.as_str()).collect::<Vec<_>>().join("・"),
            staff: staff(&check.staff),
            total: format::yen_html(check.total.0),
            state: ui::chip_with(tone, icon, word),
            word,
            yen: check.total.0,
        }
    };
    let total = checks.len();
    let mut rows: Vec<Row> = checks.iter().rev().map(row).filter(|row| fits(row, query)).collect();
    match query.sort(&["slip", "total"]) {
        Some(("total", descending)) => {
            rows.sort_by_key(|row| if descending { -row.yen } else { row.yen });
        }
        Some(("slip", false)) => rows.reverse(),
        _ => {}
    }
    Ok((total, rows))
}

/// The session whose checks are asked for; the one that sells, or the last that did.
async fn asked_session(screen: &Screen, query: &ListQuery) -> Result<Option<SettlementId>, Failure> {
    if !query.get("session").is_empty() {
        return query.get("session").parse().map(Some).map_err(|_| Failure::not_found());
    }
    if let Some(Session { id, .. }) = screen.till.session().await? {
        return Ok(Some(id));
    }
    Ok(screen.till.settlements(1).await?.first().map(|filed| filed.id))
}

fn state(check: &Check, reversed: &HashSet<CheckId>) -> (Tone, Icon, &'static str) {
    if check.reverses.is_some() {
        (Tone::Bad, Icon::Alert, "赤伝票")
    } else if reversed.contains(&check.id) {
        (Tone::Mute, Icon::Ring, "取消済み")
    } else {
        (Tone::Good, Icon::Check, "会計済み")
    }
}

fn fits(row: &Row, query: &ListQuery) -> bool {
    let asked = web::text::narrow(query.get("q"));
    let named = asked.is_empty()
        || row.slip.to_string() == asked.trim_start_matches("No.")
        || row.table == asked
        || row.methods.contains(&asked);
    named && (query.get("state").is_empty() || query.get("state") == row.word)
}

fn sheet(rows: &[Row]) -> Sheet {
    let mut sheet =
        Sheet::new("レジ", "伝票", &["伝票番号", "時刻", "卓", "人数", "支払", "担当者", "合計（税込）", "状態"]);
    for row in rows {
        sheet.row([
            row.slip.to_string().into(),
            row.time.clone().into(),
            row.table.clone().into(),
            row.guests.into(),
            row.methods.clone().into(),
            row.staff.clone().into(),
            row.yen.into(),
            row.word.into(),
        ]);
    }
    sheet
}

impl Content {
    fn states(&self) -> Html {
        let options = [("", "すべて"), ("会計済み", "会計済み"), ("赤伝票", "赤伝票"), ("取消済み", "取消済み")];
        self.query.form().field("state", "状態").select(&options)
    }

    fn search(&self) -> Html {
        self.query.form().field("q", "伝票番号・卓・支払方法").input()
    }

    fn href(&self, page: usize) -> String {
        self.query.with("page", &page.to_string())
    }
}
