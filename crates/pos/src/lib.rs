//! Head office of the POS: intake of what the tills sold, masters, the FLARO linkage, outbox and delivery.
//!
//! What was accepted here is durable with its outbox row in one transaction; it reaches FLARO at least once,
//! oldest business date first per store, and never expires. This room never sees register or flaro.

pub mod schema;
