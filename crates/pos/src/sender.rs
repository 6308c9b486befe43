//! The loop that keeps deliveries going: bounded per endpoint, fair between companies, many stores at once, and one
//! broken receiver holds up nobody else.
//!
//! A round looks for what is due and begins attempts. An attempt that delivered goes on by itself: the transaction that
//! records it claims the next lane, of those that the last look found ready. So a backlog costs one transaction an
//! event, and looking costs what it costs only now and then. What was just taken in of a company with nothing under way
//! waits for no look (`guests`).

mod board;
mod guests;
pub mod post;
pub mod trial;

use std::sync::Arc;
use std::time::{Duration, Instant};

use db::{Tx, args};
use protocol::delivery::{Meaning, meaning};
use protocol::endpoint::Noted;
use protocol::trace::Trace;
use reqwest::Client;
use tokio::sync::{Notify, watch};
use tokio::task::JoinSet;

use crate::delivery::claim::{Claimed, Lane, claim, ready};
use crate::delivery::lane;
use crate::delivery::record::{following, record};
use crate::{Pos, PosError};
use board::Board;

/// The longest nap.
const NAP_MAX: Duration = Duration::from_secs(1);
/// Endpoints looked at in one round.
const ENDPOINTS_MAX: i64 = 500;

const ENDPOINTS: &str = "
    SELECT l.endpoint, COUNT(*) AS stores, MIN(s.next_due_at) AS due FROM linkage l
    JOIN store_link s ON s.company_id = l.company_id AND s.generation = l.generation
    WHERE l.state = 'linked' AND l.held_by_person = 0 AND s.enabled = 1
    GROUP BY l.endpoint HAVING MIN(s.next_due_at) IS NOT NULL ORDER BY due LIMIT $1";

/// After a round so many times as long is rested as it took: looking stays a small part of the work, however many lanes
/// there are.
const REST_TIMES: u32 = 3;
/// Ready lanes that are known beforehand, per endpoint.
const READY_MAX: usize = 64;

/// What every attempt of a run shares.
#[derive(Clone)]
struct Sender {
    pos: Arc<Pos>,
    http: Client,
    board: Arc<Board>,
    delivered: Arc<Notify>,
    shutdown: watch::Receiver<bool>,
}

/// Runs until `shutdown`; attempts in flight are waited for. Rings `delivered` after each delivery.
pub async fn run(
    pos: Arc<Pos>,
    http: Client,
    bell: Arc<Notify>,
    delivered: Arc<Notify>,
    shutdown: watch::Receiver<bool>,
) {
    let board = Arc::new(Board::beside(pos.neighbours.clone()));
    let sender = Sender { pos, http, board, delivered, shutdown: shutdown.clone() };
    tokio::join!(guests::run(sender.clone(), shutdown.clone()), rounds(sender, bell, shutdown));
}

async fn rounds(sender: Sender, bell: Arc<Notify>, mut shutdown: watch::Receiver<bool>) {
    let mut attempts = JoinSet::new();
    while !*shutdown.borrow() {
        let began = Instant::now();
        let nap = match sender.look(&mut attempts).await {
            Ok(nap) => nap,
            Err(error) => {
                tracing::error!(%error, "looking for due deliveries failed; it is tried again");
                NAP_MAX
            }
        };
        let rest = (began.elapsed() * REST_TIMES).min(NAP_MAX);
        tokio::select! {
            () = tokio::time::sleep(rest) => {}
            gone = shutdown.changed() => if gone.is_err() { break },
        }
        tokio::select! {
            // With every endpoint at its bound a ring changes nothing: the next end of an attempt does.
            () = bell.notified(), if !sender.board.is_full() => {}
            () = sender.board.runs_low() => {}
            Some(_) = attempts.join_next() => {}
            () = tokio::time::sleep(nap) => {}
            gone = shutdown.changed() => if gone.is_err() { break },
        }
        while attempts.try_join_next().is_some() {}
    }
    while attempts.join_next().await.is_some() {}
}

impl Sender {
    /// One round: every endpoint with something due gets as many attempts as it may have. Gives the time until the next.
    async fn look(&self, attempts: &mut JoinSet<()>) -> Result<Duration, PosError> {
        let (pos, board) = (&self.pos, &self.board);
        let rows = pos.db.read(async move |tx: &mut Tx| tx.fetch_all(ENDPOINTS, args![ENDPOINTS_MAX]).await).await?;
        board.tell(&pos.meters, &rows, i64::try_from(rows.len()).is_ok_and(|listed| listed < ENDPOINTS_MAX))?;
        let now = pos.now();
        let mut nap = NAP_MAX;
        for row in rows {
            let endpoint = row.text("endpoint")?;
            if let Some(wanted) = board.admit(&row, now, &mut nap)? {
                let claimed = claim(pos, &wanted).await;
                for one in board.admitted(&wanted, claimed)? {
                    attempts.spawn(self.clone().attempts(endpoint.clone(), one));
                }
            }
            if board.wants_lanes(&endpoint) {
                board.lanes(&endpoint, ready(pos, &endpoint, READY_MAX).await?);
            }
        }
        Ok(nap)
    }

    /// Attempts one after the other, as long as each delivers and another lane is ready.
    async fn attempts(self, endpoint: String, first: Claimed) {
        let mut claimed = Some(first);
        while let Some(one) = claimed {
            let _counted = self.board.under_way(&one.tenant);
            claimed = self.attempt(&endpoint, one).await;
        }
    }

    /// One attempt from the first byte to its record, which may begin the next.
    async fn attempt(&self, endpoint: &str, claimed: Claimed) -> Option<Claimed> {
        let (pos, board) = (&self.pos, &self.board);
        let outcome = post::post(pos, &self.http, &claimed).await;
        let now = pos.now();
        let passing = meaning(outcome.answer) == Meaning::Delivered;
        let Noted { closed, others_pass } = board.note(endpoint, &claimed, &outcome, now);
        pos.meters.attempted(outcome.answer);
        pos.meters.endpoint(endpoint, board.is_down(endpoint));
        let next = following(&claimed, &outcome, others_pass, now, draw(pos));
        let (trace, status) = (Trace::of(claimed.settlement_id), outcome.status);
        tracing::info!(%trace, event = %claimed.event_id, status, took_ms = outcome.took_ms, "an event was sent");
        let goes_on = passing && !*self.shutdown.borrow();
        let then = if goes_on { board.next_lanes(endpoint, now) } else { None };
        // Where no other lane is ready, its own goes on.
        let lanes: Vec<Lane> =
            then.iter().flatten().cloned().chain(then.as_ref().map(|_| Lane::of(&claimed))).collect();
        let recorded = record(pos, &claimed, outcome, next, &lanes).await;
        let following = recorded.unwrap_or_else(|error| {
            // The claim ends by itself, and the same bytes go again: at least once.
            tracing::error!(event = %claimed.event_id, %error, "an attempt could not be recorded");
            None
        });
        if let Some(offered) = then {
            board.went_on(endpoint, offered, following.as_ref());
        }
        if closed {
            if let Err(error) = lane::release(pos, Some(endpoint)).await {
                tracing::error!(endpoint, %error, "what waits could not be made due at once; it goes at its own times");
            }
            board.released(endpoint);
        }
        if passing {
            self.delivered.notify_one();
        }
        following
    }
}

fn draw(pos: &Pos) -> u32 {
    // The low half of an id is random in every version that is used here.
    u32::try_from(pos.new_id().as_u128() % 1_000_001).unwrap_or_default()
}
