//! What an event leaves in the log: the trace that its settlement has everywhere, also where the event is refused or a
//! header says something else.
//! A program of its own: which events are of interest is remembered for the whole process, so another test's
//! silence could be this one's.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use axum::Router;
use axum::body::Body;
use axum::http::{Request, header};
use db::Db;
use flaro::provision::{CompanyPlan, provision};
use flaro::{Flaro, PartnerCredential, Settings, server};
use http_body_util::BodyExt;
use jiff::Timestamp;
use protocol::event::{Envelope, Event, EventRegister, EventStore};
use protocol::hash::Sha256;
use protocol::partner::LinkageGranted;
use protocol::signature::{self, Secret};
use protocol::trace::Trace;
use sales::{RegisterId, Settlement, StoreId};
use serde_json::json;
use tower::ServiceExt;
use uuid::Uuid;
use web::testing::log::Log;

const CREDENTIAL: &str = "partner-credential-for-tests";
const NOW: &str = "2026-11-22T13:00:00Z";

async fn place(db: Db) -> Router {
    let partners = vec![PartnerCredential::new("usen", CREDENTIAL)];
    let settings = Settings::new("https://flaro.example/".parse().unwrap(), partners);
    let count = Arc::new(AtomicU64::new(1));
    let counted = count.clone();
    let flaro = Flaro::open(
        db,
        Arc::new(|| NOW.parse().unwrap()),
        Arc::new(move || Uuid::from_u128(u128::from(count.fetch_add(1, Ordering::SeqCst)))),
        Arc::new(move || Sha256::of(&counted.fetch_add(1, Ordering::SeqCst).to_le_bytes()).0),
        settings,
    );
    let flaro = flaro.await.unwrap();
    let plan = CompanyPlan { code: "0012".parse().unwrap(), name: "みなと食堂".to_owned(), accounts: vec![] };
    provision(&flaro, &plan).await.unwrap();
    server::router(flaro)
}

async fn link(place: &Router) -> (String, Secret) {
    let asked = json!({"company_code": "0012", "company_name": "みなと食堂", "generation": 1});
    let request = Request::post("/partner/v1/linkages")
        .header(header::AUTHORIZATION, format!("Bearer {CREDENTIAL}"))
        .header(header::CONTENT_TYPE, "application/json");
    let answer = place.clone().oneshot(request.body(Body::from(asked.to_string())).unwrap()).await.unwrap();
    let body = answer.into_body().collect().await.unwrap().to_bytes();
    let granted: LinkageGranted = serde_json::from_slice(&body).unwrap();
    let path = granted.webhook_url.strip_prefix("https://flaro.example").unwrap().to_owned();
    (path, granted.signing_secret.parse().unwrap())
}

fn event(company: &str, number: u128, facts: &Settlement) -> Event {
    let envelope = Envelope {
        event_id: Uuid::from_u128(number),
        sequence: 1,
        company_code: company.parse().unwrap(),
        flaro_store_code: None,
        store: EventStore { id: StoreId(Uuid::from_u128(1)), name: "本店".to_owned() },
        register: EventRegister { id: RegisterId(Uuid::from_u128(2)), name: "レジ1".to_owned() },
        own_product_codes: false,
        own_category_codes: false,
    };
    Event::new(envelope, facts.clone(), &BTreeMap::new()).unwrap()
}

async fn send(place: &Router, (path, secret): &(String, Secret), event: &Event) -> u16 {
    let (at, bytes): (Timestamp, _) = (NOW.parse().unwrap(), event.to_bytes());
    let id = event.event_id.to_string();
    let request = Request::post(path)
        .header("webhook-id", &id)
        .header("webhook-timestamp", at.as_second())
        .header("webhook-signature", signature::sign(std::slice::from_ref(secret), &id, at, &bytes))
        .header("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01");
    place.clone().oneshot(request.body(Body::from(bytes)).unwrap()).await.unwrap().status().as_u16()
}

#[tokio::test]
async fn a_settlement_has_one_trace_whatever_becomes_of_its_event() {
    let log = Log::default();
    let subscriber = tracing_subscriber::fmt().with_ansi(false).with_writer(log.writer()).finish();
    tracing::subscriber::set_global_default(subscriber).expect("the only subscriber of this process");
    db::testing::each_engine(async |db| {
        let place = place(db).await;
        let linkage = link(&place).await;
        let (sold, mut other) = (simulator::settlement(1, 3), simulator::settlement(2, 3));
        other.id = sold.id;
        log.lines();
        for (company, number, facts, status, word) in [
            ("0034", 1, &sold, 422, "an event is refused"),
            ("0012", 2, &sold, 200, "an event is kept"),
            ("0012", 3, &other, 409, "an event is kept"),
        ] {
            assert_eq!(send(&place, &linkage, &event(company, number, facts)).await, status);
            let trace = format!("trace={}", Trace::of(sold.id));
            let lines = log.lines();
            assert!(lines.iter().any(|line| line.contains(word) && line.contains(&trace)), "{status}: {lines:#?}");
        }
    })
    .await;
}
