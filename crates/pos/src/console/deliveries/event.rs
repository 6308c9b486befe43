//! One event: where it stands, every attempt with its answer, 受領証, the eight datasets and the body as it is sent.

use std::sync::Arc;

use askama::Template;
use axum::extract::{Path, State};
use axum::http::{HeaderValue, header};
use axum::response::{IntoResponse, Redirect};
use jiff::Timestamp;
use jiff::tz::TimeZone;
use sales::Datasets;
use uuid::Uuid;
use web::confirm::Confirm;
use web::download::disposition;
use web::format::{date_time, date_weekday, thousands};
use web::html::Html;
use web::ui::{self, Icon, Tone};
use web::{Failure, Flash, ListQuery, Notice, PageResult, filters};

use super::super::datasets::grids;
use super::super::grid::Cell;
use super::{HERE, kind};
use crate::accounts::Viewer;
use crate::console::{shell, states};
use crate::outbox::State as Standing;
use crate::outbox::log::{Detail, detail};
use crate::outbox::resend;
use crate::{Pos, PosError};

/// The most characters of the body that the page shows; the file has all of it.
const BODY_SHOWN_MAX: usize = 200_000;

#[derive(Template)]
#[template(path = "deliveries/event.html")]
struct EventPage {
    detail: Detail,
    zone: TimeZone,
    body: String,
    cut: bool,
    tables: Vec<Html>,
    parts: Vec<(String, String)>,
    again: Option<Confirm>,
}

/// The page, or the body as a file (`format=json`).
pub(super) async fn show(
    State(pos): State<Arc<Pos>>,
    viewer: Viewer,
    flash: Flash,
    list: ListQuery,
    Path(id): Path<String>,
) -> PageResult {
    viewer.must_be_head_office()?;
    let id: Uuid = id.parse().map_err(|_| Failure::not_found())?;
    let detail = detail(&pos, &viewer.tenant, id).await?.ok_or_else(Failure::not_found)?;
    if list.get("format") == "json" {
        return Ok(download(&detail));
    }
    let zone = TimeZone::get(&detail.zone).unwrap_or(TimeZone::UTC);
    let tables = grids(&detail.event.facts(), &datasets(&detail), &zone);
    let subject = format!("{}_{}", detail.listed.store, detail.listed.business_date);
    if let Some(file) = tables.iter().find_map(|grid| grid.file(&pos, &list, &subject)) {
        return file;
    }
    let (body, cut) = pretty(&detail.body);
    let listed = &detail.listed;
    let title =
        format!("{} {} {} Z{}", date_weekday(listed.business_date), listed.store, listed.register, listed.z_number);
    let page = EventPage {
        again: again(&detail),
        parts: tables.iter().map(|grid| (grid.id.to_owned(), grid.title.clone())).collect(),
        tables: tables.iter().map(|grid| grid.html(&list)).collect(),
        body,
        cut,
        zone,
        detail,
    };
    let shell = shell(&pos, &viewer, &flash, title, HERE).await?;
    Ok(shell.crumb("連携状況", Some(HERE)).crumb("送信の詳細", None).wide().render(page))
}

/// 再送
pub(super) async fn resend_one(
    State(pos): State<Arc<Pos>>,
    viewer: Viewer,
    flash: Flash,
    Path(id): Path<String>,
) -> PageResult {
    viewer.must_be_head_office()?;
    let id: Uuid = id.parse().map_err(|_| Failure::not_found())?;
    let again = resend::one(&pos, &viewer.tenant, viewer.name(), id).await;
    let notice = if again.map_err(missing)? {
        Notice::done("再送の列に入れました。")
    } else {
        Notice::failed("この精算は、いまの連携では再送できません。")
    };
    flash.set(notice).await?;
    Ok(Redirect::to(&format!("{HERE}/{id}")).into_response())
}

fn missing(error: PosError) -> Failure {
    match error {
        PosError::NotFound(_) => Failure::not_found(),
        error => error.into(),
    }
}

fn again(detail: &Detail) -> Option<Confirm> {
    let stands = matches!(detail.listed.state, Standing::Waiting | Standing::Delivered | Standing::Attention);
    let action = format!("{HERE}/{}/resend", detail.listed.event_id);
    (detail.can_resend && stands).then(|| {
        Confirm::new("resend", "この精算をもう一度送りますか？", action, "再送する")
            .harmless()
            .says("前に送ったものと同じ内容を、同じ番号で送ります。FLAROの売上が二重になることはありません。")
    })
}

/// The datasets as they were sent, own codes and all.
fn datasets(detail: &Detail) -> Datasets {
    let data = detail.event.data.clone();
    Datasets {
        settlement: data.settlement,
        hourly_sales: data.hourly_sales,
        product_sales: data.product_sales,
        product_hourly_sales: data.product_hourly_sales,
        payment_sales: data.payment_sales,
        media_sales: data.media_sales,
        discounts: data.discounts,
    }
}

fn pretty(body: &[u8]) -> (String, bool) {
    let value: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
    let text = serde_json::to_string_pretty(&value).unwrap_or_default();
    let shown: String = text.chars().take(BODY_SHOWN_MAX).collect();
    let cut = shown.len() < text.len();
    (shown, cut)
}

fn download(detail: &Detail) -> axum::response::Response {
    let name = disposition(&detail.listed.store, "送信内容", &detail.listed.event_id.to_string(), "json");
    let kind = HeaderValue::from_static("application/json");
    ([(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, name)], detail.body.clone()).into_response()
}

impl EventPage {
    fn state(&self) -> Html {
        let Cell::Shown(chip, _) = states::event(self.detail.listed.standing) else { return Html::default() };
        chip
    }

    fn kind(&self) -> &'static str {
        kind(&self.detail.listed.event_type)
    }

    fn at(&self, at: &Timestamp) -> String {
        date_time(*at, &self.zone)
    }

    /// What a person does about an event that FLARO did not take.
    fn advice(&self) -> Option<&'static str> {
        if self.detail.listed.state != Standing::Attention {
            return None;
        }
        let status = self.detail.attempts.first().and_then(|attempt| attempt.status);
        Some(match status {
            Some(409) => {
                "FLAROに同じ精算の別の内容があります。精算の内容を確認し、正しい内容をレジから改訂として送ってください。"
            }
            Some(413) => {
                "内容が大きすぎて受け付けられませんでした。FLAROに受け付けられる大きさを確認してから、再送してください。"
            }
            Some(200..=299) => "受領証が送った内容と一致しません。FLAROに届いた内容を確認してから、再送してください。",
            Some(400..=499) => {
                "FLAROが内容を受け付けませんでした。応答の内容をFLAROに伝えて、直ったら再送してください。改訂が届くと、そちらを送ります。"
            }
            _ => "何度も失敗したため、後回しにしています。15分ごとに自動で送ります。すぐ送るときは再送してください。",
        })
    }

    fn no_receipt() -> Html {
        ui::chip_with(Tone::Warn, Icon::Warning, "受領証なし")
    }

    fn bytes(&self) -> String {
        thousands(i64::try_from(self.detail.body.len()).unwrap_or(i64::MAX))
    }
}
