//! The till: what a restaurant sells is on its own disk before anybody hears of it, and reaches head office
//! from there, however long the line is down.
//!
//! Every operation is one transaction that holds both the sale and its journal entry. The journal is a hash
//! chain; [`Till::verify`] proves it. Time and randomness come in as parameters. This room sees neither pos
//! nor flaro: it knows the contract in `protocol` and an address.
//!
//! ```no_run
//! use register::{Agent, Clock, Head, HeadOffice, Menu, Opening, Random, Till};
//! use sales::{Guests, PaymentKind, ProductId, RegisterId, Service, Yen};
//!
//! # async fn story(
//! #     register: RegisterId, random: Random, clock: Clock, office: HeadOffice, product: ProductId,
//! # ) -> Result<(), Box<dyn std::error::Error>> {
//! let till = Till::open(db::Db::open("sqlite:data/till.db").await?, register, random).await?;
//! let agent = Agent::new(till, &office, clock.clone())?;
//! agent.uploader.pull_masters().await?;
//! let till = &agent.till;
//!
//! let opening = Opening { opening_float: Yen(30_000), staff: "01".into(), business_date: None };
//! let session = till.open_session(opening, clock()).await?;
//! let masters = till.masters().ok_or("no masters yet")?;
//! let menu = Menu::new(&masters, session.business_date);
//! let draft = menu.draft(vec![menu.line(product, Service::EatIn, 2)?], vec![]);
//! let payments = vec![menu.payment_of(PaymentKind::Cash, Yen(3_000))?];
//! let head = Head {
//!     id: None, opened_at: clock(), table: Some("A1".into()), guests: Guests { unknown: 2, ..Guests::default() },
//!     segment: None, staff: "01".into(), ad_medium: None,
//! };
//! let check = till.pay(draft, payments, head, clock()).await?;
//! till.void(check.id, "01", clock()).await?;
//! till.settle(None, Yen::ZERO, clock()).await?;
//!
//! agent.run(std::future::pending()).await;
//! # Ok(())
//! # }
//! ```

mod agent;
mod books;
mod cancel;
mod cash;
mod clock;
mod courier;
mod deed;
mod disk;
mod drawer;
mod error;
mod inspect;
mod issue;
mod journal;
mod masters;
mod menu;
pub mod metrics;
mod open_check;
mod operation;
pub mod order;
mod pay;
mod queue;
mod receipt;
mod rechain;
mod revise;
mod schema;
pub mod screen;
mod session;
mod settle;
mod status;
mod till;
mod upload;
mod verify;
mod void;

pub use agent::Agent;
pub use books::Filed;
pub use clock::{ClockState, Ticks};
pub use courier::{HeadOffice, Token};
pub use deed::{AskedDeeds, Deed};
pub use disk::DiskState;
pub use error::TillError;
pub use inspect::Report;
pub use issue::{Issue, Issuing};
pub use menu::{Menu, MenuError};
pub use open_check::{OpenCheck, Paid, Tap};
pub use pay::Head;
pub use protocol::upload::{Heard, Known, Next, Pace, after, wait_ms};
pub use revise::{Checks, Correction};
pub use schema::migrations;
pub use session::{Opening, Session};
pub use status::{Line, Status};
pub use till::{Random, Till};
pub use upload::{Clock, Step, UploadError, Uploader};
pub use verify::Proof;
