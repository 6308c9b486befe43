//! The door of the tills' API: how much may come in at a time, shared fairly between companies. When ten thousand shops
//! come back at once, what doesn't fit is told to come later and loses nothing; another company's shops don't notice.
//!
//! Three bounds. Of a till only a few requests are inside at a time: one that sends slowly leaves its company room. Bodies:
//! what is being read and what waits keeps to so many bytes, of which a company may hold no more than it leaves free to
//! others; several of its tills that send slowly can fill its share, and only that. Turns: of a company only so many are
//! parsed and written at a time, so that nobody queues behind a crowd; fewer while tills of others come, too.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use axum::body::Bytes;
use axum::extract::{Extension, FromRef, FromRequest, FromRequestParts, Request};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use db::Engine;
use jiff::SignedDuration;
use protocol::BODY_BYTES_MAX;
use sales::RegisterId;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use uuid::Uuid;
use web::ApiError;

use crate::neighbours::Neighbours;
use crate::tokens::RegisterAuth;
use crate::{Pos, Tenant};

/// Bodies inside, together.
const BYTES_MAX: usize = 64 << 20;
/// A request costs at least this, however short it is: it is a connection and a task, too.
const REQUEST_BYTES_MIN: usize = 64 << 10;
/// Requests of one till inside at a time. A till brings one after the other; one that it gave up on may still be here.
const TILL_REQUESTS_MAX: usize = 3;
/// Who doesn't fit comes again not before this long …
const LATER_FROM: SignedDuration = SignedDuration::from_secs(5);
/// … and within so many seconds more, each at another time.
const LATER_SPREAD_S: u128 = 56;

/// The door.
#[derive(Debug)]
pub struct Door {
    inside: Mutex<Inside>,
    neighbours: Arc<Neighbours>,
    /// Turns of everybody.
    turns: Arc<Semaphore>,
    bytes_max: usize,
    width: Width,
}

/// How many are served at a time.
#[derive(Clone, Copy, Debug)]
struct Width {
    /// Of everybody.
    all: usize,
    /// Of one company.
    company: usize,
    /// Of one company while tills of others come.
    beside_others: usize,
}

#[derive(Debug, Default)]
struct Inside {
    bytes: usize,
    companies: HashMap<Tenant, Company>,
}

#[derive(Debug)]
struct Company {
    bytes: usize,
    /// How many requests of each till that is inside.
    tills: HashMap<RegisterId, usize>,
    turns: CompanyTurns,
}

/// Turns of one company: all of them, and those it may have beside others.
#[derive(Clone, Debug)]
struct CompanyTurns {
    all: Arc<Semaphore>,
    beside_others: Arc<Semaphore>,
}

/// Why there is no room now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Full {
    /// The till's own requests are still inside.
    Till,
    /// The company's, or everybody's.
    House,
}

/// Room for one request; given back when it is dropped.
#[derive(Debug)]
pub struct Place {
    door: Arc<Door>,
    tenant: Tenant,
    till: RegisterId,
    bytes: usize,
    turns: CompanyTurns,
}

/// The permits of whoever is being served.
#[derive(Debug)]
pub struct Turn(#[expect(dead_code, reason = "held until it is dropped")] [Option<OwnedSemaphorePermit>; 3]);

impl Door {
    /// As wide as the database behind it is: a file has one writer, which takes many units to an fsync, a server has
    /// connections.
    pub fn of(pos: &Pos) -> Arc<Self> {
        let width = match pos.db.engine() {
            Engine::Sqlite => Width { all: 64, company: 32, beside_others: 4 },
            Engine::Postgres => Width { all: 12, company: 4, beside_others: 2 },
        };
        Self::new(BYTES_MAX, width, pos.neighbours.clone())
    }

    fn new(bytes_max: usize, width: Width, neighbours: Arc<Neighbours>) -> Arc<Self> {
        let turns = Arc::new(Semaphore::new(width.all));
        Arc::new(Self { inside: Mutex::default(), neighbours, turns, bytes_max, width })
    }

    /// Lets a till's body of so many bytes in, if there is room for it now.
    fn enter(self: &Arc<Self>, tenant: &Tenant, till: RegisterId, bytes: usize) -> Result<Place, Full> {
        let bytes = bytes.max(REQUEST_BYTES_MIN);
        self.neighbours.came(tenant);
        let mut inside = self.inside();
        let free = self.bytes_max.saturating_sub(inside.bytes);
        let company = inside.companies.get(tenant);
        if company.and_then(|company| company.tills.get(&till)).is_some_and(|own| *own >= TILL_REQUESTS_MAX) {
            return Err(Full::Till);
        }
        let held = company.map_or(0, |company| company.bytes);
        if bytes > free || (held > 0 && held + bytes > free) {
            return Err(Full::House);
        }
        inside.bytes += bytes;
        let company = inside.companies.entry(tenant.clone()).or_insert_with(|| Company {
            bytes: 0,
            tills: HashMap::new(),
            turns: CompanyTurns {
                all: Arc::new(Semaphore::new(self.width.company)),
                beside_others: Arc::new(Semaphore::new(self.width.beside_others)),
            },
        });
        company.bytes += bytes;
        *company.tills.entry(till).or_default() += 1;
        let turns = company.turns.clone();
        Ok(Place { door: Arc::clone(self), tenant: tenant.clone(), till, bytes, turns })
    }

    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.inside.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Place {
    /// Waits for a turn: first among its own company's, then among everybody's.
    async fn turn(&self) -> Turn {
        // None of them is ever closed.
        let own = Arc::clone(&self.turns.all).acquire_owned().await.ok();
        let beside_others = if self.door.neighbours.are_there() {
            Arc::clone(&self.turns.beside_others).acquire_owned().await.ok()
        } else {
            None
        };
        Turn([own, beside_others, Arc::clone(&self.door.turns).acquire_owned().await.ok()])
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        let mut inside = self.door.inside();
        inside.bytes = inside.bytes.saturating_sub(self.bytes);
        let Some(company) = inside.companies.get_mut(&self.tenant) else { return };
        company.bytes = company.bytes.saturating_sub(self.bytes);
        if let Some(own) = company.tills.get_mut(&self.till) {
            *own -= 1;
            if *own == 0 {
                company.tills.remove(&self.till);
            }
        }
        if company.tills.is_empty() {
            inside.companies.remove(&self.tenant);
        }
    }
}

/// A till's request whose turn it is: who it is, what it says. The turn ends when this is dropped.
#[derive(Debug)]
pub struct Admitted {
    /// Whose.
    pub auth: RegisterAuth,
    /// The body, whole.
    pub body: Bytes,
    _turn: Turn,
    _place: Place,
}

impl<S> FromRequest<S> for Admitted
where
    Arc<Pos>: FromRef<S>,
    S: Send + Sync,
{
    type Rejection = Response;

    async fn from_request(request: Request, state: &S) -> Result<Self, Response> {
        let (mut parts, body) = request.into_parts();
        let auth = RegisterAuth::from_request_parts(&mut parts, state).await.map_err(IntoResponse::into_response)?;
        let door = Extension::<Arc<Door>>::from_request_parts(&mut parts, state).await;
        let Extension(door) = door.map_err(IntoResponse::into_response)?;
        let place = door.enter(&auth.tenant, auth.register_id, announced(&parts.headers));
        let place = place.map_err(|full| later(full, Arc::<Pos>::from_ref(state).new_id()).into_response())?;
        let body = web::body::whole(Request::from_parts(parts, body), BODY_BYTES_MAX).await;
        let body = body.map_err(IntoResponse::into_response)?;
        let turn = place.turn().await;
        Ok(Self { auth, body, _turn: turn, _place: place })
    }
}

/// How long the body will be; one that doesn't say may be as long as any.
fn announced(headers: &HeaderMap) -> usize {
    let stated = headers.get(header::CONTENT_LENGTH).and_then(|length| length.to_str().ok()?.parse().ok());
    stated.unwrap_or(BODY_BYTES_MAX).min(BODY_BYTES_MAX)
}

fn later(full: Full, draw: Uuid) -> ApiError {
    let (message, rule) = match full {
        Full::Till => {
            ("this till's own requests are still being taken in", "Of a till only a few are taken in at a time")
        }
        Full::House => {
            ("many tills of this company come at the same time", "Of a company only so much is taken in at a time")
        }
    };
    // Below the spread: it fits.
    let spread = i64::try_from(draw.as_u128() % LATER_SPREAD_S).unwrap_or_default();
    ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "crowded", message)
        .rule(rule)
        .hint("Send the same bytes again after Retry-After seconds; nothing was stored and nothing is lost")
        .retry_after(LATER_FROM + SignedDuration::from_secs(spread))
}

#[cfg(test)]
mod tests {
    use futures::FutureExt;

    use super::*;

    const KIB: usize = 1 << 10;

    fn company(name: &str) -> Tenant {
        Tenant::provisioned(name.to_owned())
    }

    fn till(number: u128) -> RegisterId {
        RegisterId(Uuid::from_u128(number))
    }

    fn door(bytes_max: usize) -> Arc<Door> {
        Door::new(bytes_max, Width { all: 8, company: 2, beside_others: 1 }, Arc::default())
    }

    /// As many as fit, each of another till.
    fn all(door: &Arc<Door>, of: &str, bytes: usize) -> Vec<Place> {
        (0..100).map_while(|n| door.enter(&company(of), till(n), bytes).ok()).collect()
    }

    #[test]
    fn one_till_whose_bodies_come_slowly_shuts_out_nobody_but_itself() {
        let door = door(BYTES_MAX);
        let slow: Vec<Place> =
            (0..100).map_while(|_| door.enter(&company("one"), till(1), BODY_BYTES_MAX).ok()).collect();
        assert_eq!(slow.len(), TILL_REQUESTS_MAX);
        assert_eq!(door.enter(&company("one"), till(1), KIB).err(), Some(Full::Till));
        let others = [2, 3, 4].map(|n| door.enter(&company("one"), till(n), 1_024 * KIB).is_ok());
        assert_eq!(others, [true; 3], "its company's other tills");
        assert!(door.enter(&company("two"), till(1), BODY_BYTES_MAX).is_ok(), "another company");
        drop(slow);
        assert!(door.enter(&company("one"), till(1), KIB).is_ok());
        assert!(door.inside().companies.is_empty());
    }

    #[test]
    fn a_crowd_leaves_room_for_whoever_comes_later() {
        let door = door(1_024 * KIB);
        let crowd = all(&door, "crowd", 10 * KIB);
        assert_eq!(crowd.len(), 8, "half of what there is, 64 KiB each");
        let other = all(&door, "other", 10 * KIB);
        assert_eq!(other.len(), 4, "half of the rest");
        assert!(door.enter(&company("a third"), till(0), 100 * KIB).is_ok());
        drop(crowd);
        assert!(door.enter(&company("other"), till(9), 10 * KIB).is_ok(), "room that was given back");
        drop(other);
        assert_eq!(door.inside().bytes, 0);
        assert!(door.inside().companies.is_empty(), "nobody is remembered who is not inside");
    }

    #[test]
    fn one_long_body_comes_in_where_nothing_of_its_company_is() {
        let door = door(1_024 * KIB);
        let long = door.enter(&company("one"), till(1), 1_000 * KIB);
        assert!(long.is_ok());
        assert_eq!(door.enter(&company("one"), till(2), KIB).err(), Some(Full::House));
        assert!(door.enter(&company("two"), till(3), KIB).is_err(), "there is no room at all");
        drop(long);
        assert!(door.enter(&company("two"), till(3), KIB).is_ok());
    }

    #[test]
    fn nobody_waits_behind_another_companys_crowd() {
        let door = door(BYTES_MAX);
        let crowd = all(&door, "crowd", KIB);
        let at_once = |place: &Place| place.turn().now_or_never();
        let served = [at_once(&crowd[0]).unwrap(), at_once(&crowd[1]).unwrap()];
        assert!(at_once(&crowd[2]).is_none(), "two of a company at a time");
        let other = door.enter(&company("other"), till(1), KIB).unwrap();
        assert!(at_once(&other).is_some(), "not behind them");
        drop(served);
        let only = at_once(&crowd[2]).unwrap();
        assert!(at_once(&crowd[3]).is_none(), "one of a company at a time while others come");
        assert!(at_once(&other).is_some());
        drop(only);
        assert!(at_once(&crowd[3]).is_some());
    }

    #[test]
    fn who_does_not_fit_comes_again_within_a_minute_and_not_all_at_once() {
        let seconds = |draw| {
            let answer = later(Full::House, Uuid::from_u128(draw)).into_response();
            assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
            answer.headers()[header::RETRY_AFTER].to_str().unwrap().parse::<u64>().unwrap()
        };
        let all: std::collections::BTreeSet<u64> = (0..200).map(seconds).collect();
        assert_eq!((all.len(), all.first(), all.last()), (56, Some(&5), Some(&60)));
    }

    #[test]
    fn a_body_that_does_not_say_how_long_it_is_counts_as_the_longest() {
        let mut headers = HeaderMap::new();
        assert_eq!(announced(&headers), BODY_BYTES_MAX);
        headers.insert(header::CONTENT_LENGTH, "4711".parse().unwrap());
        assert_eq!(announced(&headers), 4_711);
        headers.insert(header::CONTENT_LENGTH, "99999999999".parse().unwrap());
        assert_eq!(announced(&headers), BODY_BYTES_MAX);
    }
}
