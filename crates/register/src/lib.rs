//! The till: what a restaurant sells is on its own disk before anybody hears of it, and reaches head office
//! from there, however long the line is down.
//!
//! Every operation is one transaction that holds both the sale and its journal entry. The journal is a hash
//! chain; [`Till::verify`] proves it. Time and randomness come in as parameters. This room sees neither pos
//! nor flaro: it knows the contract in `protocol` and an address.

mod agent;
mod books;
mod cancel;
mod cash;
mod courier;
mod decide;
mod error;
mod inspect;
mod journal;
mod masters;
mod menu;
mod pay;
mod queue;
mod receipt;
mod rechain;
mod revise;
mod schema;
mod session;
mod settle;
mod status;
mod till;
mod upload;
mod verify;
mod void;

pub use agent::Agent;
pub use books::Filed;
pub use courier::{HeadOffice, Token};
pub use decide::{Heard, Known, Next, Pace, after, wait_ms};
pub use error::TillError;
pub use inspect::Report;
pub use menu::{Menu, MenuError};
pub use pay::Head;
pub use revise::{Checks, Correction};
pub use schema::migrations;
pub use session::{Opening, Session};
pub use status::{Line, Status};
pub use till::{Random, Till};
pub use upload::{Clock, Step, UploadError, Uploader};
pub use verify::Proof;
