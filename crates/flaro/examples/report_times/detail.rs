//! Whole settlements through the webhook: how fast they are taken in, and how long the pages take that open them.

use super::{COMPANY, CREDENTIAL, Failed, HERE, NOW_MS, back_office, company, measure};
use axum::{
    Router,
    body::{Body, to_bytes},
    http::{Request, StatusCode, header},
};
use db::{Db, DbError, Tx, args};
use flaro::server;
use jiff::{Timestamp, ToSpan, civil::Date};
use protocol::{
    event::{Envelope, Event, EventRegister, EventStore, Frame},
    partner::{LinkageGranted, LinkedRegister, LinkedStore, StoreTable},
    signature::{self, Secret},
};
use sales::{Check, RegisterId, Settlement, StoreId};
use serde_json::json;
use std::{
    collections::BTreeMap,
    time::{Duration, Instant},
};
use tower::ServiceExt;
use uuid::Uuid;

/// The last day that is sent.
const LAST: Date = jiff::civil::date(2026, 11, 21);
/// How often it is looked whether the rollups have caught up.
const LOOK_EVERY: Duration = Duration::from_millis(20);

const WAITING: &str = "SELECT COUNT(*) AS n FROM dirty_day";
const HELD: &str = "SELECT COUNT(*) AS n, COALESCE(SUM(LENGTH(frame)), 0) AS bytes FROM settlement_revision";
const CHECKS: &str = "SELECT COUNT(*) AS n, MAX(check_id) AS one FROM check_index WHERE business_date = $1";

/// Fills the database that `args` name, unless it is filled, and measures.
pub async fn run(args: &[String]) -> Result<(), Failed> {
    let url = args.first().ok_or("report_times detail <sqlite:address> [stores] [days] [checks a day]")?;
    let number = |n: usize, usual: u32| args.get(n).map_or(Ok(usual), |text| text.parse::<u32>());
    let (stores, days, checks) = (number(1, 50)?, number(2, 30)?, number(3, 300)?);
    let db = Db::open(url).await?;
    let flaro = back_office(db.clone()).await?;
    company(&flaro).await?;
    let router = server::router(flaro.clone());
    if one(&db, HELD).await? == 0 {
        let rolling = tokio::spawn(flaro::run(flaro, std::future::pending()));
        fill(&db, &router, stores, days, usize::try_from(checks)?).await?;
        rolling.abort();
    }
    measure(&router, &pages(&db).await?).await
}

async fn fill(db: &Db, router: &Router, stores: u32, days: u32, checks: usize) -> Result<(), Failed> {
    let pos = link(router, stores).await?;
    let mut taken = Vec::new();
    let (mut sequence, mut bytes) = (0, 0);
    for store in 0..stores {
        for back in (0..days).rev() {
            sequence += 1;
            let body = event(sequence, store, LAST.saturating_sub(i64::from(back).days()), checks)?;
            bytes += body.len();
            let request = pos.request(sequence, Frame::pack(&body)?.zstd)?;
            let begun = Instant::now();
            let answer = router.clone().oneshot(request).await?;
            taken.push(begun.elapsed());
            if answer.status() != StatusCode::OK {
                return Err(format!("the webhook answers {}", answer.status()).into());
            }
        }
    }
    let last = Instant::now();
    while one(db, WAITING).await? > 0 {
        tokio::time::sleep(LOOK_EVERY).await;
    }
    let behind = last.elapsed();
    taken.sort();
    let sum: Duration = taken.iter().sum();
    let ms = |span: Duration| span.as_secs_f64() * 1_000.0;
    println!(
        "{} settlements of {checks} checks, {} KiB of JSON each: taken in {}/s, median {:.1} ms, p99 {:.1} ms; rollups of \
         all were there {:.0} ms after the last receipt\n",
        taken.len(),
        bytes / taken.len().max(1) / 1_024,
        taken.len() * 1_000 / usize::try_from(sum.as_millis().max(1))?,
        ms(taken[taken.len() / 2]),
        ms(taken[taken.len() * 99 / 100]),
        ms(behind),
    );
    Ok(())
}

/// Every page that opens a store's day, or finds its checks.
async fn pages(db: &Db) -> Result<Vec<String>, Failed> {
    let row = db.read(async |tx: &mut Tx| tx.fetch_one(CHECKS, args![LAST.to_string()]).await).await?;
    println!("{} settlements, {} checks on the last day", one(db, HELD).await?, row.int("n")?);
    let store = store_id(0).0;
    let (day, month) = ("from=2026/11/21&to=2026/11/21", "from=2026/10/23&to=2026/11/21");
    Ok(vec![
        "/".to_owned(),
        format!("/days/{store}/{LAST}"),
        format!("/days/{store}/{LAST}/checks"),
        format!("/checks/{}", row.text("one")?),
        format!("/reports/checks?store={store}&{day}"),
        format!("/reports/checks?{month}"),
        format!("/reports/checks?{month}&q=0012"),
        format!("/reports/checks?{month}&least=5000"),
        format!("/reports/daily?date=2026/11/21&store={store}"),
        format!("/reports/product-hours?{month}"),
    ])
}

async fn one(db: &Db, sql: &'static str) -> Result<i64, DbError> {
    db.read(async move |tx: &mut Tx| tx.fetch_one(sql, args![]).await?.int("n")).await
}

/// The POS's side of a linkage.
struct Pos {
    path: String,
    secret: Secret,
}

fn store_id(n: u32) -> StoreId {
    StoreId(Uuid::from_u128(0x5700_0000 + u128::from(n)))
}

fn register_id(store: u32) -> RegisterId {
    RegisterId(Uuid::from_u128(0x7e60_0000 + u128::from(store)))
}

async fn link(router: &Router, stores: u32) -> Result<Pos, Failed> {
    let asked = json!({"company_code": COMPANY, "company_name": "株式会社みなと食堂", "generation": 1});
    let granted: LinkageGranted = partner(router, "POST", "/partner/v1/linkages", asked).await?;
    let linked = |n: u32| -> Result<LinkedStore, Failed> {
        let from = jiff::civil::date(2026, 1, 1);
        Ok(LinkedStore {
            id: store_id(n),
            name: format!("{:04}号店", n + 1),
            flaro_store_code: Some(format!("{:05}", n + 1).parse()?),
            start: Some(from),
            end: Some(jiff::civil::date(2026, 12, 31)),
            enabled: true,
            zone: "Asia/Tokyo".into(),
            cut_over: "05:00".into(),
            registers: vec![LinkedRegister { id: register_id(n), name: "レジ1".into(), from, until: None }],
            closed_days: vec![],
        })
    };
    let stores = (0..stores).map(linked).collect::<Result<_, _>>()?;
    let table = serde_json::to_value(StoreTable { version: 1, stores })?;
    let path = format!("/partner/v1/linkages/{}/stores", granted.linkage_id);
    let _: serde_json::Value = partner(router, "PUT", &path, table).await?;
    let path = granted.webhook_url.strip_prefix(HERE).ok_or("the webhook is elsewhere")?.to_owned();
    Ok(Pos { path, secret: granted.signing_secret.parse()? })
}

async fn partner<T: serde::de::DeserializeOwned>(
    router: &Router,
    method: &str,
    path: &str,
    body: serde_json::Value,
) -> Result<T, Failed> {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(header::AUTHORIZATION, format!("Bearer {CREDENTIAL}"))
        .header(header::CONTENT_TYPE, "application/json");
    let answer = router.clone().oneshot(request.body(Body::from(body.to_string()))?).await?;
    let status = answer.status();
    let bytes = to_bytes(answer.into_body(), usize::MAX).await?;
    serde_json::from_slice(&bytes).map_err(|why| format!("{path} answers {status}: {why}").into())
}

fn event(sequence: u64, store: u32, date: Date, checks: usize) -> Result<Vec<u8>, Failed> {
    let facts = simulator::settlement(sequence, checks);
    let checks = facts.checks.into_iter().map(|check| Check { business_date: date, ..check }).collect();
    let facts = Settlement { business_date: date, checks, ..facts };
    let envelope = Envelope {
        event_id: Uuid::from_u128(u128::from(sequence)),
        sequence,
        company_code: COMPANY.parse()?,
        flaro_store_code: None,
        store: EventStore { id: store_id(store), name: format!("{:04}号店", store + 1) },
        register: EventRegister { id: register_id(store), name: "レジ1".into() },
        own_product_codes: false,
        own_category_codes: false,
    };
    Ok(Event::new(envelope, facts, &BTreeMap::new())?.to_bytes())
}

impl Pos {
    fn request(&self, sequence: u64, frame: Vec<u8>) -> Result<Request<Body>, Failed> {
        let (id, at) = (Uuid::from_u128(u128::from(sequence)).to_string(), Timestamp::from_millisecond(NOW_MS)?);
        let signed = signature::sign(std::slice::from_ref(&self.secret), &id, at, &frame);
        let request = Request::post(&self.path)
            .header("webhook-id", id)
            .header("webhook-timestamp", at.as_second())
            .header("webhook-signature", signed)
            .header(header::CONTENT_ENCODING, "zstd");
        Ok(request.body(Body::from(frame))?)
    }
}
