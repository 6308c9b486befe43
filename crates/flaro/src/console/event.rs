//! 受信内容: one event, its receipt, what was found wrong with it, and its bytes as they were sent.

use super::{events, in_path, shell, words};
use crate::{
    Flaro, FlaroError, storable,
    tenant::{Scope, Viewer, in_scope, scoped},
    webhook::Kind,
};
use askama::Template;
use axum::{
    extract::{Path, State},
    http::header,
    response::IntoResponse,
};
use db::{Row, Tx};
use jiff::tz::TimeZone;
use protocol::{EVENT_BYTES_MAX, event::Frame};
use std::sync::Arc;
use uuid::Uuid;
use web::{
    Failure, Html, PageResult, format,
    ui::{self, Icon, Tone},
};

#[derive(Template)]
#[template(path = "event.html")]
struct Page {
    chip: Html,
    facts: Vec<(&'static str, String)>,
    findings: Vec<(String, String, &'static str, bool)>,
    day: String,
    body: Option<String>,
    conflict: Option<String>,
}

const FIND: &str = concat!(
    "SELECT i.event_id, i.event_type, i.verdict, i.store_id, i.settlement_id, i.revision, i.business_date,
       i.generation, i.sequence, i.body_sha256, i.body_bytes, i.received_at, i.times, i.last_at, t.name AS store_name,
       r.register_name, r.z_number,
       (SELECT c.body_sha256 FROM event_conflict c
        WHERE c.company_id = i.company_id AND c.event_id = i.event_id ORDER BY c.received_at LIMIT 1) AS conflict
     FROM inbox i
     LEFT JOIN store t ON t.company_id = i.company_id AND t.store_id = i.store_id
     LEFT JOIN settlement_revision r ON r.company_id = i.company_id AND r.store_id = i.store_id
       AND r.settlement_id = i.settlement_id AND r.revision = i.revision
     WHERE ",
    in_scope!("i"),
    " AND i.event_id = $4"
);
const FINDINGS: &str = concat!(
    "SELECT f.kind, f.what, f.stated, f.computed, f.resolved_at FROM finding f WHERE ",
    in_scope!("f"),
    " AND f.store_id = $4 AND f.settlement_id = $5 AND f.revision = $6 ORDER BY f.kind, f.what LIMIT 200"
);
// A repeated event has no bytes of its own: those of its twin are the same facts.
const BODY: &str = concat!(
    "SELECT r.frame FROM settlement_revision r WHERE ",
    in_scope!("r"),
    " AND r.store_id = $4 AND r.settlement_id = $5 AND r.revision = $6"
);

pub(super) async fn show(State(flaro): State<Arc<Flaro>>, viewer: Viewer, Path(event): Path<String>) -> PageResult {
    let id: Uuid = in_path(&event)?;
    let scope = viewer.scope.clone();
    let seen = flaro.db.read(async move |tx: &mut Tx| see(tx, &scope, id).await).await?;
    let (row, findings) = seen.ok_or_else(Failure::not_found)?;
    let page = page(&row, &findings, &viewer.zone)?;
    let shell = shell(&viewer, "受信内容", "/linkages")
        .crumb("外部連携", Some("/linkages"))
        .crumb("受信の記録", Some("/linkages/events"))
        .crumb("受信内容", None);
    Ok(shell.render(page))
}

async fn see(tx: &mut Tx, scope: &Scope, id: Uuid) -> Result<Option<(Row, Vec<Row>)>, FlaroError> {
    let Some(row) = tx.fetch_optional(FIND, scoped!(scope, id.to_string())).await? else { return Ok(None) };
    let of = scoped!(scope, row.text("store_id")?, row.text("settlement_id")?, row.int("revision")?);
    let findings = tx.fetch_all(FINDINGS, of).await?;
    Ok(Some((row, findings)))
}

fn page(row: &Row, findings: &[Row], zone: &TimeZone) -> Result<Page, FlaroError> {
    let verdict = row.text("verdict")?;
    let at = |column: &str| -> Result<String, FlaroError> {
        Ok(format::date_time(storable::instant(row.int(column)?)?, zone))
    };
    let date = storable::date(&row.text("business_date")?)?;
    let event_id = row.text("event_id")?;
    let z_number = row.opt_int("z_number")?.map_or("―".to_owned(), |z| format!("Z{z}"));
    let facts = vec![
        ("種類", words::event_type(&row.text("event_type")?).to_owned()),
        ("店舗", row.opt_text("store_name")?.unwrap_or_else(|| "―".to_owned())),
        ("レジ", format!("{} {z_number}", row.opt_text("register_name")?.unwrap_or_default())),
        ("営業日", format::date_weekday(date)),
        ("訂正番号", row.int("revision")?.to_string()),
        ("受信時刻", at("received_at")?),
        ("受信回数", format!("{}回（最後 {}）", row.int("times")?, at("last_at")?)),
        ("通し番号", format!("{}回目の連携の{}番", row.int("generation")?, row.int("sequence")?)),
        ("受付番号", event_id.clone()),
        ("精算の番号", row.text("settlement_id")?),
        ("受領証の照合番号", row.text("body_sha256")?),
        ("大きさ", format!("{}バイト", format::thousands(row.int("body_bytes")?))),
    ];
    let chip = events::chip(&verdict).html();
    Ok(Page {
        chip,
        facts,
        findings: findings.iter().map(found).collect::<Result<_, _>>()?,
        day: format!("/days/{}/{date}", row.text("store_id")?),
        body: matches!(verdict.as_str(), "stands" | "late" | "repeated")
            .then(|| format!("/linkages/events/{event_id}/body")),
        conflict: row.opt_text("conflict")?.map(|hash| format!("/linkages/conflicts/{event_id}/{hash}")),
    })
}

fn found(row: &Row) -> Result<(String, String, &'static str, bool), FlaroError> {
    let name = row.text("kind")?;
    let kind = Kind::read(&name).ok_or_else(|| FlaroError::stored("a finding", &name))?;
    let figures = match (row.opt_int("stated")?, row.opt_int("computed")?) {
        (Some(stated), Some(computed)) => {
            format!("届いた値 {}、会計からの値 {}", format::thousands(stated), format::thousands(computed))
        }
        _ => String::new(),
    };
    let what = words::finding(kind, &row.text("what")?);
    Ok((what, figures, words::way_out(kind), row.opt_int("resolved_at")?.is_some()))
}

/// `GET /linkages/events/{event}/body`: the JSON as it was signed and sent.
pub(super) async fn body(State(flaro): State<Arc<Flaro>>, viewer: Viewer, Path(event): Path<String>) -> PageResult {
    let id: Uuid = in_path(&event)?;
    let scope = viewer.scope.clone();
    let unit = async move |tx: &mut Tx| -> Result<Option<Vec<u8>>, FlaroError> {
        let Some((row, _)) = see(tx, &scope, id).await? else { return Ok(None) };
        let of = scoped!(scope, row.text("store_id")?, row.text("settlement_id")?, row.int("revision")?);
        let kept = tx.fetch_optional(BODY, of).await?;
        Ok(kept.map(|row| row.bytes("frame")).transpose()?)
    };
    let frame = flaro.db.read(unit).await?.ok_or_else(Failure::not_found)?;
    let plain = tokio::task::spawn_blocking(move || Frame::unpack(&frame, EVENT_BYTES_MAX)).await??;
    let stamp = viewer.zone.to_datetime(flaro.now()).strftime("%Y%m%d%H%M").to_string();
    let name = web::download::disposition(&viewer.company_name, "受信内容", &stamp, "json");
    let kind = header::HeaderValue::from_static("application/json");
    Ok(([(header::CONTENT_TYPE, kind), (header::CONTENT_DISPOSITION, name)], plain).into_response())
}
