//! A back office of a few lines that takes its time: it grants a linkage, and answers an event when it is told to.

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Query, State},
    http::{HeaderMap, StatusCode},
    routing::{get, post, put},
};
use jiff::civil::Date;
use protocol::{
    control::{ControlTotals, ControlledSettlement, day},
    event::Event,
    hash::Sha256,
    partner::{EventReceipt, LinkageGranted, LinkageRequest, StoreTable},
    signature::Secret,
};
use std::{
    sync::{Arc, Mutex},
    time::Duration,
};
use tokio::sync::watch;
use uuid::Uuid;

/// What came: the settlement and the request's `traceparent`.
pub type Came = (Uuid, String);

/// The back office.
#[derive(Clone)]
pub struct Receiver {
    pub address: String,
    came: Arc<Mutex<Vec<Came>>>,
    kept: Arc<Mutex<Vec<Event>>>,
    answers: watch::Sender<bool>,
}

impl Receiver {
    /// One that keeps everybody waiting.
    pub async fn slow() -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = format!("http://{}", listener.local_addr().expect("its address"));
        let receiver = Self { address, came: Arc::default(), kept: Arc::default(), answers: watch::Sender::new(false) };
        let routes = Router::new()
            .route("/partner/v1/linkages", post(grant))
            .route("/partner/v1/linkages/{id}/stores", put(async |Json(_): Json<StoreTable>| StatusCode::NO_CONTENT))
            .route("/partner/v1/linkages/{id}/control-totals", get(totals))
            .route("/hook", post(receive))
            .with_state(receiver.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        receiver
    }

    /// From now on everybody is answered.
    pub fn answer(&self) {
        self.answers.send_replace(true);
    }

    /// Every attempt, in the order it came.
    pub fn came(&self) -> Vec<Came> {
        self.came.lock().unwrap().clone()
    }

    /// Waits for so many attempts.
    pub async fn until_came(&self, count: usize) {
        for _ in 0..3_000 {
            if self.came().len() >= count {
                return;
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        panic!("never {count} attempts: {:?}", self.came());
    }
}

async fn grant(State(receiver): State<Receiver>, Json(request): Json<LinkageRequest>) -> Json<LinkageGranted> {
    Json(LinkageGranted {
        linkage_id: Uuid::from_u128(u128::try_from(request.generation).expect("from 1")),
        webhook_url: format!("{}/hook", receiver.address),
        signing_secret: Secret::from_random([1; 32]).expose().to_owned(),
        zstd: false,
    })
}

#[derive(serde::Deserialize)]
struct Range {
    from: Date,
    to: Date,
}

/// Of one till's settlements, each another day.
async fn totals(State(receiver): State<Receiver>, Query(range): Query<Range>) -> Json<ControlTotals> {
    let kept = receiver.kept.lock().unwrap();
    let asked = kept.iter().filter(|event| (range.from..=range.to).contains(&event.business_date));
    let one = |event: &Event| {
        let settlement = &event.settlement;
        let (settlement_id, revision) = (settlement.id, settlement.revision);
        let controlled = ControlledSettlement { settlement_id, revision, control: event.totals };
        day(event.store.id, event.business_date, vec![controlled]).expect("in range")
    };
    Json(ControlTotals { days: asked.map(one).collect() })
}

async fn receive(State(receiver): State<Receiver>, headers: HeaderMap, body: Bytes) -> Json<EventReceipt> {
    let event: Event = serde_json::from_slice(&body).expect("an event");
    let trace = headers["traceparent"].to_str().expect("text").to_owned();
    receiver.came.lock().unwrap().push((event.settlement.id.0, trace));
    receiver.answers.subscribe().wait_for(|answers| *answers).await.expect("it is told in the end");
    let (event_id, highest_sequence) = (event.event_id, event.sequence);
    receiver.kept.lock().unwrap().push(event);
    let (body_sha256, received_at) = (Sha256::of(&body), crate::shell::now());
    Json(EventReceipt { event_id, body_sha256, highest_sequence, missing: Vec::new(), received_at })
}
