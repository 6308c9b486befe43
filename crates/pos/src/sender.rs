//! The loop that keeps deliveries going: bounded per endpoint, fair between companies, many stores at once, and one
//! broken receiver holds up nobody else.

pub mod post;
pub mod trial;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use db::{Row, Tx, args};
use jiff::Timestamp;
use protocol::delivery::{Meaning, meaning};
use protocol::endpoint::{Admission, Endpoint, Noted};
use protocol::trace::Trace;
use reqwest::Client;
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;

use crate::delivery::claim::{Claimed, Wanted, claim};
use crate::delivery::lane;
use crate::delivery::record::{Outcome, following, record};
use crate::stored::Stored;
use crate::{Pos, PosError};

/// The longest nap.
const NAP_MAX: Duration = Duration::from_secs(1);
/// Endpoints looked at in one round.
const ENDPOINTS_MAX: i64 = 500;

const ENDPOINTS: &str = "
    SELECT l.endpoint, COUNT(*) AS stores, MIN(s.next_due_at) AS due FROM linkage l
    JOIN store_link s ON s.company_id = l.company_id AND s.generation = l.generation
    WHERE l.state = 'linked' AND l.held_by_person = 0 AND s.enabled = 1
    GROUP BY l.endpoint HAVING MIN(s.next_due_at) IS NOT NULL ORDER BY due LIMIT $1";

/// What is remembered of endpoints while this process runs; shared by the loop and its attempts.
#[derive(Default)]
struct Board(Mutex<HashMap<String, Endpoint>>);

/// Runs until `shutdown`; attempts in flight are waited for. Rings `delivered` after each delivery.
pub async fn run(
    pos: Arc<Pos>,
    http: Client,
    bell: Arc<Notify>,
    delivered: Arc<Notify>,
    mut shutdown: watch::Receiver<bool>,
) {
    let board = Arc::new(Board::default());
    let mut attempts = JoinSet::new();
    while !*shutdown.borrow() {
        let nap = match look(&pos, &http, &board, &delivered, &mut attempts).await {
            Ok(nap) => nap,
            Err(error) => {
                tracing::error!(%error, "looking for due deliveries failed; it is tried again");
                NAP_MAX
            }
        };
        tokio::select! {
            // With every endpoint at its bound a ring changes nothing: the next end of an attempt does.
            () = bell.notified(), if !board.is_full() => {}
            Some(_) = attempts.join_next() => {}
            () = tokio::time::sleep(nap) => {}
            gone = shutdown.changed() => if gone.is_err() { break },
        }
        while attempts.try_join_next().is_some() {}
    }
    while attempts.join_next().await.is_some() {}
}

/// One round: every endpoint with something due gets as many attempts as it may have. Gives the time until the next.
async fn look(
    pos: &Arc<Pos>,
    http: &Client,
    board: &Arc<Board>,
    delivered: &Arc<Notify>,
    attempts: &mut JoinSet<()>,
) -> Result<Duration, PosError> {
    let rows = pos.db.read(async move |tx: &mut Tx| tx.fetch_all(ENDPOINTS, args![ENDPOINTS_MAX]).await).await?;
    let now = pos.now();
    let mut nap = NAP_MAX;
    for row in rows {
        let Some(wanted) = board.admit(&row, now, &mut nap)? else { continue };
        let claimed = claim(pos, &wanted).await;
        let claimed = board.admitted(&wanted, claimed)?;
        for one in claimed {
            attempts.spawn(attempt(
                pos.clone(),
                http.clone(),
                board.clone(),
                delivered.clone(),
                wanted.endpoint.clone(),
                one,
            ));
        }
    }
    Ok(nap)
}

/// One attempt from the first byte to its record.
async fn attempt(
    pos: Arc<Pos>,
    http: Client,
    board: Arc<Board>,
    delivered: Arc<Notify>,
    endpoint: String,
    claimed: Claimed,
) {
    let outcome = post::post(&pos, &http, &claimed).await;
    let now = pos.now();
    let passing = meaning(outcome.answer) == Meaning::Delivered;
    let Noted { closed, others_pass } = board.note(&endpoint, &claimed, &outcome, now);
    pos.meters.attempted(outcome.answer);
    pos.meters.endpoint(&endpoint, board.is_down(&endpoint));
    let next = following(&claimed, &outcome, others_pass, now, draw(&pos));
    let (trace, status) = (Trace::of(claimed.settlement_id), outcome.status);
    tracing::info!(%trace, event = %claimed.event_id, status, took_ms = outcome.took_ms, "an event was sent");
    if let Err(error) = record(&pos, &claimed, outcome, next).await {
        // The claim ends by itself, and the same bytes go again: at least once.
        tracing::error!(event = %claimed.event_id, %error, "an attempt could not be recorded");
    }
    if closed {
        if let Err(error) = lane::release(&pos, Some(&endpoint)).await {
            tracing::error!(endpoint, %error, "what waits could not be made due at once; it goes at its own times");
        }
        board.released(&endpoint);
    }
    if passing {
        delivered.notify_one();
    }
}

fn draw(pos: &Pos) -> u32 {
    // The low half of an id is random in every version that is used here.
    u32::try_from(pos.new_id().as_u128() % 1_000_001).unwrap_or_default()
}

impl Board {
    fn lock(&self) -> MutexGuard<'_, HashMap<String, Endpoint>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many attempts an endpoint may begin now, and how: reserved until [`Board::admitted`] says how many did.
    fn admit(&self, row: &Row, now: Timestamp, nap: &mut Duration) -> Result<Option<Wanted>, PosError> {
        let (name, stores, due) = (row.text("endpoint")?, row.int("stores")?, row.at("due")?);
        let stores = usize::try_from(stores).unwrap_or(1);
        let admission = self.lock().entry(name.clone()).or_default().admit(due, stores, now);
        let wanted = |most, probe| Some(Wanted { endpoint: name, most, probe });
        Ok(match admission {
            Admission::Attempts(most) => wanted(most, None),
            Admission::Probe { not_again } => wanted(1, Some(not_again.unwrap_or_default())),
            Admission::Nothing(then) => {
                *nap = then.map_or(*nap, |at| (*nap).min(until(now, at)));
                None
            }
        })
    }

    fn is_down(&self, name: &str) -> bool {
        self.lock().get(name).is_some_and(Endpoint::is_down)
    }

    /// Whether no endpoint could begin another attempt.
    fn is_full(&self) -> bool {
        let board = self.lock();
        !board.is_empty() && board.values().all(Endpoint::is_full)
    }

    fn released(&self, name: &str) {
        self.lock().entry(name.to_owned()).or_default().released();
    }

    fn admitted(&self, wanted: &Wanted, claimed: Result<Vec<Claimed>, PosError>) -> Result<Vec<Claimed>, PosError> {
        let begun = claimed.as_deref().unwrap_or_default();
        let probe = wanted.probe.as_ref().and(begun.first()).map(|one| one.store_id.to_string());
        let mut board = self.lock();
        board.entry(wanted.endpoint.clone()).or_default().begun(wanted.most, begun.len(), probe.as_deref());
        claimed
    }

    /// Notes what an attempt came to: whether this closed the breaker, and whether others passed meanwhile.
    fn note(&self, name: &str, claimed: &Claimed, outcome: &Outcome, now: Timestamp) -> Noted {
        let (store, failed_first) = (claimed.store_id.to_string(), claimed.first_failed_at);
        self.lock().entry(name.to_owned()).or_default().note(&store, failed_first, outcome.answer, now)
    }
}

fn until(now: Timestamp, at: Timestamp) -> Duration {
    Duration::try_from(at.duration_since(now)).unwrap_or_default().max(Duration::from_millis(5))
}
