//! A FLARO of a few lines: it grants, verifies every signature, keeps what it was sent, and answers as it is told.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard};

use axum::body::Bytes;
use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{any, delete, get, post, put};
use axum::{Json, Router};
use jiff::Timestamp;
use jiff::civil::Date;
use protocol::control::{ControlTotals, ControlledSettlement, day};
use protocol::event::{Event, Frame};
use protocol::hash::Sha256;
use protocol::partner::{EventReceipt, LinkageGranted, LinkageRequest, SecretRotated, StoreTable};
use protocol::signature::{Headers, Secret, verify};
use protocol::trace::Trace;
use sales::{SettlementId, StoreId};
use uuid::Uuid;

pub const CREDENTIAL: &str = "partner-credential";

/// How an event is answered, instead of with a receipt.
#[derive(Clone, Copy, Debug)]
pub enum Says {
    /// This status, the event not kept.
    Status(u16),
    /// 302 to another address.
    Redirect,
    /// The event is kept, the answer is lost.
    Lost,
    /// 200 with a receipt of other bytes.
    WrongReceipt,
    /// 200 without a receipt.
    NoReceipt,
}

/// What it knows.
#[derive(Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is a way in which it may misbehave")]
pub struct Book {
    pub requests: Vec<LinkageRequest>,
    pub granted: BTreeMap<i64, LinkageGranted>,
    pub tables: Vec<StoreTable>,
    pub ended: BTreeSet<Uuid>,
    /// Every attempt that was signed well: event id and the exact plain bytes.
    pub attempts: Vec<(Uuid, Vec<u8>)>,
    pub events: Vec<Event>,
    /// Said to the next attempts, one each.
    pub says: VecDeque<Says>,
    /// Said to every attempt for this settlement.
    pub says_of: BTreeMap<SettlementId, Says>,
    /// Said to everybody for as long as it stands.
    pub down: Option<Says>,
    pub unknown_company: bool,
    pub refuse_delete: bool,
    pub redirected: usize,
    /// Linkages it does not know any more: it was restored to before they began.
    pub unknown: BTreeSet<Uuid>,
    pub plain_only: bool,
    pub in_flight: BTreeMap<StoreId, usize>,
    /// Stores whose attempts have no answer for as long as they are here.
    pub held: BTreeSet<StoreId>,
    pub most_in_flight: usize,
    pub most_of_one_store: usize,
    /// Good beside the one of the grant, while it rotates.
    pub previous: Option<Secret>,
    /// Answers to a rotation that are lost.
    pub lost_rotations: usize,
    /// Takes no signature, as if it had another secret.
    pub deaf: bool,
    /// How many signatures each attempt bore.
    pub signatures: Vec<usize>,
    /// A rotation is answered at all.
    pub rotates: bool,
    /// Left out of the control totals, as if it had been lost.
    pub forgotten: BTreeSet<SettlementId>,
    /// What passes on the clock, in milliseconds, until it answers a question for control totals.
    pub ponders: i64,
}

#[derive(Clone)]
pub struct Flaro {
    pub address: String,
    book: Arc<Mutex<Book>>,
    clock: Arc<AtomicI64>,
}

impl Flaro {
    pub async fn start(clock: Arc<AtomicI64>) -> Self {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = format!("http://{}", listener.local_addr().expect("an address"));
        let flaro = Self { address, book: Arc::default(), clock };
        let routes = Router::new()
            .route("/partner/v1/linkages", post(grant))
            .route("/partner/v1/linkages/{id}", delete(end))
            .route("/partner/v1/linkages/{id}/stores", put(table))
            .route("/partner/v1/linkages/{id}/secrets", post(rotate))
            .route("/partner/v1/linkages/{id}/control-totals", get(totals))
            .route("/hook/{generation}", post(receive))
            .route("/elsewhere", any(elsewhere))
            .with_state(flaro.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
        flaro
    }

    pub fn book(&self) -> MutexGuard<'_, Book> {
        self.book.lock().unwrap()
    }

    /// Business date and store of what was kept, in the order it came.
    pub fn dates(&self) -> Vec<String> {
        self.book().events.iter().map(|event| event.business_date.to_string()).collect()
    }

    /// It is restored from a backup that is older than every linkage.
    pub fn restored(&self) {
        let mut book = self.book();
        book.unknown = book.granted.values().map(|granted| granted.linkage_id).collect();
        book.events.clear();
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_millisecond(self.clock.load(Ordering::SeqCst)).unwrap()
    }
}

async fn grant(State(flaro): State<Flaro>, headers: HeaderMap, Json(request): Json<LinkageRequest>) -> Response {
    assert_eq!(headers[header::AUTHORIZATION], format!("Bearer {CREDENTIAL}"));
    let mut book = flaro.book();
    book.requests.push(request.clone());
    if book.unknown_company {
        let said = r#"{"error":{"code":"company_unknown","message":"there is no company 0012345"}}"#;
        return (StatusCode::NOT_FOUND, said).into_response();
    }
    let generation = request.generation;
    let plain_only = book.plain_only;
    let granted = book.granted.entry(generation).or_insert_with(|| LinkageGranted {
        linkage_id: Uuid::from_u128(u128::try_from(generation).unwrap()),
        webhook_url: format!("{}/hook/{generation}", flaro.address),
        signing_secret: Secret::from_random([u8::try_from(generation).unwrap(); 32]).expose().to_owned(),
        zstd: !plain_only,
    });
    Json(granted.clone()).into_response()
}

async fn table(State(flaro): State<Flaro>, Path(_): Path<Uuid>, Json(table): Json<StoreTable>) -> StatusCode {
    flaro.book().tables.push(table);
    StatusCode::NO_CONTENT
}

/// As FLARO does: one that nothing was signed with yet is given again.
async fn rotate(State(flaro): State<Flaro>, Path(id): Path<Uuid>) -> Response {
    let now = flaro.now();
    let mut book = flaro.book();
    if !book.rotates {
        return StatusCode::NOT_FOUND.into_response();
    }
    let generation = i64::try_from(id.as_u128()).unwrap();
    if book.previous.is_none() {
        let granted = book.granted.get_mut(&generation).unwrap();
        let new = Secret::from_random([200; 32]).expose().to_owned();
        let before = std::mem::replace(&mut granted.signing_secret, new);
        book.previous = Some(before.parse().unwrap());
    }
    let signing_secret = book.granted[&generation].signing_secret.clone();
    if book.lost_rotations > 0 {
        book.lost_rotations -= 1;
        return StatusCode::BAD_GATEWAY.into_response();
    }
    let previous_until = now + jiff::SignedDuration::from_hours(24);
    Json(SecretRotated { linkage_id: id, signing_secret, previous_until }).into_response()
}

async fn end(State(flaro): State<Flaro>, Path(id): Path<Uuid>) -> StatusCode {
    if flaro.book().refuse_delete {
        return StatusCode::SERVICE_UNAVAILABLE;
    }
    flaro.book().ended.insert(id);
    StatusCode::NO_CONTENT
}

#[derive(serde::Deserialize)]
struct Range {
    from: Date,
    to: Date,
}

async fn totals(State(flaro): State<Flaro>, Path(id): Path<Uuid>, Query(range): Query<Range>) -> Response {
    let book = flaro.book();
    flaro.clock.fetch_add(book.ponders, Ordering::SeqCst);
    if book.unknown.contains(&id) {
        return StatusCode::NOT_FOUND.into_response();
    }
    let mut standing = BTreeMap::<SettlementId, &Event>::new();
    for event in &book.events {
        let higher =
            standing.get(&event.settlement.id).is_none_or(|e| e.settlement.revision < event.settlement.revision);
        if higher && !book.forgotten.contains(&event.settlement.id) {
            standing.insert(event.settlement.id, event);
        }
    }
    let mut days = BTreeMap::<(StoreId, Date), Vec<ControlledSettlement>>::new();
    for event in standing.values().filter(|e| (range.from..=range.to).contains(&e.business_date)) {
        days.entry((event.store.id, event.business_date)).or_default().push(ControlledSettlement {
            settlement_id: event.settlement.id,
            revision: event.settlement.revision,
            control: event.totals,
        });
    }
    let days = days.into_iter().map(|((store, date), all)| day(store, date, all).unwrap()).collect();
    Json(ControlTotals { days }).into_response()
}

async fn elsewhere(State(flaro): State<Flaro>) -> StatusCode {
    flaro.book().redirected += 1;
    StatusCode::OK
}

async fn receive(State(flaro): State<Flaro>, Path(generation): Path<i64>, headers: HeaderMap, body: Bytes) -> Response {
    let text = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned();
    let (id, timestamp, signature) = (text("webhook-id"), text("webhook-timestamp"), text("webhook-signature"));
    let secret: Secret = flaro.book().granted[&generation].signing_secret.parse().unwrap();
    let signed = Headers { id: &id, timestamp: &timestamp, signature: &signature };
    let known: Vec<Secret> = std::iter::once(secret).chain(flaro.book().previous.clone()).collect();
    if flaro.book().deaf {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    verify(&known, signed, &body, flaro.now()).expect("every attempt is signed at send time");
    flaro.book().signatures.push(signature.split(' ').count());
    let plain = match text("content-encoding").as_str() {
        "zstd" => Frame::unpack(&body, 1 << 20).expect("a whole frame"),
        _ => body.to_vec(),
    };
    let event: Event = serde_json::from_slice(&plain).expect("an event");
    assert_eq!(event.event_id.to_string(), id);
    // By this name the settlement is found in both logs.
    assert_eq!(Trace::read(&text("traceparent")), Some(Trace::of(event.settlement.id)));
    let store = event.store.id;
    enter(&flaro, store);
    tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    while flaro.book().held.contains(&store) {
        tokio::time::sleep(std::time::Duration::from_millis(2)).await;
    }
    flaro.book().in_flight.entry(store).and_modify(|n| *n -= 1);
    answer(&flaro, event, plain)
}

fn enter(flaro: &Flaro, store: StoreId) {
    let mut book = flaro.book();
    *book.in_flight.entry(store).or_default() += 1;
    let (all, one) = (book.in_flight.values().sum(), book.in_flight[&store]);
    book.most_in_flight = book.most_in_flight.max(all);
    book.most_of_one_store = book.most_of_one_store.max(one);
}

fn answer(flaro: &Flaro, event: Event, plain: Vec<u8>) -> Response {
    let mut book = flaro.book();
    let (event_id, body_sha256) = (event.event_id, Sha256::of(&plain));
    book.attempts.push((event_id, plain));
    let says = book.down.or_else(|| book.says_of.get(&event.settlement.id).copied()).or_else(|| book.says.pop_front());
    if let Some(Says::Status(status)) = says {
        return (StatusCode::from_u16(status).unwrap(), "だめです").into_response();
    }
    if let Some(Says::Redirect) = says {
        return (StatusCode::FOUND, [(header::LOCATION, format!("{}/elsewhere", flaro.address))]).into_response();
    }
    let highest_sequence = event.sequence;
    if !book.events.iter().any(|known| known.event_id == event_id) {
        book.events.push(event);
    }
    let receipt =
        EventReceipt { event_id, body_sha256, highest_sequence, missing: Vec::new(), received_at: flaro.now() };
    match says {
        // The event is durable, the answer is not: to the sender it looks like a failure.
        Some(Says::Lost) => StatusCode::BAD_GATEWAY.into_response(),
        Some(Says::NoReceipt) => StatusCode::OK.into_response(),
        Some(Says::WrongReceipt) => Json(EventReceipt { body_sha256: Sha256::ZERO, ..receipt }).into_response(),
        _ => Json(receipt).into_response(),
    }
}
