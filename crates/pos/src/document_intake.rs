//! `POST /api/v1/settlements`: one whole settlement as one document, for a POS that keeps no journal.
//!
//! Idempotent by (register, settlement id, revision). A document that breaks an invariant is refused naming every one
//! with the two numbers that disagree, and changes nothing. Other facts under the same revision are kept as a conflict.

mod shape;

use std::sync::Arc;

use axum::Json;
use axum::body::Bytes;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use db::Tx;
use jiff::{SignedDuration, Timestamp, civil::date, tz::TimeZone};
use protocol::document::SettlementReceipt;
use protocol::inbox::Verdict;
use protocol::refusal::{Broken, Refusal, RefusalBody};
use protocol::trace::Trace;
use sales::{RegisterId, Settlement, SettlementState, audit_parts};
use web::ApiError;

use crate::admission::Admitted;
use crate::checks::{Till, due};
use crate::intake::{self, Incoming, Outcome, Source};
use crate::outbox::{self, Outlook};
use crate::tokens::{RegisterAuth, other_register};
use crate::{Pos, PosError, Tenant};

/// Receives a document.
pub async fn post(State(pos): State<Arc<Pos>>, till: Admitted) -> Result<Response, Refused> {
    // The rest of it is the turn, which ends with this function.
    let Admitted { auth, body, .. } = till;
    let (now, register, till) = (pos.now(), auth.register_id, auth.till());
    let incoming = apart(move || opened(&body, register, now)).await?;
    let outlook = outbox::outlook(&pos, &auth.tenant, till, &incoming.settlement).await.map_err(api)?;
    let (tenant, whose) = (auth.tenant.clone(), auth.tenant.clone());
    // Shared, so that the writer's thread is not the one that takes a document apart in the end.
    let incoming = Arc::new(apart(move || prepared(&tenant, till, incoming, outlook)).await?);
    let (id, revision, facts_sha256) = (incoming.settlement.id, incoming.settlement.revision, incoming.facts_sha256());
    let (unit_pos, taken_in) = (pos.clone(), incoming.clone());
    let taken = pos
        .db
        .in_line_of(whose.as_str())
        .write(async move |tx: &mut Tx| -> Result<Outcome, PosError> { take(tx, &unit_pos, &auth, &taken_in).await })
        .await;
    let outcome = taken.map_err(api)?;
    let Outcome::Judged(verdict) = outcome else {
        return Err(conflict("settlement.other_register", format!("settlement {id} is another register's")));
    };
    if verdict == Verdict::Conflict {
        let message =
            format!("settlement {id} revision {revision} is held with other facts; this one is {facts_sha256}");
        return Err(conflict("settlement.conflict", message));
    }
    pos.arrivals.tell(&whose, till.store_id);
    pos.wake.notify_one();
    pos.meters.received.add("settlements", 1);
    let trace = Trace::of(id);
    tracing::info!(%trace, "a settlement's entries are stored");
    let (repeated, received_at) = (verdict == Verdict::Repeated, pos.now());
    Ok(Json(SettlementReceipt { settlement_id: id, revision, facts_sha256, repeated, received_at }).into_response())
}

/// Does what takes long apart from the threads that serve.
async fn apart<T: Send + 'static>(work: impl FnOnce() -> Result<T, Refused> + Send + 'static) -> Result<T, Refused> {
    web::apart(work).await.map_err(internal)?
}

/// Reads a document, holds it against every rule, and computes what follows from it.
fn opened(body: &Bytes, register: RegisterId, now: Timestamp) -> Result<Incoming, Refused> {
    let (document, written) = shape::read(body)?;
    if document.register_id != register {
        return Err(Refused::Api(other_register(document.register_id)));
    }
    bounded(&document.settlement, now)?;
    let incoming = Incoming::written(document.settlement, written).map_err(api)?;
    audited(&incoming)?;
    Ok(incoming)
}

fn prepared(tenant: &Tenant, till: Till, incoming: Incoming, outlook: Option<Outlook>) -> Result<Incoming, Refused> {
    let event = outlook.map(|outlook| outlook.prepare(tenant, till, &incoming)).transpose().map_err(api)?;
    Ok(incoming.with_event(event.flatten()))
}

async fn take(tx: &mut Tx, pos: &Pos, auth: &RegisterAuth, incoming: &Incoming) -> Result<Outcome, PosError> {
    let till = auth.till();
    let tenant: &Tenant = &auth.tenant;
    tx.lock(&format!("register:{tenant}:{}", auth.register_id)).await?;
    let outcome = intake::take(tx, pos, tenant, till, incoming, Source::Document).await?;
    if outcome == Outcome::Judged(Verdict::Stands) {
        due::mark(tx, tenant, incoming.settlement.id, pos.now()).await?;
    }
    Ok(outcome)
}

/// What a till can't have made.
fn bounded(settlement: &Settlement, now: Timestamp) -> Result<(), Refused> {
    let newest = now.saturating_add(SignedDuration::from_hours(48)).unwrap_or(now).to_zoned(TimeZone::UTC).date();
    if !(date(2000, 1, 1)..=newest).contains(&settlement.business_date) {
        let message = format!("business_date {} is out of range", settlement.business_date);
        let body = body("settlement.business_date", message, "A business date lies between 2000-01-01 and tomorrow");
        return Err(Refused::Document(body.hinted("Check the till's clock and send it again")));
    }
    let ids = settlement.checks.iter().map(|check| check.id.0).chain([settlement.id.0]);
    if ids.into_iter().any(|id| id.is_nil()) {
        let body =
            body("settlement.id", "a settlement or check id is all zeros", "Every id is a UUID that the till made");
        return Err(Refused::Document(body.hinted("Make an id for each settlement and check, and keep it")));
    }
    if settlement.state == SettlementState::Cancelled && settlement.revision < 2 {
        let message = "revision 1 can't be a cancellation";
        let body = body("settlement.revision", message, "A cancellation supersedes the revision that it empties");
        return Err(Refused::Document(body.hinted("Send the settlement first, then its cancellation as revision 2")));
    }
    Ok(())
}

fn audited(incoming: &Incoming) -> Result<(), Refused> {
    let settlement = &incoming.settlement;
    let violations = audit_parts(settlement);
    let mut broken: Vec<Broken> = violations.iter().map(Broken::from).collect();
    if broken.is_empty() && incoming.control().is_none() {
        let (invariant, place) = ("overflow".to_owned(), format!("settlement {}", settlement.id));
        broken.push(Broken { invariant, place, stated: 0, computed: 0 });
    }
    let Some(first) = broken.first() else { return Ok(()) };
    let message = format!(
        "{} of the document's figures don't agree; first, {} at {}: stated {}, computed {}",
        broken.len(),
        first.invariant,
        first.place,
        first.stated,
        first.computed
    );
    let code = format!("invariant.{}", first.invariant);
    let mut body = body(code, message, "Every figure a document states must follow from the rest of it");
    body.violations = broken;
    Err(Refused::Document(body.hinted("Correct the figures named in `violations` and send the whole settlement again")))
}

/// Why a document was not taken.
#[derive(Debug)]
pub enum Refused {
    /// What any request may be told.
    Api(ApiError),
    /// What is wrong with this document.
    Document(RefusalBody),
    /// The same settlement is held with something else; this one is kept as evidence.
    Conflict(RefusalBody),
}

impl IntoResponse for Refused {
    fn into_response(self) -> Response {
        match self {
            Self::Api(error) => error.into_response(),
            Self::Document(error) => (StatusCode::UNPROCESSABLE_ENTITY, Json(Refusal { error })).into_response(),
            Self::Conflict(error) => (StatusCode::CONFLICT, Json(Refusal { error })).into_response(),
        }
    }
}

fn internal(error: impl std::error::Error + Send + Sync + 'static) -> Refused {
    Refused::Api(ApiError::internal(error))
}

fn api(error: PosError) -> Refused {
    Refused::Api(crate::server::api_error(error))
}

fn conflict(code: &str, message: String) -> Refused {
    let body = body(code, message, "A settlement revision is immutable");
    Refused::Conflict(body.hinted("It was kept and is shown to a person; send a correction as the next revision"))
}

fn body(code: impl Into<String>, message: impl Into<String>, rule: &str) -> RefusalBody {
    let (code, message, rule) = (code.into(), message.into(), Some(rule.to_owned()));
    RefusalBody { code, message, rule, hint: None, violations: Vec::new() }
}

/// Adding the way out.
trait Hinted {
    fn hinted(self, hint: &str) -> Self;
}

impl Hinted for RefusalBody {
    fn hinted(mut self, hint: &str) -> Self {
        self.hint = Some(hint.to_owned());
        self
    }
}
