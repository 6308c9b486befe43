//! Seeded restaurants that behave like real ones: for the demo, the benches and the fault runs.
//!
//! Pure and repeatable: the same company, kind and seed give the same menu, guests, bills and settlements,
//! whatever order they are asked for in. There is no clock and no I/O; every moment follows from a business
//! date and a store's day rule.
//!
//! ```
//! use simulator::{Kind, Restaurant};
//! let diner = Restaurant::new(Kind::Diner, 7);
//! let visits = diner.day("2026-04-03".parse().unwrap(), &diner.day_rule());
//! let settlement = diner.settlement("2026-04-03".parse().unwrap(), 1);
//! assert!(settlement.checks.len() >= visits.len());
//! assert!(sales::audit_settlement(&settlement).is_empty());
//! ```

mod day;
mod drawer;
mod kind;
mod masters;
mod menu;
mod order;
mod plain;
mod restaurant;
mod settle;
mod tender;
pub mod world;

pub use day::{After, Visit};
pub use kind::Kind;
pub use plain::{CASH_FLOAT, cash_check, cash_settlement};
pub use restaurant::Restaurant;
pub use settle::{revise, settlement};
