//! トップ: the latest business date at a glance, and what waits for a person.

use std::sync::Arc;

use askama::Template;
use axum::extract::State;
use axum::routing::get;
use db::{Tx, args};
use jiff::civil::Date;
use web::figures::{Figure, kpis};
use web::format::{date_weekday, thousands, yen};
use web::html::Html;
use web::ui::{self, Tone};
use web::{Flash, PageResult, Routes};

use super::shell;
use crate::accounts::Viewer;
use crate::attention::query::{self, Listed};
use crate::settlements::{self, Filter, Sums, Window};
use crate::stored::Stored;
use crate::{Pos, PosError};

/// Open findings shown on this page.
const FINDINGS_MAX: usize = 5;

const LATEST: &str = "SELECT MAX(business_date) AS day FROM settlement
                      WHERE company_id = $1 AND store_id = COALESCE($2, store_id)";
// Counted up to a bound: a chain whose receiver is down has many.
const WAITING: &str = "SELECT COUNT(*) AS n FROM (SELECT 1 AS one FROM outbox
                       WHERE company_id = $1 AND state = 'waiting' LIMIT 10000) AS waiting";
const WAITING_OF_STORE: &str = "SELECT COUNT(*) AS n FROM (SELECT 1 AS one FROM outbox
                                WHERE company_id = $1 AND store_id = $2 AND state || '' = 'waiting'
                                  AND business_date >= '0000' LIMIT 10000) AS waiting";

/// The page.
pub fn router() -> Routes<Arc<Pos>> {
    Routes::new().route("/", get(show))
}

#[derive(Template)]
#[template(path = "home.html")]
struct Page {
    figures: Html,
    findings: Vec<Listed>,
    day: Option<Date>,
}

async fn show(State(pos): State<Arc<Pos>>, viewer: Viewer, flash: Flash) -> PageResult {
    let store = viewer.store_text();
    let (day, waiting) = latest(&pos, &viewer).await?;
    let filter = Filter { store: store.clone(), from: day, to: day, attention: false };
    let first = || Window::Page(web::ListQuery::default());
    let sums = match day {
        Some(_) => settlements::list(&pos, &viewer.tenant, &filter, None, first()).await?.0,
        None => Sums::default(),
    };
    let (open, mut findings) = query::list(&pos, &viewer.tenant, store, false, first()).await?;
    findings.truncate(FINDINGS_MAX);
    let title = day.map_or_else(|| "ようこそ".to_owned(), |day| format!("{}の精算", date_weekday(day)));
    let lead = format!("いちばん新しい営業日・精算{}件", thousands(sums.count));
    let page = Page { figures: figures(sums, open, waiting, viewer.store().is_none()), findings, day };
    Ok(shell(&pos, &viewer, &flash, title, "/").await?.lead(lead).render(page))
}

async fn latest(pos: &Pos, viewer: &Viewer) -> Result<(Option<Date>, i64), PosError> {
    let (tenant, store) = (viewer.tenant.clone(), viewer.store_text());
    pos.db
        .read(async move |tx: &mut Tx| -> Result<(Option<Date>, i64), PosError> {
            let day = tx.fetch_one(LATEST, args![tenant.as_str(), store.clone()]).await?.opt_parse("day")?;
            let waiting = match store {
                Some(store) => tx.fetch_one(WAITING_OF_STORE, args![tenant.as_str(), store]).await?,
                None => tx.fetch_one(WAITING, args![tenant.as_str()]).await?,
            };
            Ok((day, waiting.int("n")?))
        })
        .await
}

fn figures(sums: Sums, open: i64, waiting: i64, head_office: bool) -> Html {
    let attention = Figure::new("要対応", format!("{}件", thousands(open))).link("/attention");
    let waits = Figure::new("FLAROへの送信待ち", format!("{}件", thousands(waiting)));
    let mut figures = vec![
        Figure::new("売上（税込）", yen(sums.total)).link("/settlements"),
        Figure::new("会計数", thousands(sums.checks)),
        Figure::new("客数", thousands(sums.guests)),
    ];
    figures.push(attention.tone(if open == 0 { Tone::Good } else { Tone::Bad }));
    figures.push(if head_office { waits.link("/deliveries") } else { waits });
    kpis(&figures)
}

impl Page {
    fn chip(found: &Listed) -> Html {
        ui::chip(Tone::Bad, found.kind.label())
    }
}
