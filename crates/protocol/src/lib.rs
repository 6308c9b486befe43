//! What passes between register, pos and flaro, and every decision about it, as pure functions.
//!
//! Wire types, the journal's chain, the webhook's bytes and signature, receipts, the upload, the intake, the delivery
//! policy, what of a settlement goes where and when, the receiver's judgement and the control totals. Nothing here knows async, SQL, HTTP, the clock or randomness:
//! state and event go in, the next state comes out, and the places do the I/O.

pub mod control;
pub mod delivery;
pub mod document;
pub mod endpoint;
pub mod event;
pub mod facts;
pub mod hash;
pub mod inbox;
pub mod intake;
pub mod journal;
pub mod lanes;
pub mod late;
pub mod linkage;
pub mod mapping;
pub mod masters;
pub mod outbox;
pub mod partner;
pub mod progress;
pub mod reconcile;
pub mod refusal;
pub mod schema;
pub mod signature;
pub mod trace;
pub mod upload;

/// The most bytes of a request body that any place reads, as sent.
pub const BODY_BYTES_MAX: usize = 8 << 20;
/// The most bytes that a compressed webhook body may become.
pub const EVENT_BYTES_MAX: usize = 64 << 20;
