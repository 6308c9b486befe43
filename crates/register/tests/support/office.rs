//! A head office of its own for the stories: judges batches by the contract, keeps what it accepted by the ids
//! inside, recomputes every settlement, and can be told to misbehave.

use axum::{
    Json, Router,
    body::Bytes,
    extract::{Path, Query, State},
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::{get, post},
};
use jiff::Timestamp;
use protocol::{
    control::SettlementControl,
    hash::Sha256,
    intake::assembled,
    journal::{Batch, BatchVerdict, Body, EpochState, JournalAnswer, JournalReceipt, Received, judge, read},
    masters::Masters,
};
use register::{Clock, HeadOffice, Pace, Till, Uploader};
use sales::{CashMovement, Check, CheckId, RegisterId, Settlement, SettlementId};
use std::{
    collections::{BTreeMap, HashMap},
    sync::{Arc, Mutex, MutexGuard},
};
use tokio::net::TcpListener;
use url::Url;
use uuid::Uuid;

pub const TOKEN: &str = "till-token";

/// How head office behaves for the next requests.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Mood {
    /// By the contract.
    #[default]
    Well,
    /// Stores the batch and then breaks: the answer is lost.
    AnswerLost,
    /// Stores the batch; somebody on the way answers 200 with a page.
    Portal,
    /// Answers this status to everything.
    Status(u16),
}

#[derive(Default)]
pub struct Books {
    pub mood: Mood,
    pub token: Option<String>,
    pub epochs: HashMap<Uuid, (EpochState, Vec<Sha256>)>,
    pub checks: BTreeMap<CheckId, Check>,
    pub settlements: BTreeMap<(SettlementId, u32), Settlement>,
    /// Ids that came with two contents, and settlements whose totals differ.
    pub findings: Vec<String>,
    pub highest_z: u32,
    pub masters: Option<Masters>,
    /// Requests to the journal so far, and entries in the last.
    pub requests: u32,
    pub last_batch: usize,
    by_session: HashMap<SettlementId, (Vec<Check>, Vec<CashMovement>)>,
}

#[derive(Clone)]
pub struct Office {
    books: Arc<Mutex<Books>>,
    url: Url,
    listener: Arc<Mutex<Option<TcpListener>>>,
}

impl Office {
    /// An address at which nobody answers yet: what is sent waits there.
    pub async fn closed() -> Self {
        let _ = rustls::crypto::ring::default_provider().install_default();
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let url = format!("http://{}", listener.local_addr().expect("an address")).parse().expect("a URL");
        let books = Books { token: Some(TOKEN.to_owned()), ..Books::default() };
        Self { books: Arc::new(Mutex::new(books)), url, listener: Arc::new(Mutex::new(Some(listener))) }
    }

    pub async fn open() -> Self {
        let office = Self::closed().await;
        office.answer();
        office
    }

    /// Answers from here on.
    pub fn answer(&self) {
        let listener = self.listener.lock().unwrap().take().expect("not answering yet");
        let routes = Router::new()
            .route("/api/v1/registers/{id}/journal", post(journal))
            .route("/api/v1/registers/{id}/masters", get(masters))
            .with_state(self.clone());
        tokio::spawn(async move { axum::serve(listener, routes).await });
    }

    pub fn books(&self) -> MutexGuard<'_, Books> {
        self.books.lock().unwrap()
    }

    pub fn mood(&self, mood: Mood) {
        self.books().mood = mood;
    }

    /// The way here, at a pace for stories.
    pub fn line(&self) -> HeadOffice {
        let mut office = HeadOffice::new(self.url.clone(), TOKEN.parse().expect("a token"));
        office.pace = Pace {
            retry_first_ms: 5,
            retry_max_ms: 20,
            probe_ms: 5,
            greet_every_ms: 3_600_000,
            masters_every_ms: 5,
            request_max_ms: 2_000,
        };
        office
    }

    /// The till's line to here. Its clock stands 90 seconds behind this office's.
    pub fn uploader(&self, till: &Till) -> Uploader {
        Uploader::new(till.clone(), &self.line(), clock()).expect("an uploader")
    }

    /// The same with little patience for an answer.
    pub fn impatient(&self, till: &Till) -> Uploader {
        let mut office = self.line();
        office.pace.request_max_ms = 100;
        Uploader::new(till.clone(), &office, clock()).expect("an uploader")
    }

    /// How many epochs and checks it holds.
    pub fn counts(&self) -> (usize, usize) {
        let books = self.books();
        (books.epochs.len(), books.checks.len())
    }

    /// All settlements at their highest revision.
    pub fn standing(&self) -> Vec<Settlement> {
        let mut standing = BTreeMap::new();
        for ((id, _), settlement) in &self.books().settlements {
            standing.insert(*id, settlement.clone());
        }
        standing.into_values().collect()
    }
}

pub fn clock() -> Clock {
    Arc::new(till_clock)
}

pub fn till_clock() -> Timestamp {
    Timestamp::from_second(1_800_000_000).expect("a moment")
}

fn office_clock() -> Timestamp {
    Timestamp::from_second(1_800_000_090).expect("a moment")
}

fn signed_in(books: &Books, headers: &HeaderMap) -> bool {
    let given = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()?.strip_prefix("Bearer "));
    given.is_some() && given == books.token.as_deref()
}

async fn journal(
    State(office): State<Office>,
    Path(register): Path<RegisterId>,
    headers: HeaderMap,
    body: Bytes,
) -> Response {
    assert_eq!(register, super::REGISTER);
    let mut books = office.books();
    books.requests += 1;
    if !signed_in(&books, &headers) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    if let Mood::Status(status) = books.mood {
        return StatusCode::from_u16(status).expect("a status").into_response();
    }
    let batch: Batch = serde_json::from_slice(&body).expect("a batch");
    let received = read(batch).expect("a chain");
    books.last_batch = received.len();
    let answer = books.take(&received);
    match (books.mood, answer.verdict) {
        (Mood::AnswerLost, _) => StatusCode::BAD_GATEWAY.into_response(),
        (Mood::Portal, _) => "<html>Wi-Fi</html>".into_response(),
        (_, BatchVerdict::Accepted) => Json(answer).into_response(),
        (_, BatchVerdict::Gap | BatchVerdict::Fork) => (StatusCode::CONFLICT, Json(answer)).into_response(),
    }
}

async fn masters(
    State(office): State<Office>,
    Query(query): Query<HashMap<String, i64>>,
    headers: HeaderMap,
) -> Response {
    let books = office.books();
    if !signed_in(&books, &headers) {
        return StatusCode::UNAUTHORIZED.into_response();
    }
    match &books.masters {
        Some(masters) if query.get("since") != Some(&masters.version) => Json(masters).into_response(),
        _ => StatusCode::NOT_MODIFIED.into_response(),
    }
}

impl Books {
    fn take(&mut self, batch: &[Received]) -> JournalAnswer {
        let epoch = batch[0].entry.epoch;
        let (state, hashes) = self.epochs.entry(epoch).or_insert((EpochState::NEW, Vec::new())).clone();
        let known = |seq: u64| hashes.get(usize::try_from(seq).ok()?.checked_sub(1)?).copied();
        let (verdict, repeats) = judge(state, batch, known);
        if verdict == BatchVerdict::Accepted {
            for received in &batch[repeats..] {
                let (state, hashes) = self.epochs.get_mut(&epoch).expect("there");
                *state = EpochState { contiguous_seq: received.entry.seq, head: received.hash };
                hashes.push(received.hash);
                self.file(received.entry.body().expect("a known kind"));
            }
        }
        let EpochState { contiguous_seq, head } = self.epochs[&epoch].0;
        let receipt =
            JournalReceipt { epoch, contiguous_seq, head, highest_z: self.highest_z, received_at: office_clock() };
        JournalAnswer { verdict, receipt }
    }

    fn file(&mut self, body: Body) {
        match body {
            Body::Opened(opened) => {
                self.by_session.entry(opened.settlement_id).or_default();
            }
            Body::Check(told) | Body::Void(told) => {
                let session = self.by_session.entry(told.settlement_id).or_default();
                match self.checks.insert(told.check.id, told.check.clone()) {
                    None => session.0.push(told.check),
                    Some(before) if before == told.check => {}
                    Some(_) => self.findings.push(format!("check {} with two contents", told.check.id)),
                }
            }
            Body::Cash(told) => {
                let session = self.by_session.entry(told.settlement_id).or_default();
                if !session.1.contains(&told.movement) {
                    session.1.push(told.movement);
                }
            }
            Body::Inspected(_) | Body::Interim(_) => {}
            Body::Settled(settled) => {
                let (checks, movements) = self.by_session.entry(settled.settlement_id).or_default().clone();
                let totals = settled.totals;
                let settlement = assembled(settled, checks);
                if SettlementControl::of(&settlement) != Ok(totals) || settlement.cash.movements != movements {
                    self.findings.push(format!("settlement {} adds up differently here", settlement.id));
                }
                self.stands(&settlement);
            }
            Body::SettlementRevised(whole) | Body::SettlementCancelled(whole) => self.stands(&whole.settlement),
        }
    }

    fn stands(&mut self, settlement: &Settlement) {
        self.highest_z = self.highest_z.max(settlement.z_number);
        let key = (settlement.id, settlement.revision);
        match self.settlements.insert(key, settlement.clone()) {
            Some(before) if before != *settlement => {
                self.findings.push(format!("settlement {} revision {} with two contents", key.0, key.1));
            }
            _ => {}
        }
    }
}
